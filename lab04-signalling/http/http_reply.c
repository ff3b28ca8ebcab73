// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What a handler says back, on its way to libmicrohttpd. */
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

static void free_body(struct http_reply *reply)
{
	free_pieces(reply->pieces);
	free(reply->body);
}

void reply_free(struct http_reply *reply)
{
	free_body(reply);
	for (size_t i = 0; i < reply->field_count; i++)
		free(reply->fields[i].value);
}

void http_add_header(struct http_reply *reply, const char *name,
		     const char *format, ...)
{
	va_list args;
	char *value;
	int length;

	va_start(args, format);
	length = vasprintf(&value, format, args);
	va_end(args);
	if (length < 0 || reply->field_count == HTTP_MAX_FIELDS) {
		reply->lost_field = true;
		free(length < 0 ? NULL : value);
		return;
	}
	reply->fields[reply->field_count].name = name;
	reply->fields[reply->field_count++].value = value;
}

void http_answer(struct http_reply *reply, int status, const char *type,
		 char *body)
{
	free_body(reply);
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

static bool add_headers(struct MHD_Response *response,
			const struct http_reply *reply)
{
	bool all = !reply->lost_field;

	if (reply->type)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					reply->type);
	for (size_t i = 0; all && i < reply->field_count; i++)
		all = MHD_add_response_header(response, reply->fields[i].name,
					      reply->fields[i].value);
	return all;
}

bool reply_send(const struct http_request *rq, const struct http_reply *reply)
{
	struct MHD_Response *response = reply->stream ?
						stream_response(reply->stream) :
					reply->pieces ?
						pieces_response(reply->pieces) :
						plain_response(reply);
	bool sent;

	if (!response)
		return false;
	sent = add_headers(response, reply) &&
	       MHD_queue_response(rq->connection, reply->status, response) ==
		       MHD_YES;
	MHD_destroy_response(response);
	rq->http->sent[reply->status]++;
	return sent;
}
