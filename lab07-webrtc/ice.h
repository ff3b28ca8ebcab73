/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: an ICE-lite agent (RFC 8445) of one transport.
 *
 * The peer sends checks, and the agent learns from them by which address the
 * peer is to be reached.  For an address to be used, three things must hold:
 *
 *	known		its check has the integrity that our password gives: it
 *			comes from the one whom we have told the password
 *	proven		and somebody who knows the peer's password is really
 *			there, because he has answered a check of ours; or the
 *			address is one of those that ice_trust() names
 *	selected	and the peer has said USE-CANDIDATE
 *
 * A lite agent that lacks the second believes the source address of a datagram,
 * which anybody can forge: one datagram by a participant, or one that somebody
 * has seen and sends again, and the media of a room would go to a stranger.
 *
 * Nothing is sent to who does not know our password.  An answer is never
 * longer than the request, as our ufrag is long.  Besides, an address that is
 * not proven yet gets a check of ours with the answer: for all addresses of an
 * agent at most one in 20 ms, and for each of them ever fewer, down to one in
 * 1.3 s.
 *
 * The agent sends nothing by itself and keeps no time: the caller does.  now is
 * in ms, of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_ICE_H
#define LAB07_ICE_H

#include "lab07-webrtc/stun.h"

#define ICE_UFRAG      12 /* characters of ours, and of our password */
#define ICE_PASSWORD   24
#define ICE_TEXT       256   /* the peer's have up to that */
#define ICE_PATHS      8     /* addresses of a peer that are remembered */
#define ICE_CONSENT_MS 30000 /* RFC 7675, section 5.1 */
#define ICE_SILENT_MS  10000 /* of the selected address: another takes over */

struct table;

/* What is in both descriptions, and changes with a restart. */
struct ice_credentials {
	char ufrag[ICE_UFRAG + 1]; /* ours; "": there are none */
	char password[ICE_PASSWORD + 1];
	char peer_ufrag[ICE_TEXT + 1]; /* "": not said yet */
	char peer_password[ICE_TEXT + 1];
};

/* An address by which valid checks have come. */
struct ice_path {
	struct udp_address at; /* port 0: none */
	int64_t heard;	       /* when the last one came */
	bool proven;
	int64_t asked_at;   /* the last check of ours went there */
	unsigned int asked; /* how many did; they all have one id: */
	uint8_t transaction_id[12];
};

/* Read what you like; change it by the functions below only. */
struct ice_agent {
	struct ice_credentials current;
	/* After ice_restart(), until they are used. */
	struct ice_credentials next;
	struct udp_address selected; /* where to send; port 0: nowhere */
	struct udp_address wanted;   /* last USE-CANDIDATE */
	struct ice_path paths[ICE_PATHS];
	uint64_t tie_breaker;
	uint32_t number; /* ice_agents.h: it is in our transaction ids */
	int64_t asked_at;
	bool has_trusted;
	struct ip_addr trusted;
	struct table *places; /* who has proven what, of all agents, or NULL */
};

/* What a datagram has changed, as bits. */
enum ice_event {
	ICE_PROVEN = 1,	   /* its address is: DTLS may come from there */
	ICE_SELECTED = 2,  /* agent->selected is another than before */
	ICE_RESTARTED = 4, /* the credentials of ice_restart() are in use */
	ICE_LOST = 8,	   /* as ice_expire() says; before the others */
};

/* What it has brought about; both messages go where it came from. */
struct ice_outcome {
	unsigned int events;
	struct stun_out answer, check; /* len 0: none */
};

/*
 * Makes credentials.  0, or -EIO: there are no random numbers.  libcrypto reads
 * its configuration when it is used first: let that be before the process gives
 * up the right to open files.
 */
int ice_open(struct ice_agent *a);

/*
 * The peer's, of its description.  To be called again for a restart, behind
 * ice_restart().  -EINVAL: they are too short, too long, or no text.
 */
int ice_set_peer(struct ice_agent *a, const char *ufrag, const char *password);

/*
 * Addresses that need no proof.  Name the one from which the peer speaks HTTP:
 * TCP has proven that.  :: stands for all: then the agent is one by the book,
 * and believes everything.
 */
void ice_trust(struct ice_agent *a, const struct ip_addr *addr);

/*
 * Makes new credentials, in a->next.  Until the first valid check with them,
 * the current ones hold.  Addresses stay as they are.  0 or -EIO.
 */
int ice_restart(struct ice_agent *a);

/* Takes a message that was parsed.  It may be anybody's, of any kind. */
void ice_receive(struct ice_agent *a, const struct stun_message *m,
		 const struct udp_address *from, int64_t now,
		 struct ice_outcome *out);

/* May be answered: it is proven, and the proof is no older than consent. */
bool ice_is_proven(const struct ice_agent *a, const struct udp_address *from,
		   int64_t now);

/*
 * Forgets addresses that were silent for ICE_CONSENT_MS.  Call it at least once
 * a second.  True: the selected one is among them, and nothing may be sent.
 */
bool ice_expire(struct ice_agent *a, int64_t now);

/* Forgets all addresses. */
void ice_close(struct ice_agent *a);

#endif
