/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Two ends that shake hands, and the network between them.
 *
 *	client -- parcel, parcel, ... --> server
 *	       <-- ..., parcel, parcel --
 */
#ifndef LAB07_TESTLIB_DTLS_PAIR_H
#define LAB07_TESTLIB_DTLS_PAIR_H

#include <stdint.h>

#include "lab07-webrtc/dtls.h"

enum { PAIR_SERVER, PAIR_CLIENT }; /* as in enum dtls_role */

#define PAIR_PARCELS 256
#define PAIR_LONGEST 1500

struct parcel {
	int to;
	size_t len;
	uint8_t bytes[PAIR_LONGEST];
};

struct dtls_pair {
	struct dtls_context *context[2]; /* the caller's */
	struct dtls *end[2];
	struct parcel parcels[PAIR_PARCELS]; /* on their way */
	unsigned int count;
	unsigned int sent[2]; /* datagrams of each, in all */
	unsigned int longest;

	/* How the network treats the next one: 0 loses it, 2 doubles it. */
	unsigned int (*copies)(struct dtls_pair *pair);
	unsigned int (*pick)(struct dtls_pair *pair); /* NULL: the first */
	struct dtls_pair *self[2];
};

/*
 * Opens both ends with options that may be NULL; without fingerprints in them
 * each gets that of the other.  dtls_pair_close() closes both.
 */
void dtls_pair_open(struct dtls_pair *pair, const struct dtls_options *server,
		    const struct dtls_options *client);
void dtls_pair_close(struct dtls_pair *pair);

/*
 * The process of one end is killed, so that it says nothing, and another one opens
 * an end in its place.
 */
void dtls_pair_replace(struct dtls_pair *pair, int which,
		       const struct dtls_options *options);

/* Delivers the parcel that is next, or that pick() says. */
void dtls_pair_deliver(struct dtls_pair *pair);

/* Until nothing is on its way. */
void dtls_pair_deliver_all(struct dtls_pair *pair);

/* From the first flight until neither end shakes hands any more. */
void dtls_pair_shake_hands(struct dtls_pair *pair);

#endif
