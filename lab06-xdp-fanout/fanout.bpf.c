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
#include "lab06-xdp-fanout/consent.bpf.h"
#include "lab06-xdp-fanout/flight.bpf.h"
#include "lab06-xdp-fanout/frame.bpf.h"
#include "lab06-xdp-fanout/outlive.bpf.h"
#include "lab06-xdp-fanout/watch.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */
const volatile __u32 loop_ifindex;	   /* likewise; 0: there is no loop */

/* The interfaces that frames are cloned to, by their indices. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__type(value, struct port);
} fan_ports SEC(".maps");

/* fan_index() -> a devmap; the loader makes them (fans.h). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MAX_PORTS *FANS_PER_PORT);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_DEVMAP);
			__uint(max_entries, 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct bpf_devmap_val));
		});
} fans SEC(".maps");

/* ---- on the way in ------------------------------------------------------ */

/* Looks at the legs one after the other, before anything is decided. */
struct survey {
	struct xdp_md *xdp;
	__u32 stream;
	__u32 first;
	__u32 ip_bytes;
	__u32 ifindex; /* of the leg before */
	__u32 port;    /* the number of the first leg's interface */
	__u32 copies;  /* how many legs from the first on go by that one */
	__u32 changed; /* bool: a later leg goes by another */
	__u32 refused; /* bool: a leg can't be reached from here */
};

/* Can frames of this packet leave by the interface of a leg? */
static __always_inline int survey_interface(struct survey *s, __u32 ifindex)
{
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);
	__u32 ip_bytes = s->ip_bytes;

	if (!port || !port->takes_copies ||
	    bpf_check_mtu(s->xdp, ifindex, &ip_bytes, 0, 0))
		return -1;
	if (!s->ifindex)
		s->port = port->number;
	s->ifindex = ifindex;
	return 0;
}

/* One step of bpf_loop(). */
static long survey_leg(__u32 i, void *arg)
{
	struct survey *s = arg;
	__u32 slot = s->first + i;
	struct leg *leg = bpf_map_lookup_elem(&sfu_legs, &slot);

	if (!leg)
		return 1;
	s->changed |= i && leg->ifindex != s->ifindex;
	if (leg->ifindex != s->ifindex && survey_interface(s, leg->ifindex)) {
		s->refused = 1;
		return 1;
	}
	if (!s->changed && s->copies < FAN_COPIES)
		s->copies++;
	return 0;
}

/* Returns 0 if XDP can serve all legs. */
static __always_inline int survey_legs(struct survey *s,
				       const struct packet_route *to)
{
	s->stream = to->stream;
	s->first = to->legs.first;
	bpf_loop(to->legs.count, survey_leg, s, 0);
	if (s->refused || !s->copies)
		return -1;
	return s->copies < to->legs.count && !loop_ifindex ? -1 : 0;
}

/*
 * The frame carries the number of its flight in the source MAC address, which
 * is written anew for each copy.
 */
static __always_inline int tag_frame(struct xdp_md *xdp, __u32 number)
{
	struct ethhdr *eth = header_at((void *)(long)xdp->data,
				       (void *)(long)xdp->data_end, 0,
				       sizeof(*eth));

	if (!eth)
		return -1;
	__builtin_memcpy(eth->h_source, &number, sizeof(number));
	return 0;
}

/* Sends the frame to the first s->copies legs, and round for the others. */
static __always_inline int broadcast(struct xdp_md *xdp, const struct packet *p,
				     const struct packet_route *to,
				     const struct survey *s)
{
	__u32 round = to->legs.count - s->copies;
	__u32 index = fan_index(s->port, s->copies, !!round);
	void *fan = bpf_map_lookup_elem(&fans, &index);
	struct fan_cpu *cpu = this_cpu();
	struct flight *flight;

	if (!fan || !cpu)
		return -1;
	flight = flight_slot(bpf_get_smp_processor_id(), cpu->flights + 1);
	if (!flight || tag_frame(xdp, cpu->flights + 1))
		return -1;
	settle(flight);
	flight->began = bpf_ktime_get_ns();
	flight->number = cpu->flights + 1;
	flight->next = 0;
	flight->copies = s->copies;
	flight->round = round;
	flight->settled = 0;
	flight->is_answer = 0;
	flight->packet = *p;
	flight->to = *to;
	cpu->flights++;
	set_watch(cpu);
	return bpf_redirect_map(fan, 0, BPF_F_BROADCAST);
}

static __always_inline int is_same_mac(const __u8 *a, const __u8 *b)
{
	int same = 1;

	for (int i = 0; i < ETH_ALEN; i++)
		same &= a[i] == b[i];
	return same;
}

/*
 * XDP sees frames to others as well (a bridge, a promiscuous card), and tags of
 * VLANs: none of them is ours.
 */
static __always_inline int is_ours(const struct xdp_md *xdp,
				   const struct packet *p)
{
	__u32 ifindex = xdp->ingress_ifindex;
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);
	struct ethhdr *eth = header_at((void *)(long)xdp->data,
				       (void *)(long)xdp->data_end, 0,
				       sizeof(*eth));

	return port && eth && !p->vlan_tags &&
	       is_same_mac(eth->h_dest, port->mac);
}

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

	if (is_drop(verdict))
		return XDP_DROP;
	if (verdict != CLASS_RTP)
		return XDP_PASS;
	if (to.legs.count) {
		if (survey_legs(&s, &to) || complete_checksum(xdp, p))
			return XDP_PASS;
		action = broadcast(xdp, p, &to, &s);
		if (action != XDP_REDIRECT)
			return XDP_PASS;
	}
	count_verdict(CLASS_RTP);
	measure_stream(to.stream, p, bpf_ktime_get_ns());
	count_stream(to.stream, p, to.legs.count);
	return action;
}

/*
 * An answer leaves by a fan of one copy, where there are fans: a frame without an
 * egress program, as bpf_redirect() sends it, would be the end of leave() for
 * all frames of its bulk queue.
 */
static __always_inline int send_answer(struct xdp_md *xdp, const struct leg *to)
{
	__u32 ifindex = to->ifindex, index;
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);
	struct fan_cpu *cpu = this_cpu();
	struct flight *flight;
	void *fan;

	if (!port || !port->takes_copies)
		return bpf_redirect(ifindex, 0);
	if (!cpu)
		return XDP_DROP;
	index = fan_index(port->number, 1, 0);
	fan = bpf_map_lookup_elem(&fans, &index);
	flight = flight_slot(bpf_get_smp_processor_id(), cpu->flights + 1);
	if (!fan || !flight || tag_frame(xdp, cpu->flights + 1))
		return XDP_DROP;
	settle(flight);
	flight->began = bpf_ktime_get_ns();
	flight->number = cpu->flights + 1;
	flight->next = flight->copies = flight->round = 0;
	flight->settled = 0;
	flight->is_answer = 1;
	cpu->flights++;
	__builtin_memcpy(flight->smac, to->smac, ETH_ALEN);
	return bpf_redirect_map(fan, 0, BPF_F_BROADCAST);
}

/* Does a frame that XDP sends back by its interface arrive? */
static __always_inline int may_turn_back(const struct xdp_md *xdp)
{
	__u32 ifindex = xdp->ingress_ifindex;
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);

	return port && port->takes_copies;
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

	count(verdict, c.len);
	if (is_drop(verdict))
		return XDP_DROP;
	if (!is_answered_here(parsed) || !is_ours(xdp, &p))
		return XDP_PASS;
	if (parsed == CLASS_STUN)
		return may_turn_back(xdp) ? answer_stun(xdp, &p) : XDP_PASS;
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
	if (!flight || flight->next >= flight->copies)
		return XDP_DROP; /* never */
	i = flight->next++;
	f.packet = &flight->packet;
	f.now = flight->began;
	f.to = flight->to;
	visit_leg(i, &f);
	return o.action;
}

/* What a frame on the loop carries instead of MAC addresses. */
struct round_trip {
	__u32 first; /* the slot of the next leg */
	__u32 count; /* how many legs are left */
	__u32 stream;
} __attribute__((packed));

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
	note.stream = flight->to.stream;
	note.first = flight->to.legs.first + flight->copies;
	note.count = flight->round;
	flight->round = 0;
	note_copy(&note);
	trip->first = note.first;
	trip->count = note.count;
	trip->stream = note.stream;
	return XDP_PASS;
}

/* The clone is back from the loop.  0: it goes on to the next legs. */
static __always_inline int go_on(struct xdp_md *xdp,
				 const struct round_trip *trip)
{
	struct cursor c = xdp_cursor(xdp);
	struct packet p = {};
	struct packet_route to = {};
	struct survey s = { .xdp = xdp };

	if (parse_frame(&c, &p, &media) != CLASS_RTP ||
	    judge_sender(CLASS_RTP, &p, &to) != CLASS_RTP ||
	    route_rtp(&p, &to) != CLASS_RTP || to.stream != trip->stream)
		return -1;
	s.ip_bytes = p.l4 - p.l3 + p.ip_payload_len;
	to.legs.first = trip->first;
	to.legs.count = trip->count;
	if (survey_legs(&s, &to))
		return -1;
	return broadcast(xdp, &p, &to, &s) == XDP_REDIRECT ? 0 : -1;
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
	struct fan_cpu *cpu = this_cpu();
	struct bulk bulk;

	if (!cpu)
		return 0;
	bulk.sent = ctx->args[2];
	bpf_loop(cpu->notes, count_note, &bulk, 0);
	cpu->notes = 0;
	return 0;
}
