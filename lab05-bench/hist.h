/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A histogram of nanoseconds that needs little memory for any range.  Each
 * power of two is cut into HIST_PARTS buckets of the same width, so that no
 * bucket is wider than 1/128 of its values.  Values below HIST_PARTS are exact.
 */
#ifndef LAB05_HIST_H
#define LAB05_HIST_H

#include <linux/types.h>

#define HIST_SHIFT   7
#define HIST_PARTS   (1 << HIST_SHIFT)
#define HIST_BUCKETS ((64 - HIST_SHIFT + 1) * HIST_PARTS)

struct hist {
	__u64 count; /* of all buckets */
	__u64 max;   /* exact; 0 if there is nothing */
	__u64 bucket[HIST_BUCKETS];
};

/* Counts a value.  h starts zeroed. */
void hist_add(struct hist *h, __u64 value);

/* Returns the bucket of a value; a greater value has no smaller bucket. */
unsigned int hist_bucket(__u64 value);

/* The greatest value that is counted in a bucket. */
__u64 hist_upper(unsigned int bucket);

#endif
