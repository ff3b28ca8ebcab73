/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What registers hold before each instruction of a section of code, as far
 * as it can be told from the instructions alone.
 */
#ifndef BONUS_REGS_H
#define BONUS_REGS_H

#include "lab05-bench/bonus-init/insn.h"

/* What is known of a place beforehand, as bits. */
enum mark {
	MARK_FIXED = 1,		/* the loader will change this one */
	MARK_ENTRY = 2,		/* a function begins here */
	MARK_PACKET = 4,	/* ... and its r1 is a packet's context */
	MARK_TARGET = 8,	/* some jump goes here */
};

/* Instructions that lie one behind the other, in one section. */
struct code {
	struct insn *insns;
	__u8 *marks;		/* one per instruction */
	long count;
};

enum content {
	NOT_REACHED,
	CONSTANT,		/* number says which */
	STACK,			/* r10 + number */
	ELSEWHERE,		/* anything that does not point to the stack */
	ANYTHING,
};

struct value {
	enum content content;
	__s64 number;
};

struct regs {
	struct value r[16];	/* as many as an instruction can name */
};

/*
 * Sets MARK_TARGET where jumps go, and finds the registers before each
 * instruction: in an array of c->count, for the caller to free; NULL: no
 * memory.  Code that no entry leads to has r10 NOT_REACHED.
 */
struct regs *regs_find(struct code *c);

#endif
