// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The resources of WHIP and WHEP.  A session is one of lab04's, and its token
 * names it here as well; what is special is what the standards want of HTTP.
 *
 *	POST   --> session_publish() --> 201, Location, ETag
 *	PATCH  --> whip_restart()    --> 200, ETag; or 204: nothing to do, for a
 *					 lite agent waits to be found
 *	DELETE --> session_leave()   --> 200
 */
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/api.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab07-webrtc/sdpfrag.h"
#include "lab07-webrtc/whip.h"
#include "lab07-webrtc/whip_ice.h"

#define SDP_TYPE "application/sdp"

#define RETRY_SECONDS 2 /* when nobody sends yet */

/* ---- what is published ------------------------------------------------- */

/* What an offer publishes: RFC 9725 allows for one of each. */
struct published {
	unsigned int audio, video, streams;
	const char *stream; /* its name, in a=msid; not ended */
	size_t length;
};

/* An m-line may be of a media stream: "a=msid:stream track"; "-" is none. */
static void count_stream(struct published *p, const struct sdp_media *m)
{
	size_t length = m->msid ? strcspn(m->msid, " ") : 0;

	if (!length || (length == 1 && *m->msid == '-'))
		return;
	if (!p->stream || length != p->length ||
	    memcmp(m->msid, p->stream, length))
		p->streams++;
	p->stream = m->msid;
	p->length = length;
}

static void count_mline(struct published *p, const struct sdp_media *m)
{
	if (m->fault || !(m->direction & SDP_SENDONLY) ||
	    (!m->port && !m->bundle_only))
		return;
	p->audio += m->kind == SDP_AUDIO;
	p->video += m->kind == SDP_VIDEO;
	if (m->kind == SDP_AUDIO || m->kind == SDP_VIDEO)
		count_stream(p, m);
}

static int check_published(const struct published *p, struct problem *why)
{
	if (!p->audio && !p->video)
		return refuse(why, 422,
			      "The offer sends neither audio nor video; "
			      "publish here, and POST to /whep/{room} to "
			      "receive.");
	if (p->audio > 1 || p->video > 1 || p->streams > 1)
		return refuse(why, 422,
			      "WHIP publishes one media stream, of one audio "
			      "and one video m-line at most; this offer has "
			      "%u of audio, %u of video, of %u streams.",
			      p->audio, p->video, p->streams);
	return 0;
}

static int check_offer(const struct sdp_text *text, struct problem *why)
{
	struct published p = {};
	struct sdp_error error;
	struct sdp *offer;
	int err;

	if (check_mline_count(text, why))
		return -1;
	if (sdp_parse(text->text, text->length, &offer, &error))
		return refuse(why, 400, "The SDP is malformed: %s.",
			      error.text);
	for (size_t i = 0; i < offer->n_media; i++)
		count_mline(&p, &offer->media[i]);
	err = check_published(&p, why);
	sdp_free(offer);
	return err;
}

/* ---- a session comes and goes ------------------------------------------ */

static void add_etag(struct http_reply *reply, __u32 participant)
{
	char etag[WHIP_ETAG];

	if (whip_etag(participant, etag))
		http_add_header(reply, "ETag", "%s", etag);
}

static void answer_created(const struct http_request *rq,
			   struct http_reply *reply, const char *collection,
			   const char *token, char *answer)
{
	struct problem ignored;
	__u32 id;

	api_add_location(reply, collection, rq->parts[0], "/", token);
	if (!session_identify(rq->parts[0], token, &rq->peer, &id, &ignored))
		add_etag(reply, id);
	http_add_header(reply, "Accept-Patch", SDPFRAG_TYPE);
	http_answer(reply, 201, SDP_TYPE, answer);
}

static void publish(const struct http_request *rq, struct http_reply *reply)
{
	struct sdp_text offer = api_sdp(rq);
	char token[SESSION_TOKEN_TEXT];
	struct problem why;
	char *answer;

	if (check_offer(&offer, &why) ||
	    session_publish(rq->parts[0], http_query(rq, "name"), &offer, token,
			    &answer, &why))
		api_tell(reply, &why);
	else
		answer_created(rq, reply, "/whip/", token, answer);
}

static void watch(const struct http_request *rq, struct http_reply *reply)
{
	struct sdp_text offer = api_sdp(rq);
	char token[SESSION_TOKEN_TEXT];
	struct problem why;
	char *answer;

	if (!session_watch(rq->parts[0], rq->parts[1], &offer, token, &answer,
			   &why)) {
		answer_created(rq, reply, "/whep/", token, answer);
		return;
	}
	if (why.status == 409) /* not live yet */
		http_add_header(reply, "Retry-After", "%d", RETRY_SECONDS);
	api_tell(reply, &why);
}

/* The draft keeps GET for later: 2xx, and nothing. */
static void show_nothing(const struct http_request *rq,
			 struct http_reply *reply)
{
	api_find_participant(rq, reply);
}

static void leave(const struct http_request *rq, struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct problem why;

	if (!id)
		return;
	reply->status = 200; /* OBS warns of a 204 */
	if (session_leave(id, &why))
		api_tell(reply, &why);
}

/* ---- ICE ---------------------------------------------------------------- */

static bool is_any(const char *if_match)
{
	return if_match && strchr(if_match, '*');
}

/*
 * RFC 9110, section 13.1.1.  Some clients forget the quotes.  No ufrag is a
 * part of another: all are equally long.
 */
static bool is_match(const char *if_match, const char *etag)
{
	char bare[WHIP_ETAG] = "";

	memcpy(bare, etag + 1, strlen(etag) - 2);
	return is_any(if_match) || strstr(if_match, bare);
}

/* Whoever restarts must say so: else a late PATCH could undo a restart. */
static int check_condition(const char *if_match, const char *etag, bool restart,
			   struct problem *why)
{
	if (!if_match && restart)
		return refuse(why, 428,
			      "A new a=ice-ufrag restarts ICE; send If-Match: "
			      "* with it, or the latest ETag.");
	if (if_match && !is_match(if_match, etag))
		return refuse(why, 412,
			      "This is about an ICE session that has been "
			      "replaced; the present one has the ETag %s.",
			      etag);
	return 0;
}

static void restart(const struct sdpfrag *fragment, __u32 id,
		    struct http_reply *reply)
{
	struct problem why;
	char *answer;

	if (whip_restart(id, fragment, &answer, &why)) {
		api_tell(reply, &why);
		return;
	}
	add_etag(reply, id);
	http_answer(reply, 200, SDPFRAG_TYPE, answer);
}

/* A client that has not heard our answer to a restart asks for it again. */
static bool is_restart(const struct sdpfrag *fragment, __u32 id,
		       const char *if_match)
{
	enum whip_session session = whip_session(id, fragment);

	return session == WHIP_NEW ||
	       (session == WHIP_NEXT && is_any(if_match));
}

static void take_fragment(const struct http_request *rq,
			  const struct sdpfrag *fragment, __u32 id,
			  struct http_reply *reply)
{
	const char *if_match = http_header(rq, "If-Match");
	bool restarts = is_restart(fragment, id, if_match);
	char etag[WHIP_ETAG];
	struct problem why;

	if (!whip_etag(id, etag))
		http_problem(reply, 422,
			     "This session has no ICE: its media goes where "
			     "its offer said.");
	else if (check_condition(if_match, etag, restarts, &why))
		api_tell(reply, &why);
	else if (restarts)
		restart(fragment, id, reply);
}

static void patch(const struct http_request *rq, struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct sdpfrag fragment;
	const char *fault;

	if (!id)
		return;
	if (sdpfrag_parse(rq->body, rq->length, &fragment, &fault))
		http_problem(reply, 400, "The fragment %s.", fault);
	else
		take_fragment(rq, &fragment, id, reply);
}

#define WHIP "/whip/*"
#define WHEP "/whep/*"

const struct http_route whip_routes[] = {
	{ "POST", WHIP, SDP_TYPE, publish, HTTP_ANY_PAGE | HTTP_JOINS },
	{ "PATCH", WHIP "/*", SDPFRAG_TYPE, patch, HTTP_ANY_PAGE },
	{ "DELETE", WHIP "/*", NULL, leave, HTTP_ANY_PAGE },
	{ "POST", WHEP, SDP_TYPE, watch, HTTP_ANY_PAGE | HTTP_JOINS },
	{ "POST", WHEP "/*", SDP_TYPE, watch, HTTP_ANY_PAGE | HTTP_JOINS },
	{ "GET", WHEP "/*", NULL, show_nothing, HTTP_ANY_PAGE },
	{ "PATCH", WHEP "/*", SDPFRAG_TYPE, patch, HTTP_ANY_PAGE },
	{ "DELETE", WHEP "/*", NULL, leave, HTTP_ANY_PAGE },
	{}
};
