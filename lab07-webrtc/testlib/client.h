/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * WebRTC clients, as small as they may be: callers (caller.h) whose media goes by
 * one socket, which proves itself by STUN and, if it is encrypted, by DTLS.
 *
 *	client_join()	   HTTP, SDP	offer, answer
 *	client_connect()   STUN, DTLS	an address, keys
 *	client_send()	   RTP, SRTP
 *	client_accept()	   HTTP, SDP	the server's offer, and an answer
 *	client_hear()	   RTP, SRTP
 */
#ifndef LAB07_TESTLIB_CLIENT_H
#define LAB07_TESTLIB_CLIENT_H

#include "lab04-signalling/testlib/caller.h"
#include "lab07-webrtc/dtls.h"

#define CLIENT_PACKET 2048 /* bytes of one that it hears, at most */

struct client {
	struct caller caller;
	bool encrypted;
	int fd;
	struct dtls_context
		*context; /* NULL, unless it is encrypted; so are: */
	struct dtls *dtls;
	struct srtp *in, *out;
	unsigned int checks; /* so far; the latest one's transaction id: */
	char check[12];
};

/* Somebody new on this host. */
struct client client(const char *host, bool encrypted);

/*
 * It joins with these m-lines, the text of an offer from the first m= on, in
 * which PROTO stands for the protocol, and CRLF is LF.
 */
void client_join(struct client *c, const char *room, const char *mlines);

/* Returns when media may come and go. */
void client_connect(struct client *c);

/*
 * Says that it is still there, which it must within 30 s.  What comes before the
 * answer is not looked at.
 */
void client_consent(struct client *c);

/* When it has said so, as the server's tables in the kernel have it. */
struct consent *client_kept_consent(const struct client *c);

void client_close(struct client *c);

/* ---- RTP ------------------------------------------------------------------ */

/* An extension of RFC 8285's short form; the last one of a list has id 0. */
struct client_extension {
	__u8 id;
	const char *text;
};

struct client_rtp {
	__u8 pt;
	__u16 number;
	__u32 ssrc;
	const struct client_extension *extensions; /* NULL: none */
	const char *payload;
};

void client_send(struct client *c, const struct client_rtp *packet);

/* The next RTP packet, in clear; its length. */
size_t client_hear(struct client *c, __u8 packet[CLIENT_PACKET]);

/* ---- what it is offered ----------------------------------------------------- */

/* Takes all that its latest offer has for it. */
void client_accept(struct client *c);

/* The m-line of its latest offer that carries something of this kind; -1: none. */
int client_mline(const struct client *c, const char *type);

#endif
