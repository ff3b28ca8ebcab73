/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: header extensions of RTP (RFC 8285), and what a copy has of them.
 *
 *	in	| 4 mid "0" | 1 audio level | 3 twcc 77 |	the sender's ids
 *	out	| 0  0   0  | 7 audio level | 0  0  0   |	the receiver's
 *
 * Each end numbers extensions as it likes and tells the numbers in SDP.  The
 * sender's number may mean something else to a receiver, so each is changed to
 * the receiver's own.  An extension that the receiver has not agreed to becomes
 * padding, which is zeros, so the header stays as long as it was.
 */
#ifndef LAB03_EXTENSION_H
#define LAB03_EXTENSION_H

#ifndef __bpf__
#include <string.h>
#endif

#include "common/protocols.h"

/*
 * A map from the sender's ids to the receiver's: 4 bits for each, id 1 in bits
 * 4 to 7, and so on up to 14.  Four bits of 0: the receiver has not agreed to
 * that one.  A map of 0: nothing was negotiated, so extensions stay as they
 * are.
 */
#define EXTENSION_MAP_NONE (15ULL << 60) /* the receiver agreed to none */
#define EXTENSION_MAX_ID   14

#define EXTENSION_ROOM 128 /* bytes of elements that the kernel can map */

#define EXTENSION_ONE_BYTE 0xbede
#define EXTENSION_TWO_BYTE 0x1000 /* the lowest 4 bits mean nothing */

static __always_inline __u64 extension_map_add(__u64 map, __u8 from, __u8 to)
{
	return map | EXTENSION_MAP_NONE | (__u64)to << 4 * from;
}

static __always_inline __u8 extension_map_find(__u64 map, __u8 id)
{
	return id > EXTENSION_MAX_ID ? 0 : map >> 4 * id & 15;
}

/*
 * A walk through the elements, byte by byte.  Each step has the same bounds, so
 * that the verifier can follow it.
 */
struct extension_walk {
	__u8 *bytes;
	__u32 length; /* up to EXTENSION_ROOM */
	__u32 two_bytes;
	__u64 map;
	__u32 left; /* bytes to come of the element where the walk is */
	__u32 kept; /* bool: that element is not made padding */
};

/* An element begins at i; returns how many bytes of it follow this one. */
static __always_inline __u32 element_size(const struct extension_walk *w,
					  __u32 i)
{
	if (!w->two_bytes)
		return 1 + (w->bytes[i] & 15);
	if (i + 1 >= w->length)
		return EXTENSION_ROOM; /* cut off: too long for any room */
	/* The mask is for the verifier: there are no more bytes than that. */
	return 1 + w->bytes[(i + 1) & (EXTENSION_ROOM - 1)];
}

/*
 * An element that runs over the end becomes padding.  So does all from an id 15
 * on, which ends a one-byte header's list (RFC 8285, section 4.2).
 */
static __always_inline void begin_element(struct extension_walk *w, __u32 i)
{
	__u8 first = w->bytes[i], id = w->two_bytes ? first : first >> 4, to;

	if (!id) {
		w->bytes[i] = 0;
		return;
	}
	to = extension_map_find(w->map, id);
	w->left = element_size(w, i);
	if (w->left >= w->length - i || (id == 15 && !w->two_bytes)) {
		w->left = w->length - i - 1;
		to = 0;
	}
	w->kept = to;
	if (to && !w->two_bytes)
		to = to << 4 | (first & 15);
	w->bytes[i] = to;
}

/* One step of bpf_loop(). */
static long map_byte(__u32 i, void *arg)
{
	struct extension_walk *w = arg;

	if (i >= EXTENSION_ROOM)
		return 1;
	if (!w->left) {
		begin_element(w, i);
		return 0;
	}
	w->left--;
	if (!w->kept)
		w->bytes[i] = 0;
	return 0;
}

/*
 * Changes the elements of a header extension of this profile, in place.  What
 * cannot be read becomes padding.  An extension that is not RFC 8285's stays as
 * it is.
 */
static __always_inline void map_elements(__u8 *bytes, __u32 length,
					 __u16 profile, __u64 map)
{
	struct extension_walk w = {
		.bytes = bytes,
		.length = length,
		.two_bytes = (profile & 0xfff0) == EXTENSION_TWO_BYTE,
		.map = map,
	};

	if (w.two_bytes || profile == EXTENSION_ONE_BYTE)
		bpf_loop(length, map_byte, &w, 0);
}

#ifndef __bpf__

/* The same in user space.  An extension that is too long becomes padding. */
static inline void map_extension(__u8 *bytes, __u32 length, __u16 profile,
				 __u64 map)
{
	if (length > EXTENSION_ROOM)
		memset(bytes, 0, length);
	else
		map_elements(bytes, length, profile, map);
}

#endif

/* The length in bytes of an RTP header that parse_rtp() has accepted. */
static inline __u32 rtp_header_length(const struct rtp_hdr *rtp)
{
	__u32 length = sizeof(*rtp) + (rtp->vpxcc & RTP_CC) * 4;
	const struct rtp_ext_hdr *ext = (const void *)rtp + length;

	if (rtp->vpxcc & RTP_EXTENSION)
		length += sizeof(*ext) + bpf_ntohs(ext->length) * 4;
	return length;
}

#ifndef __bpf__

/*
 * Returns the data of the extension with the id `wanted`, and its length in
 * *length.  NULL: the header has no such extension.
 */
static inline const __u8 *find_extension(const struct rtp_hdr *rtp, __u8 wanted,
					 __u32 *length)
{
	__u32 start = sizeof(*rtp) + (rtp->vpxcc & RTP_CC) * 4, size, head;
	const struct rtp_ext_hdr *ext = (const void *)rtp + start;
	const __u8 *e = (const __u8 *)(ext + 1), *end;
	__u16 profile = bpf_ntohs(ext->profile);

	if (!(rtp->vpxcc & RTP_EXTENSION))
		return NULL;
	head = (profile & 0xfff0) == EXTENSION_TWO_BYTE ? 2 : 1;
	if (head == 1 && profile != EXTENSION_ONE_BYTE)
		return NULL;
	for (end = e + bpf_ntohs(ext->length) * 4; end - e >= head; e += size) {
		__u8 id = head == 2 ? e[0] : e[0] >> 4;

		size = head == 2 ? 2U + e[1] : 2U + (e[0] & 15);
		if (!id) {
			size = 1;
			continue;
		}
		if (size > end - e || (id == 15 && head == 1))
			return NULL;
		if (id != wanted)
			continue;
		*length = size - head;
		return e + head;
	}
	return NULL;
}

#endif

#endif
