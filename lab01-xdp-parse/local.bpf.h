/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which addresses are this host's?  A BPF program cannot ask the kernel, so
 * user space keeps a list (common/local_addresses.h).  A packet for an address
 * that is not in the list goes up to the stack, which knows all addresses.
 */
#ifndef LAB01_LOCAL_BPF_H
#define LAB01_LOCAL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "common/protocols.h"

#define MAX_LOCAL_ADDRESSES 16384

/* A set of addresses: the value means nothing.  User space writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_LOCAL_ADDRESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ip_addr);
	__type(value, __u32);
} local_addresses SEC(".maps");

static __always_inline int is_local_address(const struct ip_addr *addr)
{
	return bpf_map_lookup_elem(&local_addresses, addr) != NULL;
}

#endif
