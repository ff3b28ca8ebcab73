/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lists of ids, each found by an id: who is in a room, what is published
 * there.  To add costs one step, to remove as many as the list is long; how
 * many lists there are does not matter.
 */
#ifndef LAB03_ID_LISTS_H
#define LAB03_ID_LISTS_H

#include <linux/types.h>

struct id_list_entry;

struct id_lists {
	struct id_list_entry *lists; /* private; starts as NULL */
};

/* In the order in which they were added; ids are not 0, and end with a 0. */
struct id_list {
	const __u32 *ids;
	__u32 count;
};

/* for each id of a list, which must not change inside. */
#define id_list_each(id, list)                                                 \
	for (__u32 id, *id##_at = (__u32 *)(list).ids; (id = *id##_at);        \
	     id##_at++)

/* Adds an id, which must not be in the list, behind the others: 0, -ENOMEM. */
int id_lists_add(struct id_lists *lists, __u32 of, __u32 id);

/* What is not there is no mistake. */
void id_lists_remove(struct id_lists *lists, __u32 of, __u32 id);

/*
 * One of the lists, or an empty one.  It belongs to all of them, and is valid
 * until it is changed.
 */
struct id_list id_lists_find(const struct id_lists *lists, __u32 of);

void id_lists_close(struct id_lists *lists);

#endif
