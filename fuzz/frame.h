/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A frame for lab01's parser in user space, in allocations of just its size. */
#ifndef FUZZ_FRAME_H
#define FUZZ_FRAME_H

#include <stdlib.h>
#include <string.h>

#include "common/bpf_native.h"
#include "lab01-xdp-parse/classify.h"

#define IP_ALIGN	2	/* so that IP, behind 14 bytes, is aligned */

/* As in TC: what is not between start and end can be reached byte by byte. */
/* The host whose packets the seeds are: 10.0.7.254 and fd00:7::254. */
static const __u8 local_addresses[2][16] = {
	{ [10] = 0xff, 0xff, 10, 0, 7, 254 },
	{ 0xfd, 0, 0, 7, [14] = 2, 0x54 },
};

static __always_inline int is_local_address(const struct ip_addr *addr)
{
	return !memcmp(addr, local_addresses[0], sizeof(*addr)) ||
	       !memcmp(addr, local_addresses[1], sizeof(*addr));
}

static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	const __u8 *whole = c->ctx;

	if (offset >= c->len)
		return -1;
	*byte = whole[offset];
	return 0;
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

/* What the parser says of a frame whose first `linear` bytes lie at hand. */
static inline enum verdict judge(const void *bytes, size_t len, size_t linear,
				 struct packet *p,
				 const struct media_address *media)
{
	void *start = copy_of(bytes, linear), *whole = copy_of(bytes, len);
	struct cursor c = {
		.start = start, .pos = start, .end = start + linear,
		.ctx = whole, .len = len,
	};
	enum verdict verdict;

	*p = (struct packet){};
	verdict = parse_frame(&c, p, media);
	free((char *)start - IP_ALIGN);
	free((char *)whole - IP_ALIGN);
	return verdict;
}

#endif
