// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/patience.h"
#include "common/sandbox.h"

#define SWITCH		"switch"
#define LINK_DEADLINE_MS patient_ms(5000)

#define MAC_FORMAT	"%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_BYTES(m)	(m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]

/* ip(8) says itself what failed; running it is most of what a host costs */
#define IP_BATCH(commands)	"ip -batch - <<.\n" commands ".\n"

static struct sandbox_host hosts[SANDBOX_HOSTS + 1];	/* [0]: the server */
static int host_count;

void sandbox_forget_hosts(void)
{
	memset(hosts, 0, sizeof(hosts));
	host_count = 0;
}

/*
 * A link is usable a moment after both its ends are up. The addresses are
 * set after this: that takes the same kernel lock (RTNL) under which the link
 * is activated, so it has been when they are there.
 */
static int wait_for_link(const char *host, const char *ifname)
{
	struct sockaddr_nl links = { .nl_family = AF_NETLINK,
				     .nl_groups = RTMGRP_LINK };
	int news = sandbox_socket(host, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct pollfd changed = { .fd = news, .events = POLLIN };
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {};
	char ignored[8192];
	int err = 0;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (bind(news, (struct sockaddr *)&links, sizeof(links)))
		err = log_errno(ifname, "cannot wait for the link");
	while (!err && (ioctl(fd, SIOCGIFFLAGS, &ifr) ||
			!(ifr.ifr_flags & IFF_RUNNING))) {
		errno = ETIMEDOUT;
		if (poll(&changed, 1, LINK_DEADLINE_MS) <= 0)
			err = log_errno(ifname, "the link does not come up");
		else
			recv(news, ignored, sizeof(ignored), 0);
	}
	close(news);
	close(fd);
	return err;
}

static void set_addresses(struct sandbox_host *host, const char *name,
			  uint8_t n)
{
	const uint8_t mac[] = { 2, 0, 10, 0, 7, n };

	memcpy(host->mac, mac, sizeof(mac));
	snprintf(host->name, sizeof(host->name), "%s", name);
	snprintf(host->ip4, sizeof(host->ip4), "10.0.7.%d", n);
	snprintf(host->ip6, sizeof(host->ip6), "fd00:7::%d", n);
}

static int plug_in(const struct sandbox_host *host)
{
	int err = sandbox_run(SWITCH, IP_BATCH(
		"link add name %s type veth peer name eth0 netns %s "
			"address " MAC_FORMAT "\n"
		"link set dev %s master br0 addrgenmode none up\n"
		"link set dev %s type bridge_slave learning off\n"),
		host->name, host->name, MAC_BYTES(host->mac), host->name,
		host->name);

	/* It stays there, whoever sends frames in its name: students may. */
	err = err ?: sandbox_run(SWITCH, "bridge fdb add " MAC_FORMAT
		" dev %s master static", MAC_BYTES(host->mac), host->name);
	err = err ?: sandbox_run(host->name,
		"ip link set eth0 addrgenmode none up");
	err = err ?: wait_for_link(host->name, "eth0");
	err = err ?: wait_for_link(SWITCH, host->name);
	err = err ?: sandbox_run(host->name, IP_BATCH(
		"addr add %s/24 dev eth0\n"
		"addr add %s/64 dev eth0 nodad\n"), host->ip4, host->ip6);
	return sandbox_failed(host->name, err);
}

static int add_switch(void)
{
	int err = sandbox_add_network(SWITCH);

	err = err ?: sandbox_run(SWITCH, IP_BATCH(
		"link add br0 type bridge mcast_snooping 0\n"
		"link set br0 addrgenmode none up\n"));
	/* where br_netfilter is, it would drop IP packets that are wrong */
	err = err ?: sandbox_run(SWITCH, "for f in "
		"/proc/sys/net/bridge/bridge-nf-call-ip*tables; "
		"do [ ! -e $f ] || echo 0 >$f; done");
	err = sandbox_failed(SWITCH, err);
	if (err)
		return err;
	set_addresses(&hosts[0], SANDBOX_SERVER, SANDBOX_HOSTS + 1);
	return plug_in(&hosts[0]);
}

static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

	return length && length < IFNAMSIZ && !name[length] && *name != '-' &&
	       strcmp(name, "br0");
}

int sandbox_add_host(const char *name)
{
	int err;

	errno = host_count == SANDBOX_HOSTS ? ENOSPC : EINVAL;
	if (!is_name(name) || host_count == SANDBOX_HOSTS)
		return log_errno(name, "give up to 253 hosts names of up to 15 "
				 "letters, digits, - and _");
	err = sandbox_host(SANDBOX_SERVER) ? 0 : add_switch();
	err = err ?: sandbox_add_network(name);
	if (err)
		return err;
	host_count++;
	set_addresses(&hosts[host_count], name, host_count);
	return plug_in(&hosts[host_count]);
}

const struct sandbox_host *sandbox_host(const char *name)
{
	for (int i = 0; i <= host_count; i++)
		if (*hosts[i].name && !strcmp(hosts[i].name, name))
			return &hosts[i];
	return NULL;
}

static int set_feature(const char *host, uint32_t command, bool on)
{
	struct ethtool_value value = { .cmd = command, .data = on };
	struct ifreq ifr = { .ifr_name = "eth0", .ifr_data = (void *)&value };
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0);
	int err;

	if (fd < 0)
		return fd;
	err = 0;
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		err = log_errno("eth0", "veth since Linux 5.13 can do this");
	close(fd);
	return err;
}

int sandbox_offload(const char *host, bool on)
{
	return set_feature(host, ETHTOOL_STXCSUM, on);
}

int sandbox_napi(const char *host, bool on)
{
	return set_feature(host, ETHTOOL_SGRO, on);
}

int sandbox_neighbours(const char *host)
{
	int err = 0;

	for (int i = 0; i <= host_count && !err; i++) {
		const struct sandbox_host *to = &hosts[i];

		if (strcmp(to->name, host))
			err = sandbox_run(host, "for ip in %s %s; do "
				"ip neigh replace $ip dev eth0 lladdr "
				MAC_FORMAT " nud permanent || exit; done",
				to->ip4, to->ip6, MAC_BYTES(to->mac));
	}
	return sandbox_failed(host, err);
}
