// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The server's offers: what there is to receive, as m-lines. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/utf8.h"
#include "lab04-signalling/session/wire.h"

/* ---- what there is ---------------------------------------------------- */

static const struct sdp_ssrc *find_ssrc(const struct sdp_media *m,
					uint32_t ssrc)
{
	for (size_t i = 0; i < m->n_ssrcs; i++)
		if (m->ssrcs[i].ssrc == ssrc)
			return &m->ssrcs[i];
	return NULL;
}

/* Which m-line of its publisher carries a stream?  n_media: none. */
static size_t find_mline(const struct session *publisher,
			 const struct stream *stream)
{
	const struct sdp *theirs = publisher->remote;
	size_t i = 0;

	while (i < theirs->n_media &&
	       (!publisher->local->media[i].port ||
		!find_ssrc(&theirs->media[i], ntohl(stream->ssrc))))
		i++;
	return i;
}

const struct sdp_media *find_published(const struct stream *stream)
{
	const struct session *publisher = session_find(stream->participant);
	size_t i;

	if (!publisher || !publisher->remote)
		return NULL;
	i = find_mline(publisher, stream);
	return i < publisher->remote->n_media ? &publisher->local->media[i] :
						NULL;
}

/* What the publisher's offer and our answer say of the stream's m-line. */
static void describe_by_sdp(struct source *src, const struct session *publisher)
{
	size_t i = find_mline(publisher, src->stream);
	const struct sdp_media *theirs = &publisher->remote->media[i];
	const char *cname;

	if (i == publisher->remote->n_media)
		return;
	cname = find_ssrc(theirs, ntohl(src->stream->ssrc))->cname;
	src->published = &publisher->local->media[i];
	src->mid = theirs->mid;
	src->formats = src->published->formats;
	src->n_formats = sdp_count_codecs(src->published);
	src->cname = cname ?: src->cname;
}

static void make_up_formats(struct source *src)
{
	const struct stream *s = src->stream;
	size_t n = 0;

	for (; n < MAX_PAYLOAD_TYPES && s->pt[n] != NO_PT; n++)
		src->made_up[n] = (struct sdp_format){
			.payload_type = s->pt[n],
			.encoding = (char *)s->formats[n].codec,
			.clock_rate = s->formats[n].clock_hz,
			/* "opus/48000/2" always: RFC 7587, section 7 */
			.channels = strcasecmp(s->formats[n].codec, "opus") ?
					    1 :
					    2,
		};
	src->formats = src->made_up;
	src->n_formats = n;
}

void describe_stream(struct source *src, __u32 id, const struct sink *sink)
{
	const struct stream *stream = control_stream(id);
	const struct session *publisher = session_find(stream->participant);

	*src = (struct source){
		.id = id,
		.stream = stream,
		.ssrc = sink ? sink->ssrc : 0,
		.name = control_participant(stream->participant)->name,
	};
	src->cname = src->name;
	make_up_formats(src);
	if (publisher && publisher->remote)
		describe_by_sdp(src, publisher);
}

/* ---- m-lines ---------------------------------------------------------- */

bool offer_carries(const struct session *s, size_t mline)
{
	__u32 stream = s->streams[mline];
	const struct sink *sink = stream ? control_find_sink(s->id, stream) :
					   NULL;

	return sink && sink->mline == mline;
}

static bool drop_gone(struct session *s)
{
	bool changed = false;

	for (size_t i = s->remote->n_media; i < s->local->n_media; i++) {
		struct sdp_media *m = &s->local->media[i];

		if (offer_carries(s, i))
			continue;
		changed |= m->direction != SDP_INACTIVE;
		m->direction = SDP_INACTIVE;
		s->streams[i] = 0;
	}
	return changed;
}

static const char *kind_name(const struct stream *stream)
{
	return stream->kind == MEDIA_AUDIO ? "audio" : "video";
}

/* The protocol that this participant speaks. */
static const char *protocol(const struct session *s)
{
	for (size_t i = 0; i < s->remote->n_media; i++)
		if (s->local->media[i].port)
			return s->local->media[i].proto;
	return "RTP/AVP";
}

static bool has_mid(const struct session *s, const char *mid)
{
	for (size_t i = 0; i < s->remote->n_media; i++)
		if (s->remote->media[i].mid &&
		    !strcmp(s->remote->media[i].mid, mid))
			return true;
	return false;
}

/* "s0", "s1", ...; with "_" behind it if the participant has that one. */
static void new_mid(const struct session *s, char *mid, size_t size)
{
	snprintf(mid, size, "s%zu", s->local->n_media - s->remote->n_media);
	while (has_mid(s, mid) && strlen(mid) + 1 < size)
		strcat(mid, "_");
}

static struct sdp_media *add_mline(struct session *s, const char *kind)
{
	size_t mline = s->local->n_media;
	__u32 *streams = reallocarray(s->streams, mline + 1, sizeof(*streams));
	char mid[32];

	if (!streams)
		return NULL;
	s->streams = streams;
	streams[mline] = 0;
	new_mid(s, mid, sizeof(mid));
	return sdp_add_media(s->local, kind, protocol(s), mid);
}

/* An m-line of that kind that carries nothing, made if need be. */
static struct sdp_media *unused_mline(struct session *s, const char *kind)
{
	for (size_t i = s->remote->n_media; i < s->local->n_media; i++)
		if (!s->streams[i] && !strcmp(s->local->media[i].type, kind))
			return &s->local->media[i];
	return add_mline(s, kind);
}

static int fill_mline(const struct session *s, struct sdp_media *m,
		      const struct source *src)
{
	int err = 0;

	sdp_media_clear(m);
	m->direction = SDP_SENDONLY;
	for (size_t i = 0; i < src->n_formats && !err; i++)
		err = sdp_media_add_format(m, &src->formats[i]);
	if (!err)
		err = sdp_media_set_msid(m, src->name, src->mid ?: m->mid);
	if (!err)
		err = sdp_media_add_ssrc(m, ntohl(src->ssrc), src->cname);
	if (!err)
		err = s->wire->fill_in(s->wire_peer, s->local, m,
				       src->published);
	return err;
}

/* Remembers in the tables which m-line the stream has. */
static int take_mline(struct session *s, size_t mline, const struct source *src)
{
	const struct sdp_media *m = &s->local->media[mline];
	struct sink sink = { .mline = mline };

	memset(sink.pt, NO_PT, sizeof(sink.pt));
	for (size_t i = 0; i < sdp_count_codecs(m) && i < MAX_PAYLOAD_TYPES;
	     i++)
		sink.pt[i] = m->formats[i].payload_type;
	return control_set_sink(s->id, src->id, &sink);
}

static int give_mline(struct session *s, struct sdp_media *m,
		      const struct source *src)
{
	size_t mline = m - s->local->media;
	int err = fill_mline(s, m, src);

	if (!err)
		err = take_mline(s, mline, src);
	if (err)
		m->direction = SDP_INACTIVE;
	else
		s->streams[mline] = src->id;
	return err;
}

static bool add_stream(struct session *s, __u32 id)
{
	struct sdp_media *m;
	struct source src;
	int err;

	describe_stream(&src, id, control_find_sink(s->id, id));
	m = unused_mline(s, kind_name(src.stream));
	err = m ? give_mline(s, m, &src) : -errno;
	if (err)
		log_warn("%s is not offered stream %u of %s: %s",
			 control_participant(s->id)->name, id, src.name,
			 strerror(-err));
	return !err;
}

static bool is_offered(const struct session *s, __u32 stream)
{
	const struct sink *sink = control_find_sink(s->id, stream);

	return sink && sink->mline < s->local->n_media &&
	       s->streams[sink->mline] == stream;
}

static bool add_new(struct session *s, const struct id_list *room)
{
	bool changed = false;

	id_list_each(id, *room)
		if (control_stream(id)->participant != s->id &&
		    !is_offered(s, id))
			changed |= add_stream(s, id);
	return changed;
}

/* ---- offers ----------------------------------------------------------- */

void offer_send(struct session *s)
{
	char *sdp = NULL, *data = NULL;
	json_t *event;

	if (!sdp_write(s->local, &sdp)) {
		utf8_mend(sdp);
		event = json_pack("{ss ss}", "type", "offer", "sdp", sdp);
		data = json_dumps(event, 0);
		json_decref(event);
	}
	if (!data ||
	    http_send_event(s->events, "offer", s->local->sess_version, data))
		log_error("out of memory: an offer for %s is lost",
			  control_participant(s->id)->name);
	free(data);
	free(sdp);
}

static void offer_streams(struct session *s, const struct id_list *room)
{
	//@todo 4.9 offer_streams: one new offer, if anything has changed
	//@stub	(void)s, (void)room, (void)drop_gone, (void)add_new;
	bool changed;

	if (!s->events || s->outstanding)
		return;
	changed = drop_gone(s);
	changed |= add_new(s, room);
	if (!changed)
		return;
	s->local->sess_version++;
	s->outstanding = true;
	session_store_save_local(s);
	offer_send(s);
	//@end 4.9
}

void offer_news(struct session *s)
{
	struct id_list room = control_streams(control_room_of(s->id));

	offer_streams(s, &room);
}

void offer_news_to_room(__u32 room)
{
	struct id_list streams = control_streams(room);

	each_member(id, room) {
		struct session *s = session_find(id);

		if (s)
			offer_streams(s, &streams);
	}
}
