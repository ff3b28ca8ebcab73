// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A datagram of RTCP, as somebody has sent it.
 *
 *	datagram --> packets --> what each says --> written --> read again
 *
 * No byte outside of it is read, everything that is said of it lies inside, and
 * what we write of what was read says the same.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/rtcp_write.h"

#define NUMBERS 256

static struct rtcp_out out;

/* What was written last: the first packet of it. */
static struct rtcp_packet read_back(enum rtcp_kind kind)
{
	struct rtcp_walk walk = rtcp_start(out.bytes, out.len);
	struct rtcp_packet p;

	require(rtcp_next(&walk, &p), "what we have written is no RTCP");
	require(p.kind == kind, "it is of kind %d, not %d", p.kind, kind);
	return p;
}

static void start(void)
{
	out.len = 0;
}

/* ---- each kind --------------------------------------------------------- */

static void check_same_block(const struct rtcp_block *a,
			     const struct rtcp_block *b)
{
	require(a->ssrc == b->ssrc && a->fraction == b->fraction &&
			a->lost == b->lost && a->highest == b->highest &&
			a->jitter == b->jitter && a->last_sr == b->last_sr &&
			a->delay == b->delay,
		"a block has changed");
}

static void try_report(const struct rtcp_packet *p)
{
	struct rtcp_block blocks[RTCP_SOURCES], back;
	unsigned int count = rtcp_count_blocks(p);
	struct rtcp_packet again;

	for (unsigned int i = 0; i < count; i++)
		blocks[i] = rtcp_read_block(p, i);
	start();
	require(!rtcp_add_rr(&out, p->sender, blocks, count), "no room");
	again = read_back(RTCP_RR);
	require(again.sender == p->sender, "the sender has changed");
	require(rtcp_count_blocks(&again) == count, "blocks are missing");
	for (unsigned int i = 0; i < count; i++) {
		back = rtcp_read_block(&again, i);
		check_same_block(&blocks[i], &back);
	}
}

static void try_sr(const struct rtcp_packet *p)
{
	struct rtcp_sr sr = rtcp_read_sr(p), back;
	struct rtcp_packet again;

	try_report(p);
	start();
	require(!rtcp_add_sr(&out, &sr, NULL, 0), "no room");
	again = read_back(RTCP_SR);
	back = rtcp_read_sr(&again);
	require(back.ssrc == sr.ssrc && back.timestamp == sr.timestamp &&
			back.ntp == sr.ntp && back.packets == sr.packets &&
			back.bytes == sr.bytes,
		"a sender report has changed");
}

static void try_name(const struct rtcp_cname *name)
{
	struct rtcp_cname back;
	struct rtcp_packet again;
	char text[256] = "";

	memcpy(text, name->text, name->len);
	start();
	require(!rtcp_add_cname(&out, name->ssrc, text), "no room");
	again = read_back(RTCP_SDES);
	require(rtcp_read_cnames(&again, &back, 1) == 1, "the name is lost");
	require(back.ssrc == name->ssrc && back.len == strlen(text) &&
			!memcmp(back.text, text, back.len),
		"a name has changed");
}

static void try_sdes(const struct rtcp_packet *p)
{
	struct rtcp_cname names[RTCP_SOURCES];
	size_t count = rtcp_read_cnames(p, names, RTCP_SOURCES);

	for (size_t i = 0; i < count; i++) {
		require(names[i].text >= (const char *)p->bytes &&
				names[i].text + names[i].len <=
					(const char *)p->bytes + p->len,
			"a name lies outside of its packet");
		try_name(&names[i]);
	}
}

static void try_bye(const struct rtcp_packet *p)
{
	uint32_t ssrcs[RTCP_SOURCES];

	require(rtcp_read_bye(p, ssrcs, RTCP_SOURCES) <= p->count,
		"more leave than it says");
}

static bool is_among(uint16_t number, const uint16_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static void try_nack(const struct rtcp_packet *p)
{
	uint16_t numbers[NUMBERS], back[NUMBERS];
	size_t count = rtcp_read_nack(p, numbers, NUMBERS), found;
	struct rtcp_packet again;

	require(count, "nothing is asked for");
	start();
	require(!rtcp_add_nack(&out, p->sender, p->media, numbers, count),
		"no room");
	again = read_back(RTCP_NACK);
	require(again.media == p->media, "it is about another");
	found = rtcp_read_nack(&again, back, NUMBERS);
	for (size_t i = 0; i < count; i++)
		require(is_among(numbers[i], back, found), "one is missing");
	for (size_t i = 0; i < found; i++)
		require(is_among(back[i], numbers, count), "one is made up");
}

static void try_fir(const struct rtcp_packet *p)
{
	struct rtcp_fir firs[RTCP_SOURCES], back;
	size_t count = rtcp_read_fir(p, firs, RTCP_SOURCES);
	struct rtcp_packet again;

	for (size_t i = 0; i < count; i++) {
		start();
		require(!rtcp_add_fir(&out, p->sender, firs[i]), "no room");
		again = read_back(RTCP_FIR);
		require(rtcp_read_fir(&again, &back, 1) == 1 &&
				back.ssrc == firs[i].ssrc &&
				back.number == firs[i].number,
			"a FIR has changed");
	}
}

static void try_remb(const struct rtcp_packet *p)
{
	uint64_t bits = rtcp_read_remb(p), back;
	struct rtcp_packet again;

	start();
	require(!rtcp_add_remb(&out, p->sender, bits, &p->media, 1), "no room");
	again = read_back(RTCP_REMB);
	back = rtcp_read_remb(&again);
	require(back <= bits && bits - back <= bits >> 17, "%llu became %llu",
		(unsigned long long)bits, (unsigned long long)back);
}

static void (*const tries[])(const struct rtcp_packet *p) = {
	[RTCP_SR] = try_sr,	[RTCP_RR] = try_report, [RTCP_SDES] = try_sdes,
	[RTCP_BYE] = try_bye,	[RTCP_NACK] = try_nack, [RTCP_FIR] = try_fir,
	[RTCP_REMB] = try_remb,
};

/* ---- in ---------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ?: 1);
	struct rtcp_packet p;
	struct rtcp_walk walk;

	require(exact, "no memory");
	memcpy(exact, data, size);
	walk = rtcp_start(exact, size);
	while (rtcp_next(&walk, &p)) {
		require(p.bytes >= exact && p.len >= 4 &&
				p.bytes + p.len <= exact + size,
			"a packet lies outside of its datagram");
		if (p.kind < sizeof(tries) / sizeof(tries[0]) && tries[p.kind])
			tries[p.kind](&p);
	}
	free(exact);
	return 0;
}
