/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lets user space compile the packet code: it defines the names that
 * bpf_helpers.h and bpf_endian.h define for BPF programs.
 */
#ifndef COMMON_BPF_NATIVE_H
#define COMMON_BPF_NATIVE_H

#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define bpf_htons htons
#define bpf_ntohs ntohs
#define bpf_htonl htonl
#define bpf_ntohl ntohl

/* The helper: calls step(0), step(1), ... until one returns something else. */
static inline long bpf_loop(uint32_t count, long (*step)(uint32_t, void *),
			    void *ctx, uint64_t flags)
{
	uint32_t i = 0;

	(void)flags;
	while (i < count && !step(i++, ctx))
		;
	return i;
}

#endif
