// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The arithmetic of rooms_cost, apart from it so that tests can give it every
 * input.
 *
 *	round 1: many 412 ns / few 405 ns --> +1.7 %
 *	round 2: many 398 ns / few 396 ns --> +0.5 %   --> median, low, high
 *	...
 */
#include <errno.h>

#include "lab06-xdp-fanout/bench/rounds.h"

/* xorshift64: any numbers will do, but the same ones each time. */
static __u32 next_random(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

/* Of Fisher and Yates: each order is as likely as any other. */
static void shuffle(__u32 *order, __u32 count, __u64 *state)
{
	for (__u32 i = count - 1; i > 0; i--) {
		__u32 other = next_random(state) % (i + 1);
		__u32 at = order[i];

		order[i] = order[other];
		order[other] = at;
	}
}

void order_turns(__u32 *order, __u32 turns, __u32 people)
{
	__u64 state = 0x9e3779b97f4a7c15;

	for (__u32 first = 0; first < turns; first += people) {
		for (__u32 i = 0; i < people; i++)
			order[first + i] = i;
		shuffle(order + first, people, &state);
	}
}

double moved_percent(double before, double after)
{
	double ratio = before > after ? before / after : after / before;

	return 100 * (ratio - 1);
}

int net_cost(double whole, double without, double *net)
{
	*net = whole - without;
	return *net > 0 ? 0 : -ERANGE;
}

struct estimate growth_percent(const double *many, const double *few,
			       size_t rounds)
{
	struct estimate e = paired_ratio(many, few, rounds);

	if (!e.rounds)
		return e;
	e.median = 100 * (e.median - 1);
	e.low = 100 * (e.low - 1);
	e.high = 100 * (e.high - 1);
	return e;
}
