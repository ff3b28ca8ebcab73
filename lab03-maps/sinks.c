// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A sink says by which transport a receiver takes a stream of its room.  A
 * subscription says whether it wants the stream at all.
 *
 *	stream ----> sink ----> transport of the receiver, or none yet
 *	               |
 *	           wanted? ---> a leg (compile.c)
 *
 * compile.c makes a sink when it first meets a stream and a receiver of one
 * room.  It follows the receiver's default until control_set_sink() says more.
 */
#include <errno.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

void sinks_remove(__u32 receiver, __u32 stream)
{
	struct sink_key key = { .receiver = receiver, .stream = stream };
	struct sink *sink = table_find(&sfu_sinks, &key);

	if (!sink)
		return;
	outlive_remove_sink(sink, stream);
	ssrcs_remove(receiver, sink->ssrc);
	retire_leg(stream, sink->leg);
	transports_change_user(sink->transport, 0);
	table_remove(&sfu_sinks, &key);
}

void sinks_remove_of(__u32 receiver)
{
	each_stream(stream, control_room_of(receiver))
		sinks_remove(receiver, stream);
}

static bool is_of(__u32 transport, __u32 participant)
{
	const struct transport *t = control_transport(transport);

	return t && t->participant == participant;
}

/* Takes over the caller's sink, except its ssrc and leg, which are ours. */
static int set_sink(const struct sink_key *key, const struct sink *old,
		    struct sink sink)
{
	__u32 before = old->transport;
	int err;

	if (before != sink.transport)
		outlive_remove_sink(old, key->stream);
	sink.leg = old->leg;
	sink.ssrc = old->ssrc;
	err = table_set(&sfu_sinks, key, &sink);
	if (!err)
		transports_change_user(before, sink.transport);
	return err;
}

static int move_default_sink(__u32 receiver, __u32 stream, __u32 transport)
{
	struct sink_key key = { .receiver = receiver, .stream = stream };
	const struct sink *old = table_find(&sfu_sinks, &key);
	struct sink sink;

	if (!old || old->mline != NO_MLINE)
		return 0;
	sink = *old;
	sink.transport = transport;
	return set_sink(&key, old, sink);
}

static int move_default_sinks(__u32 id, __u32 transport)
{
	int err = 0;

	each_stream(stream, control_room_of(id))
		err = err ?: move_default_sink(id, stream, transport);
	return err;
}

int control_set_address(__u32 id, const struct ip_addr *addr, __be16 port)
{
	struct participant p;
	__u32 transport, before;
	int err;

	if (!control_participant(id))
		return -ENOENT;
	err = control_direct(id, addr, port, &transport);
	if (err)
		return err;
	p = *control_participant(id);
	before = p.transport;
	p.transport = transport;
	err = table_set(&sfu_participants, &id, &p);
	if (err) {
		transports_close_unused(transport);
		return err;
	}
	transports_change_user(before, transport);
	commit_note_change(p.room);
	return move_default_sinks(id, transport);
}

int control_set_sink(__u32 id, __u32 stream, const struct sink *sink)
{
	struct sink_key key = { .receiver = id, .stream = stream };
	const struct sink *old = table_find(&sfu_sinks, &key);
	int err;

	if (!old || (sink->transport && !is_of(sink->transport, id)))
		return -ENOENT;
	commit_note_change(control_room_of(id));
	if (sink->transport &&
	    !control_same_ip_version(stream, sink->transport))
		err = -EAFNOSUPPORT;
	else
		err = set_sink(&key, old, *sink);
	if (err)
		transports_close_unused(sink->transport);
	return err;
}

static int set_default_wants(__u32 id, __u32 wants)
{
	struct participant p = *control_participant(id);

	p.wants = wants;
	return table_set(&sfu_participants, &id, &p);
}

int control_subscribe(__u32 id, __u32 publisher, __u32 wants)
{
	struct subscription_key key = { .receiver = id,
					.publisher = publisher };
	struct subscription value = { .wants = wants };
	const struct participant *p = control_participant(id);
	const struct participant *from = control_participant(publisher);

	if (!p || (publisher && (!from || from->room != p->room)))
		return -ENOENT;
	if (wants & ~MEDIA_ALL || id == publisher)
		return -EINVAL;
	commit_note_change(p->room);
	if (!publisher)
		return set_default_wants(id, wants);
	return table_set(&sfu_subscriptions, &key, &value);
}

void subscriptions_remove_of(__u32 participant)
{
	each_member(other, control_room_of(participant)) {
		struct subscription_key key = { participant, other };

		table_remove(&sfu_subscriptions, &key);
		key = (struct subscription_key){ other, participant };
		table_remove(&sfu_subscriptions, &key);
	}
}
