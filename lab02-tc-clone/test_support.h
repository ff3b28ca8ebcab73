/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the tests of lab02 share: a leg, and the copy that must go down it. */
#ifndef LAB02_TEST_SUPPORT_H
#define LAB02_TEST_SUPPORT_H

#include "lab01-xdp-parse/test_support.h"
#include "lab02-tc-clone/rewrite.h"

/* A leg in words: to whom, from whom, and what is to be in the copy. */
struct receiver {
	const char *src, *dst;		/* IP addresses as text */
	const uint8_t *smac, *dmac;
	uint32_t ifindex;
	uint16_t port;
	uint32_t ssrc;
	uint8_t pt;
};

/* IPv4 as ::ffff:a.b.c.d. */
static inline struct ip_addr address(const char *text)
{
	struct ip_addr addr = {};
	__be32 ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return ip_addr_v4(ip4);
	if (inet_pton(AF_INET6, text, &addr) != 1)
		fail("%s is no address", text);
	return addr;
}

static inline struct leg leg_to(const struct receiver *r)
{
	struct leg leg = {
		.daddr = address(r->dst), .saddr = address(r->src),
		.ifindex = r->ifindex, .ssrc = htonl(r->ssrc),
		.dport = htons(r->port), .pt = { r->pt },
	};

	memcpy(leg.dmac, r->dmac, ETH_ALEN);
	memcpy(leg.smac, r->smac, ETH_ALEN);
	return leg;
}

static inline struct rtp_out rtp_out_to(const struct receiver *r)
{
	return (struct rtp_out){ .ssrc = htonl(r->ssrc), .pt = r->pt };
}

/* RTP of any shape from alice, port 6000, to the server. */
static inline struct packet_spec draw_media(uint64_t *state, bool ip6)
{
	struct packet_spec spec = rtp_spec();

	draw_rtp(state, &spec);
	/* others with the marker would be RTCP's (RFC 5761) */
	spec.rtp.marker = spec.rtp.payload_type < 64 && one_in(state, 2);
	spec.ip.ttl = 2 + draw(state, 254);	/* 1 is not forwarded */
	spec.ip.tos = draw(state, 256);
	if (ip6) {
		spec.ip.src = "fd00:7::1";
		spec.ip.dst = "fd00:7::254";
		spec.ip.exts = draw(state, 2);
		spec.ip.ext[0].type = IPPROTO_DSTOPTS;
	} else {
		spec.udp.check = one_in(state, 8) ? PACKET_ZERO : 0;
	}
	return spec;
}

/* The frame that a packet becomes on its way to a receiver. */
static inline struct frame copy_to(const struct receiver *r,
				   const struct packet_spec *packet)
{
	struct packet_spec copy = *packet;

	copy.eth.src = r->smac;
	copy.eth.dst = r->dmac;
	copy.ip.src = r->src;
	copy.ip.dst = r->dst;
	copy.ip.ttl = (packet->ip.ttl ?: 64) - 1;
	copy.udp.sport = packet->udp.dport;
	copy.udp.dport = r->port;
	copy.rtp.ssrc = r->ssrc;
	copy.rtp.payload_type = r->pt;
	return build(&copy);
}

/*
 * Changes the first two bytes of the payload (which the caller lends) so that
 * the copy's UDP checksum comes out as 0, and is sent as 0xffff.
 */
static inline void make_sum_zero(const struct receiver *r,
				 struct packet_spec *packet,
				 uint8_t payload[])
{
	struct frame copy;
	size_t check;

	memset(payload, 0, packet->payload_len);
	packet->payload = payload;
	copy = copy_to(r, packet);
	check = copy.len - packet->payload_len - 12 - 2;
	memcpy(payload, copy.data + check, 2);
	copy = copy_to(r, packet);
	check_hex("the sum to test with", "\xff\xff", copy.data + check, 2);
}

#endif
