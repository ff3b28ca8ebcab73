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
 * Only what user space forwards is in the cache.  For a receiver without RTX
 * (RFC 4588) we ask the publisher, because no packet may be encrypted twice.
 *
 * Publishers repeat by RTX, too: we unwrap such packets before we forward them.
 */
#ifndef LAB07_RESEND_H
#define LAB07_RESEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab03-maps/control.h"
#include "lab04-signalling/session/wire.h"

/* Bytes per second that are repeated to one receiver, at most. */
#define RESEND_RATE 250000

#define RESEND_NUMBERS	   256 /* of one NACK */
#define MAX_RESENT_SOURCES 16  /* of one publisher; more go without RTX */

/* An SSRC by which a publisher repeats one of its streams. */
struct resent_source {
	uint32_t ssrc, original;
	uint8_t original_pt;
};

int resend_open(void);
void resend_close(void);

/* ---- what SDP says; the m-lines are those of a WebRTC peer ---- */

/* Accepts RTX for the codec of our answer, if the offer has it. */
int resend_accept(struct wire_peer *p, struct sdp_media *answer,
		  const struct sdp_media *offered);

/* Offers RTX to a receiver, for the first source of our m-line. */
int resend_offer(const struct wire_peer *p, struct sdp_media *ours,
		 const struct sdp_format *rtx);

/* Notes what a receiver has answered to that, for a stream of control.h. */
void resend_agree(struct wire_peer *p, __u32 stream,
		  const struct sdp_media *ours, const struct sdp_media *theirs);

/*
 * Packets have shown by which SSRC a publisher repeats a stream; or no longer.
 */
void resend_learn(struct wire_peer *p, const struct resent_source *source);
void resend_unlearn(struct wire_peer *p, uint32_t original);

/*
 * What receivers have agreed to, for another process: the first returns how many
 * of it there are, `max` at most.  The second comes after the peer's keys.
 */
struct resent_leg_text {
	uint32_t stream, told, ssrc;
	uint32_t pt;
};
unsigned int resend_write(const struct wire_peer *p,
			  struct resent_leg_text *legs, unsigned int max);
void resend_read(struct wire_peer *p, const struct resent_leg_text *legs,
		 unsigned int count);

/* Frees what belongs to a peer that goes. */
void resend_forget(struct wire_peer *p);

/* ---- packets, in clear; now is ns of the monotonic clock ---- */

/*
 * If the packet repeats an earlier one of a publisher, replaces it by that one.
 * Returns the length; 0: that one was there already, or is nothing but padding;
 * or negative errno.
 */
int resend_unwrap(struct wire_peer *p, void *packet, int length, __u64 now);

/* Keeps a packet of a stream that has just been forwarded. */
void resend_keep(__u32 stream, const void *packet, __u32 length, __u64 now);

/*
 * Repeats packets of a stream, by their numbers, for a receiver that has not
 * got them; p is NULL if it uses plain RTP.  Asks the publisher for those that
 * are not in the cache.
 */
void resend(struct wire_peer *p, __u32 receiver, __u32 stream,
	    uint16_t *numbers, size_t count, __u64 now);

/* Frees the memory of streams that have gone; call it once per second. */
void resend_sweep(void);

/* The wire's counters. */
const struct wire_counter *resend_counters(void);

#endif
