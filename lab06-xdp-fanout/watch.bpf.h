/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: the watch over flights whose copies were never made.
 *
 *	broadcast() --> a flight begins --> the watch is set, if it is not
 *	                                        |
 *	                     WATCH_NS later: settle() what is old enough
 *	                                        |
 *	                     all seen: it ends; else it is set again
 *
 * The next flight in the same slot would settle it as well, but a stream may
 * have ended by then.
 */
#ifndef LAB06_WATCH_H
#define LAB06_WATCH_H

#include "lab06-xdp-fanout/flight.bpf.h"

#define CLOCK_MONOTONIC 1
#define WATCH_NS                                                               \
	100000000ULL /* 100 ms: no frame waits as long for its way out */

struct watch {
	struct bpf_timer timer;
};

/* By CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* of one CPU; the loader multiplies */
	__type(key, __u32);
	__type(value, struct watch);
} fan_watches SEC(".maps");

struct rounds {
	__u64 now;
	__u32 cpu;
};

/* One step of bpf_loop(): the next flight, if it is old enough. */
static long look_at_flight(__u32 i, void *arg)
{
	const struct rounds *r = arg;
	__u32 key = r->cpu;
	struct fan_cpu *cpu = bpf_map_lookup_elem(&fan_cpus, &key);
	struct flight *flight;

	(void)i;
	if (!cpu || cpu->settled == cpu->flights)
		return 1;
	if (cpu->flights - cpu->settled > FLIGHTS)
		cpu->settled = cpu->flights - FLIGHTS;
	flight = flight_slot(r->cpu, cpu->settled + 1);
	if (!flight || flight->began + WATCH_NS > r->now)
		return 1;
	if (flight->number == cpu->settled + 1)
		settle(flight);
	cpu->settled++;
	return 0;
}

/* The timer may run on another CPU than the one that it is for. */
static int make_rounds(void *map, __u32 *key, struct watch *watch)
{
	struct rounds r = { .now = bpf_ktime_get_ns(), .cpu = *key };
	struct fan_cpu *cpu = bpf_map_lookup_elem(&fan_cpus, key);

	(void)map;
	if (!cpu)
		return 0;
	bpf_loop(FLIGHTS, look_at_flight, &r, 0);
	cpu->watched = 0;
	if (cpu->settled == cpu->flights)
		return 0;
	cpu->watched = 1;
	bpf_timer_start(&watch->timer, WATCH_NS, 0);
	return 0;
}

/* To be called when a flight has begun. */
static __always_inline void set_watch(struct fan_cpu *cpu)
{
	__u32 key = bpf_get_smp_processor_id();
	struct watch *watch;

	if (cpu->watched)
		return;
	watch = bpf_map_lookup_elem(&fan_watches, &key);
	if (!watch)
		return;
	cpu->watched = 1;
	bpf_timer_init(&watch->timer, &fan_watches, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&watch->timer, make_rounds);
	bpf_timer_start(&watch->timer, WATCH_NS, 0);
}

#endif
