/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The pass itself: constant stores to the stack that share an aligned word
 * of 8 bytes become fewer and wider ones.
 */
#ifndef BONUS_WIDEN_H
#define BONUS_WIDEN_H

#include "lab05-bench/bonus-init/regs.h"

struct widened {
	unsigned long stores;	/* to the stack, of constants: before */
	unsigned long removed;	/* of them */
	unsigned long words;	/* of the stack, written with fewer stores */
};

/*
 * Changes c->insns in place, and adds to *w.  No instruction moves: what is
 * too many becomes insn_nop().  -ENOMEM, or 0.
 *
 * Only the stack (r10, and what is known to point from it) is touched: it is
 * 8-byte aligned, and nobody else sees it.  Stores go together if between
 * the first and the last there is no jump, nor target of one, no call, no
 * other access to their word, and none through a pointer that may be to it;
 * instructions that the loader changes are left as they are.
 */
int widen(struct code *c, bool big_endian, struct widened *w);

#endif
