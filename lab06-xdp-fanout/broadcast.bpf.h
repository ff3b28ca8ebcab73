/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: a frame becomes many: a flight begins, and a fan is chosen.
 *
 *	begin_flight()  number 7 --> the frame's source MAC
 *	fans[port, copies, round] --> bpf_redirect_map(fan, 0, BPF_F_BROADCAST)
 */
#ifndef LAB06_BROADCAST_BPF_H
#define LAB06_BROADCAST_BPF_H

#include "lab06-xdp-fanout/flight.bpf.h"
#include "lab06-xdp-fanout/ports.bpf.h"
#include "lab06-xdp-fanout/watch.bpf.h"

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

/*
 * now: ns, monotonic clock.  Returns NULL if there can be none.  The cursor begins
 * at the first leg.
 */
static __always_inline struct flight *begin_flight(struct xdp_md *xdp,
						   __u64 now)
{
	struct fan_cpu *cpu = this_cpu();
	struct flight *flight;
	__u32 number;

	if (!cpu)
		return NULL;
	//@todo 6.3 begin_flight: the CPU's next flight: the frame gets its number; what the flight before in that slot has not visited is settled, and nothing else of it is left; then the watch is set
	//@stub	(void)xdp, (void)now, (void)number, (void)flight;
	//@stub	return NULL;
	number = cpu->flights + 1;
	flight = flight_slot(bpf_get_smp_processor_id(), number);
	if (!flight || tag_frame(xdp, number))
		return NULL;
	settle(flight);
	flight->began = now;
	flight->number = number;
	flight->copies = flight->next = flight->round = 0;
	flight->settled = flight->is_answer = 0;
	cpu->flights = number;
	set_watch(cpu);
	return flight;
	//@end 6.3
}

/* Sends the frame to the first s->copies legs, and round for the others. */
static __always_inline int broadcast(struct xdp_md *xdp, const struct packet *p,
				     const struct packet_route *to,
				     const struct survey *s, __u64 now)
{
	__u32 round = to->legs.count - s->copies;
	__u32 index = fan_index(s->port, s->copies, !!round);
	void *fan = bpf_map_lookup_elem(&fans, &index);
	struct flight *flight = fan ? begin_flight(xdp, now) : NULL;

	if (!flight)
		return -1;
	flight->copies = s->copies;
	flight->round = round;
	flight->packet = *p;
	flight->to = *to;
	return bpf_redirect_map(fan, 0, BPF_F_BROADCAST);
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
	struct flight *flight;
	void *fan;

	if (!port || !port->takes_copies)
		return bpf_redirect(ifindex, 0);
	index = fan_index(port->number, 1, 0);
	fan = bpf_map_lookup_elem(&fans, &index);
	flight = fan ? begin_flight(xdp, bpf_ktime_get_ns()) : NULL;
	if (!flight)
		return XDP_DROP;
	flight->is_answer = 1;
	__builtin_memcpy(flight->smac, to->smac, ETH_ALEN);
	return bpf_redirect_map(fan, 0, BPF_F_BROADCAST);
}

#endif
