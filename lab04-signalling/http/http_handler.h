/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: what a handler of an HTTP request is given, and what it may answer: a
 * body at once or in pieces, an error, or a stream of events.
 */
#ifndef LAB04_HTTP_HANDLER_H
#define LAB04_HTTP_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocols.h"

#define HTTP_MAX_PARTS	8
#define HTTP_MAX_FIELDS 12	    /* headers of a reply */
#define HTTP_WHOLE	(64 * 1024) /* bytes of a body that is made at once */

struct http;
struct http_pieces;
struct http_route;
struct http_stream;
struct MHD_Connection;

/* It belongs to the server, and is valid only during the handler's call. */
struct http_request {
	const char *method;
	const char *parts[HTTP_MAX_PARTS]; /* for each '*', decoded */
	char *body;			   /* with a NUL behind it */
	size_t length;
	struct ip_addr peer, local; /* of the TCP connection */

	/* private */
	struct http *http;
	struct MHD_Connection *connection;
	const char *host; /* the name by which the client calls us, or NULL */
	const char *path; /* path of the routes that fit, or NULL */
	const struct http_route *route;
	bool any_page; /* pages of all sites may use this path */
};

/* What a handler fills in; it starts as an empty 204. */
struct http_reply {
	int status;
	const char *type; /* Content-Type; NULL: no body */
	char *body;	  /* malloc()ed; the server frees it */
	struct http_stream *stream;
	struct http_pieces *pieces;

	/* private: see http_add_header() */
	struct {
		const char *name;
		char *value;
	} fields[HTTP_MAX_FIELDS];
	size_t field_count;
	bool lost_field; /* there was no memory for a header */
};

typedef void (*http_handler)(const struct http_request *request,
			     struct http_reply *reply);

/* The value of a header of the request; NULL if it is not there. */
const char *http_header(const struct http_request *request, const char *name);

/*
 * Is the body of this Content-Type, or of one of several with ", " between
 * them?  Parameters such as "; charset=utf-8" do not matter.
 */
bool http_has_type(const struct http_request *request, const char *types);

/*
 * A parameter of the query, decoded.  NULL: there is none; "": it contained a
 * NUL.
 */
const char *http_query(const struct http_request *request, const char *name);

/* Answers with a body from malloc(), which becomes the server's; NULL: 500. */
void http_answer(struct http_reply *reply, int status, const char *type,
		 char *body);

/*
 * Answers with a body that is made while it is sent, one piece per turn of the
 * loop, because making it at once would hold up the other clients.  next()
 * returns 1 and a piece, a string from malloc() that becomes the server's; 0 at
 * the end; or negative errno.  close() is called when the body is complete or
 * given up.  If all of it fits into HTTP_WHOLE, that is before this function
 * returns.  No memory: 500.
 */
typedef int (*http_next_piece)(void *ctx, char **piece);
void http_answer_in_pieces(struct http_reply *reply, const char *type,
			   http_next_piece next, void (*close)(void *ctx),
			   void *ctx);

/* Adds a header; the name stays the caller's. */
void http_add_header(struct http_reply *reply, const char *name,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An error: detail is a sentence that says what, why, and what to try. */
void http_problem(struct http_reply *reply, int status, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Answers with a stream of server-sent events (WHATWG HTML, section 9.2).  The
 * caller may use it until he closes it or closed(ctx) is called, because the
 * client has hung up or its host has not answered for patience seconds.  After
 * HTTP_HEARTBEAT seconds without an event the stream sends a comment; otherwise
 * proxies would take the connection for dead.  NULL: out of memory, and the
 * reply says so.
 */
struct http_stream *http_open_stream(const struct http_request *request,
				     struct http_reply *reply,
				     unsigned int patience,
				     void (*closed)(void *ctx), void *ctx);

/*
 * Sends an event, whose data is one line.  A stream keeps one event that the
 * client has not begun to read; a newer one takes its place.  0 or -ENOMEM.
 */
int http_send_event(struct http_stream *stream, const char *event, uint64_t id,
		    const char *data);

/* Ends a stream.  Events that were sent before still reach the client. */
void http_close_stream(struct http_stream *stream);

#endif
