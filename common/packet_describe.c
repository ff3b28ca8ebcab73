// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Takes a frame apart into named fields. Each header is described by a text
 * such as "sport:16d dport:16d", which gives names, bits and formats in their
 * order.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/packet.h"

#define IP4_LEN 20
#define IP6_LEN 40
#define UDP_LEN 8
#define RTP_LEN 12

/* name:bits and d(ecimal), (he)x, m(AC) or (IP) a(ddress) */
/* clang-format off */
#define ETH_FIELDS	"dst:48m src:48m type:16x"
#define VLAN_FIELDS	"priority:3d dei:1d id:12d type:16x"
#define IP4_FIELDS	"version:4d ihl:4d tos:8x length:16d id:16d flags:3x " \
			"fragment_offset:13d ttl:8d protocol:8d check:16x " \
			"src:32a dst:32a"
#define IP6_FIELDS	"version:4d tos:8x flow_label:20x length:16d " \
			"protocol:8d ttl:8d src:128a dst:128a"
#define EXT_FIELDS	"protocol:8d hdr_ext_len:8d"
#define UDP_FIELDS	"sport:16d dport:16d length:16d check:16x"
#define RTP_FIELDS	"version:2d padding:1d extension:1d csrc_count:4d " \
			"marker:1d payload_type:7d sequence:16d " \
			"timestamp:32d ssrc:32x"
#define RTP_EXT_FIELDS	"ext_profile:16x ext_words:16d"
/* clang-format on */

struct walk {
	const uint8_t *data;
	size_t len;
	struct packet_field *fields;
	size_t count;
	size_t at;	   /* the next header */
	size_t ip, ip_end; /* 0: not seen (yet) */
	size_t udp, rtp;
	bool ip4;
};

static uint16_t be16(const uint8_t *data)
{
	return data[0] << 8 | data[1];
}

static uint32_t get_bits(const uint8_t *data, size_t at, size_t bits)
{
	uint32_t value = 0;

	for (; bits--; at++)
		value = value << 1 | (data[at / 8] >> (7 - at % 8) & 1);
	return value;
}

/* Adds a field if it is there in full, with its value yet to be printed. */
static struct packet_field *add(struct walk *w, const char *header,
				const char *name, size_t at, size_t len)
{
	struct packet_field *f = &w->fields[w->count];

	if (!len || at + len > w->len || w->count == PACKET_FIELDS)
		return NULL;
	w->count++;
	*f = (struct packet_field){ .at = at, .len = len };
	snprintf(f->name, sizeof(f->name), "%s.%s", header, name);
	return f;
}

static void print_value(char *text, size_t size, const uint8_t *b,
			size_t at_bit, size_t bits, char format)
{
	uint32_t value = bits > 32 ? 0 : get_bits(b, at_bit, bits);

	if (format == 'a')
		inet_ntop(bits == 32 ? AF_INET : AF_INET6, b, text, size);
	else if (format == 'm')
		snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", b[0],
			 b[1], b[2], b[3], b[4], b[5]);
	else if (format == 'x')
		snprintf(text, size, "0x%0*X", (int)(bits + 3) / 4, value);
	else
		snprintf(text, size, "%u", value);
}

/* Goes past a header; false if the frame ends before that. */
static bool header(struct walk *w, const char *header, const char *layout)
{
	size_t bits, bit = 0;
	char name[20], format;
	int used;

	for (; sscanf(layout, " %19[a-z_]:%zu%c%n", name, &bits, &format,
		      &used) == 3;
	     layout += used, bit += bits) {
		size_t first = bit / 8, len = (bit + bits - 1) / 8 - first + 1;
		struct packet_field *f = add(w, header, name, w->at + first,
					     len);

		if (f)
			print_value(f->value, sizeof(f->value), w->data + f->at,
				    bit % 8, bits, format);
	}
	w->at += bit / 8;
	return w->at <= w->len;
}

/* Goes past bytes without structure: how many, and the first few, is shown. */
static bool bytes(struct walk *w, const char *header, const char *name,
		  size_t len)
{
	struct packet_field *f = add(w, header, name, w->at, len);
	size_t used;

	if (f) {
		f->opaque = true;
		used = snprintf(f->value, sizeof(f->value), "%zu bytes:", len);
		for (size_t i = 0; i < len && i < 6; i++)
			used += snprintf(f->value + used,
					 sizeof(f->value) - used, " %02x",
					 w->data[f->at + i]);
	}
	w->at += len;
	return w->at <= w->len;
}

/* Those below return the protocol of what follows, or -1 to end here. */

static int walk_eth(struct walk *w)
{
	char name[16];
	uint16_t type;

	if (!header(w, "ETH", ETH_FIELDS))
		return -1;
	type = be16(w->data + w->at - 2);
	for (int i = 1; type == 0x8100 || type == 0x88a8; i++) {
		snprintf(name, sizeof(name), "VLAN%d", i);
		if (!header(w, name, VLAN_FIELDS))
			return -1;
		type = be16(w->data + w->at - 2);
	}
	return type;
}

static int walk_ip4(struct walk *w)
{
	const uint8_t *ip = w->data + w->at;
	size_t ihl;

	if (!header(w, "IP", IP4_FIELDS))
		return -1;
	ihl = 4 * (*ip & 15);
	w->ip = w->at - IP4_LEN;
	w->ip_end = w->ip + be16(ip + 2);
	w->ip4 = true;
	if (ihl < IP4_LEN || !bytes(w, "IP", "options", ihl - IP4_LEN))
		return -1;
	return get_bits(ip, 51, 13) ? -1 : ip[9];
}

static size_t ext_len(int type, uint8_t hdr_ext_len)
{
	if (type == IPPROTO_FRAGMENT)
		return 8;
	return type == IPPROTO_AH ? 4 * (hdr_ext_len + 2) :
				    8 * (hdr_ext_len + 1);
}

static bool is_ext(int protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_AH;
}

static int walk_ip6(struct walk *w)
{
	const uint8_t *ip = w->data + w->at;
	char name[16];
	int protocol;

	if (!header(w, "IP", IP6_FIELDS))
		return -1;
	w->ip = w->at - IP6_LEN;
	w->ip_end = w->at + be16(ip + 4);
	protocol = ip[6];
	for (int i = 1; is_ext(protocol); i++) {
		const uint8_t *ext = w->data + w->at;

		snprintf(name, sizeof(name), "EXT%d", i);
		if (!header(w, name, EXT_FIELDS) ||
		    !bytes(w, name, "body", ext_len(protocol, ext[1]) - 2) ||
		    (protocol == IPPROTO_FRAGMENT && be16(ext + 2) >> 3))
			return -1;
		protocol = *ext;
	}
	return protocol;
}

/* RTP by its version, but not RTCP: RFC 7983 section 7, RFC 5761 section 4 */
static bool is_rtp(const uint8_t *data, size_t len)
{
	return len >= RTP_LEN && *data >> 6 == 2 &&
	       (data[1] < 192 || data[1] > 223);
}

static void walk_rtp(struct walk *w)
{
	const uint8_t *rtp = w->data + w->at;
	char name[16];

	w->rtp = w->at;
	header(w, "RTP", RTP_FIELDS);
	for (int i = 1; i <= (*rtp & 15); i++) {
		snprintf(name, sizeof(name), "csrc%d", i);
		if (!bytes(w, "RTP", name, 4))
			return;
	}
	if (*rtp & 0x10 && header(w, "RTP", RTP_EXT_FIELDS))
		bytes(w, "RTP", "ext", 4 * be16(w->data + w->at - 2));
}

/* What is beyond the end of the IP packet fills a short frame up. */
static void walk_rest(struct walk *w)
{
	bool whole = w->ip && w->ip_end >= w->at && w->ip_end <= w->len;
	size_t end = whole ? w->ip_end : w->len;
	uint8_t padding = w->rtp && w->data[w->rtp] & 0x20 ? w->data[end - 1] :
							     0;

	if (padding > end - w->at)
		padding = 0;
	bytes(w,
	      w->rtp ? "RTP" :
	      w->udp ? "UDP" :
	      w->ip  ? "IP" :
		       "ETH",
	      "payload", end - padding - w->at);
	bytes(w, "RTP", "padding_bytes", padding);
	bytes(w, "ETH", "trailer", w->len - w->at);
}

static void walk(struct walk *w)
{
	int protocol = walk_eth(w);

	if (protocol == 0x0800)
		protocol = walk_ip4(w);
	else if (protocol == 0x86dd)
		protocol = walk_ip6(w);
	else
		protocol = -1;
	if (protocol == IPPROTO_UDP && header(w, "UDP", UDP_FIELDS)) {
		w->udp = w->at - UDP_LEN;
		if (is_rtp(w->data + w->at, w->len - w->at))
			walk_rtp(w);
	}
	if (w->at < w->len)
		walk_rest(w);
}

size_t packet_describe(const struct frame *p,
		       struct packet_field fields[PACKET_FIELDS])
{
	struct walk w = { .data = p->data, .len = p->len, .fields = fields };

	walk(&w);
	return w.count;
}

const char *packet_bad_checksum(const struct frame *p)
{
	struct packet_field fields[PACKET_FIELDS];
	struct walk w = { .data = p->data, .len = p->len, .fields = fields };
	const uint8_t *ip, *udp;
	size_t len;

	walk(&w);
	ip = p->data + w.ip;
	udp = p->data + w.udp;
	if (w.ip4 && packet_sum(ip, 4 * (*ip & 15)))
		return "IP.check";
	if (!w.udp || (w.ip4 && (be16(ip + 6) & 0x3fff)))
		return NULL;
	len = be16(udp + 4);
	if (w.ip4 && !be16(udp + 6))
		return NULL;
	if (!be16(udp + 6) || w.udp + len > w.ip_end || len < UDP_LEN ||
	    w.ip_end > p->len || packet_udp_sum(w.ip4, ip, udp, len))
		return "UDP.check";
	return NULL;
}
