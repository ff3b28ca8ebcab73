/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06's bench: the arithmetic of rooms_cost. */
#ifndef LAB06_ROUNDS_H
#define LAB06_ROUNDS_H

#include <linux/types.h>

#include "lab05-bench/measure.h"

/*
 * Who sends in each turn of a lap: order[i] is one of 0 to people - 1.  All of
 * them send equally often, and nobody a second time before everybody has sent
 * once more.  turns is a multiple of people; the same call, the same order.
 */
void order_turns(__u32 *order, __u32 turns, __u32 people);

/* By how many percent two times (ns) differ; the sign does not matter. */
double moved_percent(double before, double after);

/*
 * Takes off what a run costs without the program.  Returns 0, or -ERANGE if
 * nothing is left: then one of the two was not measured as it should.
 */
int net_cost(double whole, double without, double *net);

/*
 * By how many percent many[] costs more than few[], round by round: the median,
 * with the interval of lab05.  rounds of the result is 0 if few[] is not above
 * zero in all rounds.
 */
struct estimate growth_percent(const double *many, const double *few,
			       size_t rounds);

#endif
