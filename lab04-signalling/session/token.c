// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The random name of a participant's resource: whoever knows it may act as
 * the participant, so nobody else must learn or guess it.
 *
 *	text   "281474976710655..."       1 to 39 decimal digits
 *	          | parse
 *	token  128 bits
 *	          | multiply by the secret of this process
 *	print  64 bits, the key of the hash table
 *
 * The search compares fingerprints only, and then the whole token is compared
 * in a time that does not depend on it.  So the time of an answer does not show
 * how much of a guess was right.
 */
#include <errno.h>
#include <sys/random.h>

#include "lab04-signalling/session/session_internal.h"

static __u64 secret[2]; /* odd numbers; other ones at each start */

static int fill_random(void *bytes, size_t size)
{
	return getrandom(bytes, size, 0) == (ssize_t)size ? 0 : -EIO;
}

int token_open(void)
{
	int err = fill_random(secret, sizeof(secret));

	secret[0] |= 1;
	secret[1] |= 1;
	return err;
}

bool token_is_set(const struct token *token)
{
	return token->word[0] | token->word[1];
}

int token_make(struct token *token)
{
	int err;

	do
		err = fill_random(token, sizeof(*token));
	while (!err && !token_is_set(token));
	return err;
}

bool token_same(const struct token *a, const struct token *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]));
}

__u64 token_fingerprint(const struct token *token)
{
	return token->word[0] * secret[0] + token->word[1] * secret[1];
}

void token_print(char text[SESSION_TOKEN_TEXT], const struct token *token)
{
	unsigned __int128 rest = (unsigned __int128)token->word[1] << 64 |
				 token->word[0];
	char digits[SESSION_TOKEN_TEXT];
	size_t count = 0;

	do
		digits[count++] = '0' + (int)(rest % 10);
	while (rest /= 10);
	while (count)
		*text++ = digits[--count];
	*text = '\0';
}

bool token_parse(const char *text, struct token *token)
{
	unsigned __int128 value = 0, digit;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++) {
		digit = *c - '0';
		if (value > (~(unsigned __int128)0 - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	token->word[0] = value;
	token->word[1] = value >> 64;
	return c != text && !*c;
}
