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
			return same_string(m->ssrcs[i].cname, source->cname) &&
			       same_string(m->ssrcs[i].msid, source->msid);
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

/* ---- what WebRTC says --------------------------------------------------- */

static bool same_candidate(const struct sdp_candidate *a,
			   const struct sdp_candidate *b)
{
	return same_string(a->foundation, b->foundation) &&
	       same_string(a->transport, b->transport) &&
	       same_string(a->address, b->address) &&
	       same_string(a->rest, b->rest) && a->priority == b->priority &&
	       a->component == b->component && a->port == b->port &&
	       a->type == b->type;
}

static bool same_ice(const struct sdp_ice *a, const struct sdp_ice *b)
{
	if (!same_string(a->ufrag, b->ufrag) || !same_string(a->pwd, b->pwd) ||
	    !same_string(a->options, b->options) || a->lite != b->lite ||
	    a->end_of_candidates != b->end_of_candidates ||
	    a->n_candidates != b->n_candidates)
		return false;
	for (unsigned int i = 0; i < a->n_candidates; i++)
		if (!same_candidate(&a->candidates[i], &b->candidates[i]))
			return false;
	return true;
}

static bool same_dtls(const struct sdp_dtls *a, const struct sdp_dtls *b)
{
	if (a->setup != b->setup || a->n_fingerprints != b->n_fingerprints)
		return false;
	for (unsigned int i = 0; i < a->n_fingerprints; i++)
		if (!same_string(a->fingerprints[i].hash,
				 b->fingerprints[i].hash) ||
		    !same_string(a->fingerprints[i].bytes,
				 b->fingerprints[i].bytes))
			return false;
	return true;
}

static bool same_extensions(const struct sdp_extensions *a,
			    const struct sdp_extensions *b)
{
	if (a->n != b->n || a->allow_mixed != b->allow_mixed)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		const struct sdp_extension *x = &a->list[i], *y = &b->list[i];

		if (x->id != y->id || x->direction != y->direction ||
		    !same_string(x->uri, y->uri) ||
		    !same_string(x->attributes, y->attributes))
			return false;
	}
	return true;
}

static bool same_feedback(const struct sdp_media *a, const struct sdp_media *b)
{
	if (a->n_feedback != b->n_feedback)
		return false;
	for (unsigned int i = 0; i < a->n_feedback; i++)
		if (a->feedback[i].payload_type !=
			    b->feedback[i].payload_type ||
		    !same_string(a->feedback[i].value, b->feedback[i].value))
			return false;
	return true;
}

static bool same_groups(const struct sdp_media *a, const struct sdp_media *b)
{
	if (a->n_ssrc_groups != b->n_ssrc_groups)
		return false;
	for (unsigned int i = 0; i < a->n_ssrc_groups; i++) {
		const struct sdp_ssrc_group *x = &a->ssrc_groups[i];
		const struct sdp_ssrc_group *y = &b->ssrc_groups[i];

		if (!same_string(x->semantics, y->semantics) || x->n != y->n ||
		    memcmp(x->ssrcs, y->ssrcs, x->n * sizeof(*x->ssrcs)))
			return false;
	}
	return true;
}

static bool same_rids(const struct sdp_media *a, const struct sdp_media *b)
{
	if (a->n_rids != b->n_rids)
		return false;
	for (unsigned int i = 0; i < a->n_rids; i++)
		if (!same_string(a->rids[i].id, b->rids[i].id) ||
		    a->rids[i].direction != b->rids[i].direction ||
		    !same_string(a->rids[i].restrictions,
				 b->rids[i].restrictions))
			return false;
	return true;
}

static bool same_simulcast(const struct sdp_simulcast *a,
			   const struct sdp_simulcast *b)
{
	if (!same_string(a->value, b->value) || a->n_send != b->n_send)
		return false;
	for (unsigned int i = 0; i < a->n_send; i++)
		if (a->send[i].paused != b->send[i].paused ||
		    !same_string(a->send[i].rid, b->send[i].rid))
			return false;
	return true;
}

static const char *webrtc_difference(const struct sdp_media *a,
				     const struct sdp_media *b)
{
	if (!same_ice(&a->ice, &b->ice) || !same_dtls(&a->dtls, &b->dtls))
		return "ICE or DTLS";
	if (!same_extensions(&a->extensions, &b->extensions))
		return "a header extension";
	if (a->rtcp_mux_only != b->rtcp_mux_only ||
	    a->rtcp_rsize != b->rtcp_rsize || !same_feedback(a, b))
		return "what is said of RTCP";
	if (!same_groups(a, b))
		return "a group of sources";
	if (!same_rids(a, b) || !same_simulcast(&a->simulcast, &b->simulcast))
		return "a rid, or a=simulcast";
	return NULL;
}

/* ---- all ---------------------------------------------------------------- */

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
	if (!same_lines(&a->kept, &b->kept))
		return "a kept attribute";
	return webrtc_difference(a, b) ?: codec_difference(a, b);
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
	if (!same_ice(&a->ice, &b->ice) || !same_dtls(&a->dtls, &b->dtls) ||
	    !same_extensions(&a->extensions, &b->extensions))
		return "the session's ICE, DTLS or header extensions";
	if (a->n_media != b->n_media)
		return "the number of m-lines";
	for (i = 0; i < a->n_media && !found; i++)
		found = media_difference(&a->media[i], &b->media[i]);
	return found;
}
