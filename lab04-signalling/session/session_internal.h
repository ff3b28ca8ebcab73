/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the session offer to each other only. */
#ifndef LAB04_SESSION_INTERNAL_H
#define LAB04_SESSION_INTERNAL_H

#include <time.h>
#include <uthash.h>

#include "lab03-maps/control.h"
#include "lab04-signalling/sdp/sdp.h"
#include "lab04-signalling/session/session.h"

#define DISCARD_PORT 9 /* "not known yet", RFC 8840 section 4.1.1 */

struct token {
	__u64 word[2]; /* the lower half first */
};

struct session {
	__u32 id;		     /* of the participant */
	struct token token;	     /* not set: it did not join by SDP */
	__u64 fingerprint;	     /* of the token */
	struct ip_addr peer;	     /* the address from which it joined */
	__u32 published;	     /* number of its streams */
	const struct wire *wire;     /* the one it uses; NULL if remote is */
	struct wire_peer *wire_peer; /* the wire's own; NULL: it needs none */
	struct sdp *remote; /* its offer; NULL: it did not join by SDP */
	struct sdp *local;  /* ours: the answer, then our latest offer */
	__u32 *streams;	    /* what each m-line of ours carries; 0: none */
	bool outstanding;   /* local is an offer without an answer */
	struct http_stream *events; /* NULL: nobody listens */
	bool hung_up;		    /* its client has closed the events */
	bool deaf;		    /* its client never listens to events */
	uint64_t alive;		    /* its last sign of life, in ticks */
	uint64_t flowed;	    /* when a tick last saw new packets; or 0 */
	__u64 packets;		    /* what its streams had counted then */
	__u64 packets_now;
	__u64 renewed; /* when it last agreed to get media, as a tick saw it */
	UT_hash_handle hh;
	UT_hash_handle by_token;
};

/* ---- session.c -------------------------------------------------------- */

extern struct session_options session_options;

/* The participant's session; NULL: there is none, or no memory. */
struct session *session_find(__u32 id);
struct session *session_new(__u32 id);

/*
 * From now on, requests from peer with this token are the participant's, and
 * the participant counts towards peer's limits.  0; -1: there is no memory.
 */
int session_set_owner(struct session *s, const struct token *token,
		      const struct ip_addr *peer);
void session_free(struct session *s);

/*
 * Has the client probably died?  Then it has closed its events, sent no request
 * since, and for some seconds no media either.  A deaf client is silent if it
 * has given no sign of life for some seconds.
 */
bool session_is_silent(const struct session *s);

/* Removes a participant with all it has; those who stay get offers. */
void remove_participant(__u32 id);

/*
 * Calls control_commit().  A participant who can't be reached is only a
 * warning.  -1: a table is full; undo what you did, and commit again.
 */
int session_commit(struct problem *why);

/* ---- token.c ---------------------------------------------------------- */

/* To be called once, before all others.  0 or negative errno. */
int token_open(void);

/* Makes a new token: 0 or negative errno. */
int token_make(struct token *token);

bool token_is_set(const struct token *token);

/* Compares two tokens in constant time. */
bool token_same(const struct token *a, const struct token *b);

/* A hash to look a token up by; it reveals nothing about the token. */
__u64 token_fingerprint(const struct token *token);

void token_print(char text[SESSION_TOKEN_TEXT], const struct token *token);

/* Reads a token; false: the text is no number of up to 128 bits. */
bool token_parse(const char *text, struct token *token);

/* ---- address.c -------------------------------------------------------- */

/* The address of an m-line in the form that the maps have. */
struct ip_addr media_ip(const struct sdp_media *m);

bool is_loopback(const struct ip_addr *addr);

/* May this peer act for a participant who joined from that address? */
bool may_act_for(const struct ip_addr *peer, const struct ip_addr *joined);

/*
 * May media go to, or come from, the address and port of this m-line?  Only the
 * peer's own address is allowed, so that nobody gets media unasked.
 */
int check_media_address(const struct sdp_media *m, const struct ip_addr *peer,
			struct problem *why);

/* ---- join.c ----------------------------------------------------------- */

/* Somebody who wants to join: the offer, and what goes into the answer. */
struct newcomer {
	const char *room;
	const char *name; /* NULL: none was given */
	const struct ip_addr *peer;
	struct sdp *offer, *answer;
	const struct wire *wire;
	struct wire_peer *wire_peer;
	bool deaf;	     /* as in struct session */
	const char *watches; /* a name; "": anybody; NULL: it publishes */
	__u32 *watched;	     /* stream of each m-line; 0: none */
};

/* ---- publish.c -------------------------------------------------------- */

/* Does the participant send on this m-line, and do we take it? */
bool is_published(const struct sdp_media *offered,
		  const struct sdp_media *answered);

/*
 * Will only the packets of this m-line show its SSRC?  This is so if there is
 * no a=ssrc, or if it comes in layers with names, which only packets carry.
 */
bool awaits_source(const struct sdp_media *offered,
		   const struct sdp_media *answered);

/* How many streams an m-line counts for in the limits. */
__u32 count_sources(const struct sdp_media *offered,
		    const struct sdp_media *answered);

/* Publishes a stream for each source that an m-line names: 0; -1, *why. */
int publish_mline(__u32 id, __u32 transport, const struct sdp_media *offered,
		  const struct sdp_media *answered, struct problem *why);

/* ---- watch.c ---------------------------------------------------------- */

/* Chooses streams for a newcomer's offer, before it is answered: 0, -1. */
int watch_choose(struct newcomer *n, struct problem *why);

/* Puts the chosen streams into the answer and the tables: 0, -1. */
int watch_begin(struct session *s, const struct newcomer *n,
		struct problem *why);

/* ---- answer.c --------------------------------------------------------- */

/* Does the participant want to receive on this m-line of its answer? */
bool is_wanted(const struct sdp_media *m);

/* ---- limits.c --------------------------------------------------------- */

/* Counts the m-lines of a description, which is cheaper than parsing it. */
size_t count_mlines(const struct sdp_text *sdp);

/* How many streams the newcomer would publish. */
__u32 count_published(const struct newcomer *n);

/* Before an offer is parsed, and before it has any effect: 0; or -1, *why. */
int check_mline_count(const struct sdp_text *offer, struct problem *why);
int check_limits(const struct newcomer *n, __u32 old, struct problem *why);

/* Counts a session with an owner, or no longer.  -1: there is no memory. */
int limits_enter(const struct session *s);
void limits_leave(const struct session *s);

/* ---- comeback.c ------------------------------------------------------- */

/* The participant whose place the newcomer is to take, or 0. */
__u32 find_old_self(const struct newcomer *n);

/* ---- offer.c ---------------------------------------------------------- */

/*
 * Sends an offer to a participant, if it listens, there is news and none is
 * out.
 */
void offer_news(struct session *s);

/* The same for every participant of a room. */
void offer_news_to_room(__u32 room);

/*
 * Does an m-line of ours still carry the stream that it was offered for?  The
 * id may be another stream's by now; only the sink knows which one was meant.
 */
bool offer_carries(const struct session *s, size_t mline);

/* Sends the outstanding offer. */
void offer_send(struct session *s);

/* A stream of a participant, as its receivers are to be told of it. */
struct source {
	__u32 id;
	const struct stream *stream;
	__be32 ssrc;	  /* the one that the receiver is told */
	const char *name; /* the publisher's */
	const char *mid;  /* of the publisher's m-line, or NULL */
	const char *cname;
	const struct sdp_media *published; /* our answer to it, or NULL */
	const struct sdp_format *formats;
	size_t n_formats;
	struct sdp_format made_up[MAX_PAYLOAD_TYPES]; /* without SDP */
};

/* sink may be NULL: there was no room for one, so the stream is not offered. */
void describe_stream(struct source *src, __u32 id, const struct sink *sink);

/* Our answer to the m-line that a stream is published on, or NULL. */
const struct sdp_media *find_published(const struct stream *stream);

/* ---- session_store.c -------------------------------------------------- */

/* Makes or adopts the map in pin_dir, if any: 0 or negative errno, logged. */
int session_store_open(void);
void session_store_close(void);

/* These save parts of a session; an error is only a warning. */
void session_store_save_owner(const struct session *s);
void session_store_save_remote(const struct session *s);
void session_store_save_local(const struct session *s);

/* Fills in owner, remote, local and streams; an error is only a warning. */
void session_store_load(struct session *s);
void session_store_forget(__u32 id);

/* Removes saved sessions whose participant is in no table any more. */
void session_store_clean(void);

#endif
