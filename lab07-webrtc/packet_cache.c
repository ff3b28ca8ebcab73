// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The ring of bytes is written from its beginning to its end, and then again.
 * Places are counted on without end, so that a slot can tell whether its bytes
 * have been overwritten since:
 *
 *	        written - bytes            written
 *	---------------|----------------------|----> places
 *	  overwritten  |   still there        |
 *
 * A packet lies in one piece: where it would reach over the end of the ring, it
 * begins at the start of the next round.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lab07-webrtc/packet_cache.h"
#include "lab07-webrtc/rtp_header.h"

struct slot {
	uint64_t place;
	int64_t at;
	uint16_t number;
	uint16_t len; /* 0: nothing was there yet */
};

struct packet_cache {
	unsigned int packets;
	size_t bytes;
	uint64_t written;
	struct slot *slots;
	uint8_t *ring;
};

int packet_cache_open(unsigned int packets, size_t bytes,
		      struct packet_cache **out)
{
	struct packet_cache *c;

	if (!packets || packets & (packets - 1) || !bytes)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->packets = packets;
	c->bytes = bytes;
	c->slots = calloc(packets, sizeof(*c->slots));
	c->ring = malloc(bytes);
	if (!c->slots || !c->ring) {
		packet_cache_close(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void packet_cache_close(struct packet_cache *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c->ring);
	free(c);
}

static struct slot *slot_of(const struct packet_cache *c, uint16_t number)
{
	return &c->slots[number & (c->packets - 1)];
}

/* Where so many bytes lie in one piece. */
static uint64_t next_place(const struct packet_cache *c, size_t len)
{
	size_t left = c->bytes - c->written % c->bytes;

	return left < len ? c->written + left : c->written;
}

void packet_cache_add(struct packet_cache *c, const void *packet, size_t len,
		      int64_t now)
{
	uint16_t number;
	uint64_t place;

	if (!rtp_header_size(packet, len) || len > c->bytes || len > UINT16_MAX)
		return;
	number = rtp_sequence(packet);
	place = next_place(c, len);
	memcpy(c->ring + place % c->bytes, packet, len);
	c->written = place + len;
	*slot_of(c, number) = (struct slot){
		.place = place,
		.at = now,
		.number = number,
		.len = len,
	};
}

static bool is_there(const struct packet_cache *c, const struct slot *slot)
{
	return slot->len && c->written - slot->place <= c->bytes;
}

const void *packet_cache_find(const struct packet_cache *c, uint16_t number,
			      int64_t now, size_t *len)
{
	const struct slot *slot = slot_of(c, number);

	if (!is_there(c, slot) || slot->number != number ||
	    now - slot->at > PACKET_CACHE_AGE_MS)
		return NULL;
	*len = slot->len;
	return c->ring + slot->place % c->bytes;
}
