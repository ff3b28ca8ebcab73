/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: limits how much is repeated.  A bad network, or a receiver that asks
 * for everything all the time, must not drain the server.
 *
 *	NACK: 16, 17, 18 --> was it repeated a moment ago?     repair_log
 *	                 --> are there bytes left for this     repair_budget
 *	                     receiver?
 *	                 --> is the packet still there?        packet_cache.h
 *
 * Times are ms of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_REPAIR_H
#define LAB07_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPAIR_INTERVAL_MS 20  /* at least, between two of the same packet */
#define REPAIR_BURST_MS	   500 /* unused bytes of so long are saved */

/*
 * The packets of a stream that were repeated to one receiver, or that its
 * publisher was asked for.  All zero: none.
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
 * May a packet be repeated now?  If so, this notes it.  Within the round trip
 * (or 20 ms, if that is more) it may not, because the last repair is still on
 * its way.  If more than 128 packets are repeated at a time, one may be
 * repeated too early.
 */
bool repair_log_take(struct repair_log *log, uint16_t number, int64_t now,
		     int64_t round_trip);

/*
 * The bytes that may be repeated to one receiver.  Unused bytes are saved for
 * half a second, so that a burst of losses can be repaired.
 */
struct repair_budget {
	uint32_t rate;	 /* bytes per second */
	uint64_t left;	 /* in 1/1000 bytes */
	int64_t counted; /* the time up to which bytes were added */
};

/* A budget that begins with the bytes of half a second. */
struct repair_budget repair_budget_open(uint32_t rate, int64_t now);

/* Takes bytes; false: there are not enough, and none are taken. */
bool repair_budget_take(struct repair_budget *b, size_t bytes, int64_t now);

#endif
