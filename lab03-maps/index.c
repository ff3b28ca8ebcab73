// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An index of what the tables cannot answer at once, so that nobody has to walk
 * through all entries for one room:
 *
 *	name of a room -> its id
 *	room           -> participants, streams
 *
 * It is made when the tables are opened, and changed with them.
 */
#include <stdio.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

struct id_lists index_members, index_streams;

static struct table room_names = TABLE_INIT("room_names", TABLE_HASH,
					    struct room, __u32, MAX_ROOMS);
/* ---- rooms ------------------------------------------------------------ */

/* A key is compared byte by byte, so there must be zeros behind the name. */
static struct room room_key(const char *name)
{
	struct room room = {};

	snprintf(room.name, sizeof(room.name), "%s", name);
	return room;
}

int index_add_room(__u32 id, const struct room *room)
{
	struct room key = room_key(room->name);

	return table_set(&room_names, &key, &id);
}

void index_remove_room(const struct room *room)
{
	struct room key = room_key(room->name);

	table_remove(&room_names, &key);
}

__u32 control_find_room(const char *name)
{
	struct room key = room_key(name);
	const __u32 *id = table_find(&room_names, &key);

	return id && !strcmp(key.name, name) ? *id : 0;
}

/* ---- lists ------------------------------------------------------------- */

struct id_list control_members(__u32 room)
{
	return id_lists_find(&index_members, room);
}

struct id_list control_streams(__u32 room)
{
	return id_lists_find(&index_streams, room);
}

/* ---- opening ---------------------------------------------------------- */

static int add_rooms(void)
{
	int err = 0;

	table_each(e, &sfu_rooms)
		err = err ?: index_add_room(table_id(e), table_value(e));
	table_each(e, &sfu_participants) {
		const struct participant *p = table_value(e);

		err = err ?: id_lists_add(&index_members, p->room, table_id(e));
	}
	return err;
}

/* A reader without the lock may see the key of a stream in its removal. */
static int add_streams(void)
{
	int err = 0;

	table_each(e, &sfu_ssrcs) {
		const __u32 *id = table_value(e);
		const struct stream *s = control_stream(*id);

		if (s && !err)
			err = id_lists_add(&index_streams, s->room, *id);
	}
	return err;
}

int index_open(void)
{
	int err = add_rooms();

	return err ?: add_streams();
}

void index_close(void)
{
	id_lists_close(&index_members);
	id_lists_close(&index_streams);
	table_close(&room_names);
}
