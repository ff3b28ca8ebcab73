/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: remembers which packets of an SSRC have come (RFC 3711, section 3.3).
 *
 * A packet's index counts on where its 16-bit sequence number wraps:
 *
 *	index = 65536 * number of wraps + sequence number
 *
 * A window of WIDTH indices slides along behind the highest one:
 *
 *	      stale      |   seen, or not yet    |   new
 *	-----------------+-----------------------+----------->
 *	              highest - WIDTH         highest
 */
#ifndef LAB07_SRTP_WINDOW_H
#define LAB07_SRTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define SRTP_WINDOW_WIDTH 1024
#define SRTP_WINDOW_WORDS (SRTP_WINDOW_WIDTH / 64 + 1)

/* All zero: no packet has come. */
struct srtp_window {
	bool started;
	uint64_t highest;
	uint64_t seen[SRTP_WINDOW_WORDS]; /* a bit per index, in a ring */
};

/*
 * The index that a packet with this sequence number most likely has: the one
 * that is nearest to the highest.
 */
uint64_t srtp_window_guess(const struct srtp_window *w, uint16_t sequence);

/* 0 for an index that has not come yet, -EEXIST, or -ESTALE. */
int srtp_window_check(const struct srtp_window *w, uint64_t index);

/* Notes an index, for which the check said 0. */
void srtp_window_add(struct srtp_window *w, uint64_t index);

/* Begins behind `highest`: this one and all below it count as come. */
void srtp_window_resume(struct srtp_window *w, uint64_t highest);

#endif
