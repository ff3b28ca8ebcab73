/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: keeps the last packets of a stream, for receivers that lose them.
 *
 * They are kept as they came, in plaintext, in a ring of bytes; a ring of slots
 * says where the packet with a sequence number is.  Both are bounded: a new
 * packet takes the place of old ones.
 *
 *	slots	| 512 | 513 | 2 | 3 | ... | 511 |	number % 512
 *	           |     |
 *	bytes	| ....packet|packet.....|  free  |
 *
 * Times are ms of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_PACKET_CACHE_H
#define LAB07_PACKET_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* For video: 1.3 s at 2.5 Mbit/s. */
#define PACKET_CACHE_PACKETS 512
#define PACKET_CACHE_BYTES   (400 * 1024)

/* No receiver waits longer, and by then numbers may have begun again. */
#define PACKET_CACHE_AGE_MS 2000

struct packet_cache;

/*
 * Opens a cache for so many packets (a power of two) with so many bytes in all.
 * Returns 0 and what packet_cache_close() frees, -EINVAL or -ENOMEM.
 */
int packet_cache_open(unsigned int packets, size_t bytes,
		      struct packet_cache **out);
void packet_cache_close(struct packet_cache *c);

/*
 * Keeps a copy of an RTP packet.  A packet that is not RTP, or has more bytes
 * than the cache, is not kept.
 */
void packet_cache_add(struct packet_cache *c, const void *packet, size_t len,
		      int64_t now);

/*
 * The packet with this number, and its length; NULL: it is not there.  It
 * belongs to the cache, and is valid until the next call of another function.
 */
const void *packet_cache_find(const struct packet_cache *c, uint16_t number,
			      int64_t now, size_t *len);

#endif
