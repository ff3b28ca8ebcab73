// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of classify.h, compiled natively.  Each calls the function it is
 * about, with the cursor at the UDP payload.  Those of 1.0 are about what is
 * provided, and 1.0.g about all blocks together.  1.6 needs 1.1.
 */
#include "lab01-xdp-parse/testlib/frames.h"

#define L5	 (ETH_HLEN + 20 + 8) /* UDP's payload over IPv4 */
#define RTP_HLEN 12

typedef enum verdict (*parser)(struct cursor *c, struct packet *p);

/*
 * The verdict on a payload of len bytes in a frame that has `there` bytes
 * from the payload on, of which `linear` lie between the cursor's ends.
 */
static enum verdict judge_in(parser parse, const void *payload, size_t len,
			     size_t there, size_t linear, struct packet *p)
{
	uint8_t frame[PACKET_MAX] = {};
	enum verdict verdict;
	struct cursor c;

	memcpy(frame + L5, payload, there);
	c = cursor_split(frame, L5 + there, L5 + linear, L5);
	*p = (struct packet){ .payload = L5, .payload_len = len };
	verdict = parse(&c, p);
	cursor_free(&c);
	return verdict;
}

static enum verdict judge_split(parser parse, const void *payload, size_t len,
				size_t linear)
{
	struct packet p;

	return judge_in(parse, payload, len, len, linear, &p);
}

static enum verdict judge(parser parse, const void *payload, size_t len)
{
	return judge_split(parse, payload, len, len);
}

/* The UDP payload of the frame that a specification describes. */
struct payload {
	uint8_t bytes[PACKET_MAX];
	size_t len;
};

static struct payload payload_of(const struct packet_spec *spec)
{
	const struct frame f = build(spec);
	struct payload payload = { .len = f.len - L5 };

	memcpy(payload.bytes, f.data + L5, payload.len);
	return payload;
}

static enum verdict rtp_of(const struct packet_spec *spec)
{
	const struct payload payload = payload_of(spec);

	return judge(parse_rtp, payload.bytes, payload.len);
}

/* The verdict on the first len bytes, behind which the frame goes on. */
static enum verdict rtp_before_trailer(const struct payload *payload,
				       size_t len)
{
	struct packet p;

	return judge_in(parse_rtp, payload->bytes, len, payload->len,
			payload->len, &p);
}

/* ---- 1.0 provided ----------------------------------------------------- */

TEST("1.0.a", stun, "STUN: its length, its cookie, its header", .native = true)
{
	uint8_t m[28] = {};

	memcpy(m, stun_request, sizeof(stun_request));
	check_verdict(CLASS_STUN, judge(parse_stun, m, 20), "no attribute");
	for (size_t len = 2; len < 20; len++)
		check_verdict(DROP_STUN_MALFORMED, judge(parse_stun, m, len),
			      "%zu bytes", len);
	for (int length = 0; length < 16; length++) {
		m[3] = length;
		check_verdict(length == 8 ? CLASS_STUN : DROP_STUN_MALFORMED,
			      judge(parse_stun, m, 28),
			      "8 bytes of attributes, length %d", length);
	}
	m[3] = 2;
	check_verdict(DROP_STUN_MALFORMED, judge(parse_stun, m, 22),
		      "an attribute of 2 bytes");
	m[3] = 8;
	m[7] ^= 1;
	check_verdict(DROP_STUN_MALFORMED, judge(parse_stun, m, 28),
		      "another cookie");
}

static enum verdict dtls_of(struct cursor *c, struct packet *p)
{
	return parse_dtls(c, p, *(__u8 *)c->pos);
}

TEST("1.0.b", dtls, "DTLS: the first record fits", .native = true)
{
	uint8_t m[16];

	memcpy(m, dtls_record, sizeof(m));
	for (size_t len = 2; len < 16; len++)
		check_verdict(DROP_DTLS_MALFORMED, judge(dtls_of, m, len),
			      "a record of 3 bytes, %zu bytes in all", len);
	for (int length = 0; length < 256; length++) {
		m[12] = length;
		check_verdict(length <= 3 ? CLASS_DTLS : DROP_DTLS_MALFORMED,
			      judge(dtls_of, m, sizeof(m)),
			      "3 bytes, length %d", length);
	}
	m[11] = 1;
	m[12] = 0;
	check_verdict(DROP_DTLS_MALFORMED, judge(dtls_of, m, sizeof(m)),
		      "3 bytes, length 256");
	for (m[0] = 32; m[0] < 64; m[0]++)
		check_verdict(CLASS_DTLS, judge(dtls_of, m, 5),
			      "first byte %d: encrypted by DTLS 1.3", m[0]);
}

TEST("1.0.c", rtcp, "RTCP: the packets of a compound fill it", .native = true)
{
	const size_t size = sizeof(rtcp_compound);
	uint8_t m[sizeof(rtcp_compound)];

	for (size_t len = 2; len <= size; len++)
		check_verdict(len == 8 || len == size ? CLASS_RTCP :
							DROP_RTCP_MALFORMED,
			      judge(parse_rtcp, rtcp_compound, len),
			      "a report and a goodbye, cut off after %zu bytes",
			      len);
	for (size_t linear = 2; linear <= size; linear++)
		check_verdict(CLASS_RTCP,
			      judge_split(parse_rtcp, rtcp_compound, size,
					  linear),
			      "only %zu bytes are near", linear);
	for (int version = 0; version < 4; version++) {
		memcpy(m, rtcp_compound, size);
		m[8] = version << 6 | 1;
		check_verdict(version == 2 ? CLASS_RTCP : DROP_RTCP_MALFORMED,
			      judge(parse_rtcp, m, size),
			      "version %d in the second packet", version);
	}
	memcpy(m, rtcp_compound, size);
	m[2] = 0xff;
	check_verdict(DROP_RTCP_MALFORMED, judge(parse_rtcp, m, size),
		      "a length of 65,281 words");
}

TEST("1.0.d", rtcp_many, "RTCP: up to 16 packets in one compound",
     .native = true)
{
	uint8_t m[4 * (RTCP_MAX_COMPOUND + 1)] = {};

	for (size_t i = 0; i < sizeof(m); i += 4) {
		m[i] = 0x80;
		m[i + 1] = 203;
	}
	check_verdict(DROP_RTCP_MALFORMED, judge(parse_rtcp, m, 4),
		      "a goodbye of nobody");
	for (size_t len = 8; len <= sizeof(m); len += 4)
		check_verdict(len <= 4 * RTCP_MAX_COMPOUND ?
				      CLASS_RTCP :
				      DROP_RTCP_MALFORMED,
			      judge(parse_rtcp, m, len), "%zu packets",
			      len / 4);
}

/* What one byte is: too short for most, and enough to pass some by. */
static enum verdict one_byte(int first)
{
	enum verdict class = classify(first, 0);

	if (class == CLASS_STUN)
		return DROP_STUN_MALFORMED;
	if (class == CLASS_DTLS && first < 32)
		return DROP_DTLS_MALFORMED;
	return class == CLASS_RTP ? DROP_RTP_TRUNCATED : class;
}

TEST("1.0.e", one_byte_payload, "one byte is a datagram, too", .native = true)
{
	for (int first = 0; first < 256; first++) {
		uint8_t byte = first;

		check_verdict(one_byte(first), judge(parse_payload, &byte, 1),
			      "byte %d", first);
	}
}

TEST("1.0.f", verdict_names, "every verdict has a name of its own",
     .native = true)
{
	for (int a = 0; a < VERDICT_COUNT; a++) {
		check_true(*verdict_name(a), "verdict %d has no name", a);
		for (int b = 0; b < a; b++)
			check_true(strcmp(verdict_name(a), verdict_name(b)),
				   "%d and %d: both %s", a, b, verdict_name(a));
	}
	check_str("beyond the last", "?", verdict_name(VERDICT_COUNT));
	check_true(!is_drop(CLASS_RTCP), "is_drop() should be false for RTCP");
	check_true(is_drop(DROP_IP_LENGTH),
		   "is_drop() should be true for a wrong IP length");
	check_true(is_drop(DROP_STALE_LEG),
		   "is_drop() should be true for the last verdict");
}

TEST("1.0.g", whole_frames, "whole frames: each kind of packet by its name",
     .native = true)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	struct packet p;

	for (size_t i = 0; i < samples_count; i++) {
		struct frame f = build(&samples[i].spec);

		check_verdict(samples[i].verdict, parse_native(&f, &p, &media),
			      "%s", samples[i].name);
	}
}

TEST("1.0.h", media_address,
     "only what is aimed at the media address is judged", .native = true)
{
	struct media_address media = { .port = htons(MEDIA_PORT) };
	struct packet_spec spec = udp_spec("\xff", 1);
	struct frame f = build(&spec);
	struct packet p;

	check_verdict(DROP_UNKNOWN_CLASS, parse_native(&f, &p, &media),
		      "any address of this host");
	media.addr = ip_addr_v4(inet_addr("10.0.7.254"));
	check_verdict(DROP_UNKNOWN_CLASS, parse_native(&f, &p, &media),
		      "this address");
	for (int i = 0; i < 4; i++) {
		media.addr = ip_addr_v4(inet_addr("10.0.7.254"));
		media.addr.word[i] ^= htonl(1);
		check_verdict(CLASS_OTHER, parse_native(&f, &p, &media),
			      "an address that differs in word %d", i);
	}
}

/* The same bytes are judged if they are for us, and only then. */
TEST("1.0.p", other_hosts,
     "what is for another host is not judged, whatever "
     "it is",
     .native = true)
{
	static const struct {
		const char *addr;
		bool for_us;
	} hosts[] = {
		{ "10.0.7.254", true },	     { "127.0.0.1", true },
		{ "127.255.255.254", true }, { "10.0.7.253", false },
		{ "128.0.0.1", false },	     { "126.0.0.1", false },
		{ "10.0.7.255", false },     { "255.255.255.255", false },
		{ "224.0.0.1", false },	     { "0.0.0.0", false },
		{ "fd00:7::254", true },     { "fd00:7::253", false },
		{ "::7f00:1", false },	     { "ff02::1", false },
	};
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	struct packet p;

	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		struct packet_spec spec = udp_spec("\xff", 1);
		struct frame f;

		spec.ip.dst = hosts[i].addr;
		if (strchr(hosts[i].addr, ':'))
			spec.ip.src = "fd00:7::1";
		f = build(&spec);
		check_verdict(hosts[i].for_us ? DROP_UNKNOWN_CLASS :
						CLASS_OTHER,
			      parse_native(&f, &p, &media), "garbage to %s",
			      hosts[i].addr);
		spec.udp.length = 1000;
		f = build(&spec);
		check_verdict(hosts[i].for_us ? DROP_UDP_LENGTH : CLASS_OTHER,
			      parse_native(&f, &p, &media),
			      "a wrong length to %s", hosts[i].addr);
	}
}

TEST("1.0.q", group_mac, "what is sent to a group of hosts is not media",
     .native = true)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	struct packet_spec spec = rtp_spec();
	uint8_t mac[ETH_ALEN] = { 0, 0, 0x5e, 0, 0, 1 };
	struct packet p;
	struct frame f;

	spec.eth.dst = mac;
	for (int first = 0; first < 256; first++) {
		mac[0] = first;
		f = build(&spec);
		check_verdict(first & 1 ? CLASS_OTHER : CLASS_RTP,
			      parse_native(&f, &p, &media),
			      "to %02x:00:5e:00:00:01", first);
	}
}

TEST("1.0.r", udp_checksum,
     "UDP without a checksum: over IPv4, but not over "
     "IPv6",
     .native = true)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	struct packet_spec spec = rtp_spec();
	struct packet p;
	struct frame f;

	spec.udp.check = PACKET_ZERO;
	f = build(&spec);
	check_verdict(CLASS_RTP, parse_native(&f, &p, &media), "IPv4");
	spec.ip.src = "fd00:7::1";
	spec.ip.dst = "fd00:7::254";
	f = build(&spec);
	check_verdict(DROP_UDP_CHECKSUM, parse_native(&f, &p, &media), "IPv6");
	spec.udp.check = 1;
	f = build(&spec);
	check_verdict(CLASS_RTP, parse_native(&f, &p, &media),
		      "IPv6, and a checksum that is wrong");
	spec.udp.check = PACKET_ZERO;
	spec.udp.dport++;
	f = build(&spec);
	check_verdict(CLASS_OTHER, parse_native(&f, &p, &media),
		      "IPv6, to another port");
}

TEST("1.0.i", any_bytes, "100,000 frames at random: never outside the frame",
     .native = true)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	uint64_t state = 1;
	struct packet p;

	for (int i = 0; i < 100000; i++) {
		struct frame f = draw_frame(&state);
		enum verdict verdict = parse_native(&f, &p, &media);

		check_true(verdict < DROP_UNKNOWN_SOURCE &&
				   verdict != CLASS_UDP,
			   "frame %d: %s", i, verdict_name(verdict));
		if (verdict > CLASS_UDP && verdict < DROP_FIRST)
			check_true(p.payload + p.payload_len <= f.len,
				   "frame %d of %zu bytes: a payload of %u at "
				   "%u",
				   i, f.len, p.payload_len, p.payload);
	}
}

TEST("1.0.j", rtp_fields, "RTP: what is in the header", .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct payload payload;
	struct packet p;

	spec.rtp.payload_type = 111;
	spec.rtp.sequence = 0xfedc;
	spec.rtp.timestamp = 0x89abcdef;
	spec.rtp.ssrc = 0x14e6e8a5;
	for (int marker = 0; marker < 2; marker++) {
		spec.rtp.marker = marker;
		payload = payload_of(&spec);
		check_verdict(CLASS_RTP,
			      judge_in(parse_rtp, payload.bytes, payload.len,
				       payload.len, payload.len, &p),
			      "verdict");
		check_uint("pt", 111, p.pt);
		check_uint("marker", marker, p.marker);
		check_uint("seq", 0xfedc, p.seq);
		check_uint("timestamp", 0x89abcdef, p.timestamp);
		check_uint("ssrc, in network byte order", 0x14e6e8a5,
			   ntohl(p.ssrc));
	}
}

TEST("1.0.k", rtp_truncated, "less than 12 bytes are no RTP header",
     .native = true)
{
	const struct packet_spec spec = rtp_spec();
	const struct payload payload = payload_of(&spec);

	for (size_t len = 2; len <= 12; len++) {
		enum verdict expected = len < 12 ? DROP_RTP_TRUNCATED :
						   CLASS_RTP;

		check_verdict(expected, judge(parse_rtp, payload.bytes, len),
			      "%zu bytes", len);
		check_verdict(expected, rtp_before_trailer(&payload, len),
			      "UDP says %zu bytes, the frame has more", len);
	}
}

/* ---- 1.5 classify() --------------------------------------------------- */

/* RFC 7983, section 7 */
static const struct {
	uint8_t first, last;
	enum verdict class;
} classes[] = {
	{ 0, 3, CLASS_STUN },	 { 4, 15, DROP_UNKNOWN_CLASS },
	{ 16, 19, CLASS_ZRTP },	 { 20, 63, CLASS_DTLS },
	{ 64, 79, CLASS_TURN },	 { 80, 127, DROP_UNKNOWN_CLASS },
	{ 128, 191, CLASS_RTP }, { 192, 255, DROP_UNKNOWN_CLASS },
};

TEST("1.5.a", by_first_byte, "every first byte has its class", .native = true)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		for (int first = classes[i].first; first <= classes[i].last;
		     first++)
			check_verdict(classes[i].class, classify(first, 96),
				      "first byte %d", first);
}

TEST("1.5.b", by_second_byte, "the second byte tells RTCP from RTP",
     .native = true)
{
	for (int first = 128; first < 192; first++)
		for (int second = 0; second < 256; second++)
			check_verdict(second >= 192 && second <= 223 ?
					      CLASS_RTCP :
					      CLASS_RTP,
				      classify(first, second),
				      "bytes %d and %d", first, second);
}

TEST("1.5.c", second_byte_elsewhere, "in all but RTP the second byte is free",
     .native = true)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (classes[i].class == CLASS_RTP)
			continue;
		for (int second = 0; second < 256; second++)
			check_verdict(classes[i].class,
				      classify(classes[i].last, second),
				      "bytes %d and %d", classes[i].last,
				      second);
	}
}

/* ---- 1.6 parse_rtp() -------------------------------------------------- */

TEST("1.6.a", rtp_csrcs, "0 to 15 CSRCs, if they are all there", .native = true)
{
	struct packet_spec spec = rtp_spec();

	spec.payload_len = 0;
	for (uint32_t n = 0; n <= 15; n++) {
		struct payload payload;

		spec.rtp.csrcs = n;
		payload = payload_of(&spec);
		check_verdict(CLASS_RTP, rtp_of(&spec), "%u CSRCs", n);
		for (size_t len = 12; len < payload.len; len++) {
			check_verdict(DROP_RTP_CSRC,
				      judge(parse_rtp, payload.bytes, len),
				      "%u CSRCs, %zu bytes", n, len);
			check_verdict(DROP_RTP_CSRC,
				      rtp_before_trailer(&payload, len),
				      "%u CSRCs, UDP says %zu bytes, the frame "
				      "has more",
				      n, len);
		}
	}
}

TEST("1.6.b", rtp_extension, "an extension, if it is there in full",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct payload payload;

	spec.payload_len = 0;
	spec.rtp.csrcs = 2;
	spec.rtp.extension = true;
	for (spec.rtp.ext_len = 0; spec.rtp.ext_len <= 32;
	     spec.rtp.ext_len += 8) {
		payload = payload_of(&spec);
		check_verdict(CLASS_RTP, rtp_of(&spec), "%zu bytes of it",
			      spec.rtp.ext_len);
		for (size_t len = 20; len < payload.len; len++) {
			check_verdict(DROP_RTP_EXTENSION,
				      judge(parse_rtp, payload.bytes, len),
				      "%zu bytes of it, cut off after %zu",
				      spec.rtp.ext_len, len);
			check_verdict(DROP_RTP_EXTENSION,
				      rtp_before_trailer(&payload, len),
				      "%zu bytes of it, UDP says %zu, the "
				      "frame has more",
				      spec.rtp.ext_len, len);
		}
	}
}

TEST("1.6.c", rtp_extension_length, "an extension's length counts words",
     .native = true)
{
	struct packet_spec spec = rtp_spec();

	spec.rtp.extension = true;
	spec.payload_len = 1024;
	for (uint32_t words = 0; words < 65536; words += 1 + words / 300) {
		spec.rtp.ext_words = words | PACKET_ZERO;
		check_verdict(words <= 256 ? CLASS_RTP : DROP_RTP_EXTENSION,
			      rtp_of(&spec),
			      "1024 bytes behind its header, "
			      "length %u",
			      words);
	}
}

TEST("1.6.d", rtp_padding, "padding: its last byte counts it, itself included",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct payload payload;

	payload = payload_of(&spec);
	payload.bytes[0] |= RTP_PADDING;
	for (int count = 0; count < 256; count++) {
		payload.bytes[payload.len - 1] = count;
		check_verdict(count >= 1 && count <= 20 ? CLASS_RTP :
							  DROP_RTP_PADDING,
			      judge(parse_rtp, payload.bytes, payload.len),
			      "20 bytes behind the header, %d of padding",
			      count);
	}
}

TEST("1.6.e", rtp_padding_behind, "padding takes nothing from the headers",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct payload payload;

	spec.rtp.csrcs = 3;
	spec.rtp.extension = true;
	spec.rtp.ext_len = 8;
	for (spec.payload_len = 0; spec.payload_len < 8; spec.payload_len++) {
		payload = payload_of(&spec);
		payload.bytes[0] |= RTP_PADDING;
		for (size_t count = 0; count < 12; count++) {
			payload.bytes[payload.len - 1] = count;
			check_verdict(count && count <= spec.payload_len ?
					      CLASS_RTP :
					      DROP_RTP_PADDING,
				      judge(parse_rtp, payload.bytes,
					    payload.len),
				      "%zu bytes behind CSRCs and extension, "
				      "%zu of padding",
				      spec.payload_len, count);
		}
	}
}

TEST("1.6.f", rtp_padding_end, "padding ends where UDP does, near or far",
     .native = true)
{
	struct packet_spec spec = rtp_spec();
	struct payload payload;

	spec.rtp.padding = 5;
	payload = payload_of(&spec);
	step("37 bytes of RTP, the last 5 are padding");
	memset(payload.bytes + payload.len, 0, 9);
	payload.len += 9;
	check_verdict(CLASS_RTP, rtp_before_trailer(&payload, 37),
		      "9 bytes of 0 behind it");
	for (size_t linear = RTP_HLEN; linear <= 37; linear++)
		check_verdict(CLASS_RTP,
			      judge_split(parse_rtp, payload.bytes, 37, linear),
			      "in TC, of which %zu are in reach", linear);
	payload.bytes[36] = 0;
	payload.bytes[payload.len - 1] = 5;
	check_verdict(DROP_RTP_PADDING, rtp_before_trailer(&payload, 37),
		      "a last byte of 0, and a 5 behind it");
}
