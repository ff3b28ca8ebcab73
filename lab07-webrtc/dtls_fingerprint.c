// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A certificate that nobody has signed proves nothing by itself.  Its hash came
 * with SDP, by a way that can be trusted; so whoever has the key of just this
 * certificate is the one who has sent that SDP.
 *
 *	SDP:  sha-256 75:19:11:...  ---+
 *	                               +--> the same?
 *	DTLS: certificate --> sha-256 -+
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lab07-webrtc/dtls_fingerprint.h"

struct fingerprint_hash {
	const char *name;
	const EVP_MD *(*md)(void);
	unsigned int size;
};

/* The stronger, the later. */
static const struct fingerprint_hash hashes[] = {
	{ "sha-1", EVP_sha1, 20 },     { "sha-224", EVP_sha224, 28 },
	{ "sha-256", EVP_sha256, 32 }, { "sha-384", EVP_sha384, 48 },
	{ "sha-512", EVP_sha512, 64 },
};

#define HASHES (sizeof(hashes) / sizeof(*hashes))
#define OURS   (&hashes[2])

static const struct fingerprint_hash *find_hash(const char *name, size_t len)
{
	for (size_t i = 0; i < HASHES; i++)
		if (strlen(hashes[i].name) == len &&
		    !strncasecmp(hashes[i].name, name, len))
			return &hashes[i];
	return NULL;
}

static int digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two digits, and what stands behind them. */
static int read_byte(const char *text, char behind, unsigned char *byte)
{
	int high = digit(text[0]);
	int low = high < 0 ? -1 : digit(text[1]);

	if (low < 0 || text[2] != behind)
		return -EINVAL;
	*byte = high << 4 | low;
	return 0;
}

int fingerprint_parse(const char *text, struct fingerprint *out)
{
	const char *space = strchr(text, ' ');
	unsigned int size;
	int err = 0;

	if (!space)
		return -EINVAL;
	out->hash = find_hash(text, space - text);
	if (!out->hash)
		return -ENOTSUP;
	size = out->hash->size;
	text = space + strspn(space, " ");
	for (unsigned int i = 0; !err && i < size; i++)
		err = read_byte(text + 3 * i, i + 1 < size ? ':' : '\0',
				&out->bytes[i]);
	return err;
}

static int digest(const X509 *certificate, const struct fingerprint_hash *hash,
		  unsigned char bytes[EVP_MAX_MD_SIZE])
{
	unsigned int size;

	return X509_digest(certificate, hash->md(), bytes, &size) ? 0 : -ENOMEM;
}

int fingerprint_write(const X509 *certificate, char text[FINGERPRINT_TEXT])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	int err = digest(certificate, OURS, bytes);

	if (err)
		return err;
	text += sprintf(text, "%s", OURS->name);
	for (unsigned int i = 0; i < OURS->size; i++)
		text += sprintf(text, "%c%02X", i ? ':' : ' ', bytes[i]);
	return 0;
}

static const struct fingerprint_hash *strongest(const struct fingerprint *list,
						size_t count)
{
	const struct fingerprint_hash *hash = NULL;

	for (size_t i = 0; i < count; i++)
		if (!hash || list[i].hash > hash)
			hash = list[i].hash;
	return hash;
}

bool fingerprint_matches(const struct fingerprint *list, size_t count,
			 const X509 *certificate)
{
	const struct fingerprint_hash *hash = strongest(list, count);
	unsigned char bytes[EVP_MAX_MD_SIZE];

	if (!hash || digest(certificate, hash, bytes))
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].hash == hash &&
		    !memcmp(list[i].bytes, bytes, hash->size))
			return true;
	return false;
}
