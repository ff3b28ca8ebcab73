// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A byte per number says whether it is taken.
 *
 *	1 1 0 0 1 0 0 0 0 1	size 10
 *	          ^ next: three in a row are found from here, at 5
 *
 * Lists of legs are short and taken all the time.  A search that goes on from
 * the last one nearly always finds room at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab03-maps/pool.h"

int pool_open(struct pool *pool, __u32 size)
{
	pool->used = calloc(size, 1);
	pool->size = size;
	pool->next = 0;
	return pool->used ? 0 : -ENOMEM;
}

void pool_close(struct pool *pool)
{
	free(pool->used);
	*pool = (struct pool){};
}

/* The first run of count free indices in [from, to), or -ENOSPC. */
static long find_run(const struct pool *pool, __u32 from, __u32 to, __u32 count)
{
	__u32 free_run = 0;

	for (__u32 i = from; i < to; i++) {
		free_run = pool->used[i] ? 0 : free_run + 1;
		if (free_run == count)
			return i + 1 - count;
	}
	return -ENOSPC;
}

/*
 * The search goes on where the last one ended, so that an index that was given
 * back stays unused as long as possible.
 */
long pool_take(struct pool *pool, __u32 count)
{
	long first = find_run(pool, pool->next, pool->size, count);

	if (first < 0)
		first = find_run(pool, 0, pool->size, count);
	if (first < 0)
		return first;
	memset(pool->used + first, 1, count);
	pool->next = first + count;
	return first;
}

static void mark(struct pool *pool, __u32 first, __u32 count, int used)
{
	if (first < pool->size && count <= pool->size - first)
		memset(pool->used + first, used, count);
}

void pool_reserve(struct pool *pool, __u32 first, __u32 count)
{
	mark(pool, first, count, 1);
}

void pool_give(struct pool *pool, __u32 first, __u32 count)
{
	mark(pool, first, count, 0);
}
