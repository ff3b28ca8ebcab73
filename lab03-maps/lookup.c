// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Questions to the tables: who is there, what do they publish, and what does
 * each want of the others?
 *
 *	control_participant(id), ...	one entry of one table, or NULL
 *	control_wants()			an exception, else the default
 */
#include <string.h>

#include "lab03-maps/control.h"

const char *control_plane(void)
{
	__u32 index = 0;
	const struct settings *s = table_find(&sfu_settings, &index);

	return s->plane;
}

const struct room *control_room(__u32 room)
{
	return table_find(&sfu_rooms, &room);
}

const struct participant *control_participant(__u32 id)
{
	return table_find(&sfu_participants, &id);
}

__u32 control_room_of(__u32 id)
{
	const struct participant *p = control_participant(id);

	return p ? p->room : 0;
}

const struct stream *control_stream(__u32 stream)
{
	const struct stream *s = table_find(&sfu_streams, &stream);

	return s && s->participant ? s : NULL;
}

__u32 control_find_participant(__u32 room, const char *name)
{
	each_member(id, room)
		if (!strcmp(control_participant(id)->name, name))
			return id;
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
		.receiver = receiver,
		.publisher = publisher,
	};
	const struct subscription *s = table_find(&sfu_subscriptions, &key);
	const struct participant *p = control_participant(receiver);

	if (s)
		return s->wants;
	return p ? p->wants : 0;
}

const struct stream_counters *control_counters(__u32 stream)
{
	return table_find(&sfu_stream_counters, &stream);
}

const struct leg *control_legs(struct leg_list list)
{
	return table_find(&sfu_legs, &list.first);
}
