/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The two ends of a WebRTC transport: ICE (RFC 8839), by which they find each
 * other, and DTLS (RFC 8842), by which they know each other.
 *
 *     a=ice-ufrag:f08g                    struct sdp_ice
 *     a=ice-pwd:iKGXi1Hpa8bmozhD7iyZzNnX
 *     a=ice-options:trickle
 *     a=candidate:1 1 udp 2130706431 10.0.7.1 5000 typ host
 *     a=end-of-candidates
 *     a=fingerprint:sha-256 FE:27:6A:...  struct sdp_dtls
 *     a=setup:actpass
 *
 * The session part may have the same lines, for every m-line without them.
 * sdp_endpoint() finds out which count. This file is a part of sdp.h.
 */
#ifndef LAB04_SDP_ICE_H
#define LAB04_SDP_ICE_H

#include <stdbool.h>
#include <stdint.h>

#define SDP_MAX_CANDIDATES   64	 /* of the session or of one m-line */
#define SDP_MAX_FINGERPRINTS 8	 /* the same */
#define SDP_MAX_ICE_WORD     256 /* bytes of a ufrag or of a password */

struct sdp;
struct sdp_media;

enum sdp_candidate_type {
	SDP_HOST,
	SDP_SRFLX,
	SDP_PRFLX,
	SDP_RELAY,
};

struct sdp_candidate {
	char *foundation;
	char *transport; /* "udp", "UDP", "tcp" */
	char *address;	 /* an IP address or a name, "1f0-2.local" */
	char *rest;	 /* what follows the type, verbatim, or NULL */
	uint32_t priority;
	uint16_t component; /* 1: RTP; 2: RTCP */
	uint16_t port;
	enum sdp_candidate_type type;
};

struct sdp_ice {
	char *ufrag;   /* NULL: not said here; the same for the others */
	char *pwd;     /* comes from the network: compare in constant time */
	char *options; /* "ice2 trickle", with a blank between two */
	struct sdp_candidate *candidates; /* in their order */
	unsigned int n_candidates;
	bool end_of_candidates;
	bool lite; /* only in the session part */
};

enum sdp_setup {
	SDP_SETUP_UNSAID,
	SDP_ACTPASS,
	SDP_ACTIVE, /* sends the first flight: the DTLS client */
	SDP_PASSIVE,
	SDP_HOLDCONN,
};

struct sdp_fingerprint {
	char *hash;  /* "sha-256"; case does not matter */
	char *bytes; /* "FE:27:6A"; case does not matter */
};

struct sdp_dtls {
	struct sdp_fingerprint *fingerprints; /* any one may fit */
	unsigned int n_fingerprints;
	enum sdp_setup setup;
};

/*
 * Gives the session or an m-line its ufrag and password. Returns 0, -EEXIST
 * (one of them is there already), -EINVAL (not 4 to 256, or 22 to 256, letters,
 * digits, + and /) or -ENOMEM.
 */
int sdp_set_ice(struct sdp_ice *ice, const char *ufrag, const char *pwd);

/* Sets "ice2 trickle". Returns 0, -EEXIST, -EINVAL (no tokens) or -ENOMEM. */
int sdp_set_ice_options(struct sdp_ice *ice, const char *options);

/*
 * These add a copy. They return 0, -ENOSPC (one too many), -EINVAL (it cannot
 * be written in a line, or a fingerprint is not pairs of hexadecimal digits
 * with colons between them) or -ENOMEM; on error nothing changes.
 */
int sdp_add_candidate(struct sdp_ice *ice, const struct sdp_candidate *c);
int sdp_add_fingerprint(struct sdp_dtls *dtls, const char *hash,
			const char *bytes);

/* What counts for one m-line; the description owns all of it. */
struct sdp_endpoint {
	const char *ufrag, *pwd; /* NULL: nobody has said it */
	const char *options;
	bool lite;
	const struct sdp_ice *candidates; /* where they are; never NULL */
	enum sdp_setup setup;
	const struct sdp_dtls *fingerprints; /* where they are; never NULL */
};

/*
 * Fills in *endpoint with what the m-line says itself. What it does not say is
 * taken from the first m-line of its BUNDLE group that has a port of its own,
 * and else from the session. Ask for the m-line whose transport is used: in a
 * group, the first that is accepted. Takes time linear in the m-lines.
 */
void sdp_endpoint(const struct sdp *sdp, const struct sdp_media *m,
		  struct sdp_endpoint *endpoint);

/*
 * Does an m-line want encrypted media? It does if its protocol says so, or if
 * there is a fingerprint for it. An odd a=fingerprint does not count. Refuse an
 * m-line that is encrypted and has no fingerprint.
 */
bool sdp_is_encrypted(const struct sdp *sdp, const struct sdp_media *m);

#endif
