/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: a participant who uses WebRTC.  It has an ICE agent, a DTLS handshake
 * and the keys that come of it, for the one transport of all its media.
 *
 *	checks	   --> peers_hear()   --> an address is proven and selected
 *	DTLS	   --> peers_hear()   --> keys
 *	both there --> control_bind(): media comes and goes
 *	silence	   --> control_unbind(): nothing is sent
 *	close_notify, or a handshake that fails: it leaves
 *	kill -9	   --> peer_resume(): the next server goes on with the same keys
 *
 * An unencrypted peer has no DTLS: the address is all that it needs.
 */
#ifndef LAB07_PEER_H
#define LAB07_PEER_H

#include <sys/queue.h>

#include "lab01-xdp-parse/verdict.h"
#include "lab04-signalling/session/wire.h"
#include "lab04-signalling/timers.h"
#include "lab07-webrtc/awaited.h"
#include "lab07-webrtc/dtls.h"
#include "lab07-webrtc/ice.h"
#include "lab07-webrtc/repair.h"
#include "lab07-webrtc/resend.h"
#include "lab07-webrtc/rtcp_write.h"
#include "lab07-webrtc/twcc.h"

struct kept_keys;

struct wire_peer {
	struct ice_agent ice; /* must be first: the peer is found by it */
	struct dtls *dtls;    /* NULL: media is not encrypted */
	enum dtls_role role;
	struct srtp *in, *out;	 /* NULL until it is connected */
	unsigned int handshakes; /* of dtls: the one that in and out are of */
	struct kept_keys *place; /* peer_store.h; NULL: it is not kept */
	bool waits; /* it can't have media where ICE says, and tries again */
	struct udp_address dtls_at;
	struct timer timer;	      /* for DTLS to send again */
	__u32 participant, transport; /* 0: not in a room yet */
	int64_t kept;		      /* when a packet last kept the path */
	__u8 twcc_id;		      /* of the header extension; 0: none */
	bool wants_remb;	      /* it knows REMB, but not TWCC */
	struct twcc twcc;
	__u32 twcc_ssrc; /* an SSRC of its own, for feedback to name */
	__u32 ssrc;	 /* our SSRC when we send RTCP to it */
	struct awaited_list awaited; /* m-lines without a=ssrc */
	/* What it repeats, and what is repeated to it: resend.h. */
	struct resent_source resent[MAX_RESENT_SOURCES];
	unsigned int n_resent;
	LIST_HEAD(, resend_leg) resend_legs;
	struct repair_budget budget;
	TAILQ_ENTRY(wire_peer) entry;
};

/* The wire's open() and close(). */
int peers_open(const struct wire_options *options);
void peers_close(void);

/* The wire's keep(). */
void peers_keep(const char *pin_dir);

/* The fingerprint for our descriptions: "sha-256 AB:CD:...". */
const char *peers_fingerprint(void);

/*
 * Makes a peer, with our credentials and the other end's.  NULL fingerprints:
 * it is not encrypted.  0, or negative errno: -EINVAL if the credentials or
 * fingerprints are of no use.
 */
struct peer_options {
	const char *ufrag, *password;
	const struct sdp_dtls *fingerprints;
	enum dtls_role role;
	struct ip_addr trusted; /* the address from which it speaks HTTP */
};
int peer_open(const struct peer_options *options, struct wire_peer **peer);
void peer_close(struct wire_peer *peer);

/*
 * Makes the peer that a killed server had for this participant, from what is
 * kept of it; of the options, it takes the fingerprints only.  0, or negative
 * errno: -ENOENT if nothing of use is kept.
 */
int peer_resume(const struct peer_options *options, __u32 participant,
		struct wire_peer **peer);

/*
 * Sets new credentials for both ends (an ICE restart).  They hold once a check
 * comes with them; until then the old ones hold.  Ours are peer->ice.next.  0,
 * or negative errno, and then nothing has changed.
 */
int peer_restart(struct wire_peer *peer, const char *ufrag,
		 const char *password);

/* Gives the peer to a participant, and opens its transport.  0 or -errno. */
int peer_enter(struct wire_peer *peer, __u32 participant);

/* All peers; the list is valid while no peer comes or goes. */
TAILQ_HEAD(peer_list, wire_peer);
extern struct peer_list peers;

/* The peer who has this transport.  NULL: it is no peer's. */
struct wire_peer *peers_find(__u32 transport);

/*
 * Sends RTCP by a transport, encrypted if the transport is; out is changed.
 * Nothing is sent if the transport has no address.
 */
void peers_send_rtcp(__u32 transport, struct rtcp_out *out);

/*
 * Sends RTP in clear to a peer, encrypted if its transport is; there are `room`
 * bytes.  0 or negative errno.
 */
int peers_send_rtp(const struct wire_peer *peer, void *packet, size_t length,
		   size_t room);

/* The SSRC with which we send RTCP by this transport. */
__u32 peers_ssrc(__u32 transport);

/* Takes STUN, DTLS or RTCP; false: it belongs to no peer. */
bool peers_hear(enum verdict class, const struct ip_addr *from, __be16 port,
		const void *bytes, __u32 length);

extern const struct media_cipher peers_cipher;

#endif
