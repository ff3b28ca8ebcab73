/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fewer, wider stores: constants that a program stores to the same aligned 8
 * bytes of its stack are written with as few instructions as will do.
 *
 * The pass sees a program as libbpf hands it to the kernel: relocated, in this
 * machine's byte order.  No instruction moves, so jumps and line info stay
 * true: a store that is too many becomes `goto +0`, which the kernel takes out
 * after it has verified the program (for a loader with CAP_BPF).
 */
#ifndef BONUS_WIDEN_H
#define BONUS_WIDEN_H

#include <linux/bpf.h>

struct widened {
	unsigned long stores;  /* to the stack, of constants: before */
	unsigned long removed; /* of them */
};

/*
 * Changes the instructions in place, and adds to *w.  Stores go together if
 * between the first and the last of them there is no jump, no target of one,
 * no call, no atomic operation, no other access to their 8 bytes, and none
 * through a pointer that may lead to them.  Only the stack is touched: it is
 * aligned, and nobody else looks at it.
 */
void widen(struct bpf_insn *insns, long count, struct widened *w);

/*
 * From here on libbpf widens each XDP and TC program that it loads, of objects
 * that are opened after the first call, and adds to *w; NULL: no longer.
 */
void widen_on_load(struct widened *w);

#endif
