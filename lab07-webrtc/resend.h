/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: a receiver has lost packets, and says so with a NACK (RFC 4585).
 *
 *	publisher               server                     receiver
 *	    | RTP 16, 17, 18       | cache: 16, 17, 18        |
 *	    |--------------------->|------------------------->| 17 is lost
 *	    |                      |                 NACK 17  |
 *	    |                      |<-------------------------|
 *	    |                      |  RTX (17)                | from the cache
 *	    |                      |------------------------->|
 *	    |             NACK 19  |                 NACK 19  |
 *	    |<---------------------|<-------------------------| never came
 *
 * Only what user space forwards is in the cache.  Whoever has not agreed to RTX
 * (RFC 4588) is served by the publisher, since no packet is encrypted twice.
 *
 * Publishers have RTX, too: what comes so is unwrapped before it is forwarded.
 */
#ifndef LAB07_RESEND_H
#define LAB07_RESEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab03-maps/control.h"
#include "lab04-signalling/session/wire.h"

/* Bytes a second that one receiver gets repeated, at most. */
#define RESEND_RATE 250000

#define RESEND_NUMBERS	   256 /* of one NACK */
#define MAX_RESENT_SOURCES 16  /* of one publisher; others go without RTX */

/* By which SSRC a publisher repeats which of its streams. */
struct resent_source {
	uint32_t ssrc, original;
	uint8_t original_pt;
};

int resend_open(void);
void resend_close(void);

/* ---- what SDP says; the m-lines are those of a WebRTC peer ---- */

/* Accepts RTX for the codec of an answer, if that was offered so. */
int resend_accept(struct wire_peer *p, struct sdp_media *answer,
		  const struct sdp_media *offered);

/* Offers this RTX to a receiver, of the first source of an m-line. */
int resend_offer(const struct wire_peer *p, struct sdp_media *ours,
		 const struct sdp_format *rtx);

/* What a receiver has answered to that, for a stream of control.h. */
void resend_agree(struct wire_peer *p, __u32 stream,
		  const struct sdp_media *ours, const struct sdp_media *theirs);

/* A publisher's packets tell by which SSRC it repeats a stream; no more. */
void resend_learn(struct wire_peer *p, const struct resent_source *source);
void resend_unlearn(struct wire_peer *p, uint32_t original);

/* A peer goes. */
void resend_forget(struct wire_peer *p);

/* ---- packets, in clear; now is ns of the monotonic clock ---- */

/*
 * If the packet repeats one of a publisher's, that one is at its place then.
 * Returns the length; 0: it was there already, or is nothing but padding; or
 * negative errno.
 */
int resend_unwrap(struct wire_peer *p, void *packet, int length, __u64 now);

/* A packet of a stream has just been forwarded. */
void resend_keep(__u32 stream, const void *packet, __u32 length, __u64 now);

/*
 * A receiver, p or NULL if it speaks plain RTP, has not got these numbers of a
 * stream.  The publisher is asked for what is not there.
 */
void resend(struct wire_peer *p, __u32 receiver, __u32 stream,
	    uint16_t *numbers, size_t count, __u64 now);

/* Once a second: streams that have gone need no memory. */
void resend_sweep(void);

/* The wire's counters. */
const struct wire_counter *resend_counters(void);

#endif
