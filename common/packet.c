// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Builds a frame from a specification, from the Ethernet header on. Lengths
 * are known only at the end: headers are written first, and get their lengths
 * and checksums afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "common/packet.h"

#define IP4_LEN 20
#define IP6_LEN 40

static uint32_t sum_up(const uint8_t *data, size_t len, uint32_t sum)
{
	for (; len > 1; data += 2, len -= 2)
		sum += data[0] << 8 | data[1];
	return len ? sum + (*data << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

uint16_t packet_sum(const uint8_t *data, size_t len)
{
	return fold(sum_up(data, len, 0));
}

uint16_t packet_udp_sum(bool ip4, const uint8_t *ip, const uint8_t *udp,
			size_t len)
{
	uint32_t sum = IPPROTO_UDP + len;

	sum = ip4 ? sum_up(ip + 12, 8, sum) : sum_up(ip + 8, 32, sum);
	return fold(sum_up(udp, len, sum));
}

static uint32_t given(uint32_t wanted, uint32_t right)
{
	return wanted ? wanted & ~PACKET_ZERO : right;
}

/* What goes beyond the end is not written, but counted. */
static void put(struct frame *p, uint32_t value, size_t bytes)
{
	for (; bytes--; p->len++)
		if (p->len < PACKET_MAX)
			p->data[p->len] = value >> 8 * bytes;
}

static void put_bytes(struct frame *p, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(p, data ? data[i] : 0, 1);
}

static void put16_at(struct frame *p, size_t at, uint16_t value)
{
	p->data[at] = value >> 8;
	p->data[at + 1] = value;
}

static void put_address(struct frame *p, int family, const char *text)
{
	uint8_t address[16];

	inet_pton(family, text, address);
	put_bytes(p, address, family == AF_INET6 ? 16 : 4);
}

static void put_eth(struct frame *p, const struct packet_spec *s, int family)
{
	put_bytes(p, s->eth.dst, 6);
	put_bytes(p, s->eth.src, 6);
	for (unsigned int i = 0; i < s->vlans; i++) {
		put(p, given(s->vlan[i].type, 0x8100), 2);
		put(p, s->vlan[i].priority << 13 | s->vlan[i].id, 2);
	}
	put(p, given(s->eth.type, family == AF_INET6 ? 0x86dd : 0x0800), 2);
}

static void put_ip4(struct frame *p, const struct packet_spec *s)
{
	size_t padding = -s->ip.options_len % 4;
	size_t words = (IP4_LEN + s->ip.options_len + padding) / 4;

	put(p, given(s->ip.version, 4) << 4 | given(s->ip.ihl, words), 1);
	put(p, s->ip.tos, 1);
	put(p, 0, 2);
	put(p, s->ip.id, 2);
	put(p,
	    s->ip.dont_fragment << 14 | s->ip.more_fragments << 13 |
		    s->ip.fragment_offset,
	    2);
	put(p, given(s->ip.ttl, 64), 1);
	put(p, given(s->ip.protocol, IPPROTO_UDP), 1);
	put(p, 0, 2);
	put_address(p, AF_INET, s->ip.src);
	put_address(p, AF_INET, s->ip.dst);
	put_bytes(p, s->ip.options, s->ip.options_len);
	put_bytes(p, NULL, padding);
}

static uint32_t next_header(const struct packet_spec *s, unsigned int i)
{
	return i < s->ip.exts ? s->ip.ext[i].type :
				given(s->ip.protocol, IPPROTO_UDP);
}

/* RFC 8200 section 4; RFC 4302 section 2.2 counts otherwise */
static uint32_t hdr_ext_len(uint8_t type, size_t len)
{
	if (type == IPPROTO_FRAGMENT)
		return 0;
	return type == IPPROTO_AH ? len / 4 - 2 : len / 8 - 1;
}

static void put_ip6(struct frame *p, const struct packet_spec *s)
{
	put(p,
	    given(s->ip.version, 6) << 28 | s->ip.tos << 20 | s->ip.flow_label,
	    4);
	put(p, 0, 2);
	put(p, next_header(s, 0), 1);
	put(p, given(s->ip.ttl, 64), 1);
	put_address(p, AF_INET6, s->ip.src);
	put_address(p, AF_INET6, s->ip.dst);
	for (unsigned int i = 0; i < s->ip.exts; i++) {
		size_t len = s->ip.ext[i].len ?: 8;

		put(p, next_header(s, i + 1), 1);
		put(p,
		    given(s->ip.ext[i].hdr_ext_len,
			  hdr_ext_len(s->ip.ext[i].type, len)),
		    1);
		put_bytes(p, s->ip.ext[i].body, len - 2);
	}
}

static void put_rtp(struct frame *p, const struct packet_spec *s)
{
	put(p,
	    given(s->rtp.version, 2) << 6 | !!s->rtp.padding << 5 |
		    s->rtp.extension << 4 |
		    given(s->rtp.csrc_count, s->rtp.csrcs),
	    1);
	put(p, s->rtp.marker << 7 | s->rtp.payload_type, 1);
	put(p, s->rtp.sequence, 2);
	put(p, s->rtp.timestamp, 4);
	put(p, s->rtp.ssrc, 4);
	for (unsigned int i = 0; i < s->rtp.csrcs; i++)
		put(p, s->rtp.csrc[i], 4);
	if (s->rtp.extension) {
		put(p, s->rtp.ext_profile, 2);
		put(p, given(s->rtp.ext_words, s->rtp.ext_len / 4), 2);
		put_bytes(p, s->rtp.ext, s->rtp.ext_len);
	}
}

static void put_payload(struct frame *p, const struct packet_spec *s)
{
	if (s->payload)
		put_bytes(p, s->payload, s->payload_len);
	for (size_t i = 0; !s->payload && i < s->payload_len; i++)
		put(p, i, 1);
	if (s->last == PACKET_RTP && s->rtp.padding) {
		put_bytes(p, NULL, s->rtp.padding - 1);
		put(p, given(s->rtp.padding_count, s->rtp.padding), 1);
	}
}

/* Lengths and checksums, when all else is there; udp is 0 without UDP. */
static void finish(struct frame *p, const struct packet_spec *s, bool ip4,
		   size_t ip, size_t udp)
{
	size_t len = p->len - ip - (ip4 ? 0 : IP6_LEN);
	uint16_t sum;

	put16_at(p, ip + (ip4 ? 2 : 4), given(s->ip.length, len));
	if (ip4) {
		len = IP4_LEN + (s->ip.options_len + 3) / 4 * 4;
		sum = packet_sum(p->data + ip, len);
		put16_at(p, ip + 10, given(s->ip.check, sum));
	}
	if (!udp)
		return;
	len = p->len - udp;
	put16_at(p, udp + 4, given(s->udp.length, len));
	sum = packet_udp_sum(ip4, p->data + ip, p->data + udp, len);
	put16_at(p, udp + 6, given(s->udp.check, sum ?: 0xffff));
}

static int family_of(const struct packet_spec *s)
{
	const char *src = s->ip.src ?: "", *dst = s->ip.dst ?: "";
	int family = strchr(src, ':') ? AF_INET6 : AF_INET;
	uint8_t address[16];

	if (s->last == PACKET_ETH)
		return AF_UNSPEC;
	if (inet_pton(family, src, address) != 1 ||
	    inet_pton(family, dst, address) != 1)
		return -EINVAL;
	return family;
}

int packet_build(struct frame *p, const struct packet_spec *s)
{
	int family = family_of(s);
	size_t ip, udp = 0;

	if (family < 0)
		return family;
	p->len = 0;
	p->partial = false;
	put_eth(p, s, family);
	ip = p->len;
	if (family == AF_INET)
		put_ip4(p, s);
	else if (family == AF_INET6)
		put_ip6(p, s);
	if (s->last <= PACKET_UDP) {
		udp = p->len;
		put(p, s->udp.sport, 2);
		put(p, s->udp.dport, 2);
		put(p, 0, 4);
	}
	if (s->last == PACKET_RTP)
		put_rtp(p, s);
	put_payload(p, s);
	if (p->len > PACKET_MAX)
		return -EMSGSIZE;
	if (family)
		finish(p, s, family == AF_INET, ip, udp);
	return 0;
}
