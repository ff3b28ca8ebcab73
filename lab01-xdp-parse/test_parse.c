// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of parse.h, compiled natively.  Each calls the function it is about,
 * with the cursor where the layer before would have left it.  1.0.l and 1.0.o
 * are about what is provided.  All need 1.1.
 */
#include "lab01-xdp-parse/testlib/frames.h"

#define VLAN_HLEN 4
#define IP4_HLEN  20
#define IP6_HLEN  40
#define UDP_HLEN  8

/* ---- 1.1 take() ------------------------------------------------------- */

/* take() must give the bytes from at on, and move the cursor behind them. */
static void check_taken(struct cursor *c, size_t size, int at)
{
	void *given = take(c, size);

	check_true(given,
		   "take(%zu) should give the bytes from byte %d on, "
		   "but gave NULL",
		   size, at);
	check_true(given == c->start + at,
		   "take(%zu) should give the bytes "
		   "from byte %d on, but gave those from byte %td on",
		   size, at, given - c->start);
	check_true(c->pos == given + size,
		   "behind them the cursor should be "
		   "at byte %zu, but is at byte %td",
		   at + size, c->pos - c->start);
}

TEST("1.1.a", take_moves, "take() gives the next bytes, and moves behind them",
     .native = true)
{
	const uint8_t bytes[MAX_HEADER] = {};
	struct cursor c = cursor_at(bytes, 20, 0);

	step("the frame has 20 bytes");
	check_taken(&c, 14, 0);
	check_taken(&c, 4, 14);
	cursor_free(&c);
	step("the frame has %d bytes, as the longest header", MAX_HEADER);
	c = cursor_at(bytes, MAX_HEADER, 0);
	check_taken(&c, MAX_HEADER, 0);
	cursor_free(&c);
}

/* Of 48 bytes the first `linear` lie before c->end, and left of these are left. */
static void check_refusal(size_t linear, size_t left, size_t size)
{
	const uint8_t bytes[48] = {};
	struct cursor c = cursor_split(bytes, sizeof(bytes), linear,
				       linear - left);
	bool given = take(&c, size) != NULL;

	check_true(given == (size <= left),
		   "%zu bytes are left before c->end: take(%zu) should %s",
		   left, size,
		   given ? "be refused, but gave some" :
			   "give them, but refused");
	cursor_free(&c);
}

TEST("1.1.b", take_to_the_end, "up to the last byte, and not one more",
     .native = true)
{
	for (size_t left = 0; left <= 48; left++)
		for (size_t size = 0; size <= 64; size++)
			check_refusal(48, left, size);
	step("the frame goes on in another piece of memory: c->len counts it, "
	     "c->end does not");
	for (size_t size = 0; size <= 48; size++)
		check_refusal(20, 6, size);
}

TEST("1.1.c", take_refuses, "a refusal leaves the cursor where it was",
     .native = true)
{
	const uint8_t bytes[20] = {};
	struct cursor c = cursor_at(bytes, sizeof(bytes), 0);
	void *start = c.start;

	take(&c, 14);
	check_true(
		!take(&c, 8),
		"6 bytes are left: take(8) should be refused, but gave some");
	check_true(c.pos == start + 14,
		   "the cursor should still be at byte 14, "
		   "but is at byte %td",
		   c.pos - start);
	check_taken(&c, 6, 14);
	cursor_free(&c);
}

TEST("1.0.o", take_too_long, "more than any header has is refused",
     .native = true)
{
	static const uint8_t bytes[2 * MAX_HEADER];
	struct cursor c = cursor_at(bytes, sizeof(bytes), 0);

	check_true(!take(&c, MAX_HEADER + 1),
		   "take(%d) should be refused, but gave some", MAX_HEADER + 1);
	check_true(
		!take(&c, 12 - sizeof(struct iphdr)),
		"take() of a negative size should be refused, but gave some");
	check_true(c.pos == c.start, "the cursor should not have moved");
	cursor_free(&c);
}

/* ---- 1.2 parse_eth() -------------------------------------------------- */

/* The EtherType (in host order) in the first len bytes of a frame. */
static uint16_t eth(const struct frame *f, size_t len, struct packet *p,
		    size_t *behind)
{
	struct cursor c = cursor_at(f->data, len, 0);
	uint16_t proto;

	*p = (struct packet){};
	proto = ntohs(parse_eth(&c, p));
	*behind = c.pos - c.start;
	cursor_free(&c);
	return proto;
}

static void expect_eth(const struct packet_spec *spec, uint16_t proto,
		       unsigned int tags)
{
	const struct frame f = build(spec);
	struct packet p;
	size_t behind;

	check_bits("EtherType", proto, eth(&f, f.len, &p, &behind));
	check_uint("tags", tags, p.vlan_tags);
	check_uint("the cursor is at byte", ETH_HLEN + VLAN_HLEN * tags,
		   behind);
}

TEST("1.2.a", eth_types, "the EtherType, as it is, behind 0 to 2 tags",
     .native = true)
{
	/* the last is 0x8100 for those who forget the byte order */
	static const uint16_t types[] = {
		ETH_P_IP,
		ETH_P_IPV6,
		ETH_P_ARP,
		0x0081,
	};
	struct packet_spec spec = rtp_spec();

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		spec.eth.type = types[i];
		for (spec.vlans = 0; spec.vlans <= 2; spec.vlans++) {
			step("EtherType 0x%04x, %u tags", types[i], spec.vlans);
			expect_eth(&spec, types[i], spec.vlans);
		}
	}
}

TEST("1.2.b", eth_tagged, "tags of 802.1Q and of 802.1ad, in any order",
     .native = true)
{
	static const uint16_t tag[] = { ETH_P_8021Q, ETH_P_8021AD };
	struct packet_spec spec = rtp_spec();

	for (int i = 0; i < 4; i++) {
		spec.vlan[0].type = tag[i & 1];
		spec.vlan[1].type = tag[i >> 1];
		spec.vlan[0].id = spec.vlan[1].id = 0xfff;
		spec.vlans = 2;
		step("0x%04x, then 0x%04x", tag[i & 1], tag[i >> 1]);
		expect_eth(&spec, ETH_P_IP, 2);
	}
}

TEST("1.2.c", eth_third_tag, "a third tag is not skipped", .native = true)
{
	struct packet_spec spec = rtp_spec();

	spec.vlan[2].type = ETH_P_8021AD;
	spec.vlans = 3;
	expect_eth(&spec, ETH_P_8021AD, MAX_VLAN_TAGS);
}

TEST("1.2.d", eth_truncated, "cut off at any length: 0", .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct packet p;
	struct frame f;
	size_t headers, behind;

	for (spec.vlans = 0; spec.vlans <= 2; spec.vlans++) {
		f = build(&spec);
		headers = ETH_HLEN + VLAN_HLEN * spec.vlans;
		for (size_t len = 0; len <= f.len; len++) {
			step("%u tags, %zu bytes", spec.vlans, len);
			check_bits("EtherType", len < headers ? 0 : ETH_P_IP,
				   eth(&f, len, &p, &behind));
		}
	}
}

/* ---- 1.3 parse_ipv4() ------------------------------------------------- */

/* The verdict on the first len bytes of an untagged frame. */
static enum verdict ipv4(const struct frame *f, size_t len, struct packet *p,
			 size_t *behind)
{
	struct cursor c = cursor_at(f->data, len, ETH_HLEN);
	enum verdict verdict;

	*p = (struct packet){};
	verdict = parse_ipv4(&c, p);
	*behind = c.pos - c.start;
	cursor_free(&c);
	return verdict;
}

static enum verdict ipv4_of(const struct packet_spec *spec, struct packet *p,
			    size_t *behind)
{
	const struct frame f = build(spec);

	return ipv4(&f, f.len, p, behind);
}

static void check_address(const char *what, const char *expected,
			  const struct ip_addr *got)
{
	struct in6_addr addr = {};
	char text[40];

	if (inet_pton(AF_INET6, expected, &addr) != 1)
		fail("%s is no IPv6 address", expected);
	if (!memcmp(&addr, got, sizeof(addr)))
		return;
	fail("%s: expected %s, got %s", what, expected,
	     inet_ntop(AF_INET6, got, text, sizeof(text)));
}

TEST("1.3.a", ipv4_plain, "IPv4: where it is, how long, from whom to whom",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	spec.ip.ttl = 17;
	check_verdict(CLASS_UDP, ipv4_of(&spec, &p, &behind), "verdict");
	check_uint("ip_version", 4, p.ip_version);
	check_uint("l3", ETH_HLEN, p.l3);
	check_uint("ttl", 17, p.ttl);
	check_uint("ip_payload_len", UDP_HLEN + 12 + 20, p.ip_payload_len);
	check_uint("the cursor is at byte", ETH_HLEN + IP4_HLEN, behind);
	check_address("saddr", "::ffff:10.0.7.1", &p.saddr);
	check_address("daddr", "::ffff:10.0.7.254", &p.daddr);
}

TEST("1.3.b", ipv4_options, "options, ihl 6 to 15: for the stack to read",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	for (int ihl = 6; ihl <= 15; ihl++) {
		spec.ip.options_len = 4 * ihl - IP4_HLEN;
		spec.ip.protocol = 0;
		check_verdict(CLASS_OPTIONS, ipv4_of(&spec, &p, &behind),
			      "UDP, ihl %d", ihl);
		spec.ip.protocol = IPPROTO_TCP;
		check_verdict(CLASS_OTHER, ipv4_of(&spec, &p, &behind),
			      "TCP, ihl %d", ihl);
	}
}

TEST("1.3.c", ipv4_no_header, "no header has ihl < 5 or a version but 4",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	for (int ihl = 0; ihl < 5; ihl++) {
		spec.ip.ihl = ihl | PACKET_ZERO;
		check_verdict(CLASS_OTHER, ipv4_of(&spec, &p, &behind),
			      "ihl %d", ihl);
	}
	spec.ip.ihl = 0;
	for (int version = 0; version < 16; version++) {
		spec.ip.version = version | PACKET_ZERO;
		check_verdict(version == 4 ? CLASS_UDP : CLASS_OTHER,
			      ipv4_of(&spec, &p, &behind), "version %d",
			      version);
	}
}

TEST("1.3.d", ipv4_fragments, "fragments: the first, a middle and the last",
     .native = true)
{
	static const struct {
		const char *what;
		bool more;
		uint16_t offset;
	} fragments[] = {
		{ "the first", true, 0 },
		{ "the second", true, 1 },
		{ "a middle one", true, 0x1000 },
		{ "the last", false, 1 },
		{ "the last possible", false, 0x1fff },
	};
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	for (size_t i = 0; i < sizeof(fragments) / sizeof(*fragments); i++) {
		spec.ip.more_fragments = fragments[i].more;
		spec.ip.fragment_offset = fragments[i].offset;
		check_verdict(CLASS_FRAGMENT, ipv4_of(&spec, &p, &behind),
			      "%s fragment", fragments[i].what);
	}
}

TEST("1.3.e", ipv4_whole, "a packet that must not be fragmented is whole",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct frame f;
	size_t behind;
	struct packet p;

	spec.ip.dont_fragment = true;
	check_verdict(CLASS_UDP, ipv4_of(&spec, &p, &behind),
		      "don't fragment (DF) set");
	f = build(&spec);
	f.data[ETH_HLEN + 6] |= 0x80;
	check_verdict(CLASS_UDP, ipv4(&f, f.len, &p, &behind),
		      "the reserved flag set");
}

TEST("1.3.f", ipv4_protocols, "UDP is 17; nothing else is", .native = true)
{
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	for (int protocol = 0; protocol < 256; protocol++) {
		spec.ip.protocol = protocol | PACKET_ZERO;
		check_verdict(protocol == 17 ? CLASS_UDP : CLASS_OTHER,
			      ipv4_of(&spec, &p, &behind), "protocol %d",
			      protocol);
	}
}

TEST("1.3.g", ipv4_total_length, "the total length includes the header",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	size_t behind;
	struct packet p;

	for (int i = 0; i < 2 * 71; i++) {
		int header = i < 71 ? 24 : 20, total = i % 71;
		enum verdict whole = header > 20 ? CLASS_OPTIONS : CLASS_UDP;

		spec.ip.options_len = header - 20;
		spec.ip.length = total | PACKET_ZERO;
		check_verdict(total < header ? CLASS_OTHER : whole,
			      ipv4_of(&spec, &p, &behind),
			      "ihl %d, total length %d", header / 4, total);
		if (whole == CLASS_UDP && total >= header)
			check_uint("ip_payload_len", total - header,
				   p.ip_payload_len);
	}
}

TEST("1.3.h", ipv4_truncated, "cut off at any length within the header",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct frame f;
	size_t behind;
	struct packet p;

	for (int ihl = 5; ihl <= 15; ihl += 5) {
		spec.ip.options_len = 4 * ihl - IP4_HLEN;
		f = build(&spec);
		for (size_t len = ETH_HLEN; len <= f.len; len++)
			check_verdict(len < ETH_HLEN + 4u * ihl ? CLASS_OTHER :
				      ihl > 5 ? CLASS_OPTIONS :
						CLASS_UDP,
				      ipv4(&f, len, &p, &behind),
				      "ihl %d, %zu bytes", ihl, len);
	}
}

/* ---- 1.4 parse_udp() -------------------------------------------------- */

#define L4 (ETH_HLEN + IP4_HLEN)

/* The verdict on len bytes of a frame if IP says that it has ip_payload. */
static enum verdict udp(const struct frame *f, size_t len, uint16_t ip_payload,
			struct packet *p)
{
	struct cursor c = cursor_at(f->data, len, L4);
	enum verdict verdict;

	*p = (struct packet){ .l3 = ETH_HLEN, .ip_payload_len = ip_payload };
	verdict = parse_udp(&c, p, htons(MEDIA_PORT));
	cursor_free(&c);
	return verdict;
}

/* The same of a frame of which the kernel shows only the first bytes. */
static enum verdict udp_in_pieces(const struct frame *f, size_t shown,
				  struct packet *p)
{
	struct cursor c = cursor_at(f->data, shown, L4);
	enum verdict verdict;

	*p = (struct packet){ .l3 = ETH_HLEN, .ip_payload_len = f->len - L4 };
	c.len = f->len;
	verdict = parse_udp(&c, p, htons(MEDIA_PORT));
	cursor_free(&c);
	return verdict;
}

TEST("1.4.a", udp_plain, "UDP: where the payload is, how long, the ports",
     .native = true)
{
	const struct packet_spec spec = udp_spec(NULL, 32);
	const struct frame f = build(&spec);
	struct packet p;

	check_verdict(CLASS_UDP, udp(&f, f.len, f.len - L4, &p), "verdict");
	check_uint("l4", L4, p.l4);
	check_uint("payload", L4 + UDP_HLEN, p.payload);
	check_uint("payload_len", 32, p.payload_len);
	check_uint("sport", 6000, ntohs(p.sport));
	check_uint("dport", MEDIA_PORT, ntohs(p.dport));
}

TEST("1.4.b", udp_other_port,
     "another port: none of our business, right or not", .native = true)
{
	/* the last is 5004 for those who forget the byte order */
	static const uint16_t ports[] = { 0, 5003, 5005, 5060, 0x8c13 };
	struct packet_spec spec = udp_spec(NULL, 32);
	struct packet p;
	struct frame f;

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		spec.udp.dport = ports[i];
		spec.udp.length = 0;
		f = build(&spec);
		check_verdict(CLASS_OTHER, udp(&f, f.len, f.len - L4, &p),
			      "port %u", ports[i]);
		spec.udp.length = 3;
		f = build(&spec);
		check_verdict(CLASS_OTHER, udp(&f, f.len, f.len - L4, &p),
			      "port %u, and a length of 3", ports[i]);
		check_verdict(CLASS_OTHER, udp(&f, f.len, 1000, &p),
			      "port %u, and an IP packet cut short", ports[i]);
	}
	spec.udp.length = 0;
	spec.udp.sport = MEDIA_PORT;
	f = build(&spec);
	check_verdict(CLASS_OTHER, udp(&f, f.len, f.len - L4, &p),
		      "from port %u to another", MEDIA_PORT);
	spec.udp.dport = MEDIA_PORT;
	f = build(&spec);
	check_verdict(CLASS_UDP, udp(&f, f.len, f.len - L4, &p), "to port %u",
		      MEDIA_PORT);
}

TEST("1.4.c", udp_cut_short, "IP says more than the frame holds",
     .native = true)
{
	const struct packet_spec spec = udp_spec(NULL, 32);
	const struct frame f = build(&spec);
	const size_t ip_payload = f.len - L4;
	struct packet p;

	check_verdict(DROP_IP_LENGTH, udp(&f, f.len, ip_payload + 1, &p),
		      "one byte more");
	check_verdict(DROP_IP_LENGTH, udp(&f, f.len, 65515, &p),
		      "as many as there can be");
	for (size_t len = L4; len < f.len; len++)
		check_verdict(len < L4 + UDP_HLEN ? CLASS_OTHER :
						    DROP_IP_LENGTH,
			      udp(&f, len, ip_payload, &p),
			      "cut off after %zu bytes of UDP", len - L4);
	check_verdict(CLASS_UDP, udp_in_pieces(&f, L4 + UDP_HLEN + 1, &p),
		      "all of it is there, but most in another piece of memory "
		      "(c->len counts it, c->end does not)");
}

TEST("1.4.d", udp_length, "UDP says more than IP, or less than its header",
     .native = true)
{
	struct packet_spec spec = udp_spec(NULL, 32);
	struct packet p;
	struct frame f;

	for (uint32_t length = 0; length < 50; length++) {
		spec.udp.length = length | PACKET_ZERO;
		f = build(&spec);
		check_verdict(length < 8 || length > 40 ? DROP_UDP_LENGTH :
			      length == 8		? DROP_EMPTY :
							  CLASS_UDP,
			      udp(&f, f.len, f.len - L4, &p),
			      "IP has 40 bytes for UDP, which says %u", length);
	}
	spec.udp.length = 65535;
	f = build(&spec);
	check_verdict(DROP_UDP_LENGTH, udp(&f, f.len, f.len - L4, &p),
		      "IP has 40 bytes for UDP, which says 65535");
}

TEST("1.4.e", udp_trailer, "the payload ends where UDP says, not the frame",
     .native = true)
{
	struct packet_spec spec = udp_spec(NULL, 5);
	struct frame f = build(&spec);
	const size_t ip_payload = f.len - L4;
	struct packet p;

	add_trailer(&f, 13); /* an Ethernet frame has 60 bytes at least */
	check_verdict(CLASS_UDP, udp(&f, f.len, ip_payload, &p),
		      "13 bytes of Ethernet padding behind it");
	check_uint("payload_len", 5, p.payload_len);

	spec.udp.length = 8 + 3;
	f = build(&spec);
	check_verdict(CLASS_UDP, udp(&f, f.len, ip_payload, &p),
		      "UDP says 11, IP 13");
	check_uint("payload_len", 3, p.payload_len);

	spec.udp.length = 8 + 6;
	f = build(&spec);
	add_trailer(&f, 13);
	check_verdict(DROP_UDP_LENGTH, udp(&f, f.len, ip_payload, &p),
		      "UDP says 14, IP 13, and the frame is longer");
}

TEST("1.4.f", udp_no_header, "IP has no room for a UDP header", .native = true)
{
	const struct packet_spec spec = udp_spec(NULL, 32);
	const struct frame f = build(&spec);
	struct packet p;

	for (int ip_payload = 0; ip_payload < 8; ip_payload++)
		check_verdict(CLASS_OTHER, udp(&f, f.len, ip_payload, &p),
			      "%d bytes", ip_payload);
	check_verdict(DROP_UDP_LENGTH, udp(&f, f.len, 8, &p), "8 bytes");
}

/* ---- 1.10 parse_ipv6_exts() ------------------------------------------- */

static struct packet_spec ipv6_spec(void)
{
	struct packet_spec spec = rtp_spec();

	spec.ip.src = "fd00:7::1";
	spec.ip.dst = "fd00:7::254";
	return spec;
}

static enum verdict ipv6(const struct frame *f, size_t len, struct packet *p,
			 size_t *behind)
{
	struct cursor c = cursor_at(f->data, len, ETH_HLEN);
	enum verdict verdict;

	*p = (struct packet){};
	verdict = parse_ipv6(&c, p);
	*behind = c.pos - c.start;
	cursor_free(&c);
	return verdict;
}

static enum verdict ipv6_of(const struct packet_spec *spec, struct packet *p,
			    size_t *behind)
{
	const struct frame f = build(spec);

	return ipv6(&f, f.len, p, behind);
}

TEST("1.0.l", ipv6_plain, "IPv6: where it is, how long, from whom to whom",
     .native = true)
{
	struct packet_spec spec = ipv6_spec();
	size_t behind;
	struct packet p;

	spec.ip.ttl = 17;
	check_verdict(CLASS_UDP, ipv6_of(&spec, &p, &behind), "verdict");
	check_uint("ip_version", 6, p.ip_version);
	check_uint("l3", ETH_HLEN, p.l3);
	check_uint("ttl", 17, p.ttl);
	check_uint("ip_payload_len", UDP_HLEN + 12 + 20, p.ip_payload_len);
	check_uint("the cursor is at byte", ETH_HLEN + IP6_HLEN, behind);
	check_address("saddr", "fd00:7::1", &p.saddr);
	check_address("daddr", "fd00:7::254", &p.daddr);
}

TEST("1.10.a", ipv6_exts, "0 to 6 extension headers, of every kind and size",
     .native = true)
{
	static const uint8_t types[] = {
		IPPROTO_HOPOPTS,
		IPPROTO_DSTOPTS,
		IPPROTO_ROUTING,
	};
	struct packet_spec spec = ipv6_spec();
	size_t behind, size = 0;
	struct packet p;

	for (spec.ip.exts = 0; spec.ip.exts <= MAX_IPV6_EXTS; spec.ip.exts++) {
		step("%u extension headers, %zu bytes", spec.ip.exts, size);
		check_verdict(CLASS_UDP, ipv6_of(&spec, &p, &behind),
			      "verdict");
		check_uint("ip_payload_len", UDP_HLEN + 12 + 20,
			   p.ip_payload_len);
		check_uint("the cursor is at byte", ETH_HLEN + IP6_HLEN + size,
			   behind);
		spec.ip.ext[spec.ip.exts].type = types[spec.ip.exts % 3];
		spec.ip.ext[spec.ip.exts].len = 8 << spec.ip.exts;
		size += 8 << spec.ip.exts;
	}
	check_verdict(CLASS_OTHER, ipv6_of(&spec, &p, &behind),
		      "one header more than MAX_IPV6_EXTS");
}

TEST("1.10.b", ipv6_ext_length, "an extension header longer than the packet",
     .native = true)
{
	struct packet_spec spec = ipv6_spec();
	size_t behind;
	struct packet p;

	spec.ip.ext[0].type = IPPROTO_DSTOPTS;
	spec.ip.exts = 1;
	spec.payload_len = 4;
	for (uint32_t len = 0; len < 256; len++) {
		spec.ip.ext[0].hdr_ext_len = len | PACKET_ZERO;
		check_verdict(8 * (len + 1) <= 8 + 8 + 12 + 4 ? CLASS_UDP :
								CLASS_OTHER,
			      ipv6_of(&spec, &p, &behind),
			      "32 bytes, a header with length field %u", len);
	}
	spec.ip.ext[0].hdr_ext_len = 0;
	spec.ip.length = 7;
	check_verdict(CLASS_OTHER, ipv6_of(&spec, &p, &behind),
		      "a header of 8 bytes, 7 in the packet");
}

TEST("1.10.c", ipv6_fragments, "a fragment header, wherever it stands",
     .native = true)
{
	struct packet_spec spec = ipv6_spec();
	size_t behind;
	struct packet p;

	for (unsigned int before = 0; before <= MAX_IPV6_EXTS; before++) {
		spec.ip.exts = before + 1;
		spec.ip.ext[before].type = IPPROTO_FRAGMENT;
		check_verdict(CLASS_FRAGMENT, ipv6_of(&spec, &p, &behind),
			      "%u headers before it", before);
		spec.ip.ext[before].type = IPPROTO_DSTOPTS;
	}
}

TEST("1.10.d", ipv6_protocols, "neither UDP nor a header to walk over: other",
     .native = true)
{
	struct packet_spec spec = ipv6_spec();
	size_t behind;
	struct packet p;

	spec.payload_len = 0;
	spec.ip.exts = 1;
	spec.ip.ext[0].type = IPPROTO_DSTOPTS;
	for (int next = 0; next < 256; next++) {
		/* those would be walked into what is UDP's */
		if (is_ipv6_ext(next))
			continue;
		spec.ip.protocol = next | PACKET_ZERO;
		check_verdict(next == IPPROTO_UDP      ? CLASS_UDP :
			      next == IPPROTO_FRAGMENT ? CLASS_FRAGMENT :
							 CLASS_OTHER,
			      ipv6_of(&spec, &p, &behind), "next header %d",
			      next);
	}
	spec.ip.protocol = 0;
	for (int version = 0; version < 16; version++) {
		spec.ip.version = version | PACKET_ZERO;
		check_verdict(version == 6 ? CLASS_UDP : CLASS_OTHER,
			      ipv6_of(&spec, &p, &behind), "version %d",
			      version);
	}
}

TEST("1.10.e", ipv6_truncated, "cut off at any length within the headers",
     .native = true)
{
	struct packet_spec spec = ipv6_spec();
	struct packet p;
	struct frame f;
	size_t headers, behind;

	spec.ip.ext[0].type = IPPROTO_HOPOPTS;
	spec.ip.ext[1].type = IPPROTO_DSTOPTS;
	spec.ip.ext[1].len = 24;
	for (spec.ip.exts = 0; spec.ip.exts <= 2; spec.ip.exts++) {
		f = build(&spec);
		headers = f.len - UDP_HLEN - 12 - 20;
		for (size_t len = ETH_HLEN; len <= f.len; len++)
			check_verdict(len < headers ? CLASS_OTHER : CLASS_UDP,
				      ipv6(&f, len, &p, &behind),
				      "%u extension headers, %zu bytes",
				      spec.ip.exts, len);
	}
}

/* A routing header (RFC 8200, section 4.4) of 24 bytes. */
TEST("1.10.f", ipv6_routing,
     "a routing header that sends the packet further "
     "on: for the stack to read",
     .native = true)
{
	uint8_t body[22] = { 4 }; /* type 4: segment routing */
	struct packet_spec spec = ipv6_spec();
	size_t behind;
	struct packet p;

	spec.ip.exts = 3;
	spec.ip.ext[0].type = IPPROTO_HOPOPTS;
	spec.ip.ext[1].type = IPPROTO_ROUTING;
	spec.ip.ext[1].len = 24;
	spec.ip.ext[1].body = body;
	spec.ip.ext[2].type = IPPROTO_DSTOPTS;
	for (int left = 0; left < 256; left++) {
		body[1] = left;
		check_verdict(left ? CLASS_OPTIONS : CLASS_UDP,
			      ipv6_of(&spec, &p, &behind), "%d segments left",
			      left);
	}
	for (int type = 0; type < 256; type++) {
		body[0] = type;
		check_verdict(CLASS_OPTIONS, ipv6_of(&spec, &p, &behind),
			      "type %d, 255 segments left", type);
	}
	spec.ip.ext[1].type = IPPROTO_DSTOPTS;
	check_verdict(CLASS_UDP, ipv6_of(&spec, &p, &behind),
		      "the same bytes as destination options");
}
