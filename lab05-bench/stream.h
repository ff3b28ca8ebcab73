/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Counts what one receiver sees of one stream, by the sequence numbers of
 * stamps.
 *
 * These have 64 bits and do not wrap, so nothing has to be guessed as with the
 * 16 bits of RTP.  But a packet that is more than SEQ_WINDOW behind counts as
 * late, even if it comes twice.
 */
#ifndef LAB05_STREAM_H
#define LAB05_STREAM_H

#include "lab05-bench/measure.h"

#define SEQ_WINDOW 4096 /* a power of two */

struct stream {
	__u64 received;		     /* all of them */
	__u64 duplicated;	     /* of received: had come before */
	__u64 reordered;	     /* of received: behind a higher number */
	__u64 lowest, highest;	     /* sequence numbers */
	__u64 arrived_ns;	     /* the latest */
	__u64 seen[SEQ_WINDOW / 64]; /* a bit for each up to highest */
	struct delta_stats delta;
	struct jitter jitter;
};

/* Counts a packet; times are ns of the same clock.  s starts zeroed. */
void stream_update(struct stream *s, __u64 seq, __u64 sent, __u64 arrived);

/* Lost between the lowest and the highest number, not at either end. */
__u64 stream_lost(const struct stream *s);

#endif
