/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the tests of lab02 share: a leg, and the copy that must go down it. */
#ifndef LAB02_TESTLIB_COPIES_H
#define LAB02_TESTLIB_COPIES_H

#include "lab01-xdp-parse/testlib/frames.h"
#include "lab02-tc-clone/rewrite.h"

/* A leg in words: its addresses, and what must stand in the copy. */
struct receiver {
	const char *src, *dst; /* IP addresses as text */
	const uint8_t *smac, *dmac;
	uint32_t ifindex;
	uint16_t port;
	uint32_t ssrc;
	uint8_t pt;
};

/* IPv4 as ::ffff:a.b.c.d. */
struct ip_addr address_of(const char *text);

struct leg leg_to(const struct receiver *r);

struct rtp_out rtp_out_to(const struct receiver *r);

/* RTP of any shape from alice, port 6000, to the server. */
struct packet_spec draw_media(uint64_t *state, bool ip6);

/* The frame that a packet becomes on its way to a receiver. */
struct frame copy_to(const struct receiver *r,
		     const struct packet_spec *packet);

/*
 * Changes the first two bytes of the payload (which stays the caller's) so that
 * the copy's UDP checksum comes out as 0, and is sent as 0xffff.
 */
void make_sum_zero(const struct receiver *r, struct packet_spec *packet,
		   uint8_t payload[]);

#endif
