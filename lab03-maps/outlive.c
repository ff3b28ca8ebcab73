// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes what packets need to answer RTCP while the server is gone:
 *
 *	a leg is compiled	receiver's transport, its SSRC -> stream
 *	a sink goes or moves	that entry goes
 *	a room is compiled	publisher's transport -> the way back to it
 *	a transport goes	that entry goes
 *
 * Entries are added by a commit only, so the wait for what was removed before
 * comes once a commit.  A full table costs a repair, and no media: so it is no
 * error.
 */
#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/route.h"
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"
#include "lab03-maps/outlive.h"

void control_beat(void)
{
	__u32 index = 0;
	struct settings *s = table_find(&sfu_settings, &index);

	__atomic_store_n(&s->beat_ns, clock_now_ns(), __ATOMIC_RELAXED);
}

struct stream_feedback *control_feedback(__u32 stream)
{
	return control_stream(stream) ? table_find(&sfu_feedback, &stream) :
					NULL;
}

__u64 control_answered(enum rtcp_answer answer)
{
	__u32 index = answer;

	return *(const __u64 *)table_find(&sfu_answers, &index);
}

const char *control_answer_name(enum rtcp_answer answer)
{
	static const char *const names[ANSWER_COUNT] = {
		[ANSWER_KEYFRAME] = "keyframe", [ANSWER_EARLY] = "early",
		[ANSWER_NACK] = "nack",		[ANSWER_REPORT] = "report",
		[ANSWER_NONE] = "none",
	};

	return names[answer];
}

/*
 * Adds an entry to a hash that packets read, or replaces it by one step.  The
 * kernel uses the memory of a replaced one again.
 */
static void put(struct table *table, const void *key, const void *value)
{
	bool replaces = table_find(table, key);

	reclaim_wait_for_removed();
	if (!table_set(table, key, value) && replaces)
		reclaim_note_removal();
}

static void drop(struct table *table, const void *key)
{
	if (!table_remove(table, key))
		reclaim_note_removal();
}

/* ---- what receivers were told ------------------------------------------- */

static struct ssrc_key key_of(const struct sink *sink)
{
	return (struct ssrc_key){
		.transport = sink->transport,
		.ssrc = sink->ssrc,
	};
}

static bool is_told(const struct ssrc_key *key, __u32 stream)
{
	const __u32 *found = table_find(&sfu_told, key);

	return found && *found == stream;
}

void outlive_add_leg(const struct sink *sink, __u32 stream)
{
	struct ssrc_key key = key_of(sink);

	if (!control_transport(sink->transport)->encrypted &&
	    !is_told(&key, stream))
		put(&sfu_told, &key, &stream);
}

/* Somebody who comes back may have the SSRC of its old self: it stays then. */
void outlive_remove_sink(const struct sink *sink, __u32 stream)
{
	struct ssrc_key key = key_of(sink);

	if (is_told(&key, stream))
		drop(&sfu_told, &key);
}

/* ---- the way back to publishers ------------------------------------------ */

static bool leads_to(const struct leg *leg, const struct transport *t)
{
	return leg->dport == control_rtcp_port(t) &&
	       ip_addr_equal(&leg->daddr, &t->addr);
}

/* As with legs, an old way is better than none. */
static void set_way(__u32 id, const struct transport *t,
		    const struct route *route)
{
	const struct leg *old = table_find(&sfu_publishers, &id);
	struct leg leg = {
		.daddr = t->addr,
		.dport = control_rtcp_port(t),
	};

	if (!route) {
		if (old && !leads_to(old, t))
			drop(&sfu_publishers, &id);
		return;
	}
	leg_set_route(&leg, route);
	if (!old || memcmp(old, &leg, sizeof(leg)))
		put(&sfu_publishers, &id, &leg);
}

bool outlive_add_publisher(__u32 id)
{
	const struct transport *t = control_transport(id);
	struct route route = {};
	int err;

	if (!t || !t->port || t->encrypted)
		return true;
	/* As with legs, a route is needed only where the kernel forwards. */
	err = route_cache_look(&t->addr, &route);
	set_way(id, t, err && control_in_kernel() ? NULL : &route);
	return err != -ETIMEDOUT;
}

void outlive_remove_publisher(__u32 transport)
{
	drop(&sfu_publishers, &transport);
}

/* ---- opening ------------------------------------------------------------- */

/* A crash may have left entries of sinks that have moved, or are gone. */
static bool is_in_force(const struct ssrc_key *key, __u32 stream)
{
	const struct transport *t = control_transport(key->transport);
	const struct sink *sink = t ? control_find_sink(t->participant,
							stream) :
				      NULL;

	return sink && sink->transport == key->transport &&
	       sink->ssrc == key->ssrc;
}

void outlive_open(void)
{
	table_each(e, &sfu_told)
		if (!is_in_force(table_key(e), *(const __u32 *)table_value(e)))
			drop(&sfu_told, table_key(e));
	table_each(e, &sfu_publishers)
		if (!control_transport(table_id(e)))
			drop(&sfu_publishers, table_key(e));
}
