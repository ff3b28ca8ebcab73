/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07's bench: one end of one WebRTC transport, as a browser has it.  It
 * finds a server of ICE-lite, or one that has answered its description, shakes
 * hands, and has the keys of its media then.
 *
 *	FINDING --> SHAKING_HANDS --> CONNECTED
 *	    \------------\-----------> FAILED
 */
#ifndef LAB07_BENCH_AGENT_H
#define LAB07_BENCH_AGENT_H

#include <stdbool.h>

#include "lab07-webrtc/dtls.h"
#include "lab07-webrtc/stun.h"

/* The same for all of them: who is meant, the port says. */
#define AGENT_UFRAG    "benchbench"
#define AGENT_PASSWORD "benchbenchbenchbenchbench"

#define AGENT_TEXT	  256
#define AGENT_FINGERPRINT 512

/* What the server's description says of itself. */
struct agent_remote {
	struct udp_address at;
	char ufrag[AGENT_TEXT], password[AGENT_TEXT];
	enum dtls_role role; /* ours */
	char fingerprint[AGENT_FINGERPRINT];
};

enum agent_state {
	AGENT_FINDING,
	AGENT_SHAKING_HANDS,
	AGENT_CONNECTED,
	AGENT_FAILED,
};

struct agent {
	int fd; /* the caller's, connected to the server */
	struct agent_remote remote;
	enum agent_state state;
	int64_t check_at; /* ms of CLOCK_MONOTONIC: the next check is due */
	uint64_t checks;
	struct dtls *dtls;
	struct srtp *in, *out; /* NULL unless it is connected */
};

/*
 * fd and the remote are set, all else is zero.  The context outlives it.  0, or
 * negative errno.
 */
int agent_open(struct agent *a, struct dtls_context *context);
void agent_close(struct agent *a);

/*
 * A datagram of `len` bytes has come, at a multiple of 4.  Returns the length
 * of the RTP packet that it has become, in place; 0 if it was anything else;
 * negative errno of srtp.h if it is not what the server has encrypted for us.
 */
int agent_receive(struct agent *a, void *datagram, size_t len);

/* Sends what is due: checks, consent, what the handshake has lost. */
void agent_tick(struct agent *a, int64_t now_ms);

#endif
