// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a request is about (RFC 9112, section 3.2):
 *
 *	GET /rooms/a%20b/participants?name=bob HTTP/1.1
 *	     |     |     |           |
 *	     segments, decoded       the query is libmicrohttpd's
 *
 * A path is cut first and decoded then, so that no %2F makes two segments of
 * one.  A %00 would end the string that a handler reads, so there is none.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/http/http_internal.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%41" stands for; 0 if it is none that may be there. */
static char decode_one(const char *text)
{
	int high = hex_digit(text[1]);
	int low = high < 0 ? -1 : hex_digit(text[2]);

	return low < 0 ? 0 : high << 4 | low;
}

static bool decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		*out = *text;
		if (*text == '%') {
			*out = decode_one(text);
			text += 2;
		}
		if (!*out++)
			return false;
	}
	*out = '\0';
	return true;
}

/* Where the host begins in "http://host/path", which proxies are sent. */
static const char *host_in(const char *text)
{
	if (!strncasecmp(text, "http://", 7))
		return text + 7;
	return strncasecmp(text, "https://", 8) ? NULL : text + 8;
}

static int cut(struct http_target *t, char *path)
{
	if (*path++ != '/')
		return -EINVAL;
	while (path) {
		char *segment = strsep(&path, "/");

		if (!decode(segment))
			return -EINVAL;
		if (t->count == HTTP_MAX_PARTS)
			return -ENOENT;
		t->segments[t->count++] = segment;
	}
	return 0;
}

int target_read(struct http_target *t, const char *text)
{
	const char *host = host_in(text);
	const char *path = host ? host + strcspn(host, "/?") : text;
	size_t length = strcspn(path, "?");

	if (host)
		t->host = strndup(host, path - host);
	t->path = host && !length ? strdup("/") : strndup(path, length);
	if (!t->path || (host && !t->host))
		return -ENOMEM;
	return cut(t, t->path);
}

void target_free(struct http_target *t)
{
	free(t->host);
	free(t->path);
}
