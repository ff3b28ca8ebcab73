// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One bit for each number of the window: a repeated number finds its bit set.
 * When a newer number moves the window, the bits that it passes are cleared.
 */
#include <string.h>

#include "lab05-bench/stream.h"

/* Marks a number as seen, and returns whether it was already. */
static bool test_and_set(struct stream *s, __u64 seq)
{
	__u64 *word = &s->seen[seq / 64 % (SEQ_WINDOW / 64)];
	__u64 bit = 1ULL << seq % 64, before = *word;

	*word |= bit;
	return before & bit;
}

static void clear(struct stream *s, __u64 seq)
{
	s->seen[seq / 64 % (SEQ_WINDOW / 64)] &= ~(1ULL << seq % 64);
}

/* The bits of the numbers in between were those of SEQ_WINDOW before. */
static void advance(struct stream *s, __u64 seq)
{
	if (seq - s->highest >= SEQ_WINDOW)
		memset(s->seen, 0, sizeof(s->seen));
	else
		for (__u64 i = s->highest + 1; i <= seq; i++)
			clear(s, i);
	s->highest = seq;
}

static void update_order(struct stream *s, __u64 seq)
{
	if (!s->received)
		s->lowest = s->highest = seq;
	if (seq > s->highest)
		advance(s, seq);
	else if (s->received)
		s->reordered++;
	if (seq < s->lowest)
		s->lowest = seq;
	if (s->highest - seq < SEQ_WINDOW && test_and_set(s, seq)) {
		s->duplicated++;
		s->reordered--; /* one packet, one verdict */
	}
}

void stream_update(struct stream *s, __u64 seq, __u64 sent, __u64 arrived)
{
	update_order(s, seq);
	if (s->received)
		delta_update(&s->delta, delta_ns(s->arrived_ns, arrived));
	jitter_update(&s->jitter, sent, arrived);
	s->arrived_ns = arrived;
	s->received++;
}

__u64 stream_lost(const struct stream *s)
{
	if (!s->received)
		return 0;
	return s->highest - s->lowest + 1 - (s->received - s->duplicated);
}
