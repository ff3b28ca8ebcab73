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
#include <sys/mman.h>
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

/* What the handler was told by a header, and tells by one. */
static void answer_header(const struct http_request *rq,
			  struct http_reply *reply)
{
	http_add_header(reply, "ETag", "\"%s\"",
			http_header(rq, "If-Match") ?: "none");
	http_answer(reply, 201, "text/plain", strdup(rq->body));
}

static void echo_type(const struct http_request *rq, struct http_reply *reply)
{
	http_answer(reply, 200, "text/plain",
		    strdup(http_has_type(rq, "text/html") ? "html" : "plain"));
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
	{ "GET", "/pieces", NULL, answer_long, 0 },
	{ "PUT", "/upload", NULL, take_upload, 0 },
	{ "GET", "/events", NULL, open_events, HTTP_ACTS },
	{ "GET", "/", NULL, echo, 0 },
	{ "GET", "/rooms", NULL, echo, 0 },
	{ "POST", "/rooms/*/participants", NULL, echo, 0 },
	{ "GET", "/rooms/*/participants/*", NULL, echo, 0 },
	{ "GET", "/name", NULL, echo_name, 0 },
	{ "POST", "/open/*", "text/plain", answer_header, HTTP_ANY_PAGE },
	{ "PATCH", "/open/*", "text/plain, text/html", echo_type,
	  HTTP_ANY_PAGE },
	{ "DELETE", "/open/*", NULL, take_upload, HTTP_ANY_PAGE },
	{ "POST", "/door", "text/plain", echo, HTTP_JOINS | HTTP_ANY_PAGE },
	{ "GET", "/door", NULL, echo, 0 },
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

/* ---- methods and headers ----------------------------------------------- */

/* The value of a header of a reply, "" if it is not there. */
static const char *header_of(const char *reply, const char *name)
{
	static char value[256];
	size_t length = strlen(name);
	const char *line = reply;

	*value = '\0';
	while ((line = strstr(line, "\r\n")) && strncmp(line, "\r\n\r\n", 4)) {
		line += 2;
		if (!strncmp(line, name, length) && line[length] == ':')
			sscanf(line + length + 1, " %255[^\r]", value);
	}
	return value;
}

static void check_header(const char *reply, const char *name, const char *value)
{
	check_str(name, value, header_of(reply, name));
}

/* A request with these headers and this body, on a connection of its own. */
static const char *request(const char *first, const char *headers,
			   const char *body)
{
	return ask("%s HTTP/1.1\r\nHost: sfu\r\nConnection: close\r\n"
		   "Content-Length: %zu\r\n%s\r\n%s",
		   first, strlen(body), headers, body);
}

TEST("4.0.du", options, "OPTIONS tells what a path can do", .native = true)
{
	const char *reply;

	open_server();
	reply = request("OPTIONS /rooms", "", "");
	check_int("status", 204, status_of(reply));
	check_header(reply, "Allow", "GET, HEAD, OPTIONS");
	check_header(reply, "Accept-Post", "");
	reply = request("OPTIONS /open/x", "", "");
	check_header(reply, "Allow", "POST, PATCH, DELETE, OPTIONS");
	check_header(reply, "Accept-Post", "text/plain");
	check_header(reply, "Accept-Patch", "text/plain, text/html");
	check_int("status", 404,
		  status_of(request("OPTIONS /nothing", "", "")));
	http_close(http);
}

#define TEXT "Content-Type: text/plain\r\n"

TEST("4.0.dv", types_of_path,
     "PATCH, one type of several, and parameters of a type", .native = true)
{
	static const char *const html[] = {
		"Content-Type: text/html\r\n",
		"Content-Type: text/html; charset=utf-8\r\n",
		"Content-Type: TEXT/html;charset=\"utf-8\"\r\n",
		"Content-Type: text/html ; a=b\r\n",
	};
	static const char *const others[] = {
		"",
		"Content-Type: text/htm\r\n",
		"Content-Type: text/plain, text/html\r\n",
		"Content-Type: ,\r\n",
		"Content-Type: ;charset=utf-8\r\n",
	};
	const char *reply;

	open_server();
	for (size_t i = 0; i < sizeof(html) / sizeof(*html); i++)
		check_str("type", "html",
			  body_of(request("PATCH /open/x", html[i], "x")));
	check_str("type", "plain", body_of(request("PATCH /open/x", TEXT, "")));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		reply = request("PATCH /open/x", others[i], "x");
		check_int("status", 415, status_of(reply));
		check_header(reply, "Accept-Patch", "text/plain, text/html");
	}
	http_close(http);
}

TEST("4.0.dw", headers, "handlers read headers, and send some", .native = true)
{
	const char *reply;

	open_server();
	reply = request("POST /open/x", TEXT "if-match: *\r\n", "x");
	check_int("status", 201, status_of(reply));
	check_header(reply, "ETag", "\"*\"");
	reply = request("POST /open/x", TEXT, "x");
	check_header(reply, "ETag", "\"none\"");
	http_close(http);
}

/* What a browser needs to show an answer to the page of another site. */
static void check_open(const char *first, const char *headers, int status)
{
	static const char *const exposed[] = { "Location", "ETag", "Link",
					       "Accept-Patch", "Retry-After" };
	const char *reply;

	reply = request(first, headers, "x");
	check_int("status", status, status_of(reply));
	check_header(reply, "Access-Control-Allow-Origin", "*");
	for (size_t i = 0; i < sizeof(exposed) / sizeof(*exposed); i++)
		check_true(strstr(header_of(reply,
					    "Access-Control-Expose-Headers"),
				  exposed[i]),
			   "%s is not exposed", exposed[i]);
}

#define ELSEWHERE                                                              \
	"Origin: http://player.example\r\nSec-Fetch-Site: cross-site\r\n"

TEST("4.0.dx", cors, "pages of other sites may use a path that is for them",
     .native = true)
{
	const char *reply;
	char big[64];

	open_server();
	reply = request("OPTIONS /open/x",
			ELSEWHERE "Access-Control-Request-Method: PATCH\r\n"
				  "Access-Control-Request-Headers: "
				  "content-type,if-match\r\n",
			"");
	check_int("status", 204, status_of(reply));
	check_header(reply, "Access-Control-Allow-Origin", "*");
	check_header(reply, "Access-Control-Allow-Methods",
		     "POST, PATCH, DELETE, OPTIONS");
	check_header(reply, "Access-Control-Allow-Headers",
		     "Authorization, Content-Type, If-Match");
	check_open("POST /open/x", ELSEWHERE TEXT, 201);
	check_open("DELETE /open/x", ELSEWHERE, 204);
	check_open("PATCH /open/x", ELSEWHERE, 415);
	check_open("PUT /open/x", ELSEWHERE, 405);
	snprintf(big, sizeof(big), "Content-Length: %d\r\n", HTTP_MAX_BODY + 1);
	reply = ask("POST /open/x HTTP/1.1\r\nHost: sfu\r\n%s%s\r\n", big,
		    ELSEWHERE TEXT);
	check_int("status", 413, status_of(reply));
	check_header(reply, "Access-Control-Allow-Origin", "*");
	reply = request("OPTIONS /rooms/a/participants",
			ELSEWHERE "Access-Control-Request-Method: POST\r\n",
			"");
	check_true(!strstr(reply, "Access-Control"), "there are CORS headers");
	http_close(http);
}

TEST("4.0.dy", expect, "Expect: 100-continue is answered, and then the rest",
     .native = true)
{
	int fd;

	open_server();
	fd = dial_from(1);
	say_to(fd, "POST /open/x HTTP/1.1\r\nHost: sfu\r\n" TEXT
		   "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	check_comes(fd, "HTTP/1.1 100 Continue\r\n\r\n");
	say_to(fd, "v=0\r\n");
	check_comes(fd, "\r\n\r\nv=0\r\n");
	close(fd);
	http_close(http);
}

TEST("4.0.dz", keep_alive, "one connection serves for everything",
     .native = true)
{
	static const struct {
		const char *request, *end;
	} turns[] = {
		{ "OPTIONS /open/x HTTP/1.1\r\nHost: sfu\r\n\r\n", "\r\n\r\n" },
		{ "POST /open/x HTTP/1.1\r\nHost: sfu\r\n" TEXT
		  "Content-Length: 2\r\n\r\nab",
		  "\r\n\r\nab" },
		{ "PATCH /open/x HTTP/1.1\r\nHost: sfu\r\n" TEXT
		  "Content-Length: 1\r\n\r\nx",
		  "plain" },
		{ "PATCH /open/x HTTP/1.1\r\nHost: sfu\r\n"
		  "Content-Length: 1\r\n\r\nx",
		  "}" },
		{ "GET /open/x HTTP/1.1\r\nHost: sfu\r\n\r\n", "}" },
		{ "DELETE /open/x HTTP/1.1\r\nHost: sfu\r\n\r\n", "\r\n\r\n" },
		{ "GET /name?name=last HTTP/1.1\r\nHost: sfu\r\n\r\n", "last" },
	};
	int fd;

	open_server();
	fd = dial_from(1);
	for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++) {
		step("%s", turns[i].request);
		say_to(fd, turns[i].request);
		check_comes(fd, turns[i].end);
	}
	check_int("connections", 1, connections());
	close(fd);
	http_close(http);
}

/* ---- tokens ------------------------------------------------------------ */

/* The name of a file of this process that holds the text. */
static const char *file_with(const char *text)
{
	static char name[64];
	int fd = memfd_create("test", 0);

	check_int("write", strlen(text), write(fd, text, strlen(text)));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

static void check_token(const char *headers, int status, const char *told)
{
	const char *reply = request("POST /door", headers, "x");

	check_int("status", status, status_of(reply));
	check_header(reply, "WWW-Authenticate", told);
	check_header(reply, "Access-Control-Allow-Origin", "*");
}

#define NO_TOKEN    "Bearer realm=\"SwiftCall\""
#define WRONG_TOKEN NO_TOKEN ", error=\"invalid_token\""

TEST("4.0.d0", tokens, "who joins has a token, where tokens are asked for",
     .native = true)
{
	struct http_options options = {
		.token_file = file_with("# people\n\nabc-123 # alice\n"
					"  Zm9v/+._~==\r\nlast"),
	};
	static const char *const wrong[] = {
		"abc-12", "abc-1234", "ABC-123",	"abc",
		"",	  "las",      "abc-123abc-123", "abc-123 # alice",
		"#",	  "people",   "abc-123,last",
	};
	char line[128];

	open_limited(&options);
	check_token(TEXT, 401, NO_TOKEN);
	check_token("", 401, NO_TOKEN); /* before its type is looked at */
	check_token(TEXT "Authorization: Basic YTpi\r\n", 401, NO_TOKEN);
	check_token(TEXT "Authorization: Bearerabc-123\r\n", 401, NO_TOKEN);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(line, sizeof(line),
			 TEXT "Authorization: Bearer %s\r\n", wrong[i]);
		check_token(line, 401, *wrong[i] ? WRONG_TOKEN : NO_TOKEN);
	}
	check_token(TEXT "Authorization: Bearer abc-123\r\n", 200, "");
	check_token(TEXT "authorization: bearer  Zm9v/+._~==\r\n", 200, "");
	check_token(TEXT "Authorization: Bearer last\r\n", 200, "");
	check_int("status of OPTIONS", 204,
		  status_of(request("OPTIONS /door", "", "")));
	check_int("status of GET", 200,
		  status_of(request("GET /door", "", "")));
	http_close(http);
	open_server();
	check_token(TEXT, 200, "");
	http_close(http);
}

/* The server must not start. */
static void check_files(const struct http_options *options, int err)
{
	const struct ip_addr addr = {};

	check_int("http_open", err,
		  http_open(&addr, 0, tables, options, &http));
}

TEST("4.0.d1", token_files, "a file that has no tokens is refused",
     .native = true)
{
	struct http_options options = { .token_file = "/proc/self/none" };

	check_files(&options, -ENOENT);
	options.token_file = "/proc/self";
	check_files(&options, -EISDIR);
	options.token_file = file_with("# nobody\n \n");
	check_files(&options, -ENODATA);
	options.token_file = file_with("abc\ncaf\xc3\xa9\n");
	check_files(&options, -EINVAL);
}

/* ---- TLS --------------------------------------------------------------- */

/* A key, and its certificate: the name of a file that has both. */
static const char *make_certificate(void)
{
	static char pem[8192];
	FILE *f = popen("openssl req -x509 -newkey ec -nodes -days 2 -subj "
			"/CN=sfu -pkeyopt ec_paramgen_curve:prime256v1 "
			"-keyout /dev/stdout 2>/dev/null",
			"r");

	pem[fread(pem, 1, sizeof(pem) - 1, f)] = '\0';
	check_int("exit status of openssl req", 0, pclose(f));
	return file_with(pem);
}

static FILE *start_curl(const char *options, const char *path)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "curl -sSk %s 'https://127.0.0.1:%u%s' 2>&1", options,
		 ntohs(address.sin_port), path);
	step("%s", command);
	return popen(command, "re");
}

/* All that it prints while the server runs. */
static const char *end_curl(FILE *f)
{
	static char text[4 * HTTP_WHOLE];
	size_t length = 0;
	ssize_t got;

	do {
		wait_for(fileno(f));
		got = read(fileno(f), text + length, sizeof(text) - 1 - length);
		length += got > 0 ? got : 0;
	} while (got > 0);
	text[length] = '\0';
	pclose(f);
	return text;
}

static const char *curl(const char *options, const char *path)
{
	return end_curl(start_curl(options, path));
}

static const char *curl_events(void)
{
	FILE *f = start_curl("-N", "/events");

	while (!stream)
		http_run(http);
	http_send_event(stream, "offer", 1, "x");
	run_once();
	http_close_stream(stream);
	return end_curl(f);
}

#define TEXT_TO_CURL "-H 'Content-Type: text/plain'"

TEST("4.0.d2", https, "HTTPS, with large bodies both ways, and events",
     .native = true)
{
	const char *pem = make_certificate();
	struct http_options options = {
		.certificate_file = pem,
		.key_file = pem,
	};
	static char big[128 * 1024 + 1];
	char data[128];

	memset(big, 'x', sizeof(big) - 1);
	open_limited(&options);
	check_str("body", "GET |", curl("", "/rooms"));
	snprintf(data, sizeof(data), TEXT_TO_CURL " --data-binary @%s",
		 file_with(big));
	check_str("a large body", big, curl(data, "/open/x"));
	check_str("two, on one connection", "ab1ab0",
		  curl(TEXT_TO_CURL " -d ab -w '%{num_connects}'",
		       "/open/[1-2]"));
	check_str("events", ": connected\n\nevent: offer\nid: 1\ndata: x\n\n",
		  curl_events());
	check_int("bytes for who speaks HTTP", 0, strlen(ask(REQUEST)));
	http_close(http);
}

TEST("4.0.d3", tls_files, "files that are no certificate and key are refused",
     .native = true)
{
	char good[64];
	struct http_options options = {
		.certificate_file = "/proc/self/none",
		.key_file = good,
	};

	snprintf(good, sizeof(good), "%s", make_certificate());
	check_files(&options, -ENOENT);
	options.certificate_file = file_with("");
	check_files(&options, -EKEYREJECTED);
	options.certificate_file = make_certificate(); /* of another key */
	check_files(&options, -EKEYREJECTED);
}
