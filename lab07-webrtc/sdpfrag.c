// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A fragment is read a line at a time; only attributes have a meaning here.
 *
 *	"  a=ice-ufrag:EsAw \r\n"
 *	   | trim
 *	letter 'a', name "ice-ufrag", value "EsAw"
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lab07-webrtc/sdpfrag.h"

#define MIN_UFRAG    4 /* RFC 8839, section 5.4 */
#define MIN_PASSWORD 22

/* Bytes of the text that is being read. */
struct piece {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the first line off, and the blanks around it. */
static struct piece next_line(struct piece *rest)
{
	struct piece line = { .at = rest->at };

	while (rest->at != rest->end && *rest->at != '\r' && *rest->at != '\n')
		rest->at++;
	line.end = rest->at;
	while (rest->at != rest->end &&
	       (*rest->at == '\r' || *rest->at == '\n'))
		rest->at++;
	while (line.at != line.end && is_blank(*line.at))
		line.at++;
	while (line.end != line.at && is_blank(line.end[-1]))
		line.end--;
	return line;
}

static bool is_sdp(struct piece line)
{
	return line.end - line.at >= 2 && islower((unsigned char)*line.at) &&
	       line.at[1] == '=';
}

/* Is it this attribute?  Then *value is what stands behind the colon. */
static bool is_attribute(struct piece line, const char *name,
			 struct piece *value)
{
	size_t length = strlen(name);

	*value = (struct piece){ .at = line.at + 2, .end = line.end };
	if (*line.at != 'a' || (size_t)(value->end - value->at) < length ||
	    strncasecmp(value->at, name, length))
		return false;
	value->at += length;
	if (value->at == value->end)
		return true;
	return *value->at++ == ':';
}

/* What a STUN username can have in it, too. */
static bool is_word(struct piece value, size_t min)
{
	for (const char *c = value.at; c != value.end; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			return false;
	return value.end - value.at >= (ptrdiff_t)min &&
	       value.end - value.at <= ICE_TEXT;
}

/* All m-lines of a group have one transport, and so one ufrag. */
static int take_word(char word[ICE_TEXT + 1], struct piece value, size_t min,
		     const char **why)
{
	size_t length = value.end - value.at;

	*why = "has an a=ice-ufrag or an a=ice-pwd that is too short, too "
	       "long, or no word";
	if (!is_word(value, min))
		return -EINVAL;
	*why = "has two of a=ice-ufrag or a=ice-pwd that differ; one transport "
	       "is all that there is here";
	if (*word && (strlen(word) != length || memcmp(word, value.at, length)))
		return -EINVAL;
	memcpy(word, value.at, length);
	word[length] = '\0';
	return 0;
}

static int take_line(struct sdpfrag *f, struct piece line, const char **why)
{
	struct piece value;

	*why = "has a line that is not like a=ice-ufrag:EsAw";
	if (line.at == line.end)
		return 0;
	if (!is_sdp(line))
		return -EINVAL;
	if (is_attribute(line, "ice-ufrag", &value))
		return take_word(f->ufrag, value, MIN_UFRAG, why);
	if (is_attribute(line, "ice-pwd", &value))
		return take_word(f->password, value, MIN_PASSWORD, why);
	if (is_attribute(line, "candidate", &value))
		f->candidates++;
	else if (is_attribute(line, "end-of-candidates", &value))
		f->end_of_candidates = true;
	return 0;
}

static int take_lines(struct sdpfrag *f, struct piece rest, const char **why)
{
	struct piece line;
	bool any = false;
	int err = 0;

	while (!err && rest.at != rest.end) {
		line = next_line(&rest);
		any |= line.at != line.end;
		err = take_line(f, line, why);
	}
	if (err || any)
		return err;
	*why = "is empty";
	return -EINVAL;
}

int sdpfrag_parse(const char *text, size_t length, struct sdpfrag *f,
		  const char **why)
{
	struct piece all = { .at = text, .end = text + length };
	int err;

	*f = (struct sdpfrag){};
	*why = "is longer than 65536 bytes, or has a NUL in it";
	if (length > SDPFRAG_BYTES || memchr(text, '\0', length))
		return -EINVAL;
	err = take_lines(f, all, why);
	if (err || *f->ufrag || !*f->password)
		return err;
	*why = "has an a=ice-pwd and no a=ice-ufrag";
	return -EINVAL;
}

char *sdpfrag_write(const struct sdpfrag_answer *a)
{
	char *text;
	int length = asprintf(&text,
			      "a=ice-lite\r\n"
			      "a=ice-options:trickle ice2\r\n"
			      "a=ice-ufrag:%s\r\n"
			      "a=ice-pwd:%s\r\n"
			      "m=%s 9 %s 0\r\n"
			      "%s%s%s"
			      "a=candidate:%s\r\n"
			      "a=end-of-candidates\r\n",
			      a->ufrag, a->password, a->type, a->protocol,
			      a->mid ? "a=mid:" : "", a->mid ?: "",
			      a->mid ? "\r\n" : "", a->candidate);

	return length < 0 ? NULL : text;
}
