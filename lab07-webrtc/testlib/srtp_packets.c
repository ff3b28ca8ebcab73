// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What to encrypt: every form of header that RTP has, before any payload.
 *
 *	number --> draw --> shape of the header, length, bytes
 */
#include <stdbool.h>
#include <string.h>

#include "common/protocols.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

#define LONGEST 1400 /* bytes of a payload */

void draw_bytes(uint64_t *state, void *bytes, size_t len)
{
	uint8_t *to = bytes;

	while (len--)
		*to++ = draw(state, 256);
}

struct srtp_master draw_master(uint64_t *state, enum srtp_profile profile)
{
	struct srtp_master master = { .profile = profile };

	draw_bytes(state, master.key, sizeof(master.key));
	draw_bytes(state, master.salt, sizeof(master.salt));
	return master;
}

/* Every eighth payload is tiny: borders are where mistakes are. */
static size_t draw_length(uint64_t *state)
{
	return draw(state, draw(state, 8) ? LONGEST : 20);
}

static void put_header(uint8_t *packet, uint32_t ssrc, uint16_t sequence)
{
	struct rtp_hdr rtp;

	memcpy(&rtp, packet, sizeof(rtp));
	rtp.seq = htons(sequence);
	rtp.ssrc = htonl(ssrc);
	memcpy(packet, &rtp, sizeof(rtp));
}

size_t draw_plain_rtp(uint64_t *state, uint32_t ssrc, uint16_t sequence,
		      uint8_t packet[PACKET_ROOM])
{
	size_t csrcs = draw(state, 4) ? 0 : draw(state, 16);
	size_t words = draw(state, 20);
	bool extension = draw(state, 2);
	size_t header = sizeof(struct rtp_hdr) + 4 * csrcs;
	size_t extended = header + (extension ? 4 + 4 * words : 0);
	size_t len = extended + draw_length(state);

	draw_bytes(state, packet, len);
	packet[0] = 0x80 | extension << 4 | csrcs;
	put_header(packet, ssrc, sequence);
	if (extension) {
		packet[header + 2] = 0;
		packet[header + 3] = words;
	}
	return len;
}

size_t draw_plain_rtcp(uint64_t *state, uint32_t ssrc,
		       uint8_t packet[PACKET_ROOM])
{
	size_t len = 8 + (draw_length(state) & ~3);
	__be32 be = htonl(ssrc);

	draw_bytes(state, packet, len);
	packet[0] = 0x80 | draw(state, 32);
	packet[1] = 200 + draw(state, 8);
	packet[2] = (len / 4 - 1) >> 8;
	packet[3] = len / 4 - 1;
	memcpy(packet + 4, &be, sizeof(be));
	return len;
}
