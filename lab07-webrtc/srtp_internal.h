/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: what the files of SRTP share: session keys, and a packet that is
 * encrypted with them.  srtp.h has the whole.
 */
#ifndef LAB07_SRTP_INTERNAL_H
#define LAB07_SRTP_INTERNAL_H

#include <openssl/evp.h>

#include "lab07-webrtc/srtp.h"

/* RFC 3711, section 4.3.1: what a derived key is for. */
enum srtp_label {
	SRTP_LABEL_RTP_KEY,
	SRTP_LABEL_RTP_AUTH,
	SRTP_LABEL_RTP_SALT,
	SRTP_LABEL_RTCP_KEY,
	SRTP_LABEL_RTCP_AUTH,
	SRTP_LABEL_RTCP_SALT,
};

#define SRTP_IV_SIZE   16
#define SRTP_AUTH_SIZE 20

/* Derives len bytes of a session key.  0, or -ENOMEM. */
int srtp_derive(const struct srtp_master *master, enum srtp_label label,
		uint8_t *out, size_t len);

/* A packet, in the terms of both profiles. */
struct srtp_text {
	uint32_t ssrc;
	uint64_t index;
	const uint8_t *header; /* stays in clear; CM: right before the cipher */
	size_t header_len;
	const uint8_t *in;
	uint8_t *out; /* may be `in` */
	size_t len;
	const uint8_t *trailer; /* SRTCP: 4 bytes that stay in clear, or NULL */
	uint8_t *tag;
};

struct srtp_suite;

/* The keys of RTP, or those of RTCP. */
struct srtp_keys {
	const struct srtp_suite *suite;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac; /* CM only */
	uint8_t salt[SRTP_IV_SIZE];
};

/* Derives the keys of the three labels from first on.  0, -EINVAL, -ENOMEM. */
int srtp_keys_open(struct srtp_keys *k, const struct srtp_master *master,
		   enum srtp_label first);
void srtp_keys_close(struct srtp_keys *k);

size_t srtp_keys_tag_size(const struct srtp_keys *k);
int srtp_keys_tag_is_last(const struct srtp_keys *k); /* behind the trailer */

/* Encrypts and writes the tag; decrypts if the tag is right.  0 or -EBADMSG. */
int srtp_seal(const struct srtp_keys *k, const struct srtp_text *text);
int srtp_unseal(const struct srtp_keys *k, const struct srtp_text *text);

/* For tests only: lets an SSRC go on after these indices. */
int srtp_skip_to(struct srtp *srtp, uint32_t ssrc, uint64_t rtp, uint32_t rtcp);

#endif
