/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab01, the measure: what one RTP stream looks like from here.
 *
 * Loss and order follow RFC 3550 appendix A.1, jitter appendix A.8, both
 * in integers.  Times are nanoseconds of the monotonic clock.
 *
 * Nothing here is atomic: the packets of one flow reach one CPU (that is
 * what receive-side scaling is for), so each entry has one writer.
 */
#ifndef LAB01_RTP_STATS_H
#define LAB01_RTP_STATS_H

#include "common/protocols.h"

#define RTP_SEQ_MOD  (1 << 16)
#define MAX_DROPOUT  3000 /* RFC 3550 A.1: a bigger leap is a restart */
#define MAX_MISORDER 100  /* RFC 3550 A.1: later than that is one too */

#define NS_PER_SEC    1000000000ULL
#define DEFAULT_CLOCK 90000 /* Hz: what video uses, RFC 3551 section 5 */

/*
 * A synchronization source as the network shows it: the same SSRC from
 * another address is another stream (RFC 3550, section 8.2).
 */
struct source_key {
	struct ip_addr saddr;
	__be16 sport;
	__u16 zero;
	__be32 ssrc;
};

struct rtp_stats {
	__u64 packets;
	__u64 bytes;	    /* UDP payload */
	__u64 reordered;    /* not newer than the newest: late or repeated */
	__u64 first_ns;	    /* arrival of the first packet */
	__u64 last_ns;	    /* arrival of the latest */
	__u64 delta_min_ns; /* between two arrivals in a row */
	__u64 delta_max_ns;
	__u64 jitter_q4_ns; /* in 1/16 ns, as A.8 keeps it */

	__u64 base_seq; /* A.1's base_seq, extended */
	__u64 received; /* since base_seq was set */
	__u64 cycles;	/* A.1: seq wraps so far, times RTP_SEQ_MOD */
	__u32 bad_seq;	/* A.1: the seq that would prove a restart */
	__u32 clock_hz;
	__u32 timestamp; /* of the latest packet */
	__u16 max_seq;
	__u8 pt;       /* the one whose clock is clock_hz */
	__u8 last_pt;  /* of the latest packet */
	__u8 restarts; /* how often A.1 saw one; stops at 255 */
};

static __always_inline void rtp_seq_restart(struct rtp_stats *s, __u16 seq)
{
	s->base_seq = seq;
	s->max_seq = seq;
	s->bad_seq = RTP_SEQ_MOD + 1; /* so that seq == bad_seq is false */
	s->cycles = 0;
	s->received = 0;
}

/* RFC 3550, A.1, without probation, because signalling vouches for a source. */
static __always_inline void rtp_seq_update(struct rtp_stats *s, __u16 seq)
{
	//@todo 1.7 rtp_seq_update: in order, too late, or a restart?
	//@stub	(void)s, (void)seq;
	__u16 ahead = seq - s->max_seq;

	if (ahead < MAX_DROPOUT) {
		if (seq < s->max_seq)
			s->cycles += RTP_SEQ_MOD;
		if (ahead == 0)
			s->reordered++;
		s->max_seq = seq;
	} else if (ahead <= RTP_SEQ_MOD - MAX_MISORDER) {
		if (seq != s->bad_seq) {
			s->bad_seq = (seq + 1) & (RTP_SEQ_MOD - 1);
			return;
		}
		rtp_seq_restart(s, seq);
		if (s->restarts < 255)
			s->restarts++;
	} else {
		s->reordered++;
	}
	s->received++;
	//@end 1.7
}

/*
 * RFC 3550, A.8: J += (|D| - J) / 16, where D compares the spacing of two
 * packets on arrival with their spacing in RTP timestamps.  A.8 counts in
 * timestamp units; ns keep streams of different clocks comparable.
 */
static __always_inline void rtp_jitter_update(struct rtp_stats *s,
					      __u64 delta_ns, __u32 timestamp)
{
	//@todo 1.8 rtp_jitter_update: compare the spacing here and at the sender
	//@stub	(void)s, (void)delta_ns, (void)timestamp;
	__s32 ticks = timestamp - s->timestamp;
	__u32 distance = ticks < 0 ? -(__u32)ticks : (__u32)ticks;
	__u64 media_ns = distance * NS_PER_SEC / s->clock_hz;
	__s64 d = ticks < 0 ? delta_ns + media_ns : delta_ns - media_ns;

	if (d < 0)
		d = -d;
	s->jitter_q4_ns += d - ((s->jitter_q4_ns + 8) >> 4);
	//@end 1.8
}

static __always_inline void rtp_delta_update(struct rtp_stats *s, __u64 delta)
{
	if (delta < s->delta_min_ns || s->packets == 1)
		s->delta_min_ns = delta;
	if (delta > s->delta_max_ns)
		s->delta_max_ns = delta;
}

/*
 * Other payload types (telephone-event, comfort noise) share the sequence
 * numbers, but may have a clock of their own.  The timestamps of two clocks
 * cannot be compared, so no jitter is computed between them.
 */
static __always_inline int has_same_clock(const struct rtp_stats *s, __u8 pt)
{
	return pt == s->pt && s->last_pt == s->pt;
}

/*
 * Counts one packet of the stream; bytes is the length of its UDP payload.  s
 * starts zeroed, except for pt and clock_hz, which must not be 0.
 */
static __always_inline void rtp_stats_update(struct rtp_stats *s, __u64 now,
					     __u32 bytes, __u8 pt, __u16 seq,
					     __u32 timestamp)
{
	if (s->packets) {
		__u64 delta = now - s->last_ns;

		rtp_seq_update(s, seq);
		rtp_delta_update(s, delta);
		if (has_same_clock(s, pt))
			rtp_jitter_update(s, delta, timestamp);
	} else {
		s->first_ns = now;
		rtp_seq_restart(s, seq);
		s->received = 1;
	}
	s->packets++;
	s->bytes += bytes;
	s->last_ns = now;
	s->last_pt = pt;
	s->timestamp = timestamp;
}

/*
 * The number of packets that should have come but did not (RFC 3550, A.3).  It
 * is negative when there are more duplicates than losses.
 */
static __always_inline __s64 rtp_lost(const struct rtp_stats *s)
{
	__u64 expected = s->cycles + s->max_seq - s->base_seq + 1;

	return s->packets ? (__s64)(expected - s->received) : 0;
}

static __always_inline __u64 rtp_jitter_ns(const struct rtp_stats *s)
{
	return s->jitter_q4_ns >> 4;
}

static __always_inline __u64 rtp_delta_mean_ns(const struct rtp_stats *s)
{
	return s->packets < 2 ? 0 :
				(s->last_ns - s->first_ns) / (s->packets - 1);
}

#endif
