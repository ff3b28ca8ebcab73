// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of bpf-storewiden: each rule on a few instructions, which the kernel
 * then runs as they were and as they are; and whole objects.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab05-bench/bonus-init/prove.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define INSNS_MAX	32

static int set_up(void)
{
	return loader_init() ?: sandbox_enter();
}
TEST_SETUP(set_up)

/* ---- instructions ----------------------------------------------------- */

#define ST(size, offset, value)						\
	{ BPF_ST | BPF_MEM | BPF_##size, 10, 0, offset, value }
#define STX(size, base, offset, from)					\
	{ BPF_STX | BPF_MEM | BPF_##size, base, from, offset, 0 }
#define LDX(size, to, base, offset)					\
	{ BPF_LDX | BPF_MEM | BPF_##size, to, base, offset, 0 }
#define ADD_ATOMIC(base, offset, from)					\
	{ BPF_STX | BPF_ATOMIC | BPF_DW, base, from, offset, BPF_ADD }
#define MOV(to, value)		{ BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value }
#define MOV32(to, value)	{ BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, value }
#define COPY(to, from)		{ BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 }
#define ADD(to, value)		{ BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value }
#define JEQ(reg, value, by)	{ BPF_JMP | BPF_JEQ | BPF_K, reg, 0, by, value }
#define JA(by)			{ BPF_JMP | BPF_JA, 0, 0, by, 0 }
#define CALL(helper)		{ BPF_JMP | BPF_CALL, 0, 0, 0, helper }
#define EXIT			{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }
#define LEN			offsetof(struct __sk_buff, len)
#define CB			offsetof(struct __sk_buff, cb)

/* A rule: instructions, how many stores it saves, what they return. */
#define RULE(saved, returned, ...) do {					\
	const struct insn list[] = { __VA_ARGS__ };			\
	check_rule(list, ARRAY_SIZE(list), saved, returned);		\
} while (0)

/* Those of the kernel's, in its byte order. */
static int load(const struct insn *insns, size_t count)
{
	struct bpf_insn raw[INSNS_MAX];
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log,
		    .log_size = sizeof(log), .log_level = 1);
	int fd;

	for (size_t i = 0; i < count; i++)
		insn_encode(&insns[i], (__u8 *)&raw[i],
			    __BYTE_ORDER == __BIG_ENDIAN);
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "rule", "GPL", raw, count,
			   &opts);
	check_true(fd >= 0, "the kernel refuses it:\n%s", log);
	return fd;
}

static __u32 run(const struct insn *insns, size_t count)
{
	static const __u8 frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame));
	int fd = load(insns, count);

	check_int("run", 0, bpf_prog_test_run_opts(fd, &opts));
	close(fd);
	return opts.retval;
}

static unsigned long widened(struct insn *insns, __u8 *marks, long count)
{
	struct code c = { .insns = insns, .marks = marks, .count = count };
	struct widened w = {};

	marks[0] |= MARK_ENTRY | MARK_PACKET;
	check_int("widen", 0, widen(&c, __BYTE_ORDER == __BIG_ENDIAN, &w));
	return w.removed;
}

static void check_rule(const struct insn *insns, size_t count,
		       unsigned long saved, __u32 returned)
{
	struct insn after[INSNS_MAX];
	__u8 marks[INSNS_MAX] = {};

	memcpy(after, insns, count * sizeof(*insns));
	check_uint("stores saved", saved, widened(after, marks, count));
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
	RULE(7, 0x5a, ST(B, -8, 0x5a), ST(B, -7, 0), ST(B, -6, 0),
	     ST(B, -5, 0), ST(B, -4, 0), ST(B, -3, 0), ST(B, -2, 0),
	     ST(B, -1, 0), LDX(W, 0, 10, -8), EXIT);
	RULE(6, 6, ST(B, -8, 1), ST(B, -7, 2), ST(B, -6, 3), ST(B, -5, 4),
	     ST(B, -4, 5), ST(B, -3, 6), ST(B, -2, 7), ST(B, -1, 8),
	     LDX(B, 0, 10, -3), EXIT);
}

TEST("1.c", parts, "where bytes are missing, the parts that are whole")
{
	RULE(1, 2, ST(B, -8, 1), ST(B, -7, 2), LDX(B, 0, 10, -7), EXIT);
	RULE(4, 9, ST(B, -8, 1), ST(B, -7, 2), ST(B, -6, 3), ST(B, -5, 4),
	     ST(B, -4, 8), ST(B, -3, 9), ST(B, -2, 7), LDX(B, 0, 10, -3),
	     EXIT);
}

TEST("1.d", registers, "a register that holds a constant is one")
{
	RULE(1, 0, MOV32(2, 0), STX(W, 10, -8, 2), STX(W, 10, -4, 2),
	     LDX(W, 0, 10, -4), EXIT);
	RULE(1, -1, MOV(2, -1), COPY(3, 2), STX(W, 10, -8, 3),
	     STX(W, 10, -4, 2), LDX(W, 0, 10, -4), EXIT);
	RULE(1, 0, MOV32(2, -1), STX(DW, 10, -8, 2), ST(H, -8, -1),
	     ST(H, -6, -1), LDX(W, 0, 10, -4), EXIT);
	/* 0x0000000700000007 fits no instruction: only its halves do */
	RULE(0, 7, { LD_IMM64, 2, 0, 0, 7 }, { 0, 0, 0, 0, 7 },
	     STX(DW, 10, -8, 2), ST(W, -4, 7), LDX(W, 0, 10, -4), EXIT);
	RULE(2, 8, { LD_IMM64, 2, 0, 0, 7 }, { 0, 0, 0, 0, 7 },
	     STX(DW, 10, -8, 2), ST(W, -4, 8), ST(H, -8, 1), ST(H, -6, 1),
	     LDX(W, 0, 10, -4), EXIT);
}

TEST("1.e", overwritten, "what is overwritten is not stored at all")
{
	RULE(2, 5, ST(DW, -8, 0), ST(B, -6, 5), ST(B, -5, 6),
	     LDX(B, 0, 10, -6), EXIT);
	RULE(1, 2, ST(W, -8, 1), ST(W, -8, 2), LDX(W, 0, 10, -8), EXIT);
}

TEST("1.f", pointers, "a pointer that is known to go there")
{
	RULE(1, 3, COPY(2, 10), ADD(2, -16), MOV(3, 0), STX(W, 2, 12, 3),
	     MOV(3, 3), STX(W, 2, 8, 3), LDX(W, 0, 10, -8), EXIT);
}

TEST("1.g", mixed, "other words and other memory in between do not matter")
{
	RULE(2, 64, ST(W, -8, 1), ST(W, -16, 2), LDX(W, 0, 1, LEN),
	     ST(W, -4, 0), LDX(W, 3, 10, -24 + 4), ST(W, -12, 0), EXIT);
}

TEST("1.h", joined, "a constant that all ways bring along")
{
	RULE(1, 0, MOV(6, 0), LDX(W, 2, 1, LEN), JEQ(2, 5, 1), MOV(2, 1),
	     STX(W, 10, -8, 6), STX(W, 10, -4, 6), LDX(W, 0, 10, -8), EXIT);
}

/* ---- what does not ---------------------------------------------------- */

TEST("2.a", target, "a jump goes to between them")
{
	RULE(0, 9, ST(DW, -8, 9), LDX(W, 2, 1, LEN), JEQ(2, 64, 1),
	     ST(W, -8, 1), ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
}

TEST("2.b", branch, "a branch leaves from between them")
{
	RULE(0, 1, LDX(W, 2, 1, LEN), ST(W, -8, 1), JEQ(2, 64, 1),
	     ST(W, -4, 0), LDX(W, 0, 10, -8), EXIT);
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
	     LDX(DW, 3, 10, -16), ST(DW, -8, 3), LDX(W, 0, 3, 0),
	     ST(W, -8, 4), EXIT);
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

TEST("2.l", in_a_loop, "a register that a loop changes", .native = true)
{
	struct insn list[] = {
		MOV(6, 0), STX(W, 10, -8, 6), STX(W, 10, -4, 6), ADD(6, 1),
		JEQ(6, 3, 1), JA(-5), LDX(W, 0, 10, -8), EXIT,
	};
	__u8 marks[ARRAY_SIZE(list)] = {};

	check_uint("saved", 0, widened(list, marks, ARRAY_SIZE(list)));
}

/* ---- what the kernel would not load ----------------------------------- */

TEST("3.a", unaligned, "what is not aligned is left as it is", .native = true)
{
	struct insn list[] = {
		ST(W, -16, 0), ST(B, -12, 0), ST(H, -11, 0), ST(H, -9, 0),
		ST(W, -516, 0), ST(W, -520, 0), ST(W, 0, 0), ST(W, 4, 0), EXIT,
	};
	__u8 marks[ARRAY_SIZE(list)] = {};

	check_uint("saved", 0, widened(list, marks, ARRAY_SIZE(list)));
}

TEST("3.b", fixed, "what the loader changes is left as it is",
     .native = true)
{
	for (int which = 0; which < 3; which++) {
		struct insn list[] = {
			MOV(2, 0), STX(W, 10, -8, 2), ST(W, -4, 0), EXIT,
		};
		__u8 marks[ARRAY_SIZE(list)] = {};

		step("instruction %d is marked", which);
		marks[which] = MARK_FIXED;
		check_uint("saved", 0, widened(list, marks, ARRAY_SIZE(list)));
	}
}

TEST("3.c", dead, "code that nobody reaches is left as it is",
     .native = true)
{
	struct insn list[] = { EXIT, ST(W, -8, 0), ST(W, -4, 0), EXIT };
	__u8 marks[ARRAY_SIZE(list)] = {};

	check_uint("saved", 0, widened(list, marks, ARRAY_SIZE(list)));
	marks[1] = MARK_ENTRY;
	check_uint("a function", 1, widened(list, marks, ARRAY_SIZE(list)));
}

TEST("3.d", strange, "no instruction makes it stumble", .native = true)
{
	for (int code = 0; code < 256; code++)
		for (int regs = 0; regs < 256; regs += 5) {
			struct insn list[] = {
				ST(W, -8, 0),
				{ code, regs & 15, regs >> 4, -9, 1 << 30 },
				ST(W, -4, 0), EXIT,
			};
			__u8 marks[ARRAY_SIZE(list)] = {};
			unsigned long n = widened(list, marks,
						  ARRAY_SIZE(list));

			check_true(n <= 1, "%lu saved of 2", n);
		}
}

TEST("3.e", encoding, "both byte orders come back as they were",
     .native = true)
{
	struct insn insn = { LD_IMM64, 3, 12, -2, 0x01020304 };
	static const __u8 le[] = { 0x18, 0xc3, 0xfe, 0xff, 4, 3, 2, 1 };
	static const __u8 be[] = { 0x18, 0x3c, 0xff, 0xfe, 1, 2, 3, 4 };
	__u8 bytes[INSN_BYTES];

	for (int big = 0; big < 2; big++) {
		struct insn back = insn_decode(big ? be : le, big);

		insn_encode(&insn, bytes, big);
		check_hex("bytes", big ? be : le, bytes, INSN_BYTES);
		check_int("off", insn.off, back.off);
		check_int("imm", insn.imm, back.imm);
		check_uint("registers", 0x3c, back.dst << 4 | back.src);
	}
}

/* ---- objects ---------------------------------------------------------- */

static struct object object_of(const char *name)
{
	struct object o;

	check_int(name, 0, object_read(&o, test_beside(name)));
	return o;
}

static struct pair pair_of(const char *name, struct widened *w)
{
	struct pair p = { .before = object_of(name) };

	*w = (struct widened){};
	check_int("copy", 0, object_copy(&p.after, &p.before));
	check_int("widen", 0, object_widen(&p.after, w));
	return p;
}

static void free_pair(struct pair *p)
{
	object_free(&p->before);
	object_free(&p->after);
}

/* How many stores of 4 bytes there are of that constant. */
static int count_stores(const struct object *o, bool big, __s32 imm)
{
	int count = 0;

	for (size_t i = 0; i + INSN_BYTES <= o->size; i += INSN_BYTES) {
		struct insn insn = insn_decode(o->image + i, big);

		count += insn.code == (BPF_ST | BPF_MEM | BPF_W) &&
			 insn.dst == BPF_REG_10 && insn.imm == imm;
	}
	return count;
}

TEST("4.a", byte_order, "the constant is in the object's own byte order",
     .native = true)
{
	struct widened w;
	struct pair little = pair_of("rules.bpf.o", &w);
	struct pair big = pair_of("rules_be.bpf.o", &w);

	check_int("little, before", 0,
		  count_stores(&little.before, false, 0x04030201));
	check_int("little", 1, count_stores(&little.after, false, 0x04030201));
	check_int("big, before", 0,
		  count_stores(&big.before, true, 0x01020304));
	check_int("big", 1, count_stores(&big.after, true, 0x01020304));
	free_pair(&little);
	free_pair(&big);
}

/* Three stores of four_bytes() and one of half_an_address(). */
TEST("4.b", relocations, "what CO-RE and relocations change stays as it is")
{
	struct widened w;
	struct pair p = pair_of("rules.bpf.o", &w);
	struct bpf_object *after;
	struct bpf_program *program = NULL;
	struct frame frame = { .len = 64 };
	static const __u32 returned[] = { 4, 1, 17, 1 };
	struct outcome *o = calloc(1, sizeof(*o));

	check_uint("saved", 4, w.removed);
	after = run_load(&p.after, NULL);
	check_true(after != NULL, "the kernel refuses it");
	for (int i = 0; (program = bpf_object__next_program(after, program));
	     i++) {
		step("%s", bpf_program__name(program));
		check_int("run", 0, run_frame(program, &frame, o));
		check_uint("returned", returned[i], o->retval);
	}
	free(o);
	bpf_object__close(after);
	free_pair(&p);
}

/* Sections that hold code: the rest of the file must not change. */
static bool in_code(Elf *elf, size_t offset)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr h;

	while ((scn = elf_nextscn(elf, scn)) && gelf_getshdr(scn, &h))
		if (h.sh_flags & SHF_EXECINSTR && offset >= h.sh_offset &&
		    offset < h.sh_offset + h.sh_size)
			return true;
	return false;
}

TEST("4.c", only_code, "symbols, relocations, BTF and line info stay",
     .native = true)
{
	struct widened w;
	struct pair p = pair_of("init-120.bpf.o", &w);
	size_t changed = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)p.before.image, p.before.size);
	check_uint("size", p.before.size, p.after.size);
	for (size_t i = 0; i < p.before.size; i++) {
		if (p.before.image[i] == p.after.image[i])
			continue;
		changed++;
		check_true(in_code(elf, i), "byte %zu is no code", i);
	}
	check_true(changed > 100, "only %zu bytes changed", changed);
	elf_end(elf);
	free_pair(&p);
}

TEST("4.d", damaged, "a damaged object is refused or left, never trusted",
     .native = true)
{
	struct object whole = object_of("rules.bpf.o");
	__u64 state = 1;

	for (int i = 0; i < 2000; i++) {
		struct object o;
		struct widened w = {};

		check_int("copy", 0, object_copy(&o, &whole));
		if (i % 2)
			o.size = 1 + state % whole.size;
		for (int k = 0; k < 8; k++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			o.image[(state >> 24) % whole.size] = state >> 56;
		}
		o.image = realloc(o.image, o.size);
		object_widen(&o, &w);
		object_free(&o);
	}
	object_free(&whole);
}

/* ---- the ways of the benchmark ---------------------------------------- */

static int turn_on_check(struct bpf_object *object)
{
	struct bpf_map *map = NULL;
	size_t size;

	while ((map = bpf_object__next_map(object, map)))
		if (strstr(bpf_map__name(map), ".rodata"))
			*(__u32 *)bpf_map__initial_value(map, &size) = 1;
	return 0;
}

/* What sum() of init.bpf.c must say. */
static __u32 expected_sum(unsigned int size, __u8 byte)
{
	__u32 total = 1;

	while (size--)
		total = total * 31 + byte;
	return total;
}

static void check_ways(const struct object *image, unsigned int size)
{
	struct bpf_object *object = run_load(image, turn_on_check);
	struct bpf_program *program = NULL;
	struct frame frame = { .len = 64 };
	struct outcome *o = calloc(1, sizeof(*o));
	int zero = 0, fill = 0;

	check_true(object != NULL, "the kernel refuses it");
	while ((program = bpf_object__next_program(object, program))) {
		const char *name = bpf_program__name(program);
		bool is_fill = !strncmp(name, "fill", 4);

		if (!strcmp(name, "nothing"))
			continue;
		check_int(name, 0, run_frame(program, &frame, o));
		check_uint(name, expected_sum(size, is_fill ? 0x5a : 0),
			   o->retval);
		fill += is_fill;
		zero += !is_fill;
	}
	check_int("ways to zero", 11, zero);
	check_int("ways to fill", 9, fill);
	free(o);
	bpf_object__close(object);
}

TEST("5.a", same_bytes, "all ways make the same bytes, widened ones too",
     .seconds = 60)
{
	static const unsigned int sizes[] = { 8, 120, 480 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char name[32];
		struct widened w;
		struct pair p;

		snprintf(name, sizeof(name), "init-%u.bpf.o", sizes[i]);
		step("%s", name);
		p = pair_of(name, &w);
		check_ways(&p.before, sizes[i]);
		check_ways(&p.after, sizes[i]);
		/* of 8 bytes one store is left, two where it does not fit */
		check_uint("saved", sizes[i] / 8 * (7 + 6), w.removed);
		free_pair(&p);
	}
}

/* ---- the proof -------------------------------------------------------- */

/* RTP of rtpgen.py's sender, and some that is of nobody. */
static void make_frames(struct frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		packet_build(&frames[i], &(struct packet_spec){
			.ip = { .src = "10.0.7.1", .dst = "10.0.7.254" },
			.udp = { .sport = i % 5 ? 40000 : 40001,
				 .dport = 5004 },
			.rtp = { .payload_type = 111, .sequence = i,
				 .ssrc = 0x5ca1ab1e + i % 6 },
			.payload_len = i * 7 % 1200,
		});
}

static int prove_object(const char *name, struct object *other,
			struct proof_counts *counts)
{
	static struct frame frames[200];
	struct widened w;
	struct pair p = pair_of(name, &w);
	int err;

	make_frames(frames, ARRAY_SIZE(frames));
	if (other) {
		object_free(&p.after);
		check_int("copy", 0, object_copy(&p.after, other));
	}
	p.frames = frames;
	p.frame_count = ARRAY_SIZE(frames);
	err = prove_pair(&p, counts);
	free_pair(&p);
	return err;
}

TEST("6.a", own_programs, "our own programs do the same after it",
     .seconds = 120)
{
	struct proof_counts c;

	check_int("guard", 0,
		  prove_object("../lab01/guard.bpf.o", NULL, &c));
	check_uint("runs", 200, c.runs);
	check_true(c.entries > 6, "no source was counted");
	check_int("clone", 0,
		  prove_object("../lab02/clone.bpf.o", NULL, &c));
	check_true(c.copies >= 300, "only %zu copies", c.copies);
	check_true(c.rewritten >= 150, "only %zu rewritten", c.rewritten);
	check_int("forward", 0,
		  prove_object("../lab03/forward.bpf.o", NULL, &c));
	check_true(c.copies >= 200, "only %zu copies", c.copies);
	check_uint("answers", 2, c.answers);
}

/* The first `register = from` becomes `register = to`. */
static void change_constant(struct object *o, __s32 from, __s32 to)
{
	bool big = __BYTE_ORDER == __BIG_ENDIAN;

	for (size_t i = 0; i + INSN_BYTES <= o->size; i += INSN_BYTES) {
		struct insn insn = insn_decode(o->image + i, big);

		if (insn.code != (BPF_ALU | BPF_MOV | BPF_K) ||
		    insn.imm != from)
			continue;
		insn.imm = to;
		insn_encode(&insn, o->image + i, big);
		return;
	}
	fail("nothing is set to %d there", from);
}

TEST("6.b", doubt, "what is not the same is found out")
{
	struct proof_counts c;
	struct object o = object_of("rules.bpf.o");

	step("another byte on the stack");
	change_constant(&o, 4, 5);
	check_int("proof", -EBADE, prove_object("rules.bpf.o", &o, &c));
	object_free(&o);
}
