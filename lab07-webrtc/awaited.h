/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: m-lines whose SSRC no a=ssrc has told; their packets tell it.
 *
 *	offer	m=video ... 96, a=mid:1		awaited_expect()
 *	packet	SSRC 7, MID "1"			awaited_hear(): 7 is a stream
 *	packet	SSRC 7				forwarded, as any stream is
 *
 * A packet says whose it is by its MID (RFC 9143, section 9.2), or, if it has
 * none, by a payload type that only one m-line has.  Senders leave the MID out
 * as soon as they know that it was read.
 *
 * One that comes in layers (RFC 8853) names each with an RID (RFC 8852): the
 * first that is not paused becomes the stream, the others are set aside.
 * Repairs name the RID of what they repeat.
 *
 * Whoever can send packets in somebody's name must not get his m-lines:
 *
 *	SSRC	of an encrypted transport	of one that is not
 *	first	with its first packet		with two whose numbers follow
 *	other	if its MID (and RID) says so,	never: the sender joins anew
 *		and the one before it has been
 *		silent for AWAITED_SILENCE_MS
 *
 * So there is one stream for an m-line, and one that repairs it, however many
 * SSRCs come.
 */
#ifndef LAB07_AWAITED_H
#define LAB07_AWAITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab01-xdp-parse/verdict.h"
#include "lab04-signalling/sdp/sdp.h"

#define AWAITED_SILENCE_MS 2000
#define AWAITED_AGAIN_MS   1000 /* when there was no room for a stream */

#define MID_URI	 "urn:ietf:params:rtp-hdrext:sdes:mid"
#define RID_URI	 "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#define RRID_URI "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

struct wire_peer;
struct awaited;

/* Of one peer. */
struct awaited_list {
	struct awaited *list;
	size_t count;
	uint8_t owner[128]; /* by payload type: 1 + its m-line */
	unsigned int aside; /* SSRCs of other layers that came */
};

/*
 * An m-line of an offer that we take, with our answer to it.  The offer stays
 * where it is as long as the peer.  0 or -ENOMEM.
 */
int awaited_expect(struct wire_peer *p, size_t mline,
		   const struct sdp_media *offered,
		   const struct sdp_media *answered);

/* The peer has a transport: packets may come. */
int awaited_begin(struct wire_peer *p);

/*
 * An earlier process has learned some of it: its streams are in the tables, and
 * its repairs in p->resent.  Then call awaited_begin().
 */
void awaited_resume(struct wire_peer *p);

/* Verdicts as of struct media_cipher's unknown(); now is ns. */
enum verdict awaited_hear(struct wire_peer *p, const void *packet,
			  uint64_t now);

void awaited_forget(struct wire_peer *p);

#endif
