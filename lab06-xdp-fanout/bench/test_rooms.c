// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of what rooms_cost is made of: the order of the turns, the arithmetic,
 * and houses.  What a packet costs depends on the machine, so no test knows.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/protocols.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab03/forward.skel.h"
#include "lab06-xdp-fanout/bench/house.h"
#include "lab06-xdp-fanout/bench/rounds.h"

#define FEW	10
#define MORE	100
#define PEOPLE	20
#define TURNS	2000
#define PAYLOAD 100

static int enter(void)
{
	int err = sandbox_enter();

	return err ?: loader_init();
}

TEST_SETUP(enter)

/* ---- the order ------------------------------------------------------------ */

TEST("6.0.ta", in_turn, "all send equally often, and in turn", .native = true)
{
	__u32 order[TURNS], changed = 0;

	order_turns(order, TURNS, PEOPLE);
	for (__u32 first = 0; first < TURNS; first += PEOPLE) {
		bool seen[PEOPLE] = {};

		for (__u32 i = first; i < first + PEOPLE; i++) {
			check_true(order[i] < PEOPLE, "turn %u: nobody is %u",
				   i, order[i]);
			check_true(!seen[order[i]],
				   "turn %u: %u sends again before the others",
				   i, order[i]);
			seen[order[i]] = true;
			changed += order[i] != i % PEOPLE;
		}
	}
	check_true(changed > TURNS / 2, "%u of %u turns are another's only",
		   changed, TURNS);
}

TEST("6.0.tb", same_order, "the order is the same each time", .native = true)
{
	__u32 one[TURNS], other[TURNS];

	order_turns(one, TURNS, TURNS);
	memset(other, 0xff, sizeof(other));
	order_turns(other, TURNS, TURNS);
	check_hex("order", one, other, sizeof(one));
	order_turns(one, TURNS, 1);
	for (int i = 0; i < TURNS; i++)
		check_uint("a single sender", 0, one[i]);
}

/* ---- the arithmetic ------------------------------------------------------- */

TEST("6.0.tc", moved, "a loop may move both ways", .native = true)
{
	check_int("slower", 25, lround(moved_percent(100, 125)));
	check_int("faster", 25, lround(moved_percent(125, 100)));
	check_int("as before", 0, lround(moved_percent(7, 7)));
}

TEST("6.0.td", net, "what is less than nothing is no cost", .native = true)
{
	double net;

	check_int("net_cost", 0, net_cost(500, 80, &net));
	check_int("net", 420, lround(net));
	check_int("equal", -ERANGE, net_cost(80, 80, &net));
	check_int("less", -ERANGE, net_cost(79, 80, &net));
}

/* The machine becomes slower, and the ratio stays. */
TEST("6.0.te", by_round, "the ratio is taken within each round", .native = true)
{
	const double few[] = { 100, 200, 400 }, many[] = { 125, 250, 500 };
	const double worse[] = { 150, 250, 500 };
	struct estimate e = growth_percent(many, few, 3);

	check_int("median", 25, lround(e.median));
	check_int("low", 25, lround(e.low));
	check_int("high", 25, lround(e.high));
	check_uint("rounds", 3, e.rounds);
	e = growth_percent(worse, few, 3);
	check_int("median", 25, lround(e.median));
	check_int("high", 50, lround(e.high));
	e = growth_percent(few, many, 3);
	check_int("less", -20, lround(e.median));
}

TEST("6.0.tf", no_ratio, "nothing can be divided by 0", .native = true)
{
	const double few[] = { 100, 0 }, many[] = { 125, 250 };

	check_uint("rounds", 0, growth_percent(many, few, 2).rounds);
}

/* ---- houses --------------------------------------------------------------- */

TEST("6.0.tg", same_people, "who is in ten rooms is in a hundred, too",
     .native = true)
{
	for (__u32 n = 0; n < 2 * FEW; n++) {
		__u32 person = house_person(FEW, n), k = 0;

		while (k < 2 * MORE && house_person(MORE, k) != person)
			k++;
		check_true(k < 2 * MORE, "person %u is in no room of %u",
			   person, MORE);
		check_true(person < HOUSE_PEOPLE, "there is no person %u",
			   person);
		check_uint("the other of the room", house_person(FEW, n ^ 1),
			   person ^ 1);
	}
}

static void run_forward(const struct house *h, __u32 person, __u32 times)
{
	struct frame frame;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data, .repeat = 1);

	check_int("packet", 0, house_packet(&frame, person, PAYLOAD));
	run.data_size_in = frame.len;
	for (__u32 i = 0; i < times; i++)
		check_int("run", 0,
			  bpf_prog_test_run_opts(
				  bpf_program__fd(h->forward->progs.forward),
				  &run));
}

TEST("6.0.th", proven, "a house knows its people's packets, and counts them")
{
	int link = house_make_link();
	struct house few, more;

	check_true(link > 0, "there is no link: %s", strerror(-link));
	check_int("few", 0, house_open(&few, "few", FEW, link));
	check_int("more", 0, house_open(&more, "more", MORE, link));
	run_forward(&few, house_person(FEW, 19), 3);
	run_forward(&more, house_person(FEW, 19), 1);
	run_forward(&more, house_person(MORE, 2), 1);
	check_int("few", 0, house_prove(&few, 3));
	check_int("more", 0, house_prove(&more, 2));
	step("one of %u rooms is a stranger among %u", MORE, FEW);
	run_forward(&few, house_person(MORE, 2), 1);
	check_int("a stranger's", -EPROTO, house_prove(&few, 4));
	house_close(&few);
	check_int("once more", 0, house_open(&few, "few", FEW, link));
	check_int("as new", 0, house_prove(&few, 0));
	house_close(&few);
	house_close(&more);
}
