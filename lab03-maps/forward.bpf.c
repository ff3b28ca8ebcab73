// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab03: the forwarder.  RTP from a known address goes to every leg of its
 * stream; RTP from anybody else is dropped and counted; what is not RTP
 * (STUN, DTLS, RTCP) goes up to the server.
 */
#include "lab03-maps/extension.bpf.h"
#include "lab03-maps/fan_out.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */

static __always_inline void send_copy(const struct fan_out *f,
				      const struct leg *leg,
				      const struct rtp_out *out)
{
	struct __sk_buff *skb = f->hook;
	int error;

	if (f->to.legs.mapped)
		skb_map_extensions(skb, f->packet, out->extensions);
	//@todo 3.5 send_copy: rewrite the packet, clone it to the leg, count
	//@stub	error = 0;
	//@stub	(void)error, (void)skb, (void)leg, (void)out;
	error = skb_rewrite(skb, f->packet, leg, out);
	if (!error)
		error = skb_send_clone(skb, f->packet, leg);
	count_leg(leg->id, f->packet->payload_len, error);
	//@end 3.5
}

/*
 * Restores the packet as it came in, so that user space can make the other
 * copies.  The mark says that the kernel's are made.  The function is not
 * static, so that the verifier checks it once, by itself, and not again for
 * each path that leads here.
 */
__noinline int hand_up(struct __sk_buff *skb, const struct packet *p,
		       const struct ethhdr *eth, int mapped)
{
	if (!p || !eth)
		return TC_ACT_SHOT; /* never, but the verifier cannot know */
	if (mapped)
		skb_map_extensions(skb, p, 0);
	if (skb_restore(skb, p, eth))
		return TC_ACT_SHOT; /* headers out of reach: no copy was made */
	skb->mark = MARK_KERNEL_DONE;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int forward(struct __sk_buff *skb)
{
	struct packet p = {};
	enum verdict verdict = skb_parse(skb, &p, &media);
	struct fan_out f = {
		.hook = skb,
		.packet = &p,
		.now = bpf_ktime_get_ns(),
	};
	struct ethhdr eth = {};

	if (verdict == CLASS_OTHER)
		return TC_ACT_UNSPEC; /* not ours: the next filter's */
	verdict = route_packet(verdict, &p, &f.to);
	if (verdict != CLASS_RTP)
		return is_drop(verdict) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
	if (f.to.legs.mapped)
		skb_read_extensions(skb, &p);
	if (f.to.others)
		bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth));
	fan_out(&f);
	/*
	 * Without other legs the packet, rewritten for the last leg, goes
	 * nowhere.  The skb is read from f.hook: in a register it would double
	 * the verifier's work.
	 */
	return f.to.others ? hand_up(f.hook, &p, &eth, !!f.to.legs.mapped) :
			     TC_ACT_SHOT;
}
