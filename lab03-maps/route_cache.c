// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Remembers the routes to the receivers.  A room of 100 asks the kernel once
 * for each address, and not for each leg.
 *
 *	route_cache_find()	known, and still in force?   a hash
 *	                	else ask: routing table,     route.h
 *	                	and the neighbour's MAC
 *	route_cache_expire()	all of them are to be asked for again
 *
 * It also remembers the MAC addresses that legs were made with.  The kernel
 * reports every neighbour, and only these concern us.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/route.h"
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

struct route_entry {
	struct ip_addr addr;
	struct route route;
	int err;	/* of this commit; if not 0, there is no route */
	__u32 found_in; /* the epoch in which the route was found */
	UT_hash_handle hh;
};

static struct {
	struct route_entry *entries;
	bool prune;	/* some entries are of no use any more */
	bool hops_lost; /* there was no room for all hops */
	__u32 epoch;	/* routes of an earlier one may have changed */
	int timeout;	/* ms, for a neighbour to answer */
} cache = { .timeout = 500 };

/*
 * The MAC addresses of neighbours by which some leg has ever gone.  News of
 * other neighbours changes no leg.
 */
struct hop_key {
	struct in6_addr addr;
	int ifindex;
};

static struct table hops = TABLE_INIT("hops", TABLE_HASH, struct hop_key,
				      __u8[ETH_ALEN], MAX_PARTICIPANTS);

static void forget_route(struct route_entry *e)
{
	HASH_DEL(cache.entries, e);
	free(e);
}

static void remember_hop(const struct route *route)
{
	struct hop_key key = {
		.addr = route->next_hop,
		.ifindex = route->ifindex,
	};

	cache.hops_lost |= table_set(&hops, &key, route->dst_mac) != 0;
}

bool control_neighbour_matters(const struct in6_addr *addr, int ifindex,
			       const __u8 mac[ETH_ALEN])
{
	struct hop_key key = { .addr = *addr, .ifindex = ifindex };
	const void *known = table_find(&hops, &key);

	return known ? memcmp(known, mac, ETH_ALEN) != 0 : cache.hops_lost;
}

/* Remembers failures, too: a commit waits for a silent neighbour only once. */
static void remember_route(const struct ip_addr *addr,
			   const struct route *route, int err)
{
	struct route_entry *e = malloc(sizeof(*e));

	if (!e)
		return;
	*e = (struct route_entry){
		.addr = *addr,
		.route = *route,
		.err = err,
		.found_in = cache.epoch,
	};
	cache.prune |= err != 0;
	HASH_ADD(hh, cache.entries, addr, sizeof(e->addr), e);
}

/*
 * In the kernel, packets need the whole route up to the MAC address of the next
 * hop.  In user space the stack finds that, so only the interface is asked for.
 */
int route_cache_find(const struct ip_addr *addr, struct route *route)
{
	struct route_entry *e;
	struct in6_addr dst;
	int err;

	HASH_FIND(hh, cache.entries, addr, sizeof(*addr), e);
	if (e && e->found_in == cache.epoch) {
		*route = e->route;
		return e->err;
	}
	if (e)
		forget_route(e);
	memcpy(&dst, addr, sizeof(dst));
	err = control_in_kernel() ? route_resolve(&dst, cache.timeout, route) :
				    route_find(&dst, route);
	remember_route(addr, route, err);
	if (!err && control_in_kernel())
		remember_hop(route);
	return err;
}

/* A receiver may still wait for a neighbour who has not answered yet. */
int route_cache_look(const struct ip_addr *addr, struct route *route)
{
	int timeout = cache.timeout, err;
	struct route_entry *before, *after;

	HASH_FIND(hh, cache.entries, addr, sizeof(*addr), before);
	if (!before || before->found_in != cache.epoch)
		before = NULL;
	cache.timeout = 0;
	err = route_cache_find(addr, route);
	cache.timeout = timeout;
	HASH_FIND(hh, cache.entries, addr, sizeof(*addr), after);
	if (err && after && !before && timeout)
		forget_route(after);
	return err;
}

void leg_set_route(struct leg *leg, const struct route *route)
{
	leg->ifindex = route->ifindex;
	memcpy(&leg->saddr, &route->src, sizeof(leg->saddr));
	memcpy(leg->smac, route->src_mac, sizeof(leg->smac));
	memcpy(leg->dmac, route->dst_mac, sizeof(leg->dmac));
}

void control_route_timeout(int ms)
{
	cache.timeout = ms;
}

void route_cache_expire(void)
{
	cache.epoch++;
	cache.prune = true;
}

static void forget_routes(bool all)
{
	struct route_entry *e, *next;

	HASH_ITER(hh, cache.entries, e, next)
		if (all || e->err || e->found_in != cache.epoch)
			forget_route(e);
}

void route_cache_prune(void)
{
	if (cache.prune)
		forget_routes(false);
	cache.prune = false;
}

void route_cache_close(void)
{
	forget_routes(true);
	table_close(&hops);
	cache.hops_lost = false;
}
