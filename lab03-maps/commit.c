// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Decides which rooms get new lists of legs, and whether at once or bit by bit.
 *
 *	a change in a room ------> dirty --> control_commit(), all of them
 *	no route to a receiver --> waiting --+
 *	a link, a route changed -> all ------+-> stale --> control_refresh(),
 *	                                                 as many as time allows
 */
#include "common/clock.h"
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

/* Rooms to compile at the next commit; the values mean nothing. */
static struct table dirty = TABLE_INIT("dirty", TABLE_HASH, __u32, __u8,
				       MAX_ROOMS * 2);

/* Rooms with a receiver that can't be reached, or only by its old route. */
static struct table waiting = TABLE_INIT("waiting", TABLE_HASH, __u32, __u8,
					 MAX_ROOMS * 2);

/* Rooms whose routes may have changed; control_refresh() compiles them. */
static struct table stale = TABLE_INIT("stale", TABLE_HASH, __u32, __u8,
				       MAX_ROOMS * 2);

static void mark(struct table *rooms, __u32 room)
{
	__u8 yes = 1;

	table_set(rooms, &room, &yes);
}

static void mark_all(struct table *rooms, const struct table *from)
{
	table_each(e, from)
		mark(rooms, table_id(e));
}

void commit_note_change(__u32 room)
{
	mark(&dirty, room);
}

/* Compiles a room, and notes whether it has to be compiled again. */
static int refresh_room(__u32 room, __u32 *unreachable)
{
	bool again;
	int err = compile_room(room, unreachable, &again);

	if (again)
		mark(&waiting, room);
	else
		table_remove(&waiting, &room);
	return err;
}

/* Goes on after an error: one lost receiver must not stop the other rooms. */
int control_commit(__u32 *unreachable)
{
	int err = 0, room_err;

	*unreachable = 0;
	table_each(e, &dirty) {
		room_err = refresh_room(table_id(e), unreachable);
		if (!err)
			err = room_err;
	}
	table_close(&dirty);
	route_cache_prune();
	reclaim_retired();
	return err;
}

bool control_has_unreachable(void)
{
	return table_count(&waiting);
}

void control_retry_unreachable(void)
{
	mark_all(&stale, &waiting);
}

void control_forget_routes(void)
{
	route_cache_expire();
	mark_all(&stale, &sfu_rooms);
}

/* Waits for packets once, at the end, for all that was retired on the way. */
bool control_refresh(int ms)
{
	__s64 until = clock_now_ms() + ms;
	__u32 room, unreachable = 0;

	table_each(e, &stale) {
		room = table_id(e);
		table_remove(&stale, &room);
		refresh_room(room, &unreachable);
		if (clock_now_ms() >= until)
			break;
	}
	if (table_count(&stale))
		return true;
	route_cache_prune();
	reclaim_retired();
	return false;
}

void commit_open(void)
{
	mark_all(&dirty, &sfu_rooms);
}

void commit_close(void)
{
	table_close(&dirty);
	table_close(&waiting);
	table_close(&stale);
}
