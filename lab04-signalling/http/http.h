/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: an HTTP server for an event loop: requests, and streams of events.
 *
 *	GET /rooms ---> http.c ---> the first route that fits ---> handler
 *	               (libmicrohttpd)                                |
 *	200 {...}  <-------------------------------------- http_reply +
 *
 * There is one thread, and nothing blocks, so a slow client costs only its own
 * time.  Errors are answered in application/problem+json (RFC 9457).
 */
#ifndef LAB04_HTTP_H
#define LAB04_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocols.h"
#include "lab04-signalling/http/http_handler.h"

#define HTTP_MAX_BODY	(256 * 1024)	   /* bytes that a request may bring */
#define HTTP_MAX_BODIES (64 * 1024 * 1024) /* bytes of all bodies at a time */
#define HTTP_PATIENCE	30  /* seconds for the headers of a request to come */
#define HTTP_DEADLINE	30  /* seconds from then until it is answered */
#define HTTP_HEARTBEAT	15  /* seconds of silence before a stream's comment */
#define HTTP_STATUSES	600 /* all status codes are below this */

struct http;

enum http_flag {
	HTTP_ACTS = 1,	   /* a GET that changes something; see below */
	HTTP_ANY_PAGE = 2, /* pages of all sites may use it (CORS) */
	HTTP_JOINS = 4,	   /* needs a Bearer token, if there are any (401) */
};

/*
 * A route fits if its path does, where "*" stands for one segment.  A GET
 * is also a HEAD; OPTIONS is answered for every path.  takes: the Content-Type
 * that a body must have (else 415), or several with ", " between them.  Pages
 * of other sites may only read by GET (else 403), unless the flags say more.
 */
struct http_route {
	const char *method;
	const char *path;
	const char *takes;
	http_handler handler;
	unsigned int flags; /* of enum http_flag */
};

/*
 * A limit of 0 means as many connections as the limit of open files allows, and
 * a quarter of them for one address.  An IPv6 network (/64) counts as one
 * address.
 */
#define HTTP_MAX_HOSTS 16

struct http_options {
	unsigned int connections;
	unsigned int per_address;
	const char *hosts[HTTP_MAX_HOSTS]; /* allowed names with a dot */
	size_t host_count;
	const char *token_file;	      /* a token per line; NULL: all may join */
	const char *certificate_file; /* both PEM; NULL: HTTP, else HTTPS */
	const char *key_file;
};

/*
 * Listens on an address; :: means every address.  routes is a list of tables
 * that ends with NULL; a table ends with a route without a method.  All
 * arguments stay the caller's; the files are read once.  Returns 0 and a server
 * that http_close() frees, or negative errno, logged (what failed, why, what to
 * try).
 */
int http_open(const struct ip_addr *addr, __be16 port,
	      const struct http_route *const *routes,
	      const struct http_options *options, struct http **http);

/* Ends all streams without calling closed(), and frees the server. */
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
 * address, because a client usually has all 2^64 addresses of such a network.
 * For link-local addresses and the loopback it is the address itself.
 */
struct ip_addr http_site_of(const struct ip_addr *addr);

/* Call it once a second, because time limits are counted in its calls. */
void http_tick(struct http *http);

/* How often each status code was sent: an array of HTTP_STATUSES. */
const uint64_t *http_sent(const struct http *http);

#endif
