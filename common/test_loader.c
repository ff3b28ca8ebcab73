// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which interfaces our programs may be attached to:
 *
 *	lo, eth0, tap0	Ethernet; the default route over IPv4 leaves by eth0
 *	eth1, eth2	Ethernet; over IPv6 it leaves by both
 *	tun0		no Ethernet
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>

#include "common/loader.h"
#include "common/route.h"
#include "common/sandbox.h"
#include "common/test.h"

static const char network[] =
	"set -e\n"
	"for n in 0 1 2; do\n"
	"	ip link add eth$n type veth peer name peer$n\n"
	"	ip link set peer$n up\n"
	"	ip link set eth$n up\n"
	"	ip address add 10.0.$n.254/24 dev eth$n\n"
	"	ip address add fd00:$n::254/64 dev eth$n nodad\n"
	"done\n"
	"ip tuntap add tun0 mode tun\n"
	"ip tuntap add tap0 mode tap\n"
	"ip link set tun0 up\n"
	"ip route add default via 10.0.0.1\n"
	"ip route add 10.99.0.0/16 via 10.0.1.1\n"
	"ip route add default nexthop via fd00:1::1 nexthop via fd00:2::1\n";

static int make_network(void)
{
	int err = sandbox_enter();

	if (err)
		return err;
	return system(network) ? -EIO : 0;
}

TEST_SETUP(make_network)

static int default_by(const char *ifname)
{
	return route_is_default(if_nametoindex(ifname));
}

TEST("0.5.a", default_route,
     "it knows by which interfaces the default route "
     "leaves")
{
	check_int("eth0", 1, default_by("eth0"));
	check_int("eth1", 1, default_by("eth1"));
	check_int("eth2", 1, default_by("eth2"));
	check_int("lo", 0, default_by("lo"));
	check_int("tap0", 0, default_by("tap0"));
}

TEST("0.5.b", ethernet_only, "an interface without Ethernet frames is refused")
{
	check_int("tun0", -ENOTSUP, loader_ifindex("tun0"));
	check_int("no such thing", -ENODEV, loader_ifindex("eth7"));
	check_int("tap0", if_nametoindex("tap0"), loader_ifindex("tap0"));
	check_int("eth0", if_nametoindex("eth0"), loader_ifindex("eth0"));
	check_int("lo", if_nametoindex("lo"), loader_ifindex("lo"));
}

TEST("0.5.c", tools_keep_off,
     "a lab's tool keeps off the default route, "
     "unless it is told")
{
	check_int("tun0", -ENOTSUP, loader_tool_ifindex("tun0"));
	check_int("tap0", if_nametoindex("tap0"), loader_tool_ifindex("tap0"));
	check_int("eth0", -EACCES, loader_tool_ifindex("eth0"));
	check_int("eth2", -EACCES, loader_tool_ifindex("eth2"));
	loader_allow_default_route();
	check_int("eth0", if_nametoindex("eth0"), loader_tool_ifindex("eth0"));
	check_int("tun0", -ENOTSUP, loader_tool_ifindex("tun0"));
}
