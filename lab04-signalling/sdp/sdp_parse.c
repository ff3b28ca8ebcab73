// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads a description: split_line() cuts a copy of the text into lines, and
 * the handler of a line's type, in line_types[], turns its value into fields
 * of the session or of the m-line that is being read.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* ---- lines of the session ----------------------------------------------- */

static int parse_version(struct parser *p, char *value)
{
	if (p->media)
		return sdp_fail(p->err, "v= begins another description; one "
					"is possible");
	if (strcmp(value, "0"))
		return sdp_fail(p->err, "v=%.32s is unknown: SDP has version 0",
				value);
	return 0;
}

/* Cuts the last word off and returns it; NULL if there is no other one. */
static char *cut_last_word(char *value)
{
	char *blank = strrchr(value, ' ');

	if (!blank)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

static bool is_digits(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* Numbers in o= have no limit: one beyond 64 bits counts as the greatest. */
static uint64_t version_of(const char *digits)
{
	uint64_t version;

	if (!is_digits(digits))
		return 0;
	return sdp_number(digits, '\0', UINT64_MAX, &version) ? version :
								UINT64_MAX;
}

static int set_origin(struct sdp *sdp, const char *username, const char *id,
		      const char *version)
{
	sdp->username = strdup(sdp_is_word(username) ? username : "-");
	sdp->sess_id = strdup(is_digits(id) ? id : "0");
	sdp->sess_version = version_of(version);
	return sdp->username && sdp->sess_id ? 0 : -ENOMEM;
}

/*
 * o=<username> <sess-id> <sess-version> IN IP4|IP6 <address>.  Nothing hangs on
 * it here: a username of several words, or none, is as good.
 */
static int parse_origin(struct parser *p, char *value)
{
	const char *host, *type, *net, *version, *id;
	int ret;

	if (p->sdp->origin)
		return 0;
	host = cut_last_word(value);
	type = cut_last_word(value);
	net = cut_last_word(value);
	version = cut_last_word(value);
	id = cut_last_word(value);
	if (!version || !sdp_is_token(net) || !sdp_is_token(type) ||
	    !sdp_is_word(host))
		return sdp_fail(p->err, "o= is not '<username> <sess-id> "
					"<sess-version> IN IP4|IP6 <address>'");
	value[strcspn(value, " ")] = '\0';
	ret = set_origin(p->sdp, id ? value : "-", id ? id : value, version);
	if (!ret && asprintf(&p->sdp->origin, "%s %s %s", net, type, host) < 0)
		ret = -ENOMEM;
	return sdp_explain(p->err, ret, "o=");
}

static int parse_name(struct parser *p, char *value)
{
	if (p->sdp->name)
		return 0;
	p->sdp->name = strdup(*value ? value : "-");
	return p->sdp->name ? 0 : sdp_explain(p->err, -ENOMEM, "s=");
}

/* An IPv4 address as v4-mapped.  Which of both it is, the address says. */
static bool read_address(const char *s, struct in6_addr *address)
{
	if (strchr(s, ':'))
		return inet_pton(AF_INET6, s, address) == 1;
	*address = (struct in6_addr){
		.s6_addr = { [10] = 0xff, [11] = 0xff },
	};
	return inet_pton(AF_INET, s, &address->s6_addr[12]) == 1;
}

/* Reads "IN IP4 192.0.2.1", "IN IP4 224.2.1.1/127".  0, or -EINVAL and *err. */
static int read_connection(char *value, struct in6_addr *address,
			   struct sdp_error *err)
{
	const char *net = strsep(&value, " ");
	const char *type = strsep(&value, " ");
	const char *host = strsep(&value, " /");

	if (!host || strcasecmp(net, "IN") || strncasecmp(type, "IP", 2))
		return sdp_fail(err, "c= is not 'IN IP4|IP6 <address>'");
	if (!read_address(host, address))
		return sdp_fail(err,
				"c=: '%.46s' is no IP address, and names are "
				"not looked up",
				host);
	return 0;
}

/* An odd c= of the session costs only m-lines that have no own: see below. */
static int parse_connection(struct parser *p, char *value)
{
	struct sdp_media *m = p->media;
	struct in6_addr address;
	int ret;

	if (m ? p->own_connection : p->sdp->has_connection)
		return 0;
	ret = read_connection(value, &address, p->err);
	if (ret && !m && !p->connection.line)
		p->connection = *p->err;
	if (ret)
		return m ? ret : 0;
	p->own_connection = m;
	*(m ? &m->connection : &p->sdp->connection) = address;
	*(m ? &m->has_connection : &p->sdp->has_connection) = true;
	return 0;
}

/* The session part ends here: is all there that must be, besides v=? */
static int check_session(struct parser *p)
{
	char none[] = "";

	if (!p->sdp->origin)
		return sdp_fail(p->err, "the session part has no o= line");
	return parse_name(p, none);
}

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
	int ret = p->media ? end_media(p) : check_session(p);

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
	{ 'v', SESSION | MEDIA | WORDS, parse_version },
	{ 'o', SESSION | WORDS, parse_origin },
	{ 's', SESSION, parse_name },
	{ 'i', MEDIA, parse_title },
	{ 'u', SESSION, NULL },
	{ 'e', SESSION, NULL },
	{ 'p', SESSION, NULL },
	{ 'c', SESSION | MEDIA | WORDS, parse_connection },
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
			return p->media ? end_media(p) : check_session(p);
	}
}

/* ---- the whole ---------------------------------------------------------- */

/*
 * Copies the text, with LF in place of a CR that stands alone.  Several CRs
 * before an LF are one line end: who writes CRLF to a file of text gets them.
 */
static char *copy_lines(const char *text, size_t len)
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
static int check_bytes(const char *text, size_t len, struct sdp_error *err)
{
	const char *nul = memchr(text, '\0', len);

	if (!nul)
		return 0;
	for (err->line = 1; (text = memchr(text, '\n', nul - text)); text++)
		err->line++;
	return sdp_fail(err, "a byte 0 does not belong in a line");
}

/* The length without the line ends, and NUL, that the text may end in. */
static size_t trim(const char *text, size_t len)
{
	while (len && memchr("\r\n", text[len - 1], sizeof("\r\n")))
		len--;
	return len;
}

/* Who saves a text as UTF-8 may get these bytes before it. */
static size_t byte_order_mark(const char *text, size_t len)
{
	return len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
}

int sdp_parse(const char *text, size_t len, struct sdp **out,
	      struct sdp_error *err)
{
	struct parser p = { .err = err, .direction = SDP_SENDRECV };
	size_t mark = byte_order_mark(text, len);
	char *copy = NULL;
	int ret;

	len = trim(text, len);
	mark = mark < len ? mark : len;
	ret = check_bytes(text, len, err);
	if (ret)
		return ret;
	p.sdp = calloc(1, sizeof(*p.sdp));
	copy = copy_lines(text + mark, len - mark);
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
