/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The frames that tests are made of: by hand, one of each kind, at random. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab01-xdp-parse/testlib/frames.h"

enum verdict parse_native(const struct frame *f, struct packet *p,
			  const struct media_address *media)
{
	return judge_frame(f->data, f->len, f->len, p, media);
}

/* ---- checks ----------------------------------------------------------- */

void check_verdict_at(const char *where, enum verdict expected,
		      enum verdict got, const char *format, ...)
{
	char what[128];
	va_list args;

	if (expected == got)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	test_fail(where, "%s: expected %s, got %s", what,
		  verdict_name(expected), verdict_name(got));
}

/* ---- frames ----------------------------------------------------------- */

struct packet_spec rtp_spec(void)
{
	return (struct packet_spec){
		.ip = { .src = "10.0.7.1", .dst = "10.0.7.254" },
		.udp = { .sport = 6000, .dport = MEDIA_PORT },
		.rtp = { .payload_type = 96,
			 .sequence = 4242,
			 .timestamp = 90000,
			 .ssrc = 0x5ca5a55c },
		.payload_len = 20,
	};
}

struct packet_spec udp_spec(const void *payload, size_t len)
{
	struct packet_spec spec = rtp_spec();

	spec.last = PACKET_UDP;
	spec.payload = payload;
	spec.payload_len = len;
	return spec;
}

struct frame build(const struct packet_spec *spec)
{
	struct frame f;
	int err = packet_build(&f, spec);

	if (err)
		fail("packet_build: %s", strerror(-err));
	return f;
}

void add_trailer(struct frame *f, size_t len)
{
	memset(f->data + f->len, 0x5a, len);
	f->len += len;
}

/* ---- one of each kind --------------------------------------------------- */

/* clang-format off */
const uint8_t stun_request[20] = {
	0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, 1,  2,
	3,    4,    5,	  6,	7,    8,    9,	  10,	11, 12,
};

const uint8_t dtls_record[16] = {
	22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 'a', 'b', 'c',
};

const uint8_t rtcp_compound[16] = {
	0x80, 201, 0, 1, 0x14, 0xe6, 0xe8, 0xa5,
	0x81, 203, 0, 1, 0x14, 0xe6, 0xe8, 0xa5,
};

const struct sample samples[] = {
	{ "RTP",
	  CLASS_RTP,
	  true,
	  { SAMPLE_RTP, .rtp = { .payload_type = 96, .ssrc = 1 } } },
	{ "RTP with CSRCs, extension and padding",
	  CLASS_RTP,
	  true,
	  { SAMPLE_RTP, .rtp = { .payload_type = 111,
				 .ssrc = 2,
				 .marker = true,
				 .csrcs = 2,
				 .extension = true,
				 .ext_len = 8,
				 .padding = 3 } } },
	{ "RTP behind IPv4 options",
	  CLASS_OPTIONS,
	  true,
	  { SAMPLE_UDP,
	    .ip = { .src = "10.0.7.1",
		    .dst = "10.0.7.254",
		    .options = (const uint8_t[]){ 1, 1, 1, 1 },
		    .options_len = 4 },
	    .payload_len = 20 } },
	{ "RTP behind two VLAN tags",
	  CLASS_RTP,
	  false,
	  { SAMPLE_RTP, .vlan = { { .id = 5 }, { .id = 6 } }, .vlans = 2,
	    .rtp = { .ssrc = 3 } } },
	{ "RTP over IPv6",
	  CLASS_RTP,
	  true,
	  { SAMPLE_UDP, .ip = { .src = "fd00:7::1", .dst = "fd00:7::254" },
	    .payload_len = 20 } },
	{ "STUN",
	  CLASS_STUN,
	  true,
	  { SAMPLE_IP4, SAMPLE_UDP, .last = PACKET_UDP, .payload = stun_request,
	    .payload_len = sizeof(stun_request) } },
	{ "ZRTP", CLASS_ZRTP, true, { SAMPLE_BYTES(16, 0, 0) } },
	{ "DTLS",
	  CLASS_DTLS,
	  true,
	  { SAMPLE_IP4, SAMPLE_UDP, .last = PACKET_UDP, .payload = dtls_record,
	    .payload_len = sizeof(dtls_record) } },
	{ "a TURN channel", CLASS_TURN, true, { SAMPLE_BYTES(64, 0, 0, 0) } },
	{ "RTCP",
	  CLASS_RTCP,
	  true,
	  { SAMPLE_IP4, SAMPLE_UDP, .last = PACKET_UDP,
	    .payload = rtcp_compound, .payload_len = sizeof(rtcp_compound) } },
	{ "a first fragment",
	  CLASS_FRAGMENT,
	  false,
	  { SAMPLE_UDP,
	    .ip = { .src = "10.0.7.1",
		    .dst = "10.0.7.254",
		    .more_fragments = true },
	    .payload_len = 20 } },
	{ "a last fragment",
	  CLASS_FRAGMENT,
	  false,
	  { .last = PACKET_IP,
	    .ip = { .src = "10.0.7.1",
		    .dst = "10.0.7.254",
		    .fragment_offset = 6 },
	    .payload_len = 20 } },
	{ "RTP behind a routing header",
	  CLASS_RTP,
	  false,
	  { SAMPLE_UDP,
	    .ip = { .src = "fd00:7::1",
		    .dst = "fd00:7::254",
		    .ext[0] = { .type = IPPROTO_ROUTING },
		    .exts = 1 },
	    .payload_len = 20 } },
	{ "RTP that a routing header sends on",
	  CLASS_OPTIONS,
	  false,
	  { SAMPLE_UDP,
	    .ip = { .src = "fd00:7::1",
		    .dst = "fd00:7::254",
		    .ext[0] = { .type = IPPROTO_ROUTING,
				.body = (const uint8_t[6]){ [1] = 1 } },
		    .exts = 1 },
	    .payload_len = 20 } },
	{ "RTP to a group of hosts",
	  CLASS_OTHER,
	  false,
	  { SAMPLE_RTP,
	    .eth = { .dst = (const uint8_t[]){ 0x01, 0, 0x5e, 0, 0, 1 } } } },
	{ "RTP for another host",
	  CLASS_OTHER,
	  false,
	  { SAMPLE_UDP, .ip = { .src = "10.0.7.1", .dst = "10.9.0.2" },
	    .payload_len = 20 } },
	{ "garbage for another host",
	  CLASS_OTHER,
	  false,
	  { SAMPLE_UDP, .ip = { .src = "10.0.7.1", .dst = "10.9.0.2" },
	    .payload = "\xff\xff", .payload_len = 2, .last = PACKET_UDP } },
	{ "a fragment for another host",
	  CLASS_OTHER,
	  false,
	  { .last = PACKET_IP,
	    .ip = { .src = "10.0.7.1",
		    .dst = "10.9.0.2",
		    .fragment_offset = 6 },
	    .payload_len = 20 } },
	{ "UDP to another port",
	  CLASS_OTHER,
	  false,
	  { SAMPLE_IP4, .udp = { .sport = 6000, .dport = 5005 } } },
	{ "TCP",
	  CLASS_OTHER,
	  false,
	  { .last = PACKET_IP,
	    .ip = { .src = "10.0.7.1", .dst = "10.0.7.254", .protocol = 6 },
	    .payload_len = 20 } },
	{ "ARP",
	  CLASS_OTHER,
	  false,
	  { .last = PACKET_ETH,
	    .eth = { .type = 0x0806 },
	    .payload_len = 28 } },
	{ "an IP packet cut short",
	  DROP_IP_LENGTH,
	  false,
	  { SAMPLE_UDP,
	    .ip = { .src = "10.0.7.1", .dst = "10.0.7.254", .length = 1000 },
	    .payload_len = 20 } },
	{ "a UDP length that lies",
	  DROP_UDP_LENGTH,
	  false,
	  { SAMPLE_IP4,
	    .udp = { .sport = 6000, .dport = MEDIA_PORT, .length = 1000 },
	    .payload_len = 20 } },
	{ "IPv6 without a UDP checksum",
	  DROP_UDP_CHECKSUM,
	  false,
	  { .ip = { .src = "fd00:7::1", .dst = "fd00:7::254" },
	    .udp = { .sport = 6000, .dport = MEDIA_PORT, .check = PACKET_ZERO },
	    .payload_len = 20 } },
	{ "nothing over UDP",
	  DROP_EMPTY,
	  true,
	  { SAMPLE_IP4, SAMPLE_UDP, .last = PACKET_UDP } },
	{ "no known class",
	  DROP_UNKNOWN_CLASS,
	  true,
	  { SAMPLE_BYTES(255, 1, 2, 3) } },
	{ "STUN without its cookie",
	  DROP_STUN_MALFORMED,
	  true,
	  { SAMPLE_BYTES(0, 1, 0, 0, [19] = 7) } },
	{ "a DTLS record cut short",
	  DROP_DTLS_MALFORMED,
	  true,
	  { SAMPLE_BYTES(22, 0xfe, 0xfd, [11] = 1, [14] = 7) } },
	{ "an RTP header cut short",
	  DROP_RTP_TRUNCATED,
	  true,
	  { SAMPLE_BYTES(0x80, 96, 1, 2) } },
	{ "CSRCs beyond the end",
	  DROP_RTP_CSRC,
	  true,
	  { SAMPLE_RTP, .rtp = { .csrc_count = 15 } } },
	{ "an extension beyond the end",
	  DROP_RTP_EXTENSION,
	  true,
	  { SAMPLE_RTP, .rtp = { .extension = true, .ext_words = 9 } } },
	{ "more padding than payload",
	  DROP_RTP_PADDING,
	  true,
	  { SAMPLE_RTP, .rtp = { .padding = 4, .padding_count = 200 } } },
	{ "RTCP that ends in the middle",
	  DROP_RTCP_MALFORMED,
	  true,
	  { SAMPLE_BYTES(0x80, 200, 0, 6, 1, 2, 3, 4) } },
};
/* clang-format on */

const size_t samples_count = sizeof(samples) / sizeof(*samples);

/* ---- frames at random ------------------------------------------------- */

uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (*state >> 33) % below;
}

bool one_in(uint64_t *state, uint32_t n)
{
	return !draw(state, n);
}

void draw_rtp(uint64_t *state, struct packet_spec *spec)
{
	spec->rtp.payload_type = draw(state, 128);
	spec->rtp.sequence = draw(state, 65536);
	spec->rtp.ssrc = draw(state, 4);
	spec->rtp.csrcs = one_in(state, 2) ? 0 : draw(state, PACKET_CSRCS + 1);
	spec->rtp.extension = one_in(state, 2);
	spec->rtp.ext_len = 4 * draw(state, 4);
	spec->rtp.padding = one_in(state, 2) ? 0 : draw(state, 256);
	spec->payload_len = draw(state, 40);
}

static void draw_ip(uint64_t *state, struct packet_spec *spec)
{
	static const uint8_t exts[] = {
		IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
		IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_FRAGMENT,
	};
	static const uint8_t at_home[14], sent_on[14] = { 0, 1 };
	bool for_us = !one_in(state, 8);

	spec->ip.dont_fragment = one_in(state, 2);
	spec->ip.options = NULL;
	spec->ip.options_len = one_in(state, 4) ? draw(state, 41) : 0;
	spec->ip.src = "10.0.7.1";
	spec->ip.dst = for_us ? "10.0.7.254" : "10.0.7.253";
	if (one_in(state, 2))
		return;
	spec->ip.src = "fd00:7::1";
	spec->ip.dst = for_us ? "fd00:7::254" : "fd00:7::253";
	spec->ip.exts = one_in(state, 2) ? 0 : draw(state, MAX_IPV6_EXTS + 2);
	for (unsigned int i = 0; i < spec->ip.exts; i++) {
		spec->ip.ext[i].type = exts[draw(state, sizeof(exts))];
		spec->ip.ext[i].len = 8 * (1 + draw(state, 2));
		spec->ip.ext[i].body = one_in(state, 4) ? sent_on : at_home;
	}
}

/* Flips bits, mostly of the headers, and cuts the end off. */
static void spoil(uint64_t *state, struct frame *f)
{
	for (int flips = draw(state, 3); flips; flips--)
		f->data[draw(state, f->len < 80 ? f->len : 80)] ^=
			1 << draw(state, 8);
	if (one_in(state, 4))
		f->len -= draw(state, f->len - ETH_HLEN);
}

struct frame draw_frame(uint64_t *state)
{
	struct packet_spec spec = samples[draw(state, samples_count)].spec;
	struct frame f;

	if (one_in(state, 2)) {
		spec = rtp_spec();
		draw_rtp(state, &spec);
	}
	if (spec.last <= PACKET_UDP)
		draw_ip(state, &spec);
	spec.vlans = one_in(state, 4) ? draw(state, 4) : 0;
	f = build(&spec);
	if (one_in(state, 4))
		add_trailer(&f, draw(state, 32));
	if (one_in(state, 2))
		spoil(state, &f);
	return f;
}
