// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tokens of people who may join (RFC 6750).
 *
 *	the file, one a line	a request
 *	8f1c0a...  # alice	Authorization: Bearer 8f1c0a...
 *	77e2d9...
 *
 * A token from the network is compared with all of the file's, to the last
 * byte, so that how long it takes tells nobody how much of a guess was right.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "lab04-signalling/http/http_internal.h"

/* RFC 6750, section 2.1 */
#define TOKEN_BYTES                                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"       \
	"-._~+/="

struct bearer {
	char **tokens;
	size_t count;
};

/* ---- the file --------------------------------------------------------- */

static int add_token(struct bearer *b, const char *token)
{
	char **more = reallocarray(b->tokens, b->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	b->tokens = more;
	more[b->count] = strdup(token);
	return more[b->count++] ? 0 : -ENOMEM;
}

/* A token, a comment behind it; or neither. */
static int read_line(struct bearer *b, char *line)
{
	line += strspn(line, " \t");
	line[strcspn(line, "#\r\n")] = '\0';
	line[strcspn(line, " \t")] = '\0';
	if (!*line)
		return 0;
	if (line[strspn(line, TOKEN_BYTES)])
		return -EINVAL;
	return add_token(b, line);
}

static int read_tokens(struct bearer *b, FILE *f, unsigned int *number)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	for (*number = 1; !err && getline(&line, &size, f) >= 0; ++*number)
		err = read_line(b, line);
	if (err)
		--*number;
	else if (ferror(f))
		err = -errno;
	free(line);
	return err;
}

static int explain(const char *file, int err, unsigned int line)
{
	if (err == -EINVAL)
		log_error("line %u of %s is no token; a token is made of "
			  "letters, digits and -._~+/=, as `openssl rand -hex "
			  "16` prints",
			  line, file);
	else if (err == -ENODATA)
		log_error("there is no token in %s, so nobody could join; "
			  "write one a line, as `openssl rand -hex 16` prints",
			  file);
	else
		log_error("cannot read the tokens in %s: %s; see --token-file",
			  file, strerror(-err));
	return err;
}

int bearer_open(const char *file, struct bearer **bearer)
{
	struct bearer *b = *bearer = calloc(1, sizeof(*b));
	FILE *f = fopen(file, "re");
	unsigned int line = 0;
	int err = !f ? -errno : b ? 0 : -ENOMEM;

	err = err ?: read_tokens(b, f, &line);
	if (!err && !b->count)
		err = -ENODATA;
	if (f)
		fclose(f);
	return err ? explain(file, err, line) : 0;
}

void bearer_close(struct bearer *b)
{
	for (size_t i = 0; b && i < b->count; i++)
		free(b->tokens[i]);
	if (b)
		free(b->tokens);
	free(b);
}

/* ---- requests --------------------------------------------------------- */

/* Takes a time that depends on the length of what was given only. */
static bool is_same(const char *given, const char *token)
{
	size_t length = strlen(given), size = strlen(token);
	size_t different = length ^ size;

	for (size_t i = 0; i < length; i++)
		different |= (unsigned char)(given[i] ^ token[i % size]);
	return !different;
}

static bool is_token(const struct bearer *b, const char *given)
{
	bool found = false;

	for (size_t i = 0; i < b->count; i++)
		found |= is_same(given, b->tokens[i]);
	return found;
}

/* What is behind the word Bearer; NULL: there is no such header, or nothing. */
static const char *given_token(const struct http_request *rq)
{
	const char *value = http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);
	size_t length = strlen("Bearer ");

	if (!value || strncasecmp(value, "Bearer ", length))
		return NULL;
	value += length;
	value += strspn(value, " ");
	return *value ? value : NULL;
}

bool bearer_refuses(const struct http_request *rq, struct http_reply *reply)
{
	const struct bearer *b = rq->http->bearer;
	const char *token = given_token(rq);

	if (!b || (token && is_token(b, token)))
		return false;
	http_add_header(reply, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
			"Bearer realm=\"SwiftCall\"%s",
			token ? ", error=\"invalid_token\"" : "");
	http_problem(reply, MHD_HTTP_UNAUTHORIZED,
		     token ? "The server does not know this token; ask "
			     "whoever runs it for another one." :
			     "It takes a token to join; send the header "
			     "Authorization: Bearer, and the token that you "
			     "got from whoever runs the server.");
	return true;
}
