// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Questions to the tables: who is there, what do they publish, and who wants
 * what of whom?
 *
 *	control_participant(id), ...	one entry of one table, or NULL
 *	control_wants()			an exception, else what is usual
 *	control_streams_for(), _of()	a list that stays while the room changes
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab03-maps/control.h"

const struct room *control_room(__u32 room)
{
	return table_find(&sfu_rooms, &room);
}

const struct participant *control_participant(__u32 id)
{
	return table_find(&sfu_participants, &id);
}

const struct stream *control_stream(__u32 stream)
{
	const struct stream *s = table_find(&sfu_streams, &stream);

	return s && s->participant ? s : NULL;
}

__u32 control_find_participant(__u32 room, const char *name)
{
	struct id_list members = control_members(room);

	for (__u32 i = 0; i < members.count; i++)
		if (!strcmp(control_participant(members.ids[i])->name, name))
			return members.ids[i];
	return 0;
}

const struct sink *control_find_sink(__u32 id, __u32 stream)
{
	struct sink_key key = { .receiver = id, .stream = stream };

	return table_find(&sfu_sinks, &key);
}

const struct transport *control_destination(const struct sink *sink)
{
	const struct transport *t = control_transport(sink->transport);

	return t && t->port ? t : NULL;
}

__u32 control_wants(__u32 receiver, __u32 publisher)
{
	struct subscription_key key = {
		.receiver = receiver, .publisher = publisher,
	};
	const struct subscription *s = table_find(&sfu_subscriptions, &key);
	const struct participant *p = control_participant(receiver);

	if (s)
		return s->wants;
	return p ? p->wants : 0;
}

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* The streams of a room that id publishes (own), or that the others do. */
static int list_streams(__u32 id, bool own, struct stream_ids *out)
{
	const struct participant *me = control_participant(id);
	struct id_list all = control_streams(me ? me->room : 0);

	out->count = 0;
	out->ids = calloc(all.count + 1, sizeof(*out->ids));
	if (!out->ids)
		return -ENOMEM;
	for (__u32 i = 0; i < all.count; i++) {
		const struct stream *s = control_stream(all.ids[i]);

		/* Who only looks may see a stream that is just going. */
		if (s && (s->participant == id) == own)
			out->ids[out->count++] = all.ids[i];
	}
	qsort(out->ids, out->count, sizeof(*out->ids), compare_ids);
	return 0;
}

int control_streams_for(__u32 id, struct stream_ids *out)
{
	return list_streams(id, false, out);
}

int control_streams_of(__u32 id, struct stream_ids *out)
{
	return list_streams(id, true, out);
}
