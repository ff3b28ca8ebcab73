// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From a master key to the keys of a session (RFC 3711, section 4.3), and the
 * two ways of using them.
 *
 *	master key, salt --+-- label 0, 3 --> key of the cipher
 *	                   +-- label 1, 4 --> key of the tag (CM only)
 *	                   +-- label 2, 5 --> salt
 *
 *	IV of CM     | salt 0..3 | ^ SSRC | ^ index (6 bytes) | block counter |
 *	IV of GCM    | 0..1 | ^ SSRC | ^ index (6 bytes) |
 *
 * The contexts of OpenSSL are made once for each key: with each packet they
 * only get another IV.
 */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "lab07-webrtc/srtp_internal.h"

#define GCM_SALT_SIZE 12

struct srtp_suite {
	size_t tag_size;
	size_t ssrc_at; /* in the IV; the index follows it */
	const EVP_CIPHER *(*cipher)(void);
	int (*seal)(const struct srtp_keys *k, const struct srtp_text *text,
		    const uint8_t *iv);
	int (*unseal)(const struct srtp_keys *k, const struct srtp_text *text,
		      const uint8_t *iv);
};

/* ---- derivation -------------------------------------------------------- */

/*
 * The label is XORed into the salt, whose last two bytes the IV counts blocks
 * in.  A salt of 12 bytes is filled up with zeros (RFC 7714, section 11).
 */
static void derivation_iv(const struct srtp_master *master,
			  enum srtp_label label, uint8_t iv[SRTP_IV_SIZE])
{
	memset(iv, 0, SRTP_IV_SIZE);
	memcpy(iv, master->salt, srtp_salt_size(master->profile));
	iv[7] ^= label;
}

size_t srtp_salt_size(enum srtp_profile profile)
{
	return profile == SRTP_GCM_128 ? GCM_SALT_SIZE : SRTP_SALT_SIZE;
}

int srtp_derive(const struct srtp_master *master, enum srtp_label label,
		uint8_t *out, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[SRTP_IV_SIZE];
	int done, ok;

	derivation_iv(master, label, iv);
	memset(out, 0, len);
	ok = ctx &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, master->key,
				iv) &&
	     EVP_EncryptUpdate(ctx, out, &done, out, len);
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

/* ---- AES-GCM (RFC 7714) ------------------------------------------------ */

/* All that the tag covers besides the cipher. */
static int gcm_start(const struct srtp_keys *k, const struct srtp_text *text,
		     const uint8_t *iv, int encrypt)
{
	int done;

	return EVP_CipherInit_ex(k->cipher, NULL, NULL, NULL, iv, encrypt) &&
	       EVP_CipherUpdate(k->cipher, NULL, &done, text->header,
				text->header_len) &&
	       (!text->trailer ||
		EVP_CipherUpdate(k->cipher, NULL, &done, text->trailer, 4));
}

static int gcm_seal(const struct srtp_keys *k, const struct srtp_text *text,
		    const uint8_t *iv)
{
	int done;

	return gcm_start(k, text, iv, 1) &&
	       EVP_CipherUpdate(k->cipher, text->out, &done, text->in,
				text->len) &&
	       EVP_CipherFinal_ex(k->cipher, text->out + text->len, &done) &&
	       EVP_CIPHER_CTX_ctrl(k->cipher, EVP_CTRL_AEAD_GET_TAG,
				   k->suite->tag_size, text->tag);
}

/* The comparison of tags in here takes the same time for each of them. */
static int gcm_unseal(const struct srtp_keys *k, const struct srtp_text *text,
		      const uint8_t *iv)
{
	int done;

	return gcm_start(k, text, iv, 0) &&
	       EVP_CipherUpdate(k->cipher, text->out, &done, text->in,
				text->len) &&
	       EVP_CIPHER_CTX_ctrl(k->cipher, EVP_CTRL_AEAD_SET_TAG,
				   k->suite->tag_size, text->tag) &&
	       EVP_CipherFinal_ex(k->cipher, text->out + text->len, &done);
}

/* ---- AES-CM with HMAC-SHA1 (RFC 3711, sections 4.1.1 and 4.2.1) -------- */

/* The tag of RTP covers the number of wraps, which is not sent. */
static int hmac(const struct srtp_keys *k, const struct srtp_text *text,
		const uint8_t *cipher, uint8_t tag[SRTP_AUTH_SIZE])
{
	uint32_t wraps = text->index >> 16;
	const uint8_t sent_by_nobody[] = { wraps >> 24, wraps >> 16, wraps >> 8,
					   wraps };
	size_t len;

	return EVP_MAC_init(k->mac, NULL, 0, NULL) &&
	       EVP_MAC_update(k->mac, cipher - text->header_len,
			      text->header_len + text->len) &&
	       EVP_MAC_update(k->mac, text->trailer ?: sent_by_nobody, 4) &&
	       EVP_MAC_final(k->mac, tag, &len, SRTP_AUTH_SIZE);
}

static int cm_apply(const struct srtp_keys *k, const struct srtp_text *text,
		    const uint8_t *iv)
{
	int done;

	return EVP_CipherInit_ex(k->cipher, NULL, NULL, NULL, iv, 1) &&
	       EVP_CipherUpdate(k->cipher, text->out, &done, text->in,
				text->len);
}

static int cm_seal(const struct srtp_keys *k, const struct srtp_text *text,
		   const uint8_t *iv)
{
	uint8_t tag[SRTP_AUTH_SIZE];

	if (!cm_apply(k, text, iv) || !hmac(k, text, text->out, tag))
		return 0;
	memcpy(text->tag, tag, k->suite->tag_size);
	return 1;
}

static int cm_unseal(const struct srtp_keys *k, const struct srtp_text *text,
		     const uint8_t *iv)
{
	uint8_t tag[SRTP_AUTH_SIZE];

	return hmac(k, text, text->in, tag) &&
	       !CRYPTO_memcmp(tag, text->tag, k->suite->tag_size) &&
	       cm_apply(k, text, iv);
}

/* ---- the keys of a session --------------------------------------------- */

static const struct srtp_suite gcm = {
	.tag_size = 16,
	.ssrc_at = 2,
	.cipher = EVP_aes_128_gcm,
	.seal = gcm_seal,
	.unseal = gcm_unseal,
};

static const struct srtp_suite cm = {
	.tag_size = 10,
	.ssrc_at = 4,
	.cipher = EVP_aes_128_ctr,
	.seal = cm_seal,
	.unseal = cm_unseal,
};

static const struct srtp_suite *suite_of(enum srtp_profile profile)
{
	return profile == SRTP_GCM_128	  ? &gcm :
	       profile == SRTP_CM_SHA1_80 ? &cm :
					    NULL;
}

static EVP_MAC_CTX *new_hmac(const uint8_t key[SRTP_AUTH_SIZE])
{
	OSSL_PARAM sha1[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA1", 4),
		OSSL_PARAM_END,
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac); /* the context has it as well */
	if (ctx && EVP_MAC_init(ctx, key, SRTP_AUTH_SIZE, sha1))
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static int open_cipher(struct srtp_keys *k, const struct srtp_master *master,
		       enum srtp_label label)
{
	uint8_t key[SRTP_KEY_SIZE];
	int err = srtp_derive(master, label, key, sizeof(key));

	k->cipher = EVP_CIPHER_CTX_new();
	if (!err &&
	    (!k->cipher || !EVP_EncryptInit_ex(k->cipher, k->suite->cipher(),
					       NULL, key, NULL)))
		err = -ENOMEM;
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

static int open_mac(struct srtp_keys *k, const struct srtp_master *master,
		    enum srtp_label label)
{
	uint8_t key[SRTP_AUTH_SIZE];
	int err = srtp_derive(master, label, key, sizeof(key));

	if (!err)
		k->mac = new_hmac(key);
	OPENSSL_cleanse(key, sizeof(key));
	return k->mac ? 0 : -ENOMEM;
}

int srtp_keys_open(struct srtp_keys *k, const struct srtp_master *master,
		   enum srtp_label first)
{
	int err;

	*k = (struct srtp_keys){ .suite = suite_of(master->profile) };
	if (!k->suite)
		return -EINVAL;
	err = open_cipher(k, master, first);
	if (!err && k->suite == &cm)
		err = open_mac(k, master, first + 1);
	return err   ?:
		       srtp_derive(master, first + 2, k->salt,
				   srtp_salt_size(master->profile));
}

void srtp_keys_close(struct srtp_keys *k)
{
	EVP_CIPHER_CTX_free(k->cipher);
	EVP_MAC_CTX_free(k->mac);
	OPENSSL_cleanse(k, sizeof(*k));
}

size_t srtp_keys_tag_size(const struct srtp_keys *k)
{
	return k->suite->tag_size;
}

int srtp_keys_tag_is_last(const struct srtp_keys *k)
{
	return k->suite == &cm;
}

/* ---- a packet ---------------------------------------------------------- */

static void make_iv(const struct srtp_keys *k, const struct srtp_text *text,
		    uint8_t iv[SRTP_IV_SIZE])
{
	uint8_t *ssrc = iv + k->suite->ssrc_at, *index = ssrc + 4;

	memcpy(iv, k->salt, SRTP_IV_SIZE);
	for (int i = 0; i < 4; i++)
		ssrc[i] ^= text->ssrc >> (24 - 8 * i);
	for (int i = 0; i < 6; i++)
		index[i] ^= text->index >> (40 - 8 * i);
}

int srtp_seal(const struct srtp_keys *k, const struct srtp_text *text)
{
	uint8_t iv[SRTP_IV_SIZE];

	make_iv(k, text, iv);
	return k->suite->seal(k, text, iv) ? 0 : -EBADMSG;
}

int srtp_unseal(const struct srtp_keys *k, const struct srtp_text *text)
{
	uint8_t iv[SRTP_IV_SIZE];

	make_iv(k, text, iv);
	return k->suite->unseal(k, text, iv) ? 0 : -EBADMSG;
}
