// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of checksum.h, compiled natively.  Those of 2.0 are about what is
 * provided.  2.2 needs 2.1, and 2.3 needs both.
 */
#include "lab01-xdp-parse/testlib/frames.h"
#include "lab02-tc-clone/checksum.h"

#define WORDS 10 /* an IPv4 header without options */
#define CASES 100000

/* Words that carries, signs and the two zeros could break. */
static const __u16 corners[] = {
	0, 1, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff,
};

#define CORNERS (sizeof(corners) / sizeof(*corners))

static __u32 draw_word(uint64_t *state)
{
	return one_in(state, 4) ? corners[draw(state, CORNERS)] :
				  draw(state, 65536);
}

static __u32 draw_long(uint64_t *state)
{
	__u32 high = draw_word(state);

	return high << 16 | draw_word(state);
}

/* RFC 1071, as its section 4.1 describes it: all words, then the carries. */
static __u16 recomputed(const __u16 *words, size_t count)
{
	__u64 sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* ---- 2.0 provided: csum_fold() ---------------------------------------- */

TEST("2.0.d", fold_corners, "32 bits folded into 16", .native = true)
{
	static const struct {
		__u32 sum;
		__u16 folded;
	} folds[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ 0xffff, 0xffff },
		{ 0x10000, 1 },
		{ 0x1ffff, 1 },
		{ 0x12345678, 0x68ac },
		{ 0xffff0000, 0xffff },
		{ 0xffff0001, 1 },
		{ 0xfffffffe, 0xfffe },
		{ 0xffffffff, 0xffff },
		{ 0x8000ffff, 0x8000 },
	};

	for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++)
		check_true(csum_fold(folds[i].sum) == folds[i].folded,
			   "0x%08x: expected 0x%04x, got 0x%04x", folds[i].sum,
			   folds[i].folded, csum_fold(folds[i].sum));
}

TEST("2.0.e", fold_random, "folding changes no sum", .native = true)
{
	uint64_t state = 3;

	for (int i = 0; i < CASES; i++) {
		__u32 sum = draw_long(&state);

		check_true(csum_fold(sum) % 0xffff == sum % 0xffff &&
				   !csum_fold(sum) == !sum,
			   "0x%08x gave 0x%04x", sum, csum_fold(sum));
	}
}

/* ---- 2.1 csum_add() --------------------------------------------------- */

TEST("2.1.a", add_carry, "a carry out of the top comes in at the bottom",
     .native = true)
{
	check_bits("2 + 3", 5, csum_add(2, 3));
	check_bits("0xfffffffe + 1", 0xffffffff, csum_add(0xfffffffe, 1));
	check_bits("0xffffffff + 1", 1, csum_add(0xffffffff, 1));
	check_bits("1 + 0xffffffff", 1, csum_add(1, 0xffffffff));
	check_bits("0x80000000 twice", 1, csum_add(0x80000000, 0x80000000));
	check_bits("0xffffffff twice", 0xffffffff,
		   csum_add(0xffffffff, 0xffffffff));
}

TEST("2.1.b", add_random, "100,000 sums, with 64 bits to check them",
     .native = true)
{
	uint64_t state = 1;

	for (int i = 0; i < CASES; i++) {
		__u32 a = draw_long(&state), b = draw_long(&state);
		__u64 wide = (__u64)a + b;
		__u32 sum = wide > 0xffffffff ? wide - 0xffffffff : wide;

		check_true(csum_add(a, b) == sum,
			   "0x%08x + 0x%08x should give 0x%08x, got 0x%08x", a,
			   b, sum, csum_add(a, b));
	}
}

TEST("2.1.c", add_order, "in any order the sum is the same", .native = true)
{
	uint64_t state = 2;

	for (int i = 0; i < CASES; i++) {
		__u32 a = draw_long(&state), b = draw_long(&state);
		__u32 c = draw_long(&state) | 1;
		__u32 left = csum_add(csum_add(a, b), c);

		check_true(left == csum_add(a, csum_add(b, c)) &&
				   left == csum_add(csum_add(c, a), b),
			   "0x%08x, 0x%08x, 0x%08x: in any order the sum "
			   "should be the same, but it is not",
			   a, b, c);
		check_true(left,
			   "0x%08x, 0x%08x, 0x%08x: only the sum of zeros "
			   "should be 0, but this one is",
			   a, b, c);
	}
}

/* ---- 2.2 csum_update() ------------------------------------------------ */

/* RFC 1624, section 4: with equation 2 it would come out as 0xffff. */
TEST("2.2.a", update_rfc1624, "the example of RFC 1624", .native = true)
{
	const csum_diff diff = 0xffffaaaa + 0x3285; /* ~0x5555 + 0x3285 */

	step("HC = 0xdd2f, m = 0x5555 becomes m' = 0x3285");
	check_bits("HC'", 0, csum_update(0xdd2f, diff));
}

/* Every checksum but 0xffff, which no header that is not all zero has. */
static void check_update_by_nothing(void)
{
	for (__u32 check = 0; check < 0xffff; check++)
		for (size_t i = 0; i < CORNERS; i++) {
			csum_diff diff = csum_replace(0, corners[i],
						      corners[i]);

			check_true(csum_update(check, diff) == check,
				   "0x%04x is replaced by itself: 0x%04x "
				   "should stay, but became 0x%04x",
				   corners[i], check, csum_update(check, diff));
		}
}

TEST("2.2.b", update_corners, "words of all ones and of zeros come and go",
     .native = true)
{
	__u16 words[3] = { 0x4500 };

	for (size_t i = 0; i < CORNERS * CORNERS * CORNERS; i++) {
		__u16 from = corners[i % CORNERS], check;
		__u16 to = corners[i / CORNERS % CORNERS];

		words[1] = corners[i / CORNERS / CORNERS];
		words[2] = from;
		check = recomputed(words, 3);
		words[2] = to;
		check_true(csum_update(check, csum_replace(0, from, to)) ==
				   recomputed(words, 3),
			   "0x%04x: 0x%04x to 0x%04x "
			   "should give 0x%04x, got 0x%04x",
			   check, from, to, recomputed(words, 3),
			   csum_update(check, csum_replace(0, from, to)));
	}
	check_update_by_nothing();
}

/* Changes some words, and collects what that does to the sum. */
static csum_diff change_words(uint64_t *state, __u16 *words)
{
	csum_diff diff = 0;

	for (int changes = 1 + draw(state, 5); changes; changes--) {
		__u16 *word = &words[1 + draw(state, WORDS - 1)];
		__u16 to = draw_word(state);

		diff = csum_replace(diff, *word, to);
		*word = to;
	}
	return diff;
}

TEST("2.2.c", update_random, "100,000 headers change: as if summed up again",
     .native = true)
{
	__u16 words[WORDS] = { 0x4500 };
	uint64_t state = 4;

	for (int i = 0; i < CASES; i++) {
		__u16 check = recomputed(words, WORDS);
		csum_diff diff = change_words(&state, words);

		check_true(csum_update(check, diff) == recomputed(words, WORDS),
			   "header %d: expected 0x%04x, got 0x%04x", i,
			   recomputed(words, WORDS), csum_update(check, diff));
	}
}

/* ---- 2.3 udp_csum_update() -------------------------------------------- */

TEST("2.3.a", udp_none, "0 is no checksum, and stays so", .native = true)
{
	uint64_t state = 5;

	for (int i = 0; i < 1000; i++)
		check_bits("none", 0, udp_csum_update(0, draw_long(&state)));
	check_bits("0x1234 less 0x0011", 0x1223, udp_csum_update(0x1234, 0x11));
}

TEST("2.3.b", udp_zero, "a sum that comes out as 0 is sent as 0xffff",
     .native = true)
{
	for (__u32 check = 1; check <= 0xffff; check++)
		check_true(udp_csum_update(check, check) == 0xffff,
			   "0x%04x + 0x%04x: expected 0xffff, got 0x%04x",
			   check, (__u16)~check, udp_csum_update(check, check));
}

TEST("2.3.c", udp_random, "100,000 datagrams change: as if summed up again",
     .native = true)
{
	__u16 words[WORDS] = { 0x11 }, check, expected;
	uint64_t state = 6;

	for (int i = 0; i < CASES; i++) {
		csum_diff diff;

		check = recomputed(words, WORDS) ?: 0xffff;
		diff = change_words(&state, words);
		expected = recomputed(words, WORDS) ?: 0xffff;
		check_true(udp_csum_update(check, diff) == expected,
			   "datagram %d: expected 0x%04x, got 0x%04x", i,
			   expected, udp_csum_update(check, diff));
	}
}
