/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the HTTP server offer to each other only. */
#ifndef LAB04_HTTP_INTERNAL_H
#define LAB04_HTTP_INTERNAL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "lab04-signalling/http/http.h"

TAILQ_HEAD(http_streams, http_stream);
TAILQ_HEAD(connections, connection);
TAILQ_HEAD(exchanges, exchange);

struct MHD_OptionItem;
struct MHD_Response;
struct bearer;
struct door;

/* Certificate and key, in PEM; NULL: it is HTTP, not HTTPS. */
struct tls {
	char *certificate, *key;
};

struct http {
	struct MHD_Daemon *daemon;
	const struct http_route *const *routes;
	const struct http_options *options;
	struct door *door;
	struct bearer *bearer; /* NULL: no token is needed to join */
	struct tls tls;
	int epoll; /* watches the daemon, the door, and connections */
	struct http_streams streams; /* the stream silent longest first */
	struct exchanges queue;	     /* requests that wait for a turn */
	bool worked;		     /* a request has had this turn */
	bool closing;
	uint64_t now; /* in ticks */
	bool woken;   /* a stream has something to send */
	uint64_t sent[HTTP_STATUSES];
};

/* ---- http_target.c ---------------------------------------------------- */

/* What the first line of a request names; it starts as zeros. */
struct http_target {
	char *host; /* as "http://host/path" says; or NULL */
	char *path; /* holds the segments */
	char *segments[HTTP_MAX_PARTS + 1]; /* decoded; and a NULL */
	size_t count;
};

/*
 * 0, -EINVAL: no path, or one that cannot be decoded; -ENOENT: no route has
 * so many segments; -ENOMEM.  target_free() it in any case.
 */
int target_read(struct http_target *target, const char *text);
void target_free(struct http_target *target);

/* ---- http_route.c ----------------------------------------------------- */

/* Fills in the request's route and parts, once its method is known. */
void choose_route(struct http_request *rq, const struct http_target *target);

/*
 * Calls the handler of the request's route, or says why not.  err is what
 * target_read() has returned.
 */
void reply_make(struct http_request *rq, const struct http_target *target,
		int err, struct http_reply *reply);

/* Adds the CORS headers, if pages of other sites may use the path. */
void reply_open_to_pages(const struct http_request *rq,
			 struct http_reply *reply);

/* ---- http_reply.c ----------------------------------------------------- */

/* Frees a reply's parts, after it was sent. */
void reply_free(struct http_reply *reply);

/* false: drop the connection. */
bool reply_send(const struct http_request *rq, const struct http_reply *reply);

/* ---- http_site.c ------------------------------------------------------- */

/* true: it is refused, and the reply says why.  in_target: may be NULL. */
bool site_refuses_host(struct http_request *rq, const char *in_target,
		       struct http_reply *reply);
bool site_refuses_page(const struct http_request *rq, struct http_reply *reply);

/* ---- http_bearer.c ----------------------------------------------------- */

/* Reads a file of tokens: 0, or negative errno, logged. */
int bearer_open(const char *file, struct bearer **bearer);
void bearer_close(struct bearer *bearer);

/* true: the request has no token, or a wrong one, and the reply says so. */
bool bearer_refuses(const struct http_request *rq, struct http_reply *reply);

/* ---- http_tls.c -------------------------------------------------------- */

/* Reads and checks the files, if the options name any: 0, -errno, logged. */
int tls_open(const struct http_options *options, struct tls *tls);
void tls_close(struct tls *tls);

/* For MHD_start_daemon(): returns flags, and fills in up to four options. */
unsigned int tls_options(const struct tls *tls, struct MHD_OptionItem *options);

/* ---- http_door.c ------------------------------------------------------- */

/*
 * Listens.  Returns 0 or negative errno.  In both cases call door_close(),
 * after the daemon has stopped.
 */
int door_open(struct http *http, const struct ip_addr *addr, __be16 port,
	      const struct http_options *options);
void door_close(struct door *door);

int door_socket(const struct door *door); /* the listening socket */

/* The number of connections that the daemon must be ready for. */
unsigned int door_limit(const struct door *door);

/* From now on the epoll descriptor says when to call door_accept(). */
int door_listen(struct door *door);
void door_accept(struct door *door);

/* Call it once a second. */
void door_tick(struct door *door);

/*
 * Notes about a connection: the headers of a request are there, the request is
 * answered, it is answered by a stream.
 */
void door_busy(struct door *door, struct MHD_Connection *connection);
void door_answered(struct door *door, struct MHD_Connection *connection);
void door_stream(struct door *door, struct http_stream *stream,
		 struct MHD_Connection *connection);

/* The client has ended its side, says epoll; the connection is closed. */
void door_ended(struct door *door, struct connection *connection);
void door_closed(struct door *door, struct MHD_Connection *connection);

/* Takes memory for bodies; false: there is no more for this client. */
bool door_take(struct door *door, struct MHD_Connection *connection,
	       size_t bytes);
void door_give_back(struct door *door, struct MHD_Connection *connection,
		    size_t bytes);

/* ---- http.c, http_stream.c -------------------------------------------- */

/* The socket of a connection. */
int http_socket(struct MHD_Connection *connection);

/* The response that carries a stream, or NULL. */
struct MHD_Response *stream_response(struct http_stream *stream);

/* The client of a stream has closed its side, or died. */
void stream_hung_up(struct http_stream *stream);

/* Frees a stream after its connection; calls closed() if it is still open. */
void stream_free(struct http_stream *stream);

/* Sends a comment on each stream that has been silent for HTTP_HEARTBEAT. */
void streams_tick(struct http *http);

/* Ends all streams.  The daemon needs one more turn after it. */
void streams_close(struct http_streams *streams);

#endif
