/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What parse.h needs to look at a datagram that a socket has received: all of
 * it is in memory, and the stack has judged everything before its payload.
 * For parse_payload() and the parsers that it calls.
 */
#ifndef LAB01_DATAGRAM_H
#define LAB01_DATAGRAM_H

#include <errno.h>

#include "lab01-xdp-parse/classify.h"

/* Always true: the stack hands over only what came for this host. */
static __always_inline int is_local_address(const struct ip_addr *addr)
{
	(void)addr;
	return 1;
}

/* All of the datagram lies between start and end. */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	if (offset >= c->len)
		return -EFAULT;
	*byte = ((const __u8 *)c->start)[offset];
	return 0;
}

/* A cursor at the first byte.  It drops the const: no parser writes. */
static __always_inline struct cursor datagram_cursor(const void *bytes,
						     __u32 len)
{
	return (struct cursor){
		.pos = (void *)bytes,
		.start = (void *)bytes,
		.end = (void *)bytes + len,
		.len = len,
	};
}

#endif
