// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* For test_storewiden.c: what only an object made by a compiler has. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A type of the kernel's, where pid does not come first. */
struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

__u32 written;		/* .bss: the address is relocated */

/* Keeps an array together, and in order. */
#define whole(array)	asm volatile("" : : "r"(array) : "memory")

/* Four bytes, in order: one store, whose constant shows the byte order. */
SEC("tc")
int four_bytes(struct __sk_buff *skb)
{
	volatile __u8 v[4] __attribute__((aligned(8)));

	(void)skb;
	whole(v);
	v[0] = 1;
	v[1] = 2;
	v[2] = 3;
	v[3] = 4;
	return v[3];
}

/* Constants that only the loader knows: they must not be taken as they are. */
SEC("tc")
int loader_constants(struct __sk_buff *skb)
{
	volatile __u32 v[2] __attribute__((aligned(8)));

	(void)skb;
	whole(v);
	v[0] = bpf_core_field_offset(struct task_struct, pid);
	v[1] = bpf_core_field_offset(struct task_struct, pid);
	return v[0] == v[1] && v[0] > 0;
}

static __attribute__((noinline)) int half(volatile __u32 *v)
{
	v[0] = 7;
	return v[1];
}

/* Functions, and an address, that symbols and relocations lead to. */
SEC("tc")
int relocated(struct __sk_buff *skb)
{
	volatile __u32 v[2] __attribute__((aligned(8)));

	v[0] = 0;
	v[1] = skb->len ? 5 : 6;
	written = v[1];
	return half(v) + v[0] + written;
}

/* An address, which is 0 in the object, and half of it overwritten. */
SEC("tc")
int half_an_address(struct __sk_buff *skb)
{
	volatile union {
		__u64 address;
		__u32 half[2];
	} v;

	(void)skb;
	v.address = (__u64)&written;
	v.half[0] = 0;
	v.half[0] = 0;
	return v.half[1] != 0;
}
