/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: a wire is how a participant's SDP becomes transports.
 *
 *	its offer   --> recognise()	does it speak this wire?
 *	            --> answer()	what do we take of it?
 *	     m-line --> bind()		by which transport does its media come?
 *	our offer   --> fill_in()	what does an m-line say besides the stream?
 *	its answer  --> check()		can media go where it wants it?
 *	     m-line --> direct()	by which transport do copies go there?
 *	datagram    --> datagram()	what came, and is no RTP
 *
 * Plain RTP, wire_plain, says all of it in its m-lines: an address and a port
 * each.  A new wire is a new file, and a place in the list of the program
 * that is to have it.
 */
#ifndef LAB04_WIRE_H
#define LAB04_WIRE_H

#include <stdbool.h>

#include "lab01-xdp-parse/verdict.h"
#include "lab04-signalling/sdp/sdp.h"
#include "lab04-signalling/session/session.h"

/*
 * What returns an int returns 0; or -1 with *why filled in, and then nothing
 * has changed.
 */
struct wire {
	bool (*recognise)(const struct sdp *offer);

	/*
	 * Checks an offer that came as *text, and answers it.  The answer
	 * has an m-line for each of the offer's (RFC 3264, section 6), and is
	 * the caller's to sdp_free().
	 */
	int (*answer)(const struct sdp *offer, const struct sdp_text *text,
		      struct sdp **answer, struct problem *why);

	/* The transport by which an m-line that was accepted sends. */
	int (*bind)(__u32 participant, const struct sdp_media *offered,
		    __u32 *transport, struct problem *why);

	/* An m-line of ours is to be offered: where does media come from? */
	void (*fill_in)(struct sdp_media *ours);

	/*
	 * May the wanted m-lines of an answer, from the first on, have media,
	 * and can we send there?
	 */
	int (*check)(const struct sdp *answer, size_t first,
		     const struct ip_addr *peer, struct problem *why);

	/* The transport that leads there: 0, or control_direct()'s error. */
	int (*direct)(__u32 participant, const struct sdp_media *wanted,
		      __u32 *transport);

	/* false: it is not this wire's. */
	bool (*datagram)(enum verdict class, const struct ip_addr *from,
			 __be16 port, const void *bytes, __u32 length);
};

extern const struct wire wire_plain;

/*
 * The first of a list (which ends with NULL) that recognises the offer.  If
 * there is none, it is the first one's to say why not.
 */
const struct wire *wire_of(const struct wire *const *wires,
			   const struct sdp *offer);

/* Gives a datagram to the first wire whose it is. */
void wires_hear(const struct wire *const *wires, enum verdict class,
		const struct ip_addr *from, __be16 port, const void *bytes,
		__u32 length);

#endif
