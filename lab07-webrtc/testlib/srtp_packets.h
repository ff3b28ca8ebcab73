/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Packets and keys at random, to be encrypted: all from one number. */
#ifndef LAB07_TESTLIB_SRTP_PACKETS_H
#define LAB07_TESTLIB_SRTP_PACKETS_H

#include "lab01-xdp-parse/testlib/frames.h" /* draw() */
#include "lab07-webrtc/srtp.h"

#define PACKET_ROOM 2048 /* for any of them, encrypted */

void draw_bytes(uint64_t *state, void *bytes, size_t len);

struct srtp_master draw_master(uint64_t *state, enum srtp_profile profile);

/*
 * Writes a packet, whose payload may be empty, and returns its length: RTP with
 * CSRCs, extension and padding or without, or RTCP.
 */
size_t draw_plain_rtp(uint64_t *state, uint32_t ssrc, uint16_t sequence,
		      uint8_t packet[PACKET_ROOM]);
size_t draw_plain_rtcp(uint64_t *state, uint32_t ssrc,
		       uint8_t packet[PACKET_ROOM]);

#endif
