/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * People who call a server of server.h: they join by SDP, listen to its
 * events, answer its offers, send RTP, and compare what comes to them with
 * what should, to the byte.
 *
 * Each has a name, ports and SSRCs that nobody else of this test program ever
 * has, so that what a test leaves behind when it fails does no harm to the
 * others.  Offers and answers are written out by hand, and sdp.h, which has
 * tests of its own, reads those of the server.
 */
#ifndef LAB04_TESTLIB_CALLER_H
#define LAB04_TESTLIB_CALLER_H

#include "lab04-signalling/sdp/sdp.h"
#include "lab04-signalling/testlib/modes.h"

enum { AUDIO, VIDEO, KINDS };

extern const char *const kind_names[KINDS], *const codecs[KINDS];

/*
 * Its ports: audio leaves from the first, video from the third; from the
 * eleventh on they receive, the fifteenth what the third m-line is about.
 */
#define CALLER_PORTS 100

struct caller {
	const char *host;
	char name[32];
	__u16 port;
	__u8 pt[KINDS];
	__u32 ssrc[KINDS];
	int injector, capture;
	char path[128]; /* of its resource, once it has joined */
	FILE *events;
	struct sdp *answer; /* the server's */
	struct sdp *offer;  /* the latest from the server */
};

/* Somebody new on this host; nobody has told the server yet. */
struct caller caller(const char *host);

/* Its address, of the IP version in which the server is called. */
const char *caller_ip(const struct caller *c);

__u16 sender_port(const struct caller *c, int kind);

__u16 receiver_port(const struct caller *c, size_t mline);

/* Puts something else in place of what; frees text, and returns the new one. */
char *edit(char *text, const char *what, const char *instead);

/* The lines of a description before its first m-line. */
void print_session(FILE *f, const struct caller *c);

/* An offer of audio and video; to be freed. */
char *offer_text(const struct caller *c);

/* The name of a room that nobody was in before. */
const char *new_room(void);

/* Any offer, with any result. */
struct reply post_offer(const struct caller *c, const char *room,
			const char *offer);

/* It must be let in; it has a path and an answer from then on. */
void join_with(struct caller *c, const char *room, const char *offer);

void join(struct caller *c, const char *room);
struct caller join_new(const char *host, const char *room);

/* A resource below its own; valid until the next call. */
const char *sub_path(const struct caller *c, const char *what);

/* It must be let go, and hears no events any more. */
void leave(struct caller *c);

/* PUT to a resource below its own. */
struct reply put(const struct caller *c, const char *what, const char *type,
		 const char *body);

/* PUT /subscriptions; it must be taken. */
void subscribe(const struct caller *c, const char *json);

/* ---- renegotiation ----------------------------------------------------- */

/* Of its events, without CRLF; it must come.  Valid until the next one. */
char *next_line(struct caller *c);

/* HTTP/1.0, so that the events are not chunked. */
void listen_to_events(struct caller *c);

/* Waits for an event, which must be an offer; it is c->offer from then on. */
void next_offer(struct caller *c);

/* To the offer that it has got, each m-line with a port of its own. */
char *answer_text(const struct caller *c);

/* The same, but it wants everything at another address than its own. */
char *answer_for(const struct caller *c, const char *ip);

/* The server must take it. */
void answer_with(struct caller *c, const char *answer);
void answer(struct caller *c);

/* An answer that wants nothing: where it would go to does not matter. */
void decline(struct caller *c);

/* The next offer, and its answer. */
void renegotiate(struct caller *c);

/* The m-line of to's offer that carries a stream, or -1. */
int mline_of(const struct caller *to, const struct caller *from, int kind);

void check_mline(const struct sdp *sdp, size_t i, const char *type, __u16 port,
		 enum sdp_direction direction);

/* Where an m-line wants its media; valid until the next call. */
const char *answer_ip(const struct sdp_media *m);

/* Everybody listens and answers, in a room where all have just joined. */
void connect_all(struct caller *c, size_t count);

/* alice, bob and carol in a room of their own, not yet listening. */
const char *three_join(struct caller c[3]);

/* The same, and all have their first offers answered. */
const char *three_call(struct caller c[3]);

/* ---- media ------------------------------------------------------------- */

/* An RTP packet of a stream, as it leaves the caller's host. */
struct packet_spec rtp(const struct caller *from, int kind, __u16 seq);

/* Sends it. */
void say(const struct caller *from, int kind, __u16 seq);

/*
 * What means nothing, and is chosen by the kernel: the identification of a
 * datagram that may not be fragmented (RFC 6864), and the flow label.  Sums
 * are verified, and then cleared.
 */
void blank(struct frame *f);

/* The next frame at to's host must be this copy, to the byte. */
void hear_copy(const struct caller *to, struct packet_spec spec, __u16 port);

/* The same, where to wants what from says. */
void hear(const struct caller *to, const struct caller *from, int kind,
	  __u16 seq);

/* ---- what it has counted ----------------------------------------------- */

/* A participant as GET /rooms has it, or NULL. */
json_t *find_participant(json_t *room, const struct caller *c);

/* A stream there; it must be there. */
json_t *find_stream(json_t *room, const struct caller *c, int kind);

/* The copies that a stream's leg to a receiver has sent; -1: no such leg. */
json_int_t sent_to(json_t *room, const struct caller *from, int kind,
		   const struct caller *to);

/* A packet of each kind gets from one caller to another. */
void check_media(const struct caller *from, const struct caller *to, __u16 seq);

#endif
