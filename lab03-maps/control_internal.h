/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the parts of the control plane offer to each other only. */
#ifndef LAB03_CONTROL_INTERNAL_H
#define LAB03_CONTROL_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/types.h>

#include "lab03-maps/reclaim.h"

struct id_lists;
struct ip_addr;
struct room;
struct route;
struct leg;
struct sink;

/* transports.c: does a stream come over the IP version of a transport? */
bool control_same_ip_version(__u32 stream, __u32 transport);

/* control.c: a new number for a room, a participant or a transport. */
__u32 control_new_id(void);

/* Does the kernel forward?  Then legs need whole routes, and removals wait. */
bool control_in_kernel(void);

/* How long may a packet wait on its way along so many legs?  See plane.h. */
int64_t control_pause_ns(__u32 legs);

/* Is it printable ASCII without space, '/' or '"', with a NUL in size bytes? */
bool control_is_printable(const char *text, size_t size);

/* streams.c: removes all streams of a participant, with all their legs. */
void streams_remove_of(__u32 participant);

/* sinks.c: removes a receiver's end of one stream, or of all streams. */
void sinks_remove(__u32 receiver, __u32 stream);
void sinks_remove_of(__u32 receiver);

/* Removes what a participant wants of others, and what others want of it. */
void subscriptions_remove_of(__u32 participant);

/*
 * transports.c: to be opened after the tables, before anything is changed.
 * port: where media comes to, big-endian.
 */
int transports_open(__be16 port);
int transports_open_to_read(void); /* questions only */
void transports_close(void);

/* Removes all transports of a participant, for packets as well. */
void transports_remove_of(__u32 participant);

/* A sink had the transport `old` and has the transport `now`; 0: none. */
void transports_change_user(__u32 old, __u32 now);
void transports_close_unused(__u32 id);

/*
 * From now on id claims addresses of old by binding them; the other ends that.
 */
void transports_claim(__u32 id, __u32 old);
void transports_give_up_claims(__u32 id);

/* Is id coming back to take the place of `other`? */
bool control_replaces(__u32 id, __u32 other);

/* tables.c: all tables, from the pins in pin_dir or (NULL) in memory. */
int tables_open(const char *pin_dir);
void tables_close(void);

/*
 * layers.c: SSRCs of layers that nobody gets.  The list starts empty each time
 * the tables are opened, because whoever sends layers has to join anew then.
 */
void layers_open(void);
void layers_close(void);
void layers_remove_of(__u32 transport);

/*
 * index.c: finds participants and streams by their room, and rooms by name.  To
 * be opened after the tables, and kept in step with them.  0 or negative errno.
 */
extern struct id_lists index_members, index_streams; /* by room */

int index_open(void);
void index_close(void);
int index_add_room(__u32 id, const struct room *room);
void index_remove_room(const struct room *room);

/*
 * commit.c: marks a room, so that the next commit compiles its streams again.
 * After commit_open() all rooms are marked.
 */
void commit_open(void);
void commit_close(void);
void commit_note_change(__u32 room);

/*
 * compile.c: swaps the lists of a room's streams.  Errors as of
 * control_commit(); *unreachable is set if it was 0.  *again: a leg is left
 * out, or kept as it was, because there is no route to its receiver now.
 */
int compile_room(__u32 room, __u32 *unreachable, bool *again);

/* Removes the list of a stream that no packet can find any more. */
void compile_remove_stream(__u32 id);

/*
 * outlive.c: writes what RTCP needs while the server is gone.  The first for a
 * leg that is in force, the second before its sink goes or moves; the others
 * for the transport of a publisher.  False: there may be a way back to it soon,
 * so try again.
 */
void outlive_add_leg(const struct sink *sink, __u32 stream);
void outlive_remove_sink(const struct sink *sink, __u32 stream);
bool outlive_add_publisher(__u32 transport);
void outlive_remove_publisher(__u32 transport);
void outlive_open(void);

/*
 * route_cache.c: the route to a receiver, 0 or negative errno.  After expire()
 * the kernel is asked for each route again; prune() forgets unused ones.  look()
 * waits for no neighbour, and remembers no failure.
 */
int route_cache_find(const struct ip_addr *addr, struct route *route);
int route_cache_look(const struct ip_addr *addr, struct route *route);
void leg_set_route(struct leg *leg, const struct route *route);
void route_cache_expire(void);
void route_cache_prune(void);
void route_cache_close(void);

/* counters.c: adds the counters of a leg or stream that goes to the totals. */
void counters_retire_leg(__u32 stream, __u32 leg);
void counters_retire_stream(__u32 stream);

/* adopt.c: takes over what is in the tables; removes what was half done. */
void adopt_tables(void);

/*
 * ssrcs.c: notes that a participant sends a stream with this SSRC or was told
 * of it, or that this has ended.
 */
void ssrcs_add(__u32 participant, __be32 ssrc, __u32 stream);
void ssrcs_remove(__u32 participant, __be32 ssrc);

/*
 * The SSRC to tell a receiver: the publisher's, or a new one if it knows that.
 */
__be32 ssrcs_choose(__u32 receiver, __u32 stream);
void ssrcs_close(void);

#endif
