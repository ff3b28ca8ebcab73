// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The route module, asked about a small network of our own:
 *
 *	this namespace                         alice
 *	eth0 10.0.7.254/24, fd00:7::254/64 --- eth0 10.0.7.1, fd00:7::1
 *	eth1 10.0.6.254/24, fd00:6::254/64 --- eth1, silent at first
 *	eth2 10.0.5.254/24, without ARP ------ eth2
 *	tun0 10.0.4.254/24, no Ethernet
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/route.h"
#include "common/route_watch.h"
#include "common/sandbox.h"
#include "common/test.h"

#define PATIENCE_MS  patient_ms(10000)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
/* To clang-format 14 these braces are blocks of code. */
/* clang-format off */
#define NO_MAC		{ 0 }
#define ALICE_MAC	{ 2, 0, 0, 0, 0, 1 }
#define OUR_MAC		{ 2, 0, 0, 0, 0, 0xfe }
#define NOARP_MAC	{ 2, 0, 0, 0, 5, 0xfe }
/* clang-format on */

/* eth1 gives up on its neighbours after a single question. */
static const char network[] =
	"set -e\n"
	"ip netns add alice\n"
	"for n in 0 1 2; do\n"
	"	ip link add eth$n type veth peer name eth$n netns alice\n"
	"done\n"
	"ip link set eth0 address 02:00:00:00:00:fe\n"
	"ip link set eth2 address 02:00:00:00:05:fe arp off\n"
	"ip -n alice link set eth0 address 02:00:00:00:00:01\n"
	"for n in 0 1 2; do\n"
	"	ip address add 10.0.$((7 - n)).254/24 dev eth$n\n"
	"	ip address add fd00:$((7 - n))::254/64 dev eth$n nodad\n"
	"	ip link set eth$n up\n"
	"	ip -n alice link set eth$n up\n"
	"done\n"
	"ip -n alice address add 10.0.7.1/24 dev eth0\n"
	"ip -n alice address add fd00:7::1/64 dev eth0 nodad\n"
	"ip tuntap add tun0 mode tun\n"
	"ip address add 10.0.4.254/24 dev tun0\n"
	"ip link set tun0 up\n"
	"ip route add 10.9.0.0/16 via 10.0.7.1\n"
	"ip route add fd00:9::/64 via fd00:7::1\n"
	"ip route add 10.8.0.0/16 via inet6 fd00:7::1\n"
	"ip route add unreachable 10.66.0.0/16\n"
	"ip route add prohibit 10.67.0.0/16\n"
	"ip route add blackhole 10.68.0.0/16\n"
	"ip route add unreachable fd00:66::/64\n"
	"ip route add blackhole fd00:68::/64\n"
	"for family in ipv4 ipv6; do\n"
	"	echo 1 >/proc/sys/net/$family/neigh/eth1/mcast_solicit\n"
	"	echo 20 >/proc/sys/net/$family/neigh/eth1/retrans_time_ms\n"
	"done\n";

static int make_network(void)
{
	int err = sandbox_enter();

	if (!err && access("/dev/net/tun", R_OK | W_OK))
		err = log_errno("/dev/net/tun", "modprobe tun; in a container: "
						"--privileged");
	if (err)
		return err;
	return sandbox_failed(SANDBOX_SERVER, sandbox_run(NULL, "%s", network));
}

TEST_SETUP(make_network)

static const struct way {
	const char *dst, *interface, *src;
	uint8_t src_mac[ETH_ALEN], dst_mac[ETH_ALEN];
} ways[] = {
	/* neighbours, at first sight and known */
	{ "10.0.7.1", "eth0", "10.0.7.254", OUR_MAC, ALICE_MAC },
	{ "10.0.7.1", "eth0", "10.0.7.254", OUR_MAC, ALICE_MAC },
	{ "fd00:7::1", "eth0", "fd00:7::254", OUR_MAC, ALICE_MAC },
	/* by way of a router; the last one's address is an IPv6 one */
	{ "10.9.1.2", "eth0", "10.0.7.254", OUR_MAC, ALICE_MAC },
	{ "fd00:9::2", "eth0", "fd00:7::254", OUR_MAC, ALICE_MAC },
	{ "10.8.1.2", "eth0", "10.0.7.254", OUR_MAC, ALICE_MAC },
	/* without ARP the kernel sends to the interface's own address */
	{ "10.0.5.1", "eth2", "10.0.5.254", NOARP_MAC, NOARP_MAC },
	/* ourselves */
	{ "127.0.0.1", "lo", "127.0.0.1", NO_MAC, NO_MAC },
	{ "::1", "lo", "::1", NO_MAC, NO_MAC },
	{ "10.0.7.254", "lo", "10.0.7.254", NO_MAC, NO_MAC },
	{ "fd00:7::254", "lo", "fd00:7::254", NO_MAC, NO_MAC },
};

#define UNTIL_REFUSED (-1)

static const struct refusal {
	const char *dst;
	int timeout_ms, err;
} refusals[] = {
	/* nobody there */
	{ "10.0.7.99", 0, -ETIMEDOUT },
	{ "10.0.7.99", 20, -ETIMEDOUT },
	{ "fd00:7::99", 20, -ETIMEDOUT },
	{ "10.0.6.1", UNTIL_REFUSED, -EHOSTUNREACH },
	{ "fd00:6::1", UNTIL_REFUSED, -EHOSTUNREACH },
	/* no way there */
	{ "192.0.2.1", 0, -ENETUNREACH },
	{ "2001:db8::1", 0, -ENETUNREACH },
	{ "10.66.0.1", 0, -EHOSTUNREACH },
	{ "10.67.0.1", 0, -EHOSTUNREACH },
	{ "10.68.0.1", 0, -EHOSTUNREACH },
	{ "fd00:66::1", 0, -EHOSTUNREACH },
	{ "fd00:68::1", 0, -EHOSTUNREACH },
	/* no Ethernet */
	{ "10.0.4.1", 0, -ENOTSUP },
	/* not one host */
	{ "0.0.0.0", 0, -EINVAL },
	{ "::", 0, -EINVAL },
	{ "10.0.7.255", 0, -EINVAL },
	{ "255.255.255.255", 0, -EINVAL },
	{ "224.0.0.1", 0, -EINVAL },
	{ "ff02::1", 0, -EINVAL },
	{ "fe80::1", 0, -EINVAL },
};

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;
	char mapped[INET6_ADDRSTRLEN];

	snprintf(mapped, sizeof(mapped), "%s%s",
		 strchr(text, ':') ? "" : "::ffff:", text);
	if (inet_pton(AF_INET6, mapped, &addr) != 1)
		abort();
	return addr;
}

static bool is_way(const struct route *r, const struct way *way)
{
	struct in6_addr src = address(way->src);

	return r->ifindex == (int)if_nametoindex(way->interface) &&
	       !memcmp(&r->src, &src, sizeof(src)) &&
	       !memcmp(r->src_mac, way->src_mac, ETH_ALEN) &&
	       !memcmp(r->dst_mac, way->dst_mac, ETH_ALEN) &&
	       r->is_loopback == !strcmp(way->interface, "lo");
}

static void print_route(const struct route *r)
{
	char src[INET6_ADDRSTRLEN];
	int i;

	inet_ntop(AF_INET6, &r->src, src, sizeof(src));
	fprintf(stderr, "interface %d from %s", r->ifindex, src);
	for (i = 0; i < ETH_ALEN; i++)
		fprintf(stderr, "%s%02x", i ? ":" : ", MAC ", r->src_mac[i]);
	for (i = 0; i < ETH_ALEN; i++)
		fprintf(stderr, "%s%02x", i ? ":" : " to ", r->dst_mac[i]);
	fprintf(stderr, "\n");
}

TEST("0.4.a", finds_the_way, "it finds the way")
{
	const struct way *way;

	for (way = ways; way < ways + COUNT(ways); way++) {
		struct in6_addr dst = address(way->dst);
		struct route route = {};
		int err = route_resolve(&dst, PATIENCE_MS, &route);
		bool ok = !err && is_way(&route, way);

		if (ok)
			continue;
		print_route(&route);
		fail("%s: another way, or none: %s", way->dst, strerror(-err));
	}
}

TEST("0.4.b", says_why_there_is_none, "it says why there is none")
{
	const struct refusal *r;

	for (r = refusals; r < refusals + COUNT(refusals); r++) {
		struct in6_addr dst = address(r->dst);
		int timeout_ms = r->timeout_ms == UNTIL_REFUSED ? PATIENCE_MS :
								  r->timeout_ms;
		struct route route;
		int err = route_resolve(&dst, timeout_ms, &route);

		check_int(r->dst, r->err, err);
	}
}

TEST("0.4.c", error_leaves_result_alone, "an error leaves the result alone")
{
	struct in6_addr dst = address("10.0.7.99");
	struct route route, before;

	memset(&before, 0x5a, sizeof(before));
	route = before;
	check_int("route_resolve", -ETIMEDOUT, route_resolve(&dst, 0, &route));
	check_hex("*out", &before, &route, sizeof(route));
}

TEST("0.4.d", failed_neighbour_may_come_back,
     "a failed neighbour may come back")
{
	struct in6_addr dst = address("10.0.6.2");
	struct route route;

	check_int("at first", -EHOSTUNREACH,
		  route_resolve(&dst, PATIENCE_MS, &route));
	check_int("ip", 0,
		  system("ip -n alice address add 10.0.6.2/24 dev eth1"));
	check_int("now", 0, route_resolve(&dst, PATIENCE_MS, &route));
}

/* The last news of a kind. */
static void remember(const struct route_news *news, void *last)
{
	struct route_news *wanted = last;

	if (news->kind == wanted->kind)
		*wanted = *news;
}

/* The same of one neighbour: the kernel tells of those of other tests, too. */
static void remember_neighbour(const struct route_news *news, void *last)
{
	const struct route_news *wanted = last;

	if (!memcmp(&news->addr, &wanted->addr, sizeof(news->addr)))
		remember(news, last);
}

static void check_news(int watch, const char *addr, uint8_t last_of_mac)
{
	struct pollfd news = { .fd = watch, .events = POLLIN };
	struct route_news last = {
		.kind = NEWS_NEIGHBOUR,
		.addr = address(addr),
	};

	while (!last.ifindex) {
		check_int("poll", 1, poll(&news, 1, PATIENCE_MS));
		check_int("read", 0,
			  route_watch_read(watch, remember_neighbour, &last));
	}
	check_int("ifindex", if_nametoindex("eth0"), last.ifindex);
	check_uint("end of the MAC", last_of_mac, last.mac[5]);
}

TEST("0.4.e", watch_tells_of_new_mac, "a watch tells of a new MAC")
{
	static const char change[] =
		"ip neighbour replace %s lladdr 02:00:00:00:00:%02x dev eth0";
	static const char *const neighbours[] = { "10.0.7.50", "fd00:7::50" };
	int watch = route_watch_open();
	char command[100];
	size_t n;
	int mac;

	check_true(watch >= 0, "route_watch_open: %s", strerror(-watch));
	for (n = 0; n < 2; n++) {
		for (mac = 0x50; mac < 0x52; mac++) {
			snprintf(command, sizeof(command), change,
				 neighbours[n], mac);
			check_int(command, 0, system(command));
			check_news(watch, neighbours[n], mac);
		}
	}
	close(watch);
}

/* In a network of its own, where no neighbour of other tests has news. */
TEST("0.4.f", watch_ignores_bridges, "a watch ignores bridges")
{
	struct route_news last = { .kind = NEWS_NEIGHBOUR };
	int watch;

	check_int("unshare", 0, unshare(CLONE_NEWNET));
	watch = route_watch_open();
	check_true(watch >= 0, "route_watch_open: %s", strerror(-watch));
	check_int("ip", 0,
		  system("ip link add eth2 type veth peer name eth3 && "
			 "ip link add br0 type bridge && "
			 "ip link set eth2 master br0"));
	check_int("read", 0, route_watch_read(watch, remember, &last));
	check_int("ifindex of the news", 0, last.ifindex);
	close(watch);
}

TEST("0.4.g", watch_tells_of_lost_news, "a watch tells of lost news")
{
	struct route_news last = { .kind = NEWS_NEIGHBOUR };
	int watch = route_watch_open();
	int size = 1; /* the kernel makes this its minimum */

	check_true(watch >= 0, "route_watch_open: %s", strerror(-watch));
	setsockopt(watch, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	check_int("ip", 0,
		  system("for n in $(seq 99); do echo neighbour replace "
			 "10.0.7.$n lladdr 02:00:00:00:00:01 dev eth0; done | "
			 "ip -batch -"));
	check_int("read", -ENOBUFS, route_watch_read(watch, remember, &last));
	check_int("again", 0, route_watch_read(watch, remember, &last));
	close(watch);
}

TEST("0.4.h", needs_an_address_of_our_own, "it needs an address of our own")
{
	static const char bare_network[] =
		"ip link add eth0 type veth peer name eth1 && "
		"ip link set eth0 up && ip link set eth1 up && "
		"ip route add 10.0.7.0/24 dev eth0";
	struct in6_addr dst = address("10.0.7.1");
	struct route route;

	check_int("unshare", 0, unshare(CLONE_NEWNET));
	check_int("ip", 0, system(bare_network));
	check_int("route_resolve", -EADDRNOTAVAIL,
		  route_resolve(&dst, 0, &route));
}

/* ---- 0.4: what becomes of links, addresses and routes ------------------ */

static int open_watch(void)
{
	int watch = route_watch_open();

	check_true(watch >= 0, "route_watch_open: %s", strerror(-watch));
	return watch;
}

/* Of links, only veth0: what becomes of its peer is told later, at any time. */
static void remember_change(const struct route_news *news, void *last)
{
	bool is_link = news->kind == NEWS_LINK || news->kind == NEWS_LINK_GONE;

	if (!is_link || !strcmp(news->name, "veth0"))
		remember(news, last);
}

/* Something has been done, and this is the last news of that kind. */
static struct route_news change(int watch, enum route_news_kind kind,
				const char *command)
{
	struct route_news last = { .kind = kind, .ifindex = -1 };

	step("%s", command);
	check_int(command, 0, system(command));
	check_int("read", 0, route_watch_read(watch, remember_change, &last));
	check_true(last.ifindex >= 0, "there is no news of that kind");
	return last;
}

static void look_at_veth0(const struct route_news *news, void *can_send)
{
	if (news->kind == NEWS_LINK && !strcmp(news->name, "veth0"))
		*(bool *)can_send = news->can_send;
}

/* Carrier comes and goes some time after what is done at the other end. */
static void await_sending(int watch, bool can_send)
{
	struct pollfd news = { .fd = watch, .events = POLLIN };
	bool can = !can_send;

	while (can != can_send) {
		check_int("poll", 1, poll(&news, 1, PATIENCE_MS));
		check_int("read", 0,
			  route_watch_read(watch, look_at_veth0, &can));
	}
}

TEST("0.4.i", watch_tells_of_links, "a watch tells which links can send")
{
	int watch = open_watch();
	struct route_news news;

	news = change(watch, NEWS_LINK,
		      "ip link add veth0 type veth peer "
		      "veth1 && ip link set veth1 up");
	check_true(!news.can_send, "a link can send that is not up");
	check_int("ip", 0, system("ip link set veth0 up"));
	await_sending(watch, true);
	check_int("ip", 0, system("ip link set veth1 down"));
	await_sending(watch, false);
	check_int("ip", 0, system("ip link set veth1 up"));
	await_sending(watch, true);
	news = change(watch, NEWS_LINK, "ip link set veth0 down");
	check_true(!news.can_send, "a link can send that is down");
	news = change(watch, NEWS_LINK,
		      "ip link set veth0 address 02:00:00:00:00:77");
	check_uint("end of the MAC", 0x77, news.mac[5]);
	news = change(watch, NEWS_LINK_GONE, "ip link del veth1");
	close(watch);
}

TEST("0.4.j", watch_tells_of_addresses, "a watch tells of addresses")
{
	static const char *const texts[] = { "10.0.9.9", "fd00:9::9" };
	struct in6_addr expected;
	int watch = open_watch();
	struct route_news news;
	char command[100];

	for (int i = 0; i < 2; i++) {
		expected = address(texts[i]);
		snprintf(command, sizeof(command),
			 "ip address add %s dev lo nodad", texts[i]);
		if (!i)
			*strstr(command, " nodad") = '\0';
		news = change(watch, NEWS_ADDRESS, command);
		check_hex("addr", &expected, &news.addr, sizeof(expected));
		check_int("ifindex", if_nametoindex("lo"), news.ifindex);
		snprintf(command, sizeof(command), "ip address del %s dev lo",
			 texts[i]);
		news = change(watch, NEWS_ADDRESS_GONE, command);
		check_hex("addr", &expected, &news.addr, sizeof(expected));
	}
	news = change(watch, NEWS_ADDRESS,
		      "ip address add 10.0.9.1 peer 10.0.9.2 dev lo");
	expected = address("10.0.9.1");
	check_hex("our end", &expected, &news.addr, sizeof(expected));
	close(watch);
}

TEST("0.4.k", watch_tells_of_routes, "a watch tells of routes")
{
	int watch = open_watch();

	change(watch, NEWS_ROUTE, "ip route add 10.10.0.0/16 via 10.0.7.1");
	change(watch, NEWS_ROUTE, "ip route del 10.10.0.0/16");
	change(watch, NEWS_ROUTE, "ip route add fd00:10::/64 via fd00:7::1");
	close(watch);
}

static void count_links(const struct route_news *news, void *count)
{
	if (news->kind == NEWS_LINK &&
	    if_nametoindex(news->name) == (unsigned int)news->ifindex)
		++*(int *)count;
}

TEST("0.4.l", watch_lists_links, "a watch lists the links that there are")
{
	int watch = open_watch(), count = 0, there = 0;
	struct if_nameindex *all = if_nameindex();

	while (all[there].if_index)
		there++;
	if_freenameindex(all);
	check_int("ask", 0, route_watch_links(watch));
	while (count < there) {
		struct pollfd news = { .fd = watch, .events = POLLIN };

		check_int("poll", 1, poll(&news, 1, PATIENCE_MS));
		check_int("read", 0,
			  route_watch_read(watch, count_links, &count));
	}
	check_int("links", there, count);
	close(watch);
}

TEST("0.4.m", finds_an_interface,
     "where a packet leaves can be known without "
     "a neighbour, and without Ethernet")
{
	static const struct {
		const char *dst, *interface, *src;
	} ways[] = {
		{ "10.0.7.99", "eth0", "10.0.7.254" },
		{ "fd00:7::99", "eth0", "fd00:7::254" },
		{ "10.9.1.2", "eth0", "10.0.7.254" },
		{ "10.0.4.1", "tun0", "10.0.4.254" },
		{ "127.0.0.1", "lo", "127.0.0.1" },
	};
	struct in6_addr dst, src;
	struct route route;

	for (size_t i = 0; i < COUNT(ways); i++) {
		dst = address(ways[i].dst);
		src = address(ways[i].src);
		check_int(ways[i].dst, 0, route_find(&dst, &route));
		check_int("ifindex", if_nametoindex(ways[i].interface),
			  route.ifindex);
		check_hex("src", &src, &route.src, sizeof(src));
	}
	dst = address("192.0.2.1");
	check_int("no route", -ENETUNREACH, route_find(&dst, &route));
	dst = address("224.0.0.1");
	check_int("a group", -EINVAL, route_find(&dst, &route));
}
