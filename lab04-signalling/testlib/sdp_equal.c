/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Field by field, so that what differs has a name. */
#include <string.h>

#include "lab04-signalling/testlib/sdp_equal.h"

/* Any two of them may be NULL. */
static bool same_string(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_lines(const struct sdp_lines *a, const struct sdp_lines *b)
{
	return a->length == b->length &&
	       (!a->length || !memcmp(a->text, b->text, a->length));
}

static bool same_address(const struct in6_addr *a, bool has_a,
			 const struct in6_addr *b, bool has_b)
{
	return has_a == has_b && (!has_a || !memcmp(a, b, sizeof(*a)));
}

static bool same_format(const struct sdp_format *a, const struct sdp_format *b)
{
	return a->payload_type == b->payload_type &&
	       same_string(a->encoding, b->encoding) &&
	       a->clock_rate == b->clock_rate && a->channels == b->channels &&
	       same_string(a->fmtp, b->fmtp);
}

/* Sources change places: those with a cname are written first. */
static bool has_source(const struct sdp_media *m, const struct sdp_ssrc *source)
{
	size_t i;

	for (i = 0; i < m->n_ssrcs; i++)
		if (m->ssrcs[i].ssrc == source->ssrc)
			return same_string(m->ssrcs[i].cname, source->cname);
	return false;
}

static const char *codec_difference(const struct sdp_media *a,
				    const struct sdp_media *b)
{
	size_t i;

	if (a->n_formats != b->n_formats || a->n_ssrcs != b->n_ssrcs)
		return "the number of formats or sources";
	for (i = 0; i < a->n_formats; i++)
		if (!same_format(&a->formats[i], &b->formats[i]))
			return "a format";
	for (i = 0; i < a->n_ssrcs; i++)
		if (!has_source(b, &a->ssrcs[i]))
			return "a source";
	return NULL;
}

static const char *media_difference(const struct sdp_media *a,
				    const struct sdp_media *b)
{
	if (a->kind != b->kind || !same_string(a->type, b->type))
		return "a type";
	if (a->port != b->port || !same_string(a->proto, b->proto))
		return "a port or protocol";
	if (!same_string(a->fmt, b->fmt) || !same_string(a->title, b->title))
		return "other formats, or a title";
	if (!same_address(&a->connection, a->has_connection, &b->connection,
			  b->has_connection))
		return "a c= line";
	if (a->direction != b->direction || a->rtcp_mux != b->rtcp_mux ||
	    a->bundled != b->bundled || a->bundle_only != b->bundle_only)
		return "a direction, a=rtcp-mux, or BUNDLE";
	if (!same_string(a->mid, b->mid) || !same_string(a->msid, b->msid))
		return "a mid or msid";
	return same_lines(&a->kept, &b->kept) ? codec_difference(a, b) :
						"a kept attribute";
}

const char *sdp_difference(const struct sdp *a, const struct sdp *b)
{
	const char *found = NULL;
	size_t i;

	if (!same_string(a->username, b->username) ||
	    !same_string(a->sess_id, b->sess_id) ||
	    a->sess_version != b->sess_version ||
	    !same_string(a->origin, b->origin))
		return "o=";
	if (!same_string(a->name, b->name))
		return "s=";
	if (!same_address(&a->connection, a->has_connection, &b->connection,
			  b->has_connection))
		return "the session's c= line";
	if (!same_lines(&a->kept, &b->kept))
		return "an attribute of the session";
	if (a->n_media != b->n_media)
		return "the number of m-lines";
	for (i = 0; i < a->n_media && !found; i++)
		found = media_difference(&a->media[i], &b->media[i]);
	return found;
}
