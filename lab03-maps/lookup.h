/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03, a part of control.h: questions to the tables.  A pointer that is
 * returned belongs to the tables, and is valid as long as the thing is there.
 * NULL or 0: there is no such thing.
 */
#ifndef LAB03_LOOKUP_H
#define LAB03_LOOKUP_H

#include <stdbool.h>

#include "lab03-maps/id_lists.h"
#include "lab03-maps/tables.h"

/* The name of the plane that forwards now, as `sfuctl mode` may change it. */
const char *control_plane(void);

const struct room *control_room(__u32 room);
const struct participant *control_participant(__u32 id);
const struct stream *control_stream(__u32 stream);
__u32 control_room_of(__u32 id);
__u32 control_find_room(const char *name);
__u32 control_find_participant(__u32 room, const char *name);
bool control_is_name(const char *name);
const struct sink *control_find_sink(__u32 id, __u32 stream);

/*
 * The stream that a participant was told of under this SSRC, or that it sends
 * itself; the latest, if there were several.  0: there is none.
 */
__u32 control_find_told(__u32 id, __be32 ssrc);

/* The participants of a room, and the streams of a room, the oldest first. */
struct id_list control_members(__u32 room);
struct id_list control_streams(__u32 room);

/* for each of their ids; nobody may come or go inside. */
#define each_member(id, room) id_list_each(id, control_members(room))
#define each_stream(id, room) id_list_each(id, control_streams(room))

/* for each struct leg of a struct leg_list. */
#define each_leg(l, list)                                                      \
	for (const struct leg *l = control_legs(list),                         \
			      *l##_end = l + (list).count;                     \
	     l < l##_end; l++)
const struct leg *control_legs(struct leg_list list);

/* What receiver wants of publisher: enum media_kind bits. */
__u32 control_wants(__u32 receiver, __u32 publisher);

/* What packets have counted for a stream so far; they go on counting. */
const struct stream_counters *control_counters(__u32 stream);

/*
 * The law of conservation, for tests and for /metrics: the copies due of every
 * stream that is or was, and what became of them.
 */
struct control_totals {
	__u64 packets;	      /* RTP packets of known streams */
	__u64 user_packets;   /* of these, forwarded by user space */
	__u64 shared_packets; /* of these, by the kernel and user space */
	__u64 copies;	      /* == sent + skipped + failed + stale */
	__u64 sent;
	__u64 skipped; /* payload types not taken, consent run out */
	__u64 failed;
	__u64 stale;
};
void control_totals(struct control_totals *out);

static inline __u64 packets_by_kernel(const struct control_totals *t)
{
	return t->packets - t->user_packets - t->shared_packets;
}

#endif
