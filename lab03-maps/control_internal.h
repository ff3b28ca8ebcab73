/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the parts of the control plane say to each other, and no one else. */
#ifndef LAB03_CONTROL_INTERNAL_H
#define LAB03_CONTROL_INTERNAL_H

#include <stdbool.h>
#include <linux/types.h>

#include "lab03-maps/reclaim.h"

struct id_lists;
struct ip_addr;
struct room;
struct route;

/* transports.c: does a stream come over the IP version of a transport? */
bool control_same_ip_version(__u32 stream, __u32 transport);

/* control.c: a number that nobody has. */
__u32 control_new_id(void);

/* Do packets run beside us?  Then legs need whole routes, and removals wait. */
bool control_in_kernel(void);

/* Is it ASCII without space, '/' or '"', and a NUL within size bytes? */
bool control_is_printable(const char *text, size_t size);

/* streams.c: all that a participant publishes goes, with all its legs. */
void streams_remove_of(__u32 participant);

/* sinks.c: a receiver's end of one stream goes; of all streams. */
void sinks_remove(__u32 receiver, __u32 stream);
void sinks_remove_of(__u32 receiver);

/* What a participant wants of others goes, and what others want of it. */
void subscriptions_remove_of(__u32 participant);

/*
 * transports.c: to be opened when the tables are, before anything is changed.
 * port: where media comes to, big-endian.
 */
int transports_open(__be16 port);
int transports_open_to_read(void); /* questions only */
void transports_close(void);

/* All transports of a participant, and what packets know of them, go. */
void transports_remove_of(__u32 participant);

/* A receiver's end had one transport and has another one now; 0: none. */
void transports_change_user(__u32 old, __u32 now);
void transports_close_unused(__u32 id);

/* From now on id claims the addresses that it binds from old; or no more. */
void transports_claim(__u32 id, __u32 old);
void transports_give_up_claims(__u32 id);

/* Is that one coming back to take the other one's place? */
bool control_replaces(__u32 id, __u32 other);

/* tables.c: all tables, from the pins in pin_dir or (NULL) in memory. */
int tables_open(const char *pin_dir);
void tables_close(void);

/*
 * layers.c: SSRCs of layers that nobody gets.  Whoever sends them joins anew
 * when the tables are opened again, so that they begin empty.
 */
void layers_open(void);
void layers_close(void);
void layers_remove_of(__u32 transport);

/*
 * index.c: what is found by a room, and by its name.  To be opened when the
 * tables are, and kept beside them: 0 or negative errno.
 */
extern struct id_lists index_members, index_streams; /* by room */

int index_open(void);
void index_close(void);
int index_add_room(__u32 id, const struct room *room);
void index_remove_room(const struct room *room);

/*
 * commit.c: the lists of a room's streams may have to change at the next
 * commit; at first, those of all rooms.
 */
void commit_open(void);
void commit_close(void);
void commit_note_change(__u32 room);

/*
 * compile.c: swaps the lists of a room's streams.  Errors as of
 * control_commit(); *unreachable is set if it was 0.  *again: a leg is left
 * out, or kept as it was, because there is no way to its receiver now.
 */
int compile_room(__u32 room, __u32 *unreachable, bool *again);

/* A stream goes, with its list: nobody can find it any more. */
void compile_remove_stream(__u32 id);

/*
 * route_cache.c: the route to a receiver: 0 or negative errno.  expire(): all
 * are to be asked for again; prune(): forgets those that are of no use.
 */
int route_cache_find(const struct ip_addr *addr, struct route *route);
void route_cache_expire(void);
void route_cache_prune(void);
void route_cache_close(void);

/* counters.c: what a leg, a stream has counted stays in the totals. */
void counters_retire_leg(__u32 stream, __u32 leg);
void counters_retire_stream(__u32 stream);

/* adopt.c: takes over what is in the tables, and removes what is half made. */
void adopt_tables(void);

/*
 * ssrcs.c: a participant sends a stream with this SSRC, or was told of it, or
 * that is over.
 */
void ssrcs_add(__u32 participant, __be32 ssrc, __u32 stream);
void ssrcs_remove(__u32 participant, __be32 ssrc);

/* What a receiver is to be told: the publisher's, or one that is not known. */
__be32 ssrcs_choose(__u32 receiver, __u32 stream);
void ssrcs_close(void);

#endif
