/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What parse.h needs to look at a frame in user space: a cursor whose bytes lie
 * in allocations of just their size.  For tests and for the fuzz targets.
 */
#ifndef LAB01_TEST_CURSOR_H
#define LAB01_TEST_CURSOR_H

#include <stdlib.h>
#include <string.h>

#include "common/bpf_native.h"
#include "lab01-xdp-parse/classify.h"

#define IP_ALIGN 2 /* so that IP, behind 14 bytes, is aligned */

/* As in TC: what is not between start and end can be reached byte by byte. */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	const __u8 *whole = c->ctx;

	if (offset >= c->len)
		return -1;
	*byte = whole[offset];
	return 0;
}

/*
 * The host that frames are for, 10.0.7.254 and fd00:7::254: the server of the
 * sandbox and of the packet generator.  In the kernel, it is a map.
 */
static const __u8 local_addresses[2][16] = {
	{ [10] = 0xff, 0xff, 10, 0, 7, 254 },
	{ 0xfd, 0, 0, 7, [14] = 2, 0x54 },
};

static __always_inline int is_local_address(const struct ip_addr *addr)
{
	return !memcmp(addr, local_addresses[0], sizeof(*addr)) ||
	       !memcmp(addr, local_addresses[1], sizeof(*addr));
}

static inline void *copy_of(const void *bytes, size_t len)
{
	char *copy = malloc(IP_ALIGN + len);

	if (!copy)
		abort();
	if (len)
		memcpy(copy + IP_ALIGN, bytes, len);
	return copy + IP_ALIGN;
}

/*
 * A cursor that stands at a byte of a frame of len bytes, of which the first
 * `linear` lie between start and end.  Both are copies of just that size, so
 * that a sanitizer sees one byte too much.  The caller frees it.
 */
static inline struct cursor cursor_split(const void *bytes, size_t len,
					 size_t linear, size_t at)
{
	void *start = copy_of(bytes, linear);

	return (struct cursor){
		.start = start,
		.pos = start + at,
		.end = start + linear,
		.ctx = linear == len ? start : copy_of(bytes, len),
		.len = len,
	};
}

static inline struct cursor cursor_at(const void *bytes, size_t len, size_t at)
{
	return cursor_split(bytes, len, len, at);
}

static inline void cursor_free(const struct cursor *c)
{
	if (c->ctx != c->start)
		free((char *)c->ctx - IP_ALIGN);
	free((char *)c->start - IP_ALIGN);
}

/* What the parser says of a frame whose first `linear` bytes lie at hand. */
static inline enum verdict judge_frame(const void *bytes, size_t len,
				       size_t linear, struct packet *p,
				       const struct media_address *media)
{
	struct cursor c = cursor_split(bytes, len, linear, 0);
	enum verdict verdict;

	*p = (struct packet){};
	verdict = parse_frame(&c, p, media);
	cursor_free(&c);
	return verdict;
}

#endif
