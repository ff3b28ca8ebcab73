// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Hashes the block that each half of an HMAC begins with, once and for all of a
 * peer's checks:
 *
 *	password ^ 36 36 36 ...  --SHA-1-->  inner
 *	password ^ 5c 5c 5c ...  --SHA-1-->  outer
 */
#include <errno.h>
#include <string.h>

#include "lab06-xdp-fanout/consent.h"
#include "lab06-xdp-fanout/sha1.h"

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

static void start_hash(__u32 state[SHA1_WORDS], const char *key, __u8 pad)
{
	struct sha1 s = SHA1_START;
	struct sha1_block block;
	__u8 *bytes = (__u8 *)&block;
	size_t length = strlen(key);

	for (size_t i = 0; i < sizeof(block); i++)
		bytes[i] = pad ^ (i < length ? key[i] : 0);
	sha1_take(&s, &block);
	memcpy(state, s.h, sizeof(s.h));
	explicit_bzero(&block, sizeof(block));
}

int consent_set_key(struct consent *c, const char *username,
		    const char *password)
{
	if (strlen(username) != CONSENT_USERNAME ||
	    strlen(password) > SHA1_BLOCK)
		return -EINVAL;
	memcpy(c->username, username, sizeof(c->username));
	start_hash(c->inner, password, INNER_PAD);
	start_hash(c->outer, password, OUTER_PAD);
	return 0;
}
