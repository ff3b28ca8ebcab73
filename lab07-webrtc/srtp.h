/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: SRTP and SRTCP (RFC 3711, RFC 7714) encrypt media with a transport's
 * keys.
 *
 *	RTP	| header, CSRCs, extension |   payload   |
 *	SRTP	| the same, in clear       | its cipher  | tag |
 *
 *	RTCP	| header, SSRC |   all that follows      |
 *	SRTCP	| the same     |   its cipher            | tag | index |   GCM
 *	                                                 | index | tag |   CM
 *
 * A struct srtp is one direction of one transport: what is sent has other keys
 * than what is received.  For each SSRC it remembers how often the sequence
 * numbers have wrapped, and which packets were there already.
 *
 * No packet is encrypted twice, and none is accepted twice.  Whoever wants to
 * send something again gives it a new sequence number (RFC 4588), because two
 * different texts under one number would reveal both of them.
 *
 * Not thread-safe.
 */
#ifndef LAB07_SRTP_H
#define LAB07_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* IANA's numbers of the DTLS-SRTP protection profiles. */
enum srtp_profile {
	SRTP_CM_SHA1_80 = 0x0001, /* RFC 5764, section 4.1.2 */
	SRTP_GCM_128 = 0x0007,	  /* RFC 7714, section 14.2 */
};

#define SRTP_KEY_SIZE  16
#define SRTP_SALT_SIZE 14 /* GCM uses the first 12 */

/* What both ends have agreed on for one direction. */
struct srtp_master {
	enum srtp_profile profile;
	uint8_t key[SRTP_KEY_SIZE];
	uint8_t salt[SRTP_SALT_SIZE];
};

/* Bytes of the salt that a profile uses. */
size_t srtp_salt_size(enum srtp_profile profile);

/* Bytes that a packet grows by, at most. */
#define SRTP_OVERHEAD  16
#define SRTCP_OVERHEAD 20

struct srtp;

/*
 * How far an SSRC has come, so that another process can go on with the same
 * keys: the next index of each, which is one more than the highest that was
 * used; 0: none was.
 */
struct srtp_mark {
	uint64_t rtp;
	uint32_t rtcp;
	uint32_t ssrc;
};

/* Gives an SSRC its mark, which stays until srtp_close(); NULL: none. */
typedef struct srtp_mark *(*srtp_take_mark)(void *ctx, uint32_t ssrc);

/*
 * Returns 0 and what srtp_close() frees, or negative errno: -EINVAL for another
 * profile, -ENOMEM.  It remembers max_ssrcs SSRCs, and never forgets one.
 */
int srtp_open(const struct srtp_master *master, unsigned int max_ssrcs,
	      struct srtp **out);
void srtp_close(struct srtp *srtp);

/*
 * From now on each new SSRC gets a mark.  It is stored before a packet is given
 * back to the caller, so before it can be sent, in a single step.
 */
void srtp_keep(struct srtp *srtp, srtp_take_mark take, void *ctx);

/*
 * An SSRC goes on from a mark, and keeps it.  All that is before the mark counts
 * as used.  0; or -EINVAL (no such index), -EEXIST (it is here), -ENOSPC, -ENOMEM.
 */
int srtp_resume(struct srtp *srtp, struct srtp_mark *mark);

/* The next index of RTP that an SSRC may use; 0 if it was not here yet. */
uint64_t srtp_next(const struct srtp *srtp, uint32_t ssrc);

/* Has this direction had the packet of that number already? */
bool srtp_has(const struct srtp *srtp, uint32_t ssrc, uint16_t sequence);

/*
 * Each of these reads len bytes of a packet, writes the other form of it to
 * `out`, where there are `room` bytes, and returns its length.  `out` may be
 * the packet itself; otherwise they must not overlap.  Negative errno:
 *
 *	-EINVAL		the packet is not RTP, or not RTCP
 *	-EMSGSIZE	there is not enough room
 *	-EEXIST		this packet was there already
 *	-ESTALE		it is too old to know whether it was there
 *	-EBADMSG	it is not what the sender sent (decrypt only)
 *	-ENOSPC		its SSRC would be one too many
 *	-EKEYEXPIRED	these keys may not encrypt any more
 *	-ENOMEM
 *
 * After an error nothing is remembered of the packet, and the bytes of `out`
 * mean nothing.
 */
int srtp_encrypt_rtp(struct srtp *srtp, const void *packet, size_t len,
		     void *out, size_t room);
int srtp_decrypt_rtp(struct srtp *srtp, const void *packet, size_t len,
		     void *out, size_t room);
int srtp_encrypt_rtcp(struct srtp *srtp, const void *packet, size_t len,
		      void *out, size_t room);
int srtp_decrypt_rtcp(struct srtp *srtp, const void *packet, size_t len,
		      void *out, size_t room);

/*
 * Encrypts one payload for one of many receivers, without a copy of it: the
 * header_len bytes of the receiver's own header are at `out` already.
 */
int srtp_encrypt_payload(struct srtp *srtp, const void *payload, size_t len,
			 void *out, size_t header_len, size_t room);

#endif
