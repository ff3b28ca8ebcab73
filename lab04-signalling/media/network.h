/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the network of this host, as it changes while the server runs.
 *
 * A leg holds the interface that its copies leave by, and the MAC address of
 * the next hop.  When a neighbour gets another one or is found at last, when a
 * link, an address or a route comes or goes, the legs are compiled anew.
 */
#ifndef LAB04_NETWORK_H
#define LAB04_NETWORK_H

#include <stdbool.h>
#include <linux/types.h>

/* Called for each link that is there or has changed, and when it is gone. */
typedef void (*network_link_fn)(void *ctx, const char *name, __u32 ifindex,
				bool gone);

/*
 * A descriptor to poll, or negative errno, logged.  on_link may be NULL.
 * addresses_map is the map of this host's addresses, which is kept up from now on
 * (local_addresses.h); it stays the caller's.  Negative: there is none.
 */
int network_open(network_link_fn on_link, void *ctx, int addresses_map);
void network_close(int fd);

/* To be called when it is readable. */
void network_read(int fd);

/* To be called once a second: some news comes in crowds. */
void network_tick(void);

/*
 * Compiles legs for about 2 ms, if there are some to compile.  To be called
 * once a turn while network_has_more().
 */
void network_work(void);
bool network_has_more(void);

/*
 * Whether what leaves by an interface can go anywhere: false for one that is
 * down or has no carrier.  True for one that nothing is known of.
 */
bool network_can_send(__u32 ifindex);

#endif
