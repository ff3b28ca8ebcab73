/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: what the copies of a packet need to know on their way out.
 *
 *	fanout()  one frame in:  a flight begins, the frame carries its number
 *	   |
 *	   |  the kernel clones the frame, and runs leave() for each clone
 *	   v
 *	leave()   finds the flight by that number, takes its next leg, and
 *	   |      notes who gets this copy
 *	   v
 *	count_copies()   the device has taken so many of those noted
 *
 * All of that happens on one CPU, before it does anything else.  A bulk queue
 * of the kernel holds up to 16 frames of a device, so FLIGHTS flights can wait
 * for their copies.  The maps are shared with the programs that an update
 * replaces, because a bulk queue may hold frames of both.
 */
#ifndef LAB06_FLIGHT_BPF_H
#define LAB06_FLIGHT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab03-maps/fan_out.h"
#include "lab06-xdp-fanout/flight.h"

/* A CPU's flights are next to each other; see flight_slot(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLIGHTS); /* of one CPU; the loader multiplies */
	__type(key, __u32);
	__type(value, struct flight);
} fan_flights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* of one CPU; the loader multiplies */
	__type(key, __u32);
	__type(value, struct fan_cpu);
} fan_cpus SEC(".maps");

static __always_inline struct fan_cpu *this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&fan_cpus, &cpu);
}

static __always_inline struct flight *flight_slot(__u32 cpu, __u32 number)
{
	__u32 slot = cpu * FLIGHTS + number % FLIGHTS;

	return bpf_map_lookup_elem(&fan_flights, &slot);
}

/* ---- copies that were never made --------------------------------------- */

struct lost {
	__u32 stream;
	__u32 first;
};

/* One step of bpf_loop(): the leg does not get its copy. */
static long lose_copy(__u32 i, void *arg)
{
	const struct lost *lost = arg;
	struct leg *leg = leg_of_stream(lost->stream, lost->first + i);

	if (leg)
		count_leg(leg->id, 0, -1);
	return 0;
}

static __always_inline void lose_copies(__u32 stream, __u32 first, __u32 count)
{
	struct lost lost = { .stream = stream, .first = first };

	bpf_loop(count, lose_copy, &lost, 0);
}

/*
 * The kernel skips a device that went down and says nothing.  Then the cursor
 * has not come to its end, and those behind it have lost their copies.
 */
static __always_inline void settle(struct flight *flight)
{
	__u32 first = flight->to.legs.first + flight->next;
	__u32 count = flight->copies - flight->next + flight->round;

	if (count && !__sync_lock_test_and_set(&flight->settled, 1))
		lose_copies(flight->to.stream, first, count);
}

/* ---- notes -------------------------------------------------------------- */

static __always_inline void note_copy(const struct note *note)
{
	struct fan_cpu *cpu = this_cpu();
	__u32 i;

	if (!cpu)
		return;
	i = cpu->notes;
	KEEP_VALUE(i);
	if (i >= BULK)
		return; /* never: a bulk queue holds no more */
	cpu->note[i] = *note;
	cpu->notes = i + 1;
}

struct bulk {
	struct fan_cpu *cpu; /* whose notes */
	__u32 sent;	     /* how many of those noted the device has taken */
};

/* One step of bpf_loop(): what became of a copy that was noted. */
static long count_note(__u32 i, void *arg)
{
	const struct bulk *bulk = arg;
	const struct note *note;

	if (i >= BULK)
		return 1;
	note = &bulk->cpu->note[i];
	//@todo 6.7 count_note: the device has taken the first bulk->sent of the frames: what does that mean for a leg's copy, and what for a frame that others wait for?
	//@stub	(void)note, (void)bulk;
	if (!note->count)
		count_leg(note->leg, note->bytes, i >= bulk->sent);
	else if (i >= bulk->sent)
		lose_copies(note->stream, note->first, note->count);
	//@end 6.7
	return 0;
}

#endif
