/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What .BTF.ext says of instructions. */
#ifndef BONUS_EXT_H
#define BONUS_EXT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct span {
	const __u8 *bytes;
	size_t size;
};

/* The two sections, as they lie in the file; sizes of 0: there is none. */
struct ext {
	struct span btf, ext;
	bool big_endian;
};

/*
 * Calls f for each instruction that CO-RE will change when the object is
 * loaded: the section it is in, and its offset there in bytes.  -EINVAL if
 * the sections make no sense, or 0.
 */
int ext_each_core(const struct ext *x,
		  void (*f)(void *arg, const char *section, __u32 offset),
		  void *arg);

#endif
