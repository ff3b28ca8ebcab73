/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the parts of the control plane say to each other, and no one else. */
#ifndef LAB03_CONTROL_INTERNAL_H
#define LAB03_CONTROL_INTERNAL_H

#include <stdbool.h>
#include <linux/types.h>

struct id_list;
struct id_lists;
struct plane;
struct room;
struct sink;

/* transports.c: does a stream come over the IP version of a transport? */
bool control_same_ip_version(__u32 stream, __u32 transport);

/* control.c: a number that nobody has. */
__u32 control_new_id(void);

/*
 * transports.c: to be opened when the tables are, before anything is changed.
 * port: where media comes to, big-endian.
 */
int transports_open(__be16 port);
void transports_close_all(void);

/* All transports of a participant, and what packets know of them, go. */
void transports_close(__u32 participant);

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
 * index.c: what is found by a room, and by its name.  To be opened when the
 * tables are, and kept beside them: 0 or negative errno.
 */
extern struct id_lists index_members, index_streams;	/* by room */

int index_open(void);
void index_close(void);
int index_add_room(__u32 id, const struct room *room);
void index_remove_room(const struct room *room);

/* compile.c: call after the tables are open. */
int compile_open(const struct plane *plane);
void compile_close(void);

/* The lists of a room's streams may have to change at the next commit. */
void compile_room(__u32 room);

/* A new stream: its id, or -ENOSPC. */
long compile_new_stream(void);

/*
 * A receiver's end is gone, or a stream with all its legs: whatever they
 * used is free for others once no packet can be reading it any more.
 */
void compile_retire_sink(__u32 stream, const struct sink *sink);
void compile_retire_stream(__u32 stream);

/*
 * ssrcs.c: a participant sends a stream with this SSRC, or was told of it, or
 * that is over.
 */
void ssrcs_add(__u32 participant, __be32 ssrc, __u32 stream);
void ssrcs_remove(__u32 participant, __be32 ssrc);

/* What a receiver is to be told: the publisher's, or one that is not known. */
__be32 ssrcs_choose(__u32 receiver, __u32 stream);
void ssrcs_close(void);

/*
 * To be called before a key is added to a hash that packets read.  The
 * kernel may put a new entry into the memory of a removed one at once,
 * while a packet still holds a pointer to it; this waits until none does.
 */
void compile_wait_for_removed(void);
void compile_note_removal(void);

#endif
