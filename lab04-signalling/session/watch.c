// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Somebody comes to watch: what it offers to receive gets streams at once, in
 * the answer, under the numbers of the offer.
 *
 *	offer	m=video recvonly 96 VP8, 102 H264
 *	stream	of alice, H264		the offer's 102 goes first
 *	answer	m=video sendonly 102 H264, a=ssrc of the stream
 *
 * An answer has the first codec of an offer, so the one that is to be answered
 * is moved there before.  When the streams go, nothing takes their place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

/* ---- which stream for which m-line -------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ?: "", b ?: "");
}

static bool same_codec(const struct sdp_format *a, const struct sdp_format *b)
{
	return a->encoding && b->encoding &&
	       !strcasecmp(a->encoding, b->encoding) &&
	       a->clock_rate == b->clock_rate && a->channels == b->channels;
}

/*
 * The format of an m-line that is that codec; the one with the same parameters
 * first.  Profiles that differ are tried: many decoders can do more than their
 * offer says.  n_formats: none.
 */
static size_t find_format(const struct sdp_media *m,
			  const struct sdp_format *wanted)
{
	size_t found = m->n_formats;

	for (size_t i = m->n_formats; i--;) {
		const struct sdp_format *f = &m->formats[i];

		if (same_codec(f, wanted) &&
		    (found == m->n_formats ||
		     same_text(f->fmtp, wanted->fmtp) ||
		     !same_text(m->formats[found].fmtp, wanted->fmtp)))
			found = i;
	}
	return found;
}

/* The first format of a stream is its codec. */
static size_t find_codec(const struct sdp_media *m, __u32 stream)
{
	struct source src;

	describe_stream(&src, stream, NULL);
	return src.n_formats ? find_format(m, &src.formats[0]) : m->n_formats;
}

static bool is_kind(const struct stream *s, const struct sdp_media *m)
{
	return s->kind == (m->kind == SDP_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO);
}

static bool is_chosen(const struct newcomer *n, size_t before, __u32 stream)
{
	for (size_t i = 0; i < before; i++)
		if (n->watched[i] == stream)
			return true;
	return false;
}

/* A client that sends on an m-line, or refuses it, gets nothing on it. */
static bool may_watch(struct sdp_media *m)
{
	bool wanted = (m->kind == SDP_AUDIO || m->kind == SDP_VIDEO) &&
		      is_wanted(m);

	m->direction = wanted ? SDP_RECVONLY : SDP_INACTIVE;
	return wanted;
}

/* What a room has for an m-line, of this participant only (0: of anybody's). */
static __u32 choose_of(const struct newcomer *n, size_t mline,
		       const struct id_list *room, __u32 from)
{
	const struct sdp_media *m = &n->offer->media[mline];

	id_list_each(id, *room) {
		const struct stream *s = control_stream(id);

		if ((!from || s->participant == from) && is_kind(s, m) &&
		    !is_chosen(n, mline, id) &&
		    find_codec(m, id) < m->n_formats)
			return id;
	}
	return 0;
}

static void put_first(struct sdp_media *m, size_t format)
{
	struct sdp_format f = m->formats[format];

	m->formats[format] = m->formats[0];
	m->formats[0] = f;
}

/* Sound and picture of one participant, if it has both. */
static void choose_all(struct newcomer *n, const struct id_list *room,
		       __u32 only)
{
	__u32 from = only;

	for (size_t i = 0; i < n->offer->n_media; i++) {
		struct sdp_media *m = &n->offer->media[i];
		__u32 id;

		if (!may_watch(m))
			continue;
		id = choose_of(n, i, room, from);
		if (!id && !only)
			id = choose_of(n, i, room, 0);
		if (!id)
			continue;
		n->watched[i] = id;
		put_first(m, find_codec(m, id));
		from = from ?: control_stream(id)->participant;
	}
}

static bool has_any(const struct newcomer *n)
{
	for (size_t i = 0; i < n->offer->n_media; i++)
		if (n->watched[i])
			return true;
	return false;
}

static bool is_live(const struct id_list *room, __u32 only)
{
	id_list_each(id, *room)
		if (!only || control_stream(id)->participant == only)
			return true;
	return false;
}

int watch_choose(struct newcomer *n, struct problem *why)
{
	__u32 room = control_find_room(n->room), only = 0;
	struct id_list streams;

	n->watched = calloc(n->offer->n_media + 1, sizeof(*n->watched));
	if (!n->watched)
		return refuse(why, 500, "There is no memory.");
	if (room && *n->watches)
		only = control_find_participant(room, n->watches);
	streams = control_streams(only || !*n->watches ? room : 0);
	if (!is_live(&streams, only))
		return refuse(why, 409,
			      "Nobody of that name sends anything in this room "
			      "yet; try again in a few seconds.");
	choose_all(n, &streams, only);
	if (!has_any(n))
		return refuse(why, 422,
			      "No m-line of the offer fits what is sent here; "
			      "offer recvonly audio or video with its codecs, "
			      "which GET /rooms tells.");
	return 0;
}

/* ---- into the answer, and into the tables -------------------------------- */

/* Under which numbers of the answer do the stream's formats go? */
static void number_formats(struct sink *sink, const struct source *src,
			   const struct sdp_media *answered)
{
	memset(sink->pt, NO_PT, sizeof(sink->pt));
	for (size_t i = 0; i < src->n_formats && i < MAX_PAYLOAD_TYPES; i++) {
		size_t k = find_format(answered, &src->formats[i]);

		if (k < answered->n_formats)
			sink->pt[i] = answered->formats[k].payload_type;
	}
}

static int set_sink(const struct session *s, size_t mline,
		    const struct source *src)
{
	const struct sdp_media *answered = &s->local->media[mline];
	struct sink sink = *control_find_sink(s->id, src->id);
	int err;

	sink.mline = mline;
	number_formats(&sink, src, answered);
	if (s->wire->extensions)
		sink.extensions = s->wire->extensions(src->published, answered);
	err = s->wire->direct(s->wire_peer, s->id, &s->remote->media[mline],
			      &sink.transport);
	return err ?: control_set_sink(s->id, src->id, &sink);
}

static int answer_mline(const struct session *s, size_t mline,
			const struct source *src)
{
	struct sdp_media *m = &s->local->media[mline];
	int err = sdp_media_set_msid(m, src->name, src->mid ?: m->type);

	m->direction = SDP_SENDONLY;
	return err ?: sdp_media_add_ssrc(m, ntohl(src->ssrc), src->cname);
}

static int begin_mline(struct session *s, size_t mline, __u32 stream)
{
	struct source src;
	int err;

	if (!control_find_sink(s->id, stream))
		return -E2BIG;
	describe_stream(&src, stream, control_find_sink(s->id, stream));
	err = set_sink(s, mline, &src);
	err = err ?: answer_mline(s, mline, &src);
	if (!err)
		s->streams[mline] = stream;
	return err;
}

int watch_begin(struct session *s, const struct newcomer *n,
		struct problem *why)
{
	int err = 0;

	if (s->wire->check(s->remote, 0, n->peer, why))
		return -1;
	for (size_t i = 0; !err && i < s->local->n_media; i++)
		if (n->watched[i] && s->local->media[i].port)
			err = begin_mline(s, i, n->watched[i]);
	if (err == -EAFNOSUPPORT)
		return refuse(why, 422,
			      "A stream comes over the other IP version; give "
			      "an address of that one in c=.");
	return err ? refuse_full(why, err, "sinks") : session_commit(why);
}
