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

/* 0, -EINVAL if text is no fingerprint, or -ENOTSUP for an unknown hash. */
int fingerprint_parse(const char *text, struct fingerprint *out);

/* Writes the fingerprint of our certificate for our SDP.  0, or -ENOMEM. */
int fingerprint_write(const X509 *certificate, char text[FINGERPRINT_TEXT]);

/*
 * Does the certificate have one of these fingerprints?  If they are of several
 * hash functions, only those of the strongest count.
 */
bool fingerprint_matches(const struct fingerprint *list, size_t count,
			 const X509 *certificate);

#endif
