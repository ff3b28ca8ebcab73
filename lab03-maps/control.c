// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opens the tables, and lets participants come and go.
 *
 *	control_join()		room (made if need be) <- participant
 *	control_return()	the same, to take the place of an old one
 *	control_leave()		transports, streams, sinks, subscriptions,
 *				the participant, and the room if it is empty
 *
 * transports.c, streams.c and sinks.c do what a participant asks for while it
 * is there.  commit.c and compile.c put that into force for packets.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static const struct plane *plane; /* of control_open(); NULL: none so far */

/* Then packets read the tables while we change them. */
bool control_in_kernel(void)
{
	return plane && plane->kernel;
}

int64_t control_pause_ns(__u32 legs)
{
	return plane && plane->pause_ns ? plane->pause_ns(legs) : 0;
}

static struct settings *settings(void)
{
	__u32 index = 0;

	return table_find(&sfu_settings, &index);
}

/* ---- opening ---------------------------------------------------------- */

/* Sets up tables that nobody has used yet; others must fit. */
static int check_settings(__be16 media_port)
{
	struct settings *s = settings();

	if (!s->version) {
		s->version = TABLES_VERSION;
		s->media_port = media_port;
	}
	if (s->version != TABLES_VERSION || s->media_port != media_port)
		return -ESTALE;
	return 0;
}

int control_open(const struct plane *p, const char *pin_dir, __be16 port)
{
	int err = tables_open(p->kernel ? pin_dir : NULL);

	if (err)
		return err;
	plane = p;
	err = check_settings(port);
	if (!err && !plane->kernel)
		strncpy(settings()->plane, plane->name,
			sizeof(settings()->plane) - 1);
	err = err ?: reclaim_open();
	if (!err) {
		adopt_tables();
		layers_open();
	}
	err = err ?: index_open();
	err = err ?: transports_open(port);
	if (err) {
		control_close();
	} else {
		outlive_open();
		commit_open();
	}
	return err;
}

int control_open_to_read(const char *pin_dir)
{
	int err = tables_open(pin_dir);

	/* Version 0: nobody has used the tables yet. */
	if (!err && settings()->version &&
	    settings()->version != TABLES_VERSION)
		err = -ESTALE;
	err = err ?: index_open();
	err = err ?: transports_open_to_read();
	if (err)
		control_close();
	return err;
}

void control_close(void)
{
	commit_close();
	route_cache_close();
	ssrcs_close();
	reclaim_close();
	transports_close();
	layers_close();
	index_close();
	tables_close();
}

/* ---- rooms and participants ------------------------------------------- */

bool control_is_printable(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)text[i]) || strchr("/\"", text[i]))
			return false;
	return length < size;
}

/* "." and ".." cannot be names, because clients remove them from a URL. */
bool control_is_name(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") &&
	       control_is_printable(name, MAX_NAME);
}

/*
 * Rooms, participants and transports share one sequence of numbers.  After the
 * largest it starts again, and skips numbers that are in use.
 */
__u32 control_new_id(void)
{
	__u32 *last = &settings()->last_id;

	do
		++*last;
	while (!*last || control_room(*last) || control_participant(*last) ||
	       control_transport(*last));
	return *last;
}

static int add_room(const char *name, __u32 *id)
{
	struct room room = {};
	int err;

	snprintf(room.name, sizeof(room.name), "%s", name);
	*id = control_new_id();
	err = table_set(&sfu_rooms, id, &room);
	if (err)
		return err;
	err = index_add_room(*id, &room);
	if (err)
		table_remove(&sfu_rooms, id);
	return err;
}

static int add_participant(__u32 room, const char *name, __u32 *id)
{
	struct participant p = { .room = room, .wants = MEDIA_ALL };
	int err;

	snprintf(p.name, sizeof(p.name), "%s", name);
	*id = control_new_id();
	err = table_set(&sfu_participants, id, &p);
	if (err)
		return err;
	err = id_lists_add(&index_members, room, *id);
	if (err)
		table_remove(&sfu_participants, id);
	return err;
}

/* Takes participants off the room's list that are not in the table any more. */
static void forget_who_left(__u32 room)
{
	struct id_list members = control_members(room);

	for (__u32 i = members.count; i--;)
		if (!control_participant(members.ids[i]))
			id_lists_remove(&index_members, room, members.ids[i]);
}

static void drop_room_if_empty(__u32 room)
{
	forget_who_left(room);
	if (control_members(room).count || !control_room(room))
		return;
	index_remove_room(control_room(room));
	table_remove(&sfu_rooms, &room);
}

int control_join(const char *room_name, const char *name, __u32 room_limit,
		 __u32 *id)
{
	__u32 room;
	int err = 0;

	if (!control_is_name(room_name) || !control_is_name(name))
		return -EINVAL;
	room = control_find_room(room_name);
	if (room && control_find_participant(room, name))
		return -EEXIST;
	/* A list of legs must have room for all the others. */
	if (room_limit > MAX_LEGS_PER_STREAM + 1)
		room_limit = MAX_LEGS_PER_STREAM + 1;
	if (room && control_members(room).count >= room_limit)
		return -ENOSPC;
	if (!room)
		err = add_room(room_name, &room);
	if (!err)
		err = add_participant(room, name, id);
	if (err)
		drop_room_if_empty(room);
	else
		commit_note_change(room);
	return err;
}

int control_return(__u32 old, __u32 *id)
{
	const struct participant *p = control_participant(old);
	__u32 room;
	int err;

	if (!p)
		return -ENOENT;
	room = p->room;
	err = add_participant(room, p->name, id);
	if (err)
		return err;
	transports_claim(*id, old);
	commit_note_change(room);
	return 0;
}

int control_leave(__u32 id)
{
	__u32 room = control_room_of(id);

	if (!room)
		return -ENOENT;
	transports_give_up_claims(id);
	//@todo 3.8 control_leave: whatever it had goes, in the right order
	transports_remove_of(id);
	streams_remove_of(id);
	sinks_remove_of(id);
	subscriptions_remove_of(id);
	table_remove(&sfu_participants, &id);
	drop_room_if_empty(room);
	//@end 3.8
	forget_who_left(room);
	commit_note_change(room);
	return 0;
}
