/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: who has the keys of encrypted transports.
 *
 *	SRTP in  --> decrypt() --> RTP --> relay.c --> encrypt() --> SRTP out
 *
 * The relay forwards, and knows no key: a wire that has some lends it these.
 */
#ifndef LAB04_CIPHER_H
#define LAB04_CIPHER_H

#include <linux/types.h>

#include "lab01-xdp-parse/verdict.h"

/* Bytes that a packet grows by, at most, and those that one may have then. */
#define CIPHER_OVERHEAD 16
#define CIPHER_PACKET	2048

/* Transports are control.h's.  Both return a length, or negative errno. */
struct media_cipher {
	/*
	 * In place: what is at packet is RTP then.  now: when it came, ns of
	 * the monotonic clock.  0: there is nothing to forward in it.
	 */
	int (*decrypt)(__u32 transport, void *packet, __u32 length, __u64 now);

	/*
	 * The receiver's own header is at out already, where there are
	 * CIPHER_PACKET bytes; the length is of all that is there then.
	 */
	int (*encrypt)(__u32 transport, const void *payload, __u32 length,
		       void *out, __u32 header_length);

	/*
	 * RTP in clear, of an SSRC of which nothing is known, has come by a
	 * transport.  Returns CLASS_RTP if there is a stream for it now, or
	 * what it is else.  NULL: nobody would know.
	 */
	enum verdict (*unknown)(__u32 transport, const void *packet, __u64 now);

	/*
	 * A packet of a stream has been forwarded, here and in clear, and now
	 * is when it came.  NULL: nobody wants to know.
	 */
	void (*forwarded)(__u32 stream, const void *packet, __u32 length,
			  __u64 now);
};

#endif
