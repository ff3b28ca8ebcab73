/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* eBPF instructions, taken apart, whatever the byte order they are kept in. */
#ifndef BONUS_INSN_H
#define BONUS_INSN_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define INSN_BYTES	8

/* Not in the uapi headers of every system that this is built on. */
#ifndef BPF_ATOMIC
#define BPF_ATOMIC	0xc0
#endif
#define LD_IMM64	(BPF_LD | BPF_IMM | BPF_DW)	/* takes two places */

/* One instruction; numbers in this machine's byte order. */
struct insn {
	__u8 code, dst, src;
	__s16 off;
	__s32 imm;
};

/* From and to the INSN_BYTES of an object of that byte order. */
struct insn insn_decode(const __u8 *bytes, bool big_endian);
void insn_encode(const struct insn *insn, __u8 *bytes, bool big_endian);

/* How many bytes a load or store moves. */
unsigned int insn_size(const struct insn *insn);

/* `*(u8 to u64 *)(r10 + off) = imm` of 1, 2, 4 or 8 bytes. */
struct insn insn_store(int off, unsigned int size, __s32 imm);

/* `goto +0`, which the kernel takes out after it has verified a program. */
struct insn insn_nop(void);

/*
 * Where a jump at index `at` goes to, or -1 if it is none (calls and exit
 * are not).
 */
long insn_target(const struct insn *insn, long at);

/* Whether what comes after it may run next. */
bool insn_falls_through(const struct insn *insn);

#endif
