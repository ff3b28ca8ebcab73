// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What all handshakes of this server have in common, said to OpenSSL once:
 *
 *	DTLS 1.2; a certificate of the peer is a must, and its fingerprint counts,
 *	not who has signed it; no second handshake on a connection, no resuming;
 *	GCM for the media, or else what every client has.
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "common/log.h"
#include "lab07-webrtc/dtls_internal.h"

/* Ours first: a server takes the first one that the client has, too. */
#define PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
#define CIPHERS	 "ECDHE+AESGCM" /* dtls_records.c knows its shortest record */
#define GROUPS	 "X25519:P-256:P-384"

/* Bytes of a message of a handshake that OpenSSL puts together, at most. */
#define LONGEST_MESSAGE 16384

/* In place of OpenSSL's way of looking at certificates. */
static int check_peer(X509_STORE_CTX *store, void *unused)
{
	int index = SSL_get_ex_data_X509_STORE_CTX_idx();
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, index);
	const struct dtls *d = SSL_get_app_data(ssl);

	(void)unused;
	if (fingerprint_matches(d->peer, d->fingerprints,
				X509_STORE_CTX_get0_cert(store)))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static int set_up(SSL_CTX *ssl, const struct dtls_certificate *c)
{
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_QUERY_MTU |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ssl, LONGEST_MESSAGE);
	SSL_CTX_set_verify(ssl,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	SSL_CTX_set_cert_verify_callback(ssl, check_peer, NULL);
	return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) &&
	       SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(ssl, CIPHERS) &&
	       SSL_CTX_set1_groups_list(ssl, GROUPS) &&
	       SSL_CTX_use_certificate(ssl, c->x509) &&
	       SSL_CTX_use_PrivateKey(ssl, c->key) &&
	       !SSL_CTX_set_tlsext_use_srtp(ssl, PROFILES); /* 0 is success */
}

static int open_ssl(struct dtls_context *context)
{
	context->bio = dtls_bio_method();
	context->ssl = SSL_CTX_new(DTLS_method());
	if (context->bio && context->ssl &&
	    set_up(context->ssl, &context->certificate))
		return 0;
	log_error(
		"cannot set up DTLS: %s; is OpenSSL's configuration (`openssl "
		"version -d`) too strict?",
		ERR_reason_error_string(ERR_peek_last_error()));
	return -EIO;
}

/* Takes over the certificate, or frees it. */
static int finish(const struct dtls_certificate *certificate,
		  struct dtls_context **out)
{
	struct dtls_context *context = calloc(1, sizeof(*context));
	struct dtls_certificate unused = *certificate;
	int err;

	if (!context) {
		dtls_certificate_close(&unused);
		return -ENOMEM;
	}
	context->certificate = *certificate;
	err = fingerprint_write(certificate->x509, context->fingerprint);
	err = err ?: open_ssl(context);
	if (err)
		dtls_context_close(context);
	else
		*out = context;
	return err;
}

int dtls_context_open(const char *file, struct dtls_context **out)
{
	struct dtls_certificate certificate;
	int err = dtls_certificate_open(file, &certificate);

	return err ?: finish(&certificate, out);
}

int dtls_context_write(const struct dtls_context *context, void *bytes,
		       size_t room)
{
	return dtls_certificate_write(&context->certificate, bytes, room);
}

int dtls_context_read(const void *bytes, size_t length,
		      struct dtls_context **out)
{
	struct dtls_certificate certificate;
	int err = dtls_certificate_read(bytes, length, &certificate);

	return err ?: finish(&certificate, out);
}

void dtls_context_close(struct dtls_context *context)
{
	if (!context)
		return;
	SSL_CTX_free(context->ssl);
	BIO_meth_free(context->bio);
	dtls_certificate_close(&context->certificate);
	free(context);
}

const char *dtls_context_fingerprint(const struct dtls_context *context)
{
	return context->fingerprint;
}
