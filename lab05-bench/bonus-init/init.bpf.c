// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A struct of SIZE bytes on the stack, made in many ways.  Compiled once for
 * each SIZE, a multiple of 8.
 *
 * Each way is a program.  With `checked` it returns a sum that every byte and
 * its place are part of; without, the kernel removes that code, and nothing
 * but the making is left.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WORDS	  (SIZE / 8)
#define FILL	  0x5a
#define FILL_WORD 0x5a5a5a5a5a5a5a5aULL

const volatile __u32 checked; /* set by the loader */

/* What a careful person writes: everything where it belongs. */
struct aligned {
	__u64 word[WORDS];
};

/* Members as they come: a port and an address that lie at odd places. */
struct packed {
	struct {
		__u8 kind;
		__u16 port;
		__u32 address;
		__u8 flags;
	} __attribute__((packed)) record[WORDS];
} __attribute__((packed));

/* The same members in an order that needs neither packing nor padding. */
struct ordered {
	struct {
		__u32 address;
		__u16 port;
		__u8 kind;
		__u8 flags;
	} record[WORDS];
};

_Static_assert(sizeof(struct aligned) == SIZE, "no padding");
_Static_assert(sizeof(struct packed) == SIZE, "no padding");
_Static_assert(sizeof(struct ordered) == SIZE, "no padding");

/* 0 -> a struct that is too large for a stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct aligned);
} scratch SEC(".maps");

/* The compiler must not know any longer what is in there. */
#define made(object) asm volatile("" : : "r"(object) : "memory")

/* Byte by byte, since a packed struct may be anywhere. */
static __always_inline int sum(const void *object)
{
	const volatile __u8 *byte = object;
	__u32 total = 1;

	made(object);
	if (!checked)
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < SIZE; i++)
		total = total * 31 + byte[i];
	return total;
}

/* The stores are volatile so that clang leaves them as they are. */
static __always_inline void store_bytes(void *to, __u8 value)
{
	volatile __u8 *byte = to;

#pragma unroll
	for (int i = 0; i < SIZE; i++)
		byte[i] = value;
}

static __always_inline void store_words(void *to, __u64 value)
{
	volatile __u64 *word = to;

#pragma unroll
	for (int i = 0; i < WORDS; i++)
		word[i] = value;
}

/* Member by member, as most code does; the compiler may do better. */
#define STORE_FIELDS(v, value)                                                 \
	_Pragma("unroll") for (int i = 0; i < WORDS; i++)                      \
	{                                                                      \
		(v).record[i].kind = (__u8)(value);                            \
		(v).record[i].port = (__u16)(value);                           \
		(v).record[i].address = (__u32)(value);                        \
		(v).record[i].flags = (__u8)(value);                           \
	}

#define WAY(name, type, making)                                                \
	SEC("xdp")                                                             \
	int name(struct xdp_md *ctx)                                           \
	{                                                                      \
		type v making;                                                 \
                                                                               \
		(void)ctx;                                                     \
		return sum(&v);                                                \
	}

/* Not on the stack: all that the compiler knows of v is its type. */
#define SCRATCH_WAY(name, type, making)                                        \
	SEC("xdp")                                                             \
	int name(struct xdp_md *ctx)                                           \
	{                                                                      \
		__u32 key = 0;                                                 \
		type *v = bpf_map_lookup_elem(&scratch, &key);                 \
                                                                               \
		(void)ctx;                                                     \
		if (!v)                                                        \
			return -1;                                             \
		making;                                                        \
		return sum(v);                                                 \
	}

/* What a run costs without any struct. */
SEC("xdp")
int nothing(struct xdp_md *ctx)
{
	(void)ctx;
	return 0;
}

/* ---- zero ------------------------------------------------------------- */

WAY(zero_assign, struct aligned, = {})
WAY(zero_assign_packed, struct packed, = {})
WAY(zero_memset, struct aligned, ; __builtin_memset(&v, 0, SIZE))
WAY(zero_memset_packed, struct packed, ; __builtin_memset(&v, 0, SIZE))
WAY(zero_fields, struct ordered, ; STORE_FIELDS(v, 0))
WAY(zero_fields_packed, struct packed, ; STORE_FIELDS(v, 0))
WAY(zero_bytes, struct packed, ; store_bytes(&v, 0))
WAY(zero_words, struct aligned, ; store_words(&v, 0))

SCRATCH_WAY(zero_scratch, struct aligned, store_words(v, 0))
SCRATCH_WAY(zero_scratch_fields, struct ordered, STORE_FIELDS(*v, 0))
SCRATCH_WAY(zero_scratch_packed, struct packed, STORE_FIELDS(*v, 0))

/* ---- another constant ------------------------------------------------- */

WAY(fill_memset, struct aligned, ; __builtin_memset(&v, FILL, SIZE))
WAY(fill_memset_packed, struct packed, ; __builtin_memset(&v, FILL, SIZE))
WAY(fill_fields, struct ordered, ; STORE_FIELDS(v, FILL_WORD))
WAY(fill_fields_packed, struct packed, ; STORE_FIELDS(v, FILL_WORD))
WAY(fill_bytes, struct packed, ; store_bytes(&v, FILL))
WAY(fill_words, struct aligned, ; store_words(&v, FILL_WORD))

SCRATCH_WAY(fill_scratch, struct aligned, store_words(v, FILL_WORD))
SCRATCH_WAY(fill_scratch_fields, struct ordered, STORE_FIELDS(*v, FILL_WORD))
SCRATCH_WAY(fill_scratch_packed, struct packed, STORE_FIELDS(*v, FILL_WORD))
