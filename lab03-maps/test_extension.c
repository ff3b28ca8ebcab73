// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Header extensions in a copy: ids become the receiver's, the unknown goes.
 *
 *	| BE DE  0 n | 41 aa bb | 10 cc | 00 .. |	before
 *	| BE DE  0 n | 71 aa bb | 00 00 | 00 .. |	4 is 7 there, 1 is nothing
 */
#include <string.h>

#include "common/test.h"
#include "lab03-maps/extension.h"

#define MAX_HEADER 80

/* A header whose extension has these bytes; returns how long all of it is. */
static __u32 make(__u8 *header, __u16 profile, const __u8 *elements,
		  __u32 length)
{
	struct rtp_hdr *rtp = (void *)header;
	struct rtp_ext_hdr *ext = (void *)(header + 16); /* a CSRC before it */

	memset(header, 0, MAX_HEADER);
	rtp->vpxcc = 0x80 | RTP_EXTENSION | 1;
	ext->profile = htons(profile);
	ext->length = htons(length / 4);
	memcpy(ext + 1, elements, length);
	return rtp_header_length(rtp);
}

static void check_mapped(__u16 profile, const __u8 *before, const __u8 *after,
			 __u32 length, __u64 map)
{
	__u8 header[MAX_HEADER], expected[MAX_HEADER];

	check_uint("header", 20 + length,
		   make(header, profile, before, length));
	make(expected, profile, after, length);
	map_elements(header + 20, length, profile, map);
	check_hex("header", expected, header, MAX_HEADER);
}

/* 4 is 7 to the receiver, and 1 is 2; it has agreed to no other. */
static __u64 map(void)
{
	return extension_map_add(extension_map_add(0, 4, 7), 1, 2);
}

TEST("3.0.xa", one_byte, "one-byte headers: ids mapped, the unknown blanked",
     .native = true)
{
	static const __u8 before[] = { 0x41, 1, 2, 0x30, 9, 0x10, 5, 0 };
	static const __u8 after[] = { 0x71, 1, 2, 0, 0, 0x20, 5, 0 };

	check_mapped(0xbede, before, after, sizeof(before), map());
}

TEST("3.0.xb", two_bytes, "two-byte headers likewise, also of no length",
     .native = true)
{
	static const __u8 before[] = { 4,   2, 8, 8, 1, 0, 200, 1,
				       255, 0, 1, 1, 3, 0, 0,	0 };
	static const __u8 after[] = { 7, 2, 8, 8, 2, 0, 0, 0,
				      0, 0, 2, 1, 3, 0, 0, 0 };

	check_mapped(0x1000, before, after, sizeof(before), map());
	check_mapped(0x100f, before, after, sizeof(before), map());
}

TEST("3.0.xc", cut_off, "what runs over the end, and id 15, become padding",
     .native = true)
{
	static const __u8 over[] = { 0x10, 5, 0x4f, 1 };
	static const __u8 over_after[] = { 0x20, 5, 0, 0 };
	static const __u8 stop[] = { 0x10, 5, 0xf0, 0x41 };
	static const __u8 half[] = { 1, 0, 0, 4 };
	static const __u8 half_after[] = { 2, 0, 0, 0 };

	check_mapped(0xbede, over, over_after, 4, map());
	check_mapped(0xbede, stop, over_after, 4, map());
	check_mapped(0x1000, half, half_after, 4, map());
}

TEST("3.0.xd", left_alone, "an extension of another kind stays as it was",
     .native = true)
{
	static const __u8 bytes[] = { 0x41, 1, 2, 0x30 };

	check_mapped(0x4242, bytes, bytes, 4, map());
}

TEST("3.0.xe", none_agreed, "a receiver who has agreed to none gets zeros",
     .native = true)
{
	static const __u8 bytes[] = { 0x41, 1, 2, 0x10, 9, 0, 0, 0 };
	static const __u8 zeros[8];

	check_mapped(0xbede, bytes, zeros, 8, EXTENSION_MAP_NONE);
}

TEST("3.0.xf", found, "an extension is found by its id, or not at all",
     .native = true)
{
	static const __u8 one[] = { 0, 0x31, 7, 8, 0x10, 9, 0, 0 };
	static const __u8 two[] = { 3, 2, 7, 8, 1, 0, 0, 0 };
	__u8 header[MAX_HEADER];
	const __u8 *data;
	__u32 length;

	make(header, 0xbede, one, 8);
	data = find_extension((void *)header, 3, &length);
	check_uint("length", 2, length);
	check_hex("data", one + 2, data, 2);
	check_true(!find_extension((void *)header, 4, &length), "4 is there");
	check_true(!find_extension((void *)header, 0, &length), "0 is there");
	make(header, 0x1000, two, 8);
	check_hex("data", two + 2, find_extension((void *)header, 3, &length),
		  2);
	check_true(find_extension((void *)header, 1, &length) && !length,
		   "1 is there, and empty");
}
