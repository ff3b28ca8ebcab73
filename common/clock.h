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

/*
 * A moment that the time of day has told, of this clock.  Who is interrupted
 * between the two clocks is told of an earlier one, and never of a later one.
 */
static inline int64_t clock_from_day_ns(struct timespec then)
{
	int64_t now = clock_now_ns(), ago;
	struct timespec day;

	clock_gettime(CLOCK_REALTIME, &day);
	ago = clock_ns(day) - clock_ns(then);
	return now - (ago > 0 ? ago : 0);
}

static inline int64_t clock_now_ms(void)
{
	return clock_now_ns() / 1000000;
}

#endif
