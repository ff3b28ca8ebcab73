/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What CLOCK_MONOTONIC says: the time since some moment in the past. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(struct timespec time)
{
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static inline int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clock_ns(now);
}

/* A moment by this clock, and by the time of day. */
struct clock_pair {
	int64_t now, day; /* ns */
};

static inline struct clock_pair clock_both(void)
{
	struct clock_pair c = { .now = clock_now_ns() };
	struct timespec day;

	clock_gettime(CLOCK_REALTIME, &day);
	c.day = clock_ns(day);
	return c;
}

/*
 * A moment before c that the time of day has told, of this clock.  Who was
 * interrupted within clock_both() is told of an earlier one, and never of a
 * later one.
 */
static inline int64_t clock_from_day_ns(const struct clock_pair *c,
					struct timespec then)
{
	int64_t ago = c->day - clock_ns(then);

	return c->now - (ago > 0 ? ago : 0);
}

static inline int64_t clock_now_ms(void)
{
	return clock_now_ns() / 1000000;
}

#endif
