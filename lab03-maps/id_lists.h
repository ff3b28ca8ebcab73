/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lists of ids, each found by an id: for example the participants of a room, or
 * its streams.  Adding costs one step, and removing as many as the list is
 * long.  The number of lists does not matter.
 */
#ifndef LAB03_ID_LISTS_H
#define LAB03_ID_LISTS_H

#include <linux/types.h>

struct id_list_entry;

struct id_lists {
	struct id_list_entry *lists; /* private; starts as NULL */
};

/* Ids in the order in which they were added.  No id is 0; a 0 ends the list. */
struct id_list {
	const __u32 *ids;
	__u32 count;
};

/* for each id of a list, which must not change inside. */
#define id_list_each(id, list)                                                 \
	for (__u32 id, *id##_at = (__u32 *)(list).ids; (id = *id##_at);        \
	     id##_at++)

/* Appends an id, which must not be in the list yet.  Returns 0 or -ENOMEM. */
int id_lists_add(struct id_lists *lists, __u32 of, __u32 id);

/* Does nothing if the id is not in the list. */
void id_lists_remove(struct id_lists *lists, __u32 of, __u32 id);

/*
 * One of the lists, or an empty one.  It belongs to `lists`, and is valid until
 * that list is changed.
 */
struct id_list id_lists_find(const struct id_lists *lists, __u32 of);

void id_lists_close(struct id_lists *lists);

#endif
