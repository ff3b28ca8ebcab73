/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: the fingerprint of a certificate, as SDP has it (RFC 8122, section 5).
 *
 *	a=fingerprint:sha-256 75:19:11:4A:FA:BF:1E:60: ... :BA:E8
 */
#ifndef LAB07_DTLS_FINGERPRINT_H
#define LAB07_DTLS_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/x509.h>

#define FINGERPRINT_TEXT (sizeof("sha-512 ") + 3 * EVP_MAX_MD_SIZE)

struct fingerprint {
	const struct fingerprint_hash *hash;
	unsigned char bytes[EVP_MAX_MD_SIZE];
};

/* 0, -EINVAL if it is none, or -ENOTSUP for another hash function. */
int fingerprint_parse(const char *text, struct fingerprint *out);

/* Writes the one that we say of ourselves.  0, or -ENOMEM. */
int fingerprint_write(const X509 *certificate, char text[FINGERPRINT_TEXT]);

/*
 * Is it the certificate of one of them?  Of several hash functions only the
 * strongest counts.
 */
bool fingerprint_matches(const struct fingerprint *list, size_t count,
			 const X509 *certificate);

#endif
