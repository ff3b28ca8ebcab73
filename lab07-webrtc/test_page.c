// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The page as a browser gets it: every file that another one asks for is
 * there, with its type, and with what keeps strangers' scripts out.  What the
 * page does is tried with a browser, in browser/.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/test.h"
#include "lab04-signalling/api.h"
#include "lab04-signalling/http/http_internal.h"
#include "lab07-webrtc/page.h"

#define PAGE_FOLDER "lab07-webrtc/page/"
#define MAX_FILE    (64 * 1024)

static const struct http_route *const tables[] = { page_routes, api_routes,
						   NULL };
static struct http *http;

/* ---- a server, in this process, and its one client --------------------- */

static void open_server(void)
{
	static const struct http_options none;
	const struct ip_addr addr = {};

	check_int("http_open", 0, http_open(&addr, 0, tables, &none, &http));
}

static int connect_to_server(void)
{
	struct sockaddr_in6 at;
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	getsockname(door_socket(http->door), (struct sockaddr *)&at, &size);
	to.sin_port = at.sin6_port;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static char answer[MAX_FILE + 4096]; /* head and body */
static const char *body;

/* Serves until the connection ends, and reads what was answered. */
static void read_answer(int fd)
{
	struct pollfd ready[] = {
		{ .fd = http_fd(http), .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0) {
		check_true(poll(ready, 2, patient_ms(5000)) > 0, "no answer");
		if (ready[0].revents)
			http_run(http);
		if (!ready[1].revents)
			continue;
		n = read(fd, answer + length, sizeof(answer) - 1 - length);
		length += n > 0 ? n : 0;
	}
	answer[length] = '\0';
	body = strstr(answer, "\r\n\r\n");
	check_true(body, "the answer has no end of its head: %s", answer);
	body += 4;
}

/* The status of an answer, of which `answer` has the rest. */
static int ask(const char *method, const char *path)
{
	char request[256];
	int status = 0, fd = connect_to_server();

	step("%s %s", method, path);
	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		 "\r\n",
		 method, path);
	check_int("write", strlen(request),
		  write(fd, request, strlen(request)));
	read_answer(fd);
	close(fd);
	sscanf(answer, "HTTP/1.1 %d", &status);
	return status;
}

/* A line of the head: "Name: value". */
static void check_header(const char *line)
{
	const char *at = strcasestr(answer, line);

	check_true(at && at < body, "there is no \"%s\" in\n%.*s", line,
		   (int)(body - answer), answer);
}

static void check_file(const char *path, const char *file, const char *type)
{
	static char text[MAX_FILE];
	char line[128];
	FILE *f = fopen(file, "r");
	size_t length = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[length] = '\0';
	check_true(length > 0, "there is no %s", file);
	check_int("status", 200, ask("GET", path));
	check_str("body", text, body);
	snprintf(line, sizeof(line), "\r\nContent-Type: %s\r\n", type);
	check_header(line);
	check_header("\r\nCache-Control: no-cache\r\n");
	check_header("\r\nX-Content-Type-Options: nosniff\r\n");
}

/* ---- what is there ----------------------------------------------------- */

TEST("7.0.pa", page_at_root, "GET / is the page")
{
	open_server();
	check_file("/", PAGE_FOLDER "index.html", "text/html; charset=utf-8");
	check_file("/?room=kitchen", PAGE_FOLDER "index.html",
		   "text/html; charset=utf-8");
	check_file("/page/style.css", PAGE_FOLDER "style.css",
		   "text/css; charset=utf-8");
	check_file("/page/icon.svg", PAGE_FOLDER "icon.svg", "image/svg+xml");
	http_close(http);
}

/* "./name.js" in a module's imports, and all that it imports in turn. */
static unsigned int follow_imports(const char *name, char seen[32][32],
				   unsigned int count)
{
	char path[64], file[64], *text, *at;

	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(seen[i], name))
			return count;
	check_true(count < 32, "there are more modules than 32");
	snprintf(seen[count++], 32, "%s", name);
	snprintf(path, sizeof(path), "/page/%s", name);
	snprintf(file, sizeof(file), PAGE_FOLDER "%s", name);
	check_file(path, file, "text/javascript; charset=utf-8");
	text = strdup(body);
	for (at = text; (at = strstr(at, "from \"./")); at++) {
		char next[32];

		check_int("import", 1, sscanf(at, "from \"./%31[^\"]", next));
		count = follow_imports(next, seen, count);
	}
	free(text);
	return count;
}

TEST("7.0.pb", modules, "every module that another one imports is served")
{
	char seen[32][32];

	open_server();
	check_true(follow_imports("main.js", seen, 0) > 10,
		   "there are too few modules: imports are not found");
	http_close(http);
}

TEST("7.0.pc", no_other_files, "404 for what is no file of the page")
{
	static const char *const paths[] = {
		"/page",
		"/page/",
		"/page/no.js",
		"/page/call.js/x",
		"/page/INDEX.HTML",
		"/page/..%2fpage.c",
		"/page/../../page.c",
		"/index.html",
	};

	open_server();
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		check_int(paths[i], 404, ask("GET", paths[i]));
		check_header("\r\nContent-Type: application/problem+json\r\n");
	}
	http_close(http);
}

TEST("7.0.pd", head, "HEAD has the same head, and no body")
{
	static const char *const paths[] = { "/", "/page/main.js" };

	open_server();
	for (size_t i = 0; i < 2; i++) {
		check_int("status", 200, ask("HEAD", paths[i]));
		check_header("\r\nContent-Security-Policy: default-src 'none'");
		check_str("body", "", body);
	}
	http_close(http);
}

TEST("7.0.pe", policy, "scripts and connections of this server only")
{
	open_server();
	ask("GET", "/");
	check_header("; script-src 'self';");
	check_header("; connect-src 'self';");
	check_header("; frame-ancestors 'none'\r\n");
	check_true(!strstr(body, "<script>") && !strstr(body, " style=") &&
			   !strstr(body, "http:") && !strstr(body, "https:"),
		   "the page has a script, a style or an address in it");
	http_close(http);
}

TEST("7.0.pf", help_beside, "the API's help is at /help, and / takes no POST")
{
	open_server();
	check_int("status", 200, ask("GET", "/help"));
	check_true(strstr(body, "POST   /rooms/{room}/participants"),
		   "/help says: %s", body);
	check_int("status", 405, ask("POST", "/"));
	check_header("\r\nAllow: GET, HEAD, OPTIONS\r\n");
	http_close(http);
}
