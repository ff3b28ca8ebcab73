/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a veth says about frames that came or went without an skb. */
#ifndef LAB06_TESTLIB_XDP_STATS_H
#define LAB06_TESTLIB_XDP_STATS_H

#include <linux/types.h>

/*
 * The sum of what `ethtool -S` shows of an interface in this network under all
 * names that end so, such as "xdp_redirect" (frames that a program here has
 * redirected) and "_xdp_xmit" (frames that were sent out of it).  A failed
 * check if it has no such counters.
 */
__u64 xdp_stat(const char *ifname, const char *ending);

#endif
