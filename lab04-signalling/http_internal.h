/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the HTTP server say to each other, and no one else. */
#ifndef LAB04_HTTP_INTERNAL_H
#define LAB04_HTTP_INTERNAL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "lab04-signalling/http.h"

LIST_HEAD(http_streams, http_stream);

struct MHD_Response;

struct http {
	struct MHD_Daemon *daemon;
	const struct http_route *routes;
	int epoll;			/* of the daemon's and streams' fds */
	struct http_streams streams;
	bool woken;			/* a stream was: there is work */
	uint64_t sent[HTTP_STATUSES];
};

/* What the first line of a request names; it starts as zeros. */
struct http_target {
	char *host;		/* as "http://host/path" says; or NULL */
	char *path;		/* holds the segments */
	char *segments[HTTP_MAX_PARTS + 1];	/* decoded; and a NULL */
	size_t count;
};

/*
 * 0, -EINVAL: no path, or one that cannot be decoded; -ENOENT: no route has
 * so many segments; -ENOMEM.  target_free() it in any case.
 */
int target_read(struct http_target *target, const char *text);
void target_free(struct http_target *target);

/*
 * Calls the handler of the request's route, or says why not.  err is what
 * target_read() has returned.
 */
void reply_make(struct http_request *rq, const struct http_target *target,
		int err, struct http_reply *reply);

/* false: drop the connection. */
bool reply_send(const struct http_request *rq, const struct http_reply *reply);

/* The socket of a connection. */
int http_socket(struct MHD_Connection *connection);

/* The response that carries a stream, or NULL. */
struct MHD_Response *stream_response(struct http_stream *stream);

/* The client of a stream has closed its side, or died. */
void stream_hung_up(struct http_stream *stream);

/* Its connection is done with it; closed() is called if it is still open. */
void stream_free(struct http_stream *stream);

/* Ends them all; to be followed by a turn of the daemon. */
void streams_close(struct http_streams *streams);

#endif
