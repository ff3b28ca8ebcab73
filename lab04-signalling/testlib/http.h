/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Requests to the server that is called, and its replies. */
#ifndef LAB04_TESTLIB_HTTP_H
#define LAB04_TESTLIB_HTTP_H

#include <jansson.h>

#include "lab04-signalling/testlib/server.h"

/* Valid until the next one comes. */
struct reply {
	int status;
	char *head, *body; /* strings */
};

/* A connection from host; -1: the server does not answer. */
int http_connect(const char *host);

/* false: the server wants no more of it. */
bool http_write(int fd, const void *bytes, size_t length);
bool http_print(int fd, const char *format, ...);

/* Reads a reply up to the end of the connection, and closes it. */
struct reply http_read(int fd);

/* A request of host; type and body may be NULL. */
struct reply http(const char *host, const char *method, const char *path,
		  const char *type, const char *body);

/* The value of a header, "" if it is not there; valid until the next one. */
const char *header(const struct reply *r, const char *name);

/* Fails if it is no JSON; the test gives it back with json_decref(). */
json_t *read_json(const char *text);

/* RFC 9457: an error, and words that its detail must have. */
void check_problem(const struct reply *r, int status, const char *words);

#endif
