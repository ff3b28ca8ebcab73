// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The bucket of a value and the values of a bucket; hist.h says why it is like
 * this.
 */
#include "lab05-bench/hist.h"

/*
 * The leading 1 says which power of two, the HIST_SHIFT bits behind it which
 * part.  The shift drops what is below the part, and leaves the leading 1,
 * which is the first HIST_PARTS of the next power's number.
 */
unsigned int hist_bucket(__u64 value)
{
	int shift;

	if (value < HIST_PARTS)
		return value;
	shift = 63 - __builtin_clzll(value) - HIST_SHIFT;
	return shift * HIST_PARTS + (value >> shift);
}

__u64 hist_upper(unsigned int bucket)
{
	unsigned int shift;
	__u64 part;

	if (bucket < 2 * HIST_PARTS)
		return bucket;
	shift = bucket / HIST_PARTS - 1;
	part = HIST_PARTS + bucket % HIST_PARTS;
	return (part << shift) + ((1ULL << shift) - 1);
}

void hist_add(struct hist *h, __u64 value)
{
	h->bucket[hist_bucket(value)]++;
	h->count++;
	if (value > h->max)
		h->max = value;
}
