// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The leg compiler makes one flat list per stream of what everybody wants.
 *
 *	old list  [ b | c ]            in slots 4..5, packets are reading it
 *	new list          [ b | c | d ]  written to free slots 6..8
 *	swap              one 8-byte store in the stream: packets see 6..8
 *	wait              until the last packet that saw 4..5 is through
 *	free              slots 4..5
 *
 * This is read-copy-update: packets never wait, the control plane does.  The
 * wait is in reclaim.c; commit.c says which rooms are compiled, and when.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/route.h"
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static __u64 compiled; /* compilations of a stream since the start */

/*
 * Keeps the leg that is in force, if it goes to the same address: when no route
 * can be found at the moment, the old one is better than none.
 */
static bool keep_leg(struct leg *leg, __u32 stream, const struct sink *sink)
{
	const struct transport *to = control_transport(sink->transport);
	struct leg_list old = leg_list(control_stream(stream)->legs);

	each_leg(l, old) {
		if (l->id != sink->leg || l->dport != to->port ||
		    !ip_addr_equal(&l->daddr, &to->addr))
			continue;
		*leg = *l;
		memcpy(leg->pt, sink->pt, sizeof(leg->pt));
		return true;
	}
	return false;
}

static int fill_leg(struct leg *leg, __u32 stream, const struct sink *sink,
		    bool *kept)
{
	const struct transport *to = control_destination(sink);
	struct route route = {};
	int err;

	if (!to)
		return -EDESTADDRREQ;
	err = route_cache_find(&to->addr, &route);
	if (!control_same_ip_version(stream, sink->transport))
		return -EAFNOSUPPORT;
	/* If user space forwards, sendmmsg() will report the reason. */
	if (err && control_in_kernel()) {
		if (!keep_leg(leg, stream, sink))
			return err;
		*kept = true;
		return 0;
	}
	*leg = (struct leg){
		.daddr = to->addr,
		.dport = to->port,
		.ssrc = sink->ssrc,
		.stream = stream,
		.id = sink->leg,
	};
	memcpy(leg->pt, sink->pt, sizeof(leg->pt));
	leg_set_route(leg, &route);
	return 0;
}

/* Fills in what WebRTC adds to a leg.  Returns whether copies are encrypted. */
static bool fill_webrtc_leg(const struct sink *sink, struct leg_list *list)
{
	struct webrtc_leg w = {
		.extensions = sink->extensions,
		.transport = sink->transport,
		.encrypted = control_transport(sink->transport)->encrypted,
		.consent = control_transport(sink->transport)->consent,
	};

	table_set(&sfu_webrtc_legs, &sink->leg, &w);
	list->mapped |= !!w.extensions;
	list->consent |= !!w.consent;
	return w.encrypted;
}

/*
 * Moves the last leg to its place: the kernel's legs come before user space's.
 */
static void append_leg(struct leg_list *list, struct leg *legs,
		       bool in_user_space)
{
	struct leg *last = &legs[list->count];
	struct leg *first_other = last - list->in_user_space;
	struct leg moved = *first_other;

	if (in_user_space) {
		list->in_user_space++;
	} else {
		*first_other = *last;
		*last = moved;
	}
	list->count++;
}

/*
 * Returns the receiver's end of a stream, made if need be; NULL: the table is
 * full.  There is one for every stream of the room, wanted or not, because the
 * receiver is told the SSRC, and may name a transport, before there is a leg.
 */
static const struct sink *ensure_sink(__u32 receiver, __u32 id)
{
	const struct participant *p = control_participant(receiver);
	struct sink_key key = { .receiver = receiver, .stream = id };
	struct sink sink = { .transport = p->transport, .mline = NO_MLINE };
	struct leg_counters none = {};
	long leg;

	if (control_find_sink(receiver, id))
		return control_find_sink(receiver, id);
	leg = pool_take(&pool_of_legs, 1);
	if (leg < 0)
		return NULL;
	sink.leg = leg;
	sink.ssrc = ssrcs_choose(receiver, id);
	memcpy(sink.pt, control_stream(id)->pt, sizeof(sink.pt));
	table_set(&sfu_leg_counters, &sink.leg, &none);
	table_remove(&sfu_leg_reports, &sink.leg);
	if (table_set(&sfu_sinks, &key, &sink)) {
		pool_give(&pool_of_legs, sink.leg, 1);
		return NULL;
	}
	ssrcs_add(receiver, sink.ssrc, id);
	transports_change_user(0, sink.transport);
	return control_find_sink(receiver, id);
}

/* The result for a room: why a leg is missing, and the first such receiver. */
struct outcome {
	int err;
	__u32 unreachable; /* the receiver */
	bool kept; /* no route is known now: an old one is kept, if any */
};

/*
 * Writes the legs that a stream should have.  Returns their list, without
 * slots.
 */
static struct leg_list list_legs(__u32 id, struct outcome *o, struct leg *legs)
{
	const struct stream *s = control_stream(id);
	const struct sink *sink;
	bool encrypted = control_transport(s->transport)->encrypted;
	struct leg_list list = {};
	int err;

	each_member(receiver, s->room) {
		if (list.count == MAX_LEGS_PER_STREAM)
			break;
		//@todo 3.7 list_legs: skip the sender, and who does not want it
		//@stub		(void)ensure_sink;
		//@stub		sink = NULL;
		//@stub		break;
		if (receiver == s->participant)
			continue;
		sink = ensure_sink(receiver, id);
		if (!sink)
			o->err = -E2BIG;
		if (!sink || !control_destination(sink) ||
		    !(control_wants(receiver, s->participant) & s->kind))
			continue;
		//@end 3.7
		err = fill_leg(&legs[list.count], id, sink, &o->kept);
		if (!err) {
			outlive_add_leg(sink, id);
			append_leg(&list, legs,
				   fill_webrtc_leg(sink, &list) || encrypted);
		} else if (!o->err) {
			o->err = err;
			o->unreachable = receiver;
		}
	}
	return list;
}

static int compare(const void *a, const void *b)
{
	__u64 one = *(const __u64 *)a, other = *(const __u64 *)b;

	return (one > other) - (one < other);
}

/*
 * Legs that leave by one interface come to lie together, in their old order:
 * XDP makes copies for one interface in one go, and each change of it costs
 * another round (lab06).
 */
static void group_by_interface(struct leg *legs, __u32 count)
{
	static struct leg before[MAX_LEGS_PER_STREAM];
	static __u64 order[MAX_LEGS_PER_STREAM]; /* interface, then place */
	bool mixed = false;

	for (__u32 i = 0; i < count; i++) {
		order[i] = (__u64)legs[i].ifindex << 32 | i;
		mixed |= i && order[i] < order[i - 1];
	}
	if (!mixed)
		return;
	qsort(order, count, sizeof(*order), compare);
	memcpy(before, legs, count * sizeof(*legs));
	for (__u32 i = 0; i < count; i++)
		legs[i] = before[(__u32)order[i]];
}

/*
 * If so, there is no swap and no wait.  Most streams of a room stay the same.
 */
static bool same_legs(struct leg_list old, const struct leg *legs,
		      struct leg_list now)
{
	return old.count == now.count &&
	       old.in_user_space == now.in_user_space &&
	       !old.mapped == !now.mapped && !old.consent == !now.consent &&
	       !memcmp(control_legs(old), legs, now.count * sizeof(*legs));
}

/*
 * Swaps the list of a stream and retires the old one.  The store has release
 * order: a packet that sees the new word also sees the legs that it leads to.
 */
static void swap_legs(__u32 id, __u64 legs)
{
	struct stream *s = table_find(&sfu_streams, &id);
	struct leg_list old = leg_list(s->legs);

	//@todo 3.9 swap_legs: one store swaps the lists; the old one is retired
	//@stub	(void)old;
	//@stub	s->legs = legs;
	__atomic_store_n(&s->legs, legs, __ATOMIC_RELEASE);
	if (old.count)
		retire_slots(old);
	//@end 3.9
}

static void compile_stream(__u32 id, struct outcome *o)
{
	static struct leg legs[MAX_LEGS_PER_STREAM]; /* too large for a stack */
	struct leg_list now = list_legs(id, o, legs);
	long first = 0;

	group_by_interface(legs, now.count - now.in_user_space);
	compiled++;
	if (same_legs(leg_list(control_stream(id)->legs), legs, now))
		return;
	if (now.count)
		first = pool_take(&pool_of_slots, now.count);
	if (first < 0) {
		o->err = -E2BIG;
		return;
	}
	now.first = first;
	for (__u32 i = 0; i < now.count; i++) {
		__u32 slot = first + i;

		table_set(&sfu_legs, &slot, &legs[i]);
	}
	swap_legs(id, legs_word(now));
}

int compile_room(__u32 room, __u32 *unreachable, bool *again)
{
	struct outcome o = {};

	each_stream(id, room)
		compile_stream(id, &o);
	each_stream(id, room)
		o.kept |= !outlive_add_publisher(control_stream(id)->transport);
	*again = o.unreachable || o.kept;
	if (o.unreachable && !*unreachable)
		*unreachable = o.unreachable;
	return o.err;
}

void compile_remove_stream(__u32 id)
{
	swap_legs(id, 0);
	retire_stream(id);
}

__u64 control_compiled(void)
{
	return compiled;
}
