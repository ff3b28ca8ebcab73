/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: the CRC-32 of ISO 3309 (that of Ethernet, zip and STUN's FINGERPRINT),
 * four bytes at a time, in the kernel and in user space.
 *
 * The CRC of a sum is the sum of the CRCs, because all of it is XOR.  So a table
 * of 256 entries follows from eight numbers, one for each bit of its index, and
 * the compiler works the tables out of these.
 */
#ifndef LAB06_CRC32_H
#define LAB06_CRC32_H

#include "common/protocols.h"

#define CRC32_MAX_WORDS 64

/* What a byte with one bit set comes to when 0, 1, 2, 3 bytes follow it. */
/* clang-format off */
#define CRC32_0(X, i) X(i, 0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, \
			   0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320)
#define CRC32_1(X, i) X(i, 0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, \
			   0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b)
#define CRC32_2(X, i) X(i, 0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, \
			   0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80)
#define CRC32_3(X, i) X(i, 0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, \
			   0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b)
#define CRC32_BIT(i, n, value) ((i) >> (n) & 1 ? (value) : 0u)
#define CRC32_ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7)			\
	(CRC32_BIT(i, 0, b0) ^ CRC32_BIT(i, 1, b1) ^			\
	 CRC32_BIT(i, 2, b2) ^ CRC32_BIT(i, 3, b3) ^			\
	 CRC32_BIT(i, 4, b4) ^ CRC32_BIT(i, 5, b5) ^			\
	 CRC32_BIT(i, 6, b6) ^ CRC32_BIT(i, 7, b7))
#define CRC32_FOUR(t, i)						\
	t(CRC32_ENTRY, i), t(CRC32_ENTRY, i + 1),			\
	t(CRC32_ENTRY, i + 2), t(CRC32_ENTRY, i + 3)
#define CRC32_SIXTEEN(t, i)						\
	CRC32_FOUR(t, i), CRC32_FOUR(t, i + 4),				\
	CRC32_FOUR(t, i + 8), CRC32_FOUR(t, i + 12)
#define CRC32_SIXTY_FOUR(t, i)						\
	CRC32_SIXTEEN(t, i), CRC32_SIXTEEN(t, i + 16),			\
	CRC32_SIXTEEN(t, i + 32), CRC32_SIXTEEN(t, i + 48)
#define CRC32_TABLE(t)							\
	{ CRC32_SIXTY_FOUR(t, 0), CRC32_SIXTY_FOUR(t, 64),		\
	  CRC32_SIXTY_FOUR(t, 128), CRC32_SIXTY_FOUR(t, 192) }
/* clang-format on */

static const __u32 crc32_tables[4][256] = {
	CRC32_TABLE(CRC32_0),
	CRC32_TABLE(CRC32_1),
	CRC32_TABLE(CRC32_2),
	CRC32_TABLE(CRC32_3),
};

/* The first byte of the message is the lowest one of x. */
static __always_inline __u32 crc32_step(__u32 crc, __be32 word)
{
	__u32 x = crc ^ __builtin_bswap32(bpf_ntohl(word));

	return crc32_tables[3][x & 255] ^ crc32_tables[2][x >> 8 & 255] ^
	       crc32_tables[1][x >> 16 & 255] ^ crc32_tables[0][x >> 24];
}

/* Of so many words, up to CRC32_MAX_WORDS. */
static __always_inline __u32 crc32_words(const __be32 *word, __u32 count)
{
	__u32 crc = ~0u;

	for (__u32 i = 0; i < CRC32_MAX_WORDS && i < count; i++)
		crc = crc32_step(crc, word[i]);
	return ~crc;
}

#endif
