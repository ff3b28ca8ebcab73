/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: finds the agent of a datagram, because one UDP port serves everybody.
 *
 *	a check       USERNAME "ours:theirs"   -> the agent whose ufrag is ours
 *	an answer     the transaction id       -> the agent whose number is in it
 *	DTLS, SRTP    where it comes from      -> the agent that this address has
 *	                                          proven itself to
 *
 * This costs one look-up in a hash, however many agents there are.  The keys
 * are our own random numbers, so nobody can choose keys that collide.
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
 * Adds an agent that ice_open() has made.  Its memory must not move until it is
 * removed.  0, or negative errno (-E2BIG: there are too many agents).
 */
int ice_agents_add(struct ice_agents *agents, struct ice_agent *a);

/* Removes an agent and closes it. */
void ice_agents_remove(struct ice_agents *agents, struct ice_agent *a);

/* Calls ice_restart() for one of the agents. */
int ice_agents_restart(struct ice_agents *agents, struct ice_agent *a);

/*
 * Takes a datagram that lab01 has found to be STUN.  Returns its agent, or
 * NULL; then *out is empty.
 */
struct ice_agent *ice_agents_receive(struct ice_agents *agents,
				     const void *bytes, size_t len,
				     const struct udp_address *from,
				     int64_t now, struct ice_outcome *out);

/* The agent for which this address is proven.  NULL: answer nothing. */
struct ice_agent *ice_agents_find(const struct ice_agents *agents,
				  const struct udp_address *from, int64_t now);

#endif
