/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: timers, for what is to be done some milliseconds later.
 *
 *	timer_start() --> 5 ms --> 20 ms --> 1000 ms	the soonest first
 *	                   |
 *	timers_fire() <----'	once a turn of the event loop
 *
 * Times are those of clock_now_ms().  A timer fires in the first turn after it
 * is due, which may be some milliseconds late, and never before.
 */
#ifndef LAB04_TIMERS_H
#define LAB04_TIMERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* The owner's memory.  It starts as zeros; stop the timer before freeing it. */
struct timer {
	void (*fire)(void *ctx, int64_t now);
	void *ctx;

	/* private */
	int64_t due;
	bool runs;
	TAILQ_ENTRY(timer) entry;
};

/*
 * Starts a timer, which fires once.  A timer that runs already gets the new
 * time.  fire() may start its own timer again, for any time after now.
 */
void timer_start(struct timer *t, int64_t due);
void timer_stop(struct timer *t); /* if it runs */

/* Milliseconds until the next timer is due; 0: one is due; -1: none runs. */
int timers_next(int64_t now);

/* Fires all timers that are due. */
void timers_fire(int64_t now);

#endif
