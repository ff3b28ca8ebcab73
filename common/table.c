// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
/* Out of memory is an error of ours to report, not a reason to exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/table.h"

struct table_entry {
	UT_hash_handle hh;
	void *value;		/* behind the key, in the same allocation */
	char key[];
};

static size_t align8(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static size_t array_bytes(const struct table *t)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t bytes = align8(t->value_size) * t->max_entries;

	return (bytes + page - 1) / page * page;
}

static int open_array(struct table *t)
{
	int flags = t->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	t->values = mmap(NULL, array_bytes(t), PROT_READ | PROT_WRITE, flags,
			 t->fd, 0);
	if (t->values != MAP_FAILED)
		return 0;
	t->values = NULL;
	return -errno;
}

static struct table_entry *new_entry(const struct table *t, const void *key,
				     const void *value)
{
	size_t value_at = align8(t->key_size);
	struct table_entry *e = malloc(sizeof(*e) + value_at + t->value_size);

	if (!e)
		return NULL;
	memcpy(e->key, key, t->key_size);
	e->value = e->key + value_at;
	memcpy(e->value, value, t->value_size);
	return e;
}

static struct table_entry *find_entry(const struct table *t, const void *key)
{
	struct table_entry *e;

	HASH_FIND(hh, t->entries, key, t->key_size, e);
	return e;
}

static int add_entry(struct table *t, const void *key, const void *value)
{
	struct table_entry *e = new_entry(t, key, value);

	if (!e)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, t->entries, e->key, t->key_size, e);
	if (find_entry(t, key) == e)
		return 0;
	free(e);
	return -ENOMEM;
}

static void drop_entry(struct table *t, struct table_entry *e)
{
	HASH_DEL(t->entries, e);
	free(e);
}

/* Ids grow, so this is the order in which the entries were once added. */
static int by_first_id(struct table_entry *a, struct table_entry *b)
{
	__u32 x, y;

	memcpy(&x, a->key, sizeof(x));
	memcpy(&y, b->key, sizeof(y));
	return x < y ? -1 : x > y;
}

static int load_hash(struct table *t)
{
	char key[64], value[256];
	void *previous = NULL;
	int err = 0;

	if (t->key_size > sizeof(key) || t->value_size > sizeof(value))
		return -EINVAL;
	while (!err && !bpf_map_get_next_key(t->fd, previous, key)) {
		previous = key;
		if (!bpf_map_lookup_elem(t->fd, key, value))
			err = add_entry(t, key, value);
	}
	HASH_SORT(t->entries, by_first_id);
	return err;
}

int table_open(struct table *t, int map_fd)
{
	t->fd = map_fd;
	if (t->kind == TABLE_ARRAY)
		return open_array(t);
	return map_fd < 0 ? 0 : load_hash(t);
}

void table_close(struct table *t)
{
	table_each(e, t)
		drop_entry(t, e);
	if (t->values)
		munmap(t->values, array_bytes(t));
	t->values = NULL;
	t->fd = -1;
}

static void *find_slot(const struct table *t, const void *key)
{
	__u32 index;

	memcpy(&index, key, sizeof(index));
	if (index >= t->max_entries || !t->values)
		return NULL;
	return (char *)t->values + align8(t->value_size) * index;
}

void *table_find(const struct table *t, const void *key)
{
	struct table_entry *e;

	if (t->kind == TABLE_ARRAY)
		return find_slot(t, key);
	e = find_entry(t, key);
	return e ? e->value : NULL;
}

static int set_slot(struct table *t, const void *key, const void *value)
{
	void *slot = find_slot(t, key);

	if (!slot)
		return -E2BIG;
	memcpy(slot, value, t->value_size);
	return 0;
}

/*
 * The kernel's copy first: if it refuses, ours has not changed either.
 * For a packet the new value replaces the old one in a single step.
 */
int table_set(struct table *t, const void *key, const void *value)
{
	struct table_entry *e;

	if (t->kind == TABLE_ARRAY)
		return set_slot(t, key, value);
	e = find_entry(t, key);
	if (!e && HASH_COUNT(t->entries) >= t->max_entries)
		return -E2BIG;
	if (t->fd >= 0 && bpf_map_update_elem(t->fd, key, value, BPF_ANY))
		return -errno;
	if (!e)
		return add_entry(t, key, value);
	memcpy(e->value, value, t->value_size);
	return 0;
}

int table_remove(struct table *t, const void *key)
{
	struct table_entry *e = find_entry(t, key);

	if (!e)
		return -ENOENT;
	if (t->fd >= 0 && bpf_map_delete_elem(t->fd, key) && errno != ENOENT)
		return -errno;
	drop_entry(t, e);
	return 0;
}

__u32 table_count(const struct table *t)
{
	return HASH_COUNT(t->entries);
}

struct table_entry *table_next(const struct table *t,
			       const struct table_entry *e)
{
	return e ? e->hh.next : t->entries;
}

const void *table_key(const struct table_entry *e)
{
	return e->key;
}

const void *table_value(const struct table_entry *e)
{
	return e->value;
}
