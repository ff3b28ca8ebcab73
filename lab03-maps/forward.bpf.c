// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab03: the forwarder.  RTP from a known endpoint goes to every leg of its
 * stream; RTP from anybody else is dropped and counted; what is not RTP
 * (STUN, DTLS, RTCP) goes up to the server.
 */
#include "lab02-tc-clone/skb.h"
#include "lab03-maps/tables.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media;	/* set by the loader */

#define TABLE(map_type, entries, key_type, value_type)	\
	__uint(type, map_type);				\
	__uint(max_entries, entries);			\
	__type(key, key_type);				\
	__type(value, value_type)

/* Transport address -> endpoint; control plane writes, packets read. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_ENDPOINTS, struct endpoint_key,
	      struct endpoint);
} sfu_endpoints SEC(".maps");

/* Endpoint and SSRC -> stream id; control plane writes, packets read. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_STREAMS, struct ssrc_key, __u32);
} sfu_ssrcs SEC(".maps");

/* Stream id -> stream; control plane writes, packets read. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, MAX_STREAMS, __u32, struct stream);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_streams SEC(".maps");

/* Slot -> leg; control plane writes, packets read. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, MAX_LEGS, __u32, struct leg);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_legs SEC(".maps");

/* Stream id -> counters; packets write, tools read. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, MAX_STREAMS, __u32, struct stream_counters);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_stream_counters SEC(".maps");

/* Leg id -> counters; packets write, tools read. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, MAX_LEGS, __u32, struct leg_counters);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_leg_counters SEC(".maps");

/* enum verdict -> packets; packets write, tools read. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, VERDICT_COUNT, __u32, __u64);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_verdicts SEC(".maps");

/* Room id -> room; control plane only, as are all that follow. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_ROOMS, __u32, struct room);
} sfu_rooms SEC(".maps");

/* Participant id -> participant. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_PARTICIPANTS, __u32, struct participant);
} sfu_participants SEC(".maps");

/* Receiver and publisher -> what the one wants of the other. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_LEGS, struct subscription_key,
	      struct subscription);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} sfu_subscriptions SEC(".maps");

/* Receiver and stream -> where it wants it. */
struct {
	TABLE(BPF_MAP_TYPE_HASH, MAX_LEGS, struct sink_key, struct sink);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} sfu_sinks SEC(".maps");

/* 0 -> settings. */
struct {
	TABLE(BPF_MAP_TYPE_ARRAY, 1, __u32, struct settings);
	__uint(map_flags, BPF_F_MMAPABLE);
} sfu_settings SEC(".maps");

#include "lab03-maps/forward.h"

struct fan_out {
	struct __sk_buff *skb;
	const struct packet *packet;
	struct packet_route to;
};

/* One step of bpf_loop(): a copy for leg i. */
static long send_copy(__u32 i, void *arg)
{
	struct fan_out *f = arg;
	struct leg *leg = find_leg(f->to.stream, f->to.legs.first + i);
	struct rtp_out out;
	int error;

	if (!leg || choose_rtp(leg, f->to.format, &out))
		return 0;
	//@todo 3.5 send_copy: rewrite the packet, clone it to the leg, count
	//@stub	error = 0;
	//@stub	(void)error;
	error = skb_rewrite(f->skb, f->packet, leg, &out);
	if (!error)
		error = skb_send_clone(f->skb, f->packet, leg);
	count_leg(leg->id, f->packet->payload_len, error);
	//@end 3.5
	return 0;
}

static __always_inline int fan_out(struct __sk_buff *skb,
				   const struct packet *p,
				   const struct packet_route *to)
{
	struct fan_out f = { .skb = skb, .packet = p, .to = *to };

	//@todo 3.6 fan_out: count the packet, and a copy for each of the legs
	//@stub	(void)send_copy, (void)f;
	count_stream(to->stream, p, to->legs.count);
	bpf_loop(to->legs.count, send_copy, &f, 0);
	//@end 3.6
	/* The packet itself is rewritten for the last leg; it goes nowhere. */
	return TC_ACT_SHOT;
}

SEC("tc")
int forward(struct __sk_buff *skb)
{
	struct packet p = {};
	enum verdict verdict = skb_parse(skb, &p, &media);
	struct packet_route to = {};

	if (verdict == CLASS_OTHER)
		return TC_ACT_UNSPEC;	/* not ours: the next filter's */
	verdict = route_packet(verdict, &p, &to);
	if (verdict == CLASS_RTP)
		return fan_out(skb, &p, &to);
	return is_drop(verdict) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}
