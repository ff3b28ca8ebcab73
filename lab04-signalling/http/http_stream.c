// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Server-sent events.
 *
 * A stream that has nothing to say is suspended: libmicrohttpd then forgets
 * its socket, and would not see the client go.  So the door watches the
 * socket as well; the kernel's keep-alive probes find the clients that died
 * without a word.
 */
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lab04-signalling/http/http_internal.h"

#define PROBES 3 /* unanswered ones until a client is taken for dead */

/* Sent first, so that the client sees at once that it is connected. */
#define GREETING ": connected\n\n"

/* Sent to who would hear nothing else. */
#define HEARTBEAT ":\n\n"

struct text {
	char *bytes;
	size_t length;
};

struct http_stream {
	TAILQ_ENTRY(http_stream) link;
	uint64_t spoke; /* when, in ticks */
	struct http *http;
	struct MHD_Connection *connection;
	bool suspended;
	bool closing;	  /* by us, once all is sent */
	bool hung_up;	  /* by the client */
	struct text text; /* on its way */
	size_t sent;	  /* of it */
	struct text next;
	void (*closed)(void *ctx);
	void *ctx;
};

/* ---- towards the client ----------------------------------------------- */

/* It goes to the end of the list, for it is silent from now on. */
static void note_speech(struct http_stream *s)
{
	s->spoke = s->http->now;
	TAILQ_REMOVE(&s->http->streams, s, link);
	TAILQ_INSERT_TAIL(&s->http->streams, s, link);
}

static void wake(struct http_stream *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	s->http->woken = true;
	MHD_resume_connection(s->connection);
}

static void begin_next(struct http_stream *s)
{
	free(s->text.bytes);
	s->text = s->next;
	s->next = (struct text){};
	s->sent = 0;
}

/*
 * The daemon asks for up to max bytes.  A client that has gone gets a regular
 * end: to an end by error, libmicrohttpd 0.9.75 leaves the socket open.
 */
static ssize_t read_stream(void *ctx, uint64_t pos, char *buffer, size_t max)
{
	struct http_stream *s = ctx;
	size_t length;

	(void)pos;
	if (s->hung_up)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (s->sent == s->text.length)
		begin_next(s);
	length = s->text.length - s->sent;
	if (length > max)
		length = max;
	if (!length && s->closing)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!length) {
		s->suspended = true;
		MHD_suspend_connection(s->connection);
		return 0;
	}
	memcpy(buffer, s->text.bytes + s->sent, length);
	s->sent += length;
	return length;
}

struct MHD_Response *stream_response(struct http_stream *s)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, 4096, read_stream, s, NULL);

	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
					"no-cache");
	return response;
}

int http_send_event(struct http_stream *s, const char *event, uint64_t id,
		    const char *data)
{
	struct text text;
	int length = asprintf(&text.bytes,
			      "event: %s\nid: %" PRIu64 "\ndata: %s\n\n", event,
			      id, data);

	if (length < 0)
		return -ENOMEM;
	text.length = length;
	free(s->next.bytes);
	s->next = text;
	note_speech(s);
	wake(s);
	return 0;
}

/* One that has more to say already, to a client that does not read, waits. */
static void beat(struct http_stream *s)
{
	note_speech(s);
	if (!s->suspended || s->next.bytes)
		return;
	s->next.bytes = strdup(HEARTBEAT);
	s->next.length = s->next.bytes ? strlen(HEARTBEAT) : 0;
	wake(s);
}

void streams_tick(struct http *http)
{
	struct http_stream *s;

	while ((s = TAILQ_FIRST(&http->streams)) &&
	       http->now - s->spoke >= HTTP_HEARTBEAT)
		beat(s);
}

void http_close_stream(struct http_stream *s)
{
	s->closing = true;
	wake(s);
}

/* ---- the client's side ------------------------------------------------ */

static void set_option(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));
}

/* What was sent but not acknowledged for that long ends the connection too. */
static void probe_client(int fd, unsigned int patience)
{
	int interval = patience / PROBES + 1;

	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, interval);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, patience * 1000);
}

void stream_hung_up(struct http_stream *s)
{
	s->hung_up = true;
	wake(s);
}

/* ---- from the first to the last --------------------------------------- */

struct http_stream *http_open_stream(const struct http_request *request,
				     struct http_reply *reply,
				     unsigned int patience,
				     void (*closed)(void *ctx), void *ctx)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (s) {
		s->http = request->http;
		s->connection = request->connection;
		s->closed = closed;
		s->ctx = ctx;
		s->text.bytes = strdup(GREETING);
		s->text.length = strlen(GREETING);
	}
	if (!s || !s->text.bytes) {
		http_problem(reply, 500, "There is no memory for a stream.");
		free(s ? s->text.bytes : NULL);
		free(s);
		return NULL;
	}
	s->spoke = s->http->now;
	TAILQ_INSERT_TAIL(&s->http->streams, s, link);
	probe_client(http_socket(s->connection), patience);
	door_stream(s->http->door, s, s->connection);
	reply->status = MHD_HTTP_OK;
	reply->type = "text/event-stream";
	reply->stream = s;
	return s;
}

void stream_free(struct http_stream *s)
{
	TAILQ_REMOVE(&s->http->streams, s, link);
	if (!s->closing)
		s->closed(s->ctx);
	free(s->text.bytes);
	free(s->next.bytes);
	free(s);
}

void streams_close(struct http_streams *streams)
{
	struct http_stream *s;

	TAILQ_FOREACH(s, streams, link)
		http_close_stream(s);
}
