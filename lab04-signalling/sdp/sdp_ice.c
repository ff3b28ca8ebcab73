// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ICE: read, built by hand, written and forgotten.  Whoever says it, the
 * session or an m-line, it is the same struct sdp_ice:
 *
 *	text --sdp_parse_candidate()--> sdp_add_candidate() --> struct sdp_ice
 *	text <--sdp_write_ice()-------------------------------------'
 *
 * The text comes from anybody.  What is odd in it is kept as it is, and costs
 * nothing else: sdp_attributes.c sees to that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

#define MAX_COMPONENT  256
#define MAX_FOUNDATION 32

/* The words of enum sdp_candidate_type, in its order. */
static const char *const candidate_types[] = {
	[SDP_HOST] = "host",
	[SDP_SRFLX] = "srflx",
	[SDP_PRFLX] = "prflx",
	[SDP_RELAY] = "relay",
};

struct sdp_ice *sdp_ice_read(struct parser *p)
{
	return p->media ? &p->media->ice : &p->sdp->ice;
}

/* ---- names and passwords ------------------------------------------------ */

/* RFC 8839's ice-char. */
static bool is_ice_chars(const char *s, size_t least, size_t most)
{
	size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/");

	return !s[len] && len >= least && len <= most;
}

static bool is_ufrag(const char *s)
{
	return is_ice_chars(s, 4, SDP_MAX_ICE_WORD);
}

static bool is_password(const char *s)
{
	return is_ice_chars(s, 22, SDP_MAX_ICE_WORD);
}

/* Others are not so strict: a word of any length goes into a STUN message. */
static bool is_foreign_word(const char *s)
{
	return sdp_is_word(s) && strlen(s) <= SDP_MAX_ICE_WORD;
}

int sdp_set_ice(struct sdp_ice *ice, const char *ufrag, const char *pwd)
{
	int err;

	if (!is_ufrag(ufrag) || !is_password(pwd))
		return -EINVAL;
	if (ice->ufrag || ice->pwd)
		return -EEXIST;
	err = sdp_set_string(&ice->ufrag, ufrag, is_ufrag);
	if (!err)
		err = sdp_set_string(&ice->pwd, pwd, is_password);
	if (err) {
		free(ice->ufrag);
		ice->ufrag = NULL;
	}
	return err;
}

int sdp_set_ice_options(struct sdp_ice *ice, const char *options)
{
	return sdp_set_string(&ice->options, options, sdp_is_tokens);
}

int sdp_parse_ufrag(struct parser *p, char *value)
{
	return sdp_set_string(&sdp_ice_read(p)->ufrag, value, is_foreign_word);
}

int sdp_parse_password(struct parser *p, char *value)
{
	return sdp_set_string(&sdp_ice_read(p)->pwd, value, is_foreign_word);
}

/* Some write commas in place of the blanks. */
int sdp_parse_ice_options(struct parser *p, char *value)
{
	for (char *comma = value; (comma = strchr(comma, ',')); comma++)
		*comma = ' ';
	sdp_trim(&value);
	sdp_squeeze(value);
	return sdp_set_ice_options(sdp_ice_read(p), value);
}

/* ---- candidates --------------------------------------------------------- */

static bool is_candidate(const struct sdp_candidate *c)
{
	return is_ice_chars(c->foundation, 1, MAX_FOUNDATION) && c->component &&
	       c->component <= MAX_COMPONENT && sdp_is_token(c->transport) &&
	       sdp_is_word(c->address) && c->type <= SDP_RELAY &&
	       (!c->rest || sdp_is_said(c->rest));
}

static void free_candidate(struct sdp_candidate *c)
{
	free(c->foundation);
	free(c->transport);
	free(c->address);
	free(c->rest);
}

int sdp_add_candidate(struct sdp_ice *ice, const struct sdp_candidate *from)
{
	struct sdp_candidate c = *from;
	int err;

	if (!is_candidate(from))
		return -EINVAL;
	c.foundation = strdup(from->foundation);
	c.transport = strdup(from->transport);
	c.address = strdup(from->address);
	c.rest = from->rest ? strdup(from->rest) : NULL;
	err = c.foundation && c.transport && c.address &&
			      !c.rest == !from->rest ?
		      0 :
		      -ENOMEM;
	if (!err)
		err = SDP_ADD(ice->candidates, ice->n_candidates,
			      SDP_MAX_CANDIDATES, c);
	if (err)
		free_candidate(&c);
	return err;
}

/* The next word is a number of at most `max`, from 0 on. */
static bool take_number(char **value, uint64_t max, uint64_t *number)
{
	return sdp_number(strsep(value, " "), '\0', max, number);
}

/*
 * <foundation> <component> <transport> <priority> <address> <port> typ <type>
 * [<more>]: words with one blank between two.
 */
int sdp_parse_candidate(struct parser *p, char *value)
{
	uint64_t component, priority, port;
	struct sdp_candidate c = { 0 };
	const char *typ, *type;

	c.foundation = strsep(&value, " ");
	if (!take_number(&value, MAX_COMPONENT, &component))
		return -EINVAL;
	c.transport = strsep(&value, " ");
	if (!take_number(&value, UINT32_MAX, &priority))
		return -EINVAL;
	c.address = strsep(&value, " ");
	if (!take_number(&value, UINT16_MAX, &port))
		return -EINVAL;
	typ = strsep(&value, " ");
	type = strsep(&value, " ");
	if (!type || strcmp(typ, "typ"))
		return -EINVAL;
	c.component = component;
	c.priority = priority;
	c.port = port;
	c.type = sdp_find_word(candidate_types, ARRAY_SIZE(candidate_types),
			       type);
	c.rest = value;
	return sdp_add_candidate(sdp_ice_read(p), &c);
}

static void write_candidate(FILE *f, const struct sdp_candidate *c)
{
	fprintf(f, "a=candidate:%s %u %s %" PRIu32 " %s %u typ %s",
		c->foundation, c->component, c->transport, c->priority,
		c->address, c->port, candidate_types[c->type]);
	if (c->rest)
		fprintf(f, " %s", c->rest);
	fputs("\r\n", f);
}

/* ---- all of it ---------------------------------------------------------- */

void sdp_write_ice(FILE *f, const struct sdp_ice *ice)
{
	if (ice->lite)
		fputs("a=ice-lite\r\n", f);
	if (ice->ufrag)
		fprintf(f, "a=ice-ufrag:%s\r\n", ice->ufrag);
	if (ice->pwd)
		fprintf(f, "a=ice-pwd:%s\r\n", ice->pwd);
	if (ice->options)
		fprintf(f, "a=ice-options:%s\r\n", ice->options);
	for (unsigned int i = 0; i < ice->n_candidates; i++)
		write_candidate(f, &ice->candidates[i]);
	if (ice->end_of_candidates)
		fputs("a=end-of-candidates\r\n", f);
}

void sdp_forget_candidates(struct sdp_ice *ice)
{
	while (ice->n_candidates)
		free_candidate(&ice->candidates[--ice->n_candidates]);
	free(ice->candidates);
	ice->candidates = NULL;
	ice->end_of_candidates = false;
}

void sdp_forget_ice(struct sdp_ice *ice)
{
	sdp_forget_candidates(ice);
	free(ice->ufrag);
	free(ice->pwd);
	free(ice->options);
	*ice = (struct sdp_ice){ 0 };
}
