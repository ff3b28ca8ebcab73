// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who may come in, and for how long.
 *
 *	accepted --> waiting --headers--> busy --answered--> waiting ...
 *	               |                   |\
 *	               v                   v stream (until its client goes)
 *	          HTTP_PATIENCE      HTTP_DEADLINE
 *
 * Each connection costs a descriptor, and those are counted: by all, and by
 * one address.  Where there are no more, the one that has waited longest for
 * its next request goes first.  Time is counted in calls of http_tick().
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "common/log.h"
#include "common/options.h"
#include "lab04-signalling/http/http_internal.h"

#define BACKLOG	       1024
#define MAX_FILES      65536
#define SPARE_FILES    64 /* beside the connections */
#define ACCEPTS_A_TURN 32
#define ADDRESS_SHARE  4 /* one address gets a quarter */
#define SMALL_SHARE    4 /* of the files, where they are few */

struct client {
	struct ip_addr key;
	unsigned int connections;
	size_t bodies;		    /* bytes that its requests hold */
	struct connections waiting; /* those that wait longest first */
	UT_hash_handle hh;
};

enum state { UNUSED, WAITING, BUSY, STREAM, GONE };

struct connection {
	enum state state;
	bool ended;	/* the client sends no more */
	uint64_t since; /* it is in this state */
	size_t bodies;	/* of the client's bytes */
	struct client *client;
	struct http_stream *stream;
	TAILQ_ENTRY(connection) link; /* of door.waiting or door.busy */
	TAILQ_ENTRY(connection) of_client;
};

struct door {
	struct http *http;
	int listener;
	bool listening;
	unsigned int limit, per_address, count;
	unsigned int files, accepts;	  /* these in a turn */
	struct connection *connections;	  /* by descriptor */
	struct connections waiting, busy; /* the oldest first */
	struct client *clients;
	size_t bodies;
	uint64_t warned; /* when */
};

/* ---- addresses -------------------------------------------------------- */

struct ip_addr http_site_of(const struct ip_addr *addr)
{
	const struct in6_addr *six = (const struct in6_addr *)addr;
	struct ip_addr site = *addr;

	if (!IN6_IS_ADDR_V4MAPPED(six) && !IN6_IS_ADDR_LINKLOCAL(six) &&
	    !IN6_IS_ADDR_LOOPBACK(six))
		site.word[2] = site.word[3] = 0;
	return site;
}

static struct client *client_of(struct door *d, const struct ip_addr *addr)
{
	struct ip_addr key = http_site_of(addr);
	struct client *client;

	HASH_FIND(hh, d->clients, &key, sizeof(key), client);
	if (client)
		return client;
	client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	client->key = key;
	TAILQ_INIT(&client->waiting);
	HASH_ADD(hh, d->clients, key, sizeof(client->key), client);
	return client;
}

static void release_client(struct door *d, struct client *client)
{
	if (client->connections)
		return;
	HASH_DEL(d->clients, client);
	free(client);
}

/* ---- connections ------------------------------------------------------ */

static int descriptor(const struct door *d, const struct connection *c)
{
	return c - d->connections;
}

static struct connection *connection_of(struct door *d,
					struct MHD_Connection *connection)
{
	return &d->connections[http_socket(connection)];
}

static void leave_list(struct door *d, struct connection *c)
{
	if (c->state == WAITING) {
		TAILQ_REMOVE(&d->waiting, c, link);
		TAILQ_REMOVE(&c->client->waiting, c, of_client);
	} else if (c->state == BUSY) {
		TAILQ_REMOVE(&d->busy, c, link);
	}
}

/* A client that sends no more is the first to go. */
static void wait_for_request(struct door *d, struct connection *c)
{
	c->state = WAITING;
	c->since = c->ended ? 0 : d->http->now;
	if (c->ended) {
		TAILQ_INSERT_HEAD(&d->waiting, c, link);
		TAILQ_INSERT_HEAD(&c->client->waiting, c, of_client);
	} else {
		TAILQ_INSERT_TAIL(&d->waiting, c, link);
		TAILQ_INSERT_TAIL(&c->client->waiting, c, of_client);
	}
}

static void uncount(struct door *d, struct connection *c)
{
	leave_list(d, c);
	d->count--;
	c->client->connections--;
	c->client->bodies -= c->bodies;
	release_client(d, c->client);
	c->client = NULL;
	c->state = GONE;
}

/* The daemon sees that the socket is shut, and closes it in its next turn. */
static void throw_out(struct door *d, struct connection *c)
{
	uncount(d, c);
	shutdown(descriptor(d, c), SHUT_RDWR);
	d->http->woken = true;
}

static bool throw_out_oldest(struct door *d, struct connections *waiting)
{
	struct connection *c = TAILQ_FIRST(waiting);

	if (c)
		throw_out(d, c);
	return c;
}

void door_busy(struct door *d, struct MHD_Connection *connection)
{
	struct connection *c = connection_of(d, connection);

	if (c->state != WAITING)
		return;
	leave_list(d, c);
	c->state = BUSY;
	c->since = d->http->now;
	TAILQ_INSERT_TAIL(&d->busy, c, link);
}

void door_stream(struct door *d, struct http_stream *stream,
		 struct MHD_Connection *connection)
{
	struct connection *c = connection_of(d, connection);

	leave_list(d, c);
	c->state = STREAM;
	c->stream = stream;
	if (c->ended)
		stream_hung_up(stream);
}

void door_answered(struct door *d, struct MHD_Connection *connection)
{
	struct connection *c = connection_of(d, connection);

	c->stream = NULL;
	if (c->state != BUSY && c->state != STREAM)
		return;
	leave_list(d, c);
	wait_for_request(d, c);
}

void door_closed(struct door *d, struct MHD_Connection *connection)
{
	struct connection *c = connection_of(d, connection);
	int fd = descriptor(d, c);

	epoll_ctl(d->http->epoll, EPOLL_CTL_DEL, fd, NULL);
	if (c->state != GONE && c->state != UNUSED)
		uncount(d, c);
	memset(c, 0, sizeof(*c));
}

/* A half-closed connection still gets the answer to what it has asked for. */
void door_ended(struct door *d, struct connection *c)
{
	c->ended = true;
	if (c->stream) {
		stream_hung_up(c->stream);
	} else if (c->state == WAITING) {
		leave_list(d, c);
		wait_for_request(d, c);
	}
}

/* ---- bodies ----------------------------------------------------------- */

bool door_take(struct door *d, struct MHD_Connection *connection, size_t bytes)
{
	struct connection *c = connection_of(d, connection);

	if (!c->client || d->bodies + bytes > HTTP_MAX_BODIES ||
	    c->client->bodies + bytes > HTTP_MAX_BODIES / ADDRESS_SHARE)
		return false;
	d->bodies += bytes;
	c->bodies += bytes;
	c->client->bodies += bytes;
	return true;
}

void door_give_back(struct door *d, struct MHD_Connection *connection,
		    size_t bytes)
{
	struct connection *c = connection_of(d, connection);

	d->bodies -= bytes;
	c->bodies -= bytes;
	if (c->client)
		c->client->bodies -= bytes;
}

/* ---- coming in -------------------------------------------------------- */

static void listen_again(struct door *d, bool on)
{
	struct epoll_event event = {
		.events = on ? EPOLLIN : 0,
		.data.ptr = d,
	};

	if (on == d->listening)
		return;
	epoll_ctl(d->http->epoll, EPOLL_CTL_MOD, d->listener, &event);
	d->listening = on;
}

static void warn(struct door *d, const struct ip_addr *addr)
{
	char text[ADDRESS_TEXT];

	if (d->warned == d->http->now)
		return;
	d->warned = d->http->now;
	address_format(text, addr, 0);
	*strrchr(text, ':') = '\0';
	log_warn("%s has %u connections, and gets no more of them; if many "
		 "people share that address, raise --connections-per-address",
		 text, d->per_address);
}

/* Says why, if the client listens, and closes.  Over TLS there is no word. */
static void refuse(struct door *d, int fd)
{
	struct http_reply reply = {};
	char text[2048], unread[4096];
	int length;

	http_problem(&reply, MHD_HTTP_SERVICE_UNAVAILABLE,
		     "Your address has %u connections to this server, which is "
		     "the limit; close some, and try again.",
		     d->per_address);
	length = snprintf(text, sizeof(text),
			  "HTTP/1.1 503 Service "
			  "Unavailable\r\nContent-Type: %s\r\nConnection: close"
			  "\r\nRetry-After: %d\r\nContent-Length: %zu\r\n\r\n"
			  "%s",
			  reply.type ?: "", HTTP_PATIENCE,
			  strlen(reply.body ?: ""), reply.body ?: "");
	/* What is not read would make a reset of the end. */
	if (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) >= -1 &&
	    !d->http->tls.key)
		send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	d->http->sent[MHD_HTTP_SERVICE_UNAVAILABLE]++;
	reply_free(&reply);
	close(fd);
}

static void admit(struct door *d, int fd, struct client *client,
		  const struct sockaddr_in6 *from)
{
	struct connection *c = &d->connections[fd];
	struct epoll_event event = {
		.events = EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = c,
	};

	c->client = client;
	client->connections++;
	d->count++;
	wait_for_request(d, c);
	epoll_ctl(d->http->epoll, EPOLL_CTL_ADD, fd, &event);
	if (MHD_add_connection(d->http->daemon, fd,
			       (const struct sockaddr *)from,
			       sizeof(*from)) == MHD_YES ||
	    c->state == UNUSED)
		return;
	uncount(d, c);
	memset(c, 0, sizeof(*c));
}

static void consider(struct door *d, int fd, const struct sockaddr_in6 *from)
{
	struct ip_addr addr;
	struct client *client;

	memcpy(&addr, &from->sin6_addr, sizeof(addr));
	client = client_of(d, &addr);
	if (!client || (unsigned int)fd >= d->files) {
		close(fd);
		if (client)
			release_client(d, client);
	} else if (client->connections >= d->per_address &&
		   !throw_out_oldest(d, &client->waiting)) {
		warn(d, &addr);
		refuse(d, fd);
	} else {
		if (d->count >= d->limit)
			throw_out_oldest(d, &d->waiting);
		/* Its only connection may have been thrown out, and it too. */
		client = client_of(d, &addr);
		if (client)
			admit(d, fd, client, from);
		else
			close(fd);
	}
}

/* One more, for which there is room; false: not now. */
static bool accept_one(struct door *d)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	int fd;

	if (d->count >= d->limit && TAILQ_EMPTY(&d->waiting)) {
		listen_again(d, false);
		return false;
	}
	fd = accept4(d->listener, (struct sockaddr *)&from, &size,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/*
		 * No descriptors, no memory: there is nothing to wait for but
		 * the next tick, and one that goes.
		 */
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return false;
		throw_out_oldest(d, &d->waiting);
		listen_again(d, false);
		return false;
	}
	consider(d, fd, &from);
	return true;
}

void door_accept(struct door *d)
{
	for (unsigned int i = 0; i < d->accepts && accept_one(d); i++)
		;
}

/* ---- time ------------------------------------------------------------- */

static void expire(struct door *d, struct connections *list, uint64_t age)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(list)) &&
	       (c->ended || d->http->now - c->since >= age))
		throw_out(d, c);
}

void door_tick(struct door *d)
{
	d->http->now++;
	expire(d, &d->waiting, HTTP_PATIENCE);
	expire(d, &d->busy, HTTP_DEADLINE);
	listen_again(d, true);
}

/* ---- from the first to the last --------------------------------------- */

/* As many as the limit of open files allows, which is raised. */
static unsigned int raise_file_limit(void)
{
	struct rlimit files = { .rlim_max = 4 * SPARE_FILES };

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < MAX_FILES ? files.rlim_max :
						      MAX_FILES;
	setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur;
}

static int listen_on(const struct ip_addr *addr, __be16 port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = port };
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(AF_INET6, type, 0);
	int on = 1, off = 0, err;

	if (fd < 0)
		return -errno;
	memcpy(&to.sin6_addr, addr, sizeof(to.sin6_addr));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static void set_limits(struct door *d, const struct http_options *options)
{
	unsigned int spare = SPARE_FILES + ACCEPTS_A_TURN;

	d->files = raise_file_limit();
	d->limit = d->files > 2 * spare ? d->files - spare :
					  d->files / SMALL_SHARE;
	d->accepts = d->limit / 2 < ACCEPTS_A_TURN ? d->limit / 2 + 1 :
						     ACCEPTS_A_TURN;
	if (options->connections && options->connections < d->limit)
		d->limit = options->connections;
	d->per_address = options->per_address ?: d->limit / ADDRESS_SHARE ?: 1;
}

int door_open(struct http *http, const struct ip_addr *addr, __be16 port,
	      const struct http_options *options)
{
	struct door *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	http->door = d;
	d->http = http;
	TAILQ_INIT(&d->waiting);
	TAILQ_INIT(&d->busy);
	set_limits(d, options);
	d->connections = calloc(d->files, sizeof(*d->connections));
	d->listener = d->connections ? listen_on(addr, port) : -ENOMEM;
	return d->listener < 0 ? d->listener : 0;
}

int door_socket(const struct door *d)
{
	return d->listener;
}

unsigned int door_limit(const struct door *d)
{
	/* Who was thrown out is counted by the daemon until its next turn. */
	return d->limit + ACCEPTS_A_TURN;
}

int door_listen(struct door *d)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = d };

	d->listening = true;
	return epoll_ctl(d->http->epoll, EPOLL_CTL_ADD, d->listener, &event) ?
		       -errno :
		       0;
}

void door_close(struct door *d)
{
	if (!d)
		return;
	if (d->listener >= 0)
		close(d->listener);
	free(d->connections);
	free(d);
}
