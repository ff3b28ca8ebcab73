/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reports, by rtnetlink(7), changes of links, addresses, routes and neighbours,
 * which decide how packets leave this host.  Needs no rights, and never blocks.
 * Addresses as in route.h.
 */
#ifndef COMMON_ROUTE_WATCH_H
#define COMMON_ROUTE_WATCH_H

#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum route_news_kind {
	NEWS_LINK, /* is there: a new one, or it has changed */
	NEWS_LINK_GONE,
	NEWS_ADDRESS, /* of this host */
	NEWS_ADDRESS_GONE,
	NEWS_ROUTE,	/* came or went */
	NEWS_NEIGHBOUR, /* has this MAC address; often the old one */
};

struct route_news {
	enum route_news_kind kind;
	int ifindex;	       /* but for NEWS_ROUTE */
	struct in6_addr addr;  /* address, neighbour */
	uint8_t mac[ETH_ALEN]; /* neighbour, link */

	char name[IF_NAMESIZE]; /* link, from here on */
	bool can_send;		/* it is up, and has a carrier */
};

typedef void route_watch_fn(const struct route_news *news, void *arg);

/* A descriptor to poll, or negative errno; the caller close()s it. */
int route_watch_open(void);

/*
 * Asks for all links that there are, so that they come as news.  Then the
 * news of one link is never older than what came before it.
 */
int route_watch_links(int fd);

/*
 * Calls fn for each piece of news.  -ENOBUFS: some were lost, so take
 * everything for changed.
 */
int route_watch_read(int fd, route_watch_fn *fn, void *arg);

#endif
