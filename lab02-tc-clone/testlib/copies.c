/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A leg in words, and the copy that a packet becomes on its way down it. */
#include <arpa/inet.h>
#include <string.h>

#include "lab02-tc-clone/testlib/copies.h"

struct ip_addr address_of(const char *text)
{
	struct ip_addr addr = {};
	__be32 ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return ip_addr_v4(ip4);
	if (inet_pton(AF_INET6, text, &addr) != 1)
		fail("%s is no address", text);
	return addr;
}

struct leg leg_to(const struct receiver *r)
{
	struct leg leg = {
		.daddr = address_of(r->dst),
		.saddr = address_of(r->src),
		.ifindex = r->ifindex,
		.ssrc = htonl(r->ssrc),
		.dport = htons(r->port),
		.pt = { r->pt },
	};

	memcpy(leg.dmac, r->dmac, ETH_ALEN);
	memcpy(leg.smac, r->smac, ETH_ALEN);
	return leg;
}

struct rtp_out rtp_out_to(const struct receiver *r)
{
	return (struct rtp_out){ .ssrc = htonl(r->ssrc), .pt = r->pt };
}

struct packet_spec draw_media(uint64_t *state, bool ip6)
{
	struct packet_spec spec = rtp_spec();

	draw_rtp(state, &spec);
	/* with the marker, 64 and more could look like RTCP (RFC 5761) */
	spec.rtp.marker = spec.rtp.payload_type < 64 && one_in(state, 2);
	spec.ip.ttl = 2 + draw(state, 254); /* 1 is not forwarded */
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

struct frame copy_to(const struct receiver *r, const struct packet_spec *packet)
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

void make_sum_zero(const struct receiver *r, struct packet_spec *packet,
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
