/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Two objects that should do the same: do they, and which is faster? */
#ifndef BONUS_PROVE_H
#define BONUS_PROVE_H

#include "lab05-bench/bonus-init/run.h"
#include "lab05-bench/measure.h"

struct pair {
	struct object before, after;	/* images */
	const struct frame *frames;
	size_t frame_count;
};

struct proof_counts {
	size_t programs;	/* that could be run */
	size_t runs;		/* of each of the two */
	size_t answers;		/* different return values that came */
	size_t rewritten;	/* runs that changed the frame */
	size_t copies;		/* sent out by helpers, and captured */
	size_t maps, entries;	/* compared at the end */
};

/*
 * Runs all programs of both on all frames, with clocks and chance standing
 * still: return values, frames, the copies they send out of lo, and in the
 * end all maps must be the same.  Needs a network of its own.  0; -EBADE:
 * they differ, and it was logged where; or another negative errno, logged.
 */
int prove_pair(const struct pair *p, struct proof_counts *counts);

/* Times of the n-th program, in ns a frame, taken in turns. */
struct pair_times {
	char name[64];
	struct program_size before, after;
	struct estimate ns_before, ns_after;
	struct estimate ratio;		/* before / after, round by round */
};

/*
 * Measures all programs of both, with real clocks, in so many rounds.  The
 * array of *count is the caller's to free.  Negative errno, logged.
 */
int prove_times(const struct pair *p, size_t rounds,
		struct pair_times **times, size_t *count);

#endif
