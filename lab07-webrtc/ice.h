/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: an ICE-lite agent (RFC 8445) of one transport.
 *
 * The peer sends checks, and the agent learns from them by which address the
 * peer is to be reached.  For an address to be used, three things must hold:
 *
 *	known		a check from there has the right integrity, so it comes
 *			from the one to whom we have told our password
 *	proven		somebody who knows the peer's password is really there,
 *			because he has answered a check of ours; or
 *			ice_trust() has named the address
 *	selected	the peer has said USE-CANDIDATE
 *
 * A lite agent without the second rule believes the source address of a
 * datagram, which anybody can forge.  One forged datagram of a participant, or
 * one that somebody has seen and sends again, would send the media of a room to
 * a stranger.
 *
 * We send nothing to anybody who does not know our password.  An answer is
 * never longer than the request, because our ufrag is long.  With the answer,
 * an address that is not proven yet gets a check of ours: at most one in 20 ms
 * for all addresses of an agent, and for each address fewer and fewer, down to
 * one in 1.3 s.
 *
 * The agent itself sends nothing and reads no clock: the caller does both.  now
 * is in ms, of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_ICE_H
#define LAB07_ICE_H

#include "lab07-webrtc/stun.h"

#define ICE_UFRAG      12 /* characters of our ufrag, and of our password */
#define ICE_PASSWORD   24
#define ICE_TEXT       256   /* characters of the peer's, at most */
#define ICE_PATHS      8     /* addresses of a peer that are remembered */
#define ICE_CONSENT_MS 30000 /* RFC 7675, section 5.1 */
#define ICE_SILENT_MS  10000 /* then another address may be selected */

struct consent;
struct table;

/* What both descriptions contain, and what a restart changes. */
struct ice_credentials {
	char ufrag[ICE_UFRAG + 1]; /* ours; "": there are none */
	char password[ICE_PASSWORD + 1];
	char peer_ufrag[ICE_TEXT + 1]; /* "": not said yet */
	char peer_password[ICE_TEXT + 1];
};

/* An address by which valid checks have come. */
struct ice_path {
	struct udp_address at; /* port 0: no address */
	int64_t heard;	       /* when the last check came, or ice_keep() */
	bool proven;
	int64_t asked_at;   /* when the last check of ours went there */
	unsigned int asked; /* number of these checks; all have one id: */
	uint8_t transaction_id[12];
};

/* You may read all fields, but change them only by the functions below. */
struct ice_agent {
	struct ice_credentials current;
	/* The new ones of ice_restart(), until the peer uses them. */
	struct ice_credentials next;
	struct udp_address selected; /* where to send; port 0: nowhere */
	struct udp_address wanted;   /* last USE-CANDIDATE */
	struct ice_path paths[ICE_PATHS];
	uint64_t tie_breaker;
	uint32_t number; /* ice_agents.h: it is in our transaction ids */
	int64_t asked_at;
	bool has_trusted;
	struct ip_addr trusted;
	struct table *places; /* proven addresses of all agents, or NULL */

	/*
	 * The consent of the selected address, in the tables, where somebody
	 * else answers checks from there, too, and both note when one came.
	 * NULL: there is none.  Set it when ICE_SELECTED says so.
	 */
	struct consent *consent;
};

/* What a datagram has changed, as bits. */
enum ice_event {
	ICE_PROVEN = 1,	   /* its source address: DTLS may come from there */
	ICE_SELECTED = 2,  /* agent->selected has changed */
	ICE_RESTARTED = 4, /* the credentials of ice_restart() are in use */
	ICE_LOST = 8,	   /* as ice_expire(); it happened before the others */
};

/* The result of a datagram.  Both messages go to where it came from. */
struct ice_outcome {
	unsigned int events;
	struct stun_out answer, check; /* len 0: none */
};

/*
 * Makes credentials.  0, or -EIO: there are no random numbers.  libcrypto reads
 * its configuration at the first use, so call this before the process gives up
 * the right to open files.
 */
int ice_open(struct ice_agent *a);

/*
 * Sets the peer's credentials, as its description has them.  For a restart,
 * call it again after ice_restart().  -EINVAL: they are too short, too long, or
 * no text.
 */
int ice_set_peer(struct ice_agent *a, const char *ufrag, const char *password);

/*
 * Names an address that needs no proof: the one from which the peer speaks
 * HTTP, because TCP has proven that.  :: stands for all addresses: then the
 * agent follows the RFC to the letter, and believes every source address.
 */
void ice_trust(struct ice_agent *a, const struct ip_addr *addr);

/*
 * Makes new credentials, in a->next.  Until the first valid check with them,
 * the current ones hold.  Addresses stay as they are.  0 or -EIO.
 */
int ice_restart(struct ice_agent *a);

/*
 * An earlier process has selected this address, and last renewed its consent at
 * `heard`.  It holds as if that had happened here.  For an agent that was added.
 */
void ice_resume(struct ice_agent *a, const struct udp_address *at,
		int64_t heard);

/* When the selected address was last heard; 0: there is none. */
int64_t ice_heard(const struct ice_agent *a);

/* Takes a parsed message, which may be of any kind and from anybody. */
void ice_receive(struct ice_agent *a, const struct stun_message *m,
		 const struct udp_address *from, int64_t now,
		 struct ice_outcome *out);

/* Is an address proven, and is the proof no older than ICE_CONSENT_MS? */
bool ice_is_proven(const struct ice_agent *a, const struct udp_address *from,
		   int64_t now);

/*
 * To be told of a packet that only the peer can have sent, from the selected
 * address: its SRTP tag is right, and it is no repetition.  It says as much as a
 * check.  libnice sends no checks when it is connected, only indications.
 */
void ice_keep(struct ice_agent *a, int64_t now);

/* Would USE-CANDIDATE from the selected address change nothing? */
bool ice_is_settled(const struct ice_agent *a);

/*
 * Forgets addresses that were silent for ICE_CONSENT_MS.  Call it at least once
 * per second.  True: the selected one was among them, so nothing may be sent.
 */
bool ice_expire(struct ice_agent *a, int64_t now);

/* Forgets all addresses. */
void ice_close(struct ice_agent *a);

#endif
