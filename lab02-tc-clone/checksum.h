/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab02: the Internet checksum, and how to mend it.
 *
 * The checksum is the ones' complement of the ones' complement sum of the
 * 16-bit words (RFC 1071).  When a word changes from m to m', RFC 1624
 * gives the new checksum from the old one, without reading the packet:
 *
 *	HC' = ~(~HC + ~m + m')
 *
 * A csum_diff collects ~m + m' over all the words that change, so that one
 * addition mends the checksum in the end.  The ones' complement sum is the
 * same in either byte order (RFC 1071, section 2), so words are added just
 * as they lie in memory.
 */
#ifndef LAB02_CHECKSUM_H
#define LAB02_CHECKSUM_H

#include "common/protocols.h"

typedef __u32 csum_diff; /* an unfinished ones' complement sum */

/* Ones' complement addition: a carry out of the top comes in at the bottom. */
static __always_inline csum_diff csum_add(csum_diff sum, __u32 word)
{
	//@todo 2.1 csum_add: a carry out of the top comes in at the bottom
	//@stub	(void)word;
	//@stub	return sum;
	__u64 wide = (__u64)sum + word;

	return (__u32)wide + (__u32)(wide >> 32);
	//@end 2.1
}

static __always_inline csum_diff csum_replace(csum_diff sum, __u32 from,
					      __u32 to)
{
	return csum_add(csum_add(sum, ~from), to);
}

/* From 32 bits to 16: both halves are words of the same sum, so they add up. */
static __always_inline __u16 csum_fold(csum_diff sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* RFC 1624, equation 3. */
static __always_inline __u16 csum_update(__u16 check, csum_diff diff)
{
	//@todo 2.2 csum_update: HC' = ~(~HC + ~m + m')
	//@stub	(void)diff;
	//@stub	return check;
	return ~csum_fold(csum_add(diff, (__u16)~check));
	//@end 2.2
}

/*
 * The same for UDP, where 0 means that there is no checksum.  Over IPv4 such a
 * 0 stays, and a sum that comes out as 0 is sent as 0xffff (RFC 768).
 */
static __always_inline __u16 udp_csum_update(__u16 check, csum_diff diff)
{
	//@todo 2.3 udp_csum_update: 0 means "none", and must not come out
	//@stub	return csum_update(check, diff);
	if (!check)
		return 0;
	check = csum_update(check, diff);
	return check ? check : 0xffff;
	//@end 2.3
}

#endif
