/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: what a report says of a source (RFC 3550, sections 6.4.1 and A.3), and
 * the round-trip time to a receiver.
 *
 *	publisher             server              receiver
 *	    | RTP, measured:    |                    |
 *	    |   lab01           |                    |
 *	    |------------------>|                    |
 *	    | SR                | SR, forwarded      |
 *	    |------------------>|------------------->|
 *	    |  RR: loss, jitter |  RR: loss, jitter, |
 *	    |      LSR, DLSR    |      LSR, DLSR     |
 *	    |<------------------|<-------------------|
 *	     reception_report()  round_trip_read()
 *
 * lab01's struct rtp_stats counts everything that a report needs.  This file
 * only remembers what the last report said.  Times are microseconds of a clock
 * that never goes back.  Not thread-safe.
 */
#ifndef LAB07_RECEPTION_H
#define LAB07_RECEPTION_H

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab07-webrtc/rtcp.h"

/* What was reported of one source.  All zero: nothing. */
struct reception {
	uint64_t packets; /* of rtp_stats, at the time of the last report */
	uint64_t expected;
	uint64_t received;
	uint8_t restarts;
	bool has_sr;
	uint32_t last_sr; /* the middle of its NTP time */
	int64_t sr_at;	  /* when it came */
};

/* Takes a sender report of the source that has come. */
void reception_take_sr(struct reception *r, const struct rtcp_sr *sr,
		       int64_t now);

/*
 * Makes the block for the next report.  s may change meanwhile, so it is read
 * only once.  False: no packet has come since the last report, so there is no
 * block.
 */
bool reception_report(struct reception *r, const struct rtp_stats *s,
		      uint32_t ssrc, int64_t now, struct rtcp_block *block);

/*
 * The latest sender reports of one stream that we have sent on; each goes to
 * all receivers at the same time.  All zero: none was sent.
 */
#define ROUND_TRIP_REPORTS 4

struct round_trip {
	unsigned int sent; /* number of all; only the last 4 are remembered */
	uint32_t middle[ROUND_TRIP_REPORTS];
	int64_t at[ROUND_TRIP_REPORTS];
};

void round_trip_sent(struct round_trip *t, const struct rtcp_sr *sr,
		     int64_t now);

/*
 * The round-trip time to a receiver in microseconds, from a block of its report
 * that has just come; or -1: the block answers none of the last reports.
 */
int64_t round_trip_read(const struct round_trip *t,
			const struct rtcp_block *block, int64_t now);

#endif
