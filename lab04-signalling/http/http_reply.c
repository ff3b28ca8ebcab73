// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* From a request to the handler of its route, and what that says back. */
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/http/http_internal.h"
#include "lab04-signalling/utf8.h"

/* What is left of a piece is at text + sent. */
struct http_pieces {
	http_next_piece next;
	void (*close)(void *ctx);
	void *ctx;
	char *text;
	size_t length, sent;
};

/* ---- replies ---------------------------------------------------------- */

static void free_pieces(struct http_pieces *pieces)
{
	if (!pieces)
		return;
	if (pieces->close)
		pieces->close(pieces->ctx);
	free(pieces->text);
	free(pieces);
}

void reply_free(struct http_reply *reply)
{
	free_pieces(reply->pieces);
	free(reply->body);
}

void http_answer(struct http_reply *reply, int status, const char *type,
		 char *body)
{
	reply_free(reply);
	reply->pieces = NULL;
	reply->status = body ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
	reply->type = body ? type : NULL;
	reply->body = body;
}

void http_problem(struct http_reply *reply, int status, const char *detail, ...)
{
	char text[1024];
	va_list args;
	json_t *problem;

	va_start(args, detail);
	vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	utf8_mend(text);
	problem = json_pack("{ss ss si ss}", "type", "about:blank", "title",
			    MHD_get_reason_phrase_for(status), "status", status,
			    "detail", text);
	http_answer(reply, status, "application/problem+json",
		    json_dumps(problem, 0));
	json_decref(problem);
}

/* What fits into HTTP_WHOLE, and a bit more: 1 if there is more, 0, -errno. */
static int first_pieces(struct http_pieces *pieces)
{
	FILE *out = open_memstream(&pieces->text, &pieces->length);
	int more = out ? 1 : -ENOMEM;
	char *piece;

	while (more > 0 && ftell(out) < HTTP_WHOLE) {
		more = pieces->next(pieces->ctx, &piece);
		if (more <= 0)
			break;
		fputs(piece, out);
		free(piece);
	}
	if (out && fclose(out))
		more = -ENOMEM;
	return more;
}

void http_answer_in_pieces(struct http_reply *reply, const char *type,
			   http_next_piece next, void (*close)(void *ctx),
			   void *ctx)
{
	struct http_pieces *pieces = calloc(1, sizeof(*pieces));
	int more = -ENOMEM;
	char *all = NULL;

	if (pieces) {
		*pieces = (struct http_pieces){
			.next = next,
			.close = close,
			.ctx = ctx,
		};
		more = first_pieces(pieces);
	} else if (close) {
		close(ctx);
	}
	if (more > 0) {
		reply->pieces = pieces;
		reply->status = MHD_HTTP_OK;
		reply->type = type;
		return;
	}
	if (!more) {
		all = pieces->text;
		pieces->text = NULL;
	}
	free_pieces(pieces);
	http_answer(reply, MHD_HTTP_OK, type, all);
}

static bool next_piece(struct http_pieces *p, int *result)
{
	free(p->text);
	p->text = NULL;
	p->sent = p->length = 0;
	*result = p->next(p->ctx, &p->text);
	if (*result > 0)
		p->length = strlen(p->text);
	return *result > 0;
}

/* MHD's reader: what fits of a piece. */
static ssize_t read_pieces(void *ctx, uint64_t at, char *out, size_t max)
{
	struct http_pieces *p = ctx;
	int result;
	size_t n;

	(void)at;
	if (p->sent == p->length && !next_piece(p, &result))
		return result ? MHD_CONTENT_READER_END_WITH_ERROR :
				MHD_CONTENT_READER_END_OF_STREAM;
	n = p->length - p->sent < max ? p->length - p->sent : max;
	memcpy(out, p->text + p->sent, n);
	p->sent += n;
	return n;
}

static struct MHD_Response *pieces_response(struct http_pieces *pieces)
{
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_WHOLE,
						 read_pieces, pieces, NULL);
}

static struct MHD_Response *plain_response(const struct http_reply *reply)
{
	char *body = reply->body ?: "";

	return MHD_create_response_from_buffer(strlen(body), body,
					       MHD_RESPMEM_MUST_COPY);
}

static void add_header(struct MHD_Response *response, const char *name,
		       const char *value)
{
	if (value && *value)
		MHD_add_response_header(response, name, value);
}

bool reply_send(const struct http_request *rq, const struct http_reply *reply)
{
	struct MHD_Response *response = reply->stream ?
						stream_response(reply->stream) :
					reply->pieces ?
						pieces_response(reply->pieces) :
						plain_response(reply);
	enum MHD_Result result;

	if (!response)
		return false;
	add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
	add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
	add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
	result = MHD_queue_response(rq->connection, reply->status, response);
	MHD_destroy_response(response);
	rq->http->sent[reply->status]++;
	return result == MHD_YES;
}

/* ---- routes ----------------------------------------------------------- */

#define for_each_route(r, table, http)                                         \
	for (const struct http_route *const *table = (http)->routes; *table;   \
	     table++)                                                          \
		for (const struct http_route *r = *table; r->method; r++)

/* Fits a path, cut into segments, to a route's; fills in the parts. */
static bool path_fits(const char *pattern, char *const *segments,
		      const char **parts)
{
	size_t length;

	while (*pattern == '/' && *segments) {
		length = strcspn(++pattern, "/");
		if (length == 1 && *pattern == '*')
			*parts++ = *segments;
		else if (strncmp(*segments, pattern, length) ||
			 (*segments)[length])
			return false;
		pattern += length;
		segments++;
	}
	return !*pattern && !*segments;
}

static bool method_fits(const char *wanted, const char *method)
{
	return !strcmp(wanted, method) ||
	       (!strcmp(wanted, "GET") && !strcmp(method, "HEAD"));
}

/* The route of a request; else NULL, and *path is set if only that fits. */
static const struct http_route *find_route(struct http_request *rq,
					   const struct http_target *target,
					   const char **path)
{
	*path = NULL;
	for_each_route(r, table, rq->http)
	{
		if (!path_fits(r->path, target->segments, rq->parts))
			continue;
		*path = r->path;
		if (method_fits(r->method, rq->method))
			return r;
	}
	return NULL;
}

/* Parameters such as "; charset=utf-8" do not matter here. */
static bool type_fits(const struct http_request *rq, const char *takes)
{
	const char *type = MHD_lookup_connection_value(
		rq->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	size_t length = strcspn(type ?: "", "; \t");

	return !takes ||
	       (length == strlen(takes) && !strncasecmp(type, takes, length));
}

/* Tells which methods the path has routes for: "GET, HEAD". */
static void refuse_method(const struct http_request *rq, const char *path,
			  struct http_reply *reply)
{
	size_t used = 0, size = sizeof(reply->allow);

	for_each_route(r, table, rq->http) if (!strcmp(r->path, path))
		used += snprintf(reply->allow + used, size - used, "%s%s%s",
				 used ? ", " : "", r->method,
				 strcmp(r->method, "GET") ? "" : ", HEAD");
	http_problem(reply, MHD_HTTP_METHOD_NOT_ALLOWED,
		     "%.32s does not work here; try %s.", rq->method,
		     reply->allow);
}

static void route(struct http_request *rq, const struct http_target *target,
		  struct http_reply *reply)
{
	const char *path;
	const struct http_route *route = find_route(rq, target, &path);

	if (!route && path)
		refuse_method(rq, path, reply);
	else if (!route)
		http_problem(reply, MHD_HTTP_NOT_FOUND,
			     "There is nothing at this path; GET / lists what "
			     "there is.");
	else if (!type_fits(rq, route->takes))
		http_problem(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			     "The body must have the Content-Type %s.",
			     route->takes);
	else if (!site_refuses_page(rq, route, reply))
		route->handler(rq, reply);
}

void reply_make(struct http_request *rq, const struct http_target *target,
		int err, struct http_reply *reply)
{
	if (err == -EINVAL)
		http_problem(reply, MHD_HTTP_BAD_REQUEST,
			     "A path begins with '/', and a '%%' in it is "
			     "followed by two hexadecimal digits that are not "
			     "00; write the path as in GET /rooms.");
	else if (err == -ENOENT)
		http_problem(reply, MHD_HTTP_NOT_FOUND,
			     "There is nothing at a path of so many segments; "
			     "GET / lists what there is.");
	else if (!site_refuses_host(rq, target->host, reply))
		route(rq, target, reply);
}
