// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Timers: which fires when.  The time is the test's own. */
#include <stdio.h>
#include <string.h>

#include "common/test.h"
#include "lab04-signalling/timers.h"

static char fired[64]; /* the names of those that did, in order */

static void note(void *name, int64_t now)
{
	(void)now;
	snprintf(fired + strlen(fired), sizeof(fired) - strlen(fired), "%s",
		 (const char *)name);
}

static struct timer a = { .fire = note, .ctx = "a" };
static struct timer b = { .fire = note, .ctx = "b" };
static struct timer c = { .fire = note, .ctx = "c" };

TEST("4.0.ta", soonest_first,
     "timers fire when they are due, the soonest first")
{
	timer_start(&a, 1000);
	timer_start(&b, 5);
	timer_start(&c, 300);
	check_int("the next one", 5, timers_next(0));
	timers_fire(4);
	check_str("before that", "", fired);
	timers_fire(300);
	check_str("at 300 ms", "bc", fired);
	check_int("the next one", 700, timers_next(300));
	timers_fire(5000);
	check_str("late", "bca", fired);
	check_int("none runs", -1, timers_next(5000));
}

TEST("4.0.tb", same_time, "at the same time, the first started is the first")
{
	timer_start(&b, 7);
	timer_start(&a, 7);
	timer_start(&c, 7);
	check_int("it is due", 0, timers_next(9));
	timers_fire(9);
	check_str("fired", "bac", fired);
}

TEST("4.0.tc", moved_and_stopped, "a timer can be moved, and stopped")
{
	timer_start(&a, 1);
	timer_start(&b, 2);
	timer_start(&c, 3);
	timer_start(&a, 4);
	timer_stop(&b);
	timer_stop(&b);
	timers_fire(10);
	check_str("fired", "ca", fired);
}

static void again(void *t, int64_t now)
{
	note("r", now);
	timer_start(t, now + 10);
}

static void stop_c(void *unused, int64_t now)
{
	(void)unused;
	note("s", now);
	timer_stop(&c);
}

TEST("4.0.td", from_within, "one that fires may start itself, and stop others")
{
	struct timer repeated = { .fire = again };
	struct timer stopper = { .fire = stop_c };

	repeated.ctx = &repeated;
	timer_start(&repeated, 1);
	timer_start(&stopper, 2);
	timer_start(&c, 3);
	timers_fire(5);
	check_str("at 5 ms", "rs", fired);
	timers_fire(15);
	check_str("at 15 ms", "rsr", fired);
	timer_stop(&repeated);
	check_int("none runs", -1, timers_next(15));
}
