// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Tests of measure.c, natively: each block gets its numbers from here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab05-bench/measure.h"

#define US	      1000ull /* in ns */
#define MS	      1000000ull
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* Doubles that went through few operations: equal but for the last digits. */
static void check_near(const char *what, double expected, double got)
{
	check_true(fabs(expected - got) <= 1e-9 * (1 + fabs(expected)),
		   "%s: expected %.10g, got %.10g", what, expected, got);
}

/* ---- 5.1 delta_ns() --------------------------------------------------- */

TEST("5.1.a", delta_between, "the time between two arrivals", .native = true)
{
	check_uint("from 5 ms to 25 ms", 20 * MS, delta_ns(5 * MS, 25 * MS));
	check_uint("at the same time", 0, delta_ns(7 * MS, 7 * MS));
}

TEST("5.1.b", delta_long, "more than 32 bits of ns are kept", .native = true)
{
	check_uint("an hour", 3600000 * MS,
		   delta_ns(1795300000000 * MS, 1795303600000 * MS));
}

TEST("5.1.c", delta_back, "a clock that is set back does not make 580 years",
     .native = true)
{
	check_uint("1 ns back", 0, delta_ns(MS, MS - 1));
	check_uint("an hour back", 0, delta_ns(3600000 * MS, 1));
}

/* ---- 5.2 delta_update() ----------------------------------------------- */

static struct delta_stats deltas(const __u64 *values, size_t count)
{
	struct delta_stats s = {};

	for (size_t i = 0; i < count; i++) {
		step("delta %llu ns", values[i]);
		delta_update(&s, values[i]);
	}
	return s;
}

TEST("5.2.a", delta_first, "one delta is minimum, mean and maximum",
     .native = true)
{
	struct delta_stats s = deltas((__u64[]){ 20 * MS }, 1);

	check_uint("count", 1, s.count);
	check_uint("min", 20 * MS, s.min);
	check_uint("max", 20 * MS, s.max);
	check_uint("mean", 20 * MS, delta_mean(&s));
}

TEST("5.2.b", delta_extremes, "the extremes, in whatever order they come",
     .native = true)
{
	struct delta_stats up = deltas((__u64[]){ 1, 2, 3 }, 3);
	struct delta_stats down = deltas((__u64[]){ 3, 2, 1 }, 3);

	check_uint("min going up", 1, up.min);
	check_uint("max going up", 3, up.max);
	check_uint("min going down", 1, down.min);
	check_uint("max going down", 3, down.max);
}

TEST("5.2.c", delta_of_all, "the mean is of all of them", .native = true)
{
	struct delta_stats s = deltas((__u64[]){ 10, 20, 90 }, 3);

	check_uint("count", 3, s.count);
	check_uint("sum", 120, s.sum);
	check_uint("mean", 40, delta_mean(&s));
}

TEST("5.2.d", delta_zero, "a delta of 0 is a minimum like any other",
     .native = true)
{
	struct delta_stats s = deltas((__u64[]){ 5, 0, 7 }, 3);

	check_uint("min", 0, s.min);
	check_uint("max", 7, s.max);
}

/* ---- 5.3 jitter_update() ---------------------------------------------- */

static void transit(struct jitter *j, __u64 sent, __u64 takes)
{
	step("sent at %llu ns, takes %llu ns", sent, takes);
	jitter_update(j, sent, sent + takes);
}

TEST("5.3.a", jitter_none, "a constant transit time is no jitter, however long",
     .native = true)
{
	struct jitter j = {};

	for (int i = 0; i < 50; i++)
		transit(&j, (i * i + 1) * MS, 80 * MS);
	check_uint("packets", 50, j.packets);
	check_uint("jitter", 0, jitter_ns(&j));
}

TEST("5.3.b", jitter_step, "a sixteenth of how much the transit time changes",
     .native = true)
{
	struct jitter j = {};

	transit(&j, 1 * MS, 100 * US);
	check_uint("jitter of one packet", 0, jitter_ns(&j));
	transit(&j, 2 * MS, 260 * US);
	check_uint("jitter", 10 * US, jitter_ns(&j));
	check_uint("in 1/16 ns", 160 * US, j.q4);
}

TEST("5.3.c", jitter_faster, "faster counts as much as slower", .native = true)
{
	struct jitter j = {};

	transit(&j, 1 * MS, 260 * US);
	transit(&j, 2 * MS, 100 * US);
	check_uint("jitter", 10 * US, jitter_ns(&j));
}

/* 10,000, then 10,000 + (16,000 - 10,000) / 16, in 1/16 ns rounded by A.8. */
TEST("5.3.d", jitter_decays, "it comes near the mean change, and goes again",
     .native = true)
{
	struct jitter j = {};

	for (int i = 0; i < 400; i++)
		transit(&j, i * MS, i % 2 ? 0 : 16 * US);
	check_true(jitter_ns(&j) >= 15990 && jitter_ns(&j) <= 16000,
		   "16,000 ns up, 16,000 down: expected about that, got %llu",
		   jitter_ns(&j));
	for (int i = 400; i < 800; i++)
		transit(&j, i * MS, 0);
	check_true(jitter_ns(&j) <= 10,
		   "400 equal transit times later it is "
		   "still %llu ns",
		   jitter_ns(&j));
}

TEST("5.3.e", jitter_clocks, "the two clocks need not agree", .native = true)
{
	struct jitter j = {};

	step("the receiver's clock is 10 s behind");
	jitter_update(&j, 20000 * MS, 10000 * MS);
	jitter_update(&j, 20001 * MS, 10001 * MS + 160);
	check_uint("jitter", 10, jitter_ns(&j));
}

/* ---- 5.4 percentile() ------------------------------------------------- */

static struct hist *values(__u64 first, __u64 last)
{
	static struct hist h;

	memset(&h, 0, sizeof(h));
	step("the values %llu to %llu ns, one of each", first, last);
	for (__u64 v = first; v <= last; v++)
		hist_add(&h, v);
	return &h;
}

TEST("5.4.a", percentile_rank, "the nearest rank: of 1 to 100, p50 is 50",
     .native = true)
{
	struct hist *h = values(1, 100);

	check_uint("p50", 50, percentile(h, PERCENTILE(50)));
	check_uint("p99", 99, percentile(h, PERCENTILE(99)));
	check_uint("p100", 100, percentile(h, PPM));
	check_uint("p1", 1, percentile(h, PERCENTILE(1)));
	check_uint("the smallest", 1, percentile(h, 1));
}

TEST("5.4.b", percentile_up, "a rank between two values is the upper one",
     .native = true)
{
	struct hist *h = values(1, 5);

	check_uint("p50 of 1 to 5", 3, percentile(h, PERCENTILE(50)));
	check_uint("p61 of 1 to 5", 4, percentile(h, PERCENTILE(61)));
	check_uint("p99.9 of 1 to 5", 5, percentile(h, PERCENTILE(99.9)));
	h = values(1, 2);
	check_uint("p50 of 1 and 2", 1, percentile(h, PERCENTILE(50)));
	check_uint("p51 of 1 and 2", 2, percentile(h, PERCENTILE(51)));
}

TEST("5.4.c", percentile_tail, "two slow packets in a hundred are seen at p99",
     .native = true)
{
	static struct hist h;

	step("98 packets of 10 ns, 2 of 20 ms");
	for (int i = 0; i < 98; i++)
		hist_add(&h, 10);
	hist_add(&h, 20 * MS);
	hist_add(&h, 20 * MS);
	check_uint("p50", 10, percentile(&h, PERCENTILE(50)));
	check_uint("p98", 10, percentile(&h, PERCENTILE(98)));
	check_uint("p99", 20 * MS, percentile(&h, PERCENTILE(99)));
}

TEST("5.4.d", percentile_none, "of nothing it is 0", .native = true)
{
	static struct hist h;

	check_uint("p99", 0, percentile(&h, PERCENTILE(99)));
}

TEST("5.4.e", percentile_error, "less than 1 % too great, and never above max",
     .native = true)
{
	static struct hist h;

	for (__u64 v = 1000; v <= 1000000; v += 1000)
		hist_add(&h, v);
	for (unsigned int p = 1; p <= 1000; p++) {
		__u64 got = percentile(&h, p * 1000), exact = p * 1000;

		check_true(got >= exact && got <= exact + exact / 128 &&
				   got <= h.max,
			   "%u/1000 of 1,000 to 1,000,000: "
			   "expected %llu, got %llu",
			   p, exact, got);
	}
}

TEST("5.4.f", percentile_many, "10^14 packets do not overflow", .native = true)
{
	static struct hist h = { .count = 100000000000000, .max = 9 };

	h.bucket[3] = h.count / 2;
	h.bucket[9] = h.count / 2;
	check_uint("p50", 3, percentile(&h, PERCENTILE(50)));
	check_uint("p50.0001", 9, percentile(&h, PERCENTILE(50) + 1));
}

/* ---- 5.5 median() ----------------------------------------------------- */

#define MEDIAN(...)                                                            \
	median((double[]){ __VA_ARGS__ },                                      \
	       sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))

TEST("5.5.a", median_odd, "of five rounds the third, in order of size",
     .native = true)
{
	check_near("of 9 1 8 2 7", 7, MEDIAN(9, 1, 8, 2, 7));
	check_near("of one", 4, MEDIAN(4));
}

TEST("5.5.b", median_even, "of six, between the third and the fourth",
     .native = true)
{
	check_near("of 6 5 4 3 2 1", 3.5, MEDIAN(6, 5, 4, 3, 2, 1));
	check_near("of 10 20", 15, MEDIAN(20, 10));
}

TEST("5.5.c", median_robust, "one round in trouble does not move it",
     .native = true)
{
	check_near("of 10 11 12 13 1000", 12, MEDIAN(10, 1000, 12, 13, 11));
}

/* ---- 5.6 estimate() --------------------------------------------------- */

/* Of 1, 2, 3, ..., count: the values are the ranks. */
static struct estimate ranks(size_t count)
{
	double v[MAX_ROUNDS];

	for (size_t i = 0; i < count; i++)
		v[i] = count - i;
	step("%zu rounds: the values 1 to %zu", count, count);
	return estimate(v, count);
}

TEST("5.6.a", estimate_five, "five rounds: smallest to greatest, at 93.75 %",
     .native = true)
{
	struct estimate e = ranks(5);

	check_near("median", 3, e.median);
	check_near("low", 1, e.low);
	check_near("high", 5, e.high);
	check_near("coverage", 0.9375, e.coverage);
	check_uint("rounds", 5, e.rounds);
}

/* From the tables of the sign test: n, k. */
TEST("5.6.b", estimate_narrow, "more rounds: only as wide as 95 % asks for",
     .native = true)
{
	static const struct {
		size_t rounds, low;
	} table[] = {
		{ 6, 1 },  { 8, 1 },  { 9, 2 },	 { 11, 2 },  { 12, 3 },
		{ 15, 4 }, { 20, 6 }, { 25, 8 }, { 50, 18 }, { 100, 40 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct estimate e = ranks(table[i].rounds);

		check_near("low", table[i].low, e.low);
		check_near("high", table[i].rounds + 1 - table[i].low, e.high);
		check_true(e.coverage >= CONFIDENCE, "coverage is only %g",
			   e.coverage);
	}
}

TEST("5.6.c", estimate_coverage, "it says how sure it is", .native = true)
{
	check_near("3 rounds", 0.75, ranks(3).coverage);
	check_near("6 rounds", 0.96875, ranks(6).coverage);
	check_near("9 rounds", 1 - 2 * 10 / 512.0, ranks(9).coverage);
}

TEST("5.6.d", estimate_one, "one round is sure of nothing", .native = true)
{
	struct estimate e = ranks(1);

	check_near("low", 1, e.low);
	check_near("high", 1, e.high);
	check_near("coverage", 0, e.coverage);
}

/* ---- 5.7 subtract_baseline() ------------------------------------------ */

static const struct estimate cost = {
	.median = 1000,
	.low = 950,
	.high = 1100,
	.coverage = 0.9,
	.rounds = 5,
};

static struct estimate base(double median, double low, double high)
{
	return (struct estimate){
		.median = median,
		.low = low,
		.high = high,
		.coverage = 0.9,
		.rounds = 5,
	};
}

TEST("5.7.a", baseline_median, "the medians are subtracted", .native = true)
{
	struct estimate b = base(300, 290, 320), net;

	check_true(subtract_baseline(&cost, &b, &net),
		   "950 is above 320, but it says that it cannot tell");
	check_near("median", 700, net.median);
}

TEST("5.7.b", baseline_spread, "both spreads are in the result", .native = true)
{
	struct estimate b = base(300, 290, 320), net;

	subtract_baseline(&cost, &b, &net);
	check_near("low", 950 - 320, net.low);
	check_near("high", 1100 - 290, net.high);
	check_near("coverage", 0.81, net.coverage);
}

TEST("5.7.c", baseline_noise, "within the noise nothing is claimed",
     .native = true)
{
	struct estimate b = base(900, 800, 960), net;

	step("the intervals overlap: 950 to 1,100, and 800 to 960");
	check_true(!subtract_baseline(&cost, &b, &net),
		   "it claims a cost that may be none");
	check_near("median", 100, net.median);
	check_near("low", -10, net.low);
}

TEST("5.7.d", baseline_negative, "below zero is said, not hidden",
     .native = true)
{
	struct estimate b = base(1500, 1400, 1600), net;

	check_true(!subtract_baseline(&cost, &b, &net),
		   "it claims a cost that is below zero");
	check_near("median", -500, net.median);
	check_near("low", 950 - 1600, net.low);
	check_near("high", 1100 - 1400, net.high);
}

/* ---- 5.8 prove() ------------------------------------------------------ */

/* 1,000 packets to 20 receivers each, and nothing wrong with them. */
static struct counters good(enum path path)
{
	struct forwarder f = { .in = 1000, .copies = 20000 };

	return (struct counters){
		.path = path,
		.legs = 20,
		.sent = 1000,
		.kernel = path == PATH_KERNEL ? f : (struct forwarder){},
		.user = path == PATH_USER ? f : (struct forwarder){},
		.received = path == PATH_NONE ? 0 : 20000,
	};
}

static void check_proof(enum proof expected, const struct counters *c)
{
	step("sent %llu, each to %llu; kernel: in %llu, copies %llu, failed "
	     "%llu, dropped %llu; user: in %llu, copies %llu",
	     c->sent, c->legs, c->kernel.in, c->kernel.copies, c->kernel.failed,
	     c->kernel.dropped, c->user.in, c->user.copies);
	step("received %llu; links dropped %llu, sockets %llu", c->received,
	     c->link_drops, c->socket_drops);
	check_str("proof", proof_text(expected), proof_text(prove(c)));
}

TEST("5.8.a", proof_good, "all four paths, when everything is right",
     .native = true)
{
	for (enum path path = PATH_KERNEL; path <= PATH_NONE; path++) {
		struct counters c = good(path);

		check_proof(PROVEN, &c);
	}
}

TEST("5.8.b", proof_nothing, "no traffic proves nothing", .native = true)
{
	struct counters none = { .path = PATH_KERNEL, .legs = 20 };
	struct counters c = good(PATH_USER);

	check_proof(NO_TRAFFIC, &none);
	none.path = PATH_NONE;
	check_proof(NO_TRAFFIC, &none);
	step("sent, but nothing came");
	c.user.copies = c.received = 0;
	check_proof(NO_TRAFFIC, &c);
}

TEST("5.8.c", proof_other_path, "copies by the other path are found out",
     .native = true)
{
	struct counters tc = good(PATH_KERNEL), user = good(PATH_USER);
	struct counters peer = good(PATH_OTHER), none = good(PATH_NONE);

	tc.user = (struct forwarder){ .in = 1, .copies = 20 };
	check_proof(WRONG_PATH, &tc);
	user.kernel = (struct forwarder){ .in = 1, .copies = 20 };
	check_proof(WRONG_PATH, &user);
	peer.kernel = (struct forwarder){ .in = 1000, .copies = 20000 };
	check_proof(WRONG_PATH, &peer);
	none.received = 20000;
	check_proof(WRONG_PATH, &none);
}

TEST("5.8.d", proof_bypassed, "all arrived, but the program saw nothing",
     .native = true)
{
	struct counters c = good(PATH_KERNEL);

	step("as in an earlier system of this kind");
	c.kernel = (struct forwarder){};
	check_proof(WRONG_PATH, &c);
	c.user = (struct forwarder){ .in = 1000, .copies = 20000 };
	check_proof(WRONG_PATH, &c);
}

TEST("5.8.e", proof_sum, "packets in x legs = copies + failed + dropped",
     .native = true)
{
	struct counters c = good(PATH_KERNEL);

	c.kernel.copies = c.received = 19990;
	check_proof(UNACCOUNTED, &c);
	c.kernel.failed = 7;
	c.kernel.dropped = 3;
	check_proof(PROVEN, &c);
	c.kernel.dropped = 4;
	check_proof(UNACCOUNTED, &c);
}

TEST("5.8.f", proof_more_in, "no more can come in than was sent",
     .native = true)
{
	struct counters c = good(PATH_USER);

	c.sent = 999;
	check_proof(UNACCOUNTED, &c);
	c.sent = 1200;
	step("200 were lost before the forwarder: a loss, but one that shows");
	check_proof(PROVEN, &c);
}

TEST("5.8.g", proof_receiver, "a full socket is the receiver's fault",
     .native = true)
{
	struct counters c = good(PATH_KERNEL), peer = good(PATH_OTHER);

	c.received -= 50;
	c.socket_drops = 50;
	check_proof(LOST_IN_RECEIVER, &c);
	peer.received -= 50;
	peer.socket_drops = 50;
	check_proof(LOST_IN_RECEIVER, &peer);
}

TEST("5.8.h", proof_way, "what was handed on must arrive, or be counted lost",
     .native = true)
{
	struct counters c = good(PATH_KERNEL), peer = good(PATH_OTHER);

	c.received -= 50;
	check_proof(LOST_ON_THE_WAY, &c);
	c.link_drops = 50;
	check_proof(PROVEN, &c);
	c.received += 100;
	check_proof(LOST_ON_THE_WAY, &c);
	peer.received -= 50;
	step("a peer may lose some, we cannot know where");
	check_proof(PROVEN, &peer);
	peer.received += 51;
	check_proof(LOST_ON_THE_WAY, &peer);
}

/* ---- 5.9 paired_ratio() ----------------------------------------------- */

TEST("5.9.a", ratio_paired, "the ratio is taken within a round", .native = true)
{
	/* the machine slows down threefold in the middle of the run */
	double user[] = { 40, 41, 120, 123, 126 };
	double tc[] = { 10, 10, 30, 30, 30 };
	struct estimate e = paired_ratio(user, tc, ARRAY_SIZE(tc));

	check_uint("rounds", 5, e.rounds);
	check_near("median", 4.1, e.median);
	check_near("low", 4, e.low);
	check_near("high", 4.2, e.high);
}

TEST("5.9.b", ratio_order, "theirs to ours, and neither is changed",
     .native = true)
{
	double user[] = { 9, 1 }, tc[] = { 3, 1 };
	struct estimate e = paired_ratio(user, tc, ARRAY_SIZE(tc));

	check_near("median", 2, e.median);
	check_near("the first of theirs", 9, user[0]);
	check_near("the first of ours", 3, tc[0]);
}

TEST("5.9.c", ratio_zero, "nothing is not infinitely better", .native = true)
{
	double user[] = { 5, 5, 5 }, tc[] = { 1, 0, 1 };

	check_uint("rounds", 0, paired_ratio(user, tc, 3).rounds);
}
