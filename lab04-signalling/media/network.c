// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is known of the network, so that most news is no news, and what is to
 * be done about the rest:
 *
 *	a link is up, down, gone	compile the legs now
 *	an address, a MAC has changed	the same; and packets for an address
 *					are ours, or no longer
 *	a route				at the next tick: they come in crowds
 *	a neighbour answers		the same, for the legs that wait for one
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/local_addresses.h"
#include "common/log.h"
#include "common/route_watch.h"
#include "common/table.h"
#include "lab03-maps/control.h"
#include "lab04-signalling/media/network.h"

#define MAX_LINKS     4096
#define MAX_ADDRESSES 4096
#define WORK_MS	      2

struct address_key {
	struct in6_addr addr;
	int ifindex;
};

struct link {
	uint8_t mac[ETH_ALEN];
	bool can_send;
};

static struct table links = TABLE_INIT("links", TABLE_HASH, __u32, struct link,
				       MAX_LINKS);

/* Our addresses that we were told of; the value says nothing. */
static struct table addresses = TABLE_INIT("addresses", TABLE_HASH,
					   struct address_key, __u8,
					   MAX_ADDRESSES);

static struct {
	network_link_fn on_link;
	void *ctx;
	int addresses;	       /* the map of them that packets ask; or -1 */
	bool other_addresses;  /* it is to be brought up to date */
	bool changed;	       /* compile the legs at once */
	bool changed_a_little; /* at the next tick */
	bool back;	       /* likewise, legs that were left out */
	bool has_more;	       /* some are left to compile */
} network;

/* What was asked last: nearly all copies leave by the same interface. */
static struct {
	__u32 ifindex; /* 0: none */
	bool can_send;
} latest;

/* A table that is full forgets: what it held is news again. */
static void remember(struct table *table, const void *key, const void *value)
{
	if (table_set(table, key, value))
		table_close(table);
}

/* ---- news ------------------------------------------------------------- */

static void hear_neighbour(const struct route_news *news)
{
	if (control_neighbour_matters(&news->addr, news->ifindex, news->mac))
		network.changed = true;
	else
		network.back |= control_has_unreachable();
}

/* A link that is new changes no leg: its addresses and routes do. */
static void hear_link(const struct route_news *news)
{
	__u32 ifindex = news->ifindex;
	const struct link *old = table_find(&links, &ifindex);
	struct link new = { .can_send = news->can_send };

	memcpy(new.mac, news->mac, sizeof(new.mac));
	if (network.on_link)
		network.on_link(network.ctx, news->name, ifindex, false);
	if (old && !memcmp(old, &new, sizeof(new)))
		return;
	if (!old || old->can_send != new.can_send)
		log_debug("%s: %s", news->name,
			  new.can_send ? "can send" :
					 "is down or has no carrier");
	network.changed |= old != NULL;
	remember(&links, &ifindex, &new);
	latest.ifindex = 0;
}

static void hear_link_gone(const struct route_news *news)
{
	__u32 ifindex = news->ifindex;

	table_remove(&links, &ifindex);
	latest.ifindex = 0;
	network.changed = true;
	if (network.on_link)
		network.on_link(network.ctx, news->name, ifindex, true);
}

/* IPv6 routers renew theirs every few seconds. */
static void hear_address(const struct route_news *news)
{
	struct address_key key = {
		.addr = news->addr,
		.ifindex = news->ifindex,
	};
	__u8 yes = 1;

	if (news->kind == NEWS_ADDRESS && table_find(&addresses, &key))
		return;
	network.changed = network.other_addresses = true;
	if (news->kind == NEWS_ADDRESS)
		remember(&addresses, &key, &yes);
	else
		table_remove(&addresses, &key);
}

static void hear(const struct route_news *news, void *unused)
{
	(void)unused;
	switch (news->kind) {
	case NEWS_LINK:
		hear_link(news);
		break;
	case NEWS_LINK_GONE:
		hear_link_gone(news);
		break;
	case NEWS_ADDRESS:
	case NEWS_ADDRESS_GONE:
		hear_address(news);
		break;
	case NEWS_ROUTE:
		network.changed_a_little = true;
		break;
	case NEWS_NEIGHBOUR:
		hear_neighbour(news);
		break;
	}
}

/* ---- work ------------------------------------------------------------- */

static void compile_legs(void)
{
	log_debug("the network has changed: the legs are compiled anew");
	network.changed = network.changed_a_little = network.back = false;
	network.has_more = true;
	control_forget_routes();
}

static void compile_missing_legs(void)
{
	network.back = false;
	network.has_more = true;
	control_retry_unreachable();
}

/* What is not up to date now is tried again with the next news. */
static int sync_addresses(void)
{
	int err = network.addresses < 0 ?
			  0 :
			  local_addresses_sync(network.addresses);

	network.other_addresses = err;
	return err;
}

void network_read(int fd)
{
	/* What was lost could be anything; of links, the state is asked for. */
	if (route_watch_read(fd, hear, NULL)) {
		network.changed = network.other_addresses = true;
		route_watch_links(fd);
	}
	if (network.other_addresses)
		sync_addresses();
	if (network.changed)
		compile_legs();
}

void network_tick(void)
{
	if (network.changed_a_little)
		compile_legs();
	else if (network.back)
		compile_missing_legs();
}

void network_work(void)
{
	if (network.has_more)
		network.has_more = control_refresh(WORK_MS);
}

bool network_has_more(void)
{
	return network.has_more;
}

bool network_can_send(__u32 ifindex)
{
	const struct link *link;

	if (latest.ifindex != ifindex || !ifindex) {
		link = table_find(&links, &ifindex);
		latest.ifindex = ifindex;
		latest.can_send = !link || link->can_send;
	}
	return latest.can_send;
}

/* ---- opening ---------------------------------------------------------- */

/* The watch begins first, or what happens in between would be missed. */
int network_open(network_link_fn on_link, void *ctx, int addresses_map)
{
	int fd = route_watch_open();
	int err = fd < 0 ? fd : route_watch_links(fd);

	network.on_link = on_link;
	network.ctx = ctx;
	network.addresses = addresses_map;
	err = err ?: sync_addresses();
	if (!err)
		return fd;
	log_error("cannot watch the network: %s; is rtnetlink allowed here?",
		  strerror(-err));
	network_close(fd);
	return err;
}

void network_close(int fd)
{
	if (fd >= 0)
		close(fd);
	table_close(&links);
	table_close(&addresses);
}
