/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the network of this host, as it changes while the server runs.
 *
 * A leg holds the interface that its copies leave by, and the MAC address of
 * the next hop.  So the legs are compiled again when a neighbour is found or
 * changes its MAC address, and when a link, an address or a route comes or
 * goes.
 */
#ifndef LAB04_NETWORK_H
#define LAB04_NETWORK_H

#include <stdbool.h>
#include <linux/types.h>

/* Called for each link that there is, that has changed, and that is gone. */
typedef void (*network_link_fn)(void *ctx, const char *name, __u32 ifindex,
				bool gone);

/*
 * Returns a descriptor to poll, or negative errno, logged.  on_link may be
 * NULL.  addresses_map is the map of this host's addresses (local_addresses.h),
 * which is kept up to date from now on; it stays the caller's.  Negative: there
 * is no such map.
 */
int network_open(network_link_fn on_link, void *ctx, int addresses_map);
void network_close(int fd);

/* To be called when the descriptor is readable. */
void network_read(int fd);

/*
 * To be called once a second: news that comes in crowds is handled only then.
 */
void network_tick(void);

/*
 * Compiles legs for about 2 ms, if there is something to compile.  To be called
 * once per turn while network_has_more().
 */
void network_work(void);
bool network_has_more(void);

/*
 * Can packets leave by this interface?  False if it is down or has no carrier;
 * true if nothing is known about it.
 */
bool network_can_send(__u32 ifindex);

#endif
