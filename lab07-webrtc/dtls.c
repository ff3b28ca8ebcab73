// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One end of a handshake.  OpenSSL does it; here is what it must not decide.
 *
 *	datagram --> is it worth a look? --> OpenSSL --> done? --> keys
 *	                    |                   |
 *	                dropped          failed: why?
 *
 * While hands are shaken anybody who can send from the peer's address can make
 * us keep things: fragments that come too early, and records whose keys are
 * not there yet.  OpenSSL limits each of them, in a megabyte or two.  So we
 * count what we take, and a handshake that does not come to its end in time
 * fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "common/clock.h"
#include "lab07-webrtc/dtls_internal.h"
#include "lab07-webrtc/dtls_records.h"

#define RESEND_MS      100
#define LONGEST_RESEND 3200
#define GIVE_UP_MS     30000

/* A handshake takes 2 to 20; each of its flights may be sent a dozen times. */
#define MAX_DATAGRAMS 256
#define MAX_CIPHERS   16

#define EXPORTER "EXTRACTOR-dtls_srtp"

/* ---- opened ------------------------------------------------------------ */

/* OpenSSL asks for how long it shall wait, having waited for `us` (or 0). */
static unsigned int next_timeout(SSL *ssl, unsigned int us)
{
	const struct dtls *d = SSL_get_app_data(ssl);
	unsigned int ms = us ? us / 1000 * 2 : d->options.resend_ms;

	return (ms < LONGEST_RESEND ? ms : LONGEST_RESEND) * 1000;
}

static int open_ssl(struct dtls_context *context, struct dtls *d)
{
	d->ssl = SSL_new(context->ssl);
	if (!d->ssl)
		return -ENOMEM;
	SSL_set_app_data(d->ssl, d);
	SSL_set_mtu(d->ssl, d->options.mtu);
	DTLS_set_timer_cb(d->ssl, next_timeout);
	if (d->options.role == DTLS_SERVER)
		SSL_set_accept_state(d->ssl);
	else
		SSL_set_connect_state(d->ssl);
	return dtls_bio_attach(context, d);
}

/* Hash functions that nobody knows here may stand beside one that we know. */
static int read_fingerprints(struct dtls *d)
{
	const char *const *texts = d->options.fingerprints;

	for (int i = 0; i < DTLS_FINGERPRINTS && texts[i]; i++)
		if (!fingerprint_parse(texts[i], &d->peer[d->fingerprints]))
			d->fingerprints++;
	memset(d->options.fingerprints, 0, sizeof(d->options.fingerprints));
	return d->fingerprints ? 0 : -EINVAL;
}

int dtls_open(struct dtls_context *context, const struct dtls_options *options,
	      struct dtls **out)
{
	struct dtls *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->context = context;
	d->options = *options;
	d->options.resend_ms = options->resend_ms ?: RESEND_MS;
	d->options.give_up_ms = options->give_up_ms ?: GIVE_UP_MS;
	d->options.mtu = options->mtu ?: DTLS_MTU;
	err = read_fingerprints(d) ?: open_ssl(context, d);
	if (err)
		dtls_close(d);
	else
		*out = d;
	return err;
}

void dtls_resume(struct dtls *d, const struct dtls_keys *keys)
{
	d->keys = *keys;
	d->resumed = true;
	d->state = DTLS_CONNECTED;
}

/* ---- states ------------------------------------------------------------ */

/* Those of an earlier process hold until there are others. */
static void forget_keys(struct dtls *d)
{
	if (!d->resumed)
		OPENSSL_cleanse(&d->keys, sizeof(d->keys));
}

__attribute__((format(printf, 2, 3))) static void fail(struct dtls *d,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->reason, sizeof(d->reason), format, args);
	va_end(args);
	d->state = DTLS_FAILED;
	forget_keys(d);
}

/* An alert says whose fault it is; its number is OpenSSL's with an offset. */
static void fail_by_openssl(struct dtls *d)
{
	unsigned long error = ERR_peek_last_error();
	const char *text = ERR_reason_error_string(error);

	if (SSL_get_verify_result(d->ssl) == X509_V_ERR_CERT_REJECTED)
		fail(d, "the peer's certificate is not the one of its SDP");
	else if (ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET)
		fail(d, "the peer says: %s", text ?: "it failed");
	else
		fail(d, "%s", text ?: "OpenSSL does not say why");
}

/* What a call of OpenSSL returned that did not go on. */
static void note_stop(struct dtls *d, int ret)
{
	switch (SSL_get_error(d->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	case SSL_ERROR_ZERO_RETURN:
		d->state = DTLS_CLOSED;
		forget_keys(d);
		return;
	default:
		fail_by_openssl(d);
	}
}

/* ---- keys -------------------------------------------------------------- */

/* RFC 5764, section 4.2: client's key, server's key, and the same with salts. */
static void part(struct dtls *d, enum srtp_profile profile,
		 const uint8_t *material, size_t salt_size)
{
	struct srtp_master *client = d->options.role == DTLS_CLIENT ?
					     &d->keys.send :
					     &d->keys.receive;
	struct srtp_master *server = d->options.role == DTLS_CLIENT ?
					     &d->keys.receive :
					     &d->keys.send;
	const uint8_t *salts = material + 2 * SRTP_KEY_SIZE;

	client->profile = server->profile = profile;
	memcpy(client->key, material, SRTP_KEY_SIZE);
	memcpy(server->key, material + SRTP_KEY_SIZE, SRTP_KEY_SIZE);
	memcpy(client->salt, salts, salt_size);
	memcpy(server->salt, salts + salt_size, salt_size);
}

static void take_keys(struct dtls *d)
{
	SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(d->ssl);
	uint8_t material[2 * (SRTP_KEY_SIZE + SRTP_SALT_SIZE)];
	size_t salt_size;

	if (!chosen) {
		fail(d, "the peer has no profile for SRTP that we have");
		return;
	}
	salt_size = srtp_salt_size(chosen->id);
	if (SSL_export_keying_material(d->ssl, material,
				       2 * (SRTP_KEY_SIZE + salt_size),
				       EXPORTER, strlen(EXPORTER), NULL, 0,
				       0) != 1) {
		fail(d, "OpenSSL exports no keys");
		return;
	}
	part(d, chosen->id, material, salt_size);
	OPENSSL_cleanse(material, sizeof(material));
	d->resumed = false;
	d->handshakes++;
	d->state = DTLS_CONNECTED;
}

/* ---- going on ---------------------------------------------------------- */

static void shake_hands(struct dtls *d)
{
	int ret = SSL_do_handshake(d->ssl);

	if (ret == 1)
		take_keys(d);
	else
		note_stop(d, ret);
}

/* Application data means nothing here; what else comes, OpenSSL reads too. */
static void read_rest(struct dtls *d)
{
	char ignored[2048];
	int ret;

	do
		ret = SSL_read(d->ssl, ignored, sizeof(ignored));
	while (ret > 0);
	note_stop(d, ret);
}

static enum dtls_state go_on(struct dtls *d)
{
	ERR_clear_error();
	if (!d->give_up_at)
		d->give_up_at = clock_now_ms() + d->options.give_up_ms;
	if (d->state == DTLS_SHAKING_HANDS)
		shake_hands(d);
	if (d->state == DTLS_CONNECTED)
		read_rest(d);
	return d->state;
}

enum dtls_state dtls_start(struct dtls *d)
{
	if (d->options.role == DTLS_SERVER || d->give_up_at || d->resumed)
		return d->state;
	return go_on(d);
}

/* Counts it, too: see the top of this file. */
static bool is_worth_it(struct dtls *d, const void *datagram, size_t len)
{
	struct dtls_records records = dtls_records_count(datagram, len);

	if (!records.well_formed || !records.speak)
		return false;
	if (d->state != DTLS_SHAKING_HANDS)
		return d->state == DTLS_CONNECTED;
	d->ciphers += records.ciphers;
	return d->datagrams++ < MAX_DATAGRAMS &&
	       (!records.ciphers || d->ciphers <= MAX_CIPHERS);
}

/* Anybody may have sent it, so that it must do no harm: see fall_back(). */
static bool begins_again(struct dtls *d, const void *datagram, size_t len)
{
	if (d->options.role != DTLS_SERVER ||
	    !dtls_records_is_hello(datagram, len))
		return false;
	d->state = DTLS_SHAKING_HANDS;
	d->datagrams = d->ciphers = 0;
	d->give_up_at = 0;
	return true;
}

/* The end of a new handshake that was none: with the old keys, as before. */
static void fall_back(struct dtls *d)
{
	if (!d->resumed || d->state < DTLS_CLOSED)
		return;
	SSL_free(d->ssl);
	d->give_up_at = 0;
	d->state = open_ssl(d->context, d) ? DTLS_FAILED : DTLS_CONNECTED;
}

enum dtls_state dtls_receive(struct dtls *d, const void *datagram, size_t len)
{
	if (d->resumed && d->state == DTLS_CONNECTED &&
	    !begins_again(d, datagram, len))
		return d->state;
	if (!is_worth_it(d, datagram, len))
		return d->state;
	d->in = datagram;
	d->in_len = len;
	go_on(d);
	d->in = NULL;
	fall_back(d);
	return d->state;
}

/* ---- time -------------------------------------------------------------- */

enum dtls_state dtls_tick(struct dtls *d)
{
	if (d->state != DTLS_SHAKING_HANDS || !d->give_up_at)
		return d->state;
	ERR_clear_error();
	if (clock_now_ms() >= d->give_up_at)
		fail(d, "the handshake was not done in %u ms",
		     d->options.give_up_ms);
	else if (DTLSv1_handle_timeout(d->ssl) < 0)
		fail_by_openssl(d);
	fall_back(d);
	return d->state;
}

/* Rounded up: whoever waits for so long does not come too early. */
static int64_t resend_in_ms(const struct dtls *d)
{
	struct timeval left;

	if (!DTLSv1_get_timeout(d->ssl, &left))
		return INT64_MAX;
	return left.tv_sec * 1000LL + (left.tv_usec + 999) / 1000;
}

int dtls_timeout_ms(const struct dtls *d)
{
	int64_t give_up, resend;

	if (d->state != DTLS_SHAKING_HANDS || !d->give_up_at)
		return -1;
	give_up = d->give_up_at - clock_now_ms();
	resend = resend_in_ms(d);
	if (give_up <= 0)
		return 0;
	return resend < give_up ? resend : give_up;
}

/* ---- asked, closed ----------------------------------------------------- */

enum dtls_state dtls_state(const struct dtls *d)
{
	return d->state;
}

const struct dtls_keys *dtls_keys(const struct dtls *d)
{
	return d->state == DTLS_CONNECTED ? &d->keys : NULL;
}

unsigned int dtls_handshakes(const struct dtls *d)
{
	return d->handshakes;
}

const char *dtls_reason(const struct dtls *d)
{
	return d->reason;
}

void dtls_close(struct dtls *d)
{
	if (!d)
		return;
	ERR_clear_error();
	if (d->state == DTLS_CONNECTED && !d->resumed) {
		d->answers = 0;
		SSL_shutdown(d->ssl);
	}
	SSL_free(d->ssl);
	OPENSSL_cleanse(d, sizeof(*d));
	free(d);
}
