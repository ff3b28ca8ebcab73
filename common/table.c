// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Over a BPF map the table keeps a copy in memory (hash) or shares the map's
 * memory (array). Plain memory serves the same interface, so that the control
 * plane and its tests run without root.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
/* Out of memory is an error of ours to report, not a reason to exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/table.h"

#define FIRST_BATCH 1024 /* entries */

struct table_entry {
	UT_hash_handle hh;
	void *value; /* behind the key, in the same allocation */
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

/* Entries of a map, on their way into a table. */
struct batch {
	char *keys, *values;
	__u32 room;
	__u32 bucket; /* where the kernel goes on */
};

static int grow_batch(const struct table *t, struct batch *b)
{
	__u32 room = b->room ? 2 * b->room : FIRST_BATCH;
	char *keys = realloc(b->keys, (size_t)room * t->key_size);
	char *values = realloc(b->values, (size_t)room * t->value_size);

	b->keys = keys ?: b->keys;
	b->values = values ?: b->values;
	if (!keys || !values)
		return -ENOMEM;
	b->room = room;
	return 0;
}

static int add_batch(struct table *t, const struct batch *b, __u32 count)
{
	int err = 0;

	for (__u32 i = 0; i < count && !err; i++)
		err = add_entry(t, b->keys + (size_t)i * t->key_size,
				b->values + (size_t)i * t->value_size);
	return err;
}

/*
 * Reads the next entries: returns how many, or negative errno (-ENOSPC: there
 * is not enough room for the next bucket).  *end: there are no more.
 */
static long read_batch(const struct table *t, struct batch *b, bool first,
		       bool *end)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	__u32 count = b->room;
	int err = bpf_map_lookup_batch(t->fd, first ? NULL : &b->bucket,
				       &b->bucket, b->keys, b->values, &count,
				       &options);

	*end = err && errno == ENOENT;
	if (err && !*end)
		return -errno;
	return count;
}

/*
 * Another process may change the map meanwhile.  A walk from key to key might
 * never end: when a key is gone, the kernel starts again with the first one.  A
 * batch copies whole buckets, and no entry changes its bucket, so each entry is
 * seen at most once.
 */
static int load_batches(struct table *t, struct batch *b)
{
	bool first = true, end = false;
	int err = grow_batch(t, b);
	long count;

	while (!err && !end) {
		count = read_batch(t, b, first, &end);
		if (count == -ENOSPC) {
			err = grow_batch(t, b);
			continue;
		}
		err = count < 0 ? count : add_batch(t, b, count);
		first = false;
	}
	return err;
}

static int load_hash(struct table *t)
{
	struct batch b = {};
	int err = load_batches(t, &b);

	free(b.keys);
	free(b.values);
	HASH_SORT(t->entries, by_first_id);
	return err;
}

/* A map of another shape was made by another version of the program. */
static int check_shape(const struct table *t)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(t->fd, &info, &size))
		return -errno;
	if (info.key_size != t->key_size || info.value_size != t->value_size ||
	    info.max_entries != t->max_entries)
		return -ESTALE;
	return 0;
}

int table_open(struct table *t, int map_fd)
{
	int err;

	t->fd = map_fd;
	err = map_fd < 0 ? 0 : check_shape(t);
	if (err)
		return err;
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

__u32 table_id(const struct table_entry *e)
{
	__u32 id;

	memcpy(&id, e->key, sizeof(id));
	return id;
}

const void *table_value(const struct table_entry *e)
{
	return e->value;
}
