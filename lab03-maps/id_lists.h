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
	struct id_list_entry *lists;	/* private; starts as NULL */
};

/* In the order in which they were added. */
struct id_list {
	const __u32 *ids;
	__u32 count;
};

/* Adds an id, which must not be in the list, behind the others: 0, -ENOMEM. */
int id_lists_add(struct id_lists *lists, __u32 of, __u32 id);

/* What is not there is no mistake. */
void id_lists_remove(struct id_lists *lists, __u32 of, __u32 id);

/* Belongs to the lists, and is valid until this list is changed. */
struct id_list id_lists_find(const struct id_lists *lists, __u32 of);

void id_lists_close(struct id_lists *lists);

#endif
