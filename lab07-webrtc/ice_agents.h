/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: whose is this datagram?  One UDP port serves everybody.
 *
 *	a check       USERNAME "ours:theirs"   -> the agent whose ufrag is ours
 *	an answer     the transaction id       -> the agent whose number is in it
 *	DTLS, SRTP    where it comes from      -> the agent that this address has
 *	                                          proven itself to
 *
 * Costs a look-up in a hash, however many agents there are.  Their keys are
 * random numbers of ours, so nobody can choose them to fall into one place.
 */
#ifndef LAB07_ICE_AGENTS_H
#define LAB07_ICE_AGENTS_H

#include "common/table.h"
#include "lab07-webrtc/ice.h"

#define MAX_ICE_AGENTS 16384

struct ice_agents {
	struct table by_ufrag, by_number, places; /* private */
	uint32_t last;
};

/* 0 or negative errno. */
int ice_agents_open(struct ice_agents *agents);

/* The agents stay the caller's. */
void ice_agents_close(struct ice_agents *agents);

/*
 * Adds an agent that ice_open() has made, and which must stay where it is until
 * it is removed.  0, or negative errno (-E2BIG: there are too many).
 */
int ice_agents_add(struct ice_agents *agents, struct ice_agent *a);

/* Removes one, and closes it. */
void ice_agents_remove(struct ice_agents *agents, struct ice_agent *a);

/* ice_restart() of one of them. */
int ice_agents_restart(struct ice_agents *agents, struct ice_agent *a);

/*
 * Takes a datagram that lab01 has found to be STUN.  The agent that it was for,
 * or NULL; what out then says is that nothing has happened.
 */
struct ice_agent *ice_agents_receive(struct ice_agents *agents,
				     const void *bytes, size_t len,
				     const struct udp_address *from,
				     int64_t now, struct ice_outcome *out);

/* To whom has this address proven itself?  NULL: answer nothing. */
struct ice_agent *ice_agents_find(const struct ice_agents *agents,
				  const struct udp_address *from, int64_t now);

#endif
