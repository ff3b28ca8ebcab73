// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The HTTP server by itself, in this process, where each access to memory is
 * checked: what strangers may write into a request, and that whoever knocks
 * gets an answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/test.h"
#include "lab04-signalling/http/http_internal.h"
#include "lab04-signalling/utf8.h"

/* ---- a server ---------------------------------------------------------- */

static struct http *http;
static struct sockaddr_in address;

/* What came to the handler: "GET a|b". */
static void echo(const struct http_request *rq, struct http_reply *reply)
{
	char *text;

	check_true(asprintf(&text, "%s %s|%s", rq->method, rq->parts[0] ?: "",
			    rq->parts[1] ?: "") > 0,
		   "no memory");
	http_answer(reply, 200, "text/plain", text);
}

static void echo_name(const struct http_request *rq, struct http_reply *reply)
{
	http_answer(reply, 200, "text/plain",
		    strdup(http_query(rq, "name") ?: "none"));
}

/* A stream of events, the last of which is the one that the tests use. */
static struct http_stream *stream;
static unsigned int closed;

static void on_closed(void *ctx)
{
	(void)ctx;
	closed++;
	stream = NULL;
}

static void open_events(const struct http_request *rq, struct http_reply *reply)
{
	stream = http_open_stream(rq, reply, 10, on_closed, NULL);
}

static unsigned int uploads_done;

static void take_upload(const struct http_request *rq, struct http_reply *reply)
{
	(void)rq;
	(void)reply;
	uploads_done++;
}

#define PIECE  8192
#define PIECES (16 * HTTP_WHOLE / PIECE)

static unsigned int pieces_made;
static bool pieces_closed;

static int make_piece(void *ctx, char **piece)
{
	(void)ctx;
	if (pieces_made == PIECES)
		return 0;
	pieces_made++;
	return asprintf(piece, "%*s", PIECE, "") > 0 ? 1 : -ENOMEM;
}

static void close_pieces(void *ctx)
{
	(void)ctx;
	pieces_closed = true;
}

static void answer_long(const struct http_request *rq, struct http_reply *reply)
{
	(void)rq;
	http_answer_in_pieces(reply, "text/plain", make_piece, close_pieces,
			      NULL);
}

static const struct http_route routes[] = {
	{ "GET", "/pieces", NULL, answer_long, false },
	{ "PUT", "/upload", NULL, take_upload, false },
	{ "GET", "/events", NULL, open_events, true },
	{ "GET", "/", NULL, echo, false },
	{ "GET", "/rooms", NULL, echo, false },
	{ "POST", "/rooms/*/participants", NULL, echo, false },
	{ "GET", "/rooms/*/participants/*", NULL, echo, false },
	{ "GET", "/name", NULL, echo_name, false },
	{}
};

static const struct http_route *const tables[] = { routes, NULL };

static void open_limited(const struct http_options *options)
{
	const struct ip_addr addr = {}; /* all of 127.0.0.0/8, too */
	struct sockaddr_in6 at;
	socklen_t size = sizeof(at);

	check_int("http_open", 0, http_open(&addr, 0, tables, options, &http));
	getsockname(door_socket(http->door), (struct sockaddr *)&at, &size);
	address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = at.sin6_port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void open_server(void)
{
	static const struct http_options none;

	open_limited(&none);
}

/* ---- clients ----------------------------------------------------------- */

/* Runs the server until there is something to read for the client. */
static void wait_for(int fd)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = http_fd(http), .events = POLLIN },
	};

	do {
		poll(fds, 2, http_timeout(http));
		http_run(http);
	} while (!fds[0].revents);
}

/* From 127.0.0.host. */
static int dial_from(int host)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host),
	};

	check_int("bind", 0, bind(fd, (struct sockaddr *)&from, sizeof(from)));
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void say_to(int fd, const char *text)
{
	check_int("send", strlen(text),
		  send(fd, text, strlen(text), MSG_NOSIGNAL));
}

/* All that comes until the server closes. */
static const char *hear_all(int fd)
{
	static char text[32 * HTTP_WHOLE];
	size_t length = 0;
	ssize_t got;

	do {
		wait_for(fd);
		got = recv(fd, text + length, sizeof(text) - 1 - length, 0);
		length += got > 0 ? got : 0;
	} while (got > 0);
	close(fd);
	text[length] = '\0';
	return text;
}

/* Some bytes, and what the server answers until it closes. */
static const char *ask_bytes(const char *request, size_t size)
{
	int fd = dial_from(1);

	check_int("send", size, send(fd, request, size, MSG_NOSIGNAL));
	shutdown(fd, SHUT_WR);
	return hear_all(fd);
}

static const char *ask(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static const char *ask(const char *format, ...)
{
	char *request;
	const char *reply;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&request, format, args);
	va_end(args);
	check_true(length > 0, "no memory");
	step("%.200s", request);
	reply = ask_bytes(request, length);
	step("%.400s", reply);
	free(request);
	return reply;
}

static int status_of(const char *reply)
{
	int status = 0;

	sscanf(reply, "HTTP/1.%*d %d", &status);
	return status;
}

static const char *body_of(const char *reply)
{
	const char *body = strstr(reply, "\r\n\r\n");

	check_true(body, "no whole reply came, but \"%s\"", reply);
	return body + 4;
}

/* A target, and what comes of it. */
static void check_target(const char *target, int status, const char *body)
{
	const char *reply = ask("GET %s HTTP/1.1\r\nHost: sfu\r\n"
				"Connection: close\r\n\r\n",
				target);

	check_int("status", status, status_of(reply));
	if (status == 200)
		check_str("what the handler got", body, body_of(reply));
	else
		check_true(strstr(body_of(reply), body),
			   "the reply does not say \"%s\"", body);
}

/* ---- targets ----------------------------------------------------------- */

TEST("4.0.da", odd_targets, "a target without a path is a 400", .native = true)
{
	static const char *const targets[] = {
		"?",	       "?a=b",	   "*",
		"rooms",       "sfu:80",   "ftp://sfu/rooms",
		"http:/rooms", "%2Frooms", "#",
		"\xff",	       "?/rooms",  "%",
	};

	open_server();
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		check_target(targets[i], 400, "A path begins with '/'");
	check_target("/", 200, "GET |");
	http_close(http);
}

TEST("4.0.db", percent, "a '%' must mean a byte, and not a NUL", .native = true)
{
	static const char *const targets[] = {
		"/%",
		"/%4",
		"/%zz",
		"/%4z",
		"/rooms/%",
		"/rooms%00",
		"/rooms/a%00b/participants/1",
		"/rooms/a/participants/1%00",
		"/%2",
		"/%%",
		"/rooms%",
		"/rooms/%u0041",
	};

	open_server();
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		check_target(targets[i], 400, "hexadecimal");
	check_target("/%72ooms", 200, "GET |");
	check_target("/rooms/%c3%A9%2b/participants/%31", 200,
		     "GET \xc3\xa9+|1");
	http_close(http);
}

TEST("4.0.dc", segments,
     "a path is cut before it is decoded, and not to more than there is room "
     "for",
     .native = true)
{
	open_server();
	check_target("/rooms/a%2Fb/participants/c%2f", 200, "GET a/b|c/");
	check_target("/rooms%2Fa/participants/c", 404, "nothing at this path");
	check_target("/rooms//participants/", 200, "GET |");
	check_target("//rooms", 404, "nothing at this path");
	check_target("/rooms/", 404, "nothing at this path");
	check_target("/1/2/3/4/5/6/7/8", 404, "nothing at this path");
	check_target("/1/2/3/4/5/6/7/8/9", 404, "so many segments");
	check_target("/////////////////////////////", 404, "so many segments");
	http_close(http);
}

TEST("4.0.dd", absolute, "a target may be a whole URL (RFC 9112, 3.2.2)",
     .native = true)
{
	open_server();
	check_target("http://sfu", 200, "GET |");
	check_target("HTTP://sfu:8080?name=x", 200, "GET |");
	check_target("https://sfu/rooms", 200, "GET |");
	check_target("http://sfu/name?name=a", 200, "a");
	check_target("http:///rooms", 200, "GET |");
	check_target("http://", 200, "GET |");
	http_close(http);
}

static unsigned int connections(void)
{
	return MHD_get_daemon_info(http->daemon,
				   MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		->num_connections;
}

static void run_once(void)
{
	struct pollfd watched = { .fd = http_fd(http), .events = POLLIN };

	poll(&watched, 1, 0);
	http_run(http);
}

static void tick(int times)
{
	step("%d ticks", times);
	while (times--)
		http_tick(http);
}

/* What cannot be written with %s, from somebody who does not wait. */
static void check_bytes(const char *request, size_t size, const char *what)
{
	int fd = dial_from(1);

	step("%s", what);
	check_int("send", size, send(fd, request, size, MSG_NOSIGNAL));
	for (int i = 0; i < 4; i++)
		run_once();
	close(fd);
	do {
		http_tick(http); /* for it is not told of each end */
		run_once();
	} while (connections());
}

#define BYTES(x) x, sizeof(x) - 1

TEST("4.0.de", no_http, "whatever the bytes, the server lives", .native = true)
{
	char *path = malloc(65536);

	open_server();
	check_bytes(BYTES("GET \0/rooms HTTP/1.1\r\nHost: x\r\n\r\n"), "a NUL");
	check_bytes(BYTES("GET\r\n\r\n"), "no target");
	check_bytes(BYTES("GET  HTTP/1.1\r\nHost: x\r\n\r\n"), "two spaces");
	check_bytes(BYTES("GET /\r\n\r\n"), "no version");
	check_bytes(BYTES(" \r\n\r\n"), "a space");
	check_bytes(BYTES("\r\n\r\n\r\n"), "empty lines");
	check_bytes(BYTES("\0\0\0\0\r\n\r\n"), "NULs");
	check_bytes(BYTES("GET / HTTP/1.1\r\n: x\r\nHost\r\n\r\n"), "headers");
	for (size_t length = 1; length < 65536; length *= 2) {
		memset(path, '%', length);
		path[length - 1] = '\0';
		ask("GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "\r\n",
		    path);
	}
	check_target("/rooms", 200, "GET |");
	http_close(http);
	free(path);
}

/* ---- text -------------------------------------------------------------- */

/* A method may be any bytes, and an error says which. */
TEST("4.0.df", odd_methods, "a method of any bytes is a 405 in JSON",
     .native = true)
{
	static const char *const methods[] = {
		"BREW",
		"\xff\xfe",
		"\xc3",
		"g\xc3\xa9t",
		"\"",
		"\\",
		"%s",
		"\xed\xa0\x80",
		"1234567890123456789012345678901\xc3\xa9",
	};
	const char *reply;
	json_t *problem;

	open_server();
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		reply = ask("%s /rooms HTTP/1.1\r\nHost: x\r\n"
			    "Connection: close\r\n\r\n",
			    methods[i]);
		check_int("status", 405, status_of(reply));
		problem = json_loads(body_of(reply), 0, NULL);
		check_true(problem, "no JSON: %s", reply);
		json_decref(problem);
	}
	http_close(http);
}

static void check_mended(const char *text, const char *expected)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	utf8_mend(copy);
	check_str("text", expected, copy);
}

TEST("4.0.dg", mended,
     "a letter that was cut is left out, and what is no letter is a '?'",
     .native = true)
{
	check_mended("", "");
	check_mended("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		     "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	check_mended("caf\xc3", "caf");
	check_mended("caf\xc3 is", "caf is");
	check_mended("\xe2\x82 \xf0\x9f\x98", " ");
	check_mended("\xff\x80\xbf", "???");
	check_mended("\xc0\xaf", "??");		 /* '/' in two bytes */
	check_mended("\xed\xa0\x80", "??");	 /* half of UTF-16 */
	check_mended("\xf4\x90\x80\x80", "???"); /* U+110000 */
	check_mended("\xc3\xc3\xa9", "\xc3\xa9");
}

/* Any string of up to three bytes, and some of four. */
TEST("4.0.dh", always_utf8, "whatever is mended is UTF-8", .native = true)
{
	static const char odd[] =
		"a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
	size_t n = sizeof(odd); /* a NUL, too */
	json_t *json;

	for (size_t i = 0; i < n * n * n * n; i++) {
		char text[] = { odd[i % n], odd[i / n % n], odd[i / n / n % n],
				odd[i / n / n / n], 0 };

		utf8_mend(text);
		json = json_string(text);
		check_true(json, "text %zu is not UTF-8: \"%s\"", i, text);
		json_decref(json);
	}
}

/* ---- how many, and for how long ---------------------------------------- */

#define LIMIT 8
#define SHARE 2

static const struct http_options few = {
	.connections = LIMIT,
	.per_address = SHARE,
};

#define REQUEST "GET /rooms HTTP/1.1\r\nHost: sfu\r\nConnection: close\r\n\r\n"

static void check_served(int host)
{
	int fd = dial_from(host);

	step("127.0.0.%d asks", host);
	say_to(fd, REQUEST);
	check_int("status", 200, status_of(hear_all(fd)));
}

static void check_closed(int fd)
{
	char byte;

	wait_for(fd);
	check_int("bytes", 0, recv(fd, &byte, 1, 0));
	close(fd);
}

/* Runs the server until it has so many connections. */
static void wait_for_connections(unsigned int count)
{
	while (connections() != count)
		run_once();
}

TEST("4.0.di", all_idle, "who waits longest makes room where there is none",
     .native = true)
{
	int idle[LIMIT];

	open_limited(&few);
	for (int i = 0; i < LIMIT; i++)
		idle[i] = dial_from(2 + i / SHARE);
	wait_for_connections(LIMIT);
	check_served(9);
	check_closed(idle[0]);
	check_served(9);
	tick(HTTP_PATIENCE);
	for (int i = 1; i < LIMIT; i++)
		check_closed(idle[i]);
	check_served(2);
	http_close(http);
}

/* A request that lacks the end of its body. */
static int dial_half(int host)
{
	int fd = dial_from(host);

	say_to(fd, "POST /rooms/a/participants HTTP/1.1\r\nHost: sfu\r\n"
		   "Content-Length: 2\r\n\r\n1");
	return fd;
}

TEST("4.0.dj", all_busy, "an address has its share, and a request its deadline",
     .native = true)
{
	int half[SHARE], fd;

	open_limited(&few);
	for (int i = 0; i < SHARE; i++)
		half[i] = dial_half(2);
	wait_for_connections(SHARE);
	for (int i = 0; i < 10; i++)
		run_once(); /* each has read the headers */
	fd = dial_from(2);
	say_to(fd, REQUEST);
	check_true(strstr(hear_all(fd), "503 Service"), "it is served");
	check_served(3);
	tick(HTTP_DEADLINE - 1);
	check_int("connections", SHARE, connections());
	say_to(half[0], "2");
	wait_for(half[0]);
	tick(1);
	check_closed(half[1]);
	check_served(2);
	close(half[0]);
	http_close(http);
}

TEST("4.0.dk", slowly, "a byte now and then does not keep a connection",
     .native = true)
{
	int fd;

	open_server();
	fd = dial_from(1);
	wait_for_connections(1);
	for (int i = 1; i < HTTP_PATIENCE; i++) {
		say_to(fd, "G");
		tick(1);
	}
	check_int("connections", 1, connections());
	tick(1);
	check_closed(fd);
	http_close(http);
}

TEST("4.0.dl", ended,
     "a connection that its client has closed goes at the next tick",
     .native = true)
{
	int fd;

	open_server();
	fd = dial_from(1);
	say_to(fd, "GET /rooms HTTP/1.1\r\nHost: sfu\r\n\r\n");
	shutdown(fd, SHUT_WR); /* it arrives with the request */
	wait_for(fd);
	tick(1);
	run_once();
	check_int("connections", 0, connections());
	close(fd);
	http_close(http);
}

static void check_site(const char *text, const char *expected)
{
	struct ip_addr addr, is;
	char site[INET6_ADDRSTRLEN];

	inet_pton(AF_INET6, text, &addr);
	is = http_site_of(&addr);
	inet_ntop(AF_INET6, &is, site, sizeof(site));
	check_str("site", expected, site);
}

TEST("4.0.dm", one_network, "a /64 of IPv6 counts as one address",
     .native = true)
{
	check_site("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
	check_site("::ffff:10.0.7.1", "::ffff:10.0.7.1");
	check_site("fe80::1", "fe80::1");
	check_site("::1", "::1");
}

/* Sends half a body of the greatest length. */
static int upload(int host)
{
	static char half[HTTP_MAX_BODY / 2];
	char head[128];
	size_t sent = 0;
	ssize_t n;
	int fd = dial_from(host);

	snprintf(head, sizeof(head),
		 "POST /rooms/a/participants HTTP/1.1\r\n"
		 "Host: sfu\r\nConnection: close\r\nContent-Length: %zu\r\n"
		 "\r\n",
		 sizeof(half) + 1);
	say_to(fd, head);
	while (sent < sizeof(half)) {
		n = send(fd, half + sent, sizeof(half) - sent, MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
		run_once();
	}
	return fd;
}

TEST("4.0.dn", uploads, "bodies of one address have a quarter of the memory",
     .native = true, .seconds = 30)
{
	enum { COUNT = HTTP_MAX_BODIES / 4 / (HTTP_MAX_BODY / 2) + 1 };
	int fds[COUNT], fd;
	const char *reply;

	open_server();
	for (int i = 0; i < COUNT; i++)
		fds[i] = upload(2);
	say_to(fds[COUNT - 1], "x");
	reply = hear_all(fds[COUNT - 1]);
	check_int("status", 503, status_of(reply));
	check_true(strstr(reply, "try again"), "%s", reply);
	fd = upload(3);
	say_to(fd, "x");
	check_int("status", 200, status_of(hear_all(fd)));
	for (int i = 0; i < COUNT - 1; i++)
		close(fds[i]);
	while (connections()) {
		http_tick(http);
		run_once();
	}
	fd = upload(2);
	say_to(fd, "x");
	check_int("status", 200, status_of(hear_all(fd)));
	http_close(http);
}

/* ---- events ------------------------------------------------------------ */

static int open_stream(void)
{
	int fd = dial_from(1);

	say_to(fd, "GET /events HTTP/1.0\r\n\r\n");
	while (!stream)
		wait_for(fd);
	return fd;
}

/* Something that comes, and ends so; the rest is thrown away. */
static void check_comes(int fd, const char *end)
{
	char text[4096];
	size_t length = 0;

	do {
		wait_for(fd);
		length += recv(fd, text + length, sizeof(text) - 1 - length, 0);
		text[length] = '\0';
	} while (length < strlen(end) ||
		 strcmp(text + length - strlen(end), end));
}

static void check_nothing(int fd)
{
	char text[64];

	run_once();
	check_int("bytes", -1, recv(fd, text, sizeof(text), MSG_DONTWAIT));
}

#define UPLOAD                                                                 \
	"PUT /upload HTTP/1.1\r\nHost: sfu\r\nContent-Length: 1\r\n"           \
	"Connection: close\r\n\r\nx"

TEST("4.0.dr", one_a_turn,
     "one request with a body is answered in a turn, and those without are not "
     "held up",
     .native = true)
{
	int fds[20], other;
	unsigned int before;
	bool answered = false;
	char byte;

	open_server();
	for (int i = 0; i < 20; i++) {
		fds[i] = dial_from(1 + i);
		say_to(fds[i], UPLOAD);
	}
	other = dial_from(99);
	say_to(other, REQUEST);
	while (uploads_done < 20) {
		before = uploads_done;
		run_once();
		check_true(uploads_done <= before + 1, "%u in a turn",
			   uploads_done - before);
		answered |= recv(other, &byte, 1, MSG_DONTWAIT) == 1;
		check_true(answered || uploads_done < 10,
			   "%u uploads, and no answer", uploads_done);
	}
	for (int i = 0; i < 20; i++)
		check_int("status", 204, status_of(hear_all(fds[i])));
	close(other);
	http_close(http);
}

/* More than fits in sockets, so that the last ones wait for who reads them. */
TEST("4.0.dt", in_pieces,
     "a long answer is made a piece a turn, and the others are not held up",
     .native = true)
{
	unsigned int before;
	bool answered = false;
	const char *all;
	int fd, other;
	char byte;

	open_server();
	fd = dial_from(1);
	say_to(fd, "GET /pieces HTTP/1.0\r\n\r\n");
	while (!pieces_made)
		run_once();
	check_true(pieces_made <= HTTP_WHOLE / PIECE + 1, "%u at once",
		   pieces_made);
	other = dial_from(2);
	say_to(other, REQUEST);
	while (!answered) {
		before = pieces_made;
		run_once();
		check_true(pieces_made <= before + 1, "%u in a turn",
			   pieces_made - before);
		answered |= recv(other, &byte, 1, MSG_DONTWAIT) == 1;
		check_true(answered || pieces_made < PIECES,
			   "all pieces, and no answer");
	}
	all = hear_all(fd);
	check_int("status", 200, status_of(all));
	check_uint("bytes of the body", PIECES * PIECE,
		   strlen(strstr(all, "\r\n\r\n") + 4));
	check_true(pieces_closed, "close() was not called");
	close(other);
	http_close(http);
}

TEST("4.0.ds", closed_in_time, "a server that stops leaves its queue",
     .native = true)
{
	int fds[20];

	open_server();
	for (int i = 0; i < 20; i++) {
		fds[i] = dial_from(1 + i);
		say_to(fds[i], UPLOAD);
	}
	while (!uploads_done)
		run_once();
	http_close(http);
	check_true(uploads_done < 20, "all of them were answered first");
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

TEST("4.0.do", heartbeat,
     "a silent stream sends a comment, so that proxies keep it", .native = true)
{
	int fd;

	open_server();
	fd = open_stream();
	check_comes(fd, ": connected\n\n");
	tick(HTTP_HEARTBEAT - 1);
	check_nothing(fd);
	tick(1);
	check_comes(fd, ":\n\n");
	tick(HTTP_HEARTBEAT - 1);
	http_send_event(stream, "offer", 1, "x");
	check_comes(fd, "data: x\n\n");
	tick(HTTP_HEARTBEAT - 1);
	check_nothing(fd);
	tick(1);
	check_comes(fd, ":\n\n");
	tick(2 * (HTTP_PATIENCE + HTTP_DEADLINE));
	check_comes(fd, ":\n\n");
	check_int("streams that were closed", 0, closed);
	close(fd);
	while (!closed)
		run_once();
	http_close(http);
}

/* ---- other sites ------------------------------------------------------- */

static void check_headers(const char *first, const char *headers, int status)
{
	const char *reply = ask("%s HTTP/1.1\r\nConnection: close\r\n"
				"Content-Length: 0\r\n%s\r\n",
				first, headers);

	check_int("status", status, status_of(reply));
	check_true(!strstr(reply, "Access-Control"), "there are CORS headers");
}

TEST("4.0.dp", hosts, "421 for names that are not the server's", .native = true)
{
	static const char *const ours[] = {
		"127.0.0.1",   "10.0.7.1:8080",
		"[::1]",       "[fd00::1]:80",
		"sfu",	       "localhost:1",
		"a.localhost", "Call.Example.org:8080",
		"x_y-1",
	};
	static const char *const others[] = {
		"evil.example",
		"evil.example:8080",
		"localhost.evil.example",
		"127.0.0.1.evil.example",
		"evil.",
		"[::1].evil.example",
		"a b.c",
		"sfu:80@evil.example",
		"1.2.3",
		"call.example.org.x",
	};
	static const struct http_options named = {
		.hosts = { "call.example.org" },
		.host_count = 1,
	};
	char text[128];

	open_limited(&named);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		snprintf(text, sizeof(text), "Host: %s\r\n", ours[i]);
		check_headers("GET /rooms", text, 200);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(text, sizeof(text), "Host: %s\r\n", others[i]);
		check_headers("GET /rooms", text, 421);
		check_headers("POST /rooms/a/participants", text, 421);
	}
	check_headers("GET http://evil.example/rooms", "Host: sfu\r\n", 421);
	check_headers("GET http://sfu/rooms", "Host: evil.example\r\n", 200);
	http_close(http);
}

TEST("4.0.dq", sites, "403 for what a page of another site would do",
     .native = true)
{
#define AT "Host: sfu:8080\r\n"
	static const char *const others[] = {
		AT "Origin: http://evil.example\r\n",
		AT "Origin: null\r\n",
		AT "Origin: http://sfu:8081\r\n",
		AT "Origin: http://sfu\r\n",
		AT "Sec-Fetch-Site: cross-site\r\n",
		AT "Sec-Fetch-Site: same-site\r\n",
	};
	static const char *const ours[] = {
		AT,
		AT "Origin: http://sfu:8080\r\n",
		AT "Origin: http://SFU:8080\r\nSec-Fetch-Site: same-origin\r\n",
		AT "Sec-Fetch-Site: none\r\n",
	};

	open_server();
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		check_headers("POST /rooms/a/participants", others[i], 403);
		check_headers("GET /events", others[i], 403);
		check_headers("GET /rooms", others[i], 200);
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		check_headers("POST /rooms/a/participants", ours[i], 200);
	http_close(http);
}
