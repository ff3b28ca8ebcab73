// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Takes over the tables as they were found, and learns which numbers are taken.
 *
 *	streams --+-- whole -------- its id, its slots, its SSRC are taken
 *	          +-- half made ---- removed
 *	sinks ----+-- both ends ---- its leg's id, its SSRC are taken
 *	          +-- one end ------ removed
 *	transports ----------------- the ids of their consents are taken
 *
 * A crash in the middle of a change leaves something half made.  Every change
 * is a few writes to several tables, in an order by which it is recognised
 * here.
 */
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

/* A stream without its key was left by a crash in a publish or a leave. */
static bool stream_is_whole(__u32 id)
{
	const struct stream *s = control_stream(id);
	struct ssrc_key key;
	const __u32 *found;

	if (!control_participant(s->participant))
		return false;
	key = (struct ssrc_key){ .transport = s->transport, .ssrc = s->ssrc };
	found = table_find(&sfu_ssrcs, &key);
	return found && *found == id;
}

static void adopt_streams(void)
{
	struct stream none = {};
	struct leg_list legs;

	for (__u32 id = 1; id < MAX_STREAMS; id++) {
		if (!control_stream(id))
			continue;
		if (!stream_is_whole(id)) {
			table_set(&sfu_streams, &id, &none);
			continue;
		}
		legs = leg_list(control_stream(id)->legs);
		pool_reserve(&pool_of_streams, id, 1);
		pool_reserve(&pool_of_slots, legs.first, legs.count);
		ssrcs_add(control_stream(id)->participant,
			  control_stream(id)->ssrc, id);
	}
	table_each(e, &sfu_ssrcs)
		if (!control_stream(*(const __u32 *)table_value(e)))
			table_remove(&sfu_ssrcs, table_key(e));
}

static void adopt_sinks(void)
{
	table_each(e, &sfu_sinks) {
		const struct sink_key *key = table_key(e);
		const struct sink *sink = table_value(e);

		if (!control_stream(key->stream) ||
		    !control_participant(key->receiver)) {
			table_remove(&sfu_sinks, key);
			continue;
		}
		pool_reserve(&pool_of_legs, sink->leg, 1);
		ssrcs_add(key->receiver, sink->ssrc, key->stream);
	}
}

static void adopt_consents(void)
{
	table_each(e, &sfu_transports) {
		const struct transport *t = table_value(e);

		pool_reserve(&pool_of_consents, t->consent, 1);
	}
}

void adopt_tables(void)
{
	adopt_consents();
	adopt_streams();
	adopt_sinks();
}
