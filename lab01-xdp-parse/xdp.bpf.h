/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * All our programs at XDP's ingress read a frame by a cursor and count what
 * they find.  The functions for that are here; lab01 and lab06 use them.
 */
#ifndef LAB01_XDP_H
#define LAB01_XDP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab01-xdp-parse/classify.h"
#include "lab01-xdp-parse/guard.h"
#include "lab01-xdp-parse/local.bpf.h"

/* enum verdict -> packets and bytes; written by packets, read by tools. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICT_COUNT);
	__type(key, __u32);
	__type(value, struct traffic);
} guard_traffic SEC(".maps");

static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	return bpf_xdp_load_bytes(c->ctx, offset, byte, 1);
}

static __always_inline struct cursor xdp_cursor(struct xdp_md *ctx)
{
	return (struct cursor){
		.pos = (void *)(long)ctx->data,
		.start = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.ctx = ctx,
		.len = ctx->data_end - ctx->data,
	};
}

static __always_inline void count(enum verdict verdict, __u32 bytes)
{
	__u32 key = verdict;
	struct traffic *t = bpf_map_lookup_elem(&guard_traffic, &key);

	if (!t)
		return;
	t->packets++;
	t->bytes += bytes;
}

#endif
