// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads RTCP: finds the packets of a datagram, and then what each says.
 *
 *	| header ... | header ......... | header . |
 *	  length ----> length ----------> length --> the end
 *
 * Anybody may have written the datagram.  rtcp_next() cuts a packet out of it,
 * and says its kind only if the fixed part of the kind is there.  The readers
 * then look at what is left of the packet, and believe no count that it has.
 */
#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/rtcp_internal.h"

/* ---- packets ----------------------------------------------------------- */

struct rtcp_walk rtcp_start(const void *datagram, size_t len)
{
	return (struct rtcp_walk){ .at = datagram, .left = len };
}

static const struct {
	uint8_t type;
	int format; /* -1: the type has none */
	enum rtcp_kind kind;
	size_t min; /* bytes */
} kinds[] = {
	{ RTCP_TYPE_SR, -1, RTCP_SR, RTCP_SR_SIZE },
	{ RTCP_TYPE_RR, -1, RTCP_RR, RTCP_RR_SIZE },
	{ RTCP_TYPE_SDES, -1, RTCP_SDES, RTCP_HEADER },
	{ RTCP_TYPE_BYE, -1, RTCP_BYE, RTCP_HEADER },
	{ RTCP_TYPE_TRANSPORT, RTCP_FORMAT_NACK, RTCP_NACK,
	  RTCP_FEEDBACK + RTCP_NACK_ENTRY },
	{ RTCP_TYPE_TRANSPORT, RTCP_FORMAT_TWCC, RTCP_TWCC, RTCP_TWCC_LISTED },
	{ RTCP_TYPE_PAYLOAD, RTCP_FORMAT_PLI, RTCP_PLI, RTCP_FEEDBACK },
	{ RTCP_TYPE_PAYLOAD, RTCP_FORMAT_FIR, RTCP_FIR,
	  RTCP_FEEDBACK + RTCP_FIR_ENTRY },
	{ RTCP_TYPE_PAYLOAD, RTCP_FORMAT_APPLICATION, RTCP_REMB,
	  RTCP_REMB_LISTED },
};

static enum rtcp_kind find_kind(const struct rtcp_packet *p)
{
	uint8_t type = p->bytes[1];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type && p->len >= kinds[i].min &&
		    (kinds[i].format < 0 || kinds[i].format == p->count))
			return kinds[i].kind;
	return RTCP_OTHER;
}

static bool is_remb(const struct rtcp_packet *p)
{
	return get_be32(p->bytes + RTCP_FEEDBACK) == RTCP_REMB_NAME;
}

static void take_kind(struct rtcp_packet *p)
{
	p->kind = find_kind(p);
	if (p->kind == RTCP_REMB && !is_remb(p))
		p->kind = RTCP_OTHER;
	if (p->kind == RTCP_OTHER || p->kind == RTCP_SDES ||
	    p->kind == RTCP_BYE)
		return;
	p->sender = get_be32(p->bytes + 4);
	if (p->kind >= RTCP_NACK)
		p->media = get_be32(p->bytes + 8);
}

/*
 * The last byte of a padded packet counts the padding.  One that counts more
 * than there is leaves nothing but the header: no other byte can be believed.
 */
static size_t length_without_padding(const uint8_t *at, size_t len)
{
	size_t padding = at[0] & RTCP_PADDING ? at[len - 1] : 0;

	return padding <= len - RTCP_HEADER ? len - padding : RTCP_HEADER;
}

bool rtcp_next(struct rtcp_walk *walk, struct rtcp_packet *p)
{
	size_t len;

	if (walk->left < RTCP_HEADER || (walk->at[0] & 0xc0) != RTCP_VERSION)
		return false;
	len = 4 * ((size_t)get_be16(walk->at + 2) + 1);
	if (len > walk->left)
		return false;
	*p = (struct rtcp_packet){
		.count = walk->at[0] & RTCP_COUNT,
		.bytes = walk->at,
		.len = length_without_padding(walk->at, len),
	};
	take_kind(p);
	walk->at += len;
	walk->left -= len;
	return true;
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many entries of a list that begins at an offset are there as a whole. */
static size_t count_entries(const struct rtcp_packet *p, size_t from,
			    size_t size)
{
	return p->len > from ? (p->len - from) / size : 0;
}

/* ---- reports ----------------------------------------------------------- */

struct rtcp_sr rtcp_read_sr(const struct rtcp_packet *p)
{
	const uint8_t *at = p->bytes;

	return (struct rtcp_sr){
		.ssrc = get_be32(at + 4),
		.ntp = (uint64_t)get_be32(at + 8) << 32 | get_be32(at + 12),
		.timestamp = get_be32(at + 16),
		.packets = get_be32(at + 20),
		.bytes = get_be32(at + 24),
	};
}

static size_t blocks_begin(const struct rtcp_packet *p)
{
	return p->kind == RTCP_SR ? RTCP_SR_SIZE : RTCP_RR_SIZE;
}

unsigned int rtcp_count_blocks(const struct rtcp_packet *p)
{
	if (p->kind != RTCP_SR && p->kind != RTCP_RR)
		return 0;
	return min_of(p->count,
		      count_entries(p, blocks_begin(p), RTCP_BLOCK_SIZE));
}

/* 24 bits, of which the highest is a sign. */
static int32_t sign_extend24(uint32_t value)
{
	return (int32_t)(value ^ 0x800000) - 0x800000;
}

struct rtcp_block rtcp_read_block(const struct rtcp_packet *p, unsigned int i)
{
	const uint8_t *at = p->bytes + blocks_begin(p) + i * RTCP_BLOCK_SIZE;

	return (struct rtcp_block){
		.ssrc = get_be32(at),
		.fraction = at[4],
		.lost = sign_extend24(get_be24(at + 5)),
		.highest = get_be32(at + 8),
		.jitter = get_be32(at + 12),
		.last_sr = get_be32(at + 16),
		.delay = get_be32(at + 20),
	};
}

/* ---- names, farewells -------------------------------------------------- */

/*
 * Section 6.5: a chunk is an SSRC and its items, which end with a zero; it is
 * filled up to a multiple of 4 bytes.
 *
 *	| SSRC (4) | type | length | text ... | type | length | ... | 0 | fill |
 *
 * Returns where the next chunk begins, or the end.
 */
static size_t read_chunk(const struct rtcp_packet *p, size_t at,
			 struct rtcp_cname *name)
{
	*name = (struct rtcp_cname){ .ssrc = get_be32(p->bytes + at) };
	at += 4;
	while (at + 2 <= p->len && p->bytes[at]) {
		size_t size = p->bytes[at + 1];

		if (at + 2 + size > p->len)
			return p->len;
		if (p->bytes[at] == RTCP_ITEM_CNAME) {
			name->text = (const char *)p->bytes + at + 2;
			name->len = size;
		}
		at += 2 + size;
	}
	return (at + 4) & ~(size_t)3;
}

size_t rtcp_read_cnames(const struct rtcp_packet *p, struct rtcp_cname *names,
			size_t max)
{
	size_t at = RTCP_HEADER, found = 0;
	struct rtcp_cname name;

	for (int i = 0; i < p->count && found < max && at + 4 <= p->len; i++) {
		at = read_chunk(p, at, &name);
		if (name.text)
			names[found++] = name;
	}
	return found;
}

size_t rtcp_read_bye(const struct rtcp_packet *p, uint32_t *ssrcs, size_t max)
{
	size_t count = min_of(p->count, count_entries(p, RTCP_HEADER, 4));

	count = min_of(count, max);
	for (size_t i = 0; i < count; i++)
		ssrcs[i] = get_be32(p->bytes + RTCP_HEADER + 4 * i);
	return count;
}

/* ---- feedback ---------------------------------------------------------- */

/* Section 6.2.1: a number, and a bit for each of the 16 that follow it. */
static size_t read_nack_entry(const uint8_t *at, uint16_t *numbers, size_t max)
{
	uint16_t first = get_be16(at), others = get_be16(at + 2);
	size_t count = 0;

	if (max)
		numbers[count++] = first;
	for (int i = 0; i < 16 && count < max; i++)
		if (others >> i & 1)
			numbers[count++] = first + 1 + i;
	return count;
}

size_t rtcp_read_nack(const struct rtcp_packet *p, uint16_t *numbers,
		      size_t max)
{
	size_t entries = count_entries(p, RTCP_FEEDBACK, RTCP_NACK_ENTRY);
	size_t count = 0;

	for (size_t i = 0; i < entries && count < max; i++)
		count += read_nack_entry(p->bytes + RTCP_FEEDBACK +
						 i * RTCP_NACK_ENTRY,
					 numbers + count, max - count);
	return count;
}

size_t rtcp_read_fir(const struct rtcp_packet *p, struct rtcp_fir *firs,
		     size_t max)
{
	size_t count = count_entries(p, RTCP_FEEDBACK, RTCP_FIR_ENTRY);
	const uint8_t *at = p->bytes + RTCP_FEEDBACK;

	count = min_of(count, max);
	for (size_t i = 0; i < count; i++, at += RTCP_FIR_ENTRY)
		firs[i] = (struct rtcp_fir){
			.ssrc = get_be32(at),
			.number = at[4],
		};
	return count;
}

/* | how many SSRCs (8) | exponent (6) | mantissa (18) | */
uint64_t rtcp_read_remb(const struct rtcp_packet *p)
{
	uint32_t rate = get_be24(p->bytes + RTCP_FEEDBACK + 5);
	uint64_t mantissa = rate & 0x3ffff;
	unsigned int exponent = rate >> 18;

	if (mantissa > UINT64_MAX >> exponent)
		return UINT64_MAX;
	return mantissa << exponent;
}
