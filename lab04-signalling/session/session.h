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
 * its kind gets it.  Only one offer is outstanding (RFC 3264, section 4);
 * what changes meanwhile is gathered into the next.
 *
 * The tables are the truth about who is there.  A session adds what SDP needs
 * on top; where the tables outlive the server, it is pinned with them.
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
	unsigned int timeout; /* seconds */
	bool allow_any_address;
	const char *certificate;	 /* file; NULL: one for this run */
	const char *pin_dir;		 /* NULL: user space forwards */
	const struct wire *const *wires; /* that are spoken, and a NULL */
};

/* Why something was refused: an HTTP status and a sentence. */
struct problem {
	int status;
	char detail[768];
};

/* Fills in *why and returns -1. */
int refuse(struct problem *why, int status, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for an error of control.h's, about a table of `what`. */
int refuse_full(struct problem *why, int err, const char *what);

/*
 * Call it after control_open().  Takes up the sessions that a killed server
 * left in pin_dir; a participant without one goes on sending and receiving,
 * but gets no offers.  0 or negative errno, logged.  The options are copied,
 * but the string and the list are the caller's.
 */
int session_open(const struct session_options *options);

/* Frees all memory; what is pinned stays. */
void session_close(void);

/*
 * The functions that follow return 0; or -1 with *why filled in, and then
 * nothing has changed.  SDP is length bytes; peer and local are the ends of
 * the connection that it came by.
 */
struct sdp_text {
	const char *text;
	size_t length;
	struct ip_addr peer, local;
};

/*
 * Its token is the name of a participant's resource: a random number, which
 * the participant alone is told.  Whoever knows it is the participant; the
 * id, which everybody sees, opens nothing.
 */
#define SESSION_TOKEN_TEXT 40 /* 128 bits in decimal, with the NUL */

/*
 * A participant joins.  name NULL: as the offer says, or else a new one.
 * The answer is the caller's to free().
 */
int session_join(const char *room, const char *name,
		 const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		 char **answer, struct problem *why);

/*
 * The same for somebody who sends, and hears of nothing else (WHIP): whatever
 * the offer calls itself is no name.  A namesake of the same address that has
 * been silent for some seconds is its old self, and leaves.
 */
int session_publish(const char *room, const char *name,
		    const struct sdp_text *offer,
		    char token[SESSION_TOKEN_TEXT], char **answer,
		    struct problem *why);

/*
 * And for somebody who receives, and hears of nothing else (WHEP): each m-line
 * of the offer that wants media gets a stream in the answer, if there is one
 * of its kind with a codec of its own; from: the name of the only participant
 * whose streams these are, or NULL.  409: there is no stream.
 */
int session_watch(const char *room, const char *from,
		  const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		  char **answer, struct problem *why);

/*
 * Who is it that has this token, and asks from this address?  That is a sign
 * of life.  A stolen token is of little use: it works from where the
 * participant joined, or from anywhere with --allow-any-address.
 */
int session_identify(const char *room, const char *token,
		     const struct ip_addr *peer, __u32 *id,
		     struct problem *why);

int session_leave(__u32 id, struct problem *why);

/*
 * Packets of a participant have told by which SSRC one of its m-lines comes, by
 * this transport of control.h: the m-line has a stream from now on, in place of
 * the old one.
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
 * A sign of life: a datagram from an address; false: nobody is there.
 * session_tick(), once a second,
 * looks for the others (streams that flow, open streams of events), and
 * removes who has shown none in time.  The time is counted in its calls: a
 * server that was stopped removes nobody for that.
 */
bool session_heard(const struct ip_addr *addr, __be16 port);
void session_tick(void);

/* How many were removed by session_tick(). */
uint64_t session_timeouts(void);

#endif
