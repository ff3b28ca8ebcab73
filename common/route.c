// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Three questions to the kernel, each with the answer of the one before: the
 * route, its interface, the neighbour. If the neighbour is not known yet, a
 * datagram makes the kernel look for it, and its news are awaited.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/route.h"
#include "common/rtnetlink.h"

#define DISCARD_PORT 9
#define REQUEST_SIZE 256

struct lookup {
	unsigned char type; /* RTN_* */
	bool has_mac;
	struct route route;
};

static int read_route(const struct nlmsghdr *nlh, void *result)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct lookup *l = result;
	const struct nlattr *attr;
	const struct rtvia *via;

	l->type = rtm->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			l->route.ifindex = mnl_attr_get_u32(attr);
			break;
		case RTA_PREFSRC:
			rtnetlink_get_addr_attr(attr, &l->route.src);
			break;
		case RTA_GATEWAY:
			rtnetlink_get_addr_attr(attr, &l->route.next_hop);
			break;
		case RTA_VIA: /* IPv4 by way of an IPv6 router, RFC 5549 */
			via = mnl_attr_get_payload(attr);
			rtnetlink_get_addr(via->rtvia_addr,
					   mnl_attr_get_payload_len(attr) -
						   sizeof(*via),
					   &l->route.next_hop);
			break;
		}
	}
	return MNL_CB_OK;
}

/* IPv6 answers with a route of such a type where IPv4 returns an error. */
static int check_type(unsigned char type)
{
	switch (type) {
	case RTN_UNICAST:
	case RTN_LOCAL:
		return 0;
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		return -EINVAL;
	default:
		return -EHOSTUNREACH;
	}
}

static int find_route(struct mnl_socket *nl, const struct in6_addr *dst,
		      struct lookup *l)
{
	int family = rtnetlink_family(dst);
	struct rtmsg rtm = {
		.rtm_family = family,
		.rtm_dst_len = family == AF_INET ? 32 : 128,
	};
	_Alignas(4) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = rtnetlink_request(buf, RTM_GETROUTE, &rtm,
						 sizeof(rtm));
	int err;

	rtnetlink_put_addr(nlh, RTA_DST, dst);
	l->route.next_hop = *dst;
	err = rtnetlink_ask(nl, nlh, read_route, l);
	if (err == -EACCES || err == -EINVAL) /* prohibit, blackhole */
		return -EHOSTUNREACH;
	if (err)
		return err;
	err = check_type(l->type);
	if (!err && IN6_IS_ADDR_UNSPECIFIED(&l->route.src))
		err = -EADDRNOTAVAIL;
	return err;
}

static int read_link(const struct nlmsghdr *nlh, void *result)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct lookup *l = result;
	const struct nlattr *attr;

	l->route.is_loopback = ifi->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
		if (mnl_attr_get_type(attr) == IFLA_ADDRESS)
			l->has_mac = rtnetlink_get_mac(attr, l->route.src_mac);
	return MNL_CB_OK;
}

static int find_link(struct mnl_socket *nl, struct lookup *l)
{
	struct ifinfomsg ifi = { .ifi_index = l->route.ifindex };
	_Alignas(4) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = rtnetlink_request(buf, RTM_GETLINK, &ifi,
						 sizeof(ifi));
	int err = rtnetlink_ask(nl, nlh, read_link, l);

	if (!err && !l->has_mac)
		err = -ENOTSUP;
	return err;
}

static int read_neighbour(const struct nlmsghdr *nlh, void *result)
{
	struct rtnetlink_neighbour *neighbour = result;

	if (rtnetlink_get_neighbour(nlh, neighbour))
		return MNL_CB_OK;
	errno = neighbour->failed ? EHOSTUNREACH : EAGAIN;
	return MNL_CB_ERROR;
}

/*
 * -EAGAIN: not known yet; -EHOSTUNREACH: the kernel has given up; -ENOENT: it
 * has not begun to look, or has given up a while ago.
 */
static int find_neighbour(struct mnl_socket *nl, struct lookup *l)
{
	struct ndmsg ndm = {
		.ndm_family = rtnetlink_family(&l->route.next_hop),
		.ndm_ifindex = l->route.ifindex,
	};
	struct rtnetlink_neighbour neighbour = {};
	_Alignas(4) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = rtnetlink_request(buf, RTM_GETNEIGH, &ndm,
						 sizeof(ndm));
	int err;

	rtnetlink_put_addr(nlh, NDA_DST, &l->route.next_hop);
	err = rtnetlink_ask(nl, nlh, read_neighbour, &neighbour);
	if (!err)
		memcpy(l->route.dst_mac, neighbour.mac, ETH_ALEN);
	return err;
}

/*
 * Sends an empty datagram to dst, which makes the kernel look for its
 * neighbour.
 */
static int probe(const struct in6_addr *dst)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_addr = *dst,
				    .sin6_port = htons(DISCARD_PORT) };
	struct sockaddr_in to4 = { .sin_family = AF_INET,
				   .sin_addr.s_addr = dst->s6_addr32[3],
				   .sin_port = htons(DISCARD_PORT) };
	bool is4 = rtnetlink_family(dst) == AF_INET;
	int fd, err = 0;

	fd = socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, NULL, 0, MSG_DONTWAIT, is4 ? (void *)&to4 : (void *)&to6,
		   is4 ? sizeof(to4) : sizeof(to6)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/*
 * The content of the news does not matter, because the kernel is asked again.
 */
static int await_news(int watch, int64_t deadline_ms)
{
	struct pollfd news = { .fd = watch, .events = POLLIN };
	int64_t left_ms = deadline_ms - clock_now_ms();
	int ready = poll(&news, 1, left_ms > 0 ? left_ms : 0);
	char byte;

	if (ready < 0 && errno != EINTR)
		return -errno;
	while (ready > 0 && recv(watch, &byte, sizeof(byte), 0) >= 0)
		;
	return ready ? 0 : -ETIMEDOUT;
}

/* Makes the kernel look for the neighbour, without waiting: ask again later. */
static int look_once(struct mnl_socket *nl, const struct in6_addr *dst,
		     bool failed, struct lookup *l)
{
	int err = probe(dst);

	err = err ?: find_neighbour(nl, l);
	if (err == -EAGAIN)
		return failed ? -EHOSTUNREACH : -ETIMEDOUT;
	return err;
}

static int resolve_neighbour(struct mnl_socket *nl, const struct in6_addr *dst,
			     int timeout_ms, struct lookup *l)
{
	int64_t deadline_ms = clock_now_ms() + timeout_ms;
	int watch, err;

	err = find_neighbour(nl, l);
	if (!err)
		return 0;
	if (!timeout_ms)
		return look_once(nl, dst, err == -EHOSTUNREACH, l);
	/*
	 * The watch is opened before the probe: the answer must not be missed.
	 */
	watch = rtnetlink_watch(RTMGRP_NEIGH);
	if (watch < 0)
		return watch;
	err = probe(dst);
	while (!err && (err = find_neighbour(nl, l)) == -EAGAIN)
		err = await_news(watch, deadline_ms);
	close(watch);
	return err == -ENOENT ? -EHOSTUNREACH : err;
}

static bool is_one_host(const struct in6_addr *dst)
{
	in_addr_t ip4 = ntohl(dst->s6_addr32[3]);

	if (rtnetlink_family(dst) == AF_INET)
		return ip4 != INADDR_ANY && ip4 != INADDR_BROADCAST &&
		       !IN_MULTICAST(ip4);
	return !IN6_IS_ADDR_UNSPECIFIED(dst) && !IN6_IS_ADDR_LINKLOCAL(dst) &&
	       !IN6_IS_ADDR_MULTICAST(dst);
}

/* Finds the route only, without its link and neighbour. */
static int look_up(struct mnl_socket *nl, const struct in6_addr *dst,
		   struct lookup *l)
{
	if (!is_one_host(dst))
		return -EINVAL;
	return nl ? find_route(nl, dst, l) : -errno;
}

int route_resolve(const struct in6_addr *dst, int timeout_ms, struct route *out)
{
	struct mnl_socket *nl = rtnetlink_open();
	struct lookup l = {};
	int err = look_up(nl, dst, &l);

	err = err ?: find_link(nl, &l);
	if (!err && !l.route.is_loopback)
		err = resolve_neighbour(nl, dst, timeout_ms, &l);
	if (nl)
		mnl_socket_close(nl);
	if (!err)
		*out = l.route;
	return err;
}

int route_find(const struct in6_addr *dst, struct route *out)
{
	struct mnl_socket *nl = rtnetlink_open();
	struct lookup l = {};
	int err = look_up(nl, dst, &l);

	if (nl)
		mnl_socket_close(nl);
	if (!err)
		*out = l.route;
	return err;
}

/* ---- default routes --------------------------------------------------- */

struct default_search {
	int ifindex;
	bool found;
};

/* A route may have several ways, to share the load. */
static bool leaves_by(const struct nlattr *ways, int ifindex)
{
	const struct rtnexthop *way = mnl_attr_get_payload(ways);
	int left = mnl_attr_get_payload_len(ways);

	for (; RTNH_OK(way, left);
	     left -= RTNH_ALIGN(way->rtnh_len), way = RTNH_NEXT(way))
		if (way->rtnh_ifindex == ifindex)
			return true;
	return false;
}

static int on_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct default_search *search = arg;
	const struct nlattr *attr;

	if (rtm->rtm_dst_len || rtm->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_OIF)
			search->found |= (int)mnl_attr_get_u32(attr) ==
					 search->ifindex;
		else if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			search->found |= leaves_by(attr, search->ifindex);
	}
	return MNL_CB_OK;
}

int route_is_default(int ifindex)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct default_search search = { .ifindex = ifindex };
	struct mnl_socket *nl = rtnetlink_open();
	_Alignas(4) char buf[REQUEST_SIZE];
	int err = nl ? 0 : -errno;

	for (int i = 0; i < 2 && !err; i++) {
		struct rtmsg rtm = { .rtm_family = families[i] };

		err = rtnetlink_dump(nl,
				     rtnetlink_request(buf, RTM_GETROUTE, &rtm,
						       sizeof(rtm)),
				     on_route, &search);
	}
	if (nl)
		mnl_socket_close(nl);
	return err ?: search.found;
}

/* ---- addresses -------------------------------------------------------- */

struct address_reader {
	route_address_fn *fn;
	void *arg;
};

/* On a link from point to point, IFA_ADDRESS is that of the other end. */
static int read_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct address_reader *reader = arg;
	struct in6_addr addr = in6addr_any;
	const struct nlattr *attr;
	bool has_local = false;

	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL) {
			rtnetlink_get_addr_attr(attr, &addr);
			has_local = true;
		} else if (mnl_attr_get_type(attr) == IFA_ADDRESS &&
			   !has_local) {
			rtnetlink_get_addr_attr(attr, &addr);
		}
	}
	if (!(ifa->ifa_flags & IFA_F_DADFAILED))
		reader->fn(&addr, reader->arg);
	return MNL_CB_OK;
}

int route_each_address(route_address_fn *fn, void *arg)
{
	struct address_reader reader = { fn, arg };
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	struct mnl_socket *nl = rtnetlink_open();
	_Alignas(4) char buf[REQUEST_SIZE];
	int err;

	if (!nl)
		return -errno;
	err = rtnetlink_dump(nl,
			     rtnetlink_request(buf, RTM_GETADDR, &ifa,
					       sizeof(ifa)),
			     read_address, &reader);
	mnl_socket_close(nl);
	return err;
}
