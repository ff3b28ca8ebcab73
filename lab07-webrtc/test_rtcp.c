// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * RTCP, read and written: datagrams as clients send them, the same ones damaged
 * or lying about what they hold, and ours byte by byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab01-xdp-parse/testlib/frames.h" /* draw() */
#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/rtcp_write.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define SIZE(literal) (sizeof(literal) - 1) /* without its NUL */

#define SR                                                                     \
	"\x81\xc8\x00\x0c\x11\x22\x33\x44\xe8\x01\x02\x03\x80\x00\x00\x00"     \
	"\x00\x01\x5f\x90\x00\x00\x00\x64\x00\x01\xd4\xc0" BLOCK
#define BLOCK                                                                  \
	"\x55\x66\x77\x88\x40\xff\xff\xfe\x00\x02\x12\x34\x00\x00\x00\x5a"     \
	"\x02\x03\x80\x00\x00\x01\x80\x00"
#define RR   "\x81\xc9\x00\x07\x11\x22\x33\x44" BLOCK
#define SDES "\x81\xca\x00\x04\x11\x22\x33\x44\x01\x07\x61lice@h\x00\x00\x00"
#define BYE  "\x82\xcb\x00\x02\x11\x22\x33\x44\x55\x66\x77\x88"
#define NACK                                                                   \
	"\x81\xcd\x00\x04\x00\x00\x00\x01\x11\x22\x33\x44\x00\x10\x80\x01"     \
	"\xff\xff\x00\x03"
#define TWCC                                                                   \
	"\x8f\xcd\x00\x05\x00\x00\x00\x01\x11\x22\x33\x44\x00\x01\x00\x01"     \
	"\x00\x00\x01\x00\x20\x01\x04\x00"
#define PLI "\x81\xce\x00\x02\x00\x00\x00\x01\x11\x22\x33\x44"
#define FIR                                                                    \
	"\x84\xce\x00\x06\x00\x00\x00\x01\x00\x00\x00\x00"                     \
	"\x11\x22\x33\x44\x07\x00\x00\x00\x55\x66\x77\x88\xff\x00\x00\x00"
#define REMB                                                                   \
	"\x8f\xce\x00\x05\x00\x00\x00\x01\x00\x00\x00\x00REMB"                 \
	"\x01\x12\xdc\x6c\x11\x22\x33\x44"
#define ALL SR RR SDES BYE NACK TWCC PLI FIR REMB

static const enum rtcp_kind all_kinds[] = {
	RTCP_SR,   RTCP_RR,  RTCP_SDES, RTCP_BYE,  RTCP_NACK,
	RTCP_TWCC, RTCP_PLI, RTCP_FIR,	RTCP_REMB,
};

#define ALL_KINDS (sizeof(all_kinds) / sizeof(all_kinds[0]))

/* ---- helpers ----------------------------------------------------------- */

/* The only packet of a datagram. */
static struct rtcp_packet read_one(const void *bytes, size_t len)
{
	struct rtcp_walk walk = rtcp_start(bytes, len);
	struct rtcp_packet p = { 0 }, next;

	check_true(rtcp_next(&walk, &p), "it has a packet");
	check_true(!rtcp_next(&walk, &next), "it has no second one");
	return p;
}

static struct rtcp_packet read_kind(enum rtcp_kind kind, const void *bytes,
				    size_t len)
{
	struct rtcp_packet p = read_one(bytes, len);

	check_int("kind", kind, p.kind);
	return p;
}

#define READ(kind, literal) read_kind(kind, literal, SIZE(literal))

static void check_written(const char *expected, size_t len,
			  const struct rtcp_out *out)
{
	check_uint("length", len, out->len);
	check_hex("datagram", expected, out->bytes, len);
}

#define WRITTEN(literal, out) check_written(literal, SIZE(literal), out)

static const struct rtcp_block block = {
	.ssrc = 0x55667788,
	.fraction = 0x40,
	.lost = -2,
	.highest = 0x00021234,
	.jitter = 90,
	.last_sr = 0x02038000,
	.delay = 0x18000,
};

static const struct rtcp_sr sr = {
	.ssrc = 0x11223344,
	.ntp = 0xe801020380000000,
	.timestamp = 90000,
	.packets = 100,
	.bytes = 120000,
};

static void check_block(const struct rtcp_block *got)
{
	check_uint("SSRC", block.ssrc, got->ssrc);
	check_uint("fraction lost", block.fraction, got->fraction);
	check_int("lost", block.lost, got->lost);
	check_uint("highest", block.highest, got->highest);
	check_uint("jitter", block.jitter, got->jitter);
	check_uint("LSR", block.last_sr, got->last_sr);
	check_uint("DLSR", block.delay, got->delay);
}

/* ---- packets of a datagram --------------------------------------------- */

TEST("7.0.ra", compound, "each packet of a compound is found", .native = true)
{
	struct rtcp_walk walk = rtcp_start(ALL, SIZE(ALL));
	struct rtcp_packet p;

	for (size_t i = 0; i < ALL_KINDS; i++) {
		step("packet %zu", i);
		check_true(rtcp_next(&walk, &p), "it is there");
		check_int("kind", all_kinds[i], p.kind);
	}
	check_true(!rtcp_next(&walk, &p), "there is no other");
}

TEST("7.0.rb", reduced, "any packet may come by itself (RFC 5506)",
     .native = true)
{
	struct rtcp_packet p = READ(RTCP_NACK, NACK);

	check_uint("sender", 1, p.sender);
	check_uint("media", 0x11223344, p.media);
	check_uint("length", SIZE(NACK), p.len);
	p = READ(RTCP_RR, RR);
	check_uint("sender", 0x11223344, p.sender);
	check_uint("media", 0, p.media);
	p = READ(RTCP_PLI, PLI);
	check_uint("media", 0x11223344, p.media);
	p = READ(RTCP_TWCC, TWCC);
	check_uint("media", 0x11223344, p.media);
}

/* All that can be asked of a packet. */
static void read_all(const struct rtcp_packet *p)
{
	struct rtcp_cname names[RTCP_SOURCES];
	uint32_t ssrcs[RTCP_SOURCES];
	struct rtcp_fir firs[RTCP_SOURCES];
	uint16_t numbers[64];
	size_t count = p->kind == RTCP_SDES ?
			       rtcp_read_cnames(p, names, RTCP_SOURCES) :
			       0;

	for (size_t i = 0; i < count; i++)
		check_true(names[i].text + names[i].len <=
				   (const char *)p->bytes + p->len,
			   "the name ends behind its packet");
	for (unsigned int i = 0; i < rtcp_count_blocks(p); i++)
		rtcp_read_block(p, i);
	if (p->kind == RTCP_SR)
		rtcp_read_sr(p);
	if (p->kind == RTCP_BYE)
		rtcp_read_bye(p, ssrcs, RTCP_SOURCES);
	if (p->kind == RTCP_NACK)
		rtcp_read_nack(p, numbers, 64);
	if (p->kind == RTCP_FIR)
		rtcp_read_fir(p, firs, RTCP_SOURCES);
	if (p->kind == RTCP_REMB)
		rtcp_read_remb(p);
}

static size_t read_datagram(const uint8_t *bytes, size_t len)
{
	struct rtcp_walk walk = rtcp_start(bytes, len);
	struct rtcp_packet p;
	size_t count = 0;

	for (; rtcp_next(&walk, &p); count++) {
		check_true(p.bytes + p.len <= bytes + len,
			   "a packet ends behind its datagram");
		read_all(&p);
	}
	return count;
}

/* Behind the last byte is nothing that may be read: a sanitizer looks on. */
TEST("7.0.rc", cut_off, "cut off at every length", .native = true)
{
	for (size_t len = 0; len <= SIZE(ALL); len++) {
		uint8_t *exact = client_exact(ALL, len);
		size_t count = read_datagram(exact, len);

		step("cut off after %zu bytes", len);
		check_true(count <= ALL_KINDS &&
				   (count == ALL_KINDS) == (len == SIZE(ALL)),
			   "%zu packets", count);
		free(exact);
	}
}

TEST("7.0.rd", other_bytes, "any byte may be any other", .native = true)
{
	for (size_t i = 0; i < SIZE(ALL); i++)
		for (int byte = 0; byte < 256; byte++) {
			uint8_t *exact = client_exact(ALL, SIZE(ALL));

			exact[i] = byte;
			read_datagram(exact, SIZE(ALL));
			free(exact);
		}
}

TEST("7.0.re", other_kinds,
     "what is unknown or too short for its kind is passed", .native = true)
{
	static const char datagram[] =
		"\x80\xcf\x00\x01\x00\x00\x00\x01" /* XR */
		"\x80\xc8\x00\x01\x00\x00\x00\x01" /* SR without a time */
		"\x80\xc9\x00\x00"		   /* RR of nobody */
		"\x81\xcd\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02" /* no NACK */
		"\x8f\xce\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02"
		"AFB \x00\x00\x00\x00" /* of another application */
		"\x8f\xcd\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x01\x00"
		"\x01" /* TWCC, cut */
		"\x84\xce\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00" /* no FIR */
		PLI;
	struct rtcp_walk walk = rtcp_start(datagram, SIZE(datagram));
	struct rtcp_packet p;

	for (int i = 0; i < 7; i++) {
		step("packet %d", i);
		check_true(rtcp_next(&walk, &p), "it is there");
		check_int("kind", RTCP_OTHER, p.kind);
		check_uint("sender", 0, p.sender);
		check_uint("blocks", 0, rtcp_count_blocks(&p));
	}
	check_true(rtcp_next(&walk, &p), "the PLI is there");
	check_int("kind", RTCP_PLI, p.kind);
}

TEST("7.0.rf", no_rtcp, "a walk ends where something else begins",
     .native = true)
{
	struct rtcp_packet p;
	struct rtcp_walk walk;

	step("RTP version 1");
	walk = rtcp_start("\x41\xce\x00\x00", 4);
	check_true(!rtcp_next(&walk, &p), "it is no RTCP");
	step("a length that leads out of the datagram");
	walk = rtcp_start("\x81\xce\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02",
			  12);
	check_true(!rtcp_next(&walk, &p), "it is not there as a whole");
	step("a PLI, and three bytes");
	walk = rtcp_start(PLI "\x80\xc9\x00", SIZE(PLI) + 3);
	check_true(rtcp_next(&walk, &p), "the PLI is there");
	check_true(!rtcp_next(&walk, &p), "three bytes are no packet");
}

TEST("7.0.rg", padding, "padding is no part of what a packet says",
     .native = true)
{
	static const char padded[] =
		"\xa1\xcd\x00\x05\x00\x00\x00\x01\x11\x22\x33\x44"
		"\x00\x10\x00\x00\x00\x05\x00\x00\x00\x00\x00\x08";
	static const char lying[] =
		"\xa1\xce\x00\x02\x00\x00\x00\x01\x11\x22\x33\x44";
	struct rtcp_packet p = READ(RTCP_NACK, padded);
	uint16_t numbers[4];

	check_uint("length", SIZE(padded) - 8, p.len);
	check_uint("numbers", 1, rtcp_read_nack(&p, numbers, 4));
	step("0x44 bytes of padding in a packet of 12");
	p = READ(RTCP_OTHER, lying);
	check_uint("length", 4, p.len);
}

/* ---- what they say ----------------------------------------------------- */

TEST("7.0.rh", sender_report, "a sender report", .native = true)
{
	struct rtcp_packet p = READ(RTCP_SR, SR);
	struct rtcp_sr got = rtcp_read_sr(&p);
	struct rtcp_block first = rtcp_read_block(&p, 0);

	check_uint("SSRC", sr.ssrc, got.ssrc);
	check_uint("NTP", sr.ntp, got.ntp);
	check_uint("timestamp", sr.timestamp, got.timestamp);
	check_uint("packets", sr.packets, got.packets);
	check_uint("bytes", sr.bytes, got.bytes);
	check_uint("blocks", 1, rtcp_count_blocks(&p));
	check_block(&first);
}

TEST("7.0.ri", receiver_report, "a receiver report, and one that lacks blocks",
     .native = true)
{
	struct rtcp_packet p = READ(RTCP_RR, RR);
	struct rtcp_block first = rtcp_read_block(&p, 0);
	char lying[] = RR;

	check_uint("blocks", 1, rtcp_count_blocks(&p));
	check_block(&first);
	lying[0] = 0x9f;
	p = READ(RTCP_RR, lying);
	check_uint("blocks that are there", 1, rtcp_count_blocks(&p));
	lying[0] = 0x80;
	p = READ(RTCP_RR, lying);
	check_uint("blocks that it counts", 0, rtcp_count_blocks(&p));
}

static void check_name(uint32_t ssrc, const char *text,
		       const struct rtcp_cname *got)
{
	check_uint("SSRC", ssrc, got->ssrc);
	check_uint("length", strlen(text), got->len);
	check_hex("name", text, got->text, got->len);
}

TEST("7.0.rj", names, "names of several sources, between other items",
     .native = true)
{
	static const char several[] =
		"\x83\xca\x00\x08"
		"\x00\x00\x00\x01\x02\x03"
		"Bob\x01\x02"
		"ab\x00\x00\x00"
		"\x00\x00\x00\x02\x00\x00\x00\x00" /* says nothing */
		"\x00\x00\x00\x03\x01\x01z\x00";
	static const char endless[] =
		"\x81\xca\x00\x02\x00\x00\x00\x01\x01\x02zz";
	static const char broken[] =
		"\x81\xca\x00\x02\x00\x00\x00\x01\x01\x03zz";
	struct rtcp_cname names[RTCP_SOURCES];
	struct rtcp_packet p = READ(RTCP_SDES, SDES);

	check_uint("names", 1, rtcp_read_cnames(&p, names, RTCP_SOURCES));
	check_name(0x11223344, "alice@h", &names[0]);
	p = READ(RTCP_SDES, several);
	check_uint("names", 2, rtcp_read_cnames(&p, names, RTCP_SOURCES));
	check_name(1, "ab", &names[0]);
	check_name(3, "z", &names[1]);
	check_uint("names, one asked", 1, rtcp_read_cnames(&p, names, 1));
	step("the zero at the end is missing");
	p = READ(RTCP_SDES, endless);
	check_uint("names", 1, rtcp_read_cnames(&p, names, RTCP_SOURCES));
	check_name(1, "zz", &names[0]);
	step("the text leads out of the packet");
	p = READ(RTCP_SDES, broken);
	check_uint("names", 0, rtcp_read_cnames(&p, names, RTCP_SOURCES));
}

TEST("7.0.rk", farewells, "who leaves, with a reason or not", .native = true)
{
	static const char reason[] =
		"\x81\xcb\x00\x02\x00\x00\x00\x05\x02ok\x00";
	struct rtcp_packet p = READ(RTCP_BYE, BYE);
	uint32_t ssrcs[RTCP_SOURCES];

	check_uint("SSRCs", 2, rtcp_read_bye(&p, ssrcs, RTCP_SOURCES));
	check_uint("first", 0x11223344, ssrcs[0]);
	check_uint("second", 0x55667788, ssrcs[1]);
	check_uint("one asked", 1, rtcp_read_bye(&p, ssrcs, 1));
	p = READ(RTCP_BYE, reason);
	check_uint("SSRCs", 1, rtcp_read_bye(&p, ssrcs, RTCP_SOURCES));
	check_uint("first", 5, ssrcs[0]);
}

TEST("7.0.rl", missing, "a NACK's bits stand for the numbers that follow",
     .native = true)
{
	static const uint16_t expected[] = { 16, 17, 32, 65535, 0, 1 };
	struct rtcp_packet p = READ(RTCP_NACK, NACK);
	uint16_t numbers[64];

	check_uint("numbers", 6, rtcp_read_nack(&p, numbers, 64));
	check_hex("numbers", expected, numbers, sizeof(expected));
	for (size_t max = 0; max < 6; max++)
		check_uint("no more than asked", max,
			   rtcp_read_nack(&p, numbers, max));
}

TEST("7.0.rm", pictures, "a FIR may be about several sources", .native = true)
{
	struct rtcp_packet p = READ(RTCP_FIR, FIR);
	struct rtcp_fir firs[RTCP_SOURCES];

	check_uint("sender", 1, p.sender);
	check_uint("entries", 2, rtcp_read_fir(&p, firs, RTCP_SOURCES));
	check_uint("SSRC", 0x11223344, firs[0].ssrc);
	check_uint("number", 7, firs[0].number);
	check_uint("SSRC", 0x55667788, firs[1].ssrc);
	check_uint("number", 255, firs[1].number);
	check_uint("one asked", 1, rtcp_read_fir(&p, firs, 1));
}

TEST("7.0.rn", bandwidth, "a REMB's rate, and one that is out of this world",
     .native = true)
{
	struct rtcp_packet p = READ(RTCP_REMB, REMB);
	char most[] = REMB;

	/* exponent 4, mantissa 187500 */
	check_uint("bits per second", 3000000, rtcp_read_remb(&p));
	memset(most + 17, 0xff, 3);
	p = READ(RTCP_REMB, most);
	check_uint("2^63 and more", UINT64_MAX, rtcp_read_remb(&p));
}

/* ---- ours -------------------------------------------------------------- */

TEST("7.0.ro", reports_of_ours, "reports are written as they are read",
     .native = true)
{
	struct rtcp_out out = { 0 };

	check_int("rtcp_add_sr", 0, rtcp_add_sr(&out, &sr, &block, 1));
	WRITTEN(SR, &out);
	check_int("rtcp_add_rr", 0, rtcp_add_rr(&out, sr.ssrc, &block, 1));
	WRITTEN(SR RR, &out);
	check_int("rtcp_add_cname", 0,
		  rtcp_add_cname(&out, sr.ssrc, "alice@h"));
	WRITTEN(SR RR SDES, &out);
	out.len = 0;
	check_int("rtcp_add_rr", 0, rtcp_add_rr(&out, 5, NULL, 0));
	WRITTEN("\x80\xc9\x00\x01\x00\x00\x00\x05", &out);
}

static unsigned int count_all_blocks(const struct rtcp_out *out)
{
	struct rtcp_walk walk = rtcp_start(out->bytes, out->len);
	unsigned int count = 0;
	struct rtcp_packet p;

	while (rtcp_next(&walk, &p))
		for (unsigned int i = 0; i < rtcp_count_blocks(&p); i++)
			check_uint("SSRC", ++count,
				   rtcp_read_block(&p, i).ssrc);
	return count;
}

TEST("7.0.rp", many_blocks, "more than 31 blocks go on in further packets",
     .native = true)
{
	struct rtcp_block blocks[49];
	struct rtcp_out out = { 0 };

	for (int i = 0; i < 49; i++)
		blocks[i] = (struct rtcp_block){ .ssrc = i + 1 };
	for (unsigned int count = 0; count < 49; count++) {
		step("%u blocks", count);
		out.len = 0;
		check_int("rtcp_add_rr", 0,
			  rtcp_add_rr(&out, 5, blocks, count));
		check_uint("blocks", count, count_all_blocks(&out));
		out.len = 0;
		check_int("rtcp_add_sr", 0,
			  rtcp_add_sr(&out, &sr, blocks, count));
		check_uint("blocks", count, count_all_blocks(&out));
	}
	out.len = 0;
	check_int("too many", -EMSGSIZE, rtcp_add_sr(&out, &sr, blocks, 49));
	check_uint("nothing is written", 0, out.len);
	check_int("too many", -EMSGSIZE, rtcp_add_rr(&out, 5, blocks, 50));
	check_uint("nothing is written", 0, out.len);
}

static const char *text_end(const struct rtcp_cname *name)
{
	return name->text + name->len;
}

TEST("7.0.rq", names_of_ours, "a name of any length ends with a zero",
     .native = true)
{
	struct rtcp_out out = { 0 };
	struct rtcp_cname name;
	struct rtcp_packet p;
	char text[257];

	for (size_t len = 0; len < 256; len++) {
		memset(text, 'n', len);
		text[len] = '\0';
		out.len = 0;
		check_int("rtcp_add_cname", 0, rtcp_add_cname(&out, 7, text));
		p = read_kind(RTCP_SDES, out.bytes, out.len);
		check_uint("names", 1, rtcp_read_cnames(&p, &name, 1));
		check_name(7, text, &name);
		check_true((const uint8_t *)text_end(&name) < p.bytes + p.len,
			   "no byte of its packet follows");
		check_uint("the byte behind it", 0, *text_end(&name));
	}
	memset(text, 'n', 256);
	text[256] = '\0';
	check_int("256 bytes", -EINVAL, rtcp_add_cname(&out, 7, text));
}

TEST("7.0.rr", feedback_of_ours, "feedback is written as it is read",
     .native = true)
{
	static const uint16_t numbers[] = { 16, 17, 32, 65535, 0, 1 };
	struct rtcp_fir fir = { .ssrc = 0x11223344, .number = 7 };
	struct rtcp_out out = { 0 };

	check_int("rtcp_add_nack", 0,
		  rtcp_add_nack(&out, 1, 0x11223344, numbers, 6));
	WRITTEN(NACK, &out);
	check_int("rtcp_add_pli", 0, rtcp_add_pli(&out, 1, 0x11223344));
	WRITTEN(NACK PLI, &out);
	check_int("rtcp_add_remb", 0,
		  rtcp_add_remb(&out, 1, 3000000, &fir.ssrc, 1));
	WRITTEN(NACK PLI REMB, &out);
	out.len = 0;
	check_int("rtcp_add_fir", 0, rtcp_add_fir(&out, 1, fir));
	WRITTEN("\x84\xce\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00"
		"\x11\x22\x33\x44\x07\x00\x00\x00",
		&out);
}

/* The order in which they come, and how often, is of no importance. */
static void check_numbers(const uint16_t *numbers, size_t count)
{
	static bool asked[65536];
	struct rtcp_out out = { 0 };
	uint16_t got[RTCP_MAX];
	struct rtcp_packet p;
	size_t read;

	memset(asked, 0, sizeof(asked));
	check_int("rtcp_add_nack", 0,
		  rtcp_add_nack(&out, 1, 2, numbers, count));
	p = read_kind(RTCP_NACK, out.bytes, out.len);
	read = rtcp_read_nack(&p, got, RTCP_MAX);
	for (size_t i = 0; i < read; i++)
		asked[got[i]] = true;
	for (size_t i = 0; i < count; i++)
		check_true(asked[numbers[i]], "%u is missing", numbers[i]);
	check_true(read <= count, "%zu of %zu", read, count);
}

TEST("7.0.rs", many_numbers,
     "a NACK asks for what is missing, and nothing else", .native = true)
{
	uint64_t state = 7;
	uint16_t numbers[200];

	for (int round = 0; round < 1000; round++) {
		uint16_t at = draw(&state, 65536);
		size_t count = 1 + draw(&state, 200);

		for (size_t i = 0; i < count; i++) {
			at += round % 2 ? 1 + draw(&state, 20) :
					  draw(&state, 65536);
			numbers[i] = at;
		}
		check_numbers(numbers, count);
	}
	check_numbers((const uint16_t[]){ 5, 5, 5 }, 3);
	check_numbers((const uint16_t[]){ 9, 8, 7 }, 3);
}

TEST("7.0.rt", rates, "a REMB of ours never promises more than there is",
     .native = true)
{
	struct rtcp_packet p;
	uint64_t bits = 1, got;

	for (int i = 0; i < 63; i++, bits = 2 * bits + i % 2) {
		struct rtcp_out out = { 0 };

		rtcp_add_remb(&out, 1, bits, NULL, 0);
		p = read_kind(RTCP_REMB, out.bytes, out.len);
		got = rtcp_read_remb(&p);
		check_true(got <= bits && bits - got <= bits >> 17,
			   "%lu became %lu", bits, got);
	}
}

TEST("7.0.ru", full, "what does not fit changes nothing", .native = true)
{
	struct rtcp_fir fir = { .ssrc = 2 };
	struct rtcp_out out = { 0 }, before;
	uint16_t number = 1;

	while (!rtcp_add_pli(&out, 1, 2))
		;
	check_uint("length", RTCP_MAX, out.len);
	before = out;
	check_int("SR", -EMSGSIZE, rtcp_add_sr(&out, &sr, NULL, 0));
	check_int("RR", -EMSGSIZE, rtcp_add_rr(&out, 1, NULL, 0));
	check_int("RR", -EMSGSIZE, rtcp_add_rr(&out, 1, &block, 1));
	check_int("CNAME", -EMSGSIZE, rtcp_add_cname(&out, 1, "a"));
	check_int("FIR", -EMSGSIZE, rtcp_add_fir(&out, 1, fir));
	check_int("NACK", -EMSGSIZE, rtcp_add_nack(&out, 1, 2, &number, 1));
	check_int("REMB", -EMSGSIZE, rtcp_add_remb(&out, 1, 2, NULL, 0));
	check_hex("all of it", &before, &out, sizeof(out));
	out.len = 0;
	check_int("REMB", 0,
		  rtcp_add_remb(&out, 1, 2, (uint32_t[255]){ 0 }, 255));
	while (out.len < RTCP_MAX - 4)
		check_int("PLI", 0, rtcp_add_pli(&out, 1, 2));
	check_int("4 bytes are left", -EMSGSIZE, rtcp_add_rr(&out, 1, NULL, 0));
}
