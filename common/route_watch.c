// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A netlink socket that has joined the groups for links, addresses, routes and
 * neighbours. Its messages are translated into struct route_news.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/route_watch.h"
#include "common/rtnetlink.h"

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000 /* linux/if.h has it, and clashes with libc */
#endif

struct watcher {
	route_watch_fn *fn;
	void *arg;
};

int route_watch_open(void)
{
	return rtnetlink_watch(RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR |
			       RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			       RTMGRP_IPV6_ROUTE);
}

int route_watch_links(int fd)
{
	struct ifinfomsg all = {};
	_Alignas(4) char buf[256];
	struct nlmsghdr *nlh = rtnetlink_request(buf, RTM_GETLINK, &all,
						 sizeof(all));

	nlh->nlmsg_flags |= NLM_F_DUMP;
	return send(fd, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Bridges tell of their ports by the same message, with less in it. */
static bool get_link(const struct nlmsghdr *nlh, struct route_news *news)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	news->kind = nlh->nlmsg_type == RTM_NEWLINK ? NEWS_LINK :
						      NEWS_LINK_GONE;
	news->ifindex = ifi->ifi_index;
	news->can_send = ifi->ifi_flags & IFF_UP &&
			 ifi->ifi_flags & IFF_LOWER_UP;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		if (mnl_attr_get_type(attr) == IFLA_ADDRESS)
			rtnetlink_get_mac(attr, news->mac);
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			strncpy(news->name, mnl_attr_get_str(attr),
				sizeof(news->name) - 1);
	}
	return ifi->ifi_family == AF_UNSPEC;
}

/* An address that the network may yet refuse (RFC 4862) is none so far. */
static bool get_address(const struct nlmsghdr *nlh, struct route_news *news)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *addr = NULL;
	bool is_new = nlh->nlmsg_type == RTM_NEWADDR;

	news->kind = is_new ? NEWS_ADDRESS : NEWS_ADDRESS_GONE;
	news->ifindex = ifa->ifa_index;
	/* On a link of two ends, IFA_ADDRESS is the other one's. */
	mnl_attr_for_each(attr, nlh, sizeof(*ifa))
		if (mnl_attr_get_type(attr) == IFA_LOCAL ||
		    (mnl_attr_get_type(attr) == IFA_ADDRESS && !addr))
			addr = attr;
	if (addr)
		rtnetlink_get_addr_attr(addr, &news->addr);
	return addr && !(is_new && ifa->ifa_flags & IFA_F_TENTATIVE);
}

static bool get_neighbour(const struct nlmsghdr *nlh, struct route_news *news)
{
	struct rtnetlink_neighbour neighbour = {};

	news->kind = NEWS_NEIGHBOUR;
	if (!rtnetlink_get_neighbour(nlh, &neighbour))
		return false;
	news->ifindex = neighbour.ifindex;
	news->addr = neighbour.addr;
	memcpy(news->mac, neighbour.mac, ETH_ALEN);
	return true;
}

static bool get_news(const struct nlmsghdr *nlh, struct route_news *news)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return get_link(nlh, news);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return get_address(nlh, news);
	case RTM_NEWNEIGH:
		return get_neighbour(nlh, news);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		news->kind = NEWS_ROUTE;
		return true;
	default:
		return false;
	}
}

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct watcher *watcher = arg;
	struct route_news news = {};

	if (get_news(nlh, &news))
		watcher->fn(&news, watcher->arg);
	return MNL_CB_OK;
}

int route_watch_read(int fd, route_watch_fn *fn, void *arg)
{
	struct watcher watcher = { fn, arg };
	char buf[RTNETLINK_MESSAGE];
	ssize_t length;

	while ((length = recv(fd, buf, sizeof(buf), 0)) >= 0)
		mnl_cb_run(buf, length, 0, 0, on_message, &watcher);
	return errno == EAGAIN ? 0 : -errno;
}
