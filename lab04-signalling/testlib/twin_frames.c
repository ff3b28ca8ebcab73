// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What alice and a stranger send, the same again and again:
 *
 *	volley 0   | RTP | RTP, cut | RTP over IPv6 | ... | marker |
 *	volley 15  | tagged | to a group | with options | ... | marker | marker |
 *
 * Mostly RTP.  Some has CSRCs, an extension or padding that fit or do not, some
 * is cut, some has a byte changed, some has no hop left, some has a payload
 * type that was not announced.  The lengths are those at which loops over the
 * bytes of a packet end, more often than others.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "common/protocols.h"
#include "lab03-maps/extension.h"
#include "lab04-signalling/testlib/twin_internal.h"

#define ODD_VOLLEYS 16 /* one of so many */
#define LONGEST	    1472
#define LONGEST_V6  1452
#define SHORT_WIDE  1200 /* fits dave's link, too */
#define MARKER_SSRC 0xffff

/* Marsaglia's xorshift, 64 bits: small, and the same on every machine. */
static __u64 state = 20261130;

static __u64 next_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static __u32 below(__u32 limit)
{
	return (next_number() >> 16) % limit;
}

static bool one_in(__u32 n)
{
	return !below(n);
}

/* ---- the payload of UDP -------------------------------------------------- */

struct payload {
	__u16 length;
	__u8 bytes[LONGEST + 8];
};

static void fill(struct payload *p)
{
	for (__u16 i = 0; i < p->length; i += 8) {
		__u64 number = next_number();

		memcpy(p->bytes + i, &number, 8);
	}
}

/* With the header of UDP, 128 or a multiple of it, and some more or less. */
static __u16 near_chunk(void)
{
	return 128 * (1 + below(11)) - 8 + below(17) - 8;
}

static __u16 some_length(void)
{
	switch (below(8)) {
	case 0:
		return near_chunk();
	case 1:
		return 12 + below(LONGEST - 12 + 1);
	default:
		return 12 + below(150);
	}
}

/*
 * Elements that receivers know, do not know, and cannot read.  More than the
 * kernel can map go through the server.
 */
static void put_extension(struct payload *p, __u16 most)
{
	const __be16 profiles[] = { htons(0xbede), htons(0x1000),
				    htons(0x4242) };
	__u16 words = 1 + below(one_in(8) ? most : 6);
	struct rtp_ext_hdr ext = {
		.profile = profiles[below(3)],
		.length = htons(words),
	};

	if (p->length < 12 + sizeof(ext) + words * 4)
		return;
	p->bytes[0] |= RTP_EXTENSION;
	memcpy(p->bytes + 12, &ext, sizeof(ext));
	for (int at = 16; at + 3 < 16 + words * 4; at += 2 + below(3))
		p->bytes[at] = ext.profile == profiles[0] ?
				       below(6) << 4 | below(2) :
				       below(6);
}

static void make_rtp(struct payload *p, __u32 ssrc)
{
	static const __u8 types[] = { 96, 96, 96, 96, 96, 101, 101, 102 };
	__u64 bits = next_number();
	struct rtp_hdr rtp = {
		.vpxcc = 0x80,
		.mpt = types[bits >> 8 & 7] | (bits & 1 ? RTP_MARKER : 0),
		.seq = bits >> 16,
		.timestamp = bits >> 32,
		.ssrc = htonl(ssrc),
	};

	fill(p);
	memcpy(p->bytes, &rtp, sizeof(rtp));
}

/* Some of what may be wrong with it, or is right and seldom. */
static void change(struct payload *p, bool odd)
{
	switch (below(12)) {
	case 0:
		p->bytes[0] |= below(64);
		break;
	case 1:
		p->length = 1 + below(p->length);
		break;
	case 2: /* but not in the SSRC, which says whose copies come when */
		p->bytes[below(8)] ^= 1 << below(8);
		break;
	case 3:
	case 4:
	case 5:
		put_extension(p, odd ? 40 : EXTENSION_ROOM / 4);
		break;
	}
}

/* Longer ones go through the server. */
static void shorten_extension(struct payload *p)
{
	__u32 at = 12 + (p->bytes[0] & 15) * 4 + 2;

	if (at + 2 <= p->length) {
		p->bytes[at] = 0;
		p->bytes[at + 1] %= EXTENSION_ROOM / 4 + 1;
	}
}

static void make_payload(struct payload *p, bool v6, bool odd)
{
	__u32 ssrc = 1 + below(TWIN_STREAMS + 1);
	__u16 most = v6 ? LONGEST_V6 : LONGEST;

	if (ssrc == TWIN_WIDE) /* user space would send fragments */
		most = SHORT_WIDE;
	p->length = some_length();
	if (p->length > most)
		p->length = most;
	make_rtp(p, ssrc);
	change(p, odd);
	if (!odd && p->bytes[0] & RTP_EXTENSION)
		shorten_extension(p);
}

/* ---- frames ---------------------------------------------------------------- */

static struct packet_spec address(const struct payload *p, bool v6)
{
	const struct sandbox_host *from = sandbox_host("alice"),
				  *to = sandbox_host(SANDBOX_SERVER);

	return (struct packet_spec){
		.eth = { .src = from->mac, .dst = to->mac },
		.ip = {
			.src = v6 ? from->ip6 : from->ip4,
			.dst = v6 ? to->ip6 : to->ip4,
			.ttl = 64,
			.dont_fragment = !v6,
			.id = v6 ? 0 : below(65536),
		},
		.udp = { .sport = SENDER_PORT, .dport = CALL_PORT },
		.last = PACKET_UDP,
		.payload = p->bytes,
		.payload_len = p->length,
	};
}

/* What the sender leaves in UDP's sum: that over the pseudo-header alone. */
static void leave_sum(struct twin_shot *s, bool v6)
{
	__u8 pseudo[40] = {};
	__u16 size = v6 ? 32 : 8, udp = s->udp, sum;

	memcpy(pseudo, s->bytes + udp - size, size);
	pseudo[35] = IPPROTO_UDP;
	memcpy(pseudo + 36, s->bytes + udp + 4, 2);
	sum = ~packet_sum(pseudo, sizeof(pseudo));
	s->bytes[udp + 6] = sum >> 8;
	s->bytes[udp + 7] = sum;
	s->partial = true;
}

static void build(struct twin_shot *s, const struct packet_spec *spec)
{
	bool v6 = strchr(spec->ip.src, ':');
	struct frame f;

	check_int("packet_build", 0, packet_build(&f, spec));
	s->length = f.len;
	s->udp = f.len - spec->payload_len - 8;
	s->partial = false;
	memcpy(s->bytes, f.data, f.len);
	if (!spec->udp.check && !spec->ip.options_len && one_in(4))
		leave_sum(s, v6);
	else if (one_in(2)) /* as cards do, which have summed up before */
		while (s->length < ETH_ZLEN)
			s->bytes[s->length++] = next_number();
}

/* What the kernel's programs leave to the stack, or nobody may forward. */
static void make_odd(struct packet_spec *spec)
{
	static const __u8 broadcast[] = { 255, 255, 255, 255, 255, 255 },
			  group[] = { 1, 0, 0x5e, 0, 0, 1 },
			  other[] = { 2, 0, 0, 0, 0, 0x99 },
			  nothing[] = { 1, 1, 1, 0 };
	static const __u8 *const macs[] = { broadcast, group, other };

	switch (below(8)) {
	case 0:
		spec->eth.dst = macs[below(3)];
		break;
	case 1:
		spec->vlans = 1 + below(2);
		spec->vlan[0].priority = below(8);
		spec->vlan[spec->vlans - 1].id = below(2) * 5;
		break;
	case 2:
		if (strchr(spec->ip.src, ':'))
			break;
		spec->ip.options = nothing;
		spec->ip.options_len = sizeof(nothing);
		break;
	}
}

static void make_shot(struct twin_shot *s, bool odd)
{
	bool v6 = one_in(4);
	struct payload p;
	struct packet_spec spec;

	make_payload(&p, v6, odd);
	spec = address(&p, v6);
	spec.ip.ttl = 1 + below(20);
	spec.udp.sport += one_in(20);
	if (!v6 && one_in(8))
		spec.udp.check = PACKET_ZERO;
	if (odd && spec.payload_len < 1400)
		make_odd(&spec);
	build(s, &spec);
}

/* ---- volleys ----------------------------------------------------------------- */

#define MARKER_LENGTH 20 /* of its UDP payload */

/*
 * It comes last.  The second one of an odd volley has a tag of priority, and
 * goes through the server's socket, behind all that does so, too.
 */
static void make_marker(struct twin_shot *s, __u64 number, bool tagged)
{
	struct payload p = { .length = MARKER_LENGTH };
	struct packet_spec spec = address(&p, false);
	const struct rtp_hdr rtp = {
		.vpxcc = 0x80,
		.mpt = 96,
		.ssrc = htonl(MARKER_SSRC),
	};

	memcpy(p.bytes, &rtp, sizeof(rtp));
	memcpy(p.bytes + sizeof(rtp), &number, sizeof(number));
	spec.vlans = tagged;
	build(s, &spec);
}

bool twin_is_marker(const struct frame *f, __u64 number)
{
	const __be32 ssrc = htonl(MARKER_SSRC);

	return f->len == 14 + 20 + 8 + MARKER_LENGTH &&
	       !memcmp(f->data + f->len - 12, &ssrc, sizeof(ssrc)) &&
	       !memcmp(f->data + f->len - 8, &number, sizeof(number));
}

void twin_make(struct twin_volley *v, __u64 number, __u64 left)
{
	v->number = number;
	v->odd = number % ODD_VOLLEYS == ODD_VOLLEYS - 1;
	v->last = left <= TWIN_VOLLEY;
	v->count = v->last ? left : TWIN_VOLLEY;
	for (__u32 i = 0; i < v->count; i++)
		make_shot(&v->shot[i], v->odd);
	for (int i = 0; i <= v->odd; i++)
		make_marker(&v->shot[v->count++], number, i);
}
