/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: what a report says of a source (RFC 3550, sections 6.4.1 and A.3), and
 * how long the way to a receiver and back is.
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
 * lab01's struct rtp_stats has all that a report counts; here is only what the
 * last report has said.  Times are microseconds of a clock that never goes
 * back.  Not thread-safe.
 */
#ifndef LAB07_RECEPTION_H
#define LAB07_RECEPTION_H

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab07-webrtc/rtcp.h"

/* Of one source.  All zero: nothing was reported. */
struct reception {
	uint64_t packets; /* of rtp_stats, when it was reported last: */
	uint64_t expected;
	uint64_t received;
	uint8_t restarts;
	bool has_sr;
	uint32_t last_sr; /* the middle of its NTP time */
	int64_t sr_at;	  /* when it came */
};

/* A sender report of the source has come. */
void reception_take_sr(struct reception *r, const struct rtcp_sr *sr,
		       int64_t now);

/*
 * Makes the block for the next report.  s may change meanwhile: it is read
 * once.  False: nothing has come since the last report, so there is none.
 */
bool reception_report(struct reception *r, const struct rtp_stats *s,
		      uint32_t ssrc, int64_t now, struct rtcp_block *block);

/*
 * The sender reports of one stream that have gone to its receivers, at once to
 * all of them.  All zero: none has.
 */
#define ROUND_TRIP_REPORTS 4

struct round_trip {
	unsigned int sent; /* how many; those before the last 4 are forgotten */
	uint32_t middle[ROUND_TRIP_REPORTS];
	int64_t at[ROUND_TRIP_REPORTS];
};

void round_trip_sent(struct round_trip *t, const struct rtcp_sr *sr,
		     int64_t now);

/*
 * The time to a receiver and back, by a block of its that has come now: in
 * microseconds, or -1: it answers none of the last reports.
 */
int64_t round_trip_read(const struct round_trip *t,
			const struct rtcp_block *block, int64_t now);

#endif
