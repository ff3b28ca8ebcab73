/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab02: header extensions of RTP (RFC 8285): what a copy says of them.
 *
 *	in	| 4 mid "0" | 1 audio level | 3 twcc 77 |	the sender's ids
 *	out	| 0  0   0  | 7 audio level | 0  0  0   |	the receiver's
 *
 * Each end numbers extensions as it likes, and tells in SDP.  To a receiver,
 * the sender's number may mean something else, so each is changed to the
 * receiver's own.  What the receiver has not agreed to becomes padding, which
 * is zeros: the header stays as long as it was.
 */
#ifndef LAB02_EXTENSION_H
#define LAB02_EXTENSION_H

#include <stdbool.h>
#ifdef __bpf__
#include <bpf/bpf_endian.h>
#else
#include "common/bpf_native.h"
#endif

#include "common/protocols.h"

/*
 * A map from the sender's ids to the receiver's: 4 bits for each, id 1 in bits
 * 4 to 7, and so on up to 14.  0: the receiver has not agreed to it.  A map of
 * 0 says that nobody has told; then extensions stay as they are.
 */
#define EXTENSION_MAP_NONE (15ULL << 60) /* agreed to none */
#define EXTENSION_MAX_ID   14

#define EXTENSION_ONE_BYTE 0xbede
#define EXTENSION_TWO_BYTE 0x1000 /* and 4 bits that say nothing */

static __always_inline __u64 extension_map_add(__u64 map, __u8 from, __u8 to)
{
	return map | EXTENSION_MAP_NONE | (__u64)to << 4 * from;
}

static __always_inline __u8 extension_map_find(__u64 map, __u8 id)
{
	return id > EXTENSION_MAX_ID ? 0 : map >> 4 * id & 15;
}

/* One element at e: its id in *id, and how many bytes it has with its header. */
static __always_inline __u32 read_element(const __u8 *e, __u32 left,
					  bool two_bytes, __u8 *id)
{
	*id = two_bytes ? e[0] : e[0] >> 4;
	if (!*id)
		return 1; /* a byte of padding */
	if (!two_bytes)
		return 2 + (e[0] & 15);
	return left < 2 ? left + 1 : 2U + e[1];
}

static __always_inline void write_id(__u8 *e, bool two_bytes, __u8 id)
{
	e[0] = two_bytes ? id : id << 4 | (e[0] & 15);
}

/*
 * Changes the elements, length bytes, behind a header of this profile.  What
 * cannot be read becomes padding to the end; an extension of another kind than
 * RFC 8285's stays as it is.
 */
static inline void map_elements(__u8 *e, __u32 length, __u16 profile, __u64 map)
{
	bool two_bytes = (profile & 0xfff0) == EXTENSION_TWO_BYTE;

	if (!map || (!two_bytes && profile != EXTENSION_ONE_BYTE))
		return;
	while (length) {
		__u8 id, to;
		__u32 size = read_element(e, length, two_bytes, &id);

		if (size > length || (id == 15 && !two_bytes))
			size = length, id = 15;
		to = extension_map_find(map, id);
		if (to)
			write_id(e, two_bytes, to);
		else
			__builtin_memset(e, 0, size);
		e += size;
		length -= size;
	}
}

/* The bytes of an RTP header that parse_rtp() has found to be right. */
static inline __u32 rtp_header_length(const struct rtp_hdr *rtp)
{
	__u32 length = sizeof(*rtp) + (rtp->vpxcc & RTP_CC) * 4;
	const struct rtp_ext_hdr *ext = (const void *)rtp + length;

	if (rtp->vpxcc & RTP_EXTENSION)
		length += sizeof(*ext) + bpf_ntohs(ext->length) * 4;
	return length;
}

/* Changes all extensions of such a header. */
static inline void map_extensions(struct rtp_hdr *rtp, __u64 map)
{
	__u32 start = sizeof(*rtp) + (rtp->vpxcc & RTP_CC) * 4;
	struct rtp_ext_hdr *ext = (void *)rtp + start;

	if (map && rtp->vpxcc & RTP_EXTENSION)
		map_elements((__u8 *)(ext + 1), bpf_ntohs(ext->length) * 4,
			     bpf_ntohs(ext->profile), map);
}

/*
 * Finds the data of the extension with this id; its length in *length.  NULL:
 * the header has none.
 */
static inline const __u8 *find_extension(const struct rtp_hdr *rtp, __u8 wanted,
					 __u32 *length)
{
	__u32 start = sizeof(*rtp) + (rtp->vpxcc & RTP_CC) * 4, left, size;
	const struct rtp_ext_hdr *ext = (const void *)rtp + start;
	const __u8 *e = (const __u8 *)(ext + 1);
	bool two_bytes;
	__u8 id;

	if (!(rtp->vpxcc & RTP_EXTENSION))
		return NULL;
	two_bytes = (bpf_ntohs(ext->profile) & 0xfff0) == EXTENSION_TWO_BYTE;
	if (!two_bytes && bpf_ntohs(ext->profile) != EXTENSION_ONE_BYTE)
		return NULL;
	for (left = bpf_ntohs(ext->length) * 4; left; left -= size, e += size) {
		size = read_element(e, left, two_bytes, &id);
		if (size > left || (id == 15 && !two_bytes))
			return NULL;
		if (id != wanted || !id)
			continue;
		*length = size - (two_bytes ? 2 : 1);
		return e + (two_bytes ? 2 : 1);
	}
	return NULL;
}

#endif
