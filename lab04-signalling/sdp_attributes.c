// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads a=: each attribute that is understood has a handler in attributes[],
 * which turns its value into fields; every other attribute is kept verbatim.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp_internal.h"

/* What a handler returns, value untouched, for a=... that it cannot use. */
#define KEEP 1

static int parse_mid(struct parser *p, char *value)
{
	int ret = sdp_set_string(&p->media->mid, value, sdp_is_token);

	return sdp_explain(p->err, ret, "a=mid");
}

/* A track that is in several streams has several a=msid: one is enough. */
static int parse_msid(struct parser *p, char *value)
{
	int ret;

	if (p->media->msid)
		return KEEP;
	ret = sdp_set_string(&p->media->msid, value, sdp_is_text);
	return sdp_explain(p->err, ret, "a=msid");
}

static int parse_rtcp_mux(struct parser *p, char *value)
{
	if (*value)
		return sdp_fail(p->err, "a=rtcp-mux takes no value");
	p->media->rtcp_mux = true;
	return 0;
}

/* The format that "96 ..." is about; *value is moved to what follows. */
static struct sdp_format *format_in(struct parser *p, const char *name,
				    char **value)
{
	struct sdp_format *format;
	uint64_t type;

	if (!sdp_number(*value, ' ', SDP_MAX_PAYLOAD_TYPE, &type)) {
		sdp_fail(p->err, "a=%s:%.32s does not start with a payload "
			 "type from 0 to 127 and a space", name, *value);
		return NULL;
	}
	*value = strchr(*value, ' ') + 1;
	format = sdp_find_format(p->media, type);
	if (!format)
		sdp_fail(p->err, "a=%s:%" PRIu64 " is about a payload type "
			 "that is not in its m-line", name, type);
	return format;
}

/* a=rtpmap:<payload type> <encoding>/<clock rate>[/<channels>] */
static int parse_rtpmap(struct parser *p, char *value)
{
	struct sdp_format *format = format_in(p, "rtpmap", &value);
	const char *encoding = strsep(&value, "/");
	const char *clock = strsep(&value, "/");
	uint64_t hz, channels = 1;
	int ret;

	if (!format)
		return -EINVAL;
	//@todo 4.3 parse_rtpmap: encoding "/" clock rate [ "/" channels ]
	//@stub	(void)clock, (void)hz, (void)channels, (void)ret;
	//@stub	return sdp_fail(p->err, "not written yet: %.32s", encoding);
	if (!clock)
		return sdp_fail(p->err, "a=rtpmap:%u %.32s has no clock rate",
				format->payload_type, encoding);
	if (!sdp_number(clock, '\0', UINT32_MAX, &hz) || !hz)
		return sdp_fail(p->err, "a=rtpmap:%u has the clock rate "
				"'%.32s'", format->payload_type, clock);
	if (value && (!sdp_number(value, '\0', UINT8_MAX, &channels) ||
		      !channels))
		return sdp_fail(p->err, "a=rtpmap:%u has '%.32s' channels",
				format->payload_type, value);
	ret = sdp_set_codec(format, encoding, hz, channels);
	return sdp_explain(p->err, ret, "the codec in a=rtpmap");
	//@end 4.3
}

/* a=fmtp:<format> <parameters>; only RTP's formats are payload types. */
static int parse_fmtp(struct parser *p, char *value)
{
	struct sdp_format *format;
	int ret;

	if (p->media->fmt)
		return KEEP;
	format = format_in(p, "fmtp", &value);
	if (!format)
		return -EINVAL;
	ret = sdp_set_string(&format->fmtp, value, sdp_is_text);
	return sdp_explain(p->err, ret, "a=fmtp");
}

/* a=ssrc:<ssrc> <attribute>[:<value>], one line for each attribute */
static int parse_ssrc(struct parser *p, char *value)
{
	struct sdp_ssrc *source;
	uint64_t ssrc;
	char *name;
	int ret;

	//@todo 4.4 parse_ssrc: a number, a space, and perhaps cname:<name>
	//@stub	(void)source, (void)ssrc, (void)name, (void)ret;
	//@stub	return sdp_fail(p->err, "not written yet: %.32s", value);
	if (!sdp_number(value, ' ', UINT32_MAX, &ssrc))
		return sdp_fail(p->err, "a=ssrc:%.32s does not start with an "
				"SSRC and a space", value);
	name = strchr(value, ' ') + 1;
	if (!strncmp(name, "cname:", 6)) {
		ret = sdp_media_add_ssrc(p->media, ssrc, name + 6);
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
	if (p->bundle)
		return sdp_fail(p->err, "a second a=group:BUNDLE; one is "
				"possible");
	p->bundle = value + strlen("BUNDLE");
	return 0;
}

static const struct {
	const char *name;
	unsigned int where;
	int (*parse)(struct parser *p, char *value);
} attributes[] = {
	{ "group",	SESSION,	parse_group },
	{ "mid",	MEDIA,		parse_mid },
	{ "msid",	MEDIA,		parse_msid },
	{ "rtcp-mux",	MEDIA,		parse_rtcp_mux },
	{ "rtpmap",	MEDIA,		parse_rtpmap },
	{ "fmtp",	MEDIA,		parse_fmtp },
	{ "ssrc",	MEDIA,		parse_ssrc },
};

/* Calls the handler of "name:value" or "name", if it has one. */
static int dispatch_attribute(struct parser *p, char *text)
{
	unsigned int here = p->media ? MEDIA : SESSION;
	size_t len = strcspn(text, ":"), i;

	for (i = 0; i < ARRAY_SIZE(attributes); i++)
		if (attributes[i].where == here &&
		    strlen(attributes[i].name) == len &&
		    !memcmp(attributes[i].name, text, len))
			return attributes[i].parse(p, text + len +
						      (text[len] == ':'));
	return KEEP;
}

static int keep_attribute(struct parser *p, const char *text)
{
	char ***list = p->media ? &p->media->attributes : &p->sdp->attributes;
	size_t *n = p->media ? &p->media->n_attributes : &p->sdp->n_attributes;
	char *copy = strdup(text), **kept = NULL;

	if (copy)
		kept = sdp_append(*list, n, &copy, sizeof(copy));
	if (!kept) {
		free(copy);
		return sdp_explain(p->err, -ENOMEM, text);
	}
	*list = kept;
	return 0;
}

int sdp_parse_attribute(struct parser *p, char *text)
{
	size_t direction = sdp_find_word(sdp_directions,
					 ARRAY_SIZE(sdp_directions), text);
	int ret;

	if (!*text)
		return sdp_fail(p->err, "a= has no name");
	if (direction < ARRAY_SIZE(sdp_directions)) {
		*(p->media ? &p->media->direction : &p->direction) = direction;
		return 0;
	}
	ret = dispatch_attribute(p, text);
	return ret == KEEP ? keep_attribute(p, text) : ret;
}
