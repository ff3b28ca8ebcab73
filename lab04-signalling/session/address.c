// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Checks where media may go.  If signalling could name any address, the server
 * would be a weapon: one small request would send the streams of a whole room
 * to somebody who never asked.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/options.h"
#include "common/route.h"
#include "lab04-signalling/session/session_internal.h"

struct ip_addr media_ip(const struct sdp_media *m)
{
	struct ip_addr addr;

	memcpy(&addr, &m->connection, sizeof(addr));
	return addr;
}

bool is_loopback(const struct ip_addr *addr)
{
	if (ip_addr_is_v4(addr))
		return ntohl(addr->word[3]) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)addr);
}

/* Is it an address of this host?  Then a socket can have it. */
static bool is_here(const struct ip_addr *addr)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bound;

	memcpy(&here.sin6_addr, addr, sizeof(here.sin6_addr));
	bound = fd >= 0 && !bind(fd, (struct sockaddr *)&here, sizeof(here));
	if (fd >= 0)
		close(fd);
	return bound;
}

static bool is_allowed(const struct ip_addr *addr, const struct ip_addr *peer)
{
	return session_options.allow_any_address || ip_addr_equal(addr, peer) ||
	       (is_loopback(peer) && is_here(addr));
}

bool may_act_for(const struct ip_addr *peer, const struct ip_addr *joined)
{
	struct ip_addr here = http_site_of(peer), there = http_site_of(joined);

	return ip_addr_equal(&here, &there) || is_allowed(joined, peer);
}

/* Copies sent there would come in again, and go round for ever. */
static bool is_media_socket(const struct ip_addr *addr, __be16 port)
{
	const struct media_address *media = &session_options.media;

	return port == media->port && ip_addr_matches(&media->addr, addr) &&
	       is_here(addr);
}

/* "10.0.7.254", without a port. */
static const char *host(char text[ADDRESS_TEXT], const struct ip_addr *addr)
{
	address_format(text, addr, 0);
	*strrchr(text, ':') = '\0';
	return text;
}

int check_media_address(const struct sdp_media *m, const struct ip_addr *peer,
			struct problem *why)
{
	char text[ADDRESS_TEXT], peer_text[ADDRESS_TEXT];
	struct ip_addr addr = media_ip(m);

	if (!m->has_connection)
		return refuse(why, 422,
			      "m=%s (line %u) has no address; add a c= line "
			      "with yours.",
			      m->type, m->line);
	if (!m->port || m->port == DISCARD_PORT)
		return refuse(why, 422,
			      "m=%s (line %u) has port %u, which in plain RTP "
			      "is no place for media; give the port of your "
			      "socket.",
			      m->type, m->line, m->port);
	if (IN6_IS_ADDR_UNSPECIFIED(&m->connection) ||
	    ip_addr_equal(&addr,
			  &(struct ip_addr){ { 0, 0, htonl(0xffff), 0 } }))
		return refuse(why, 422,
			      "m=%s (line %u) has an address of zeros, which "
			      "is nobody's; put yours in c=.",
			      m->type, m->line);
	if (is_media_socket(&addr, htons(m->port)))
		return refuse(why, 422,
			      "m=%s (line %u) names the server's own media "
			      "port, %s; give yours.",
			      m->type, m->line,
			      address_format(text, &addr, htons(m->port)));
	if (!is_allowed(&addr, peer))
		return refuse(why, 403,
			      "m=%s (line %u) has the address %s, but you are "
			      "%s: media goes only to who asks for it. Put "
			      "your own address in c=, or start the server "
			      "with --allow-any-address.",
			      m->type, m->line, host(text, &addr),
			      host(peer_text, peer));
	return 0;
}
