/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03, a part of control.h: what was said is put into force. */
#ifndef LAB03_COMMIT_H
#define LAB03_COMMIT_H

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <linux/types.h>

/*
 * Puts into force what was said since the last call, and waits until no
 * packet is on its way by the old lists.  A leg whose receiver can't be
 * reached is left out: then -EHOSTUNREACH (or what route.h says), or
 * -EAFNOSUPPORT as above, after all the others are in force, and *unreachable
 * is the first such participant; the next commit that touches its room tries
 * again.  A leg that was in force keeps the route it had.  -ETIMEDOUT: the
 * receiver's neighbour was asked for its MAC address, and has not answered.
 */
int control_commit(__u32 *unreachable);

/*
 * How many streams have been compiled so far, if only to find that their legs
 * are as they were: what a change has cost, in tests and in /metrics.
 */
__u64 control_compiled(void);

/*
 * Is there a leg somewhere for which no way was found?  Then the rooms of such
 * legs are compiled again, by control_refresh().
 */
bool control_has_unreachable(void);
void control_retry_unreachable(void);

/*
 * A neighbour has this MAC address, says the kernel.  Do legs go by it that
 * have another one?  Then control_forget_routes().
 */
bool control_neighbour_matters(const struct in6_addr *addr, int ifindex,
			       const __u8 mac[ETH_ALEN]);

/*
 * How long control_commit() may wait for a neighbour to answer, for each
 * address that is new to it; 500 ms at first.  With 0 it never blocks.
 */
void control_route_timeout(int ms);

/*
 * The ways to the receivers may have changed: a link, an address, a route, a
 * neighbour has.  Every room is compiled again, by control_refresh(), which
 * works for about ms milliseconds and puts into force what it got done, as
 * control_commit() does.  True: there is more, so call it again soon.  Legs
 * that have no way now keep the one that they had.
 */
void control_forget_routes(void);
bool control_refresh(int ms);

#endif
