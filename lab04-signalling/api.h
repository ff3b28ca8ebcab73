/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: what the server does over HTTP. */
#ifndef LAB04_API_H
#define LAB04_API_H

#include "lab04-signalling/http/http.h"
#include "lab04-signalling/metrics.h"
#include "lab04-signalling/session/session.h"

/*
 * Sets what GET /metrics reports, and the mode that GET /rooms shows.  sources
 * stays the caller's.
 */
void api_open(const struct metrics_sources *sources);

/* A table for http_open(). */
extern const struct http_route api_routes[];

/* ---- for the handlers of other tables ---------------------------------- */

/* Answers with the reason why something was refused. */
void api_tell(struct http_reply *reply, const struct problem *why);

/* The description in the body of a request; it belongs to the request. */
struct sdp_text api_sdp(const struct http_request *request);

/*
 * The participant who has the token in the room; these are the first two parts
 * of the path.  0: there is none, and the reply says so.
 */
__u32 api_find_participant(const struct http_request *request,
			   struct http_reply *reply);

/*
 * Adds a Location of these four parts, such as "/rooms/", "a b", "/participants/"
 * and a token.  The room is encoded as URLs require.
 */
void api_add_location(struct http_reply *reply, const char *collection,
		      const char *room, const char *between, const char *token);

#endif
