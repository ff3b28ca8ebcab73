/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: writes RTCP datagrams.  rtcp.h says what they mean.
 *
 *	struct rtcp_out out = { 0 };
 *
 *	rtcp_add_rr(&out, ours, blocks, count);
 *	rtcp_add_cname(&out, ours, "swiftcall");
 *	rtcp_add_pli(&out, ours, theirs);
 *
 * Without RFC 5506 (a=rtcp-rsize) a datagram begins with SR or RR and has a
 * CNAME.  Numbers are in host byte order.
 */
#ifndef LAB07_RTCP_WRITE_H
#define LAB07_RTCP_WRITE_H

#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/srtp.h"

#define RTCP_MAX 1200 /* bytes of a datagram of ours */

/*
 * A datagram on its way out.  Set len to 0, then add one packet after the
 * other.  There is room at the end, so that it can be encrypted in place.
 */
struct rtcp_out {
	size_t len;
	uint8_t bytes[RTCP_MAX + SRTCP_OVERHEAD];
};

/*
 * Each returns 0, or -EMSGSIZE: the datagram would have more than RTCP_MAX
 * bytes, so it is left as it was.  More than 31 blocks are spread over several
 * packets.
 */
int rtcp_add_sr(struct rtcp_out *out, const struct rtcp_sr *sr,
		const struct rtcp_block *blocks, size_t count);
int rtcp_add_rr(struct rtcp_out *out, uint32_t sender,
		const struct rtcp_block *blocks, size_t count);

/* Up to 255 bytes of text, else -EINVAL. */
int rtcp_add_cname(struct rtcp_out *out, uint32_t ssrc, const char *text);
int rtcp_add_pli(struct rtcp_out *out, uint32_t sender, uint32_t media);
int rtcp_add_fir(struct rtcp_out *out, uint32_t sender, struct rtcp_fir fir);

/* Numbers in any order; rising ones take the least room.  At least one. */
int rtcp_add_nack(struct rtcp_out *out, uint32_t sender, uint32_t media,
		  const uint16_t *numbers, size_t count);

/* bits is rounded down to the 18 bits that REMB has; count is up to 255. */
int rtcp_add_remb(struct rtcp_out *out, uint32_t sender, uint64_t bits,
		  const uint32_t *ssrcs, size_t count);

#endif
