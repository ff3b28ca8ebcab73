/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rtp_load writes a stamp at the start of each RTP payload, and rtp_sink reads
 * it.
 *
 * A forwarder gives its copies another SSRC and payload type, but does not
 * change the payload.  So everything that rtp_sink must know about a packet is
 * there.
 */
#ifndef LAB05_STAMP_H
#define LAB05_STAMP_H

#include "common/protocols.h"

#define STAMP_MAGIC 0x5ca1ab1e

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---------------------------------------------------------------+
 *    |                       magic 0x5CA1AB1E                        |
 *    +---------------------------------------------------------------+
 *    |                number of the sender, from 0 on                |
 *    +---------------------------------------------------------------+
 *    |             sequence number, from 0 on, 64 bits               |
 *    |                                                               |
 *    +---------------------------------------------------------------+
 *    |       when it was sent: ns of CLOCK_REALTIME, 64 bits         |
 *    |                                                               |
 *    +---------------------------------------------------------------+
 */
struct stamp {
	__be32 magic;
	__be32 sender;
	__be64 seq;
	__be64 sent_ns;
} __attribute__((packed)); /* 12 bytes in, it is not aligned */

/* The start of the UDP payload: no CSRC, no extension, then the stamp. */
struct stamped_rtp {
	struct rtp_hdr rtp;
	struct stamp stamp;
};

/* Ethernet without a VLAN tag, IPv4 without options, UDP. */
#define FRAME_OVERHEAD                                                         \
	(sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr))
#define MIN_FRAME (FRAME_OVERHEAD + sizeof(struct stamped_rtp))
#define MAX_FRAME (ETH_HLEN + ETH_DATA_LEN)

#endif
