/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: DTLS-SRTP (RFC 5764): two ends agree on the keys of their media.
 *
 *	datagrams  --> dtls_receive() --+--> datagrams, given to a callback
 *	time       --> dtls_tick()    --+--> a state, as below
 *	                                +--> keys, once it is connected
 *
 *	SHAKING_HANDS --> CONNECTED --> CLOSED		the peer has left
 *	            \---------------\-> FAILED		there are no keys
 *
 * The certificates are self-signed.  The peer is known by the fingerprint of
 * its certificate, which its SDP contains.  With any other certificate the
 * handshake fails, and no key ever comes out.
 *
 * Feed it only what comes from an address that ICE has validated.  It never
 * blocks.  Not thread-safe.
 */
#ifndef LAB07_DTLS_H
#define LAB07_DTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "lab07-webrtc/srtp.h"

#define DTLS_MTU 1200 /* bytes of the longest datagram that is sent */

/* The certificate of this server, for all of its transports. */
struct dtls_context;

/*
 * Reads the certificate and its private key (PEM) from a file.  If there is no
 * such file, it makes both and writes a file that only its owner may read.
 * With NULL it makes a certificate for this process only.  Returns 0, or
 * negative errno after logging it.  The context must outlive what dtls_open()
 * makes of it.
 */
int dtls_context_open(const char *file, struct dtls_context **out);
void dtls_context_close(struct dtls_context *context);

/*
 * The certificate and its private key as bytes, for another process, and a
 * context that is made of them.  They return the length of the bytes, or 0; or
 * negative errno: -EMSGSIZE, -EINVAL (they are no such thing), -EIO.
 */
int dtls_context_write(const struct dtls_context *context, void *bytes,
		       size_t room);
int dtls_context_read(const void *bytes, size_t length,
		      struct dtls_context **out);

/* As in an SDP attribute: "sha-256 AB:CD:...".  It is the context's. */
const char *dtls_context_fingerprint(const struct dtls_context *context);

enum dtls_role {
	DTLS_SERVER, /* a=setup:passive in our SDP */
	DTLS_CLIENT, /* a=setup:active */
};

enum dtls_state {
	DTLS_SHAKING_HANDS,
	DTLS_CONNECTED,
	DTLS_CLOSED,
	DTLS_FAILED,
};

/* Sends a datagram to the peer; it must not call functions of this file. */
typedef void (*dtls_send)(void *owner, const void *datagram, size_t len);

#define DTLS_FINGERPRINTS 4

struct dtls_options {
	enum dtls_role role;
	/* The peer's, as SDP says them; the last is followed by a NULL. */
	const char *fingerprints[DTLS_FINGERPRINTS + 1];
	dtls_send send;
	void *owner; /* its first argument */

	unsigned int
		resend_ms; /* first time-out; 0: 100, doubles up to 3,200 */
	unsigned int give_up_ms; /* for a handshake; 0: 30,000 */
	unsigned int mtu;	 /* 0: DTLS_MTU */
};

/* One end of one transport. */
struct dtls;

struct dtls_keys {
	struct srtp_master send, receive;
};

/*
 * Returns 0 and what dtls_close() frees, or negative errno: -EINVAL if none of
 * the fingerprints can be checked, -ENOMEM.  Nothing is sent yet.
 */
int dtls_open(struct dtls_context *context, const struct dtls_options *options,
	      struct dtls **out);

/* Sends close_notify to the peer if it is connected, and frees the end. */
void dtls_close(struct dtls *dtls);

/*
 * The end is connected at once, with keys that the peer has agreed on with an
 * earlier process, which is gone.  The records of that connection mean nothing
 * any more, and are not answered.  Only a ClientHello, if this end is a server,
 * begins a new handshake.  Until that comes to its end, and also if it fails, the
 * old keys hold.
 */
void dtls_resume(struct dtls *dtls, const struct dtls_keys *keys);

/* Sends the first flight of a client.  A server waits for it. */
enum dtls_state dtls_start(struct dtls *dtls);

/* Takes a datagram that has come in; dtls stays valid, whatever is in it. */
enum dtls_state dtls_receive(struct dtls *dtls, const void *datagram,
			     size_t len);

/* Sends again what may be lost.  Early calls do nothing. */
enum dtls_state dtls_tick(struct dtls *dtls);

/* Milliseconds until dtls_tick() is due; -1: it need not be called. */
int dtls_timeout_ms(const struct dtls *dtls);

enum dtls_state dtls_state(const struct dtls *dtls);

/* The keys, which belong to the end; NULL unless it is connected. */
const struct dtls_keys *dtls_keys(const struct dtls *dtls);

/* How many handshakes have come to their end: with each, the keys change. */
unsigned int dtls_handshakes(const struct dtls *dtls);

/* The reason of a failure as text for people, or "". */
const char *dtls_reason(const struct dtls *dtls);

#endif
