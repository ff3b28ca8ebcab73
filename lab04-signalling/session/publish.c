// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a participant publishes: streams for the sources of its m-lines.
 *
 *	a=ssrc:1			a stream, when it joins
 *	a=ssrc-group:FID 1 2		2 repeats what 1 sends: no stream
 *	a=ssrc-group:SIM 1 3 5		layers: 1 is the stream
 *	none, or layers with a=rid	a stream, when its first packet has come
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "lab04-signalling/session/session_internal.h"

_Static_assert(SDP_MAX_ACCEPTED == MAX_PAYLOAD_TYPES, "a stream has them all");

/* ---- what descriptions say ---------------------------------------------- */

bool is_published(const struct sdp_media *offered,
		  const struct sdp_media *answered)
{
	return answered->port && offered->direction & SDP_SENDONLY;
}

bool awaits_source(const struct sdp_media *offered,
		   const struct sdp_media *answered)
{
	return is_published(offered, answered) &&
	       (!offered->n_ssrcs || answered->simulcast.value);
}

__u32 count_sources(const struct sdp_media *offered,
		    const struct sdp_media *answered)
{
	return awaits_source(offered, answered) ? 1 : offered->n_ssrcs;
}

/* Is it in a group of this kind (or in any but that one), but not the first? */
static bool is_behind(const struct sdp_media *m, uint32_t ssrc,
		      const char *kind, bool wanted)
{
	for (unsigned int i = 0; i < m->n_ssrc_groups; i++) {
		const struct sdp_ssrc_group *g = &m->ssrc_groups[i];

		if (!strcmp(g->semantics, kind) != wanted)
			continue;
		for (unsigned int k = 1; k < g->n; k++)
			if (g->ssrcs[k] == ssrc)
				return true;
	}
	return false;
}

/* One picture in several layers, of which the first is forwarded. */
static bool is_other_layer(const struct sdp_media *m, uint32_t ssrc)
{
	return is_behind(m, ssrc, "SIM", true);
}

/*
 * Of a=ssrc-group:FID, all but the first repeat what the first one sends (RFC
 * 4588); so do those of the other kinds of repair.  None of them is a stream.
 */
static bool is_repair(const struct sdp_media *m, uint32_t ssrc)
{
	return is_behind(m, ssrc, "SIM", false);
}

/* ---- into the tables ---------------------------------------------------- */

/* What our answer has accepted is what the stream may send. */
static void add_payload_types(struct publication *p,
			      const struct sdp_media *answered)
{
	for (size_t i = 0; i < sdp_count_codecs(answered); i++) {
		const struct sdp_format *from = &answered->formats[i];
		struct stream_format *to = &p->formats[p->count];

		p->pt[p->count++] = from->payload_type;
		to->clock_hz = from->clock_rate;
		snprintf(to->codec, sizeof(to->codec), "%s", from->encoding);
	}
}

static struct publication publication_of(const struct sdp_media *offered,
					 const struct sdp_media *answered)
{
	struct publication p = {
		.kind = offered->kind == SDP_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO,
	};

	add_payload_types(&p, answered);
	return p;
}

static int explain(int err, const struct sdp_media *m, struct problem *why)
{
	if (err == -EEXIST)
		return refuse(why, 422,
			      "m=%s (line %u) has an SSRC that another m-line "
			      "from the same port has; each stream needs its "
			      "own.",
			      m->type, m->line);
	return err ? refuse_full(why, err, "streams") : 0;
}

int publish_mline(__u32 id, __u32 transport, const struct sdp_media *m,
		  const struct sdp_media *answered, struct problem *why)
{
	struct publication p = publication_of(m, answered);
	size_t count = awaits_source(m, answered) ? 0 : m->n_ssrcs;
	__u32 stream;
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		p.ssrc = htonl(m->ssrcs[i].ssrc);
		if (is_other_layer(m, m->ssrcs[i].ssrc))
			err = control_set_aside(transport, p.ssrc);
		else if (!is_repair(m, m->ssrcs[i].ssrc))
			err = control_publish(id, transport, &p, &stream);
	}
	return explain(err, m, why);
}

/* ---- when its first packet has come --------------------------------------- */

static void unpublish(__u32 transport, uint32_t ssrc)
{
	struct ssrc_key key = { .transport = transport, .ssrc = htonl(ssrc) };
	const __u32 *stream = table_find(&sfu_ssrcs, &key);

	if (stream)
		control_unpublish(*stream);
}

static void undo(__u32 transport, uint32_t ssrc)
{
	struct problem ignored;

	unpublish(transport, ssrc);
	session_commit(&ignored);
}

/* From here on it is as if the offer had said so. */
static int add_source(struct sdp_media *m, uint32_t old, uint32_t ssrc,
		      const char *cname)
{
	int err;

	for (size_t i = 0; old && i < m->n_ssrcs; i++)
		if (m->ssrcs[i].ssrc == old) {
			m->ssrcs[i].ssrc = ssrc;
			return 0;
		}
	err = sdp_media_add_ssrc(m, ssrc, cname);
	return err == -EEXIST ? 0 : err;
}

int session_take_source(__u32 id, __u32 transport, const struct source_found *f,
			struct problem *why)
{
	struct session *s = session_find(id);
	struct sdp_media *m = &s->remote->media[f->mline];
	struct publication p = publication_of(m, &s->local->media[f->mline]);
	const char *name = control_participant(id)->name;
	__u32 stream;
	int err;

	unpublish(transport, f->old);
	p.ssrc = htonl(f->ssrc);
	err = control_publish(id, transport, &p, &stream);
	err = err ?: add_source(m, f->old, f->ssrc, name);
	err = explain(err, m, why) ?: session_commit(why);
	if (err)
		undo(transport, f->ssrc);
	else
		log_info("%s sends %s: its SSRC is %u, say the packets", name,
			 m->type, f->ssrc);
	session_store_save_remote(s);
	offer_news_to_room(control_room_of(id));
	return err;
}
