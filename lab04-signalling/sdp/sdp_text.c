// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Bytes from anybody, errors, strings, lists, numbers, words and addresses:
 * what every reader of a line needs.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

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
		used = snprintf(err->text, sizeof(err->text),
				"line %u: ", err->line);
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
		return 0;
	case -ENOSPC:
		return sdp_fail(err,
				"%s is one too many; the limits are %d m-lines "
				"and %d sources in each",
				what, SDP_MAX_MEDIA, SDP_MAX_SSRCS);
	case -EINVAL:
		return sdp_fail(err,
				"%s is empty or has a character that cannot be "
				"there",
				what);
	case -ENOMEM:
		sdp_fail(err, "out of memory");
	}
	return ret;
}

/* ---- bytes that come from anybody --------------------------------------- */

/*
 * Copies the text, with LF in place of a CR that stands alone.  Several CRs
 * before an LF are one line end: who writes CRLF to a file of text gets them.
 */
char *sdp_copy_lines(const char *text, size_t len)
{
	char *copy = malloc(len + 1), *out = copy;
	size_t i, run;

	for (i = 0; copy && i < len; i += run) {
		for (run = 0; i + run < len && text[i + run] == '\r'; run++)
			;
		if (!run) {
			*out++ = text[i];
			run = 1;
		} else if (i + run < len && text[i + run] == '\n') {
			*out++ = '\r';
		} else {
			memset(out, '\n', run);
			out += run;
		}
	}
	if (copy)
		*out = '\0';
	return copy;
}

/* RFC 8866's byte strings have any byte but NUL, CR and LF. */
int sdp_check_bytes(const char *text, size_t len, struct sdp_error *err)
{
	const char *nul = memchr(text, '\0', len);

	if (!nul)
		return 0;
	for (err->line = 1; (text = memchr(text, '\n', nul - text)); text++)
		err->line++;
	return sdp_fail(err, "a byte 0 does not belong in a line");
}

/* The length without the line ends, and NUL, that the text may end in. */
size_t sdp_trim_end(const char *text, size_t len)
{
	while (len && memchr("\r\n", text[len - 1], sizeof("\r\n")))
		len--;
	return len;
}

/* Who saves a text as UTF-8 may get these bytes before it. */
size_t sdp_byte_order_mark(const char *text, size_t len)
{
	return len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
}

/* ---- what a string may be ----------------------------------------------- */

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

bool sdp_is_text(const char *s)
{
	while (*s && !is_control(*s))
		s++;
	return !*s;
}

bool sdp_is_said(const char *s)
{
	return *s && sdp_is_text(s);
}

bool sdp_is_word(const char *s)
{
	return sdp_is_said(s) && !strchr(s, ' ');
}

static bool is_token_char(char c)
{
	return c > ' ' && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]", c);
}

/* Tokens with one separator between each two. */
static bool is_made_of_tokens(const char *s, char separator)
{
	while (is_token_char(*s)) {
		while (is_token_char(*s))
			s++;
		if (!*s)
			return true;
		if (*s++ != separator)
			return false;
	}
	return false;
}

bool sdp_is_token(const char *s)
{
	return is_made_of_tokens(s, '\0');
}

bool sdp_is_protocol(const char *s)
{
	return is_made_of_tokens(s, '/');
}

bool sdp_is_tokens(const char *s)
{
	return is_made_of_tokens(s, ' ');
}

/* ---- blanks ------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void sdp_trim(char **s)
{
	size_t len;

	while (is_blank(**s))
		(*s)++;
	for (len = strlen(*s); len && is_blank((*s)[len - 1]); len--)
		(*s)[len - 1] = '\0';
}

void sdp_squeeze(char *s)
{
	char *out = s;

	for (; *s; s++)
		if (!is_blank(*s))
			*out++ = *s;
		else if (!is_blank(s[1]))
			*out++ = ' ';
	*out = '\0';
}

/* ---- fields ------------------------------------------------------------- */

int sdp_set_string(char **field, const char *s, bool (*valid)(const char *))
{
	if (!valid(s))
		return -EINVAL;
	if (*field)
		return -EEXIST;
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

static int make_room(struct sdp_lines *lines, size_t more)
{
	size_t room = lines->room ? lines->room : 64;
	char *text;

	while (room < lines->length + more)
		room *= 2;
	text = room > lines->room ? realloc(lines->text, room) : lines->text;
	if (!text)
		return -ENOMEM;
	lines->text = text;
	lines->room = room;
	return 0;
}

int sdp_keep(struct sdp_lines *lines, const char *name, const char *value)
{
	size_t size = sizeof("a=:\r\n") + strlen(name) +
		      (value ? strlen(value) : 0);
	int ret = make_room(lines, size);

	if (!ret)
		lines->length += snprintf(lines->text + lines->length, size,
					  "a=%s%s%s\r\n", name,
					  value ? ":" : "", value ? value : "");
	return ret;
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
