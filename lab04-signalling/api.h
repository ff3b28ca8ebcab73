/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: what the server does over HTTP. */
#ifndef LAB04_API_H
#define LAB04_API_H

#include "lab04-signalling/http/http.h"
#include "lab04-signalling/metrics.h"
#include "lab04-signalling/session/session.h"

/* What GET /metrics tells of, and GET /rooms the mode; stays the caller's. */
void api_open(const struct metrics_sources *sources);

/* A table for http_open(). */
extern const struct http_route api_routes[];

/* ---- for the handlers of other tables ---------------------------------- */

/* Why something was refused. */
void api_tell(struct http_reply *reply, const struct problem *why);

/* The description that a request brings; the request's. */
struct sdp_text api_sdp(const struct http_request *request);

/*
 * Who has the room and the token that are the first two parts of the path?  0:
 * nobody, and the reply says why.
 */
__u32 api_find_participant(const struct http_request *request,
			   struct http_reply *reply);

/* Location: "/rooms/", the room, as URLs have it, "/participants/", a token. */
void api_add_location(struct http_reply *reply, const char *collection,
		      const char *room, const char *between, const char *token);

#endif
