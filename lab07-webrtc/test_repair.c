// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* How often a packet is repeated, and how many bytes a receiver gets. */
#include "common/test.h"
#include "lab07-webrtc/repair.h"

static struct repair_log repeated;

static bool take(uint16_t number, int64_t now, int64_t round_trip)
{
	return repair_log_take(&repeated, number, now, round_trip);
}

TEST("7.10.a", once, "a packet is repeated once in 20 ms", .native = true)
{
	check_true(take(0, 5, -1),
		   "a packet that was not repeated yet should be repeated");
	check_true(!take(0, 24, -1),
		   "the last repair is still on its way: refuse the packet");
	check_true(take(1, 24, -1),
		   "this is another packet, so it should be repeated");
	check_true(
		take(0, 25, -1),
		"the interval is over, so the packet should be repeated again");
	check_true(!take(0, 44, 0),
		   "the last repair is still on its way: refuse the packet");
}

TEST("7.10.b", distant, "or once in a round trip, if that is longer",
     .native = true)
{
	check_true(take(9, 1000, 150),
		   "a packet that was not repeated yet should be repeated");
	check_true(!take(9, 1149, 150),
		   "the last repair is still on its way: refuse the packet");
	check_true(
		take(9, 1150, 150),
		"the interval is over, so the packet should be repeated again");
	check_true(
		!take(9, 1150, 150),
		"the packet was repeated a moment ago and should be refused");
}

TEST("7.10.c", many, "as often for 128 packets in a row", .native = true)
{
	for (int i = 0; i < REPAIR_LOG; i++)
		check_true(take(65500 + i, 0, -1),
			   "number %d: wrong answer of repair_log_take()", i);
	for (int i = 0; i < REPAIR_LOG; i++)
		check_true(!take(65500 + i, 19, -1),
			   "number %d: wrong answer of repair_log_take()", i);
	check_true(take((uint16_t)(65500 + REPAIR_LOG), 19, -1),
		   "this is another packet, so it should be repeated");
}

TEST("7.10.d", old_log, "the clock's low 32 bits may wrap", .native = true)
{
	check_true(take(1, 0x1fffffff8, -1),
		   "a packet that was not repeated yet should be repeated");
	check_true(!take(1, 0x20000000b, -1),
		   "after 19 ms the packet should still be refused");
	check_true(take(1, 0x20000000c, -1),
		   "after 20 ms the packet should be repeated again");
}

/* How many packets of 1,000 bytes it lets through at a moment. */
static int count_at(struct repair_budget *b, int64_t now)
{
	int count = 0;

	while (count < 1000 && repair_budget_take(b, 1000, now))
		count++;
	return count;
}

static int count_repairs(struct repair_budget *b, int64_t from, int64_t to)
{
	int count = 0;

	for (int64_t now = from; now < to; now++)
		count += count_at(b, now);
	return count;
}

TEST("7.0.ye", budget, "so many bytes a second, and half a second's at once",
     .native = true)
{
	struct repair_budget b = repair_budget_open(100000, 7);

	check_int("at once", 50, count_at(&b, 7));
	check_true(!repair_budget_take(&b, 1, 7), "all is taken");
	check_true(!repair_budget_take(&b, 101, 8), "1 ms gives 100 bytes");
	check_true(repair_budget_take(&b, 100, 8), "1 ms gives 100 bytes");
	check_int("in ten seconds", 1000, count_repairs(&b, 9, 10009));
}

TEST("7.0.yf", saved, "what is not taken does not add up", .native = true)
{
	struct repair_budget b = repair_budget_open(100000, 0);

	check_int("after a day", 50, count_at(&b, 86400000));
	b = repair_budget_open(0, 0);
	check_int("of nothing", 0, count_repairs(&b, 0, 1000));
	b = repair_budget_open(UINT32_MAX, 0);
	check_int("of 4 GB", 1000, count_at(&b, 86400000));
	b = repair_budget_open(1u << 31, 0);
	b.left = 0;
	check_int("after 100 days", 1000, count_at(&b, 1LL << 33));
}
