/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * HTTP written out by hand: one connection for each request, so that nothing
 * of a library stands between a test and what the server says.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lab04-signalling/testlib/http.h"

int http_connect(const char *host)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(HTTP_PORT),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons(HTTP_PORT),
	};
	struct timeval deadline = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = sandbox_socket(host, server->v6 ? AF_INET6 : AF_INET,
				SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	inet_pton(AF_INET6, server_ip(server), &six.sin6_addr);
	inet_pton(AF_INET, server_ip(server), &four.sin_addr);
	if (!(server->v6 ? connect(fd, (struct sockaddr *)&six, sizeof(six)) :
			   connect(fd, (struct sockaddr *)&four, sizeof(four))))
		return fd;
	close(fd);
	return -1;
}

bool http_write(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

bool http_print(int fd, const char *format, ...)
{
	char *text;
	va_list args;
	int length;
	bool ok;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	ok = http_write(fd, text, length);
	free(text);
	return ok;
}

/* Chunks (RFC 9112, section 7.1) become the body that they carry. */
static void join_chunks(char *body)
{
	char *from = body, *to = body;
	unsigned long size;

	while ((size = strtoul(from, &from, 16))) {
		from += strlen("\r\n");
		memmove(to, from, size);
		to += size;
		from += size + strlen("\r\n");
	}
	*to = '\0';
}

/* Says what is wrong with the server, if anything is. */
static void check_server(bool waited)
{
	const char *died = server_died(server);

	if (!died && waited)
		died = server_hangs(server);
	check_true(!died, "%s", died);
}

struct reply http_read(int fd)
{
	static char text[4 << 20];
	struct reply r = { .head = text };
	size_t length = 0;
	ssize_t got;

	while ((got = recv(fd, text + length, sizeof(text) - 1 - length, 0)) >
	       0)
		length += got;
	if (!length)
		check_server(got < 0 && errno == EAGAIN);
	close(fd);
	text[length] = '\0';
	r.body = strstr(text, "\r\n\r\n");
	check_true(r.body && sscanf(text, "HTTP/1.%*d %d", &r.status) == 1,
		   "no whole reply came, but \"%s\"", text);
	r.body[2] = '\0';
	r.body += 4;
	if (strstr(r.head, "\r\nTransfer-Encoding: chunked\r\n"))
		join_chunks(r.body);
	return r;
}

struct reply http(const char *host, const char *method, const char *path,
		  const char *type, const char *body)
{
	int fd = http_connect(host);

	if (fd < 0)
		check_server(false);
	check_true(fd >= 0, "the server does not answer on port %d", HTTP_PORT);
	http_print(fd, "%s %s HTTP/1.1\r\nHost: sfu\r\nConnection: close\r\n",
		   method, path);
	if (type)
		http_print(fd, "Content-Type: %s\r\n", type);
	if (body)
		http_print(fd, "Content-Length: %zu\r\n", strlen(body));
	http_print(fd, "\r\n%s", body ?: "");
	return http_read(fd);
}

const char *header(const struct reply *r, const char *name)
{
	static char value[256];
	const char *line = r->head;
	size_t length = strlen(name);

	*value = '\0';
	while ((line = strstr(line, "\r\n"))) {
		line += 2;
		if (!strncasecmp(line, name, length) && line[length] == ':')
			sscanf(line + length + 1, " %255[^\r]", value);
	}
	return value;
}

json_t *read_json(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	check_true(json, "no JSON: %s in \"%s\"", error.text, text);
	return json;
}

void check_problem(const struct reply *r, int status, const char *words)
{
	json_t *problem;
	const char *detail;

	step("%d: %.300s", r->status, r->body);
	check_int("status", status, r->status);
	check_str("Content-Type", "application/problem+json",
		  header(r, "Content-Type"));
	problem = read_json(r->body);
	detail = json_string_value(json_object_get(problem, "detail"));
	check_str("type", "about:blank",
		  json_string_value(json_object_get(problem, "type")));
	check_int("member status", status,
		  json_integer_value(json_object_get(problem, "status")));
	check_true(json_string_length(json_object_get(problem, "title")),
		   "there is no title");
	check_true(detail && strstr(detail, words),
		   "the detail does not say \"%s\"", words);
	json_decref(problem);
}
