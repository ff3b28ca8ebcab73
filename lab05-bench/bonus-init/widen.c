// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab05-bench/bonus-init/widen.h"

#define STACK_BYTES	512
#define WORD		8
#define WORDS		(STACK_BYTES / WORD)
#define GROUP_MAX	32	/* stores to one word */

/* Stores to one word of the stack, which nothing has looked at yet. */
struct group {
	long at[GROUP_MAX];	/* their indices, in order */
	unsigned int count;
	bool written[WORD];
	__u8 bytes[WORD];	/* as they lie in memory */
};

struct state {
	struct code *code;
	const struct regs *regs;
	bool big_endian;
	struct group groups[WORDS];	/* from r10 - 512 up */
	struct widened *report;
};

/* ---- bytes and numbers ------------------------------------------------ */

static void put_bytes(__u8 *bytes, unsigned int size, __u64 value, bool be)
{
	for (unsigned int i = 0; i < size; i++, value >>= 8)
		bytes[be ? size - 1 - i : i] = value;
}

static __u64 get_bytes(const __u8 *bytes, unsigned int size, bool be)
{
	__u64 value = 0;

	for (unsigned int i = 0; i < size; i++)
		value = value << 8 | bytes[be ? i : size - 1 - i];
	return value;
}

/* An instruction has 32 bits for the constant, and extends their sign. */
static bool fits(__u64 value, unsigned int size)
{
	return size < 8 || (__s64)value == (__s32)value;
}

/* ---- what a group becomes --------------------------------------------- */

static unsigned int written(const struct group *g, unsigned int first,
			    unsigned int size)
{
	unsigned int count = 0;

	for (unsigned int i = first; i < first + size; i++)
		count += g->written[i];
	return count;
}

/* The widest stores for a part of the word; returns how many. */
static unsigned int plan(const struct state *s, const struct group *g,
			 unsigned int first, unsigned int size,
			 struct insn stores[])
{
	__u64 value = get_bytes(g->bytes + first, size, s->big_endian);
	unsigned int count = written(g, first, size), half = size / 2;
	int word = (g - s->groups) * WORD - STACK_BYTES;

	if (!count)
		return 0;
	if (count == size && fits(value, size)) {
		stores[0] = insn_store(word + first, size, value);
		return 1;
	}
	count = plan(s, g, first, half, stores);
	return count + plan(s, g, first + half, half, stores + count);
}

/*
 * Nothing looks at the word between the first store and the last, so that
 * the new ones may stand at any of their places.
 */
static void flush(struct state *s, struct group *g)
{
	struct insn stores[WORD], *insns = s->code->insns;
	unsigned int count = plan(s, g, 0, WORD, stores);
	unsigned int spare = g->count - count;

	if (g->count > count) {
		for (unsigned int i = 0; i < g->count; i++)
			insns[g->at[i]] = i < spare ? insn_nop() :
						      stores[i - spare];
		s->report->removed += spare;
		s->report->words++;
	}
	memset(g, 0, sizeof(*g));
}

static void flush_all(struct state *s)
{
	for (int i = 0; i < WORDS; i++)
		flush(s, &s->groups[i]);
}

/* The words that size bytes at r10 + off are part of. */
static void flush_at(struct state *s, __s64 off, unsigned int size)
{
	for (__s64 i = off + STACK_BYTES; i < off + STACK_BYTES + size; i++)
		if (i >= 0 && i < STACK_BYTES)
			flush(s, &s->groups[i / WORD]);
}

/* ---- instruction by instruction --------------------------------------- */

static bool stored_constant(const struct state *s, long i, __u64 *value)
{
	const struct insn *insn = &s->code->insns[i];
	const struct value *from = &s->regs[i].r[insn->src];

	*value = insn->imm;
	if (BPF_CLASS(insn->code) == BPF_ST)
		return true;
	*value = from->number;
	return from->content == CONSTANT;
}

static void join_group(struct state *s, long i, __s64 off, __u64 value)
{
	__u32 place = off + STACK_BYTES;
	struct group *g = &s->groups[place / WORD];
	unsigned int size = insn_size(&s->code->insns[i]);

	if (g->count == GROUP_MAX)
		flush(s, g);
	put_bytes(g->bytes + place % WORD, size, value, s->big_endian);
	memset(g->written + place % WORD, true, size);
	g->at[g->count++] = i;
	s->report->stores++;
}

static void take_stack_store(struct state *s, long i, __s64 off)
{
	unsigned int size = insn_size(&s->code->insns[i]);
	__u64 value;

	if (off % (int)size || off < -STACK_BYTES || off >= 0 ||
	    !stored_constant(s, i, &value))
		flush_at(s, off, size);
	else
		join_group(s, i, off, value);
}

/* A load or store at the address in a register, plus insn->off. */
static void take_access(struct state *s, long i, const struct value *base)
{
	const struct insn *insn = &s->code->insns[i];
	bool fixed = s->code->marks[i] & MARK_FIXED;
	__s64 off = base->number + insn->off;

	if (BPF_MODE(insn->code) == BPF_ATOMIC)
		flush_all(s);		/* it may order what is around it */
	else if (base->content == ELSEWHERE)
		return;
	else if (base->content != STACK || fixed)
		flush_all(s);
	else if (BPF_CLASS(insn->code) == BPF_LDX)
		flush_at(s, off, insn_size(insn));
	else
		take_stack_store(s, i, off);
}

static void take(struct state *s, long i)
{
	const struct insn *insn = &s->code->insns[i];
	const struct regs *r = &s->regs[i];

	if (s->code->marks[i] & (MARK_TARGET | MARK_ENTRY))
		flush_all(s);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return;
	case BPF_ST:
	case BPF_STX:
		take_access(s, i, &r->r[insn->dst]);
		return;
	case BPF_LDX:
		take_access(s, i, &r->r[insn->src]);
		return;
	case BPF_LD:
		if (insn->code == LD_IMM64 || !insn->code)
			return;
	}
	flush_all(s);
}

int widen(struct code *c, bool big_endian, struct widened *w)
{
	struct state s = { .code = c, .big_endian = big_endian, .report = w };
	struct regs *regs = regs_find(c);

	if (!regs)
		return -ENOMEM;
	s.regs = regs;
	for (long i = 0; i < c->count; i++)
		if (regs[i].r[BPF_REG_10].content != NOT_REACHED)
			take(&s, i);
	flush_all(&s);
	free(regs);
	return 0;
}
