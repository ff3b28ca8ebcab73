// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lab05-bench/bonus-init/insn.h"

/* The number in count bytes. */
static __u32 number(const __u8 *bytes, int count, bool big_endian)
{
	__u32 value = 0;

	for (int i = 0; i < count; i++)
		value = value << 8 | bytes[big_endian ? i : count - 1 - i];
	return value;
}

static void put_number(__u8 *bytes, int count, bool big_endian, __u32 value)
{
	for (int i = 0; i < count; i++, value >>= 8)
		bytes[big_endian ? count - 1 - i : i] = value;
}

struct insn insn_decode(const __u8 *bytes, bool big_endian)
{
	__u8 low = bytes[1] & 0xf, high = bytes[1] >> 4;

	return (struct insn){
		.code = bytes[0],
		.dst = big_endian ? high : low,
		.src = big_endian ? low : high,
		.off = number(bytes + 2, 2, big_endian),
		.imm = number(bytes + 4, 4, big_endian),
	};
}

void insn_encode(const struct insn *insn, __u8 *bytes, bool big_endian)
{
	__u8 low = big_endian ? insn->src : insn->dst;
	__u8 high = big_endian ? insn->dst : insn->src;

	bytes[0] = insn->code;
	bytes[1] = high << 4 | low;
	put_number(bytes + 2, 2, big_endian, insn->off);
	put_number(bytes + 4, 4, big_endian, insn->imm);
}

unsigned int insn_size(const struct insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	}
	return 8;
}

static __u8 size_code(unsigned int size)
{
	switch (size) {
	case 1:
		return BPF_B;
	case 2:
		return BPF_H;
	case 4:
		return BPF_W;
	}
	return BPF_DW;
}

struct insn insn_store(int off, unsigned int size, __s32 imm)
{
	return (struct insn){
		.code = BPF_ST | BPF_MEM | size_code(size),
		.dst = BPF_REG_10, .off = off, .imm = imm,
	};
}

struct insn insn_nop(void)
{
	return (struct insn){ .code = BPF_JMP | BPF_JA };
}

static bool is_jump_class(const struct insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP ||
	       BPF_CLASS(insn->code) == BPF_JMP32;
}

long insn_target(const struct insn *insn, long at)
{
	__u8 op = BPF_OP(insn->code);

	if (!is_jump_class(insn) || op == BPF_CALL || op == BPF_EXIT)
		return -1;
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return at + 1 + insn->imm;
	return at + 1 + insn->off;
}

bool insn_falls_through(const struct insn *insn)
{
	__u8 op = BPF_OP(insn->code);

	return !is_jump_class(insn) || (op != BPF_JA && op != BPF_EXIT);
}
