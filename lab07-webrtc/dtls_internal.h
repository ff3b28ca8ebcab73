/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab07: what the files of DTLS share; see dtls.h for the whole. */
#ifndef LAB07_DTLS_INTERNAL_H
#define LAB07_DTLS_INTERNAL_H

#include <openssl/ssl.h>

#include "lab07-webrtc/dtls.h"
#include "lab07-webrtc/dtls_certificate.h"
#include "lab07-webrtc/dtls_fingerprint.h"

struct dtls_context {
	struct dtls_certificate certificate;
	char fingerprint[FINGERPRINT_TEXT];
	SSL_CTX *ssl;
	BIO_METHOD *bio;
};

struct dtls {
	struct dtls_context *context;
	SSL *ssl;
	struct dtls_options options; /* without the fingerprints */
	struct fingerprint peer[DTLS_FINGERPRINTS];
	size_t fingerprints;
	enum dtls_state state;
	char reason[128];
	struct dtls_keys keys;
	bool resumed; /* the keys are of another process, as is the connection */
	unsigned int handshakes; /* that have come to their end */
	int64_t give_up_at;	 /* clock_now_ms(); 0: it has not begun */

	const void *in; /* a datagram that OpenSSL has not read yet, or NULL */
	size_t in_len;

	unsigned int datagrams; /* taken while shaking hands */
	unsigned int ciphers;	/* of these: encrypted */
	unsigned int answers;	/* sent since the end was connected */
};

/* A pipe for datagrams between OpenSSL and a struct dtls. */
BIO_METHOD *dtls_bio_method(void);
int dtls_bio_attach(const struct dtls_context *context, struct dtls *dtls);

#endif
