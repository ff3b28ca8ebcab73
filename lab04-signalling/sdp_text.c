// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Errors, strings, lists, numbers, words and addresses. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp_internal.h"

const char *const sdp_directions[] = {
	[SDP_INACTIVE] = "inactive",
	[SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly",
	[SDP_SENDRECV] = "sendrecv",
};

/* What is quoted may hold anything: only plain ASCII goes on to the user. */
int sdp_fail(struct sdp_error *err, const char *format, ...)
{
	int used = 0;
	va_list args;
	char *c;

	if (err->line)
		used = snprintf(err->text, sizeof(err->text), "line %u: ",
				err->line);
	va_start(args, format);
	vsnprintf(err->text + used, sizeof(err->text) - used, format, args);
	va_end(args);
	for (c = err->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -EINVAL;
}

int sdp_explain(struct sdp_error *err, int ret, const char *what)
{
	switch (ret) {
	case -EEXIST:
		return sdp_fail(err, "%s is given twice", what);
	case -ENOSPC:
		return sdp_fail(err, "%s is one too many; the limits are %d "
				"m-lines and %d sources in each", what,
				SDP_MAX_MEDIA, SDP_MAX_SSRCS);
	case -EINVAL:
		return sdp_fail(err, "%s is empty or has a character that "
				"cannot be there", what);
	case -ENOMEM:
		sdp_fail(err, "out of memory");
	}
	return ret;
}

bool sdp_is_text(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

bool sdp_is_token(const char *s)
{
	return *s && sdp_is_text(s) && !strchr(s, ' ');
}

int sdp_set_string(char **field, const char *s, bool (*valid)(const char *))
{
	if (*field)
		return -EEXIST;
	if (!valid(s))
		return -EINVAL;
	*field = strdup(s);
	return *field ? 0 : -ENOMEM;
}

/* There is room for as many as the next power of two of *n. */
void *sdp_append(void *array, size_t *n, const void *element, size_t size)
{
	if (!(*n & (*n - 1)))
		array = realloc(array, (*n ? 2 * *n : 1) * size);
	if (array)
		memcpy((char *)array + (*n)++ * size, element, size);
	return array;
}

bool sdp_number(const char *s, char end, uint64_t max, uint64_t *value)
{
	char *stop;

	if (!s || !isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoull(s, &stop, 10);
	return *stop == end && !errno && *value <= max;
}

size_t sdp_find_word(const char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			break;
	return i;
}

const char *sdp_print_address(const struct in6_addr *a, char *buffer)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(a);
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &a->s6_addr[12] : a->s6_addr,
		  ip, sizeof(ip));
	snprintf(buffer, SDP_ADDRESS_SIZE, "IN IP%c %s", v4 ? '4' : '6', ip);
	return buffer;
}
