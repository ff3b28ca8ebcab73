/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Requests to rtnetlink(7) by libmnl, and the attributes of its answers.  Only
 * loader.c, route.c, route_watch.c and xdp_target.c use it, the last one for
 * generic netlink, too: the messages are made alike.
 *
 * Addresses are IPv6's; those of IPv4 are ::ffff:a.b.c.d.
 */
#ifndef COMMON_RTNETLINK_H
#define COMMON_RTNETLINK_H

#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTNETLINK_MESSAGE 32768 /* a link with many parts has long ones */

/* NULL, errno is set.  The caller closes it. */
struct mnl_socket *rtnetlink_open(void);

/* A socket that hears of these groups (RTMGRP_*) and never waits, or -errno. */
int rtnetlink_watch(uint32_t groups);

/* A request in buf that starts with the family's own header. */
struct nlmsghdr *rtnetlink_request(void *buf, uint16_t type, const void *header,
				   size_t size);

/* Sends a request and calls reader for its one answer.  0 or negative errno. */
int rtnetlink_ask(struct mnl_socket *nl, const struct nlmsghdr *nlh,
		  mnl_cb_t reader, void *result);

/* Calls reader for each object of a kind that exists.  0 or negative errno. */
int rtnetlink_dump(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t reader,
		   void *result);

int rtnetlink_family(const struct in6_addr *addr);

/* Reads an IPv4 or IPv6 address.  False if its length is that of neither. */
bool rtnetlink_get_addr(const void *from, size_t length, struct in6_addr *addr);
void rtnetlink_get_addr_attr(const struct nlattr *attr, struct in6_addr *addr);
void rtnetlink_put_addr(struct nlmsghdr *nlh, uint16_t type,
			const struct in6_addr *addr);

/* False if it is not a MAC address, but one of another kind of link. */
bool rtnetlink_get_mac(const struct nlattr *attr, uint8_t mac[ETH_ALEN]);

/* A neighbour as RTM_NEWNEIGH tells of it. */
struct rtnetlink_neighbour {
	int ifindex;
	struct in6_addr addr;
	uint8_t mac[ETH_ALEN];
	bool failed; /* the kernel has given it up */
};

/* Whether the message has a MAC address that the kernel would send to. */
bool rtnetlink_get_neighbour(const struct nlmsghdr *nlh,
			     struct rtnetlink_neighbour *neighbour);

#endif
