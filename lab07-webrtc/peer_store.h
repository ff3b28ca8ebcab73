/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: what the next server has to know of a peer, so that its call goes on
 * without a new handshake.
 *
 *	webrtc_peers	by participant: ICE's credentials, the address, SDP's rest
 *	webrtc_keys	the keys, and which indices are used: key_memory.h
 *
 * Both are BPF maps, pinned beside the tables, and go with them at a clean stop.
 * Where nothing is pinned (mode user), a peer ends with the server.
 */
#ifndef LAB07_PEER_STORE_H
#define LAB07_PEER_STORE_H

#include "lab07-webrtc/key_memory.h"
#include "lab07-webrtc/peer.h"

#define KEPT_LEGS 64 /* of RTX; more are known again with the next answer */

struct kept_peer {
	__u32 place; /* in the memory of keys */
	__u32 transport;
	struct ice_credentials current, next;
	__u64 tie_breaker;
	struct udp_address selected; /* port 0: none */
	struct ip_addr trusted;
	__u32 ssrc;
	__u8 role; /* enum dtls_role */
	__u8 encrypted;
	__u8 twcc_id;
	__u8 wants_remb;
	__u32 n_resent, n_legs;
	struct resent_source resent[MAX_RESENT_SOURCES];
	struct resent_leg_text legs[KEPT_LEGS];
};

/*
 * Opens both maps in the directory, and makes them if they are not there.  What
 * cannot be used is logged and replaced.  0; negative errno: nothing can be kept.
 */
int peer_store_open(const char *pin_dir);

/* The same for maps that are open already; they stay the caller's. */
int peer_store_use(int keys, int peers);

/* Whatever happens to peers from now on, what is kept stays as it is. */
void peer_store_freeze(void);
void peer_store_close(void);

/* Forgets everybody who is kept. */
void peer_store_clear(void);

/*
 * A peer has keys (or needs none): it is kept from now on.  Its old keys, if
 * any, are wiped; nobody may have their marks any more.
 */
void peer_store_begin(struct wire_peer *p);

/* Something about a peer has changed; it need not be kept. */
void peer_store_save(const struct wire_peer *p);

/* The peer goes; its keys are wiped. */
void peer_store_forget(struct wire_peer *p);

/*
 * What is kept of a participant, with its place, if it makes sense.  NULL: the
 * reason is logged if there is something.  Valid until the next change.
 */
const struct kept_peer *peer_store_find(__u32 participant,
					struct kept_keys **place);

/*
 * Wipes what belongs to nobody who was found.  The first call does it, the
 * others do nothing: all who are to be found have been by then.
 */
void peer_store_sweep(void);

#endif
