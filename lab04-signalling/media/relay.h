/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the relay works at the media socket.
 *
 * In mode user it *is* the data plane: the forwarding core of labs 01 to
 * 03, compiled for user space, between recvmmsg() and sendmmsg().
 *
 * In mode tc the kernel has forwarded every RTP packet that it could before
 * it gets here.  What comes up is RTCP, STUN and DTLS, and RTP that the stack
 * had to deal with first, or that came by an interface without our program:
 * reassembled fragments, priority-tagged frames, several packets in one.
 * That RTP is forwarded here, by the same code over the same tables.
 *
 * In both modes it forwards SRTP, which the kernel cannot read: it decrypts a
 * packet, and encrypts the copy for each receiver whose transport is encrypted.
 */
#ifndef LAB04_RELAY_H
#define LAB04_RELAY_H

#include <stdbool.h>

#include "common/protocols.h"
#include "lab01-xdp-parse/verdict.h"

struct media_cipher;
struct plane;
struct relay;

/* A datagram that is not RTP; bytes are the relay's, for the call only. */
typedef void (*relay_handler)(void *ctx, enum verdict class,
			      const struct ip_addr *from, __be16 port,
			      const void *bytes, __u32 len);

struct relay_options {
	struct media_address media;
	const struct plane *plane;
	relay_handler handler;
	void *ctx;
	/* Does a program of ours see what comes in by that interface?  It is
	 * asked only for the words of the log; NULL: always. */
	bool (*is_attached)(void *ctx, __u32 ifindex);
	const struct media_cipher *cipher; /* NULL: nothing is encrypted */
};

/*
 * Binds the media socket.  Packets go by the tables of control.h, which have
 * to be open before the first relay_read().  Returns 0 and a relay that
 * relay_close() frees, or negative errno (-EADDRINUSE, …).
 */
int relay_open(const struct relay_options *options, struct relay **relay);
void relay_close(struct relay *relay);

/* To be watched for reading; then call relay_read(). */
int relay_fd(const struct relay *relay);

/*
 * Works for 2 ms on what has come in, so that others get their turn.  It takes
 * longer only if the copies of a single datagram do.  More may be left than the
 * descriptor shows, so call it again if relay_has_more().
 */
void relay_read(struct relay *relay);
bool relay_has_more(const struct relay *relay);

/*
 * To be called when the descriptor reports errors (POLLERR).  These are ICMP
 * messages about copies, and say nothing about the socket.
 */
void relay_forget_errors(struct relay *relay);

/* Sends a datagram that is no copy from the media port: 0 or -errno. */
int relay_send(struct relay *relay, const struct ip_addr *to, __be16 port,
	       const void *bytes, __u32 length);

/* How many RTP packets came up in mode tc, where the kernel should forward. */
__u64 relay_unexpected(const struct relay *relay);

#endif
