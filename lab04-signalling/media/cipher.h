/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: encryption, as the relay needs it.
 *
 *	SRTP in  --> decrypt() --> RTP --> relay.c --> encrypt() --> SRTP out
 *
 * The relay forwards and knows no key.  A wire that has keys lends it these
 * functions.
 */
#ifndef LAB04_CIPHER_H
#define LAB04_CIPHER_H

#include <linux/types.h>

#include "lab01-xdp-parse/verdict.h"

/* Bytes that encryption adds at most, and bytes that a packet has at most. */
#define CIPHER_OVERHEAD 16
#define CIPHER_PACKET	2048

/* Transports are control.h's.  The first two return a length or -errno. */
struct media_cipher {
	/*
	 * Decrypts in place, so that packet is RTP.  now: when it came, ns of
	 * the monotonic clock.  0: it has nothing to forward.
	 */
	int (*decrypt)(__u32 transport, void *packet, __u32 length, __u64 now);

	/*
	 * Appends the encrypted payload to the receiver's header, which is at
	 * out already.  out has CIPHER_PACKET bytes.  Returns the length of
	 * all.
	 */
	int (*encrypt)(__u32 transport, const void *payload, __u32 length,
		       void *out, __u32 header_length);

	/*
	 * Called for RTP in clear with an unknown SSRC that has come by a
	 * transport.  Returns CLASS_RTP if there is a stream for it now, else
	 * another verdict.  NULL: the wire learns no SSRCs from packets.
	 */
	enum verdict (*unknown)(__u32 transport, const void *packet, __u64 now);

	/*
	 * Called when the relay has forwarded a packet, which is given in
	 * clear; now: when it came.  NULL: the wire does not need it.
	 */
	void (*forwarded)(__u32 stream, const void *packet, __u32 length,
			  __u64 now);
};

#endif
