// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From a request to the handler of its route.
 *
 *	path --> is there one?		404
 *	         who asks?		421 host, 403 page, 401 token
 *	method > is it for this path?	405, or OPTIONS: which are?
 *	type --> is it the route's?	415
 *	         handler
 *
 * A path that pages of all sites may use says so in each answer, errors too,
 * or else a browser would not show them to the page (Fetch, section 3.2).
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/http/http_internal.h"

#define MAX_ALLOW 128 /* bytes of a list of methods */

/* ---- which one -------------------------------------------------------- */

#define for_each_route(r, http)                                                \
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

void choose_route(struct http_request *rq, const struct http_target *target)
{
	for_each_route(r, rq->http)
	{
		if (!path_fits(r->path, target->segments, rq->parts))
			continue;
		rq->path = r->path;
		rq->any_page |= r->flags & HTTP_ANY_PAGE;
		if (!rq->route && method_fits(r->method, rq->method))
			rq->route = r;
	}
}

/* Does a list such as "text/plain, text/html" have it? */
static bool list_has(const char *list, const char *type, size_t length)
{
	while (*list) {
		size_t size = strcspn(list, ",");

		if (size == length && !strncasecmp(list, type, length))
			return true;
		list += size;
		list += strspn(list, ", ");
	}
	return false;
}

bool http_has_type(const struct http_request *rq, const char *types)
{
	const char *type = http_header(rq, MHD_HTTP_HEADER_CONTENT_TYPE);

	return type && list_has(types, type, strcspn(type, "; \t"));
}

/* ---- what a path can do ------------------------------------------------ */

/* The methods that the path has routes for: "GET, HEAD". */
static void list_methods(const struct http_request *rq, char list[MAX_ALLOW])
{
	size_t used = 0;

	*list = '\0';
	for_each_route(r, rq->http) if (!strcmp(r->path, rq->path) &&
					!strstr(list, r->method))
		used += snprintf(list + used, MAX_ALLOW - used, "%s%s%s",
				 used ? ", " : "", r->method,
				 strcmp(r->method, "GET") ? "" : ", HEAD");
}

/* The media types that it takes, if any: RFC 5789, 3.1, and LDP, 7.1. */
static void add_types(const struct http_request *rq, struct http_reply *reply)
{
	for_each_route(r, rq->http)
	{
		if (!r->takes || strcmp(r->path, rq->path))
			continue;
		if (!strcmp(r->method, "POST"))
			http_add_header(reply, "Accept-Post", "%s", r->takes);
		else if (!strcmp(r->method, "PATCH"))
			http_add_header(reply, "Accept-Patch", "%s", r->takes);
	}
}

static void add_allow(struct http_reply *reply, const char *methods)
{
	http_add_header(reply, MHD_HTTP_HEADER_ALLOW, "%s, OPTIONS", methods);
}

static void refuse_method(const struct http_request *rq,
			  struct http_reply *reply)
{
	char methods[MAX_ALLOW];

	list_methods(rq, methods);
	add_allow(reply, methods);
	http_problem(reply, MHD_HTTP_METHOD_NOT_ALLOWED,
		     "%.32s does not work here; try %s.", rq->method, methods);
}

/*
 * OPTIONS: what the path can do.  A browser asks so before it lets a page of
 * another site do more than look (Fetch, section 4.8), without a token.  The
 * page may ask so, too: libraries for WHIP do, before they publish.
 */
static void tell_options(const struct http_request *rq,
			 struct http_reply *reply)
{
	char methods[MAX_ALLOW];

	list_methods(rq, methods);
	add_allow(reply, methods);
	add_types(rq, reply);
	if (!rq->any_page)
		return;
	http_add_header(reply, "Access-Control-Allow-Methods", "%s, OPTIONS",
			methods);
	http_add_header(reply, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, If-Match");
	http_add_header(reply, "Access-Control-Max-Age", "600");
}

static void refuse_type(const struct http_request *rq, struct http_reply *reply)
{
	add_types(rq, reply);
	http_problem(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		     "The body must have the Content-Type %s.",
		     rq->route->takes);
}

/* ---- the way to the handler ------------------------------------------- */

static void route(struct http_request *rq, struct http_reply *reply)
{
	const struct http_route *route = rq->route;

	if (!rq->path)
		http_problem(reply, MHD_HTTP_NOT_FOUND,
			     "There is nothing at this path; GET /help lists "
			     "what there is.");
	else if (!route && !strcmp(rq->method, MHD_HTTP_METHOD_OPTIONS))
		tell_options(rq, reply);
	else if (!route)
		refuse_method(rq, reply);
	else if (site_refuses_page(rq, reply))
		return;
	else if (route->flags & HTTP_JOINS && bearer_refuses(rq, reply))
		return;
	else if (route->takes && !http_has_type(rq, route->takes))
		refuse_type(rq, reply);
	else
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
			     "GET /help lists what there is.");
	else if (!site_refuses_host(rq, target->host, reply))
		route(rq, reply);
}

/* What a page of another site may read besides the body. */
void reply_open_to_pages(const struct http_request *rq,
			 struct http_reply *reply)
{
	if (!rq->any_page)
		return;
	http_add_header(reply, "Access-Control-Allow-Origin", "*");
	http_add_header(reply, "Access-Control-Expose-Headers",
			"Accept-Patch, Accept-Post, Allow, ETag, Link, "
			"Location, Retry-After, WWW-Authenticate");
}
