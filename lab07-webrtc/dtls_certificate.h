/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab07: a certificate that we have signed ourselves, and its private key. */
#ifndef LAB07_DTLS_CERTIFICATE_H
#define LAB07_DTLS_CERTIFICATE_H

#include <openssl/x509.h>

struct dtls_certificate {
	EVP_PKEY *key;
	X509 *x509;
};

/*
 * Reads a certificate from a file, or makes it there; with NULL it is in no
 * file.  Returns 0 and what dtls_certificate_close() frees, or negative errno,
 * logged.
 */
int dtls_certificate_open(const char *file, struct dtls_certificate *out);

/*
 * Both as bytes (DER), the private key first: the length, or -EMSGSIZE.  And back:
 * 0, or -EINVAL.
 */
int dtls_certificate_write(const struct dtls_certificate *certificate,
			   void *bytes, size_t room);
int dtls_certificate_read(const void *bytes, size_t length,
			  struct dtls_certificate *out);

void dtls_certificate_close(struct dtls_certificate *certificate);

#endif
