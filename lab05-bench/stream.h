/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What one receiver sees of one stream, by the sequence numbers of stamps.
 *
 * They have 64 bits and do not wrap, so a stream needs no guess as RTP's 16
 * bits do; but who comes more than SEQ_WINDOW behind is taken to be late
 * even if it comes twice.
 */
#ifndef LAB05_STREAM_H
#define LAB05_STREAM_H

#include "lab05-bench/measure.h"

#define SEQ_WINDOW 4096 /* a power of two */

struct stream {
	__u64 received;		     /* all of them */
	__u64 duplicated;	     /* of received: had come before */
	__u64 reordered;	     /* of received: later than a later one */
	__u64 lowest, highest;	     /* sequence numbers */
	__u64 arrived_ns;	     /* the latest */
	__u64 seen[SEQ_WINDOW / 64]; /* a bit for each up to highest */
	struct delta_stats delta;
	struct jitter jitter;
};

/* One packet; times are ns of the same clock.  s starts zeroed. */
void stream_update(struct stream *s, __u64 seq, __u64 sent, __u64 arrived);

/* Between the lowest and the highest: so not those lost at either end. */
__u64 stream_lost(const struct stream *s);

#endif
