// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The resources: a table of routes, and a function for each.
 *
 *	/, /help					how to talk to the server
 *	/rooms						who is there
 *	/rooms/{room}/participants			join
 *	/rooms/{room}/participants/{token}		leave
 *	/rooms/{room}/participants/{token}/...		events, answer, wishes
 *
 * A function reads its request, calls the session, and words the reply.
 * Whoever has the token may act as the participant; nothing else is checked.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/report.h"
#include "lab04-signalling/api.h"
#include "lab04-signalling/session/session.h"
#include "lab04-signalling/session/subscriptions.h"

#define RETRY_SECONDS 5 /* when there was no room */

static const struct metrics_sources *sources;

static const char help[] =
	"SwiftCall: a video conference server that forwards in the kernel.\n"
	"\n"
	"POST   /rooms/{room}/participants[?name=...]\n"
	"         joins: an SDP offer (application/sdp) of what you send, from which\n"
	"         ports; 201, Location: your resource, and the SDP answer. Whoever\n"
	"         knows the token in Location can act as you: tell nobody\n"
	"GET    /rooms/{room}/participants/{token}/events\n"
	"         server-sent events: \"offer\", {\"type\": \"offer\", \"sdp\": ...}\n"
	"         whenever there is something else to receive\n"
	"PUT    /rooms/{room}/participants/{token}/answer\n"
	"         your SDP answer to the offer: on which ports you want what\n"
	"PUT    /rooms/{room}/participants/{token}/subscriptions\n"
	"         what you want (application/json), by kind and by participant:\n"
	"         {\"audio\": true, \"video\": true,\n"
	"          \"participants\": {\"bob\": {\"video\": false}}}\n"
	"         what you leave out stays as it is; 200 and all that is in force\n"
	"DELETE /rooms/{room}/participants/{token}\n"
	"         leaves\n"
	"GET    /rooms      rooms, participants, streams, who receives them (JSON)\n"
	"GET    /metrics    counters (Prometheus)\n"
	"GET    /help       this text; at / there may be a page for browsers\n"
	"\n"
	"A silent stream of events has a comment every 15 seconds.  The server answers\n"
	"to addresses, to names without a dot, and to those of --host; pages of other\n"
	"sites may look, and no more.  If it was started with --token-file, a POST\n"
	"that joins needs the header Authorization: Bearer, and a token.\n"
	"RTCP is a sign of life; a server with the page relays it, too.\n"
	"Errors are application/problem+json, with a sentence in \"detail\".\n";

void api_open(const struct metrics_sources *s)
{
	sources = s;
}

void api_tell(struct http_reply *reply, const struct problem *why)
{
	if (why->status == 503)
		http_add_header(reply, "Retry-After", "%d", RETRY_SECONDS);
	http_problem(reply, why->status, "%s", why->detail);
}

static void answer_json(struct http_reply *reply, json_t *json)
{
	http_answer(reply, 200, "application/json",
		    json_dumps(json, JSON_COMPACT));
	json_decref(json);
}

struct sdp_text api_sdp(const struct http_request *rq)
{
	return (struct sdp_text){
		.text = rq->body,
		.length = rq->length,
		.peer = rq->peer,
		.local = rq->local,
	};
}

__u32 api_find_participant(const struct http_request *rq,
			   struct http_reply *reply)
{
	struct problem why;
	__u32 id;

	if (!session_identify(rq->parts[0], rq->parts[1], &rq->peer, &id, &why))
		return id;
	api_tell(reply, &why);
	return 0;
}

/* A room's name may hold what has a meaning in a URL (RFC 3986, 2.1). */
static void encode(char *out, const char *name)
{
	for (; *name; name++)
		out += sprintf(out,
			       isalnum((unsigned char)*name) ||
					       strchr("-._~", *name) ?
				       "%c" :
				       "%%%02X",
			       (unsigned char)*name);
	*out = '\0';
}

void api_add_location(struct http_reply *reply, const char *collection,
		      const char *room, const char *between, const char *token)
{
	char encoded[3 * MAX_NAME];

	encode(encoded, room);
	http_add_header(reply, "Location", "%s%s%s%s", collection, encoded,
			between, token);
}

/* ---- participants ----------------------------------------------------- */

static void join(const struct http_request *rq, struct http_reply *reply)
{
	struct sdp_text offer = api_sdp(rq);
	char token[SESSION_TOKEN_TEXT];
	struct problem why;
	char *answer;

	if (session_join(rq->parts[0], http_query(rq, "name"), &offer, token,
			 &answer, &why)) {
		api_tell(reply, &why);
		return;
	}
	api_add_location(reply, "/rooms/", rq->parts[0], "/participants/",
			 token);
	http_answer(reply, 201, "application/sdp", answer);
}

static void leave(const struct http_request *rq, struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct problem why;

	if (id && session_leave(id, &why))
		api_tell(reply, &why);
}

static void take_answer(const struct http_request *rq, struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct sdp_text answer = api_sdp(rq);
	struct problem why;

	if (id && session_answer(id, &answer, &why))
		api_tell(reply, &why);
}

static void listen_to_events(const struct http_request *rq,
			     struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct problem why;

	if (!id)
		return;
	if (!strcmp(rq->method, "HEAD"))
		http_answer(reply, 200, "text/event-stream", strdup(""));
	else if (session_listen(id, rq, reply, &why))
		api_tell(reply, &why);
}

static void subscribe(const struct http_request *rq, struct http_reply *reply)
{
	__u32 id = api_find_participant(rq, reply);
	struct problem why;

	if (!id)
		return;
	if (subscriptions_change(id, rq->body, rq->length, &why))
		api_tell(reply, &why);
	else
		answer_json(reply, subscriptions_json(id));
}

/* ---- everything ------------------------------------------------------- */

static void show_help(const struct http_request *rq, struct http_reply *reply)
{
	(void)rq;
	http_answer(reply, 200, "text/plain; charset=utf-8", strdup(help));
}

static int next_of_report(void *report, char **piece)
{
	return report_next(report, piece);
}

static void close_report(void *report)
{
	report_close(report);
}

static void show_rooms(const struct http_request *rq, struct http_reply *reply)
{
	(void)rq;
	struct report *report = report_open(control_plane());

	if (report)
		http_answer_in_pieces(reply, "application/json", next_of_report,
				      close_report, report);
	else
		http_answer(reply, 500, NULL, NULL);
}

static void show_metrics(const struct http_request *rq,
			 struct http_reply *reply)
{
	(void)rq;
	http_answer(reply, 200, "text/plain; version=0.0.4; charset=utf-8",
		    metrics_text(sources));
}

#define PARTICIPANT "/rooms/*/participants/*"

const struct http_route api_routes[] = {
	{ "GET", "/", NULL, show_help, 0 },
	{ "GET", "/help", NULL, show_help, 0 },
	{ "GET", "/rooms", NULL, show_rooms, 0 },
	{ "GET", "/metrics", NULL, show_metrics, 0 },
	{ "POST", "/rooms/*/participants", "application/sdp", join,
	  HTTP_JOINS },
	{ "DELETE", PARTICIPANT, NULL, leave, 0 },
	{ "GET", PARTICIPANT "/events", NULL, listen_to_events, HTTP_ACTS },
	{ "PUT", PARTICIPANT "/answer", "application/sdp", take_answer, 0 },
	{ "PUT", PARTICIPANT "/subscriptions", "application/json", subscribe,
	  0 },
	{}
};
