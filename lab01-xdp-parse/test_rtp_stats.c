// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of rtp_stats.h, compiled natively, through rtp_stats_update(): those
 * of 1.7 look only at sequence numbers, those of 1.8 only at times.
 */
#include <math.h>

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab01-xdp-parse/testlib/frames.h"

#define MS 1000000ull /* in ns */

/* ---- 1.7 rtp_seq_update() --------------------------------------------- */

static struct rtp_stats source(__u32 clock_hz)
{
	return (struct rtp_stats){ .clock_hz = clock_hz };
}

/* Packets first, first + 1, ..., last; wraps as the wire does. */
static void receive(struct rtp_stats *s, __u16 first, __u16 last)
{
	__u16 seq = first;

	step("received %u to %u", first, last);
	do
		rtp_stats_update(s, 0, 100, 0, seq, 0);
	while (seq++ != last);
}

static void receive_one(struct rtp_stats *s, __u16 seq)
{
	step("received %u", seq);
	rtp_stats_update(s, 0, 100, 0, seq, 0);
}

static void expect(const struct rtp_stats *s, __s64 lost, __u64 reordered)
{
	check_int("lost", lost, rtp_lost(s));
	check_uint("reordered", reordered, s->reordered);
}

TEST("1.7.a", seq_in_order, "in order: none lost, none reordered",
     .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	expect(&s, 0, 0);
	receive_one(&s, 7);
	expect(&s, 0, 0);
	receive(&s, 8, 1006);
	expect(&s, 0, 0);
	check_uint("received", 1000, s.received);
	check_uint("packets", 1000, s.packets);
	check_uint("bytes", 100000, s.bytes);
	check_uint("max_seq", 1006, s.max_seq);
}

TEST("1.7.b", seq_wrap, "65,535 is followed by 0, again and again",
     .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 65530, 65535);
	check_uint("cycles", 0, s.cycles);
	receive(&s, 0, 10);
	check_uint("cycles", RTP_SEQ_MOD, s.cycles);
	expect(&s, 0, 0);
	for (__u32 wraps = 2; wraps <= 4; wraps++) {
		receive(&s, 11, 10);
		check_uint("cycles", wraps * RTP_SEQ_MOD, s.cycles);
		expect(&s, 0, 0);
	}
	check_uint("received", 17 + 3 * RTP_SEQ_MOD, s.received);
}

TEST("1.7.c", seq_loss, "a gap is a loss, across 65,535 too", .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 65000, 65100);
	receive(&s, 65104, 65530);
	expect(&s, 3, 0);
	receive(&s, 4, 8);
	expect(&s, 3 + 9, 0);
	check_uint("received", 101 + 427 + 5, s.received);
	check_uint("cycles", RTP_SEQ_MOD, s.cycles);
}

TEST("1.7.d", seq_reordered, "a late packet fills its gap", .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 65500, 65530);
	receive_one(&s, 65532);
	expect(&s, 1, 0);
	receive_one(&s, 65531);
	expect(&s, 0, 1);
	receive(&s, 1, 3);
	expect(&s, 4, 1);
	step("0 comes late, then 65533, from before the wrap");
	receive_one(&s, 0);
	receive_one(&s, 65533);
	expect(&s, 2, 3);
	check_uint("max_seq", 3, s.max_seq);
	check_uint("cycles", RTP_SEQ_MOD, s.cycles);
}

TEST("1.7.e", seq_repeated, "a repeated packet counts as reordered",
     .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 100, 110);
	receive_one(&s, 110);
	expect(&s, -1, 1);
	receive_one(&s, 105);
	expect(&s, -2, 2);
	receive(&s, 113, 120);
	expect(&s, 0, 2);
}

/* A.1: up to MAX_DROPOUT ahead is loss, up to MAX_MISORDER behind is order. */
TEST("1.7.f", seq_limits, "how far ahead is a loss, how far behind is late",
     .native = true)
{
	static const struct {
		const char *what;
		__u16 seq;
		__s64 lost;
		__u64 reordered, received;
	} leaps[] = {
		{ "2,999 ahead", 1000 + 2999, 2998, 0, 2 },
		{ "3,000 ahead", 1000 + 3000, 0, 0, 1 },
		{ "99 behind", 1000 - 99, -1, 1, 2 },
		{ "100 behind", 1000 - 100, 0, 0, 1 },
		{ "half the numbers away", (__u16)(1000 + 32768), 0, 0, 1 },
	};

	for (size_t i = 0; i < sizeof(leaps) / sizeof(*leaps); i++) {
		struct rtp_stats s = source(DEFAULT_CLOCK);

		step("%s", leaps[i].what);
		receive_one(&s, 1000);
		receive_one(&s, leaps[i].seq);
		check_uint("received", leaps[i].received, s.received);
		expect(&s, leaps[i].lost, leaps[i].reordered);
		check_uint("restarts", 0, s.restarts);
	}
}

TEST("1.7.g", seq_stray, "a stray far away is not counted, and changes nothing",
     .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 100, 110);
	receive_one(&s, 30000);
	receive(&s, 111, 120);
	receive_one(&s, 40000);
	receive(&s, 121, 130);
	expect(&s, 0, 0);
	check_uint("received", 31, s.received);
	check_uint("packets", 33, s.packets);
	check_uint("restarts", 0, s.restarts);
	step("what followed the first stray comes now: two strays, no restart");
	receive_one(&s, 30001);
	check_uint("restarts", 0, s.restarts);
	check_uint("max_seq", 130, s.max_seq);
}

TEST("1.7.h", seq_restart, "two in a row far away: the source started again",
     .native = true)
{
	static const __u16 starts[] = { 30000, 65535, 10000 };
	struct rtp_stats s = source(DEFAULT_CLOCK);

	receive(&s, 100, 110);
	receive(&s, 113, 120);
	expect(&s, 2, 0);
	for (int i = 0; i < 3; i++) {
		__u16 next = starts[i] + 1;

		receive_one(&s, starts[i]);
		check_uint("restarts", i, s.restarts);
		receive_one(&s, next);
		check_uint("restarts", i + 1, s.restarts);
		expect(&s, 0, 0);
		check_uint("received", 1, s.received);
		receive(&s, next + 2, next + 10);
		expect(&s, 1, 0);
		check_uint("received", 10, s.received);
	}
}

TEST("1.7.i", seq_many_restarts, "restarts stop at 255", .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	rtp_stats_update(&s, 0, 100, 0, 0, 0);
	for (int i = 1; i <= 300; i++) {
		__u16 start = 20000 * (i % 3);

		rtp_stats_update(&s, 0, 100, 0, start, 0);
		rtp_stats_update(&s, 0, 100, 0, start + 1, 0);
		check_uint("restarts", i < 255 ? i : 255, s.restarts);
	}
}

/* The numbers (that never wrap) of packets, in the order they arrive. */
struct arrivals {
	size_t count;
	__u32 number[400000];
};

/* One in 50 is lost, one arrives twice, one changes places with a later one. */
static void mix(struct arrivals *a, __u32 packets)
{
	uint64_t state = 1;

	for (__u32 i = 0; i < packets; i++) {
		__u32 fate = i ? draw(&state, 50) : 2;

		for (__u32 copies = fate < 2 ? 2 * fate : 1; copies; copies--)
			a->number[a->count++] = i;
	}
	for (size_t i = 1; i + 20 < a->count; i++) {
		size_t other = draw(&state, 50) ? i : i + draw(&state, 20);
		__u32 number = a->number[i];

		a->number[i] = a->number[other];
		a->number[other] = number;
	}
}

TEST("1.7.j", seq_long_run, "300,000 packets: lost, late, repeated",
     .native = true)
{
	static struct arrivals a;
	struct rtp_stats s = source(DEFAULT_CLOCK);
	__u32 newest = 0, late = 0;

	mix(&a, 300000);
	for (size_t i = 0; i < a.count; i++) {
		rtp_stats_update(&s, 0, 100, 0, 65000 + a.number[i], 0);
		if (i && a.number[i] <= newest)
			late++;
		else
			newest = a.number[i];
	}
	step("%zu of %u packets came, %u of them late or again", a.count,
	     newest + 1, late);
	expect(&s, (__s64)newest + 1 - a.count, late);
	check_uint("restarts", 0, s.restarts);
}

/* An event takes no time by its timestamps, and has another clock. */
TEST("1.0.r", other_clock, "other payload types have no part in the jitter",
     .native = true)
{
	struct rtp_stats s = source(48000);

	s.pt = 111;
	for (int i = 0; i < 100; i++) {
		bool event = i % 10 > 7;

		rtp_stats_update(&s, i * 20 * MS, 100, event ? 101 : 111, i,
				 event ? i / 10 * 10 * 160 : i * 960);
	}
	check_uint("jitter", 0, rtp_jitter_ns(&s));
	check_uint("packets", 100, s.packets);
	check_int("lost", 0, rtp_lost(&s));
}

/* ---- 1.8 rtp_jitter_update() ------------------------------------------ */

/* A.8 in real numbers: the jitter in ns after each packet. */
struct reference {
	double jitter;
	bool started;
	__u64 arrival;
	__s64 timestamp; /* does not wrap */
};

static void reference_update(struct reference *r, __u64 arrival,
			     __s64 timestamp, double clock_hz)
{
	double d = (double)(arrival - r->arrival) -
		   (timestamp - r->timestamp) * 1e9 / clock_hz;

	if (r->started)
		r->jitter += (fabs(d) - r->jitter) / 16;
	r->started = true;
	r->arrival = arrival;
	r->timestamp = timestamp;
}

/* A stream that both measure. */
struct stream {
	struct rtp_stats s;
	struct reference r;
	__u16 seq;
};

static struct stream stream(__u32 clock_hz)
{
	return (struct stream){ .s = source(clock_hz) };
}

/* Integers lose less than 1 ns in D, and half a unit in each rounding. */
static void arrive(struct stream *t, __u64 arrival, __s64 timestamp)
{
	rtp_stats_update(&t->s, arrival, 100, 0, t->seq++, timestamp);
	reference_update(&t->r, arrival, timestamp, t->s.clock_hz);
	check_true(fabs(t->r.jitter - rtp_jitter_ns(&t->s)) <= 2.5,
		   "packet %u, at %llu ns, timestamp %u: the jitter by A.8 is "
		   "%.1f ns, got %llu",
		   t->seq, (unsigned long long)arrival, (__u32)timestamp,
		   t->r.jitter, (unsigned long long)rtp_jitter_ns(&t->s));
}

TEST("1.8.a", jitter_none, "a perfect stream has no jitter, at any clock",
     .native = true)
{
	static const __u32 clocks[] = { 8000, 16000, 48000, 90000 };

	for (int i = 0; i < 4; i++) {
		struct stream t = stream(clocks[i]);
		__u64 k = 0;

		step("%u Hz, a packet each 20 ms", clocks[i]);
		for (; k < 1000; k++)
			arrive(&t, 77 + k * 20 * MS, k * clocks[i] / 50);
		check_uint("jitter", 0, rtp_jitter_ns(&t.s));
		step("then one that is 32 ns late");
		arrive(&t, 77 + 32 + k * 20 * MS, k * clocks[i] / 50);
		check_uint("jitter", 2, rtp_jitter_ns(&t.s));
	}
}

TEST("1.8.b", jitter_one_late, "one packet 16 ms late, and what is left of it",
     .native = true)
{
	struct stream t = stream(48000);

	arrive(&t, 0, 0);
	arrive(&t, 20 * MS, 960);
	step("the third packet is 16 ms late");
	arrive(&t, 56 * MS, 1920);
	check_uint("jitter", 1 * MS, rtp_jitter_ns(&t.s));
	step("the fourth is in time again: 16 ms less than expected");
	arrive(&t, 60 * MS, 2880);
	check_uint("jitter", 1 * MS + 15 * MS / 16, rtp_jitter_ns(&t.s));
	step("and 200 more");
	for (__u64 k = 4; k < 204; k++)
		arrive(&t, k * 20 * MS, k * 960);
	check_true(rtp_jitter_ns(&t.s) < 10, "%llu ns are left",
		   (unsigned long long)rtp_jitter_ns(&t.s));
}

TEST("1.8.c", jitter_random, "100,000 packets, early and late, as A.8 says",
     .native = true)
{
	static const __u32 clocks[] = { 8000, 48000, 90000 };
	uint64_t state = 3;

	for (int i = 0; i < 3; i++) {
		struct stream t = stream(clocks[i]);

		step("%u Hz", clocks[i]);
		for (__u64 k = 0; k < 33333; k++)
			arrive(&t, k * 20 * MS + draw(&state, 19 * MS),
			       k * clocks[i] / 50);
	}
}

TEST("1.8.d", jitter_timestamp_wrap, "timestamps wrap, and may start anywhere",
     .native = true)
{
	static const __s64 starts[] = {
		0, 0x7fffffff, 0x80000000, 0xffffffff - 5000, 0xffffffff,
	};

	for (int i = 0; i < 5; i++) {
		struct stream t = stream(DEFAULT_CLOCK);

		step("the first timestamp is 0x%08llx",
		     (unsigned long long)starts[i]);
		for (__u64 k = 0; k < 100; k++)
			arrive(&t, k * 20 * MS + k % 7 * MS,
			       starts[i] + k * 1800);
	}
}

TEST("1.8.e", jitter_video, "packets of one video frame share a timestamp",
     .native = true)
{
	struct stream t = stream(DEFAULT_CLOCK);

	for (__u64 k = 0; k < 1000; k++)
		arrive(&t, k / 10 * 33 * MS + k % 10 * MS / 5, k / 10 * 2970);
}

TEST("1.8.f", jitter_back, "timestamps that go back: B-frames, late packets",
     .native = true)
{
	static const __s64 order[] = { 0, 3, 1, 2 }; /* I P B B */
	struct stream t = stream(DEFAULT_CLOCK);

	for (__u64 k = 0; k < 1000; k++)
		arrive(&t, k * 33 * MS, (k / 4 * 4 + order[k % 4]) * 2970);
}

TEST("1.8.g", jitter_gap, "an hour of silence, in both clocks or in one",
     .native = true)
{
	const __u64 hour = 3600 * 1000 * MS;
	struct stream t = stream(DEFAULT_CLOCK);

	arrive(&t, 0, 0);
	arrive(&t, hour, 3600ll * DEFAULT_CLOCK);
	check_uint("jitter", 0, rtp_jitter_ns(&t.s));
	arrive(&t, 2 * hour, 3600ll * DEFAULT_CLOCK);
	check_uint("jitter", hour / 16, rtp_jitter_ns(&t.s));
}

/* ---- 1.0 provided: rtp_delta_update() --------------------------------- */

TEST("1.0.m", deltas, "the shortest, the longest and the mean delta",
     .native = true)
{
	static const struct {
		__u64 at, min, max, mean; /* ms */
	} packets[] = {
		{ 100, 0, 0, 0 },   { 120, 20, 20, 20 }, { 150, 20, 30, 25 },
		{ 156, 6, 30, 18 }, { 196, 6, 40, 24 },
	};
	struct rtp_stats s = source(DEFAULT_CLOCK);

	for (int i = 0; i < 5; i++) {
		step("a packet at %llu ms", (unsigned long long)packets[i].at);
		rtp_stats_update(&s, packets[i].at * MS, 100, 0, i, 0);
		check_uint("shortest, in ms", packets[i].min,
			   s.delta_min_ns / MS);
		check_uint("longest, in ms", packets[i].max,
			   s.delta_max_ns / MS);
		check_uint("mean, in ms", packets[i].mean,
			   rtp_delta_mean_ns(&s) / MS);
	}
	check_uint("first arrival, in ms", 100, s.first_ns / MS);
	check_uint("last arrival, in ms", 196, s.last_ns / MS);
}

TEST("1.0.n", delta_zero, "two packets at once: the shortest delta is 0",
     .native = true)
{
	struct rtp_stats s = source(DEFAULT_CLOCK);

	rtp_stats_update(&s, 5 * MS, 100, 0, 1, 0);
	rtp_stats_update(&s, 5 * MS, 100, 0, 2, 0);
	check_uint("shortest", 0, s.delta_min_ns);
	check_uint("longest", 0, s.delta_max_ns);
	rtp_stats_update(&s, 8 * MS, 100, 0, 3, 0);
	check_uint("shortest", 0, s.delta_min_ns);
	check_uint("longest", 3 * MS, s.delta_max_ns);
}
