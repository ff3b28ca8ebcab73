/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A pool knows which numbers are taken.  It hands out runs of neighbouring
 * indices: slots for a list of legs, or ids of counters (runs of one).
 */
#ifndef LAB03_POOL_H
#define LAB03_POOL_H

#include <linux/types.h>

struct pool {
	__u8 *used; /* a byte per index */
	__u32 size;
	__u32 next; /* where the next search starts */
};

/* All indices below size are free.  0 or -ENOMEM. */
int pool_open(struct pool *pool, __u32 size);
void pool_close(struct pool *pool);

/*
 * Takes count (> 0) indices in a row.  Returns the first of them, or -ENOSPC.
 */
long pool_take(struct pool *pool, __u32 count);

/* Marks indices as taken; those beyond size are ignored. */
void pool_reserve(struct pool *pool, __u32 first, __u32 count);
void pool_give(struct pool *pool, __u32 first, __u32 count);

#endif
