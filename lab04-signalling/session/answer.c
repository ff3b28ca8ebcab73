// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A participant's answers: where it wants the streams that it was offered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

bool is_wanted(const struct sdp_media *m)
{
	return m->port && m->direction & SDP_RECVONLY;
}

/* ---- reading --------------------------------------------------------- */

static int read_answer(const struct session *s, const struct sdp_text *text,
		       struct sdp **answer, struct problem *why)
{
	size_t count = count_mlines(text);
	struct sdp_error err;

	if (count > s->local->n_media)
		return refuse(why, 422,
			      "The answer does not fit the offer: the answer "
			      "has %zu m-lines, the offer %zu.",
			      count, s->local->n_media);
	if (sdp_parse(text->text, text->length, answer, &err))
		return refuse(why, 400, "The SDP is malformed: %s.", err.text);
	if (sdp_answer_matches(s->local, *answer, &err))
		return refuse(why, 422,
			      "The answer does not fit the offer: %s.",
			      err.text);
	return s->wire->check(*answer, s->remote->n_media, &text->peer, why);
}

/* ---- applying --------------------------------------------------------- */

static bool has_payload_type(const struct sdp_media *m, __u8 pt)
{
	for (size_t i = 0; i < m->n_formats; i++)
		if (m->formats[i].payload_type == pt)
			return true;
	return false;
}

/*
 * The offered payload types that the answer also has; RFC 3264 allows no
 * others.  We have offered the stream's in its order, with the receiver's
 * numbers.
 */
static void take_payload_types(struct sink *sink, const struct sdp_media *m,
			       const struct sdp_media *offered)
{
	size_t count = sdp_count_codecs(offered);

	memset(sink->pt, NO_PT, sizeof(sink->pt));
	for (size_t i = 0; i < count && i < MAX_PAYLOAD_TYPES; i++)
		if (has_payload_type(m, offered->formats[i].payload_type))
			sink->pt[i] = offered->formats[i].payload_type;
}

/*
 * What an m-line of the answer says about the stream that it is for.  *sink is
 * what was agreed before; a transport of 0 means that nothing is sent.
 */
static int fill_sink(struct sink *sink, const struct session *s,
		     const struct sdp_media *m, size_t mline)
{
	const struct sdp_media *offered = &s->local->media[mline];
	int err = 0;

	//@todo 4.8 fill_sink: where to, if at all, with which payload types?
	//@stub	(void)sink, (void)s, (void)m, (void)offered;
	//@stub	(void)take_payload_types;
	sink->mline = mline;
	sink->transport = 0;
	if (is_wanted(m)) {
		err = s->wire->direct(s->wire_peer, s->id, m, &sink->transport);
		take_payload_types(sink, m, offered);
	}
	//@end 4.8
	return err;
}

/* What the receiver has agreed to besides: extensions that are published. */
static void take_extras(struct sink *sink, const struct session *s,
			const struct sdp_media *m, size_t mline)
{
	__u32 stream = s->streams[mline];
	const struct sdp_media *from = find_published(control_stream(stream));

	if (s->wire->extensions)
		sink->extensions = s->wire->extensions(from, m);
	if (s->wire->agreed)
		s->wire->agreed(s->wire_peer, stream, &s->local->media[mline],
				m);
}

/* A sink as it was.  Its transport may go with it, but not where that led. */
struct old_sink {
	struct sink sink;
	struct transport to;
};

static void keep_sinks(const struct session *s, struct old_sink *old)
{
	const struct transport *to;

	for (size_t i = s->remote->n_media; i < s->local->n_media; i++) {
		if (!offer_carries(s, i))
			continue;
		old[i].sink = *control_find_sink(s->id, s->streams[i]);
		to = control_destination(&old[i].sink);
		if (to)
			old[i].to = *to;
	}
}

/* Gives each stream of the offer its sink. */
static int set_sinks(struct session *s, const struct sdp *answer,
		     struct problem *why)
{
	struct sink sink;
	int err = 0;

	for (size_t i = s->remote->n_media; !err && i < answer->n_media; i++) {
		if (!offer_carries(s, i))
			continue;
		sink = *control_find_sink(s->id, s->streams[i]);
		err = fill_sink(&sink, s, &answer->media[i], i);
		take_extras(&sink, s, &answer->media[i], i);
		err = err ?: control_set_sink(s->id, s->streams[i], &sink);
	}
	if (err == -EAFNOSUPPORT)
		return refuse(why, 422,
			      "A stream comes over the other IP version; give "
			      "an address of that one in c=.");
	return err ? refuse_full(why, err, "sinks") : session_commit(why);
}

static void restore(struct session *s, size_t mline, struct old_sink *old)
{
	if (old->to.port)
		control_direct(s->id, &old->to.addr, old->to.port,
			       &old->sink.transport);
	control_set_sink(s->id, s->streams[mline], &old->sink);
}

static void restore_sinks(struct session *s, struct old_sink *old)
{
	struct problem ignored;

	for (size_t i = s->remote->n_media; i < s->local->n_media; i++)
		if (offer_carries(s, i))
			restore(s, i, &old[i]);
	session_commit(&ignored);
}

static int apply(struct session *s, const struct sdp *answer,
		 struct problem *why)
{
	struct old_sink *old = calloc(s->local->n_media + 1, sizeof(*old));
	int err;

	if (!old)
		return refuse(why, 500, "There is no memory.");
	keep_sinks(s, old);
	err = set_sinks(s, answer, why);
	if (err)
		restore_sinks(s, old);
	free(old);
	return err;
}

int session_answer(__u32 id, const struct sdp_text *text, struct problem *why)
{
	struct session *s = session_find(id);
	struct sdp *answer = NULL;
	int err;

	if (!s || !s->outstanding)
		return refuse(why, 409,
			      "No offer is waiting for an answer; offers come "
			      "as events.");
	err = read_answer(s, text, &answer, why);
	if (!err)
		err = apply(s, answer, why);
	sdp_free(answer);
	if (err)
		return err;
	s->outstanding = false;
	wires_begun(session_options.wires, id);
	offer_news(s);
	return 0;
}
