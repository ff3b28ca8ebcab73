/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: a wire is how a participant's SDP becomes transports.
 *
 *	its offer   --> recognise()	does it speak this wire?
 *	            --> answer()	what do we take of it?
 *	     m-line --> bind()		by which transport does its media come?
 *	our offer   --> fill_in()	what else does an m-line need?
 *	its answer  --> check()		can media go where it wants it?
 *	     m-line --> direct()	by which transport do copies go there?
 *	datagram    --> datagram()	takes what is not RTP
 *	RTP         --> cipher		if the wire encrypts it
 *	it leaves   --> forget()
 *	a restart   --> adopt()		what was its peer?
 *
 * With plain RTP (wire_plain), each m-line has an address and a port, and that
 * is all.  A new wire is a new file, and an entry in the list of the program
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

/* What the server gives to a wire. */
struct wire_options {
	const char *certificate; /* file; NULL: there is none */
	/* Sends a datagram from the media port. */
	void (*send)(void *ctx, const struct ip_addr *to, __be16 port,
		     const void *bytes, __u32 length);
	void *ctx;
};

/* A counter of a wire: its name, such as "repairs_sent_total", and its help. */
struct wire_counter {
	const char *name, *help;
	__u64 value;
};

/*
 * Functions that take *why return 0, or -1 with *why filled in and nothing
 * changed.  From open on, a function that a wire does not need may be NULL.
 */
struct wire {
	bool (*recognise)(const struct sdp *offer);

	/*
	 * Checks an offer that came as *text, and answers it.  The answer
	 * has an m-line for each of the offer's (RFC 3264, section 6).  The
	 * caller has to sdp_free() it, and to forget() the peer.
	 */
	int (*answer)(const struct sdp *offer, const struct sdp_text *text,
		      struct sdp **answer, struct wire_peer **peer,
		      struct problem *why);

	/* The transport by which an m-line that was accepted sends. */
	int (*bind)(struct wire_peer *peer, __u32 participant,
		    const struct sdp_media *offered, __u32 *transport,
		    struct problem *why);

	/*
	 * Completes an m-line of ours that is to be offered, which has the
	 * codecs and the source of a publisher.  The wire adds behind them
	 * where media comes from, and with which numbers.  published: our
	 * answer to the publisher, or NULL.  0 or negative errno.
	 */
	int (*fill_in)(const struct wire_peer *peer, struct sdp *description,
		       struct sdp_media *ours,
		       const struct sdp_media *published);

	/*
	 * Checks the wanted m-lines of an answer from index first on: may media
	 * go there, and can we send there?
	 */
	int (*check)(const struct sdp *answer, size_t first,
		     const struct ip_addr *peer, struct problem *why);

	/* The transport that leads there: 0, or control_direct()'s error. */
	int (*direct)(struct wire_peer *peer, __u32 participant,
		      const struct sdp_media *wanted, __u32 *transport);

	/* Takes a datagram; false: it is not for this wire. */
	bool (*datagram)(enum verdict class, const struct ip_addr *from,
			 __be16 port, const void *bytes, __u32 length);

	/* Before the server gives up its rights: 0, or -errno, logged. */
	int (*open)(const struct wire_options *options);
	void (*close)(void);

	/*
	 * Once the tables are open, and while there are rights: what belongs to
	 * peers is kept in that directory from now on, for the next server.
	 * NULL: it stays there as it is, whatever happens to the peers now.
	 */
	void (*keep)(const char *pin_dir);

	/*
	 * Finds what a killed server has kept of a participant's peer.  Both
	 * descriptions are the session's, and stay as long as the peer.  NULL:
	 * it was lost, so the participant cannot stay.  No adopt: this wire has
	 * no peers, and all it needs is in the tables.
	 */
	struct wire_peer *(*adopt)(__u32 participant, const struct sdp *offer,
				   const struct sdp *ours);

	/* Frees a peer and all that belongs to it. */
	void (*forget)(struct wire_peer *peer);

	/* Which of a publisher's header extensions does an answer take? */
	__u64 (*extensions)(const struct sdp_media *published,
			    const struct sdp_media *wanted);

	/* A participant, of any wire, receives other streams from now on. */
	void (*begun)(__u32 participant);

	/*
	 * A receiver has answered our m-line for this stream.  The wire notes
	 * what the answer says besides the address.
	 */
	void (*agreed)(struct wire_peer *peer, __u32 stream,
		       const struct sdp_media *ours,
		       const struct sdp_media *theirs);

	/* For GET /metrics; the last counter has no name. */
	const struct wire_counter *(*counters)(void);

	const struct media_cipher *cipher;
};

extern const struct wire wire_plain;

/*
 * The first wire of a list (which ends with NULL) that recognises the offer.
 * If none does, the last wire has to say why not.
 */
const struct wire *wire_of(const struct wire *const *wires,
			   const struct sdp *offer);

/* Opens all of them, or none. */
int wires_open(const struct wire *const *wires,
	       const struct wire_options *options);
void wires_close(const struct wire *const *wires);

/* Calls keep() of all wires. */
void wires_keep(const struct wire *const *wires, const char *pin_dir);

/* Gives a datagram to the first wire that takes it. */
void wires_hear(const struct wire *const *wires, enum verdict class,
		const struct ip_addr *from, __be16 port, const void *bytes,
		__u32 length);

/* Calls begun() of all wires. */
void wires_begun(const struct wire *const *wires, __u32 participant);

/* The cipher of the first wire that has one, or NULL. */
const struct media_cipher *wires_cipher(const struct wire *const *wires);

/* The address to which a participant has to send media. */
struct in6_addr wire_media_address(const struct sdp_text *offer);

#endif
