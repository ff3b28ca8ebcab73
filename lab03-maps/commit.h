/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03, a part of control.h: puts into force what the callers asked for. */
#ifndef LAB03_COMMIT_H
#define LAB03_COMMIT_H

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <linux/types.h>

/*
 * Puts into force all changes since the last call, and waits until no packet is
 * on its way by the old lists.  A leg whose receiver can't be reached is left
 * out, unless it was in force: then it keeps the route it had.  When all other
 * legs are in force, such a leg makes the result negative: -EHOSTUNREACH (or
 * what route.h says), -EAFNOSUPPORT as in control.h, or -ETIMEDOUT if the
 * receiver's neighbour was asked for its MAC address and has not answered.
 * *unreachable is then the first such participant; the next commit that
 * touches its room tries again.
 */
int control_commit(__u32 *unreachable);

/*
 * How many times a stream has been compiled so far, even where its legs came
 * out unchanged.  Tests and /metrics see by it what a change costs.
 */
__u64 control_compiled(void);

/*
 * Is there a leg for which no route was found?  After the retry() call,
 * control_refresh() compiles the rooms of such legs again.
 */
bool control_has_unreachable(void);
void control_retry_unreachable(void);

/*
 * The kernel says that a neighbour has this MAC address.  Do legs that go by
 * this neighbour have another one?  Then call control_forget_routes().
 */
bool control_neighbour_matters(const struct in6_addr *addr, int ifindex,
			       const __u8 mac[ETH_ALEN]);

/*
 * How long control_commit() may wait for a neighbour to answer, for each
 * address that is new to it; 500 ms at first.  With 0 it never blocks.
 */
void control_route_timeout(int ms);

/*
 * The routes to the receivers may have changed, because a link, an address, a
 * route or a neighbour has.  control_refresh() then compiles every room again:
 * each call works for about ms milliseconds and puts into force what it got
 * done, as control_commit() does.  True: there is more, so call it again soon.
 * Legs that have no route now keep the one that they had.
 */
void control_forget_routes(void);
bool control_refresh(int ms);

#endif
