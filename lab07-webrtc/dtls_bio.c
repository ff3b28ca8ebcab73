// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * OpenSSL reads from and writes to a BIO.  Those in memory forget where one
 * datagram ends and the next one begins.  This one does not:
 *
 *	dtls_receive() --> d->in --> read: all of it, once
 *	owner's send()  <---------- write: one datagram
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/dtls_internal.h"

#define MTU_OVERHEAD 28 /* IPv4 and UDP; the MTU that it is given is without */

/*
 * A peer that is connected has little to ask for: our last flight, if that is
 * lost.  For whatever it asks beyond this it gets no answer.
 */
#define MAX_ANSWERS 64

static int bio_write(BIO *bio, const char *bytes, int len)
{
	struct dtls *d = BIO_get_data(bio);

	if (d->state != DTLS_CONNECTED || d->answers++ < MAX_ANSWERS)
		d->options.send(d->options.owner, bytes, len);
	return len;
}

static int bio_read(BIO *bio, char *bytes, int room)
{
	struct dtls *d = BIO_get_data(bio);
	int len = d->in_len < (size_t)room ? (int)d->in_len : room;

	BIO_clear_retry_flags(bio);
	if (!d->in) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(bytes, d->in, len);
	d->in = NULL;
	return len;
}

static long bio_control(BIO *bio, int what, long number, void *pointer)
{
	struct dtls *d = BIO_get_data(bio);

	(void)number, (void)pointer;
	switch (what) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return d->options.mtu;
	case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
		return MTU_OVERHEAD;
	default:
		return 0;
	}
}

BIO_METHOD *dtls_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() |
						  BIO_TYPE_SOURCE_SINK,
					  "datagrams");

	if (method && BIO_meth_set_write(method, bio_write) &&
	    BIO_meth_set_read(method, bio_read) &&
	    BIO_meth_set_ctrl(method, bio_control))
		return method;
	BIO_meth_free(method);
	return NULL;
}

int dtls_bio_attach(const struct dtls_context *context, struct dtls *d)
{
	BIO *bio = BIO_new(context->bio);

	if (!bio)
		return -ENOMEM;
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	return 0;
}
