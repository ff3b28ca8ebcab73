/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: how much is sent once more.  A bad network, or somebody who asks for
 * everything all the time, must not drain the server.
 *
 *	NACK: 16, 17, 18 --> was it repeated a moment ago?     repair_log
 *	                 --> is there anything left of this    repair_budget
 *	                     second's bytes?
 *	                 --> is it there?                      packet_cache.h
 *
 * Times are ms of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_REPAIR_H
#define LAB07_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPAIR_INTERVAL_MS 20  /* at least, between two of the same packet */
#define REPAIR_BURST_MS	   500 /* whose bytes are saved */

/*
 * Which packets of a stream were repeated to one receiver, or asked for from
 * its publisher.  All zero: none.
 */
#define REPAIR_LOG 128 /* packets, a power of two */

struct repaired {
	bool used;
	uint16_t number;
	uint32_t at; /* ms, the low 32 bits */
};

struct repair_log {
	struct repaired last[REPAIR_LOG]; /* by the low bits of the number */
};

/*
 * May it be repeated now?  If so, that is noted.  Not within the round trip, of
 * that many ms, or 20 if that is more: the last repair is still on its way.
 * Of more than 128 packets at a time, one may be repeated too early.
 */
bool repair_log_take(struct repair_log *log, uint16_t number, int64_t now,
		     int64_t round_trip);

/*
 * The bytes that one receiver gets repeated.  What it has not used is saved for
 * half a second, so that a burst of losses can be repaired.
 */
struct repair_budget {
	uint32_t rate;	 /* bytes a second */
	uint64_t left;	 /* in 1/1000 bytes */
	int64_t counted; /* up to when */
};

/* Begins with the bytes of half a second. */
struct repair_budget repair_budget_open(uint32_t rate, int64_t now);

/* False: there are not that many left, and none are taken. */
bool repair_budget_take(struct repair_budget *b, size_t bytes, int64_t now);

#endif
