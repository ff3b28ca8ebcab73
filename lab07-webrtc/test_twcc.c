// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Transport-wide feedback: packets written by hand, then a network that loses,
 * repeats and reorders.  What we write is read by a decoder of the test's own,
 * which knows the draft, and nothing of the code.
 */
#include <errno.h>
#include <string.h>

#include "common/test.h"
#include "lab01-xdp-parse/testlib/frames.h" /* draw() */
#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/twcc.h"

#define SENDER	      0x00000001
#define MEDIA	      0x11223344
#define SSRCS	      "\x00\x00\x00\x01\x11\x22\x33\x44"
#define MS	      1000
#define SIZE(literal) (sizeof(literal) - 1) /* without its NUL */

static struct twcc twcc;
static struct rtcp_out out;

/* ---- a decoder --------------------------------------------------------- */

#define LOST (-1)

struct decoded {
	unsigned int first, count, number;
	long long us[0x10000]; /* of each from the first on; since an epoch */
};

static struct decoded decoded;

struct reader {
	const uint8_t *at, *end;
};

static unsigned int take_bytes(struct reader *r, int bytes)
{
	unsigned int value = 0;

	check_true(r->end - r->at >= bytes, "the packet ends too early");
	while (bytes--)
		value = value * 256 + *r->at++;
	return value;
}

/* Section 3.1.1 to 3.1.4: writes a symbol of two bits for each packet. */
static void decode_chunks(struct reader *r, uint8_t *symbols,
			  unsigned int count)
{
	unsigned int done = 0, chunk;

	while (done < count) {
		chunk = take_bytes(r, 2);
		if (chunk < 0x8000) {
			for (int n = chunk & 0x1fff; n && done < count; n--)
				symbols[done++] = chunk >> 13;
		} else if (chunk < 0xc000) {
			for (int bit = 13; bit >= 0 && done < count; bit--)
				symbols[done++] = chunk >> bit & 1;
		} else {
			for (int bit = 12; bit >= 0 && done < count; bit -= 2)
				symbols[done++] = chunk >> bit & 3;
		}
	}
}

static long long decode_delta(struct reader *r, uint8_t symbol)
{
	check_true(symbol != 3, "symbol 3 is reserved");
	return 250LL * (symbol == 1 ? (int)take_bytes(r, 1) :
				      (int16_t)take_bytes(r, 2));
}

static void decode(const uint8_t *bytes, size_t len)
{
	struct reader r = { .at = bytes, .end = bytes + len };
	static uint8_t symbols[0x10000];
	long long now;

	check_uint("version, padding, format", 0x8f, take_bytes(&r, 1));
	check_uint("packet type", 205, take_bytes(&r, 1));
	check_uint("length in words", len / 4 - 1, take_bytes(&r, 2));
	check_uint("sender", SENDER, take_bytes(&r, 4));
	check_uint("media", MEDIA, take_bytes(&r, 4));
	decoded.first = take_bytes(&r, 2);
	decoded.count = take_bytes(&r, 2);
	now = take_bytes(&r, 3) * 64000LL;
	decoded.number = take_bytes(&r, 1);
	decode_chunks(&r, symbols, decoded.count);
	for (unsigned int i = 0; i < decoded.count; i++) {
		decoded.us[i] = LOST;
		if (symbols[i])
			decoded.us[i] = now += decode_delta(&r, symbols[i]);
	}
	check_true(r.end - r.at < 4, "%td bytes are left", r.end - r.at);
	while (r.at < r.end)
		check_uint("what fills it up", 0, *r.at++);
}

/* The next one of several. */
static void decode_next(void)
{
	out.len = 0;
	check_true(twcc_has_news(&twcc), "there is something to report");
	check_int("twcc_add_feedback", 0,
		  twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	check_true(out.len <= 1200, "%zu bytes", out.len);
	decode(out.bytes, out.len);
}

static void check_bytes(const char *expected, size_t len)
{
	decode_next();
	check_uint("length", len, out.len);
	check_hex("feedback", expected, out.bytes, len);
	check_true(!twcc_has_news(&twcc), "there is more to report");
}

#define CHECK_BYTES(literal) check_bytes(literal, SIZE(literal))

/* ---- by hand ----------------------------------------------------------- */

TEST("7.12.a", one_packet, "one packet, and nothing before it", .native = true)
{
	check_true(!twcc_has_news(&twcc), "nothing has come");
	check_int("no news", 0, twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	check_uint("no news are no bytes", 0, out.len);
	twcc_arrived(&twcc, 1, 0x100 * 64 * MS + 1000);
	CHECK_BYTES("\x8f\xcd\x00\x05" SSRCS "\x00\x01\x00\x01\x00\x01\x00\x00"
		    "\x20\x01\x04\x00");
}

TEST("7.12.b", run, "a run of packets, then a run of losses", .native = true)
{
	for (int i = 0; i < 20; i++)
		twcc_arrived(&twcc, 0xfffe + i, (64 + i) * MS);
	CHECK_BYTES("\x8f\xcd\x00\x0a" SSRCS "\xff\xfe\x00\x14\x00\x00\x01\x00"
		    "\x20\x14\x00\x04\x04\x04\x04\x04\x04\x04\x04\x04\x04\x04"
		    "\x04\x04\x04\x04\x04\x04\x04\x04\x00\x00");
	twcc_arrived(&twcc, 18 + 221, 128 * MS);
	CHECK_BYTES("\x8f\xcd\x00\x06" SSRCS "\x00\x12\x00\xde\x00\x00\x02\x01"
		    "\x00\xdd\x20\x01\x00\x00\x00\x00");
}

/* The draft's example of a vector with one bit for each packet. */
TEST("7.12.c", one_bit, "a vector of one bit for each", .native = true)
{
	static const char arrives[] = "-#####---###--#";

	twcc_arrived(&twcc, 99, 64 * MS);
	decode_next();
	for (int i = 0; i < 15; i++)
		if (arrives[i] == '#')
			twcc_arrived(&twcc, 100 + i, 64 * MS + 250 * (i + 1));
	CHECK_BYTES("\x8f\xcd\x00\x08" SSRCS "\x00\x64\x00\x0f\x00\x00\x01\x01"
		    "\x9f\x1c\x20\x01\x02\x01\x01\x01\x01\x04\x01\x01\x03"
		    "\x00\x00\x00");
}

TEST("7.12.d", two_bits, "a vector of two bits for each, forth and back",
     .native = true)
{
	twcc_arrived(&twcc, 9, 0);
	decode_next();
	twcc_arrived(&twcc, 11, 64 * MS);
	twcc_arrived(&twcc, 12, 128 * MS);	   /* 256 ticks */
	twcc_arrived(&twcc, 13, 128 * MS - 250);   /* -1 */
	twcc_arrived(&twcc, 14, 128 * MS + 63500); /* 255 */
	twcc_arrived(&twcc, 17, 128 * MS + 63500);
	CHECK_BYTES("\x8f\xcd\x00\x07" SSRCS "\x00\x0a\x00\x08\x00\x00\x01\x01"
		    "\xc6\x90\x20\x01\x00\x01\x00\xff\xff\xff\x00\x00");
}

/* ---- what is collected --------------------------------------------------- */

TEST("7.8.a", deltas, "each time counts from the one before, losses aside",
     .native = true)
{
	static const int came[] = { 70, 75, LOST, LOST, 75, 400, 390, 391 };

	for (int i = 0; i < 8; i++)
		if (came[i] != LOST)
			twcc_arrived(&twcc, 10 + i, came[i] * MS);
	decode_next();
	check_uint("first", 10, decoded.first);
	check_uint("packets", 8, decoded.count);
	for (int i = 0; i < 8; i++)
		check_int("when it came",
			  came[i] == LOST ? LOST : came[i] * (long long)MS,
			  decoded.us[i]);
	check_true(!twcc_has_news(&twcc), "there is more to report");
}

/* ---- limits ------------------------------------------------------------ */

TEST("7.8.b", far_apart, "a delta that does not fit begins another packet",
     .native = true)
{
	long long first = 5000 * MS, last = first + 8192 * MS;

	twcc_arrived(&twcc, 1, first);
	twcc_arrived(&twcc, 3, last + 64 * MS);
	decode_next();
	check_uint("packets", 1, decoded.count);
	decode_next();
	check_uint("first", 2, decoded.first);
	check_uint("packets", 2, decoded.count);
	check_uint("number", 1, decoded.number);
	check_int("2 is lost", LOST, decoded.us[0]);
	check_int("time of 3", last + 64 * MS, decoded.us[1]);
	check_true(!twcc_has_news(&twcc), "there is more to report");
	step("one that is 8.2 s older than the one before it");
	twcc_arrived(&twcc, 4, last);
	twcc_arrived(&twcc, 5, first - 64 * MS);
	decode_next();
	check_int("time of 4", last, decoded.us[0]);
	decode_next();
	check_int("time of 5", first - 64 * MS, decoded.us[0]);
	step("one between two that came 8.2 s before it is not lost");
	twcc_arrived(&twcc, 6, first);
	twcc_arrived(&twcc, 7, last + 64 * MS);
	twcc_arrived(&twcc, 8, first + 10 * MS);
	decode_next();
	check_uint("packets", 1, decoded.count);
	decode_next();
	check_uint("first", 7, decoded.first);
	check_int("time of 7", last + 64 * MS, decoded.us[0]);
	decode_next();
	check_int("time of 8", first + 10 * MS, decoded.us[0]);
}

/* Every other one is late by more than a byte holds. */
static unsigned int fill_window(void)
{
	unsigned int seen = 0;

	for (int i = 0; i < TWCC_WINDOW; i++)
		twcc_arrived(&twcc, i, (i % 2 ? 100 : 200) * MS);
	while (twcc_has_news(&twcc)) {
		decode_next();
		check_uint("first", seen, decoded.first);
		seen += decoded.count;
		check_true(twcc_has_news(&twcc) == (seen < TWCC_WINDOW),
			   "%u reported", seen);
		check_true(!twcc_has_news(&twcc) || out.len >= 1000,
			   "there is room in %zu bytes", out.len);
	}
	return seen;
}

/*
 * One byte, two bytes, one byte, ...: no chunk tells more than seven of them, and
 * a packet more takes four bytes at most.  So the report ends where the room does.
 */
static void check_room_used(size_t used)
{
	twcc = (struct twcc){};
	for (int i = 0; i < TWCC_WINDOW; i++)
		twcc_arrived(&twcc, i, (i / 2 * 100 + i % 2) * MS);
	out.len = used;
	check_int("twcc_add_feedback", 0,
		  twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	check_true(out.len == RTCP_MAX,
		   "behind %zu bytes it ends at %zu, and %d are the room", used,
		   out.len, RTCP_MAX);
}

TEST("7.8.c", full_packets, "what is too much for one packet makes several",
     .native = true)
{
	check_uint("packets", TWCC_WINDOW, fill_window());
	check_uint("number", 1, decoded.number);
	for (size_t used = 0; used < RTCP_MAX - 100; used += 4)
		check_room_used(used);
}

TEST("7.0.tg", no_room, "behind others, it takes what room there is",
     .native = true)
{
	for (int i = 0; i < 100; i++)
		twcc_arrived(&twcc, i, i * MS);
	while (!rtcp_add_pli(&out, 1, 2))
		;
	check_int("full", -EMSGSIZE,
		  twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	check_uint("length", RTCP_MAX, out.len);
	out.len = RTCP_MAX - 20;
	check_int("20 bytes", -EMSGSIZE,
		  twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	out.len = RTCP_MAX - 48;
	check_int("48 bytes", 0, twcc_add_feedback(&twcc, &out, SENDER, MEDIA));
	check_true(out.len <= RTCP_MAX, "%zu bytes", out.len);
	decode(out.bytes + RTCP_MAX - 48, out.len - (RTCP_MAX - 48));
	check_true(decoded.count >= 16, "%u packets", decoded.count);
	decode_next();
	check_uint("all", 99, (decoded.first + decoded.count - 1));
}

TEST("7.0.th", old_times, "the reference time has 24 bits", .native = true)
{
	long long wrap = (1LL << 24) * 64 * MS;

	twcc_arrived(&twcc, 1, wrap - 250);
	twcc_arrived(&twcc, 2, wrap);
	decode_next();
	check_int("before", wrap - 250, decoded.us[0]);
	check_int("at", wrap, decoded.us[1]);
	twcc_arrived(&twcc, 3, wrap + 500);
	decode_next();
	check_int("after", 500, decoded.us[0]);
}

/* ---- late, twice, from elsewhere --------------------------------------- */

TEST("7.8.d", late, "one that comes late is reported after all", .native = true)
{
	twcc_arrived(&twcc, 1, 100 * MS);
	twcc_arrived(&twcc, 3, 102 * MS);
	decode_next();
	check_int("2 is lost", LOST, decoded.us[1]);
	twcc_arrived(&twcc, 2, 103 * MS);
	twcc_arrived(&twcc, 4, 104 * MS);
	decode_next();
	check_uint("first", 2, decoded.first);
	check_uint("packets", 3, decoded.count);
	check_int("time of 2", 103 * MS, decoded.us[0]);
	check_int("time of 3", 102 * MS, decoded.us[1]);
	step("it comes once more");
	twcc_arrived(&twcc, 2, 150 * MS);
	check_true(!twcc_has_news(&twcc), "it is reported again");
}

TEST("7.0.tj", too_late, "one that is too late stays lost", .native = true)
{
	twcc_arrived(&twcc, 0, 0);
	twcc_arrived(&twcc, 2, 0);
	twcc_arrived(&twcc, TWCC_WINDOW + 1, MS);
	decode_next();
	check_uint("first", 2, decoded.first);
	check_uint("packets", TWCC_WINDOW, decoded.count);
	twcc_arrived(&twcc, 1, 2 * MS);
	check_true(!twcc_has_news(&twcc), "it is reported");
	twcc_arrived(&twcc, 3, 2 * MS);
	check_true(twcc_has_news(&twcc), "the oldest in the window is not");
}

TEST("7.0.tk", gap, "after a long gap, only the last ones are lost",
     .native = true)
{
	twcc_arrived(&twcc, 0, 0);
	decode_next();
	twcc_arrived(&twcc, 30000, MS);
	decode_next();
	check_uint("packets", TWCC_WINDOW, decoded.count);
	check_uint("last", 30000, decoded.first + decoded.count - 1);
	check_int("time", MS, decoded.us[TWCC_WINDOW - 1]);
	for (int i = 0; i < TWCC_WINDOW - 1; i++)
		check_int("lost", LOST, decoded.us[i]);
}

TEST("7.0.tl", restarted,
     "a sender that counts anew is believed the second time", .native = true)
{
	twcc_arrived(&twcc, 20000, 0);
	decode_next();
	step("somebody's old packet");
	twcc_arrived(&twcc, 5, MS);
	twcc_arrived(&twcc, 20001, MS);
	twcc_arrived(&twcc, 6, MS);
	decode_next();
	check_uint("first", 20001, decoded.first);
	step("two in a row");
	twcc_arrived(&twcc, 7, 2 * MS);
	check_true(twcc_has_news(&twcc), "it is a restart");
	decode_next();
	check_uint("first", 7, decoded.first);
	check_uint("packets", 1, decoded.count);
	check_int("time", 2 * MS, decoded.us[0]);
}

/* ---- a bad network ----------------------------------------------------- */

#define PACKETS 100000
#define AHEAD	200 /* how far the network reorders */

/* Of each packet that was sent, in order. */
static struct {
	long long came; /* the first time; LOST: never */
	bool reported;
} sent[PACKETS];

/* The index of a number that is reported now. */
static unsigned int index_of(unsigned int number, unsigned int newest)
{
	return newest - (uint16_t)(newest - number);
}

static void check_report(unsigned int newest, unsigned int *reports)
{
	check_uint("number", (*reports)++ % 256, decoded.number);
	for (unsigned int i = 0; i < decoded.count; i++) {
		unsigned int index = index_of(decoded.first + i, newest);
		long long us = decoded.us[i];

		check_true(index <= newest, "%u was not sent", index);
		if (us == LOST) {
			check_true(sent[index].came == LOST,
				   "%u has come, and is reported as lost",
				   index);
			continue;
		}
		check_int("when it came", sent[index].came / 250 * 250, us);
		sent[index].reported = true;
	}
}

static void report_all(unsigned int newest, unsigned int *reports)
{
	while (twcc_has_news(&twcc)) {
		decode_next();
		check_report(newest, reports);
	}
}

/* A packet arrives, one of the last that were sent. */
static void arrive(unsigned int index, long long now)
{
	twcc_arrived(&twcc, index, now);
	if (sent[index].came == LOST)
		sent[index].came = now;
}

static unsigned int lossy_percent(unsigned int i)
{
	return i / 5000 % 4 * 25;
}

TEST("7.0.tm", bad_network, "losses, repetitions, another order, and wraps",
     .native = true, .seconds = 30)
{
	unsigned int reports = 0, newest = 0;
	uint64_t state = 4711;
	long long now = 1000;

	for (unsigned int i = 0; i < PACKETS; i++)
		sent[i].came = LOST;
	for (unsigned int i = 0; i < PACKETS; i++) {
		unsigned int back = draw(&state, 8) ? 0 : draw(&state, AHEAD);

		now += draw(&state, 50) ? draw(&state, 3000) :
					  draw(&state, 100) * 1000LL;
		if (!draw(&state, 50))
			report_all(newest, &reports);
		if (draw(&state, 100) < lossy_percent(i))
			continue;
		newest = i;
		arrive(i, now);
		if (back < i)
			arrive(i - back, now);
	}
	report_all(newest, &reports);
	for (unsigned int i = 0; i < PACKETS; i++)
		check_true(sent[i].reported == (sent[i].came != LOST),
			   "%u was never reported", i);
}
