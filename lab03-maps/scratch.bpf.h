/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: where packet programs change header extensions: memory that is larger
 * than their stack, and its checksums.
 */
#ifndef LAB03_SCRATCH_H
#define LAB03_SCRATCH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab02-tc-clone/checksum.h"
#include "lab03-maps/extension.h"

/*
 * The elements of a packet as they came, and as the packet has them now.  Each leg
 * starts from those that came.  There is one per CPU, because a CPU has one
 * packet at a time.
 */
struct extension_scratch {
	__u64 map; /* the map that has been applied; 0: none */
	__u8 original[EXTENSION_ROOM];
	__u8 now[EXTENSION_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct extension_scratch);
} extension_scratch SEC(".maps");

static __always_inline struct extension_scratch *extensions_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&extension_scratch, &zero);
}

static __always_inline csum_diff sum_of(__u8 *bytes, __u32 length)
{
	return bpf_csum_diff(NULL, 0, (__be32 *)bytes, length, 0);
}

/*
 * Can so many bytes be copied?  The verifier of Linux 6.1 learns the lower
 * bound and the upper bound from two separate comparisons.  clang would make
 * one subtraction of both; KEEP_VALUE prevents that.
 */
static __always_inline int can_copy(__u32 *length)
{
	KEEP_VALUE(*length);
	if (*length < 4)
		return 0;
	KEEP_VALUE(*length);
	return *length <= EXTENSION_ROOM;
}

#endif
