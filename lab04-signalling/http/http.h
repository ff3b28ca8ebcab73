/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: an HTTP server for an event loop: requests, and streams of events.
 *
 *	GET /rooms ---> http.c ---> the first route that fits ---> handler
 *	               (libmicrohttpd)                                |
 *	200 {...}  <-------------------------------------- http_reply +
 *
 * One thread, and nothing blocks: a slow client costs its own time only.
 * What goes wrong is told in application/problem+json (RFC 9457).
 */
#ifndef LAB04_HTTP_H
#define LAB04_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocols.h"

#define HTTP_MAX_BODY	(256 * 1024)	   /* bytes that a request may bring */
#define HTTP_MAX_BODIES (64 * 1024 * 1024) /* bytes of all at a time */
#define HTTP_PATIENCE	30 /* seconds until the headers of a request came */
#define HTTP_DEADLINE	30 /* and then until it is answered */
#define HTTP_HEARTBEAT	15 /* seconds that a stream is silent */
#define HTTP_MAX_PARTS	8
#define HTTP_STATUSES	600 /* status codes are below */

#define HTTP_WHOLE (64 * 1024) /* bytes that are made at once */

struct http;
struct http_pieces;
struct http_stream;
struct MHD_Connection;

/* All of it is the server's, for the call of the handler only. */
struct http_request {
	const char *method;
	const char *parts[HTTP_MAX_PARTS]; /* for each '*', decoded */
	char *body;			   /* with a NUL behind it */
	size_t length;
	struct ip_addr peer, local; /* of the TCP connection */

	/* private */
	struct http *http;
	struct MHD_Connection *connection;
	const char *host; /* by which it was called, or NULL */
};

/* What a handler fills in; it starts as an empty 204. */
struct http_reply {
	int status;
	const char *type;   /* Content-Type; NULL: no body */
	char *body;	    /* malloc()ed; the server frees it */
	char location[256]; /* these two: if not empty */
	char allow[64];
	struct http_stream *stream;
	struct http_pieces *pieces;
};

typedef void (*http_handler)(const struct http_request *request,
			     struct http_reply *reply);

/*
 * A route fits if its path does, where "*" stands for one segment.  A GET
 * is also a HEAD.  takes: the Content-Type that a body must have (415).
 * acts: a GET that is no mere look; pages of other sites may not (403).
 */
struct http_route {
	const char *method;
	const char *path;
	const char *takes;
	http_handler handler;
	bool acts;
};

/*
 * 0: as many connections as the limit of open files allows, and a quarter of
 * them for one address.  A network (/64) of IPv6 counts as one address.
 */
#define HTTP_MAX_HOSTS 16

struct http_options {
	unsigned int connections;
	unsigned int per_address;
	const char *hosts[HTTP_MAX_HOSTS]; /* names that have a dot */
	size_t host_count;
};

/*
 * Listens on an address; :: is every one.  Routes come in tables, a NULL
 * behind the last; a table ends with a route without a method.  All of it
 * stays the caller's.  Errors are logged (what failed, why, what
 * to try): 0 and a server that http_close() frees, or negative errno.
 */
int http_open(const struct ip_addr *addr, __be16 port,
	      const struct http_route *const *routes,
	      const struct http_options *options, struct http **http);

/* Ends all streams; their closed() is not called any more. */
void http_close(struct http *http);

/*
 * For the event loop: call http_run() when the descriptor is readable, or
 * when http_timeout() milliseconds (-1: no limit) have passed.
 */
int http_fd(const struct http *http);
int http_timeout(const struct http *http);
void http_run(struct http *http); /* answers one request with a body */

/*
 * What counts as one client: an IPv4 address, or the network (/64) of an IPv6
 * address, in which whoever has one address has 2^64.  On a link, where a
 * router gives nobody more, and on the loopback, it is the address.
 */
struct ip_addr http_site_of(const struct ip_addr *addr);

/* To be called once a second: limits of time are counted in its calls. */
void http_tick(struct http *http);

/* How often each status code was sent: an array of HTTP_STATUSES. */
const uint64_t *http_sent(const struct http *http);

/* ---- for handlers ----------------------------------------------------- */

/*
 * A parameter of the query, decoded; NULL if it is not there, "" if there is
 * a NUL in it.
 */
const char *http_query(const struct http_request *request, const char *name);

/* A body from malloc(), which becomes the server's; NULL: 500. */
void http_answer(struct http_reply *reply, int status, const char *type,
		 char *body);

/*
 * A body that is made while it is sent, one piece in a turn of the loop, for
 * what would hold up the others if it were made at once.  next() returns 1 and
 * a piece, a string from malloc() that becomes the server's; 0 at the end; or
 * negative errno.  close() is called when it is done with; if all of it fits
 * into HTTP_WHOLE, that is before this returns.  No memory: 500.
 */
typedef int (*http_next_piece)(void *ctx, char **piece);
void http_answer_in_pieces(struct http_reply *reply, const char *type,
			   http_next_piece next, void (*close)(void *ctx),
			   void *ctx);

/* An error: detail is a sentence that says what, why, and what to try. */
void http_problem(struct http_reply *reply, int status, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Answers with a stream of server-sent events (WHATWG HTML, section 9.2).
 * It is the caller's to use until he closes it or closed(ctx) is called: the
 * client has hung up, or its host has not answered for patience seconds.
 * If it has nothing to say for HTTP_HEARTBEAT seconds it sends a comment, or
 * else proxies would take the connection for dead.
 * NULL: out of memory, and the reply says so.
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

/* No more events; what was sent still reaches the client. */
void http_close_stream(struct http_stream *stream);

#endif
