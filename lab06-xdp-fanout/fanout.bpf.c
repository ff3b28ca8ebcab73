// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06: one frame in, many frames out, without an skb.
 *
 *	        frame
 *	          |
 *	       fanout()   parse, judge, find the legs
 *	          |
 *	  bpf_redirect_map(fan, BPF_F_BROADCAST)
 *	  |       |       |                  |
 *	clone   clone   clone              clone
 *	  |       |       |                  |
 *	leave() leave() leave()    go_round(): more legs, or another interface
 *	  |       |       |                  |
 *	 leg 0   leg 1   leg 2             loop --> come_again() --> a fan ...
 *
 * What this program cannot do it passes on, and lab03's forwarder at TC does
 * it: packets that several interfaces or the server have a part in, that are
 * too long, or that leave by an interface which takes no frames.
 */
#include "lab06-xdp-fanout/frame.bpf.h"
#include "lab06-xdp-fanout/broadcast.bpf.h"
#include "lab06-xdp-fanout/consent.bpf.h"
#include "lab06-xdp-fanout/outlive.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */
/* ---- on the way in ------------------------------------------------------ */

/* Who gets the packet?  As route_packet(), but what goes up is not counted. */
static __always_inline enum verdict judge(const struct packet *p,
					  struct packet_route *to)
{
	enum verdict verdict = judge_sender(CLASS_RTP, p, to);

	if (verdict == CLASS_RTP)
		verdict = route_rtp(p, to);
	if (verdict == CLASS_RTP && to->others)
		return CLASS_USER; /* the forwarder shares the list with it */
	if (is_drop(verdict))
		count_verdict(verdict);
	return verdict;
}

/* Its stack must not add to that of answer_rtcp(). */
static __noinline int forward_frame(struct xdp_md *xdp, const struct packet *p)
{
	struct packet_route to = {};
	struct survey s = {
		.xdp = xdp,
		.ip_bytes = p->l4 - p->l3 + p->ip_payload_len,
	};
	enum verdict verdict = judge(p, &to);
	int action = XDP_DROP;
	__u64 now;

	if (is_drop(verdict))
		return XDP_DROP;
	if (verdict != CLASS_RTP)
		return XDP_PASS;
	now = bpf_ktime_get_ns();
	if (to.legs.count) {
		if (survey_legs(&s, &to, to.legs.count) ||
		    complete_checksum(xdp, p))
			return XDP_PASS;
		action = broadcast(xdp, p, &to, &s, now);
		if (action != XDP_REDIRECT)
			return XDP_PASS;
	}
	count_verdict(CLASS_RTP);
	measure_stream(to.stream, p, now);
	count_stream(to.stream, p, to.legs.count);
	return action;
}

/* Its stack must not add to that of forward_frame(). */
static __noinline int answer_stun(struct xdp_md *xdp, const struct packet *p)
{
	struct leg back = { .ifindex = xdp->ingress_ifindex };
	int action = answer_check(xdp, p);

	if (action != XDP_TX)
		return action;
	if (bpf_xdp_load_bytes(xdp, ETH_ALEN, back.smac, ETH_ALEN))
		return XDP_DROP;
	return send_answer(xdp, &back);
}

static __always_inline int is_answered_here(enum verdict parsed)
{
	return parsed == CLASS_RTP || parsed == CLASS_RTCP ||
	       parsed == CLASS_STUN;
}

SEC("xdp")
int fanout(struct xdp_md *xdp)
{
	struct cursor c = xdp_cursor(xdp);
	struct packet p = {};
	enum verdict parsed = parse_frame(&c, &p, &media);
	enum verdict verdict = if_encrypted(parsed);
	const struct port *port;

	count(verdict, c.len);
	if (is_drop(verdict))
		return XDP_DROP;
	port = is_answered_here(parsed) ? find_own_port(xdp, &p) : NULL;
	if (!port)
		return XDP_PASS;
	if (parsed == CLASS_STUN) /* an answer must arrive if it goes back */
		return port->takes_copies ? answer_stun(xdp, &p) : XDP_PASS;
	return parsed == CLASS_RTP ? forward_frame(xdp, &p) :
				     answer_rtcp(xdp, &p);
}

/* ---- on the way out ------------------------------------------------------ */

struct outgoing {
	struct xdp_md *xdp;
	int action;
};

static __always_inline void send_copy(const struct fan_out *f,
				      const struct leg *leg,
				      const struct rtp_out *out)
{
	struct note note = {
		.leg = leg->id,
		.bytes = f->packet->payload_len,
	};
	struct outgoing *o = f->hook;

	if (rewrite_xdp(o->xdp, f->packet, leg, out)) {
		count_leg(leg->id, 0, -1);
		return;
	}
	note_copy(&note);
	o->action = XDP_PASS;
}

/* The flight that a clone belongs to. */
static __always_inline struct flight *find_flight(struct xdp_md *xdp)
{
	struct ethhdr *eth = header_at((void *)(long)xdp->data,
				       (void *)(long)xdp->data_end, 0,
				       sizeof(*eth));
	struct flight *flight;
	__u32 number;

	if (!eth)
		return NULL;
	__builtin_memcpy(&number, eth->h_source, sizeof(number));
	flight = flight_slot(bpf_get_smp_processor_id(), number);
	if (!flight || flight->number != number || flight->settled)
		return NULL;
	return flight;
}

/* RTCP of the kernel's own is whole but for the tag, and no leg's copy. */
static __always_inline int leave_answer(struct xdp_md *xdp,
					const struct flight *flight)
{
	struct ethhdr *eth = header_at((void *)(long)xdp->data,
				       (void *)(long)xdp->data_end, 0,
				       sizeof(*eth));
	struct note note = { .leg = NO_LEG };

	if (!eth)
		return XDP_DROP;
	__builtin_memcpy(eth->h_source, flight->smac, ETH_ALEN);
	note_copy(&note);
	return XDP_PASS;
}

/*
 * Runs for each clone that goes to a leg.  The clones of a flight come here in
 * the order of the fan's entries, which are all alike: so the cursor says whose
 * this one is.
 */
SEC("xdp/devmap")
int leave(struct xdp_md *xdp)
{
	struct outgoing o = { .xdp = xdp, .action = XDP_DROP };
	struct flight *flight = find_flight(xdp);
	struct fan_out f = { .hook = &o };
	__u32 i;

	if (flight && flight->is_answer)
		return leave_answer(xdp, flight);
	//@todo 6.5 leave: the copy for the leg at the flight's cursor, as of when the flight began, and the cursor goes on even if that leg gets none; no flight, or no leg left: the clone is dropped
	//@stub	(void)i, (void)f, (void)visit_leg;
	//@stub	return o.action;
	if (!flight || flight->next >= flight->copies)
		return XDP_DROP; /* never */
	i = flight->next++;
	f.packet = &flight->packet;
	f.now = flight->began;
	f.to = flight->to;
	visit_leg(i, &f);
	return o.action;
	//@end 6.5
}

/* What a frame on the loop carries instead of MAC addresses. */
struct round_trip {
	__u32 first; /* the slot of the next leg */
	__u32 count; /* how many legs are left */
	__u32 stream;
} __attribute__((packed));

#define COPIES_BITS 8 /* room for FAN_COPIES */

SEC("xdp/devmap")
int go_round(struct xdp_md *xdp)
{
	struct flight *flight = find_flight(xdp);
	struct round_trip *trip = header_at((void *)(long)xdp->data,
					    (void *)(long)xdp->data_end, 0,
					    sizeof(*trip));
	struct note note = {};

	if (!flight || !trip)
		return XDP_DROP; /* never */
	//@todo 6.8 go_round: note which legs wait for this frame, tell them to whoever gets it (trip), and let the flight no longer wait for them
	//@stub	(void)note;
	//@stub	return XDP_DROP;
	note.stream = flight->to.stream;
	note.first = flight->to.legs.first + flight->copies;
	note.count = flight->round;
	flight->round = 0;
	note_copy(&note);
	trip->first = note.first;
	trip->count = note.count;
	trip->stream = note.stream;
	return XDP_PASS;
	//@end 6.8
}

/*
 * fanout() has looked at all legs of a trip; here the next are enough.  Returns
 * the number of their port, and behind it how many copies one fan makes, or -1.
 *
 * It is not static: the verifier walks once through what others may call, and
 * else once more for each way that leads here out of parse_frame().
 */
__noinline int survey_trip(struct xdp_md *xdp, __u32 first, __u32 count,
			   __u32 ip_bytes)
{
	struct packet_route to = { .legs.first = first, .legs.count = count };
	struct survey s = { .xdp = xdp, .ip_bytes = ip_bytes };

	if (survey_legs(&s, &to, count < FAN_COPIES ? count : FAN_COPIES))
		return -1;
	return s.port << COPIES_BITS | s.copies;
}

/* The clone is back from the loop.  0: it goes on to the next legs. */
static __always_inline int go_on(struct xdp_md *xdp,
				 const struct round_trip *trip)
{
	struct cursor c = xdp_cursor(xdp);
	struct packet p = {};
	struct packet_route to = {};
	struct survey s = { .xdp = xdp };
	int found;

	if (parse_frame(&c, &p, &media) != CLASS_RTP ||
	    judge_sender(CLASS_RTP, &p, &to) != CLASS_RTP ||
	    route_rtp(&p, &to) != CLASS_RTP || to.stream != trip->stream)
		return -1;
	found = survey_trip(xdp, trip->first, trip->count,
			    p.l4 - p.l3 + p.ip_payload_len);
	if (found < 0)
		return -1;
	s.port = found >> COPIES_BITS;
	s.copies = found & ((1 << COPIES_BITS) - 1);
	to.legs.first = trip->first;
	to.legs.count = trip->count;
	if (broadcast(xdp, &p, &to, &s, bpf_ktime_get_ns()) != XDP_REDIRECT)
		return -1;
	return 0;
}

SEC("xdp")
int come_again(struct xdp_md *xdp)
{
	struct round_trip *at = header_at((void *)(long)xdp->data,
					  (void *)(long)xdp->data_end, 0,
					  sizeof(*at));
	struct round_trip trip;

	if (!at)
		return XDP_DROP;
	trip = *at;
	if (trip.count > MAX_LEGS_PER_STREAM)
		return XDP_DROP; /* not ours: it would keep this CPU busy */
	at->first = 0; /* an odd one would look like a group's address */
	if (!go_on(xdp, &trip))
		return XDP_REDIRECT;
	lose_copies(trip.stream, trip.first, trip.count);
	return XDP_DROP;
}

/* ---- what became of them ------------------------------------------------- */

/*
 * The kernel says here how many frames of a bulk the device has taken: the
 * first ones.  args: the devices from and to, then that number.
 */
SEC("raw_tp/xdp_devmap_xmit")
int count_copies(struct bpf_raw_tracepoint_args *ctx)
{
	struct bulk bulk = { .cpu = this_cpu(), .sent = ctx->args[2] };
	struct fan_cpu *cpu = bulk.cpu;

	if (!cpu)
		return 0;
	bpf_loop(cpu->notes, count_note, &bulk, 0);
	cpu->notes = 0;
	return 0;
}
