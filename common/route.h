/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Asks the kernel, by rtnetlink(7), how a packet to an address leaves this
 * host: by which interface, from which address, and between which MAC
 * addresses.
 *
 * Addresses are in network byte order, and IPv4's are written as IPv6's:
 * ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). The functions see the calling
 * thread's network namespace, need no rights, keep nothing between calls, log
 * nothing, and return negative errno.
 */
#ifndef COMMON_ROUTE_H
#define COMMON_ROUTE_H

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct route {
	int ifindex;	     /* goes out here; lo if it stays here */
	struct in6_addr src; /* of the family of the destination */
	uint8_t src_mac[ETH_ALEN];
	uint8_t dst_mac[ETH_ALEN]; /* the next hop's */
	bool is_loopback;	   /* then both MACs are zero */
	struct in6_addr next_hop;  /* whose MAC dst_mac is */
};

/*
 * Fills in *out, which is left alone on error. If the next hop's MAC address
 * is not known, an empty UDP datagram to port 9 (discard, RFC 863) of dst
 * makes the kernel look for it, and the call blocks for up to timeout_ms. A
 * MAC address that the kernel is no longer sure of will do.
 *
 * -ENETUNREACH	no route
 * -EHOSTUNREACH	the route says unreachable, prohibit or blackhole, or the
 *		next hop does not answer and the kernel gave up
 * -ETIMEDOUT	no answer yet. The kernel goes on asking, and the answer shows
 *		up in route_watch.h. With timeout_ms 0 nothing blocks, and
 *		a neighbour for which the kernel gave up is -EHOSTUNREACH at
 *		once, while the kernel asks again.
 * -EINVAL	dst is not one host: unspecified, broadcast or multicast, or it
 *		is link-local and does not say on which link
 * -EADDRNOTAVAIL	this host has no address to send from
 * -ENOTSUP	the interface's frames have no Ethernet addresses
 * Other errors are those of the system calls beneath.
 */
int route_resolve(const struct in6_addr *dst, int timeout_ms,
		  struct route *out);

/*
 * Finds only the interface and the source address, on any kind of link, and
 * whether or not the next hop is there.  It never blocks.
 */
int route_find(const struct in6_addr *dst, struct route *out);

/* 1 if a default route, of any table, leaves by that interface; else 0. */
int route_is_default(int ifindex);

typedef void route_address_fn(const struct in6_addr *addr, void *arg);

/*
 * Calls fn for each address of this host, on whatever link it is; an address
 * may come more than once.  -EINTR: addresses came or went meanwhile, so some
 * may be missing; ask again.
 */
int route_each_address(route_address_fn *fn, void *arg);

#endif
