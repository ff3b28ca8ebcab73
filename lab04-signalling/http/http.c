// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From libmicrohttpd to a handler, and back.
 *
 *	headers, body --> exchange --> queue --> handler --> reply
 *	                                  one in a turn of the loop
 *
 * The daemon calls us once for the headers and then for each piece of a body.
 * A whole body waits in the queue: to answer it may take as long as a join,
 * and media must not wait for two of them.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "lab04-signalling/http/http_internal.h"

#define CONNECTION_POOL (16 * 1024) /* for headers and for sending */
#define EVENTS_A_TURN	64

/* Who sends that much more than is read has no interest in an answer. */
#define FLOOD (16 * HTTP_MAX_BODY)

/* One request, from its first line until its answer is sent. */
struct exchange {
	struct http_request request;
	struct http_reply reply;
	struct http_target target;
	int target_err;	 /* of target_read() */
	size_t received; /* bytes of the body */
	size_t room;	 /* of them fit into request.body */
	bool no_room;	 /* there was no memory for more */
	size_t taken;	 /* of the door's memory for bodies */
	bool has_turn;	 /* its wait is over */
	TAILQ_ENTRY(exchange) link;
};

/* ---- requests --------------------------------------------------------- */

int http_socket(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD)
		->connect_fd;
}

static enum MHD_Result send_reply(struct exchange *x)
{
	reply_open_to_pages(&x->request, &x->reply);
	return reply_send(&x->request, &x->reply) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse_body(struct exchange *x)
{
	http_problem(&x->reply, MHD_HTTP_CONTENT_TOO_LARGE,
		     "The body of a request may have up to %d bytes; send "
		     "less.",
		     HTTP_MAX_BODY);
	return send_reply(x);
}

static enum MHD_Result answer(struct exchange *x)
{
	if (x->received > HTTP_MAX_BODY)
		return refuse_body(x);
	if (x->no_room) {
		http_problem(&x->reply, MHD_HTTP_SERVICE_UNAVAILABLE,
			     "The server has no room for the body of one more "
			     "request; try again in a second.");
		return send_reply(x);
	}
	reply_make(&x->request, &x->target, x->target_err, &x->reply);
	return send_reply(x);
}

/*
 * What comes with a body can be a lot of work: one of those is answered in a
 * turn of the loop.  The others are suspended, in the order in which they came.
 */
static enum MHD_Result answer_in_turn(struct exchange *x)
{
	struct http *http = x->request.http;

	if (!x->request.length)
		return answer(x);
	if (http->closing)
		return MHD_NO;
	if (x->has_turn || !http->worked) {
		http->worked = true;
		return answer(x);
	}
	TAILQ_INSERT_TAIL(&http->queue, x, link);
	MHD_suspend_connection(x->request.connection);
	return MHD_YES;
}

/* It goes on in the next turn of the daemon, before any that is new. */
static void leave_queue(struct exchange *x)
{
	TAILQ_REMOVE(&x->request.http->queue, x, link);
	x->has_turn = true;
	MHD_resume_connection(x->request.connection);
}

const char *http_header(const struct http_request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND,
					   name);
}

const char *http_query(const struct http_request *rq, const char *name)
{
	const char *value;
	size_t size;

	if (MHD_lookup_connection_value_n(rq->connection, MHD_GET_ARGUMENT_KIND,
					  name, strlen(name), &value,
					  &size) != MHD_YES ||
	    !value)
		return NULL;
	return strlen(value) == size ? value : ""; /* not half of one */
}

/* Both ends are IPv6 sockets, so IPv4 addresses come mapped already. */
static void read_addresses(struct http_request *rq)
{
	int fd = http_socket(rq->connection);
	struct sockaddr_in6 addr;
	socklen_t size = sizeof(addr);

	if (!getpeername(fd, (struct sockaddr *)&addr, &size))
		memcpy(&rq->peer, &addr.sin6_addr, sizeof(rq->peer));
	size = sizeof(addr);
	if (!getsockname(fd, (struct sockaddr *)&addr, &size))
		memcpy(&rq->local, &addr.sin6_addr, sizeof(rq->local));
}

static void free_exchange(struct exchange *x)
{
	if (x->taken)
		door_give_back(x->request.http->door, x->request.connection,
			       x->taken);
	target_free(&x->target);
	reply_free(&x->reply);
	free(x->request.body);
	free(x);
}

/*
 * Called when the first line is there, as the client has written it.  What
 * is returned is on_request()'s *exchange.
 */
static void *on_first_line(void *ctx, const char *target,
			   struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->request.http = ctx;
	x->request.connection = connection;
	x->reply.status = MHD_HTTP_NO_CONTENT;
	x->target_err = target_read(&x->target, target ?: "");
	x->request.body = strdup("");
	x->room = 1;
	if (x->request.body && x->target_err != -ENOMEM)
		return x;
	free_exchange(x);
	return NULL;
}

/* What the headers promise; a body that is too big is refused unread. */
static bool is_too_big(const struct exchange *x)
{
	const char *length = http_header(&x->request,
					 MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length && strtoull(length, NULL, 10) > HTTP_MAX_BODY;
}

static bool make_room(struct exchange *x, size_t length)
{
	struct http *http = x->request.http;
	char *body;

	if (length < x->room)
		return true;
	if (!door_take(http->door, x->request.connection,
		       length * 2 - x->taken))
		return false;
	x->taken = length * 2;
	body = realloc(x->request.body, x->taken);
	if (!body)
		return false;
	x->request.body = body;
	x->room = x->taken;
	return true;
}

/* Keeps a piece of the body, with a NUL; nothing of one that is refused. */
static enum MHD_Result take(struct exchange *x, const char *bytes, size_t size)
{
	struct http_request *rq = &x->request;

	x->received += size;
	if (x->received > FLOOD)
		return MHD_NO;
	if (x->received > HTTP_MAX_BODY || x->no_room)
		return MHD_YES;
	x->no_room = !make_room(x, x->received + 1);
	if (x->no_room)
		return MHD_YES;
	memcpy(rq->body + rq->length, bytes, size);
	rq->length = x->received;
	rq->body[rq->length] = '\0';
	return MHD_YES;
}

static enum MHD_Result begin(struct exchange *x, const char *method)
{
	x->request.method = method;
	if (!x->target_err)
		choose_route(&x->request, &x->target);
	door_busy(x->request.http->door, x->request.connection);
	read_addresses(&x->request);
	return is_too_big(x) ? refuse_body(x) : MHD_YES;
}

/* Called when the headers are there, for each piece of the body, at the end. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **exchange)
{
	struct exchange *x = *exchange;
	size_t size = *upload_size;

	(void)ctx;
	(void)connection;
	(void)url;
	(void)version;
	if (!x)
		return MHD_NO;
	if (!x->request.method)
		return begin(x, method);
	*upload_size = 0;
	return size ? take(x, upload, size) : answer_in_turn(x);
}

static void on_connection(void *ctx, struct MHD_Connection *connection,
			  void **unused,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http *http = ctx;

	(void)unused;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED)
		door_closed(http->door, connection);
}

static void on_completed(void *ctx, struct MHD_Connection *connection,
			 void **exchange, enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *exchange;

	(void)ctx;
	(void)why;
	if (!x)
		return;
	if (x->reply.stream)
		stream_free(x->reply.stream);
	door_answered(x->request.http->door, connection);
	free_exchange(x);
}

/* ---- the server ------------------------------------------------------- */

static void log_daemon(void *ctx, const char *format, va_list args)
{
	char text[256];

	(void)ctx;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http: %s", text);
}

/* Limits of time are the door's. */
static int start_daemon(struct http *http)
{
	struct MHD_OptionItem tls[4];
	unsigned int flags = tls_options(&http->tls, tls);

	http->daemon = MHD_start_daemon(
		flags | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET,
		0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER,
		log_daemon, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_first_line,
		http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_CONNECTION_LIMIT, door_limit(http->door),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_POOL,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (http->daemon)
		return 0;
	return http->tls.key ? -EKEYREJECTED : -ENOMEM;
}

static int watch_daemon(struct http *http)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)
			 ->epoll_fd;

	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (http->epoll < 0 ||
	    epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return 0;
}

/* What is wrong with them is logged. */
static int read_files(struct http *http, const struct http_options *options)
{
	int err = tls_open(options, &http->tls);

	if (!err && options->token_file)
		err = bearer_open(options->token_file, &http->bearer);
	return err;
}

static int start(struct http *http, const struct ip_addr *addr, __be16 port,
		 const struct http_options *options)
{
	int err = door_open(http, addr, port, options);
	err = err ?: start_daemon(http);
	err = err ?: watch_daemon(http);
	return err ?: door_listen(http->door);
}

static void explain(const struct http *http, const struct ip_addr *addr,
		    __be16 port, int err)
{
	char text[ADDRESS_TEXT];

	if (err == -EKEYREJECTED)
		log_error("cannot serve HTTPS with %s and %s; they must be "
			  "PEM, and the key must be the certificate's",
			  http->options->certificate_file,
			  http->options->key_file);
	else
		log_error("cannot serve HTTP on %s: %s; try another --http "
			  "ADDRESS:PORT",
			  address_format(text, addr, port), strerror(-err));
}

int http_open(const struct ip_addr *addr, __be16 port,
	      const struct http_route *const *routes,
	      const struct http_options *options, struct http **http)
{
	struct http *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return log_errno("cannot serve HTTP", "free some memory");
	h->routes = routes;
	h->epoll = -1;
	h->options = options;
	TAILQ_INIT(&h->streams);
	TAILQ_INIT(&h->queue);
	err = read_files(h, options);
	if (!err) {
		err = start(h, addr, port, options);
		if (err)
			explain(h, addr, port, err);
	}
	if (err) {
		http_close(h);
		return err;
	}
	*http = h;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	streams_close(&http->streams);
	http->closing = true;
	while (!TAILQ_EMPTY(&http->queue))
		leave_queue(TAILQ_FIRST(&http->queue));
	if (http->daemon) {
		MHD_run(http->daemon);
		MHD_stop_daemon(http->daemon);
	}
	door_close(http->door);
	bearer_close(http->bearer);
	tls_close(&http->tls);
	if (http->epoll >= 0)
		close(http->epoll);
	free(http);
}

int http_fd(const struct http *http)
{
	return http->epoll;
}

int http_timeout(const struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (http->woken || !TAILQ_EMPTY(&http->queue))
		return 0;
	return MHD_get_timeout(http->daemon, &ms) == MHD_YES ? (int)ms : -1;
}

static void on_event(struct http *http, void *what)
{
	if (what == http->door)
		door_accept(http->door);
	else if (what)
		door_ended(http->door, what);
}

void http_run(struct http *http)
{
	struct epoll_event events[EVENTS_A_TURN];
	int count = epoll_wait(http->epoll, events, EVENTS_A_TURN, 0);

	for (int i = 0; i < count; i++)
		on_event(http, events[i].data.ptr);
	http->woken = false;
	http->worked = !TAILQ_EMPTY(&http->queue);
	if (http->worked)
		leave_queue(TAILQ_FIRST(&http->queue));
	MHD_run(http->daemon);
}

void http_tick(struct http *http)
{
	door_tick(http->door);
	streams_tick(http);
	http_run(http);
}

const uint64_t *http_sent(const struct http *http)
{
	return http->sent;
}
