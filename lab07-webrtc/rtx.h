/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: packets that are repeated (RFC 4588).
 *
 * A repair goes by a stream of its own, with its own SSRC, payload type and
 * sequence numbers, because no packet may be encrypted twice.  The original
 * number stands before the payload; the rest of the packet stays as it is:
 *
 *	packet  | header: PT, number, SSRC |                 | payload |
 *	                    |
 *	                    +---------------> original number
 *	repair  | header: PT, number, SSRC | original number | payload |
 *
 * Numbers are in host byte order.
 */
#ifndef LAB07_RTX_H
#define LAB07_RTX_H

#include <stddef.h>
#include <stdint.h>

#define RTX_OVERHEAD 2 /* bytes that a packet grows by */

/* The repairs of one stream for one receiver. */
struct rtx {
	uint32_t ssrc;
	uint8_t pt;
	uint16_t number; /* of the next one: begin at random */
};

/*
 * Both read len bytes of a packet, write the other form of it to `out`, where
 * there are `room` bytes, and return its length.  `out` may be the packet
 * itself; otherwise they must not overlap.  Negative errno: -EINVAL: it is not
 * RTP; -EMSGSIZE: there is not enough room; -ENODATA: it repairs nothing,
 * because it is only padding that probes how much the network takes.
 *
 * The first takes a packet as its receiver knows it, with SSRC, payload type
 * and extensions mapped already.  The second restores the SSRC and payload type
 * that the SDP gives for the repair (ssrc-group:FID, apt).
 */
int rtx_encapsulate(struct rtx *r, const void *packet, size_t len, void *out,
		    size_t room);
int rtx_decapsulate(const void *packet, size_t len, uint32_t ssrc, uint8_t pt,
		    void *out, size_t room);

#endif
