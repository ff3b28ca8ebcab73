// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads a description: split_line() cuts a copy of the text into lines, and
 * the handler of a line's type, in line_types[], turns its value into fields
 * of the session or of the m-line that is being read.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp_internal.h"

/* ---- lines of the session ----------------------------------------------- */

static uint32_t letter_bit(char letter)
{
	return 1u << (letter - 'a');
}

static int parse_version(struct parser *p, char *value)
{
	if (strcmp(value, "0"))
		return sdp_fail(p->err, "v=%.32s is unknown: SDP has version "
				"0", value);
	return 0;
}

/* "IN IP4 192.0.2.1" → "192.0.2.1" and AF_INET; NULL if it is no such. */
static const char *address_in(const char *s, int *family)
{
	if (s && !strncmp(s, "IN IP4 ", 7))
		*family = AF_INET;
	else if (s && !strncmp(s, "IN IP6 ", 7))
		*family = AF_INET6;
	else
		return NULL;
	return s + 7;
}

/* o=<username> <sess-id> <sess-version> IN IP4|IP6 <address> */
static int parse_origin(struct parser *p, char *value)
{
	const char *username = strsep(&value, " ");
	const char *id = strsep(&value, " ");
	const char *version = strsep(&value, " ");
	int family, ret;
	const char *host = address_in(value, &family);

	if (!sdp_number(id, '\0', UINT64_MAX, &p->sdp->sess_id) ||
	    !sdp_number(version, '\0', UINT64_MAX, &p->sdp->sess_version) ||
	    !host || !sdp_is_token(host))
		return sdp_fail(p->err, "o= is not '<username> <sess-id> "
				"<sess-version> IN IP4|IP6 <address>'");
	p->sdp->origin = strdup(value);
	if (!p->sdp->origin)
		return sdp_explain(p->err, -ENOMEM, "o=");
	ret = sdp_set_string(&p->sdp->username, username, sdp_is_token);
	return sdp_explain(p->err, ret, "the username in o=");
}

static int parse_name(struct parser *p, char *value)
{
	p->sdp->name = strdup(value);
	return p->sdp->name ? 0 : sdp_explain(p->err, -ENOMEM, "s=");
}

static bool read_address(const char *s, int family, struct in6_addr *address)
{
	if (family == AF_INET6)
		return inet_pton(AF_INET6, s, address) == 1;
	*address = (struct in6_addr){
		.s6_addr = { [10] = 0xff, [11] = 0xff },
	};
	return inet_pton(AF_INET, s, &address->s6_addr[12]) == 1;
}

static int parse_connection(struct parser *p, char *value)
{
	struct sdp_media *m = p->media;
	struct in6_addr address;
	int family;
	const char *host = address_in(value, &family);

	if (!host)
		return sdp_fail(p->err, "c= is not 'IN IP4|IP6 <address>'");
	if (!read_address(host, family, &address))
		return sdp_fail(p->err, "c=: '%.46s' is not a plain IPv%c "
				"address", host, family == AF_INET ? '4' : '6');
	*(m ? &m->connection : &p->sdp->connection) = address;
	*(m ? &m->has_connection : &p->sdp->has_connection) = true;
	return 0;
}

static int parse_timing(struct parser *p, char *value)
{
	const char *start = strsep(&value, " ");
	uint64_t ignored;

	if (!sdp_number(start, '\0', UINT64_MAX, &ignored) ||
	    !sdp_number(value, '\0', UINT64_MAX, &ignored))
		return sdp_fail(p->err, "t= is not '<start> <stop>', e.g. "
				"'t=0 0'");
	return 0;
}

/* The session part ends here: is all there that must be, besides v=? */
static int check_session(struct parser *p)
{
	const char *letter;

	for (letter = "ost"; *letter; letter++)
		if (!(p->seen & letter_bit(*letter)))
			return sdp_fail(p->err, "the session part has no %c= "
					"line", *letter);
	return 0;
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
	uint64_t n;

	//@todo 4.2 split_media: type, port, protocol, formats
	//@stub	(void)m, (void)port, (void)n;
	//@stub	return sdp_fail(err, "not written yet: '%.32s'", value);
	m->type = strsep(&value, " ");
	port = strsep(&value, " ");
	m->proto = strsep(&value, " ");
	m->formats = value;
	if (!port || !*port)
		return sdp_fail(err, "m=%.32s has no port", m->type);
	if (!sdp_number(port, '\0', UINT16_MAX, &n))
		return sdp_fail(err, "m=%.32s: '%.32s' is not a port from 0 "
				"to 65535", m->type, port);
	if (!value || !*value)
		return sdp_fail(err, "m=%.32s has no %s", m->type,
				m->proto && *m->proto ? "formats" :
							"protocol");
	m->port = n;
	return 0;
	//@end 4.2
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
	p->media = m;
	return 0;
}

static int add_payload_type(struct parser *p, const char *word)
{
	const struct sdp_format *known;
	struct sdp_format unknown = { 0 };
	uint64_t type;
	int ret;

	if (!sdp_number(word, '\0', SDP_MAX_PAYLOAD_TYPE, &type))
		return sdp_fail(p->err, "m=%.32s: '%.32s' is not a payload "
				"type from 0 to 127", p->media->type, word);
	known = sdp_static_format(type);
	unknown.payload_type = type;
	ret = sdp_media_add_format(p->media, known ? known : &unknown);
	return sdp_explain(p->err, ret, "a payload type");
}

/* Those of an RTP m-line are payload types, "96 97 0"; others are words. */
static int parse_formats(struct parser *p, char *list)
{
	char *word;
	int ret = 0;

	if (!strstr(p->media->proto, "RTP/")) {
		ret = sdp_set_string(&p->media->fmt, list, sdp_is_text);
		return sdp_explain(p->err, ret, "the format list");
	}
	while (!ret && (word = strsep(&list, " ")))
		ret = add_payload_type(p, word);
	return ret;
}

static int parse_media(struct parser *p, char *value)
{
	struct m_line line = { 0 };
	int ret = p->media ? 0 : check_session(p);

	if (!ret)
		ret = split_media(value, &line, p->err);
	if (!ret)
		ret = begin_media(p, &line);
	return ret ? ret : parse_formats(p, line.formats);
}

/* ---- any line ----------------------------------------------------------- */

#define ONCE 4	/* besides SESSION and MEDIA: only one such line */

static const struct line_type {
	char letter;
	unsigned int where;
	int (*parse)(struct parser *p, char *value);	/* NULL: ignored */
} line_types[] = {
	{ 'v',	SESSION | ONCE,		parse_version },
	{ 'o',	SESSION | ONCE,		parse_origin },
	{ 's',	SESSION | ONCE,		parse_name },
	{ 'i',	SESSION | MEDIA,	NULL },
	{ 'u',	SESSION,		NULL },
	{ 'e',	SESSION,		NULL },
	{ 'p',	SESSION,		NULL },
	{ 'c',	SESSION | MEDIA,	parse_connection },
	{ 'b',	SESSION | MEDIA,	NULL },
	{ 't',	SESSION,		parse_timing },
	{ 'r',	SESSION,		NULL },
	{ 'z',	SESSION,		NULL },
	{ 'k',	SESSION | MEDIA,	NULL },
	{ 'a',	SESSION | MEDIA,	sdp_parse_attribute },
	{ 'm',	SESSION | MEDIA,	parse_media },
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

/* May the line stand here? Then its handler reads the value. */
static int parse_line(struct parser *p, const struct line *line)
{
	const struct line_type *type = line_type_of(line->letter);

	if (!type)
		return sdp_fail(p->err, "%c= is no line type of SDP",
				line->letter);
	if (p->media && !(type->where & MEDIA))
		return sdp_fail(p->err, "%c= belongs before the first m= line",
				line->letter);
	if (type->where & ONCE && p->seen & letter_bit(line->letter))
		return sdp_fail(p->err, "a second %c= line", line->letter);
	p->seen |= letter_bit(line->letter);
	return type->parse ? type->parse(p, line->value) : 0;
}

static int parse_lines(struct parser *p, char *text)
{
	struct line line = { 0 };
	int ret;

	p->err->line = 1;
	if (*text != 'v')
		return sdp_fail(p->err, "a description starts with v=0");
	for (;; p->err->line++) {
		ret = split_line(&text, &line, p->err);
		if (!ret)
			ret = parse_line(p, &line);
		if (ret)
			return ret;
		if (!text)
			return p->media ? 0 : check_session(p);
	}
}

/* ---- mids, when all m-lines are there ----------------------------------- */

static int compare_mids(const void *a, const void *b)
{
	const struct sdp_media *const *x = a, *const *y = b;

	return strcmp((*x)->mid, (*y)->mid);
}

/* Marks the members of the BUNDLE group; a mid that nobody has is ignored. */
static void mark_bundle(struct parser *p, struct sdp_media **by_mid, size_t n)
{
	struct sdp_media key, *wanted = &key, **found;

	while ((key.mid = strsep(&p->bundle, " "))) {
		found = bsearch(&wanted, by_mid, n, sizeof(*by_mid),
				compare_mids);
		if (found)
			(*found)->bundled = true;
	}
}

static int check_unique(struct parser *p, struct sdp_media **by_mid, size_t n)
{
	const struct sdp_media *a, *b;
	size_t i;

	for (i = 1; i < n; i++) {
		a = by_mid[i - 1];
		b = by_mid[i];
		if (strcmp(a->mid, b->mid))
			continue;
		p->err->line = a->line > b->line ? a->line : b->line;
		return sdp_fail(p->err, "its mid '%.32s' is that of line %u "
				"too", a->mid,
				a->line < b->line ? a->line : b->line);
	}
	return 0;
}

/* Sorts the m-lines by mid: with 2,000 of them, comparing all would be slow. */
static int check_mids(struct parser *p)
{
	struct sdp_media **by_mid = calloc(p->sdp->n_media + 1,
					   sizeof(*by_mid));
	size_t i, n = 0;
	int ret;

	if (!by_mid)
		return sdp_explain(p->err, -ENOMEM, "a=mid");
	for (i = 0; i < p->sdp->n_media; i++)
		if (p->sdp->media[i].mid)
			by_mid[n++] = &p->sdp->media[i];
	qsort(by_mid, n, sizeof(*by_mid), compare_mids);
	ret = check_unique(p, by_mid, n);
	if (!ret)
		mark_bundle(p, by_mid, n);
	free(by_mid);
	return ret;
}

/* ---- the whole ---------------------------------------------------------- */

/* Refuses what C strings or lines cannot hold; a CR must belong to a CRLF. */
static int check_bytes(const char *text, size_t len, struct sdp_error *err)
{
	unsigned char c;
	size_t i;

	err->line = 1;
	for (i = 0; i < len; i++) {
		c = text[i];
		if (c == '\n')
			err->line++;
		else if (c == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			return sdp_fail(err, "byte 0x%02x does not belong in "
					"a line; lines end in CRLF or LF", c);
	}
	return 0;
}

/* The length without the line ends that the text may end in. */
static size_t trim(const char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	return len;
}

int sdp_parse(const char *text, size_t len, struct sdp **out,
	      struct sdp_error *err)
{
	struct parser p = { .err = err, .direction = SDP_SENDRECV };
	size_t trimmed = trim(text, len);
	char *copy = NULL;
	int ret;

	ret = check_bytes(text, trimmed, err);
	if (ret)
		return ret;
	p.sdp = calloc(1, sizeof(*p.sdp));
	copy = strndup(text, trimmed);
	ret = p.sdp && copy ? parse_lines(&p, copy) :
			      sdp_explain(err, -ENOMEM, "the text");
	if (!ret)
		ret = check_mids(&p);
	if (ret)
		sdp_free(p.sdp);
	else
		*out = p.sdp;
	free(copy);
	return ret;
}
