// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads the lines of the session: v=, o=, s= and c=.  A c= may be an m-line's
 * as well.  Little hangs on most of them, so that much may be odd.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/sdp/sdp_internal.h"

int sdp_parse_version(struct parser *p, char *value)
{
	if (p->media)
		return sdp_fail(p->err, "v= begins another description; one "
					"is possible");
	if (strcmp(value, "0"))
		return sdp_fail(p->err, "v=%.32s is unknown: SDP has version 0",
				value);
	return 0;
}

/* Cuts the last word off and returns it; NULL if there is no other one. */
static char *cut_last_word(char *value)
{
	char *blank = strrchr(value, ' ');

	if (!blank)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

static bool is_digits(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* Numbers in o= have no limit: one beyond 64 bits counts as the greatest. */
static uint64_t version_of(const char *digits)
{
	uint64_t version;

	if (!is_digits(digits))
		return 0;
	return sdp_number(digits, '\0', UINT64_MAX, &version) ? version :
								UINT64_MAX;
}

static int set_origin(struct sdp *sdp, const char *username, const char *id,
		      const char *version)
{
	sdp->username = strdup(sdp_is_word(username) ? username : "-");
	sdp->sess_id = strdup(is_digits(id) ? id : "0");
	sdp->sess_version = version_of(version);
	return sdp->username && sdp->sess_id ? 0 : -ENOMEM;
}

/*
 * o=<username> <sess-id> <sess-version> IN IP4|IP6 <address>.  Nothing hangs on
 * it here: a username of several words, or none, is as good.
 */
int sdp_parse_origin(struct parser *p, char *value)
{
	const char *host, *type, *net, *version, *id;
	int ret;

	if (p->sdp->origin)
		return 0;
	host = cut_last_word(value);
	type = cut_last_word(value);
	net = cut_last_word(value);
	version = cut_last_word(value);
	id = cut_last_word(value);
	if (!version || !sdp_is_token(net) || !sdp_is_token(type) ||
	    !sdp_is_word(host))
		return sdp_fail(p->err, "o= is not '<username> <sess-id> "
					"<sess-version> IN IP4|IP6 <address>'");
	value[strcspn(value, " ")] = '\0';
	ret = set_origin(p->sdp, id ? value : "-", id ? id : value, version);
	if (!ret && asprintf(&p->sdp->origin, "%s %s %s", net, type, host) < 0)
		ret = -ENOMEM;
	return sdp_explain(p->err, ret, "o=");
}

int sdp_parse_name(struct parser *p, char *value)
{
	if (p->sdp->name)
		return 0;
	p->sdp->name = strdup(*value ? value : "-");
	return p->sdp->name ? 0 : sdp_explain(p->err, -ENOMEM, "s=");
}

/* An IPv4 address as v4-mapped.  Which of both it is, the address says. */
static bool read_address(const char *s, struct in6_addr *address)
{
	if (strchr(s, ':'))
		return inet_pton(AF_INET6, s, address) == 1;
	*address = (struct in6_addr){
		.s6_addr = { [10] = 0xff, [11] = 0xff },
	};
	return inet_pton(AF_INET, s, &address->s6_addr[12]) == 1;
}

/* Reads "IN IP4 192.0.2.1", "IN IP4 224.2.1.1/127".  0, or -EINVAL and *err. */
static int read_connection(char *value, struct in6_addr *address,
			   struct sdp_error *err)
{
	const char *net = strsep(&value, " ");
	const char *type = strsep(&value, " ");
	const char *host = strsep(&value, " /");

	if (!host || strcasecmp(net, "IN") || strncasecmp(type, "IP", 2))
		return sdp_fail(err, "c= is not 'IN IP4|IP6 <address>'");
	if (!read_address(host, address))
		return sdp_fail(err,
				"c=: '%.46s' is no IP address, and names are "
				"not looked up",
				host);
	return 0;
}

/* An odd c= of the session costs only m-lines that have no own: see below. */
int sdp_parse_connection(struct parser *p, char *value)
{
	struct sdp_media *m = p->media;
	struct in6_addr address;
	int ret;

	if (m ? p->own_connection : p->sdp->has_connection)
		return 0;
	ret = read_connection(value, &address, p->err);
	if (ret && !m && !p->connection.line)
		p->connection = *p->err;
	if (ret)
		return m ? ret : 0;
	p->own_connection = m;
	*(m ? &m->connection : &p->sdp->connection) = address;
	*(m ? &m->has_connection : &p->sdp->has_connection) = true;
	return 0;
}

/* The session part ends here: is all there that must be, besides v=? */
int sdp_check_session(struct parser *p)
{
	char none[] = "";

	if (!p->sdp->origin)
		return sdp_fail(p->err, "the session part has no o= line");
	return sdp_parse_name(p, none);
}
