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
 *	RTP         --> cipher		if the wire encrypts it
 *	it leaves   --> forget()
 *
 * Plain RTP, wire_plain, says all of it in its m-lines: an address and a port
 * each.  A new wire is a new file, and a place in the list of the program
 * that is to have it.
 */
#ifndef LAB04_WIRE_H
#define LAB04_WIRE_H

#include <stdbool.h>

#include "lab01-xdp-parse/verdict.h"
#include "lab04-signalling/media/cipher.h"
#include "lab04-signalling/sdp/sdp.h"
#include "lab04-signalling/session/session.h"

/* What a wire itself knows of one participant; its session keeps it. */
struct wire_peer;

/* What a wire gets from the server. */
struct wire_options {
	const char *certificate; /* file; NULL: there is none */
	/* Sends a datagram from the media port. */
	void (*send)(void *ctx, const struct ip_addr *to, __be16 port,
		     const void *bytes, __u32 length);
	void *ctx;
};

/* What a wire counts: "repairs_sent_total", and what that is. */
struct wire_counter {
	const char *name, *help;
	__u64 value;
};

/*
 * What returns an int returns 0; or -1 with *why filled in, and then nothing
 * has changed.  What a wire has no need of is NULL, from open on.
 */
struct wire {
	bool (*recognise)(const struct sdp *offer);

	/*
	 * Checks an offer that came as *text, and answers it.  The answer
	 * has an m-line for each of the offer's (RFC 3264, section 6), and is
	 * the caller's to sdp_free(), as the peer is to forget().
	 */
	int (*answer)(const struct sdp *offer, const struct sdp_text *text,
		      struct sdp **answer, struct wire_peer **peer,
		      struct problem *why);

	/* The transport by which an m-line that was accepted sends. */
	int (*bind)(struct wire_peer *peer, __u32 participant,
		    const struct sdp_media *offered, __u32 *transport,
		    struct problem *why);

	/*
	 * An m-line of ours, in a description of ours, is to be offered, with
	 * the codecs and the source of a publisher.  What is added to those
	 * comes behind them: where does media come from, and with
	 * which numbers?  published: our answer to him, or NULL.  0 or
	 * negative errno.
	 */
	int (*fill_in)(const struct wire_peer *peer, struct sdp *description,
		       struct sdp_media *ours,
		       const struct sdp_media *published);

	/*
	 * May the wanted m-lines of an answer, from the first on, have media,
	 * and can we send there?
	 */
	int (*check)(const struct sdp *answer, size_t first,
		     const struct ip_addr *peer, struct problem *why);

	/* The transport that leads there: 0, or control_direct()'s error. */
	int (*direct)(struct wire_peer *peer, __u32 participant,
		      const struct sdp_media *wanted, __u32 *transport);

	/* false: it is not this wire's. */
	bool (*datagram)(enum verdict class, const struct ip_addr *from,
			 __be16 port, const void *bytes, __u32 length);

	/* Before the server gives up its rights: 0, or -errno, logged. */
	int (*open)(const struct wire_options *options);
	void (*close)(void);

	/* A peer goes, and what it is good for. */
	void (*forget)(struct wire_peer *peer);

	/* Which of a publisher's header extensions does an answer take? */
	__u64 (*extensions)(const struct sdp_media *published,
			    const struct sdp_media *wanted);

	/* A participant of whatever wire has said anew what it receives. */
	void (*begun)(__u32 participant);

	/*
	 * A receiver has answered an m-line of ours that is for this stream:
	 * what does that mean besides where to?
	 */
	void (*agreed)(struct wire_peer *peer, __u32 stream,
		       const struct sdp_media *ours,
		       const struct sdp_media *theirs);

	/* For GET /metrics; the last one has no name. */
	const struct wire_counter *(*counters)(void);

	const struct media_cipher *cipher;

	/* A session outlives a killed server only if that is all there is. */
	bool has_peers;
};

extern const struct wire wire_plain;

/*
 * The first of a list (which ends with NULL) that recognises the offer.  If
 * there is none, it is the last one's to say why not.
 */
const struct wire *wire_of(const struct wire *const *wires,
			   const struct sdp *offer);

/* Opens all of them, or none. */
int wires_open(const struct wire *const *wires,
	       const struct wire_options *options);
void wires_close(const struct wire *const *wires);

/* Gives a datagram to the first wire whose it is. */
void wires_hear(const struct wire *const *wires, enum verdict class,
		const struct ip_addr *from, __be16 port, const void *bytes,
		__u32 length);

/* Tells all of them. */
void wires_begun(const struct wire *const *wires, __u32 participant);

/* The keys of the first wire that has some, or NULL. */
const struct media_cipher *wires_cipher(const struct wire *const *wires);

/* Where a participant is to send media: as it sees the media socket. */
struct in6_addr wire_media_address(const struct sdp_text *offer);

#endif
