// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A walk over all ways through the code, again and again, until nothing new
 * is found.  Where ways meet, only what all of them agree on is kept.
 */
#include <stdlib.h>

#include "lab05-bench/bonus-init/regs.h"

static const struct value anything = { .content = ANYTHING };
static const struct value elsewhere = { .content = ELSEWHERE };

static bool off_stack(const struct value *v)
{
	return v->content == CONSTANT || v->content == ELSEWHERE;
}

static struct value constant(__s64 number)
{
	return (struct value){ .content = CONSTANT, .number = number };
}

/* ---- one instruction -------------------------------------------------- */

static struct value source(const struct insn *insn, const struct regs *in)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return in->r[insn->src];
	return constant(insn->imm);
}

static struct value moved(const struct insn *insn, const struct value *from)
{
	bool whole = BPF_CLASS(insn->code) == BPF_ALU64;

	if (insn->off)		/* sign extension, or a cast */
		return anything;
	if (!whole && from->content == CONSTANT)
		return constant((__u32)from->number);
	return whole || off_stack(from) ? *from : anything;
}

static struct value computed(const struct insn *insn, const struct regs *in)
{
	struct value from = source(insn, in), to = in->r[insn->dst];
	__u8 op = BPF_OP(insn->code);

	if (op == BPF_MOV)
		return moved(insn, &from);
	if (insn->code == (BPF_ALU64 | BPF_ADD | BPF_K) &&
	    to.content == STACK) {
		to.number += insn->imm;
		return to;
	}
	if (op == BPF_END || op == BPF_NEG)
		return off_stack(&to) ? elsewhere : anything;
	return off_stack(&to) && off_stack(&from) ? elsewhere : anything;
}

/* A pointer to the stack can lie nowhere but on a stack, and is 8 bytes. */
static struct value loaded(const struct insn *insn, const struct regs *in)
{
	if (insn_size(insn) < 8 || in->r[insn->src].content == ELSEWHERE)
		return elsewhere;
	return anything;
}

static void call(const struct insn *insn, struct regs *r)
{
	/* Helpers return no pointer to a stack; functions may. */
	r->r[0] = insn->src ? anything : elsewhere;
	for (int i = 1; i <= 5; i++)
		r->r[i] = anything;
}

static void load_imm64(const struct insn *insn, bool fixed, struct regs *r)
{
	__u64 upper = (__u32)insn[1].imm, lower = (__u32)insn->imm;

	if (fixed || insn->src)
		r->r[insn->dst] = elsewhere;	/* a map, a function */
	else
		r->r[insn->dst] = constant(upper << 32 | lower);
}

/* What the instruction at index i makes of the registers. */
static void step_over(const struct code *c, long i, struct regs *r)
{
	const struct insn *insn = &c->insns[i];
	bool fixed = c->marks[i] & MARK_FIXED;

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		r->r[insn->dst] = fixed ? anything : computed(insn, r);
		return;
	case BPF_LDX:
		r->r[insn->dst] = loaded(insn, r);
		return;
	case BPF_STX:
		/* Which of the three is written depends on the kind. */
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			r->r[insn->src] = r->r[insn->dst] = r->r[0] = anything;
		return;
	case BPF_LD:
		if (insn->code == LD_IMM64)
			load_imm64(insn, fixed, r);
		else if (insn->code)
			call(insn, r);	/* it reads the packet */
		return;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_CALL)
			call(insn, r);
	}
}

/* ---- all ways --------------------------------------------------------- */

static bool same(const struct value *a, const struct value *b)
{
	return a->content == b->content &&
	       (a->content >= ELSEWHERE || a->number == b->number);
}

static struct value joined(const struct value *a, const struct value *b)
{
	if (a->content == NOT_REACHED || same(a, b))
		return *b;
	return off_stack(a) && off_stack(b) ? elsewhere : anything;
}

/* Another way to a place; whether that says anything new. */
static bool arrive(struct regs *at, const struct regs *r)
{
	bool news = false;

	for (int i = 0; i <= BPF_REG_10; i++) {
		struct value v = joined(&at->r[i], &r->r[i]);

		news |= !same(&v, &at->r[i]);
		at->r[i] = v;
	}
	return news;
}

static bool enter(const struct code *c, struct regs *at, long i)
{
	struct regs r;

	for (int k = 0; k < BPF_REG_10; k++)
		r.r[k] = anything;
	r.r[BPF_REG_10] = (struct value){ .content = STACK };
	if (c->marks[i] & MARK_PACKET)
		r.r[1] = elsewhere;
	return arrive(&at[i], &r);
}

static bool leave(const struct code *c, struct regs *at, long i)
{
	long target = insn_target(&c->insns[i], i);
	struct regs r = at[i];
	bool news = false;

	step_over(c, i, &r);
	if (target >= 0 && target < c->count)
		news |= arrive(&at[target], &r);
	if (insn_falls_through(&c->insns[i]) && i + 1 < c->count)
		news |= arrive(&at[i + 1], &r);
	return news;
}

static bool pass(const struct code *c, struct regs *at)
{
	bool news = false;

	for (long i = 0; i < c->count; i++) {
		if (c->marks[i] & MARK_ENTRY)
			news |= enter(c, at, i);
		if (at[i].r[BPF_REG_10].content != NOT_REACHED)
			news |= leave(c, at, i);
	}
	return news;
}

static void mark_targets(struct code *c)
{
	for (long i = 0; i < c->count; i++) {
		long target = insn_target(&c->insns[i], i);

		if (target >= 0 && target < c->count)
			c->marks[target] |= MARK_TARGET;
	}
}

struct regs *regs_find(struct code *c)
{
	struct regs *at = calloc(c->count + 1, sizeof(*at));

	if (!at)
		return NULL;
	mark_targets(c);
	while (pass(c, at))
		;
	return at;
}
