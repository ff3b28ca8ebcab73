/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: from SDP to the control plane, one session per participant.
 *
 *	alice                     server                       bob
 *	  |--- offer (join) --------->|                          |
 *	  |<-- answer ----------------|--- offer: alice's too -->|
 *	  |                           |<-- answer: send it here -|
 *	  |                           |  control_set_sink(), commit  |
 *
 * An offer of the server has the m-lines of the participant's own offer, and
 * then one for each stream of the others.  m-lines never go away (RFC 3264,
 * section 8): one whose stream has gone is inactive, and the next stream of
 * its kind reuses it.  Only one offer is outstanding at a time (RFC 3264,
 * section 4); changes in the meantime are gathered into the next offer.
 *
 * The tables say who is there.  A session adds what SDP needs besides; where
 * the tables outlive the server, the session is pinned with them.
 */
#ifndef LAB04_SESSION_H
#define LAB04_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocols.h"
#include "lab04-signalling/http/http.h"

struct wire;

struct session_options {
	struct media_address media;
	__u32 room_limit;     /* participants */
	__u32 address_limit;  /* participants of one address */
	unsigned int timeout; /* seconds without a sign of life */
	bool allow_any_address;
	const char *certificate;	 /* file; NULL: one for this run */
	const char *pin_dir;		 /* NULL: user space forwards */
	const struct wire *const *wires; /* those in use, then NULL */
};

/* Why something was refused: an HTTP status and a sentence. */
struct problem {
	int status;
	char detail[768];
};

/* Fills in *why and returns -1. */
int refuse(struct problem *why, int status, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for an error of a control.h function; what names the table. */
int refuse_full(struct problem *why, int err, const char *what);

/*
 * Call it after control_open().  Takes up the sessions that a killed server
 * left in pin_dir.  A participant without a session goes on sending and
 * receiving, but gets no offers.  Returns 0 or negative errno, logged.  The
 * options are copied, but what they point to stays the caller's.
 */
int session_open(const struct session_options *options);

/* Frees all memory; what is pinned stays. */
void session_close(void);

/*
 * The functions that follow return 0, or -1 with *why filled in and nothing
 * changed.  text is length bytes of SDP; peer and local are the two ends of the
 * connection by which it came.
 */
struct sdp_text {
	const char *text;
	size_t length;
	struct ip_addr peer, local;
};

/*
 * A token is the name of a participant's resource: a random number that only
 * the participant is told.  Whoever knows it may act as the participant.  The
 * id, which everybody sees, gives no such right.
 */
#define SESSION_TOKEN_TEXT 40 /* 128 bits in decimal, with the NUL */

/*
 * A participant joins.  If name is NULL, it gets the name in the offer or, if
 * that has none, a new one.  The caller frees the answer.
 */
int session_join(const char *room, const char *name,
		 const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		 char **answer, struct problem *why);

/*
 * The same for somebody who only sends and gets no offers (WHIP).  The offer's
 * session name is not used.  A participant of the same name and address that
 * has been silent for some seconds is taken for its old self, and leaves.
 */
int session_publish(const char *room, const char *name,
		    const struct sdp_text *offer,
		    char token[SESSION_TOKEN_TEXT], char **answer,
		    struct problem *why);

/*
 * The same for somebody who only receives and gets no offers (WHEP).  Each
 * m-line of the offer that wants media gets a stream in the answer, if there is
 * one of its kind whose codec it offers.  from: the name of the participant
 * whose streams these are, or NULL for all.  409: there is no stream.
 */
int session_watch(const char *room, const char *from,
		  const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		  char **answer, struct problem *why);

/*
 * Finds the participant who has this token and asks from this address, and
 * notes a sign of life.  A stolen token is of little use: it works only from
 * where the participant joined, unless --allow-any-address was given.
 */
int session_identify(const char *room, const char *token,
		     const struct ip_addr *peer, __u32 *id,
		     struct problem *why);

int session_leave(__u32 id, struct problem *why);

/*
 * Packets have shown by which SSRC an m-line of a participant comes, and by
 * which transport.  From now on the m-line has a stream with this SSRC, in
 * place of the old one.
 */
struct source_found {
	size_t mline;
	uint32_t ssrc, old; /* old 0: there was none */
};
int session_take_source(__u32 id, __u32 transport,
			const struct source_found *found, struct problem *why);

/* A participant's answer to the outstanding offer. */
int session_answer(__u32 id, const struct sdp_text *answer,
		   struct problem *why);

/*
 * Opens the stream of events that offers are sent by; an older one of the
 * same participant is closed.
 */
int session_listen(__u32 id, const struct http_request *request,
		   struct http_reply *reply, struct problem *why);

/*
 * Notes a sign of life: a datagram from an address.  False: nobody has that
 * address.  session_tick(), to be called once a second, looks for other signs
 * (streams that flow, open streams of events), and removes participants that
 * have shown none in time.  Time is counted in its calls, so a server that was
 * stopped for a while removes nobody because of that.
 */
bool session_heard(const struct ip_addr *addr, __be16 port);
void session_tick(void);

/* How many participants session_tick() has removed. */
uint64_t session_timeouts(void);

#endif
