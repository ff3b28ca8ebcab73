// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets and repairs differ by two bytes behind the header: one side moves the
 * payload away from it, the other one back.
 *
 *	header | payload   <-->   header' | number | payload
 *
 * The payload is moved first, then the header is written: both may be the same
 * memory.
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/rtp_header.h"
#include "lab07-webrtc/rtx.h"

/* The marker stays. */
static void put_identity(uint8_t *header, uint8_t pt, uint16_t number,
			 uint32_t ssrc)
{
	uint8_t *mpt = header + offsetof(struct rtp_hdr, mpt);

	*mpt = (*mpt & RTP_MARKER) | pt;
	put_be16(header + offsetof(struct rtp_hdr, seq), number);
	put_be32(header + offsetof(struct rtp_hdr, ssrc), ssrc);
}

int rtx_encapsulate(struct rtx *r, const void *packet, size_t len, void *out,
		    size_t room)
{
	size_t header = rtp_header_size(packet, len);
	const uint8_t *in = packet;
	uint8_t *to = out;
	uint16_t original;

	if (!header)
		return -EINVAL;
	if (len + RTX_OVERHEAD > room)
		return -EMSGSIZE;
	//@todo 7.11 rtx_encapsulate: make room, say what it was, and be another one
	//@stub	(void)r, (void)in, (void)to, (void)original;
	//@stub	return -EINVAL;
	original = rtp_sequence(in);
	memmove(to + header + RTX_OVERHEAD, in + header, len - header);
	memmove(to, in, header);
	put_be16(to + header, original);
	put_identity(to, r->pt, r->number++, r->ssrc);
	return len + RTX_OVERHEAD;
	//@end 7.11
}

/* Bytes behind the header without padding, or -EINVAL. */
static int payload_size(const uint8_t *packet, size_t len, size_t header)
{
	size_t padding = packet[0] & RTP_PADDING ? packet[len - 1] : 0;

	return padding <= len - header ? (int)(len - header - padding) :
					 -EINVAL;
}

int rtx_decapsulate(const void *packet, size_t len, uint32_t ssrc, uint8_t pt,
		    void *out, size_t room)
{
	size_t header = rtp_header_size(packet, len);
	const uint8_t *in = packet;
	uint8_t *to = out;
	uint16_t original;
	int payload;

	if (!header)
		return -EINVAL;
	payload = payload_size(in, len, header);
	if (payload < RTX_OVERHEAD)
		return payload < 0 ? payload : -ENODATA;
	if (len - RTX_OVERHEAD > room)
		return -EMSGSIZE;
	original = get_be16(in + header);
	memmove(to + header, in + header + RTX_OVERHEAD,
		len - header - RTX_OVERHEAD);
	memmove(to, in, header);
	put_identity(to, pt, original, ssrc);
	return len - RTX_OVERHEAD;
}
