// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The window is a ring of words, each with a bit for each of 64 indices.  It
 * has one word more than its width needs, so that it moves on by whole words:
 *
 *	word   ...  | 7 | 8 | 9 | 10 |  ...
 *	              ^            ^ highest is somewhere in this one
 *	              the oldest index is somewhere in this one
 *
 * Moving on clears the words that come in, and shifts nothing (RFC 6479).
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/srtp_window.h"

#define HALF 0x8000
#define WRAP 0x10000

/* There is nothing below index 0: then it must be a long jump ahead. */
uint64_t srtp_window_guess(const struct srtp_window *w, uint16_t sequence)
{
	uint16_t last = w->highest;
	uint64_t index = w->highest - last + sequence;

	if (!w->started)
		return sequence;
	if (last < HALF && sequence - last > HALF && index >= WRAP)
		return index - WRAP;
	if (last >= HALF && last - HALF > sequence)
		return index + WRAP;
	return index;
}

static uint64_t bit_of(uint64_t index)
{
	return 1ULL << index % 64;
}

static uint64_t word_of(uint64_t index)
{
	return index / 64 % SRTP_WINDOW_WORDS;
}

int srtp_window_check(const struct srtp_window *w, uint64_t index)
{
	if (!w->started || index > w->highest)
		return 0;
	if (w->highest - index >= SRTP_WINDOW_WIDTH)
		return -ESTALE;
	return w->seen[word_of(index)] & bit_of(index) ? -EEXIST : 0;
}

static void move_on(struct srtp_window *w, uint64_t index)
{
	uint64_t steps = index / 64 - w->highest / 64;

	if (steps > SRTP_WINDOW_WORDS)
		steps = SRTP_WINDOW_WORDS;
	for (uint64_t word = index / 64; steps; steps--, word--)
		w->seen[word % SRTP_WINDOW_WORDS] = 0;
	w->highest = index;
}

/* In the word of the highest, what is above it has not come. */
void srtp_window_resume(struct srtp_window *w, uint64_t highest)
{
	w->started = true;
	w->highest = highest;
	memset(w->seen, 0xff, sizeof(w->seen));
	w->seen[word_of(highest)] = bit_of(highest) | (bit_of(highest) - 1);
}

void srtp_window_add(struct srtp_window *w, uint64_t index)
{
	if (!w->started || index > w->highest)
		move_on(w, index);
	w->started = true;
	w->seen[word_of(index)] |= bit_of(index);
}
