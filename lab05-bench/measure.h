/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab05, the exercises: from what was counted to what may be claimed.
 *
 * Times are nanoseconds.  Nothing here allocates, logs or asks the kernel.
 */
#ifndef LAB05_MEASURE_H
#define LAB05_MEASURE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab05-bench/hist.h"

/* ---- one stream, packet by packet ------------------------------------- */

/* The times between each two arrivals in a row. */
struct delta_stats {
	__u64 count;	     /* of deltas: one less than packets */
	__u64 min, max, sum; /* 0 while there is no delta */
};

/*
 * How long after `last` is `now`?  Both are of a clock that people may set.  If
 * `now` seems to be before `last`, the result is 0, not 580 years.
 */
__u64 delta_ns(__u64 last, __u64 now);

/* Counts one more delta.  s starts zeroed. */
void delta_update(struct delta_stats *s, __u64 delta);

/* The mean of all deltas; 0 while there is none. */
__u64 delta_mean(const struct delta_stats *s);

/*
 * RFC 3550, 6.4.1: the mean deviation of the transit times of packets in a
 * row.  rtp_jitter_update() of lab01 knows only from the RTP timestamp when a
 * packet was sent: in ticks of 11,111 ns at 90 kHz, which is more than a packet
 * takes here.  The stamp has the time in ns.
 */
struct jitter {
	__u64 packets;
	__s64 transit; /* of the latest packet */
	__u64 q4;      /* in 1/16 ns */
};

/* Counts a packet with the times of sending and arrival.  j starts zeroed. */
void jitter_update(struct jitter *j, __u64 sent, __u64 received);

__u64 jitter_ns(const struct jitter *j);

/* ---- one run ---------------------------------------------------------- */

#define PPM	      1000000			    /* parts of a whole */
#define PERCENTILE(p) ((unsigned int)(10000 * (p))) /* 99.9 -> ppm */

/*
 * The nearest-rank percentile: the smallest value such that ppm millionths of
 * all values are no greater.  It is the upper end of a bucket, so it is at most
 * 1/128 too great, but never more than the maximum.  0 if there are no values.
 * ppm is 1 to PPM.
 */
__u64 percentile(const struct hist *h, unsigned int ppm);

/* ---- several rounds --------------------------------------------------- */

#define MAX_ROUNDS 1000
#define CONFIDENCE 0.95 /* the coverage that an interval must have */

/* The median of all rounds, its interval, and how sure that is. */
struct estimate {
	double median, low, high;
	double coverage; /* probability that the true median is inside */
	size_t rounds;
};

/* Sorts the values, and returns their median.  count is 1 or more. */
double median(double *values, size_t count);

/*
 * The median with an interval that assumes nothing about the distribution of
 * the values: from the k-th smallest to the k-th greatest value, with the
 * greatest k that still gives CONFIDENCE.  If no k does, the interval is from
 * the smallest to the greatest value, and coverage says how sure that is.
 * Sorts the values.
 */
struct estimate estimate(double *values, size_t count);

/*
 * Computes cost - baseline, where baseline is the cost of the same run without
 * the work.  The interval is the widest possible one:
 * [cost.low - baseline.high, cost.high - baseline.low].  Returns true if all of
 * it is above zero; only then is there anything to claim.
 */
bool subtract_baseline(const struct estimate *cost,
		       const struct estimate *baseline, struct estimate *net);

/* ---- is it true at all? ----------------------------------------------- */

enum path {
	PATH_KERNEL, /* the copies are made by eBPF */
	PATH_USER,   /* by our server in user space */
	PATH_OTHER,  /* by a program without our counters */
	PATH_NONE,   /* by nobody: the packets are dropped */
};

/* The counters of all programs that touched the packets of a run. */
struct counters {
	enum path path; /* the one that was asked for */
	__u64 legs;	/* receivers of each packet */
	__u64 sent;	/* packets, by the generator */
	struct forwarder {
		__u64 in;      /* packets */
		__u64 copies;  /* handed on */
		__u64 failed;  /* refused by the device or socket */
		__u64 dropped; /* not even tried */
	} kernel, user;
	__u64 link_drops;   /* copies, by devices and their queues */
	__u64 socket_drops; /* by receivers' sockets, which were full */
	__u64 received;	    /* copies, all receivers together */
};

enum proof {
	PROVEN,
	NO_TRAFFIC,	  /* zeros that are equal prove nothing */
	WRONG_PATH,	  /* another program made the copies */
	UNACCOUNTED,	  /* packets in x legs != copies of all fates */
	LOST_IN_RECEIVER, /* the receivers were too slow, not the path */
	LOST_ON_THE_WAY,  /* what was handed on is not what arrived */
};

/*
 * Does what was counted prove that all packets took the path that was asked
 * for?  Where several things are wrong it is the first in the order above.
 */
enum proof prove(const struct counters *c);

/* Describes a proof in words; the text is constant. */
const char *proof_text(enum proof proof);

/* ---- stretch: two modes ----------------------------------------------- */

/*
 * Computes theirs / ours.  The modes alternate, so that the i-th rounds of both
 * ran one after the other, on the machine in the same state: the ratio is taken
 * within each round.  Both arrays have count values, 1 to MAX_ROUNDS.  If ours
 * is not above zero in all rounds there is no ratio, and rounds of the result
 * is 0.
 */
struct estimate paired_ratio(const double *theirs, const double *ours,
			     size_t count);

#endif
