// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The hosts of a sandbox: namespaces that are plugged into one switch by veth
 * pairs. Links and addresses are given to `ip -batch`, because a process for
 * each of them would take longer than the tests.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/patience.h"
#include "common/sandbox.h"

#define SWITCH		 "switch"
#define LINK_DEADLINE_MS patient_ms(5000)

#define MAC_FORMAT   "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_BYTES(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]

static struct sandbox_host hosts[SANDBOX_HOSTS + 1]; /* [0]: the server */
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

/* ---- commands for ip(8) and bridge(8) ---------------------------------- */

/* Writes what is to be done for one host in the network of that name. */
typedef void (*command_writer)(FILE *out, const struct sandbox_host *host,
			       const char *network);

/*
 * Runs a program in a network, with what is to be done for hosts first to last.
 * It says itself what failed.  To start one is most of what a host costs, so
 * that each is given all that it has to do there at once.
 */
static int run_batch(const char *network, const char *program, int first,
		     int last, command_writer write)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int err;

	if (!out)
		return log_errno("cannot collect commands", "free some memory");
	for (int i = first; i <= last; i++)
		write(out, &hosts[i], network);
	err = fclose(out) ? -ENOMEM : 0;
	if (!err)
		err = sandbox_run(network, "exec %s -batch - <<.\n%s.\n",
				  program, text);
	free(text);
	return sandbox_failed(network, err);
}

/* ---- hosts ------------------------------------------------------------ */

static void set_addresses(struct sandbox_host *host, const char *name,
			  uint8_t n)
{
	const uint8_t mac[] = { 2, 0, 10, 0, 7, n };

	memcpy(host->mac, mac, sizeof(mac));
	snprintf(host->name, sizeof(host->name), "%s", name);
	snprintf(host->ip4, sizeof(host->ip4), "10.0.7.%d", n);
	snprintf(host->ip6, sizeof(host->ip6), "fd00:7::%d", n);
}

static void write_link(FILE *out, const struct sandbox_host *h,
		       const char *network)
{
	(void)network;
	fprintf(out,
		"link add name %s type veth peer name eth0 netns %s "
		"address " MAC_FORMAT "\n"
		"link set dev %s master br0 up\n"
		"link set dev %s type bridge_slave learning off\n",
		h->name, h->name, MAC_BYTES(h->mac), h->name, h->name);
}

/* A MAC stays there, whoever sends frames in its name: students may. */
static void write_switch_entry(FILE *out, const struct sandbox_host *h,
			       const char *network)
{
	(void)network;
	fprintf(out, "fdb add " MAC_FORMAT " dev %s master static\n",
		MAC_BYTES(h->mac), h->name);
}

static void write_addresses(FILE *out, const struct sandbox_host *h,
			    const char *network)
{
	(void)network;
	fprintf(out,
		"addr add %s/24 dev eth0\n"
		"addr add %s/64 dev eth0 nodad\n",
		h->ip4, h->ip6);
}

static int add_addresses(int host)
{
	const char *name = hosts[host].name;
	int err = wait_for_link(name, "eth0");

	err = err ?: wait_for_link(SWITCH, name);
	return err ?: run_batch(name, "ip", host, host, write_addresses);
}

static int set_feature(const char *host, const char *ifname, uint32_t command,
		       bool on)
{
	struct ethtool_value value = { .cmd = command, .data = on };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0);
	int err;

	if (fd < 0)
		return fd;
	err = 0;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		err = log_errno(ifname, "veth since Linux 5.13 can do this");
	close(fd);
	return err;
}

/*
 * An XDP program at the switch's end would do as well, but it changes more: all
 * that the host sends would go through a ring of 256 frames, and not through the
 * CPU's backlog of 1,000.  With GRO, that is so only for a host that sums up by
 * itself (sandbox_offload()).
 *
 * GRO checks the sums of such a host's packets, and marks those that are right:
 * nobody looks at the sum again.  If the server then makes it wrong, that goes
 * unnoticed, so that only the server has this from the start.
 */
int sandbox_redirects(const char *host, bool on)
{
	return set_feature(SWITCH, host, ETHTOOL_SGRO, on);
}

static int plug_in(int first, int last)
{
	int err = run_batch(SWITCH, "ip", first, last, write_link);

	err = err   ?:
		      run_batch(SWITCH, "bridge", first, last,
				write_switch_entry);
	for (int i = first; i <= last && !err; i++)
		err = sandbox_link_up(hosts[i].name, "eth0");
	for (int i = first; i <= last && !err; i++)
		err = add_addresses(i);
	return err || first ? err : sandbox_redirects(SANDBOX_SERVER, true);
}

/* Where br_netfilter is, it would drop IP packets that are wrong. */
static int add_switch(void)
{
	static const char script[] =
		"for f in /proc/sys/net/bridge/bridge-nf-call-ip*tables; "
		"do [ ! -e $f ] || echo 0 >$f; done; "
		"exec ip link add br0 type bridge mcast_snooping 0";
	int err = sandbox_add_network(SWITCH);

	err = err ?: sandbox_failed(SWITCH, sandbox_run(SWITCH, "%s", script));
	return err ?: sandbox_link_up(SWITCH, "br0");
}

static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

	return length && length < IFNAMSIZ && !name[length] && *name != '-' &&
	       strcmp(name, "br0");
}

static int add_host(const char *name)
{
	int err;

	errno = host_count == SANDBOX_HOSTS ? ENOSPC : EINVAL;
	if (!is_name(name) || host_count == SANDBOX_HOSTS)
		return log_errno(name, "give up to 253 hosts names of up to 15 "
				       "letters, digits, - and _");
	err = sandbox_add_network(name);
	if (err)
		return err;
	host_count++;
	set_addresses(&hosts[host_count], name, host_count);
	return 0;
}

int sandbox_add_hosts(const char *names)
{
	int first = sandbox_host(SANDBOX_SERVER) ? host_count + 1 : 0;
	char list[strlen(names) + 1], *rest = list, *name;
	int err = first ? 0 : add_switch();

	if (!err && !first)
		set_addresses(&hosts[0], SANDBOX_SERVER, SANDBOX_HOSTS + 1);
	strcpy(list, names);
	while (!err && (name = strsep(&rest, ",")))
		err = add_host(name);
	return err ?: plug_in(first, host_count);
}

const struct sandbox_host *sandbox_host(const char *name)
{
	for (int i = 0; i <= host_count; i++)
		if (*hosts[i].name && !strcmp(hosts[i].name, name))
			return &hosts[i];
	return NULL;
}

int sandbox_offload(const char *host, bool on)
{
	return set_feature(host, "eth0", ETHTOOL_STXCSUM, on);
}

int sandbox_napi(const char *host, bool on)
{
	return set_feature(host, "eth0", ETHTOOL_SGRO, on);
}

static void write_neighbour(FILE *out, const struct sandbox_host *h,
			    const char *network)
{
	const char *const addresses[] = { h->ip4, h->ip6 };

	if (!strcmp(h->name, network))
		return;
	for (int i = 0; i < 2; i++)
		fprintf(out,
			"neigh replace %s dev eth0 lladdr " MAC_FORMAT
			" nud permanent\n",
			addresses[i], MAC_BYTES(h->mac));
}

int sandbox_neighbours(const char *host)
{
	return run_batch(host, "ip", 0, host_count, write_neighbour);
}
