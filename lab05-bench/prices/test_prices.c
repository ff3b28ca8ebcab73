// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of the prices: does each of them measure what it says?  How much that is
 * depends on the machine, so no test knows.
 */
#include <errno.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab05-bench/prices/prices.h"

#define SAMPLES	   21
#define TIMEOUT_MS patient_ms(5000)

TEST_SETUP(sandbox_enter)

/* The first two cores that this test may use; NO_CPU for one that is missing. */
static void find_cores(int *cpu, int *other)
{
	cpu_set_t set;

	*cpu = *other = NO_CPU;
	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && *other == NO_CPU; i++)
		if (CPU_ISSET(i, &set))
			*(*cpu == NO_CPU ? cpu : other) = i;
}

static struct prices *open_here(void)
{
	int cpu, other;
	struct prices *p;

	find_cores(&cpu, &other);
	step("core %d, and %d for what is freed elsewhere", cpu, other);
	p = prices_open(cpu, other);
	check_true(p, "prices_open() said: %s", strerror(errno));
	return p;
}

static bool is_possible(const struct price *price)
{
	int cpu, other;

	find_cores(&cpu, &other);
	return !price->needs_another || other != NO_CPU;
}

static double measure(struct prices *p, const char *name)
{
	const struct price *price = price_find(name);
	double ns;

	check_true(price, "there is no price %s", name);
	check_int(name, 0, price->measure(p, &ns));
	return ns;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Keeps the test to one core, so cores are looked for before. */
TEST("5.0.n", prices_positive, "each price is above zero, and has a name",
     .seconds = 30)
{
	double ns[SAMPLES];
	bool possible[16];
	struct prices *p;

	for (size_t i = 0; i < price_count; i++)
		possible[i] = is_possible(&price_list[i]);
	p = open_here();
	for (size_t i = 0; i < price_count; i++) {
		if (!possible[i])
			continue;
		for (int j = 0; j < SAMPLES; j++)
			ns[j] = measure(p, price_list[i].name);
		qsort(ns, SAMPLES, sizeof(*ns), by_value);
		check_true(ns[SAMPLES / 2] > 0, "%s: %g ns", price_list[i].name,
			   ns[SAMPLES / 2]);
	}
	check_true(!price_find("tea"), "somebody sells tea");
	prices_close(p);
}

TEST("5.0.o", prices_sendmsg, "what sendmsg sends has been dropped by the sink")
{
	struct prices *p = open_here();
	int64_t end = clock_now_ms() + TIMEOUT_MS;

	check_uint("before", 0, prices_sunk(p));
	measure(p, "sendmsg");
	while (prices_sunk(p) < 256 && clock_now_ms() < end)
		sched_yield();
	check_uint("after 256 messages", 256, prices_sunk(p));
	prices_close(p);
}

TEST("5.0.p", prices_freed, "the other core has freed all that was queued",
     .seconds = 30)
{
	bool possible = is_possible(price_find("skb_freed_elsewhere"));
	struct prices *p;

	if (!possible)
		skip("there is one core only");
	p = open_here();
	for (int i = 0; i < SAMPLES; i++) {
		measure(p, "skb_freed_elsewhere");
		check_uint("bytes that are left", 0, prices_queued(p));
	}
	prices_close(p);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* Whoever is woken may run at once: then the one that wakes is put aside. */
TEST("5.0.q", prices_switch,
     "a switch of tasks is one, and ends with its tasks")
{
	struct prices *p = open_here();
	long before = switches(), made;

	measure(p, "task_switch");
	made = switches() - before;
	check_true(made >= 100, "100 answers, but %ld times another task ran",
		   made);
	prices_close(p);
	check_int("children that are left", -1, waitpid(-1, NULL, WNOHANG));
}

/* ---- the program ------------------------------------------------------- */

static json_t *said(const char *options, int *status)
{
	char command[512];
	json_error_t error;
	json_t *object;
	FILE *out;

	snprintf(command, sizeof(command), "%s %s 2>/dev/null",
		 test_beside("machine_prices"), options);
	step("%s", command);
	out = popen(command, "r");
	check_true(out, "popen: %s", strerror(errno));
	object = json_loadf(out, 0, &error);
	*status = WEXITSTATUS(pclose(out));
	return object;
}

TEST("5.0.r", prices_program, "machine_prices tells the prices that are wanted",
     .seconds = 30)
{
	int status;
	json_t *all = said("--repetitions 3", &status);
	json_t *one = said("--repetitions 3 --only fixed_loop", &status);

	for (size_t i = 0; i < price_count; i++)
		check_true(!is_possible(&price_list[i]) ||
				   json_object_get(json_object_get(all,
								   "prices"),
						   price_list[i].name),
			   "no %s is told", price_list[i].name);
	check_int("exit status", 0, status);
	check_uint("prices", 1,
		   json_object_size(json_object_get(one, "prices")));
	said("--only tea", &status);
	check_int("exit status for no price", 2, status);
	said("--cpu 0 --other 0", &status);
	check_int("exit status for one core twice", 2, status);
}
