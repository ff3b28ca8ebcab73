// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads a description: split_line() cuts a copy of the text into lines, and
 * the handler of a line's type, in line_types[], turns its value into fields
 * of the session or of the m-line that is being read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* ---- m-lines ------------------------------------------------------------ */

/* <type> <port> <proto> <format> ...: pieces of the text that is parsed. */
struct m_line {
	const char *type;
	uint16_t port;
	const char *proto;
	char *formats;
};

/* Cuts the value of m= into pieces. Returns 0, or -EINVAL and *err. */
static int split_media(char *value, struct m_line *m, struct sdp_error *err)
{
	const char *port;
	char *ports;
	uint64_t n;

	//@todo 4.2 split_media: type, port, protocol, formats
	//@stub	(void)m, (void)port, (void)ports, (void)n;
	//@stub	return sdp_fail(err, "not written yet: '%.32s'", value);
	m->type = strsep(&value, " ");
	ports = strsep(&value, " ");
	m->proto = strsep(&value, " ");
	m->formats = value;
	port = strsep(&ports, "/");
	if (!port || !sdp_number(port, '\0', UINT16_MAX, &n))
		return sdp_fail(err, "m=%.32s has no port from 0 to 65535",
				m->type);
	if (!m->proto)
		return sdp_fail(err, "m=%.32s has no protocol", m->type);
	m->port = n;
	return 0;
	//@end 4.2
}

/* No c= of its own, and the session's cannot be read? */
static int end_media(struct parser *p)
{
	struct sdp_media *m = p->media;

	if (!m || !m->port || m->has_connection || !p->connection.line)
		return 0;
	return sdp_explain(p->err, sdp_set_fault(m, &p->connection), "c=");
}

/* Starts an m-line: what follows, up to the next one, belongs to it. */
static int begin_media(struct parser *p, const struct m_line *line)
{
	struct sdp_media *m = sdp_add_media(p->sdp, line->type, line->proto,
					    NULL);

	if (!m)
		return sdp_explain(p->err, -errno, "this m-line");
	m->line = p->err->line;
	m->port = line->port;
	m->direction = p->direction;
	p->own_connection = false;
	p->own_direction = false;
	p->media = m;
	return 0;
}

static int add_payload_type(struct parser *p, uint8_t type)
{
	const struct sdp_format unknown = { .payload_type = type };
	const struct sdp_format *known = sdp_static_format(type);
	int ret = sdp_media_add_format(p->media, known ? known : &unknown);

	return sdp_explain(p->err, ret, "a payload type");
}

/* The formats of an RTP m-line are payload types, "96 97 0". */
static int parse_payload_types(struct parser *p, char *list)
{
	uint64_t type;
	char *word;
	int ret = 0;

	while (!ret && (word = strsep(&list, " ")))
		if (sdp_number(word, '\0', SDP_MAX_PAYLOAD_TYPE, &type))
			ret = add_payload_type(p, type);
	return ret;
}

/*
 * Those of another protocol stay words.  No format at all is well where the
 * port is 0, but what is written must have one.
 */
static int parse_formats(struct parser *p, char *list)
{
	struct sdp_media *m = p->media;
	int ret;

	if (!strcasestr(m->proto, "RTP/"))
		return sdp_explain(p->err,
				   sdp_set_string(&m->fmt,
						  list && sdp_is_tokens(list) ?
							  list :
							  "0",
						  sdp_is_tokens),
				   "the format list");
	ret = parse_payload_types(p, list);
	if (ret || m->n_formats)
		return ret;
	ret = add_payload_type(p, 0);
	if (ret || !m->port)
		return ret;
	sdp_fail(p->err, "m=%.32s has no format from 0 to 127", m->type);
	return sdp_explain(p->err, sdp_set_fault(m, p->err), "this m-line");
}

static int parse_title(struct parser *p, char *value)
{
	if (p->media->title || !*value)
		return 0;
	p->media->title = strdup(value);
	return p->media->title ? 0 : sdp_explain(p->err, -ENOMEM, "i=");
}

static int parse_media(struct parser *p, char *value)
{
	struct m_line line = { 0 };
	int ret = p->media ? end_media(p) : sdp_check_session(p);

	if (!ret)
		ret = split_media(value, &line, p->err);
	if (!ret)
		ret = begin_media(p, &line);
	return ret ? ret : parse_formats(p, line.formats);
}

/* ---- any line ----------------------------------------------------------- */

#define WORDS 4 /* besides SESSION and MEDIA: words with a blank between them */

static const struct line_type {
	char letter;
	unsigned int where;
	int (*parse)(struct parser *p, char *value); /* NULL: ignored */
} line_types[] = {
	{ 'v', SESSION | MEDIA | WORDS, sdp_parse_version },
	{ 'o', SESSION | WORDS, sdp_parse_origin },
	{ 's', SESSION, sdp_parse_name },
	{ 'i', MEDIA, parse_title },
	{ 'u', SESSION, NULL },
	{ 'e', SESSION, NULL },
	{ 'p', SESSION, NULL },
	{ 'c', SESSION | MEDIA | WORDS, sdp_parse_connection },
	{ 'b', SESSION | MEDIA, NULL },
	{ 't', SESSION, NULL },
	{ 'r', SESSION, NULL },
	{ 'z', SESSION, NULL },
	{ 'k', SESSION | MEDIA, NULL },
	{ 'a', SESSION | MEDIA, sdp_parse_attribute },
	{ 'm', SESSION | MEDIA | WORDS, parse_media },
};

static const struct line_type *line_type_of(char letter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(line_types); i++)
		if (line_types[i].letter == letter)
			return &line_types[i];
	return NULL;
}

/* <letter>=<value>, where the value is in the text that is being parsed. */
struct line {
	char letter;
	char *value;
};

/*
 * Cuts a line off: *text moves to what follows its CRLF or LF, or becomes NULL
 * if it was the last one, and *line is what it says. Returns 0, or -EINVAL
 * and *err.
 */
static int split_line(char **text, struct line *line, struct sdp_error *err)
{
	char *start = strsep(text, "\n");
	size_t len = strlen(start);

	//@todo 4.1 split_line: "<letter>=<value>", ended by CRLF or by LF
	//@stub	(void)line, (void)len;
	//@stub	return sdp_fail(err, "not written yet: '%.32s'", start);
	if (len && start[len - 1] == '\r')
		start[--len] = '\0';
	if (len > SDP_MAX_LINE)
		return sdp_fail(err, "longer than %d bytes", SDP_MAX_LINE);
	if (!len || start[1] != '=')
		return sdp_fail(err, "'%.32s' is not <letter>=<value>", start);
	line->letter = start[0];
	line->value = start + 2;
	return 0;
	//@end 4.1
}

/* Of what stands below an m-line that cannot be used only the mid counts. */
static bool is_of_use(const struct parser *p, char letter)
{
	return !p->media || !p->media->fault || strchr("amv", letter);
}

/* What does it say?  A line of the session says nothing below an m-line. */
static int parse_line(struct parser *p, struct line *line)
{
	const struct line_type *type = line_type_of(line->letter);

	if (!is_of_use(p, line->letter))
		return 0;
	if (!type)
		return sdp_fail(p->err, "%c= is no line type of SDP",
				line->letter);
	if (!type->parse || !(type->where & (p->media ? MEDIA : SESSION)))
		return 0;
	sdp_trim(&line->value);
	if (type->where & WORDS)
		sdp_squeeze(line->value);
	return type->parse(p, line->value);
}

/* Without these two, who knows which m-line a line belongs to? */
static bool gives_structure(const char *text)
{
	return !strncmp(text, "m=", 2) || !strncmp(text, "v=", 2);
}

/* An odd line costs its m-line, if that is not refused anyway. */
static int read_line(struct parser *p, char **text)
{
	bool structure = gives_structure(*text);
	struct line line = { 0 };
	int ret = split_line(text, &line, p->err);

	if (!ret)
		ret = parse_line(p, &line);
	if (ret != -EINVAL || structure || !p->media)
		return ret;
	if (!p->media->port) /* refused, or for an odd line above */
		return 0;
	return sdp_explain(p->err, sdp_set_fault(p->media, p->err),
			   "this m-line");
}

/* Goes to the first byte of a line that is no blank: a line, or its end. */
static bool skip_blanks(char **text)
{
	*text += strspn(*text, " \t");
	if (strncmp(*text, "\r\n", 2) && **text != '\n' && **text)
		return false;
	strsep(text, "\n");
	return true;
}

static int parse_lines(struct parser *p, char *text)
{
	int ret;

	for (p->err->line = 1; text && skip_blanks(&text); p->err->line++)
		;
	if (!text)
		p->err->line = 1;
	if (!text || *text != 'v')
		return sdp_fail(p->err, "a description starts with v=0");
	for (;; p->err->line++) {
		ret = skip_blanks(&text) ? 0 : read_line(p, &text);
		if (ret)
			return ret;
		if (!text)
			return p->media ? end_media(p) : sdp_check_session(p);
	}
}

/* ---- the whole ---------------------------------------------------------- */

int sdp_parse(const char *text, size_t len, struct sdp **out,
	      struct sdp_error *err)
{
	struct parser p = { .err = err, .direction = SDP_SENDRECV };
	size_t mark = sdp_byte_order_mark(text, len);
	char *copy = NULL;
	int ret;

	len = sdp_trim_end(text, len);
	mark = mark < len ? mark : len;
	ret = sdp_check_bytes(text, len, err);
	if (ret)
		return ret;
	p.sdp = calloc(1, sizeof(*p.sdp));
	copy = sdp_copy_lines(text + mark, len - mark);
	ret = p.sdp && copy ? parse_lines(&p, copy) :
			      sdp_explain(err, -ENOMEM, "the text");
	if (!ret)
		ret = sdp_group_media(&p);
	if (ret)
		sdp_free(p.sdp);
	else
		*out = p.sdp;
	free(copy);
	return ret;
}
