/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* RTP packets in memory: where their payload is (RFC 3550, section 5.1). */
#ifndef LAB07_RTP_HEADER_H
#define LAB07_RTP_HEADER_H

#include <stddef.h>

#include "common/protocols.h"
#include "lab07-webrtc/bytes.h"

/* Bytes before the payload: header, CSRCs, extension.  0: it is no RTP. */
static inline size_t rtp_header_size(const uint8_t *packet, size_t len)
{
	size_t size = sizeof(struct rtp_hdr), words;

	if (len < size || packet[0] >> 6 != 2)
		return 0;
	size += 4 * (packet[0] & RTP_CC);
	if (packet[0] & RTP_EXTENSION) {
		if (size + sizeof(struct rtp_ext_hdr) > len)
			return 0;
		words = get_be16(packet + size +
				 offsetof(struct rtp_ext_hdr, length));
		size += sizeof(struct rtp_ext_hdr) + 4 * words;
	}
	return size <= len ? size : 0;
}

static inline uint16_t rtp_sequence(const uint8_t *packet)
{
	return get_be16(packet + offsetof(struct rtp_hdr, seq));
}

#endif
