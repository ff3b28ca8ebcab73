// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Parts of the plane xdp, each as a program of its own, so that a test sees one
 * without the others:
 *
 *	a test --> BPF_PROG_TEST_RUN --> probe_begin(), probe_survey() ...
 *	       <-- the frame, the maps, and the variables below
 */
#include "lab06-xdp-fanout/frame.bpf.h"
#include "lab06-xdp-fanout/broadcast.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */

/* No program here visits a leg. */
static __always_inline void send_copy(const struct fan_out *f,
				      const struct leg *leg,
				      const struct rtp_out *out)
{
	(void)f, (void)out;
	count_leg(leg->id, 0, -1);
}

SEC("xdp")
int probe_begin(struct xdp_md *xdp)
{
	return begin_flight(xdp, bpf_ktime_get_ns()) ? XDP_TX : XDP_DROP;
}

/* The list to look at, and what has come of it. */
struct {
	__u32 first, count, ip_bytes;
	__u32 copies, port;
} survey;

SEC("xdp")
int probe_survey(struct xdp_md *xdp)
{
	struct packet_route to = {
		.legs = { .first = survey.first, .count = survey.count },
	};
	struct survey s = { .xdp = xdp, .ip_bytes = survey.ip_bytes };
	int err = survey_legs(&s, &to, survey.count);

	survey.copies = s.copies;
	survey.port = s.port;
	return err ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int probe_checksum(struct xdp_md *xdp)
{
	struct cursor c = xdp_cursor(xdp);
	struct packet p = {};

	if (parse_frame(&c, &p, &media) != CLASS_RTP)
		return XDP_ABORTED;
	return complete_checksum(xdp, &p) ? XDP_DROP : XDP_PASS;
}

__u32 sent; /* how many of the frames noted the device has taken */

SEC("xdp")
int probe_count(struct xdp_md *xdp)
{
	struct fan_cpu *cpu = this_cpu();
	struct bulk bulk = { .cpu = cpu, .sent = sent };

	(void)xdp;
	if (!cpu)
		return XDP_ABORTED;
	bpf_loop(cpu->notes, count_note, &bulk, 0);
	return XDP_PASS;
}

__u32 fan; /* fan_index() of the one that a stray frame goes to */

/* A frame that belongs to no flight. */
SEC("xdp")
int probe_stray(struct xdp_md *xdp)
{
	__u32 index = fan;
	void *map = bpf_map_lookup_elem(&fans, &index);

	(void)xdp;
	return map ? bpf_redirect_map(map, 0, BPF_F_BROADCAST) : XDP_ABORTED;
}
