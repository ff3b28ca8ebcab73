// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of outlive.h, compiled natively: compound packets as browsers and
 * GStreamer send them, cut at every length, and datagrams that are written.
 *
 *	| RR | SDES | PLI |  --> who lost a picture?
 *	| RR | SDES |		 the same, cut in the middle: nobody
 */
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab01-xdp-parse/test_cursor.h"
#include "lab06-xdp-fanout/outlive.h"

#define AT 42 /* where the payload begins in a frame */

/* In memory of just its size. */
static __always_inline int frame_bytes(void *frame, __u32 offset, void *to,
				       __u32 length)
{
	const struct cursor *c = frame;

	if (offset > c->len || length > c->len - offset)
		return -1;
	memcpy(to, (const char *)c->start + offset, length);
	return 0;
}

/* ---- what comes ------------------------------------------------------------ */

/* clang-format off */
#define RR_EMPTY  0x80, 201, 0, 1,  0, 0, 0, 9
#define RR_ONE	  0x81, 201, 0, 7,  0, 0, 0, 9,  0, 0, 0x11, 0x11,  0, 0, 0, 0,\
		  0, 0, 1, 2,  0, 0, 0, 3,  0, 0, 0, 0,  0, 0, 0, 0
#define SDES	  0x81, 202, 0, 3,  0, 0, 0, 9,  1, 4, 'n', 'a',  'm', 'e', 0, 0
#define SR	  0x80, 200, 0, 6,  0, 0, 0x33, 0x33,  1, 2, 3, 4,  5, 6, 7, 8,\
		  0, 0, 0, 1,  0, 0, 0, 2,  0, 0, 0, 3
#define PLI	  0x81, 206, 0, 2,  0, 0, 0, 9,  0, 0, 0x11, 0x11
#define FIR	  0x84, 206, 0, 4,  0, 0, 0, 9,  0, 0, 0, 0,\
		  0, 0, 0x11, 0x11,  7, 0, 0, 0
#define NACK	  0x81, 205, 0, 4,  0, 0, 0, 9,  0, 0, 0x22, 0x22,\
		  0, 5, 0, 1,  0x10, 0, 0, 0
#define NACK_PAD  0xa1, 205, 0, 4,  0, 0, 0, 9,  0, 0, 0x22, 0x22,\
		  0, 5, 0, 1,  0, 0, 0, 4
#define REMB	  0x8f, 206, 0, 5,  0, 0, 0, 9,  0, 0, 0, 0,\
		  'R', 'E', 'M', 'B',  1, 0, 1, 0,  0, 0, 0x11, 0x11
#define TWCC	  0x8f, 205, 0, 5,  0, 0, 0, 9,  0, 0, 0x11, 0x11,\
		  0, 1, 0, 1,  0, 0, 0, 0,  0x20, 1, 4, 0
#define XR	  0x80, 207, 0, 4,  0, 0, 0, 9,  4, 0, 0, 2,\
		  1, 2, 3, 4,  5, 6, 7, 8
#define BYTES(...) (const __u8[]){ __VA_ARGS__ },\
		   sizeof((const __u8[]){ __VA_ARGS__ })
/* clang-format on */

static const struct compound {
	const char *name;
	const __u8 *bytes;
	size_t len;
	__u32 sr, picture, nack; /* SSRCs; 0: none */
	__u32 entries;		 /* bytes of them */
} compounds[] = {
	{ "a browser's PLI alone", BYTES(PLI), 0, 0x1111, 0, 0 },
	{ "a browser's RR, REMB and PLI", BYTES(RR_ONE, REMB, PLI), 0, 0x1111,
	  0, 0 },
	{ "a browser's RR, SDES and NACK", BYTES(RR_ONE, SDES, NACK), 0, 0,
	  0x2222, 8 },
	{ "a browser's SR, SDES, XR and REMB", BYTES(SR, SDES, XR, REMB),
	  0x3333, 0, 0, 0 },
	{ "TWCC alone", BYTES(TWCC), 0, 0, 0, 0 },
	{ "TWCC and NACK", BYTES(TWCC, NACK), 0, 0, 0x2222, 8 },
	{ "GStreamer's empty RR, SDES and FIR", BYTES(RR_EMPTY, SDES, FIR), 0,
	  0x1111, 0, 0 },
	{ "GStreamer's SR, SDES, PLI and NACK", BYTES(SR, SDES, PLI, NACK),
	  0x3333, 0x1111, 0x2222, 8 },
	{ "reports only", BYTES(RR_ONE, SDES), 0, 0, 0, 0 },
	{ "two PLIs: the first is taken",
	  BYTES(PLI, 0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 7), 0, 0x1111, 0,
	  0 },
	{ "a NACK with padding", BYTES(RR_EMPTY, NACK_PAD), 0, 0, 0, 0 },
	{ "a FIR without a list",
	  BYTES(0x84, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1), 0, 0, 0, 0 },
	{ "a NACK without a list",
	  BYTES(0x81, 205, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1), 0, 0, 0, 0 },
	{ "an SR that is cut off",
	  BYTES(0x80, 200, 0, 3, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8), 0, 0, 0,
	  0 },
};

#define COMPOUNDS (sizeof(compounds) / sizeof(compounds[0]))

/* A frame of zeros with a payload, in memory of just its size. */
struct held {
	__u8 *bytes;
	struct cursor cursor;
	struct rtcp_wishes wishes;
};

static struct held read_bytes(const void *payload, size_t len)
{
	const struct packet p = { .payload = AT, .payload_len = len };
	struct held h = { .bytes = calloc(1, AT + len) };

	memcpy(h.bytes + AT, payload, len);
	h.cursor = (struct cursor){ .start = h.bytes, .len = AT + len };
	h.wishes.frame = &h.cursor;
	read_datagram(&h.wishes, &p);
	return h;
}

static void check_wishes(const struct compound *c, const struct rtcp_wishes *w)
{
	step("%s", c->name);
	check_uint("SSRC of the SR", c->sr, w->sr ? ntohl(w->sr_ssrc) : 0);
	check_uint("whose picture is lost", c->picture, ntohl(w->picture));
	check_uint("whose packets are lost", c->nack, ntohl(w->nack));
	check_uint("bytes of entries", c->entries, w->length);
}

TEST("6.0.ra", reads_compounds, "compound packets of every usual order",
     .native = true)
{
	for (size_t i = 0; i < COMPOUNDS; i++) {
		struct held h = read_bytes(compounds[i].bytes,
					   compounds[i].len);

		check_wishes(&compounds[i], &h.wishes);
		free(h.bytes);
	}
}

/* What was found must lie in the datagram as a whole. */
static void check_inside(const struct rtcp_wishes *w, size_t len)
{
	check_true(!w->sr || (w->sr >= AT && w->sr + 28 <= AT + len),
		   "the SR begins at byte %u of a frame of %zu", w->sr,
		   AT + len);
	check_true(!w->nack || (w->entries >= AT + 12 &&
				w->entries + w->length <= AT + len),
		   "there are %u bytes of entries at byte %u of a frame of "
		   "%zu",
		   w->length, w->entries, AT + len);
}

TEST("6.0.rb", cut_anywhere, "a compound that ends anywhere", .native = true)
{
	for (size_t i = 0; i < COMPOUNDS; i++)
		for (size_t len = 0; len < compounds[i].len; len++) {
			struct held h = read_bytes(compounds[i].bytes, len);

			check_inside(&h.wishes, len);
			check_true(len >= 12 ||
					   !(h.wishes.picture | h.wishes.nack),
				   "%zu bytes are no feedback", len);
			free(h.bytes);
		}
}

TEST("6.0.rc", any_bytes, "100,000 compounds with wrong bytes", .native = true)
{
	__u8 bytes[128];

	srandom(12);
	for (int round = 0; round < 100000; round++) {
		const struct compound *c = &compounds[random() % COMPOUNDS];
		struct held h;

		memcpy(bytes, c->bytes, c->len);
		for (int i = random() % 4; i >= 0; i--)
			bytes[random() % c->len] = random();
		h = read_bytes(bytes, c->len);
		check_inside(&h.wishes, c->len);
		free(h.bytes);
	}
}

TEST("6.0.rd", at_most_16, "sixteen packets are read, and no more",
     .native = true)
{
	__u8 bytes[17 * 8 + 12], pli[] = { PLI }, rr[] = { RR_EMPTY };
	struct held h;

	for (int i = 0; i < 17; i++)
		memcpy(bytes + 8 * i, rr, sizeof(rr));
	memcpy(bytes + 15 * 8, pli, sizeof(pli));
	h = read_bytes(bytes, 15 * 8 + 12);
	check_uint("PLI as the 16th", 0x1111, ntohl(h.wishes.picture));
	free(h.bytes);
	memcpy(bytes + 15 * 8, rr, sizeof(rr));
	memcpy(bytes + 16 * 8, pli, sizeof(pli));
	h = read_bytes(bytes, 16 * 8 + 12);
	check_uint("PLI as the 17th", 0, ntohl(h.wishes.picture));
	free(h.bytes);
}

/* ---- what goes ------------------------------------------------------------- */

TEST("6.0.re", writes_nack, "a NACK keeps its entries, 32 of them at most",
     .native = true)
{
	__u8 bytes[12 + 4 * 40] = { 0x81, 205, 0, 42, 0, 0, 0, 9, 0, 0, 2, 2 };
	struct rtcp_words w;
	struct held h;

	for (size_t i = 12; i < sizeof(bytes); i++)
		bytes[i] = i;
	h = read_bytes(bytes, sizeof(bytes));
	check_int("write_nack", 0,
		  write_nack(&w, htonl(1), htonl(2), &h.wishes));
	check_uint("words", 35, w.count);
	check_bits("first word", 0x81cd0022, ntohl(w.word[0]));
	check_bits("from", 1, ntohl(w.word[1]));
	check_bits("about", 2, ntohl(w.word[2]));
	check_hex("entries", bytes + 12, w.word + 3, 4 * 32);
	free(h.bytes);
	h = read_bytes((const __u8[]){ NACK }, 20);
	check_int("write_nack", 0,
		  write_nack(&w, htonl(1), htonl(2), &h.wishes));
	check_uint("words", 5, w.count);
	check_bits("a word behind", 0, w.word[5]);
	free(h.bytes);
}

static const uint8_t ours[] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t theirs[] = { 2, 0, 0, 0, 0, 2 };

static struct ip_addr address(const char *text)
{
	struct in_addr v4;
	struct ip_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return ip_addr_v4(v4.s_addr);
	inet_pton(AF_INET6, text, &v6);
	return v6;
}

/* Is this datagram what the kit makes of the same words? */
static void check_datagram(const struct rtcp_words *w, const char *src,
			   const char *dst)
{
	struct packet_spec spec = {
		.eth = { .src = ours, .dst = theirs },
		.ip = { .src = src, .dst = dst, .dont_fragment = true },
		.udp = { .sport = 5004, .dport = 7001 },
		.last = PACKET_UDP,
		.payload = w->word,
		.payload_len = 4 * w->count,
	};
	struct leg to = {
		.saddr = address(src),
		.daddr = address(dst),
		.dport = htons(7001),
	};
	struct frame expected, got = {};
	union rtcp_headers h;

	memcpy(to.smac, ours, sizeof(ours));
	memcpy(to.dmac, theirs, sizeof(theirs));
	check_int("packet_build", 0, packet_build(&expected, &spec));
	got.len = write_headers(&h, &to, htons(5004), w);
	memcpy(got.data, &h.v4.eth, got.len);
	memcpy(got.data + got.len, w->word, 4 * w->count);
	got.len += 4 * w->count;
	check_packet(&expected, &got);
	check_checksums(&got);
}

TEST("6.0.rf", writes_headers, "headers, with sums that are right",
     .native = true)
{
	struct rtcp_words w;

	for (__u32 i = 0; i < 70000; i += 7) {
		write_pli(&w, htonl(i), htonl(i * 1000003));
		check_datagram(&w, "10.0.7.254", "10.0.7.1");
	}
	check_datagram(&w, "fd00:7::254", "fd00:7::1");
}

/* ---- reports ---------------------------------------------------------------- */

static struct rtp_stats stats;
static struct stream_feedback feedback;
static struct rtcp_words words;

static void arrive(__u16 from, __u16 to)
{
	for (__u16 seq = from; seq != to; seq++)
		rtp_stats_update(&stats, 20000000ull * seq, 160, 96, seq,
				 seq * 1800);
}

static void start(void)
{
	stats = (struct rtp_stats){ .pt = 96, .clock_hz = 90000 };
	feedback = (struct stream_feedback){ 0 };
}

static int report(void)
{
	return write_report(&words, &feedback, &stats, htonl(1), htonl(0x3333),
			    htonl(0x03040506), 0);
}

static void check_block(__u32 fraction, __s32 lost, __u32 highest)
{
	__u32 word = ntohl(words.word[3]);

	check_uint("fraction lost", fraction, word >> 24);
	check_int("lost", lost, (int32_t)(word << 8) >> 8);
	check_uint("highest", highest, ntohl(words.word[4]));
}

TEST("6.0.rg", reports, "a report: loss, the SR's time, a name", .native = true)
{
	start();
	arrive(1, 101);
	check_int("report", 0, report());
	check_block(0, 0, 100);
	check_uint("words", 13, words.count);
	check_bits("RR", 0x81c90007, ntohl(words.word[0]));
	check_bits("about", 0x3333, ntohl(words.word[2]));
	check_uint("jitter", 0, ntohl(words.word[5]));
	check_bits("LSR", 0x03040506, ntohl(words.word[6]));
	check_uint("DLSR", 0, words.word[7]);
	check_hex("CNAME",
		  "\x81\xca\x00\x04\x00\x00\x00\x01\x01\x09swiftcall\x00",
		  &words.word[8], 20);
	step("nothing has come since");
	check_int("report", -1, report());
	step("25 of 100 are lost");
	arrive(126, 201);
	check_int("report", 0, report());
	check_block(64, 25, 200);
	step("25 come twice");
	arrive(176, 201);
	check_int("report", 0, report());
	check_block(0, 0, 200);
}

TEST("6.0.rh", reports_remb, "REMB repeats what the server allowed",
     .native = true)
{
	start();
	arrive(1, 11);
	feedback.bits = 2500000;
	check_int("report", 0, report());
	check_uint("words", 19, words.count);
	/* 2,500,000 = 156,250 x 16 */
	check_hex("REMB",
		  "\x8f\xce\x00\x05\x00\x00\x00\x01\x00\x00\x00\x00REMB"
		  "\x01\x12\x62\x5a\x00\x00\x33\x33",
		  &words.word[13], 24);
}

TEST("6.0.ri", report_goes_on, "what the server has reported is not lost again",
     .native = true)
{
	start();
	arrive(1, 51);
	arrive(101, 151);
	step("50 are lost, and the server said so before it died");
	feedback.packets = stats.packets;
	feedback.expected = 150;
	feedback.received = 100;
	arrive(151, 251);
	check_int("report", 0, report());
	check_block(0, 50, 250);
	step("the source starts anew");
	arrive(20000, 20100);
	check_int("report", 0, report());
	check_block(0, 0, 20099);
}
