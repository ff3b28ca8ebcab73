// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of rewrite.h, compiled natively.  Those of 2.0 are about what is
 * provided.  2.4 needs 2.1 and 2.2, 2.5 needs 2.1 to 2.4, and 2.8 all those;
 * 2.4.a, 2.5.a and 2.8.a need nothing.
 */
#include "lab02-tc-clone/rewrite.h"
#include "lab02-tc-clone/testlib/copies.h"

static const uint8_t server_mac[] = { 2, 0, 10, 0, 7, 254 };
static const uint8_t bob_mac[] = { 2, 0, 10, 0, 7, 2 };

static const struct receiver bob = {
	.src = "10.0.7.254",
	.dst = "10.0.7.2",
	.smac = server_mac,
	.dmac = bob_mac,
	.port = 7000,
	.ssrc = 0xb0bb0b00,
	.pt = 111,
};

static const struct receiver bob6 = {
	.src = "fd00:7::254",
	.dst = "fd00:7::2",
	.smac = server_mac,
	.dmac = bob_mac,
	.port = 7000,
	.ssrc = 0xb0bb0b00,
	.pt = 111,
};

/* What was collected before must stay in there. */
static const struct udp_diff before = { 0x12345678, 0x9abcdef0 };

/* ---- ones' complement, slowly ----------------------------------------- */

/* The 16-bit words, as they lie in memory, modulo 65,535. */
static uint32_t sum_of(const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	uint64_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i < len; i += 2) {
		memcpy(&word, from + i, 2);
		sum += word;
	}
	return sum % 0xffff;
}

/* What a part of udp_diff has become, which was start. */
static void check_diff(const char *what, uint32_t start, csum_diff diff,
		       uint32_t sum_before, uint32_t sum_after)
{
	uint32_t expected = (0xffffu + sum_after - sum_before) % 0xffff;
	uint32_t got = (0xffffull * 0x10001 + diff - start) % 0xffff;

	if (diff % 0xffff == expected && got != expected)
		fail("%s was 0x%08x: 0x%04x should have been added to it, but "
		     "has taken its place",
		     what, start, expected);
	check_true(got == expected,
		   "%s was 0x%08x: 0x%04x should have been "
		   "added to it, but 0x%04x was",
		   what, start, expected, got);
}

/* ---- 2.0 provided ----------------------------------------------------- */

TEST("2.0.a", eth, "the MACs are the leg's, the EtherType stays",
     .native = true)
{
	const struct leg leg = leg_to(&bob);
	struct ethhdr got = { .h_proto = htons(ETH_P_IP) };

	rewrite_eth(&got, &leg);
	check_hex("destination", bob_mac, got.h_dest, ETH_ALEN);
	check_hex("source", server_mac, got.h_source, ETH_ALEN);
	check_bits("EtherType", ETH_P_IP, ntohs(got.h_proto));
}

TEST("2.0.b", ipv6, "IPv6: addresses and hop limit, and nothing else",
     .native = true)
{
	const struct leg leg = leg_to(&bob6);
	struct udp_diff diff = before;
	struct ipv6hdr got, expected;

	memset(&got, 0xa5, sizeof(got));
	expected = got;
	memcpy(&expected.saddr, &leg.saddr, sizeof(leg.saddr));
	memcpy(&expected.daddr, &leg.daddr, sizeof(leg.daddr));
	expected.hop_limit = 41;
	rewrite_ipv6(&got, &leg, 41, &diff);
	check_hex("IPv6 header", &expected, &got, sizeof(got));
	check_bits("diff.rest", before.rest, diff.rest);
}

TEST("2.0.c", out_of_reach,
     "headers out of reach: refused, with nothing changed", .native = true)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	const struct leg leg = leg_to(&bob);
	const struct rtp_out out = rtp_out_to(&bob);
	const struct packet_spec spec = rtp_spec();
	const struct frame f = build(&spec);
	struct packet p;

	check_verdict(CLASS_RTP, parse_native(&f, &p, &media), "the frame");
	for (size_t len = 0; len <= f.len; len++) {
		struct udp_diff diff = {};
		uint8_t *copy = copy_of(f.data, len);
		int refused = rewrite_frame(copy, copy + len, &p, &leg, &out,
					    &diff);

		check_int("refused", len < 14 + 20 + 8 + 12 ? -1 : 0, refused);
		if (refused)
			check_hex("frame", f.data, copy, len);
		free(copy - IP_ALIGN);
	}
}

/* Rewrites packet for to, which must be refused. */
static void check_refused(const struct packet_spec *packet,
			  const struct receiver *to)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	const struct leg leg = leg_to(to);
	const struct rtp_out out = rtp_out_to(to);
	const struct frame f = build(packet);
	uint8_t *copy = copy_of(f.data, f.len);
	struct udp_diff diff = {};
	struct packet p;

	check_verdict(CLASS_RTP, parse_native(&f, &p, &media), "the frame");
	check_int("refused", -1,
		  rewrite_frame(copy, copy + f.len, &p, &leg, &out, &diff));
	check_hex("frame", f.data, copy, f.len);
	free(copy - IP_ALIGN);
}

static struct packet_spec media_spec(bool ip6)
{
	struct packet_spec spec = rtp_spec();

	spec.ip.src = ip6 ? "fd00:7::1" : "10.0.7.1";
	spec.ip.dst = ip6 ? "fd00:7::254" : "10.0.7.254";
	return spec;
}

TEST("2.0.f", other_version,
     "a leg of the other IP version: refused, with nothing changed",
     .native = true)
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct packet_spec spec = media_spec(ip6);

		check_refused(&spec, ip6 ? &bob : &bob6);
	}
}

TEST("2.0.g", expired,
     "a TTL or hop limit of 1 or 0: refused, with nothing changed",
     .native = true)
{
	static const uint32_t ttls[] = { 1, PACKET_ZERO };

	for (int ip6 = 0; ip6 < 2; ip6++)
		for (int i = 0; i < 2; i++) {
			struct packet_spec spec = media_spec(ip6);

			spec.ip.ttl = ttls[i];
			check_refused(&spec, ip6 ? &bob6 : &bob);
		}
}

/* ---- 2.4 rewrite_ipv4() ----------------------------------------------- */

static struct iphdr draw_ipv4(uint64_t *state)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tos = draw(state, 256),
		.tot_len = htons(draw(state, 1500)),
		.id = draw(state, 65536),
		.ttl = draw(state, 256),
		.protocol = IPPROTO_UDP,
		.saddr = htonl(draw(state, 1u << 31) << 1 | draw(state, 2)),
		.daddr = htonl(draw(state, 1u << 31) << 1 | draw(state, 2)),
	};

	ip.check = ~sum_of(&ip, sizeof(ip));
	return ip;
}

TEST("2.4.a", ipv4_fields, "IPv4: addresses and TTL, and nothing else",
     .native = true)
{
	const struct leg leg = leg_to(&bob);
	struct udp_diff diff = before;
	struct iphdr got, expected;

	memset(&got, 0xa5, sizeof(got));
	expected = got;
	rewrite_ipv4(&got, &leg, 41, &diff);
	expected.saddr = inet_addr("10.0.7.254");
	expected.daddr = inet_addr("10.0.7.2");
	expected.ttl = 41;
	expected.check = got.check;
	check_hex("IPv4 header, but for its checksum", &expected, &got,
		  sizeof(got));
}

/* The checksum of a header, which is never 0xffff: no header is all zero. */
static __u16 summed_up(struct iphdr ip)
{
	ip.check = 0;
	return ~(sum_of(&ip, sizeof(ip)) ?: 0xffff);
}

/* Changes the id so that the checksum is 0, which in IPv4 is one like others. */
static void make_check_zero(struct iphdr *ip)
{
	ip->id = (ip->id + summed_up(*ip)) % 0xffff;
}

/* Of one header in three it is 0 before, and of one in three afterwards. */
static struct iphdr draw_checked(uint64_t *state, int i, const struct leg *leg,
				 __u8 ttl)
{
	struct iphdr ip = draw_ipv4(state), after = ip;

	if (i % 3 == 1)
		make_check_zero(&ip);
	if (i % 3 == 2) {
		after.saddr = leg->saddr.word[3];
		after.daddr = leg->daddr.word[3];
		after.ttl = ttl;
		make_check_zero(&after);
		ip.id = after.id;
	}
	ip.check = summed_up(ip);
	return ip;
}

TEST("2.4.b", ipv4_check, "IPv4: the header's checksum is mended",
     .native = true)
{
	const struct leg leg = leg_to(&bob);
	uint64_t state = 1;

	for (int i = 0; i < 10000; i++) {
		__u8 ttl = draw(&state, 256);
		struct iphdr ip = draw_checked(&state, i, &leg, ttl);
		struct iphdr before = ip;
		struct udp_diff diff = {};

		rewrite_ipv4(&ip, &leg, ttl, &diff);
		check_true(ip.check == summed_up(ip),
			   "header %d, TTL %u to %u: the checksum was 0x%04x "
			   "and should become 0x%04x, got 0x%04x",
			   i, before.ttl, ttl, ntohs(before.check),
			   ntohs(summed_up(ip)), ntohs(ip.check));
		check_uint("TTL", ttl, ip.ttl);
	}
}

TEST("2.4.c", ipv4_pseudo, "IPv4: what the addresses do to UDP's checksum",
     .native = true)
{
	const struct leg leg = leg_to(&bob);
	uint64_t state = 2;

	for (int i = 0; i < 10000; i++) {
		struct iphdr ip = draw_ipv4(&state);
		uint32_t addresses = sum_of(&ip.saddr, 8);
		struct udp_diff diff = before;

		rewrite_ipv4(&ip, &leg, 41, &diff);
		check_diff("diff.pseudo", before.pseudo, diff.pseudo, addresses,
			   sum_of(&ip.saddr, 8));
		check_bits("diff.rest", before.rest, diff.rest);
		check_hex("daddr", &leg.daddr.word[3], &ip.daddr, 4);
	}
}

/* ---- 2.5 rewrite_udp() ------------------------------------------------ */

TEST("2.5.a", udp_ports, "UDP: from the media port to the receiver's",
     .native = true)
{
	const struct leg leg = leg_to(&bob);
	struct udphdr got = {
		.source = htons(6000),
		.dest = htons(MEDIA_PORT),
		.len = htons(172),
		.check = htons(0xabcd),
	};
	struct udp_diff diff = before;

	rewrite_udp(&got, &leg, htons(MEDIA_PORT), &diff);
	check_uint("source", MEDIA_PORT, ntohs(got.source));
	check_uint("dest", 7000, ntohs(got.dest));
	check_uint("len", 172, ntohs(got.len));
	check_bits("check, for others to mend", 0xabcd, ntohs(got.check));
}

TEST("2.5.b", udp_diff, "UDP: what the ports do to its checksum",
     .native = true)
{
	struct leg leg = leg_to(&bob);
	uint64_t state = 3;

	for (int i = 0; i < 10000; i++) {
		struct udphdr udp = {
			.source = draw(&state, 65536),
			.dest = draw(&state, 65536),
		};
		uint32_t ports = sum_of(&udp, 4);
		struct udp_diff diff = before;
		__be16 media_port = draw(&state, 65536);

		leg.dport = draw(&state, 65536);
		rewrite_udp(&udp, &leg, media_port, &diff);
		check_hex("source", &media_port, &udp.source, 2);
		check_diff("diff.rest", before.rest, diff.rest, ports,
			   sum_of(&udp, 4));
		check_hex("dest", &leg.dport, &udp.dest, 2);
		check_bits("diff.pseudo", before.pseudo, diff.pseudo);
	}
}

/* The copy that user space makes of a frame (TC's is mended by the kernel). */
static struct frame rewritten(const struct frame *f, const struct receiver *to)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	const struct leg leg = leg_to(to);
	const struct rtp_out out = rtp_out_to(to);
	struct udp_diff diff = {};
	struct frame copy = *f;
	uint8_t *frame = copy_of(f->data, f->len);
	struct packet p;
	__u16 check;

	check_verdict(CLASS_RTP, parse_native(f, &p, &media), "the frame");
	check_int("rewrite_frame", 0,
		  rewrite_frame(frame, frame + f->len, &p, &leg, &out, &diff));
	memcpy(copy.data, frame, f->len);
	free(frame - IP_ALIGN);
	memcpy(&check, copy.data + p.l4 + 6, 2);
	check = udp_csum_update(check, csum_add(diff.pseudo, diff.rest));
	memcpy(copy.data + p.l4 + 6, &check, 2);
	return copy;
}

/* 2.8 is not needed where there is nothing to rewrite in RTP. */
static void keep_rtp(struct receiver *to, struct packet_spec *packet)
{
	const struct packet_spec plain = rtp_spec();

	packet->rtp.marker = false;
	packet->rtp.ssrc = to->ssrc = plain.rtp.ssrc;
	packet->rtp.payload_type = to->pt = plain.rtp.payload_type;
}

static void check_rewriting(bool ip6, bool as_told)
{
	struct receiver to = ip6 ? bob6 : bob;
	uint64_t state = 4 + ip6;

	for (int i = 0; i < 5000; i++) {
		struct packet_spec spec = draw_media(&state, ip6);
		struct frame f, expected, got;

		spec.vlans = draw(&state, 3);
		if (!as_told)
			keep_rtp(&to, &spec);
		f = build(&spec);
		expected = copy_to(&to, &spec);
		got = rewritten(&f, &to);
		check_packet(&expected, &got);
	}
}

TEST("2.5.c", whole_copy, "IPv4: 5,000 whole copies, byte by byte",
     .native = true)
{
	check_rewriting(false, false);
}

TEST("2.5.d", zero_sum, "IPv4: a copy's checksum of 0 is sent as 0xffff",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct receiver to = bob;
	struct frame expected, got, f;
	uint8_t payload[20];

	keep_rtp(&to, &spec);
	make_sum_zero(&to, &spec, payload);
	f = build(&spec);
	expected = copy_to(&to, &spec);
	got = rewritten(&f, &to);
	check_packet(&expected, &got);
}

/* ---- 2.8 rewrite_rtp() ------------------------------------------------ */

TEST("2.8.a", rtp_fields,
     "RTP: SSRC and payload type as told, the marker stays", .native = true)
{
	const struct rtp_out out = rtp_out_to(&bob);
	struct udp_diff diff = before;

	for (int marker = 0; marker <= RTP_MARKER; marker += RTP_MARKER) {
		struct rtp_hdr got = {
			.vpxcc = 0xb3,
			.mpt = marker | 96,
			.seq = htons(0xfedc),
			.timestamp = htonl(0x89abcdef),
			.ssrc = htonl(0x14e6e8a5),
		};
		struct rtp_hdr expected = got;

		rewrite_rtp(&got, &out, &diff);
		expected.mpt = marker | 111;
		expected.ssrc = htonl(0xb0bb0b00);
		check_hex("RTP header", &expected, &got, sizeof(got));
	}
}

TEST("2.8.b", rtp_diff, "RTP: what that does to UDP's checksum", .native = true)
{
	struct rtp_out out;
	uint64_t state = 6;

	for (int i = 0; i < 10000; i++) {
		struct rtp_hdr rtp = {
			.vpxcc = 0x80,
			.mpt = draw(&state, 256),
			.ssrc = draw(&state, 1u << 31) * 2 + 1,
		};
		uint32_t header = sum_of(&rtp, sizeof(rtp));
		struct udp_diff diff = before;

		out.ssrc = draw(&state, 1u << 31) * 2;
		out.pt = draw(&state, 128);
		rewrite_rtp(&rtp, &out, &diff);
		check_diff("diff.rest", before.rest, diff.rest, header,
			   sum_of(&rtp, sizeof(rtp)));
		check_hex("ssrc", &out.ssrc, &rtp.ssrc, 4);
		check_bits("diff.pseudo", before.pseudo, diff.pseudo);
	}
}

TEST("2.8.c", whole_copy_as_told,
     "IPv4, IPv6: 10,000 copies with SSRC and PT as told", .native = true)
{
	check_rewriting(false, true);
	check_rewriting(true, true);
}
