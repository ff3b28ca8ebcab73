// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of widen.c: each rule on a few instructions, which the kernel then
 * runs as they were and as they are; and whole objects.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab05-bench/bonus-init/widen.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define INSNS_MAX     32

static int set_up(void)
{
	return loader_init() ?: sandbox_enter();
}
TEST_SETUP(set_up)

/* ---- instructions ----------------------------------------------------- */

#define ST(size, offset, value)                                                \
	{                                                                      \
		BPF_ST | BPF_MEM | BPF_##size, 10, 0, offset, value            \
	}
#define STX(size, base, offset, from)                                          \
	{                                                                      \
		BPF_STX | BPF_MEM | BPF_##size, base, from, offset, 0          \
	}
#define LDX(size, to, base, offset)                                            \
	{                                                                      \
		BPF_LDX | BPF_MEM | BPF_##size, to, base, offset, 0            \
	}
#define ADD_ATOMIC(base, offset, from)                                         \
	{                                                                      \
		BPF_STX | BPF_ATOMIC | BPF_DW, base, from, offset, BPF_ADD     \
	}
#define MOV(to, value)                                                         \
	{                                                                      \
		BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value                   \
	}
#define MOV32(to, value)                                                       \
	{                                                                      \
		BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, value                     \
	}
#define COPY(to, from)                                                         \
	{                                                                      \
		BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0                    \
	}
#define ADD(to, value)                                                         \
	{                                                                      \
		BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value                   \
	}
#define JEQ(reg, value, by)                                                    \
	{                                                                      \
		BPF_JMP | BPF_JEQ | BPF_K, reg, 0, by, value                   \
	}
#define JA(by)                                                                 \
	{                                                                      \
		BPF_JMP | BPF_JA, 0, 0, by, 0                                  \
	}
#define CALL(helper)                                                           \
	{                                                                      \
		BPF_JMP | BPF_CALL, 0, 0, 0, helper                            \
	}
#define EXIT                                                                   \
	{                                                                      \
		BPF_JMP | BPF_EXIT, 0, 0, 0, 0                                 \
	}
#define LEN offsetof(struct __sk_buff, len)
#define CB  offsetof(struct __sk_buff, cb)

/* A rule: instructions, how many stores it saves, what they return. */
#define RULE(saved, returned, ...)                                             \
	do {                                                                   \
		const struct bpf_insn list[] = { __VA_ARGS__ };                \
		check_rule(list, ARRAY_SIZE(list), saved, returned);           \
	} while (0)

static __u32 run(const struct bpf_insn *insns, size_t count)
{
	static const __u8 frame[64];
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, load, .log_buf = log,
		    .log_size = sizeof(log), .log_level = 1);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame));
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "rule", "GPL", insns,
			       count, &load);

	check_true(fd >= 0, "the kernel refuses it:\n%s", log);
	check_int("run", 0, bpf_prog_test_run_opts(fd, &opts));
	close(fd);
	return opts.retval;
}

static unsigned long widened(struct bpf_insn *insns, long count)
{
	struct widened w = {};

	widen(insns, count, &w);
	return w.removed;
}

static void check_rule(const struct bpf_insn *insns, size_t count,
		       unsigned long saved, __u32 returned)
{
	struct bpf_insn after[INSNS_MAX];

	memcpy(after, insns, count * sizeof(*insns));
	check_uint("stores saved", saved, widened(after, count));
	check_uint("returned before", returned, run(insns, count));
	check_uint("returned after", returned, run(after, count));
}

/* ---- what goes together ----------------------------------------------- */

TEST("1.a", two_words, "two stores of 4 bytes become one of 8")
{
	RULE(1, 0, ST(W, -8, 0), ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
	RULE(1, 7, ST(W, -8, 7), ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
	RULE(1, -1, ST(W, -8, -5), ST(W, -4, -1), LDX(W, 0, 10, -4), EXIT);
}

TEST("1.b", eight_bytes, "eight bytes become as few as their value allows")
{
	RULE(7, 0x5a, ST(B, -8, 0x5a), ST(B, -7, 0), ST(B, -6, 0), ST(B, -5, 0),
	     ST(B, -4, 0), ST(B, -3, 0), ST(B, -2, 0), ST(B, -1, 0),
	     LDX(W, 0, 10, -8), EXIT);
	RULE(6, 6, ST(B, -8, 1), ST(B, -7, 2), ST(B, -6, 3), ST(B, -5, 4),
	     ST(B, -4, 5), ST(B, -3, 6), ST(B, -2, 7), ST(B, -1, 8),
	     LDX(B, 0, 10, -3), EXIT);
}

TEST("1.c", parts, "where bytes are missing, the parts that are whole")
{
	RULE(1, 2, ST(B, -8, 1), ST(B, -7, 2), LDX(B, 0, 10, -7), EXIT);
	RULE(4, 9, ST(B, -8, 1), ST(B, -7, 2), ST(B, -6, 3), ST(B, -5, 4),
	     ST(B, -4, 8), ST(B, -3, 9), ST(B, -2, 7), LDX(B, 0, 10, -3), EXIT);
}

TEST("1.d", registers, "a register that holds a constant is one")
{
	RULE(1, 0, MOV32(2, 0), STX(W, 10, -8, 2), STX(W, 10, -4, 2),
	     LDX(W, 0, 10, -4), EXIT);
	RULE(1, -1, MOV(2, -1), COPY(3, 2), STX(W, 10, -8, 3),
	     STX(W, 10, -4, 2), LDX(W, 0, 10, -4), EXIT);
	RULE(1, 0, MOV32(2, -1), STX(DW, 10, -8, 2), ST(H, -8, -1),
	     ST(H, -6, -1), LDX(W, 0, 10, -4), EXIT);
}

TEST("1.e", overwritten, "what is overwritten is not stored at all")
{
	RULE(2, 5, ST(DW, -8, 0), ST(B, -6, 5), ST(B, -5, 6), LDX(B, 0, 10, -6),
	     EXIT);
	RULE(1, 2, ST(W, -8, 1), ST(W, -8, 2), LDX(W, 0, 10, -8), EXIT);
}

TEST("1.f", pointers, "a pointer that is known to go there")
{
	RULE(1, 3, COPY(2, 10), ADD(2, -16), MOV(3, 0), STX(W, 2, 12, 3),
	     MOV(3, 3), STX(W, 2, 8, 3), LDX(W, 0, 10, -8), EXIT);
}

/* ---- what does not ---------------------------------------------------- */

TEST("2.a", target, "a jump goes to between them")
{
	RULE(0, 9, ST(DW, -8, 9), LDX(W, 2, 1, LEN), JEQ(2, 64, 1),
	     ST(W, -8, 1), ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
}

TEST("2.b", branch, "a branch leaves from between them")
{
	RULE(0, 1, LDX(W, 2, 1, LEN), ST(W, -8, 1), JEQ(2, 64, 1), ST(W, -4, 0),
	     LDX(W, 0, 10, -8), EXIT);
}

TEST("2.c", called, "a helper is called between them, and could look")
{
	RULE(0, 1, ST(W, -8, 1), CALL(BPF_FUNC_ktime_get_ns), ST(W, -4, 0),
	     LDX(W, 0, 10, -8), EXIT);
}

TEST("2.d", looked_at, "the word is read between them")
{
	RULE(0, 3, ST(DW, -8, 3), LDX(W, 0, 10, -8), ST(W, -8, 4), EXIT);
	RULE(0, 3, COPY(2, 10), ADD(2, -8), ST(DW, -8, 3), LDX(W, 0, 2, 0),
	     ST(W, -8, 4), EXIT);
}

TEST("2.e", unknown_reader, "a pointer from memory may read it")
{
	RULE(0, 3, COPY(2, 10), ADD(2, -8), STX(DW, 10, -16, 2),
	     LDX(DW, 3, 10, -16), ST(DW, -8, 3), LDX(W, 0, 3, 0), ST(W, -8, 4),
	     EXIT);
}

TEST("2.f", unknown_writer, "a pointer from memory may write it")
{
	RULE(0, 8, COPY(2, 10), ADD(2, -8), STX(DW, 10, -16, 2),
	     LDX(DW, 3, 10, -16), MOV(4, 8), ST(W, -8, 3), STX(W, 3, 0, 4),
	     ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
}

TEST("2.g", not_constant, "a register that holds what came with the packet")
{
	RULE(0, 64, LDX(W, 2, 1, LEN), STX(W, 10, -8, 2), STX(W, 10, -4, 2),
	     LDX(W, 0, 10, -8), EXIT);
	RULE(0, 64, LDX(W, 2, 1, LEN), ST(W, -8, 1), STX(W, 10, -8, 2),
	     ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
}

TEST("1.g", other_words, "other words of the stack in between do not matter")
{
	RULE(2, 1, ST(W, -8, 1), ST(W, -16, 2), ST(DW, -24, 0),
	     LDX(W, 3, 10, -24), ST(W, -4, 0), ST(W, -12, 0), LDX(W, 0, 10, -8),
	     EXIT);
}

TEST("2.h", differs, "a register that each way sets to something else")
{
	RULE(0, 2, MOV(6, 1), LDX(W, 2, 1, LEN), JEQ(2, 5, 1), MOV(6, 2),
	     STX(W, 10, -8, 6), STX(W, 10, -4, 6), LDX(W, 0, 10, -8), EXIT);
}

TEST("2.i", apart, "not neighbours, or not of one aligned word")
{
	RULE(0, 2, ST(B, -8, 1), ST(B, -6, 2), LDX(B, 0, 10, -6), EXIT);
	RULE(0, 2, ST(B, -7, 1), ST(B, -6, 2), LDX(B, 0, 10, -6), EXIT);
	RULE(0, 2, ST(W, -12, 1), ST(W, -8, 2), LDX(W, 0, 10, -8), EXIT);
	RULE(0, 2, ST(H, -6, 1), ST(H, -4, 2), LDX(H, 0, 10, -4), EXIT);
}

TEST("2.j", elsewhere, "not the stack: others see it, in its order")
{
	RULE(0, 2, MOV(2, 2), STX(W, 1, CB, 2), STX(W, 1, CB + 4, 2),
	     LDX(W, 0, 1, CB), EXIT);
}

TEST("2.k", atomic, "an atomic instruction is between them")
{
	RULE(0, 9, MOV(2, 1), ST(DW, -8, 8), ADD_ATOMIC(10, -8, 2),
	     ST(B, -1, 0), LDX(W, 0, 10, -8), EXIT);
	RULE(0, 1, MOV(2, 1), ST(DW, -16, 8), ST(W, -8, 1),
	     ADD_ATOMIC(10, -16, 2), ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
}

/* ---- what the kernel would not load ----------------------------------- */

TEST("3.a", unaligned, "what is not aligned is left as it is", .native = true)
{
	struct bpf_insn list[] = {
		ST(W, -16, 0), ST(B, -12, 0),  ST(H, -11, 0),
		ST(H, -9, 0),  ST(W, -516, 0), ST(W, -520, 0),
		ST(W, 0, 0),   ST(W, 4, 0),    EXIT,
	};

	check_uint("saved", 0, widened(list, ARRAY_SIZE(list)));
}

TEST("3.b", strange, "no instruction makes it stumble", .native = true)
{
	for (int code = 0; code < 256; code++)
		for (int regs = 0; regs < 256; regs += 5) {
			struct bpf_insn list[] = {
				ST(W, -8, 0),
				{ code, regs & 15, regs >> 4, -9, 1 << 30 },
				ST(W, -4, 0),
				EXIT,
			};
			unsigned long n = widened(list, ARRAY_SIZE(list));

			check_true(n <= 1, "%lu saved of 2", n);
		}
}

/* ---- objects ---------------------------------------------------------- */

static struct bpf_object *open_object(const char *name)
{
	struct bpf_object *object = bpf_object__open(test_beside(name));

	check_true(object != NULL, "%s: %s", name, strerror(errno));
	return object;
}

static void load_object(struct bpf_object *object)
{
	check_int("load", 0, bpf_object__load(object));
}

static void turn_on_check(struct bpf_object *object)
{
	struct bpf_map *map = NULL;
	size_t size;

	while ((map = bpf_object__next_map(object, map)))
		if (strstr(bpf_map__name(map), ".rodata"))
			*(__u32 *)bpf_map__initial_value(map, &size) = 1;
}

/* What sum() of init.bpf.c must say. */
static __u32 expected_sum(unsigned int size, __u8 byte)
{
	__u32 total = 1;

	while (size--)
		total = total * 31 + byte;
	return total;
}

static __u32 run_program(const struct bpf_program *program)
{
	static const __u8 frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame));

	check_int("run", 0,
		  bpf_prog_test_run_opts(bpf_program__fd(program), &opts));
	return opts.retval;
}

static void check_ways(const char *name, unsigned int size)
{
	struct bpf_object *object = open_object(name);
	struct bpf_program *program = NULL;
	int zero = 0, fill = 0;

	turn_on_check(object);
	load_object(object);
	while ((program = bpf_object__next_program(object, program))) {
		const char *way = bpf_program__name(program);
		bool is_fill = !strncmp(way, "fill", 4);

		if (!strcmp(way, "nothing"))
			continue;
		check_uint(way, expected_sum(size, is_fill ? 0x5a : 0),
			   run_program(program));
		fill += is_fill;
		zero += !is_fill;
	}
	check_int("ways to zero", 11, zero);
	check_int("ways to fill", 9, fill);
	bpf_object__close(object);
}

TEST("4.a", same_bytes, "all ways make the same bytes, widened ones too",
     .seconds = 60)
{
	static const unsigned int sizes[] = { 8, 120, 480 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct widened w = {};
		char name[32];

		snprintf(name, sizeof(name), "init-%u.bpf.o", sizes[i]);
		step("%s", name);
		widen_on_load(NULL);
		check_ways(name, sizes[i]);
		widen_on_load(&w);
		check_ways(name, sizes[i]);
		/* of 8 bytes one store is left, two where it does not fit */
		check_uint("saved", sizes[i] / 8 * (7 + 6), w.removed);
	}
}

/* The verifier has the last word on what the pass has made of them. */
TEST("4.b", own_programs, "our own programs load, and there is nothing to save",
     .seconds = 60)
{
	static const char *const names[] = {
		"../lab01/guard.bpf.o",
		"../lab02/clone.bpf.o",
		"../lab03/forward.bpf.o",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct bpf_object *object;
		struct widened w = {};

		step("%s", names[i]);
		widen_on_load(&w);
		object = open_object(names[i]);
		load_object(object);
		check_true(w.stores > 0, "it stores no constants");
		check_uint("saved", 0, w.removed);
		bpf_object__close(object);
	}
}
