/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: SHA-1 (RFC 3174) and HMAC (RFC 2104), in the kernel and in user space.
 *
 *	HMAC(key, text) = SHA-1(key ^ opad | SHA-1(key ^ ipad | text))
 *	                        '---------'        '---------'
 *	                           block              block
 *
 * Both begin with one block that depends on the key alone.  Whoever has many
 * texts and one key hashes these two blocks once, and keeps the state that each
 * leads to.  From there a short text costs two blocks instead of four, and the
 * key itself need not be kept.
 *
 * SHA-1 is broken as a hash of documents.  As a MAC it is what STUN asks for.
 */
#ifndef LAB06_SHA1_H
#define LAB06_SHA1_H

#include "common/protocols.h"

#define SHA1_WORDS 5 /* of a state, and of a digest */

/*
 * A hash at work.  The words of the block are kept beside the state, because in
 * the kernel a stack is small.  They are volatile there: the compiler would work
 * them all out first, and need the stack for them after all.
 */
#ifdef __bpf__
typedef volatile __u32 sha1_w;
#else
typedef __u32 sha1_w;
#endif

struct sha1 {
	__u32 h[SHA1_WORDS];
	sha1_w w[16];
};

struct sha1_block {
	__be32 word[16];
};

#define SHA1_BLOCK ((__u32)sizeof(struct sha1_block)) /* bytes */

#define SHA1_START                                                             \
	((struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, \
			       0xc3d2e1f0 } })

/*
 * In the kernel all 80 rounds are written out: the verifier sees no loop.  The
 * compiler must not begin a round before the last one has come to its value.
 */
#ifdef __bpf__
#define SHA1_UNROLL	     _Pragma("clang loop unroll(full)")
#define SHA1_IN_ORDER(value) asm volatile("" : "+r"(value))
#else
#define SHA1_UNROLL
#define SHA1_IN_ORDER(value) (void)(value)
#endif

static __always_inline __u32 sha1_rotate(__u32 x, int by)
{
	return x << by | x >> (32 - by);
}

/* RFC 3174, section 5: the function and the constant of a round. */
static __always_inline __u32 sha1_mix(int round, __u32 b, __u32 c, __u32 d)
{
	if (round < 20)
		return (d ^ (b & (c ^ d))) + 0x5a827999;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (round < 60)
		return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* Section 6.2: the word of a round; sixteen of them are kept. */
static __always_inline __u32 sha1_word(sha1_w w[16], int round)
{
	__u32 word;

	if (round < 16)
		return w[round];
	word = sha1_rotate(w[(round + 13) & 15] ^ w[(round + 8) & 15] ^
				   w[(round + 2) & 15] ^ w[round & 15],
			   1);
	w[round & 15] = word;
	return word;
}

/*
 * Takes one block into the state.  In the kernel this is a function of its own,
 * which the verifier checks once, whoever calls it.
 */
#ifdef __bpf__
__noinline
#else
static inline
#endif
	int
	sha1_take(struct sha1 *s, const struct sha1_block *block)
{
	__u32 a, b, c, d, e, next;

	if (!s || !block)
		return -1;
	a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];
	SHA1_UNROLL
	for (int i = 0; i < 16; i++)
		s->w[i] = bpf_ntohl(block->word[i]);
	SHA1_UNROLL
	for (int i = 0; i < 80; i++) {
		next = sha1_rotate(a, 5) + sha1_mix(i, b, c, d) + e +
		       sha1_word(s->w, i);
		SHA1_IN_ORDER(next);
		e = d, d = c, c = sha1_rotate(b, 30), b = a, a = next;
	}
	s->h[0] += a, s->h[1] += b, s->h[2] += c, s->h[3] += d, s->h[4] += e;
	return 0;
}

/*
 * The last block of the outer hash: the inner digest, the bit that ends a text,
 * and the length of all in bits.
 */
static __always_inline void hmac_last_block(struct sha1_block *b,
					    const struct sha1 *s)
{
	for (int i = 0; i < 16; i++)
		b->word[i] = i < SHA1_WORDS ? bpf_htonl(s->h[i]) : 0;
	b->word[SHA1_WORDS] = bpf_htonl(0x80000000);
	b->word[15] = bpf_htonl((SHA1_BLOCK + SHA1_WORDS * 4) * 8);
}

#endif
