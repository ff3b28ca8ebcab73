// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One walk over the instructions.  Constant stores to the stack are gathered,
 * in a group for each aligned word of 8 bytes, until something might look at
 * the word; then the group is written with the widest stores that will do.
 *
 *	*(u8 *)(r10 - 8) = 0		goto +0
 *	*(u8 *)(r10 - 7) = 0		goto +0		6 more of them
 *	...				...
 *	*(u8 *)(r10 - 1) = 0		*(u64 *)(r10 - 8) = 0
 *
 * What a register holds is known from the last jump, target or call on.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lab05-bench/bonus-init/widen.h"

#define STACK_BYTES 512
#define WORD	    8
#define WORDS	    (STACK_BYTES / WORD)
#define GROUP_MAX   32 /* stores to one word */
#define REGS	    16 /* as many as an instruction can name */

/* What a register holds. */
struct value {
	enum { ANYTHING, CONSTANT, STACK } content;
	__s64 number; /* the constant; or: r10 plus so much */
};

/* Stores to one word, which nothing has looked at yet. */
struct group {
	long at[GROUP_MAX]; /* their indices, in order */
	unsigned int count;
	bool written[WORD];
	__u8 bytes[WORD]; /* as they lie in memory */
};

struct state {
	struct bpf_insn *insns;
	struct value regs[REGS];
	struct group groups[WORDS]; /* from r10 - 512 up */
	struct widened *report;
};

/* ---- bytes and numbers ------------------------------------------------ */

static unsigned int size_of(const struct bpf_insn *insn)
{
	static const unsigned int sizes[] = {
		[BPF_B >> 3] = 1,
		[BPF_H >> 3] = 2,
		[BPF_W >> 3] = 4,
		[BPF_DW >> 3] = 8,
	};

	return sizes[BPF_SIZE(insn->code) >> 3];
}

static struct bpf_insn store(int off, unsigned int size, __s32 imm)
{
	__u8 code = size == 1 ? BPF_B :
		    size == 2 ? BPF_H :
		    size == 4 ? BPF_W :
				BPF_DW;

	return (struct bpf_insn){
		.code = BPF_ST | BPF_MEM | code,
		.dst_reg = BPF_REG_10,
		.off = off,
		.imm = imm,
	};
}

/* Where byte i of a number lies, counted from its lowest. */
static unsigned int place(unsigned int i, unsigned int size)
{
	return __BYTE_ORDER == __BIG_ENDIAN ? size - 1 - i : i;
}

static void put_bytes(__u8 *bytes, unsigned int size, __u64 value)
{
	for (unsigned int i = 0; i < size; i++, value >>= 8)
		bytes[place(i, size)] = value;
}

static __u64 get_bytes(const __u8 *bytes, unsigned int size)
{
	__u64 value = 0;

	for (unsigned int i = size; i-- > 0;)
		value = value << 8 | bytes[place(i, size)];
	return value;
}

/* An instruction has 32 bits for the constant, and extends their sign. */
static bool fits(__u64 value, unsigned int size)
{
	return size < 8 || (__s64)value == (__s32)value;
}

/* ---- what a group becomes --------------------------------------------- */

/* The widest stores for a part of a word at r10 + off; returns how many. */
static unsigned int plan(const struct group *g, int off, unsigned int first,
			 unsigned int size, struct bpf_insn stores[])
{
	__u64 value = get_bytes(g->bytes + first, size);
	unsigned int count = 0, half = size / 2;

	for (unsigned int i = first; i < first + size; i++)
		count += g->written[i];
	if (!count)
		return 0;
	if (count == size && fits(value, size)) {
		stores[0] = store(off + first, size, value);
		return 1;
	}
	count = plan(g, off, first, half, stores);
	return count + plan(g, off, first + half, half, stores + count);
}

/*
 * Nothing looks at the word between the first store and the last, so the new
 * ones may stand at any of their places.
 */
static void flush(struct state *s, struct group *g)
{
	int off = (g - s->groups) * WORD - STACK_BYTES;
	struct bpf_insn stores[WORD], nop = { .code = BPF_JMP | BPF_JA };
	unsigned int count = plan(g, off, 0, WORD, stores);
	unsigned int spare = g->count > count ? g->count - count : 0;

	for (unsigned int i = 0; spare && i < g->count; i++)
		s->insns[g->at[i]] = i < spare ? nop : stores[i - spare];
	s->report->removed += spare;
	*g = (struct group){};
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

/* From here on nothing is known but where the stack is. */
static void forget(struct state *s)
{
	flush_all(s);
	memset(s->regs, 0, sizeof(s->regs));
	s->regs[BPF_REG_10] = (struct value){ .content = STACK };
}

/* ---- instruction by instruction --------------------------------------- */

/* The constant that a store writes, if it is one. */
static bool stored_constant(const struct state *s, const struct bpf_insn *insn,
			    __s64 *value)
{
	const struct value *from = &s->regs[insn->src_reg];

	*value = BPF_CLASS(insn->code) == BPF_ST ? insn->imm : from->number;
	return BPF_CLASS(insn->code) == BPF_ST || from->content == CONSTANT;
}

static void take_stack_store(struct state *s, long i, __s64 off)
{
	unsigned int size = size_of(&s->insns[i]), at;
	struct group *g;
	__s64 value;

	if (off % (int)size || off < -STACK_BYTES || off >= 0 ||
	    !stored_constant(s, &s->insns[i], &value)) {
		flush_at(s, off, size);
		return;
	}
	g = &s->groups[(off + STACK_BYTES) / WORD];
	at = (off + STACK_BYTES) % WORD;
	if (g->count == GROUP_MAX)
		flush(s, g);
	put_bytes(g->bytes + at, size, value);
	memset(g->written + at, true, size);
	g->at[g->count++] = i;
	s->report->stores++;
}

/* A load or store at the address in a register, plus insn->off. */
static void take_access(struct state *s, long i, const struct value *base)
{
	const struct bpf_insn *insn = &s->insns[i];

	if (BPF_MODE(insn->code) != BPF_MEM || base->content != STACK)
		flush_all(s); /* an atomic one may order what is around it */
	else if (BPF_CLASS(insn->code) == BPF_LDX)
		flush_at(s, base->number + insn->off, size_of(insn));
	else
		take_stack_store(s, i, base->number + insn->off);
}

static void take_move(struct state *s, const struct bpf_insn *insn)
{
	struct value *to = &s->regs[insn->dst_reg];
	struct value from = { CONSTANT, insn->imm };
	bool whole = BPF_CLASS(insn->code) == BPF_ALU64;

	if (BPF_SRC(insn->code) == BPF_X)
		from = s->regs[insn->src_reg];
	if (!whole && from.content == CONSTANT)
		from.number = (__u32)from.number;
	/* Half a pointer is none; and with an offset it is a cast. */
	*to = insn->off || (!whole && from.content == STACK) ?
		      (struct value){} :
		      from;
}

static void take_arithmetic(struct state *s, const struct bpf_insn *insn)
{
	struct value *to = &s->regs[insn->dst_reg];

	if (BPF_OP(insn->code) == BPF_MOV)
		take_move(s, insn);
	else if (insn->code == (BPF_ALU64 | BPF_ADD | BPF_K) &&
		 to->content == STACK)
		to->number += insn->imm;
	else
		*to = (struct value){};
}

static void take(struct state *s, long i)
{
	const struct bpf_insn *insn = &s->insns[i];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		take_arithmetic(s, insn);
		return;
	case BPF_ST:
	case BPF_STX:
		take_access(s, i, &s->regs[insn->dst_reg]);
		if (BPF_MODE(insn->code) != BPF_MEM)
			forget(s); /* it may return a value */
		return;
	case BPF_LDX:
		take_access(s, i, &s->regs[insn->src_reg]);
		s->regs[insn->dst_reg] = (struct value){};
		return;
	}
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
		s->regs[insn->dst_reg] = (struct value){};
	else if (insn->code) /* 0: its second half */
		forget(s);
}

static long target(const struct bpf_insn *insn, long at)
{
	__u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	if ((class != BPF_JMP && class != BPF_JMP32) || op == BPF_EXIT ||
	    (op == BPF_CALL && insn->src_reg != BPF_PSEUDO_CALL))
		return -1;
	return at + 1 +
	       (op == BPF_CALL || insn->code == (BPF_JMP32 | BPF_JA) ?
			insn->imm :
			insn->off);
}

/* Where jumps go, and where functions begin: also those for bpf_loop(). */
static void mark_targets(const struct bpf_insn *insns, long count,
			 bool *targets)
{
	for (long i = 0; i < count; i++) {
		const struct bpf_insn *insn = &insns[i];
		long to = target(insn, i);

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    insn->src_reg == BPF_PSEUDO_FUNC)
			to = i + 1 + insn->imm;
		if (to >= 0 && to < count)
			targets[to] = true;
	}
}

void widen(struct bpf_insn *insns, long count, struct widened *w)
{
	struct state s = { .insns = insns, .report = w };
	bool *targets = calloc(count + 1, sizeof(*targets));

	if (!targets)
		return; /* then nothing is merged */
	mark_targets(insns, count, targets);
	forget(&s);
	for (long i = 0; i < count; i++) {
		if (targets[i])
			forget(&s);
		take(&s, i);
	}
	flush_all(&s);
	free(targets);
}

/* ---- as libbpf loads -------------------------------------------------- */

static struct widened *current; /* NULL: leave programs as they are */

static int widen_program(struct bpf_program *program,
			 struct bpf_prog_load_opts *opts, long cookie)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *insns;
	int err;

	(void)opts;
	(void)cookie;
	if (!current)
		return 0;
	insns = malloc(count * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	widen(insns, count, current);
	err = bpf_program__set_insns(program, insns, count);
	free(insns);
	return err;
}

/* libbpf asks us last, when all that it changes itself is changed. */
void widen_on_load(struct widened *w)
{
	static bool registered;
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts,
		    .prog_prepare_load_fn = widen_program);

	current = w;
	if (registered)
		return;
	registered = true;
	libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, BPF_XDP, &opts);
	libbpf_register_prog_handler("tc", BPF_PROG_TYPE_SCHED_CLS, 0, &opts);
}
