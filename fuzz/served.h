/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The server's HTTP side in this process, over tables in memory, and clients
 * that speak to it through sockets on the loopback interface.
 *
 *	serve_open()                        once
 *	client_open(), client_say(), ...    an input's
 *	serve_end()                         nothing of the input is left
 */
#ifndef FUZZ_SERVED_H
#define FUZZ_SERVED_H

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "fuzz/fuzz.h"
#include "lab03-maps/control.h"
#include "lab04-signalling/api.h"
#include "lab04-signalling/http/http_internal.h"
#include "lab04-signalling/media/relay.h"
#include "lab04-signalling/sdp/sdp.h"
#include "lab04-signalling/session/session.h"
#include "lab04-signalling/session/wire.h"

#define CANNOT_RUN 77
#define MEDIA_PORT 5004
#define EVER	   1000000 /* seconds: nobody is timed out */

static struct http *server;
static struct sockaddr_in server_at;

static inline void ignore_datagram(void *ctx, enum verdict class,
				   const struct ip_addr *from, __be16 port,
				   const void *bytes, __u32 len)
{
	(void)ctx, (void)class, (void)from, (void)port;
	(void)bytes, (void)len;
}

static inline void open_media(const struct media_address *media,
			      struct metrics_sources *sources)
{
	static struct loop_turns turns;
	static struct relay *relay;
	struct relay_options options = {
		.media = *media,
		.plane = &plane_user,
		.handler = ignore_datagram,
	};
	int err = relay_open(&options, &relay);

	if (err) {
		fprintf(stderr, "cannot open the media socket: %s\n",
			strerror(-err));
		exit(CANNOT_RUN);
	}
	sources->relay = relay;
	sources->turns = &turns;
}

static inline void serve_open(void)
{
	static const struct http_options options = {
		.connections = 64,
		.per_address = 64,
	};
	static const struct wire *const wires[] = { &wire_plain, NULL };
	static const struct http_route *const routes[] = { api_routes, NULL };
	static struct metrics_sources sources;
	struct ip_addr loopback = ip_addr_v4(htonl(INADDR_LOOPBACK));
	struct session_options session = {
		.media = { .addr = loopback, .port = htons(MEDIA_PORT) },
		.room_limit = 16,
		.address_limit = 64,
		.timeout = EVER,
		.wires = wires,
	};
	struct sockaddr_in6 bound; /* its port is where IPv4 has it, too */
	socklen_t length = sizeof(bound);

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	open_media(&session.media, &sources);
	sources.wires = wires;
	require(!control_open(&plane_user, NULL, session.media.port),
		"no tables");
	control_route_timeout(0);
	require(!session_open(&session), "no sessions");
	api_open(&sources);
	require(!http_open(&loopback, 0, routes, &options, &server), "no HTTP");
	sources.http = server;
	require(!getsockname(door_socket(server->door),
			     (struct sockaddr *)&bound, &length),
		"no address");
	server_at = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = bound.sin6_port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* libFuzzer has a timer, whose signal may come at any moment. */
static inline bool has_work(void)
{
	struct pollfd work = { .fd = http_fd(server), .events = POLLIN };
	int n;

	do
		n = poll(&work, 1, 0);
	while (n < 0 && errno == EINTR);
	return n > 0 || !http_timeout(server);
}

/* Until there is nothing to do. */
static inline void serve(void)
{
	while (has_work())
		http_run(server);
}

/* ---- clients ----------------------------------------------------------- */

struct client {
	int fd;
	char heard[1 << 20]; /* what has come and was not taken; and a NUL */
	size_t length;
	bool ended; /* the server has closed the connection */
};

static inline void client_open(struct client *c)
{
	c->length = 0;
	c->heard[0] = '\0';
	c->ended = false;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	require(!connect(c->fd, (struct sockaddr *)&server_at,
			 sizeof(server_at)) ||
			errno == EINPROGRESS,
		"connect: %s", strerror(errno));
	serve();
}

static inline void client_close(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	serve();
}

static inline void client_listen(struct client *c)
{
	ssize_t n;

	serve();
	while ((n = recv(c->fd, c->heard + c->length,
			 sizeof(c->heard) - 1 - c->length, MSG_DONTWAIT)) > 0) {
		c->length += n;
		serve();
	}
	c->ended = !n;
	require(c->length < sizeof(c->heard) - 1, "it answers without end");
	c->heard[c->length] = '\0';
}

/* A server that has closed the connection hears no more. */
static inline void client_say(struct client *c, const void *bytes,
			      size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = send(c->fd, at, length, MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			break;
		at += n > 0 ? n : 0;
		length -= n > 0 ? n : 0;
		client_listen(c);
	}
	client_listen(c);
}

/* ---- answers ----------------------------------------------------------- */

/* One that was taken from what a client has heard. */
struct answer {
	int status;
	char type[64], location[256];
	char *body; /* with a NUL behind it; to be freed */
	size_t length;
};

static inline void take(struct client *c, size_t length)
{
	c->length -= length;
	memmove(c->heard, c->heard + length, c->length + 1);
}

static inline void read_field(struct answer *a, const char *line,
			      size_t *length)
{
	if (!strncasecmp(line, "Content-Length:", 15))
		*length = strtoul(line + 15, NULL, 10);
	sscanf(line, "Content-Type: %63[^\r\n]", a->type);
	sscanf(line, "Location: %255[^\r\n]", a->location);
}

/* What is a client's fault is a 4xx, and this side has no faults of its own. */
static inline bool is_known_status(int status)
{
	return status == 100 || (status >= 200 && status <= 204) ||
	       (status >= 400 && status < 500) || status == 503 ||
	       status == 505;
}

/* What an answer has to be, whatever it answers. */
static inline void check_answer(const struct answer *a)
{
	json_t *json = NULL;

	require(is_known_status(a->status), "status %d: %s", a->status,
		a->body);
	if (!a->length)
		return;
	if (strstr(a->type, "json")) {
		json = json_loadb(a->body, a->length, 0, NULL);
		require(json, "this is no JSON: %s", a->body);
	}
	if (a->status >= 400 && strstr(a->type, "problem")) {
		require(json_integer_value(json_object_get(json, "status")) ==
				a->status,
			"another status: %s", a->body);
		require(json_string_length(json_object_get(json, "detail")),
			"no sentence: %s", a->body);
	}
	json_decref(json);
}

/*
 * The next answer; false if there is none, or one that goes on for ever (a
 * stream of events, whose header is taken).  An answer to HEAD has no body,
 * whatever its header says.
 */
static inline bool client_answer(struct client *c, struct answer *a)
{
	char *end = strstr(c->heard, "\r\n\r\n"), *line = c->heard;
	size_t length = 0;

	*a = (struct answer){};
	if (!c->length)
		return false;
	require(end, "half an answer: %s", c->heard);
	require(sscanf(line, "HTTP/1.%*[01] %d ", &a->status) == 1,
		"this is no answer: %s", c->heard);
	while ((line = strstr(line, "\r\n")) && line < end) {
		line += 2;
		read_field(a, line, &length);
	}
	take(c, end + 4 - c->heard);
	if (!c->length || !strncmp(c->heard, "HTTP/1.", 7))
		length = 0;
	if (a->status == 200 && !strcmp(a->type, "text/event-stream"))
		return false;
	require(length <= c->length, "%zu bytes of %zu came", c->length,
		length);
	a->body = malloc(length + 1);
	memcpy(a->body, c->heard, length);
	a->body[length] = '\0';
	a->length = length;
	take(c, length);
	check_answer(a);
	return true;
}

static inline void answer_free(struct answer *a)
{
	free(a->body);
	a->body = NULL;
}

/* ---- the end of an input ---------------------------------------------- */

static inline void everybody_leaves(void)
{
	struct problem why;

	table_each(e, &sfu_participants) {
		const __u32 *id = table_key(e);

		require(!session_leave(*id, &why), "cannot leave: %s",
			why.detail);
	}
}

static inline void check_empty(const struct table *table)
{
	require(!table_count(table), "%u entries are left in %s",
		table_count(table), table->name);
}

static inline void serve_end(void)
{
	serve();
	everybody_leaves();
	serve();
	check_empty(&sfu_rooms);
	check_empty(&sfu_participants);
	check_empty(&sfu_subscriptions);
	check_empty(&sfu_sinks);
	check_empty(&sfu_addresses);
	check_empty(&sfu_ssrcs);
	check_empty(&sfu_layers);
	check_empty(&sfu_told);
	check_empty(&sfu_publishers);
}

#endif
