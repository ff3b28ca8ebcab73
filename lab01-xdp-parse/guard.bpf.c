// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab01: the guard at the door.
 *
 * XDP runs before the kernel has spent anything on a packet.  This program
 * looks at each frame once.  It drops and counts what is malformed and aimed
 * at the media port, it measures RTP per source, and it passes all else.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab01-xdp-parse/xdp.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Written by the loader before the load: the verifier knows the value then, and
 * removes the branches that cannot be taken.
 */
const volatile struct media_address media = {
	.port = bpf_htons(DEFAULT_MEDIA_PORT),
};

/* 0 from lab03 on: there the forwarder measures each stream, by its id. */
const volatile __u8 measures = 1;

/*
 * 1 where SRTP may hide the padding and the rest of a compound.  Then these are
 * not judged here, but by the forwarder, which knows who sends encrypted.
 */
const volatile __u8 may_be_encrypted = 0;

/*
 * Source -> statistics; written by packets, read by tools.  An LRU map, so that
 * a flood of made-up SSRCs pushes out old entries and never fills it up.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOURCES);
	__type(key, struct source_key);
	__type(value, struct rtp_stats);
} sources SEC(".maps");

/* Payload type -> RTP clock in Hz (0: DEFAULT_CLOCK); written by tools. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RTP_PT + 1);
	__type(key, __u32);
	__type(value, __u32);
} clocks SEC(".maps");

static __always_inline struct rtp_stats *add_source(struct source_key *key,
						    const struct packet *p)
{
	struct rtp_stats fresh = { .pt = p->pt, .clock_hz = DEFAULT_CLOCK };
	__u32 pt = p->pt;
	__u32 *clock = bpf_map_lookup_elem(&clocks, &pt);

	if (clock && *clock)
		fresh.clock_hz = *clock;
	bpf_map_update_elem(&sources, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sources, key);
}

static __always_inline void measure(const struct packet *p)
{
	struct source_key key = {
		.saddr = p->saddr,
		.sport = p->sport,
		.ssrc = p->ssrc,
	};
	struct rtp_stats *s;

	if (!measures)
		return;
	s = bpf_map_lookup_elem(&sources, &key);
	if (!s)
		s = add_source(&key, p);
	if (s)
		rtp_stats_update(s, bpf_ktime_get_ns(), p->payload_len, p->pt,
				 p->seq, p->timestamp);
}

SEC("xdp")
int guard(struct xdp_md *ctx)
{
	struct cursor c = xdp_cursor(ctx);
	struct packet p = {};
	enum verdict verdict;

	verdict = parse_frame(&c, &p, &media);
	if (may_be_encrypted)
		verdict = if_encrypted(verdict);
	//@todo 1.9 guard: count it; drop what is malformed; measure RTP
	//@stub	(void)count, (void)measure, (void)verdict;
	count(verdict, c.len);
	if (is_drop(verdict))
		return XDP_DROP;
	if (verdict == CLASS_RTP)
		measure(&p);
	//@end 1.9
	return XDP_PASS;
}
