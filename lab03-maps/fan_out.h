/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: every leg of a packet's stream gets its copy.
 *
 *	forward.bpf.c: send_copy() ---+
 *	                              +--- fan_out(): who gets a copy, and which
 *	user space:    send_copy() ---+
 *
 * The decisions are here, once for all hooks.  A hook adds what only it knows:
 * how a copy is made and sent.
 */
#ifndef LAB03_FAN_OUT_H
#define LAB03_FAN_OUT_H

#include "lab03-maps/forward.h"

struct fan_out {
	void *hook; /* for send_copy() */
	const struct packet *packet;
	__u64 now;		/* when the packet came: ns, monotonic clock */
	struct packet_route to; /* as route_packet() found it */
};

/*
 * Each hook supplies this.  It sends a copy to a leg, with out in its RTP
 * header, and gives the result to count_leg() as soon as it is known.
 */
static __always_inline void send_copy(const struct fan_out *f,
				      const struct leg *leg,
				      const struct rtp_out *out);

/* One step of bpf_loop(): a copy for leg i. */
static long visit_leg(__u32 i, void *arg)
{
	const struct fan_out *f = arg;
	struct leg *leg = leg_of_stream(f->to.stream, f->to.legs.first + i);
	struct rtp_out out;

	if (leg && !choose_rtp(leg, &f->to, f->now, &out))
		send_copy(f, leg, &out);
	return 0;
}

static __always_inline void fan_out(struct fan_out *f)
{
	measure_stream(f->to.stream, f->packet, f->now);
	//@todo 3.6 fan_out: count the packet, and a copy for each of the legs
	//@stub	(void)visit_leg, (void)f;
	count_stream(f->to.stream, f->packet, f->to.legs.count);
	bpf_loop(f->to.legs.count, visit_leg, f, 0);
	//@end 3.6
}

/*
 * User space's part, after the kernel has counted the packet and made its own.
 */
static inline void fan_out_others(struct fan_out *f)
{
	take_other_legs(&f->to);
	count_shared(f->to.stream, f->to.legs.count);
	bpf_loop(f->to.legs.count, visit_leg, f, 0);
}

#endif
