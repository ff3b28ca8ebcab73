// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the tables do not say at once, so that nobody has to walk through all
 * of them for one room:
 *
 *	name of a room -> its id
 *	room           -> participants, streams
 *	participant    -> endpoints
 *	endpoint       -> address and port
 *
 * It is made when the tables are opened, and kept beside them.
 */
#include <stdio.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/tables_internal.h"

struct id_lists index_members, index_streams;
static struct id_lists endpoints;

static struct table room_names = TABLE_INIT("room_names", TABLE_HASH,
					    struct room, __u32, MAX_ROOMS);
static struct table endpoint_keys = TABLE_INIT("endpoint_keys", TABLE_HASH,
					       __u32, struct endpoint_key,
					       2 * MAX_ENDPOINTS);

/* ---- rooms ------------------------------------------------------------ */

/* With zeros behind the name, as it lies in the table. */
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

/* ---- endpoints -------------------------------------------------------- */

int index_add_endpoint(const struct endpoint *endpoint,
		       const struct endpoint_key *key)
{
	int err = table_set(&endpoint_keys, &endpoint->id, key);

	if (err)
		return err;
	err = id_lists_add(&endpoints, endpoint->participant, endpoint->id);
	if (err)
		table_remove(&endpoint_keys, &endpoint->id);
	return err;
}

void index_remove_endpoint(const struct endpoint *endpoint)
{
	id_lists_remove(&endpoints, endpoint->participant, endpoint->id);
	table_remove(&endpoint_keys, &endpoint->id);
}

struct id_list index_endpoints_of(__u32 id)
{
	return id_lists_find(&endpoints, id);
}

const struct endpoint_key *index_endpoint_key(__u32 endpoint)
{
	return table_find(&endpoint_keys, &endpoint);
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

/* Whoever only looks may see the key of a stream that is just going. */
static int add_streams(void)
{
	int err = 0;

	table_each(e, &sfu_ssrcs) {
		const __u32 *id = table_value(e);
		const struct stream *s = control_stream(*id);

		if (s && !err)
			err = id_lists_add(&index_streams, s->room, *id);
	}
	table_each(e, &sfu_endpoints)
		err = err ?: index_add_endpoint(table_value(e), table_key(e));
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
	id_lists_close(&endpoints);
	table_close(&room_names);
	table_close(&endpoint_keys);
}
