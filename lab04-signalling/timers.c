// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Timers, as a list that is sorted by when they are due:
 *
 *	running: 5 ms --> 20 ms --> 1000 ms
 *	                        ^
 *	                   a new one of 300 ms
 *
 * Its place is looked for from the end.  Most timers are started for the same
 * few lengths of time, and those belong at the end or close to it.
 */
#include <limits.h>
#include <stddef.h>

#include "lab04-signalling/timers.h"

static TAILQ_HEAD(timer_list, timer) running = TAILQ_HEAD_INITIALIZER(running);

void timer_stop(struct timer *t)
{
	if (t->runs)
		TAILQ_REMOVE(&running, t, entry);
	t->runs = false;
}

/* Two that are due at the same time fire in the order of their starts. */
void timer_start(struct timer *t, int64_t due)
{
	struct timer *before;

	timer_stop(t);
	t->due = due;
	t->runs = true;
	TAILQ_FOREACH_REVERSE(before, &running, timer_list, entry)
		if (before->due <= due)
			break;
	if (before)
		TAILQ_INSERT_AFTER(&running, before, t, entry);
	else
		TAILQ_INSERT_HEAD(&running, t, entry);
}

int timers_next(int64_t now)
{
	const struct timer *t = TAILQ_FIRST(&running);

	if (!t)
		return -1;
	if (t->due <= now)
		return 0;
	return t->due - now < INT_MAX ? (int)(t->due - now) : INT_MAX;
}

/* Any of them may start or stop others: the list is looked at anew. */
void timers_fire(int64_t now)
{
	struct timer *t;

	while ((t = TAILQ_FIRST(&running)) && t->due <= now) {
		timer_stop(t);
		t->fire(t->ctx, now);
	}
}
