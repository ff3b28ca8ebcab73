// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads a=: each attribute that is understood has a handler in attributes[],
 * which turns its value into fields; every other attribute is kept as it is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* What a handler returns, value untouched, for a=... that it cannot use. */
#define KEEP 1

static int parse_mid(struct parser *p, char *value)
{
	int ret;

	if (!sdp_is_token(value))
		return KEEP;
	ret = sdp_set_string(&p->media->mid, value, sdp_is_token);
	return sdp_explain(p->err, ret, "a=mid");
}

/* A track that is in several streams has several a=msid: one is enough. */
static int parse_msid(struct parser *p, char *value)
{
	int ret;

	if (p->media->msid || !*value)
		return KEEP;
	ret = sdp_set_string(&p->media->msid, value, sdp_is_text);
	return sdp_explain(p->err, ret, "a=msid");
}

static int parse_rtcp_mux(struct parser *p, char *value)
{
	(void)value;
	p->media->rtcp_mux = true;
	return 0;
}

static int parse_bundle_only(struct parser *p, char *value)
{
	(void)value;
	p->media->bundle_only = true;
	return 0;
}

/*
 * The format that "96 ..." is about, and in *rest what follows; NULL if the
 * m-line has no such format.
 */
static struct sdp_format *format_in(struct parser *p, char *value, char **rest)
{
	uint64_t type;

	if (!sdp_number(value, ' ', SDP_MAX_PAYLOAD_TYPE, &type))
		return NULL;
	*rest = strchr(value, ' ') + 1;
	return sdp_find_format(p->media, type);
}

/* a=rtpmap:<payload type> <encoding>/<clock rate>[/<channels>] */
static int parse_rtpmap(struct parser *p, char *value)
{
	struct sdp_format *format = format_in(p, value, &value);
	const char *encoding, *clock;
	uint64_t hz, channels = 1;
	int ret;

	if (!format)
		return KEEP;
	encoding = strsep(&value, "/");
	clock = strsep(&value, "/");
	//@todo 4.3 parse_rtpmap: encoding "/" clock rate [ "/" channels ]
	//@stub	(void)clock, (void)hz, (void)channels, (void)ret;
	//@stub	return sdp_fail(p->err, "not written yet: %.32s", encoding);
	if (!clock)
		return sdp_fail(p->err, "a=rtpmap:%u %.32s has no clock rate",
				format->payload_type, encoding);
	if (!sdp_number(clock, '\0', UINT32_MAX, &hz) || !hz)
		return sdp_fail(p->err,
				"a=rtpmap:%u has the clock rate '%.32s'",
				format->payload_type, clock);
	if (value &&
	    (!sdp_number(value, '\0', UINT8_MAX, &channels) || !channels))
		return sdp_fail(p->err, "a=rtpmap:%u has '%.32s' channels",
				format->payload_type, value);
	ret = sdp_set_codec(format, encoding, hz, channels);
	return sdp_explain(p->err, ret, "the codec in a=rtpmap");
	//@end 4.3
}

/* a=fmtp:<format> <parameters> */
static int parse_fmtp(struct parser *p, char *value)
{
	char *parameters;
	struct sdp_format *format = format_in(p, value, &parameters);
	int ret;

	if (!format)
		return KEEP;
	ret = sdp_set_string(&format->fmtp, parameters, sdp_is_text);
	return sdp_explain(p->err, ret, "a=fmtp");
}

/* a=ssrc:<ssrc>[ <attribute>[:<value>]], one line for each attribute */
static int parse_ssrc(struct parser *p, char *value)
{
	const char *name = strchr(value, ' ');
	struct sdp_ssrc *source;
	uint64_t ssrc;
	int ret;

	//@todo 4.4 parse_ssrc: a number, and perhaps a space and cname:<name>
	//@stub	(void)name, (void)source, (void)ssrc, (void)ret;
	//@stub	return sdp_fail(p->err, "not written yet: %.32s", value);
	if (!sdp_number(value, name ? ' ' : '\0', UINT32_MAX, &ssrc))
		return sdp_fail(p->err,
				"a=ssrc:%.32s does not start with an SSRC from "
				"0 to 4294967295",
				value);
	if (name && !strncmp(name, " cname:", 7)) {
		ret = sdp_media_add_ssrc(p->media, ssrc, name + 7);
		return sdp_explain(p->err, ret, "this source's cname");
	}
	ret = sdp_source_of(p->media, ssrc, &source);
	return ret ? sdp_explain(p->err, ret, "this source") : KEEP;
	//@end 4.4
}

/* a=group:BUNDLE <mid> ...; the m-lines with these mids are yet to come. */
static int parse_group(struct parser *p, char *value)
{
	if (strcmp(value, "BUNDLE") && strncmp(value, "BUNDLE ", 7))
		return KEEP;
	if (!p->bundle)
		p->bundle = value + strlen("BUNDLE");
	return 0;
}

/* ---- what costs only itself --------------------------------------------- */

/* Works on a copy: KEEP leaves the value as it is. */
static int try_handler(struct parser *p, sdp_handler *handler,
		       const char *value)
{
	char *copy = strdup(value), *text = copy;
	int ret = -EINVAL;

	if (!copy)
		return sdp_explain(p->err, -ENOMEM, "a=");
	sdp_trim(&text);
	if (sdp_is_text(text)) {
		sdp_squeeze(text);
		ret = handler(p, text);
	}
	free(copy);
	if (ret == -EINVAL || ret == -ENOSPC)
		return KEEP;
	return sdp_explain(p->err, ret, "a=");
}

/* Of a source that is taken, this module knows one attribute more. */
static int parse_source(struct parser *p, char *value)
{
	int ret = parse_ssrc(p, value);

	return ret == KEEP ? try_handler(p, sdp_parse_ssrc_msid, value) : ret;
}

static const struct {
	const char *name;
	unsigned int where;
	sdp_handler *parse;
} lenient_attributes[] = {
	{ "ice-ufrag", SESSION | MEDIA, sdp_parse_ufrag },
	{ "ice-pwd", SESSION | MEDIA, sdp_parse_password },
	{ "ice-options", SESSION | MEDIA, sdp_parse_ice_options },
	{ "candidate", MEDIA, sdp_parse_candidate },
	{ "fingerprint", SESSION | MEDIA, sdp_parse_fingerprint },
	{ "setup", SESSION | MEDIA, sdp_parse_setup },
	{ "extmap", SESSION | MEDIA, sdp_parse_extension },
	{ "rtcp-fb", MEDIA, sdp_parse_feedback },
	{ "ssrc-group", MEDIA, sdp_parse_ssrc_group },
	{ "rid", MEDIA, sdp_parse_rid },
	{ "simulcast", MEDIA, sdp_parse_simulcast },
};

static int try_lenient(struct parser *p, const char *name, const char *value)
{
	unsigned int here = p->media ? MEDIA : SESSION;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lenient_attributes); i++)
		if (lenient_attributes[i].where & here &&
		    !strcmp(lenient_attributes[i].name, name))
			return try_handler(p, lenient_attributes[i].parse,
					   value);
	return KEEP;
}

/* ---- any attribute ------------------------------------------------------ */

static const struct {
	const char *name;
	unsigned int where;
	int (*parse)(struct parser *p, char *value);
} attributes[] = {
	{ "group", SESSION, parse_group },
	{ "mid", MEDIA, parse_mid },
	{ "msid", MEDIA, parse_msid },
	{ "rtcp-mux", MEDIA, parse_rtcp_mux },
	{ "bundle-only", MEDIA, parse_bundle_only },
	{ "rtpmap", MEDIA, parse_rtpmap },
	{ "fmtp", MEDIA, parse_fmtp },
	{ "ssrc", MEDIA, parse_source },
};

/* Calls the attribute's handler, if it has one and the value is text. */
static int dispatch_attribute(struct parser *p, const char *name, char *value)
{
	unsigned int here = p->media ? MEDIA : SESSION;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attributes); i++)
		if (attributes[i].where == here &&
		    !strcmp(attributes[i].name, name))
			break;
	if (i == ARRAY_SIZE(attributes))
		return try_lenient(p, name, value);
	sdp_trim(&value);
	sdp_squeeze(value);
	return sdp_is_text(value) ? attributes[i].parse(p, value) : KEEP;
}

/* What the grammar does not have is dropped: "a=", "a=a b", "a=name:". */
static int keep_attribute(struct parser *p, const char *name, const char *value)
{
	int ret = 0;

	if (sdp_is_token(name) && (!value || *value))
		ret = sdp_keep(p->media ? &p->media->kept : &p->sdp->kept, name,
			       value);
	return sdp_explain(p->err, ret, "a=");
}

static bool parse_direction(struct parser *p, const char *name)
{
	size_t direction = sdp_find_word(sdp_directions,
					 ARRAY_SIZE(sdp_directions), name);

	if (direction == ARRAY_SIZE(sdp_directions))
		return false;
	if (!p->own_direction)
		*(p->media ? &p->media->direction : &p->direction) = direction;
	p->own_direction = true;
	return true;
}

/* Where a word that stands alone says that something is so; or NULL. */
static bool *flag_of(struct parser *p, const char *name)
{
	struct sdp_media *m = p->media;

	if (!strcmp(name, "end-of-candidates"))
		return &sdp_ice_read(p)->end_of_candidates;
	if (!strcmp(name, "extmap-allow-mixed"))
		return m ? &m->extensions.allow_mixed :
			   &p->sdp->extensions.allow_mixed;
	if (!m)
		return strcmp(name, "ice-lite") ? NULL : &p->sdp->ice.lite;
	if (!strcmp(name, "rtcp-mux-only"))
		return &m->rtcp_mux_only;
	return strcmp(name, "rtcp-rsize") ? NULL : &m->rtcp_rsize;
}

static bool parse_flag(struct parser *p, const char *name)
{
	bool *flag = flag_of(p, name);

	if (flag)
		*flag = true;
	return flag;
}

int sdp_parse_attribute(struct parser *p, char *text)
{
	char none[] = "", *value = text;
	const char *name = strsep(&value, ":");
	int ret;

	/* Who refuses an m-line still says which one. */
	if (p->media && p->media->fault && strcmp(name, "mid"))
		return 0;
	if (!value && (parse_direction(p, name) || parse_flag(p, name)))
		return 0;
	ret = dispatch_attribute(p, name, value ? value : none);
	return ret == KEEP ? keep_attribute(p, name, value) : ret;
}
