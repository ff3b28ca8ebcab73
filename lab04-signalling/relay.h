/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the media socket.
 *
 * In mode user it *is* the data plane: the forwarding core of labs 01 to
 * 03, compiled for user space, between recvmmsg() and sendmmsg().  In mode
 * tc the kernel has taken every RTP packet before it gets here, and the
 * socket sees only what the kernel passes up: RTCP, STUN, DTLS, reassembled
 * fragments.
 */
#ifndef LAB04_RELAY_H
#define LAB04_RELAY_H

#include <stdbool.h>

#include "common/wire.h"
#include "lab01-xdp-parse/rtp_stats.h"
#include "lab01-xdp-parse/verdict.h"

struct relay;

/* A datagram that is not RTP; bytes are the relay's, for the call only. */
typedef void (*relay_handler)(void *ctx, enum verdict class,
			      const struct ip_addr *from, __be16 port,
			      const void *bytes, __u32 len);

/*
 * Binds the media socket.  forward: RTP is forwarded here (mode user);
 * else it is counted as unexpected and dropped.  Returns 0 and a relay that
 * relay_close() frees, or negative errno (-EADDRINUSE, …).
 */
int relay_open(const struct media_address *media, bool forward,
	       relay_handler handler, void *ctx, struct relay **relay);
void relay_close(struct relay *relay);

/* To be watched for reading; then call relay_read(). */
int relay_fd(const struct relay *relay);

/*
 * Takes what has come in, at most a few batches so that others get their
 * turn; level-triggered polling comes back for the rest.
 */
void relay_read(struct relay *relay);

/* report.h's source_reader; ctx is the relay. */
bool relay_source(void *relay, const struct source_key *key,
		  struct rtp_stats *stats);

/* RTP packets that reached the socket in mode tc: should stay 0. */
__u64 relay_unexpected(const struct relay *relay);

#endif
