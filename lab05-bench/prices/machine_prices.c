// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: tells what this machine charges, as JSON.
 *
 *	repetition 1: system call, sendmsg, copy, …	all prices by turns, so
 *	repetition 2: system call, sendmsg, copy, …	that a mood of the
 *	…						machine meets them all
 *
 * bench runs it before everything else, and again, for the fixed loop alone,
 * before and after each round.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/measure.h"
#include "lab05-bench/prices/prices.h"

#define REPETITIONS 51

struct arguments {
	int cpu, other;
	unsigned int repetitions;
	const struct price *only; /* NULL: all */
};

/* The samples of all prices, one array each. */
static double samples[16][MAX_ROUNDS];

static const struct argp_option options[] = {
	{ "cpu", 'c', "N", 0, "Core that is measured (0)", 1 },
	{ "other", 'o', "N", 0,
	  "Core that frees memory of the first (1, or 0 for core 1)", 1 },
	{ "repetitions", 'r', "N", 0, "Number of repetitions (51)", 1 },
	{ "only", 'p', "PRICE", 0, "Measure this price alone", 1 },
	{}
};

static const char doc[] =
	"Measure what this machine charges for the things that forwarding is "
	"made of: a system call, a message sent, 1 KB copied, and so on. Print "
	"it as JSON: ns for one of each, the median of the repetitions with an "
	"interval for it, and the mean. All packets stay on the loopback."
	"\vExit status: 0, 1 failed, 2 usage.\n\n"
	"Example:\n  machine_prices | jq '.prices[] |= .ns'";

static const struct price *option_price(struct argp_state *state,
					const char *name)
{
	const struct price *price = price_find(name);

	if (!price)
		argp_error(state, "there is no price '%s'", name);
	return price;
}

/* On a machine with one core nobody else can free anything. */
static void choose_other(struct argp_state *state, struct arguments *a)
{
	if (a->cpu == a->other)
		argp_error(state, "--cpu and --other are the same core");
	if (a->other == NO_CPU && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		a->other = a->cpu == 1 ? 0 : 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'c')
		a->cpu = bench_option_cpu(state, arg);
	else if (key == 'o')
		a->other = bench_option_cpu(state, arg);
	else if (key == 'r')
		a->repetitions = option_number(state, arg, "--repetitions", 1,
					       MAX_ROUNDS);
	else if (key == 'p')
		a->only = option_price(state, arg);
	else if (key == ARGP_KEY_END)
		choose_other(state, a);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

static bool wanted(const struct arguments *a, const struct price *price)
{
	if (a->only && a->only != price)
		return false;
	return !price->needs_another || a->other != NO_CPU;
}

/* The first of two meets what the price before has left in the caches. */
static int measure_warm(const struct price *price, struct prices *p, double *ns)
{
	int err = price->measure(p, ns);

	return err ?: price->measure(p, ns);
}

static int measure_all(const struct arguments *a, struct prices *p)
{
	int err = 0;

	for (unsigned int r = 0; r < a->repetitions; r++)
		for (size_t i = 0; i < price_count && !err; i++)
			if (wanted(a, &price_list[i]))
				err = measure_warm(&price_list[i], p,
						   &samples[i][r]);
	return err;
}

/* Unlike the median, it knows who else had this core for a while. */
static double mean(const double *ns, unsigned int count)
{
	double sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += ns[i];
	return sum / count;
}

static json_t *describe_one(size_t i, unsigned int count)
{
	double all = mean(samples[i], count);
	struct estimate e = estimate(samples[i], count);

	return json_pack("{s:f, s:f, s:f, s:f, s:s}", "ns", e.median, "low",
			 e.low, "high", e.high, "mean", all, "what",
			 price_list[i].what);
}

static json_t *describe(const struct arguments *a)
{
	json_t *prices = json_object();

	for (size_t i = 0; i < price_count; i++)
		if (wanted(a, &price_list[i]))
			json_object_set_new(prices, price_list[i].name,
					    describe_one(i, a->repetitions));
	return json_pack("{s:i, s:i, s:i, s:o}", "cpu", a->cpu, "other",
			 a->other, "repetitions", (int)a->repetitions, "prices",
			 prices);
}

int main(int argc, char **argv)
{
	struct arguments a = { .other = NO_CPU, .repetitions = REPETITIONS };
	struct prices *p;
	int err;

	options_parse(&argp, argc, argv, 0, &a);
	p = prices_open(a.cpu, a.other);
	if (!p)
		return exit_status(-errno);
	err = measure_all(&a, p);
	prices_close(p);
	return exit_status(err ?: bench_print(describe(&a)));
}
