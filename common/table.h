/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A table of fixed-size keys and values: a BPF map as user space sees it,
 * or, without BPF, the same thing in plain memory.
 *
 * A hash table is held in memory whole; with a BPF map behind it every
 * change is written through, and only this process may change it.  So
 * looking up and walking never cost a system call.  An array is one piece
 * of memory; with a BPF map behind it (BPF_F_MMAPABLE) it *is* the map's
 * memory, shared with the kernel, and what packets count there is seen
 * here at once.
 *
 * Not thread-safe.
 */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include <linux/types.h>
#include <stddef.h>

enum table_kind {
	TABLE_HASH,
	TABLE_ARRAY, /* keys are __u32 indices */
};

struct table_entry;

struct table {
	const char *name; /* as the BPF map is called */
	enum table_kind kind;
	__u32 key_size; /* bytes, all three */
	__u32 value_size;
	__u32 max_entries;

	/* private */
	int fd;			     /* of the map, not owned; -1: memory */
	struct table_entry *entries; /* TABLE_HASH */
	void *values;		     /* TABLE_ARRAY */
};

/* To clang-format 14 braces in a macro are a block of code. */
/* clang-format off */
#define TABLE_INIT(table_name, table_kind, key_type, value_type, max)	\
	{								\
		.name = table_name, .kind = table_kind,			\
		.key_size = sizeof(key_type),				\
		.value_size = sizeof(value_type),			\
		.max_entries = max, .fd = -1,				\
	}
/* clang-format on */

/*
 * Opens a table.  map_fd is a BPF map of the same shape (else -ESTALE), whose
 * entries are read in (a hash) or mapped (an array), and stays the caller's; or
 * -1 for an empty table in memory.  Returns 0 or negative errno.
 *
 * A hash may be opened to be read while another process changes it: then it is
 * a copy, in which each entry is as it was at some moment of the call.
 */
int table_open(struct table *table, int map_fd);

/* Frees the memory; the BPF map keeps its entries. */
void table_close(struct table *table);

/*
 * The value of a key, or NULL.  It belongs to the table and is valid until
 * the key is set or removed.  In a hash, change it by table_set() only.
 */
void *table_find(const struct table *table, const void *key);

/*
 * Sets the value of a key; both are copied.  Returns 0 or negative errno:
 * -E2BIG when the table is full, and what the kernel says.  On error
 * nothing has changed.
 */
int table_set(struct table *table, const void *key, const void *value);

/* Removes a key of a hash: 0, or -ENOENT if it was not there. */
int table_remove(struct table *table, const void *key);

/* How many keys a hash holds. */
__u32 table_count(const struct table *table);

/*
 * Walks a hash, oldest entry first: pass NULL to start, then what it
 * returned; NULL at the end.  The current entry may be removed.
 */
struct table_entry *table_next(const struct table *table,
			       const struct table_entry *entry);
const void *table_key(const struct table_entry *entry);
__u32 table_id(const struct table_entry *entry); /* a key that is one */
const void *table_value(const struct table_entry *entry);

/* for each entry e of t; e may be removed inside, nothing else. */
#define table_each(e, t)                                                       \
	for (struct table_entry *e = table_next(t, NULL), *e##_next;           \
	     e && (e##_next = table_next(t, e), 1); e = e##_next)

#endif
