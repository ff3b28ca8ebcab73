// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: each program here runs the plane xdp up to one of its steps,
 * as lab05's step.bpf.c does with the plane tc.
 *
 *	fanout()   parse, look up, survey, checksum      once for a packet
 *	leave()    fan_leave()                           once for a copy
 *	count_copies()   fan_count()                     once for 16 copies
 *
 * The kernel refuses to test-run programs of a devmap, so fan_leave() does at
 * XDP's ingress what leave() does.  What is left of a copy's cost (a page, the
 * frame copied into it, the ring) is the kernel's own, and not to be seen here.
 */
#include "lab06-xdp-fanout/fanout.bpf.c"

#define THE_FLIGHT 1 /* its number; fan_begin() fills it in */
#define THE_LEG	   1 /* its slot, filled in by fan_cost */
#define ROOM	   20 /* legs that fan_survey() looks at: slots from THE_LEG on */

SEC("xdp")
int fan_nothing(struct xdp_md *xdp)
{
	(void)xdp;
	return XDP_PASS;
}

static __always_inline enum verdict parse_here(struct xdp_md *xdp,
					       struct packet *p)
{
	struct cursor c = xdp_cursor(xdp);

	return parse_frame(&c, p, &media);
}

SEC("xdp")
int fan_parse(struct xdp_md *xdp)
{
	struct packet p = {};

	return parse_here(xdp, &p);
}

SEC("xdp")
int fan_lookup(struct xdp_md *xdp)
{
	struct packet p = {};
	struct packet_route to = {};

	if (parse_here(xdp, &p) != CLASS_RTP || !find_own_port(xdp, &p))
		return XDP_ABORTED;
	return judge(&p, &to);
}

SEC("xdp")
int fan_survey(struct xdp_md *xdp)
{
	struct packet p = {};
	struct packet_route to = {
		.legs = { .first = THE_LEG, .count = ROOM },
	};
	struct survey s = { .xdp = xdp };

	if (parse_here(xdp, &p) != CLASS_RTP)
		return XDP_ABORTED;
	s.ip_bytes = p.l4 - p.l3 + p.ip_payload_len;
	return survey_legs(&s, &to, ROOM) ? XDP_ABORTED : XDP_PASS;
}

/* A checksum that is complete already: only the pseudo-header is summed up. */
SEC("xdp")
int fan_complete(struct xdp_md *xdp)
{
	struct packet p = {};

	if (parse_here(xdp, &p) != CLASS_RTP)
		return XDP_ABORTED;
	return complete_checksum(xdp, &p) ? XDP_ABORTED : XDP_PASS;
}

/* One that the sender's kernel has left to a network card. */
SEC("xdp")
int fan_partial(struct xdp_md *xdp)
{
	struct packet p = {};
	struct udphdr *udp;

	if (parse_here(xdp, &p) != CLASS_RTP)
		return XDP_ABORTED;
	udp = header_at((void *)(long)xdp->data, (void *)(long)xdp->data_end,
			p.l4, sizeof(*udp));
	if (!udp)
		return XDP_ABORTED;
	udp->check = csum_fold(sum_pseudo_header(&p));
	return complete_checksum(xdp, &p) ? XDP_ABORTED : XDP_PASS;
}

/* Runs once: the flight of which fan_leave() makes each copy the first. */
SEC("xdp")
int fan_begin(struct xdp_md *xdp)
{
	struct flight *flight = flight_slot(bpf_get_smp_processor_id(),
					    THE_FLIGHT);
	struct packet p = {};

	if (!flight || parse_here(xdp, &p) != CLASS_RTP)
		return XDP_ABORTED;
	flight->number = THE_FLIGHT;
	flight->copies = 1;
	flight->packet = p;
	flight->to.stream = THE_LEG;
	flight->to.legs.first = THE_LEG;
	return XDP_PASS;
}

SEC("xdp")
int fan_leave(struct xdp_md *xdp)
{
	struct outgoing o = { .xdp = xdp, .action = XDP_DROP };
	struct fan_cpu *cpu = this_cpu();
	struct fan_out f = { .hook = &o };
	struct flight *flight;

	if (!cpu || tag_frame(xdp, THE_FLIGHT))
		return XDP_ABORTED;
	cpu->notes = 0;
	flight = find_flight(xdp);
	if (!flight || flight->copies < 1)
		return XDP_ABORTED;
	f.packet = &flight->packet;
	f.to = flight->to;
	visit_leg(0, &f);
	return o.action;
}

/* What count_copies() does for a whole bulk. */
SEC("xdp")
int fan_count(struct xdp_md *xdp)
{
	struct bulk bulk = { .cpu = this_cpu(), .sent = BULK };

	(void)xdp;
	if (!bulk.cpu)
		return XDP_ABORTED;
	bpf_loop(BULK, count_note, &bulk, 0);
	return XDP_PASS;
}
