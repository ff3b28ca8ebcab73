// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads the counters of a driver, as `ethtool -S` does:
 *
 *	names   rx_queue_0_xdp_packets | rx_queue_0_xdp_redirect | ...
 *	values                      12 |                      12 | ...
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/test.h"
#include "lab06-xdp-fanout/testlib/xdp_stats.h"

static void ask(const char *ifname, void *question)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_data = question };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	check_int("ethtool", 0, ioctl(fd, SIOCETHTOOL, &ifr));
	close(fd);
}

static __u32 count_stats(const char *ifname)
{
	struct {
		struct ethtool_sset_info info;
		__u32 count;
	} sets = { .info = { .cmd = ETHTOOL_GSSET_INFO,
			     .sset_mask = 1ULL << ETH_SS_STATS } };

	ask(ifname, &sets);
	return sets.count;
}

static bool ends_so(const char *name, const char *ending)
{
	size_t length = strnlen(name, ETH_GSTRING_LEN), end = strlen(ending);

	return length >= end && !memcmp(name + length - end, ending, end);
}

__u64 xdp_stat(const char *ifname, const char *ending)
{
	__u32 count = count_stats(ifname), found = 0;
	struct ethtool_gstrings
		*names = calloc(1, sizeof(*names) + count * ETH_GSTRING_LEN);
	struct ethtool_stats *stats = calloc(1, sizeof(*stats) +
							count * sizeof(__u64));
	__u64 sum = 0;

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = count;
	ask(ifname, names);
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	ask(ifname, stats);
	for (__u32 i = 0; i < count; i++) {
		if (!ends_so((char *)names->data + i * ETH_GSTRING_LEN, ending))
			continue;
		sum += stats->data[i];
		found++;
	}
	check_true(found, "%s has no counters *%s", ifname, ending);
	free(names);
	free(stats);
	return sum;
}
