// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whose pages may use this server: those that it is addressed by, and no
 * others.  A page of another site, open in the browser of somebody who can
 * reach the server, could else act in his place.
 *
 * By its own name: then a browser says so in Origin and Sec-Fetch-Site.
 * By a name of its own that it lets point to our address (DNS rebinding):
 * then Host has that name.  What has no dot is no name of the wide Internet.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/http/http_internal.h"

#define MAX_HOST 256

/* The name in "name:port" or "[::1]:port"; false: it cannot be one. */
static bool name_of(char name[MAX_HOST], const char *host)
{
	size_t length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":");
	const char *port = host + length + (*host == '[' && host[length]);

	if (length >= MAX_HOST ||
	    (*port && (*port != ':' ||
		       strspn(port + 1, "0123456789") != strlen(port + 1))))
		return false;
	snprintf(name, MAX_HOST, "%.*s", (int)length, host);
	return true;
}

static bool is_literal(const char *name)
{
	struct in6_addr addr;

	return *name == '[' ? inet_pton(AF_INET6, name + 1, &addr) == 1 :
			      inet_pton(AF_INET, name, &addr) == 1;
}

/* "localhost" and what ends so are this computer (RFC 6761, section 6.3). */
static bool is_local(const char *name)
{
	const char *end = strrchr(name, '.');

	return !strcasecmp(end ? end + 1 : name, "localhost");
}

static bool has_no_dot(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_", *name))
			return false;
	return true;
}

static bool is_given(const struct http_options *options, const char *name)
{
	for (size_t i = 0; i < options->host_count; i++)
		if (!strcasecmp(options->hosts[i], name))
			return true;
	return false;
}

static bool is_our_host(const struct http *http, const char *host)
{
	char name[MAX_HOST];

	return name_of(name, host) &&
	       (is_literal(name) || is_local(name) || has_no_dot(name) ||
		is_given(http->options, name));
}

/* "http://host:port" is the host that we are called by, or one of ours. */
static bool is_our_origin(const struct http_request *rq, const char *origin)
{
	const char *host = strstr(origin, "://"), *called = rq->host;
	char name[MAX_HOST];

	if (!host)
		return false;
	host += 3;
	return (called && !strcasecmp(host, called)) ||
	       (name_of(name, host) && is_given(rq->http->options, name));
}

static bool is_cross_site(const struct http_request *rq)
{
	const char *origin = http_header(rq, MHD_HTTP_HEADER_ORIGIN);
	const char *site = http_header(rq, "Sec-Fetch-Site");

	return (origin && !is_our_origin(rq, origin)) ||
	       (site && strcasecmp(site, "same-origin") &&
		strcasecmp(site, "none"));
}

bool site_refuses_host(struct http_request *rq, const char *in_target,
		       struct http_reply *reply)
{
	rq->host = in_target ?: http_header(rq, MHD_HTTP_HEADER_HOST);
	if (!rq->host || is_our_host(rq->http, rq->host))
		return false;
	http_problem(reply, MHD_HTTP_MISDIRECTED_REQUEST,
		     "This server does not answer to the name %.64s; call it "
		     "by its address, or start it with --host and that name.",
		     rq->host);
	return true;
}

bool site_refuses_page(const struct http_request *rq, struct http_reply *reply)
{
	bool safe = !strcmp(rq->method, "GET") || !strcmp(rq->method, "HEAD");
	unsigned int flags = rq->route->flags;

	if (flags & HTTP_ANY_PAGE || (safe && !(flags & HTTP_ACTS)) ||
	    !is_cross_site(rq))
		return false;
	http_problem(reply, MHD_HTTP_FORBIDDEN,
		     "A page of another site may not do this; open a page of "
		     "this server, or start it with --host and the name of "
		     "yours.");
	return true;
}
