// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A hash from an id to a list of ids:
 *
 *	room 7 --> [ 12 | 15 | 31 | 0 ]		members of room 7
 *
 * An empty list is freed at once, because rooms come and go all day.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "lab03-maps/id_lists.h"

#define FIRST_CAPACITY 4

/* A list; never an empty one. */
struct id_list_entry {
	__u32 of;
	__u32 *ids;
	__u32 count, capacity;
	UT_hash_handle hh;
};

static struct id_list_entry *find(const struct id_lists *lists, __u32 of)
{
	struct id_list_entry *list;

	HASH_FIND(hh, lists->lists, &of, sizeof(of), list);
	return list;
}

static void drop(struct id_lists *lists, struct id_list_entry *list)
{
	HASH_DEL(lists->lists, list);
	free(list->ids);
	free(list);
}

static struct id_list_entry *make(struct id_lists *lists, __u32 of)
{
	struct id_list_entry *list = calloc(1, sizeof(*list));

	if (!list)
		return NULL;
	list->of = of;
	HASH_ADD(hh, lists->lists, of, sizeof(list->of), list);
	return list;
}

static int grow(struct id_list_entry *list)
{
	__u32 capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
	__u32 *ids = reallocarray(list->ids, capacity, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	list->ids = ids;
	list->capacity = capacity;
	return 0;
}

int id_lists_add(struct id_lists *lists, __u32 of, __u32 id)
{
	struct id_list_entry *list = find(lists, of) ?: make(lists, of);

	if (!list)
		return -ENOMEM;
	if (list->count + 1 >= list->capacity && grow(list)) {
		if (!list->count)
			drop(lists, list);
		return -ENOMEM;
	}
	list->ids[list->count++] = id;
	list->ids[list->count] = 0;
	return 0;
}

void id_lists_remove(struct id_lists *lists, __u32 of, __u32 id)
{
	struct id_list_entry *list = find(lists, of);
	__u32 at = 0;

	while (list && at < list->count && list->ids[at] != id)
		at++;
	if (!list || at == list->count)
		return;
	/* This moves the 0 at the end, too. */
	memmove(list->ids + at, list->ids + at + 1,
		(list->count - at) * sizeof(*list->ids));
	list->count--;
	if (!list->count)
		drop(lists, list);
}

struct id_list id_lists_find(const struct id_lists *lists, __u32 of)
{
	static const __u32 none;
	const struct id_list_entry *list = find(lists, of);

	return list ? (struct id_list){ list->ids, list->count } :
		      (struct id_list){ &none, 0 };
}

void id_lists_close(struct id_lists *lists)
{
	struct id_list_entry *list, *next;

	HASH_ITER(hh, lists->lists, list, next)
		drop(lists, list);
}
