// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/route.h"

#define DISCARD_PORT	9
#define MESSAGE_SIZE	8192	/* what libmnl advises */

/* States in which the kernel itself would send to the neighbour. */
#define NUD_USABLE	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | \
			 NUD_STALE | NUD_DELAY | NUD_PROBE)

struct lookup {
	unsigned char type;		/* RTN_* */
	bool has_mac;
	struct in6_addr next_hop;
	struct route route;
};

struct news {
	route_watch_fn *fn;
	void *arg;
};

static int family_of(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr) ? AF_INET : AF_INET6;
}

static bool get_addr(const void *from, size_t length, struct in6_addr *addr)
{
	static const struct in6_addr mapped = {
		.s6_addr = { [10] = 0xff, [11] = 0xff },
	};

	if (length != sizeof(struct in_addr) && length != sizeof(*addr))
		return false;
	*addr = mapped;
	memcpy(addr->s6_addr + sizeof(*addr) - length, from, length);
	return true;
}

static void get_addr_attr(const struct nlattr *attr, struct in6_addr *addr)
{
	get_addr(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr),
		 addr);
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type,
		     const struct in6_addr *addr)
{
	size_t length = family_of(addr) == AF_INET ? sizeof(struct in_addr)
						   : sizeof(*addr);

	mnl_attr_put(nlh, type, length, addr->s6_addr + sizeof(*addr) - length);
}

static bool get_mac(const struct nlattr *attr, uint8_t mac[ETH_ALEN])
{
	if (mnl_attr_get_payload_len(attr) != ETH_ALEN)
		return false;
	memcpy(mac, mnl_attr_get_payload(attr), ETH_ALEN);
	return true;
}

static struct mnl_socket *open_netlink(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

/* A request in buf that starts with the family's own header. */
static struct nlmsghdr *request(void *buf, uint16_t type, const void *header,
				size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

/* Has reader see the one answer. */
static int ask(struct mnl_socket *nl, const struct nlmsghdr *nlh,
	       mnl_cb_t reader, void *result)
{
	char answer[MESSAGE_SIZE];
	ssize_t length;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (length < 0 || mnl_cb_run(answer, length, 0, 0, reader, result) < 0)
		return -errno;
	return 0;
}

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
			get_addr_attr(attr, &l->route.src);
			break;
		case RTA_GATEWAY:
			get_addr_attr(attr, &l->next_hop);
			break;
		case RTA_VIA:	/* IPv4 by way of an IPv6 router, RFC 5549 */
			via = mnl_attr_get_payload(attr);
			get_addr(via->rtvia_addr,
				 mnl_attr_get_payload_len(attr) - sizeof(*via),
				 &l->next_hop);
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
	int family = family_of(dst);
	struct rtmsg rtm = {
		.rtm_family = family,
		.rtm_dst_len = family == AF_INET ? 32 : 128,
	};
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = request(buf, RTM_GETROUTE, &rtm, sizeof(rtm));
	int err;

	put_addr(nlh, RTA_DST, dst);
	l->next_hop = *dst;
	err = ask(nl, nlh, read_route, l);
	if (err == -EACCES || err == -EINVAL)	/* prohibit, blackhole */
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
			l->has_mac = get_mac(attr, l->route.src_mac);
	return MNL_CB_OK;
}

static int find_link(struct mnl_socket *nl, struct lookup *l)
{
	struct ifinfomsg ifi = { .ifi_index = l->route.ifindex };
	char buf[MESSAGE_SIZE];
	int err;

	err = ask(nl, request(buf, RTM_GETLINK, &ifi, sizeof(ifi)), read_link,
		  l);
	if (!err && !l->has_mac)
		err = -ENOTSUP;
	return err;
}

/*
 * Whether the message has a MAC address that the kernel would send to. Bridges
 * tell what they learn by the same message; those are not neighbours.
 */
static bool get_neighbour(const struct nlmsghdr *nlh,
			  struct route_neighbour *neighbour)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool has_mac = false;

	neighbour->ifindex = ndm->ndm_ifindex;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			get_addr_attr(attr, &neighbour->addr);
		if (mnl_attr_get_type(attr) == NDA_LLADDR)
			has_mac = get_mac(attr, neighbour->mac);
	}
	return has_mac && ndm->ndm_family != AF_BRIDGE &&
	       (ndm->ndm_state & NUD_USABLE);
}

static int read_neighbour(const struct nlmsghdr *nlh, void *result)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	if (get_neighbour(nlh, result))
		return MNL_CB_OK;
	errno = ndm->ndm_state & NUD_FAILED ? EHOSTUNREACH : EAGAIN;
	return MNL_CB_ERROR;
}

/* -EAGAIN: not known yet; -EHOSTUNREACH: the kernel has given up. */
static int find_neighbour(struct mnl_socket *nl, struct lookup *l)
{
	struct ndmsg ndm = {
		.ndm_family = family_of(&l->next_hop),
		.ndm_ifindex = l->route.ifindex,
	};
	struct route_neighbour neighbour;
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = request(buf, RTM_GETNEIGH, &ndm, sizeof(ndm));
	int err;

	put_addr(nlh, NDA_DST, &l->next_hop);
	err = ask(nl, nlh, read_neighbour, &neighbour);
	if (!err)
		memcpy(l->route.dst_mac, neighbour.mac, ETH_ALEN);
	return err == -ENOENT ? -EAGAIN : err;
}

/* Has the kernel want to send something to dst, and so look for the way. */
static int probe(const struct in6_addr *dst)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_addr = *dst,
				    .sin6_port = htons(DISCARD_PORT) };
	struct sockaddr_in to4 = { .sin_family = AF_INET,
				   .sin_addr.s_addr = dst->s6_addr32[3],
				   .sin_port = htons(DISCARD_PORT) };
	bool is4 = family_of(dst) == AF_INET;
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

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What the news is does not matter here: the kernel is asked again. */
static int await_news(int watch, int64_t deadline_ms)
{
	struct pollfd news = { .fd = watch, .events = POLLIN };
	int64_t left_ms = deadline_ms - now_ms();
	int ready = poll(&news, 1, left_ms > 0 ? left_ms : 0);
	char byte;

	if (ready < 0 && errno != EINTR)
		return -errno;
	while (ready > 0 && recv(watch, &byte, sizeof(byte), 0) >= 0)
		;
	return ready ? 0 : -ETIMEDOUT;
}

/* The kernel looks for it; whoever asks again may find it. */
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
	int64_t deadline_ms = now_ms() + timeout_ms;
	int watch, err;

	err = find_neighbour(nl, l);
	if (!err)
		return 0;
	if (!timeout_ms)
		return look_once(nl, dst, err == -EHOSTUNREACH, l);
	watch = route_watch_open();	/* first, so as not to miss the answer */
	if (watch < 0)
		return watch;
	err = probe(dst);
	while (!err && (err = find_neighbour(nl, l)) == -EAGAIN)
		err = await_news(watch, deadline_ms);
	close(watch);
	return err;
}

static bool is_one_host(const struct in6_addr *dst)
{
	in_addr_t ip4 = ntohl(dst->s6_addr32[3]);

	if (family_of(dst) == AF_INET)
		return ip4 != INADDR_ANY && ip4 != INADDR_BROADCAST &&
		       !IN_MULTICAST(ip4);
	return !IN6_IS_ADDR_UNSPECIFIED(dst) && !IN6_IS_ADDR_LINKLOCAL(dst) &&
	       !IN6_IS_ADDR_MULTICAST(dst);
}

int route_resolve(const struct in6_addr *dst, int timeout_ms, struct route *out)
{
	struct lookup l = {};
	struct mnl_socket *nl;
	int err;

	if (!is_one_host(dst))
		return -EINVAL;
	nl = open_netlink();
	if (!nl)
		return -errno;
	err = find_route(nl, dst, &l);
	if (err)
		goto out;
	err = find_link(nl, &l);
	if (err)
		goto out;
	if (!l.route.is_loopback)
		err = resolve_neighbour(nl, dst, timeout_ms, &l);
out:
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

	for (; RTNH_OK(way, left); left -= RTNH_ALIGN(way->rtnh_len),
	     way = RTNH_NEXT(way))
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

/* Has reader see each object of a kind that there is. */
static int dump(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t reader,
		void *arg)
{
	char answer[MESSAGE_SIZE];
	ssize_t length;
	int run;

	nlh->nlmsg_flags |= NLM_F_DUMP;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		run = mnl_cb_run(answer, length, 0, 0, reader, arg);
	} while (run > MNL_CB_STOP);
	return run < 0 ? -errno : 0;
}

int route_is_default(int ifindex)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct default_search search = { .ifindex = ifindex };
	struct mnl_socket *nl = open_netlink();
	char buf[MESSAGE_SIZE];
	int err = nl ? 0 : -errno;

	for (int i = 0; i < 2 && !err; i++) {
		struct rtmsg rtm = { .rtm_family = families[i] };

		err = dump(nl, request(buf, RTM_GETROUTE, &rtm, sizeof(rtm)),
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
			get_addr_attr(attr, &addr);
			has_local = true;
		} else if (mnl_attr_get_type(attr) == IFA_ADDRESS &&
			   !has_local) {
			get_addr_attr(attr, &addr);
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
	struct mnl_socket *nl = open_netlink();
	char buf[MESSAGE_SIZE];
	int err;

	if (!nl)
		return -errno;
	err = dump(nl, request(buf, RTM_GETADDR, &ifa, sizeof(ifa)),
		   read_address, &reader);
	mnl_socket_close(nl);
	return err;
}

/* ---- news ------------------------------------------------------------- */

int route_watch_open(void)
{
	struct sockaddr_nl neighbours = { .nl_family = AF_NETLINK,
					  .nl_groups = RTMGRP_NEIGH };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&neighbours, sizeof(neighbours)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int read_news(const struct nlmsghdr *nlh, void *arg)
{
	struct route_neighbour neighbour;
	struct news *news = arg;

	if (nlh->nlmsg_type == RTM_NEWNEIGH && get_neighbour(nlh, &neighbour))
		news->fn(&neighbour, news->arg);
	return MNL_CB_OK;
}

int route_watch_read(int fd, route_watch_fn *fn, void *arg)
{
	struct news news = { fn, arg };
	char buf[MESSAGE_SIZE];
	ssize_t length;

	while ((length = recv(fd, buf, sizeof(buf), 0)) >= 0)
		mnl_cb_run(buf, length, 0, 0, read_news, &news);
	return errno == EAGAIN ? 0 : -errno;
}
