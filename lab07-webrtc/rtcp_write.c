// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes RTCP: one packet behind the other, each of which knows its length
 * before its first byte is written.
 *
 *	| SR or RR | blocks ... | SDES | PLI |
 *	^          ^                         ^
 *	add()      put_block()               out->len
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/rtcp_internal.h"

#define LONGEST_CNAME 255
#define REMB_BITS     18

static void put_header(uint8_t *at, enum rtcp_type type, unsigned int count,
		       size_t size)
{
	at[0] = RTCP_VERSION | count;
	at[1] = type;
	put_be16(at + 2, size / 4 - 1);
}

/*
 * A packet of a size, which is a multiple of 4: its header, and zeros.  NULL:
 * there is no room for it.
 */
static uint8_t *add(struct rtcp_out *out, enum rtcp_type type,
		    unsigned int count, size_t size)
{
	uint8_t *at = out->bytes + out->len;

	if (size > RTCP_MAX - out->len)
		return NULL;
	memset(at, 0, size);
	put_header(at, type, count, size);
	out->len += size;
	return at;
}

/* ---- reports ----------------------------------------------------------- */

static void put_sr(uint8_t *at, const struct rtcp_sr *sr)
{
	put_be32(at + 4, sr->ssrc);
	put_be32(at + 8, sr->ntp >> 32);
	put_be32(at + 12, sr->ntp);
	put_be32(at + 16, sr->timestamp);
	put_be32(at + 20, sr->packets);
	put_be32(at + 24, sr->bytes);
}

static void put_block(uint8_t *at, const struct rtcp_block *b)
{
	put_be32(at, b->ssrc);
	at[4] = b->fraction;
	put_be24(at + 5, b->lost);
	put_be32(at + 8, b->highest);
	put_be32(at + 12, b->jitter);
	put_be32(at + 16, b->last_sr);
	put_be32(at + 20, b->delay);
}

/* How many of the blocks a packet takes. */
static size_t share_of(size_t count)
{
	return count < RTCP_SOURCES ? count : RTCP_SOURCES;
}

/* One packet.  fixed: the bytes before its blocks. */
static uint8_t *add_report(struct rtcp_out *out, enum rtcp_type type,
			   size_t fixed, const struct rtcp_block *blocks,
			   size_t count)
{
	uint8_t *at = add(out, type, count, fixed + count * RTCP_BLOCK_SIZE);

	for (size_t i = 0; at && i < count; i++)
		put_block(at + fixed + i * RTCP_BLOCK_SIZE, &blocks[i]);
	return at;
}

static bool add_rr(struct rtcp_out *out, uint32_t sender,
		   const struct rtcp_block *blocks, size_t count)
{
	uint8_t *at = add_report(out, RTCP_TYPE_RR, RTCP_RR_SIZE, blocks,
				 count);

	if (at)
		put_be32(at + 4, sender);
	return at;
}

/* All or none of them: out is cut back. */
static int add_rrs(struct rtcp_out *out, uint32_t sender,
		   const struct rtcp_block *blocks, size_t count, size_t before)
{
	for (size_t share; count; blocks += share, count -= share) {
		share = share_of(count);
		if (!add_rr(out, sender, blocks, share)) {
			out->len = before;
			return -EMSGSIZE;
		}
	}
	return 0;
}

int rtcp_add_rr(struct rtcp_out *out, uint32_t sender,
		const struct rtcp_block *blocks, size_t count)
{
	if (!count)
		return add_rr(out, sender, blocks, 0) ? 0 : -EMSGSIZE;
	return add_rrs(out, sender, blocks, count, out->len);
}

int rtcp_add_sr(struct rtcp_out *out, const struct rtcp_sr *sr,
		const struct rtcp_block *blocks, size_t count)
{
	size_t before = out->len, share = share_of(count);
	uint8_t *at = add_report(out, RTCP_TYPE_SR, RTCP_SR_SIZE, blocks,
				 share);

	if (!at)
		return -EMSGSIZE;
	put_sr(at, sr);
	if (count == share)
		return 0;
	return add_rrs(out, sr->ssrc, blocks + share, count - share, before);
}

/* ---- names ------------------------------------------------------------- */

/* The zero that ends the items is part of what fills the chunk up. */
int rtcp_add_cname(struct rtcp_out *out, uint32_t ssrc, const char *text)
{
	size_t len = strlen(text), items = 4 + 2 + len;
	uint8_t *at;

	if (len > LONGEST_CNAME)
		return -EINVAL;
	at = add(out, RTCP_TYPE_SDES, 1,
		 RTCP_HEADER + ((items + 4) & ~(size_t)3));
	if (!at)
		return -EMSGSIZE;
	put_be32(at + 4, ssrc);
	at[8] = RTCP_ITEM_CNAME;
	at[9] = len;
	memcpy(at + 10, text, len);
	return 0;
}

/* ---- feedback ---------------------------------------------------------- */

uint8_t *rtcp_add_feedback(struct rtcp_out *out, enum rtcp_type type,
			   enum rtcp_format format, uint32_t sender,
			   uint32_t media, size_t size)
{
	uint8_t *at = add(out, type, format, size);

	if (!at)
		return NULL;
	put_be32(at + 4, sender);
	put_be32(at + 8, media);
	return at;
}

int rtcp_add_pli(struct rtcp_out *out, uint32_t sender, uint32_t media)
{
	uint8_t *at = rtcp_add_feedback(out, RTCP_TYPE_PAYLOAD, RTCP_FORMAT_PLI,
					sender, media, RTCP_FEEDBACK);

	return at ? 0 : -EMSGSIZE;
}

int rtcp_add_fir(struct rtcp_out *out, uint32_t sender, struct rtcp_fir fir)
{
	uint8_t *at = rtcp_add_feedback(out, RTCP_TYPE_PAYLOAD, RTCP_FORMAT_FIR,
					sender, 0,
					RTCP_FEEDBACK + RTCP_FIR_ENTRY);

	if (!at)
		return -EMSGSIZE;
	put_be32(at + RTCP_FEEDBACK, fir.ssrc);
	at[RTCP_FEEDBACK + 4] = fir.number;
	return 0;
}

/*
 * One entry: the first number, and those of the next that lie in the 16 behind
 * it.  Returns how many it has taken.
 */
static size_t take_entry(const uint16_t *numbers, size_t count, uint16_t *bits)
{
	size_t taken = 1;

	for (*bits = 0; taken < count; taken++) {
		uint16_t behind = numbers[taken] - numbers[0];

		if (behind > 16)
			break;
		if (behind)
			*bits |= 1 << (behind - 1);
	}
	return taken;
}

static size_t count_nack_entries(const uint16_t *numbers, size_t count)
{
	size_t entries = 0;
	uint16_t bits;

	for (size_t at = 0; at < count; entries++)
		at += take_entry(numbers + at, count - at, &bits);
	return entries;
}

int rtcp_add_nack(struct rtcp_out *out, uint32_t sender, uint32_t media,
		  const uint16_t *numbers, size_t count)
{
	size_t size = RTCP_FEEDBACK +
		      RTCP_NACK_ENTRY * count_nack_entries(numbers, count);
	uint8_t *at = rtcp_add_feedback(out, RTCP_TYPE_TRANSPORT,
					RTCP_FORMAT_NACK, sender, media, size);
	uint16_t bits;

	if (!at)
		return -EMSGSIZE;
	at += RTCP_FEEDBACK;
	for (size_t next = 0; next < count; at += RTCP_NACK_ENTRY) {
		put_be16(at, numbers[next]);
		next += take_entry(numbers + next, count - next, &bits);
		put_be16(at + 2, bits);
	}
	return 0;
}

/* 6 bits of exponent, 18 of mantissa. */
static uint32_t remb_rate(uint64_t bits)
{
	uint32_t exponent = 0;

	while (bits >> exponent >> REMB_BITS)
		exponent++;
	return exponent << REMB_BITS | bits >> exponent;
}

int rtcp_add_remb(struct rtcp_out *out, uint32_t sender, uint64_t bits,
		  const uint32_t *ssrcs, size_t count)
{
	uint8_t *at = rtcp_add_feedback(out, RTCP_TYPE_PAYLOAD,
					RTCP_FORMAT_APPLICATION, sender, 0,
					RTCP_REMB_LISTED + 4 * count);

	if (!at)
		return -EMSGSIZE;
	put_be32(at + RTCP_FEEDBACK, RTCP_REMB_NAME);
	at[RTCP_FEEDBACK + 4] = count;
	put_be24(at + RTCP_FEEDBACK + 5, remb_rate(bits));
	for (size_t i = 0; i < count; i++)
		put_be32(at + RTCP_REMB_LISTED + 4 * i, ssrcs[i]);
	return 0;
}
