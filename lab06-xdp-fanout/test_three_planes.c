// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The same 100,000 datagrams through all three planes (lab04's testlib/twin.h):
 *
 *	        +--> user ---+
 *	alice --+--> tc -----+--> the same bytes?
 *	        +--> xdp ----+
 *
 * The plane xdp hands to TC what it cannot do, and that would send the same
 * bytes, too: so the counters of the interfaces must show that it did its work
 * itself.
 */
#include <string.h>

#include "common/sandbox.h"
#include "common/test.h"
#include "lab04-signalling/testlib/twin.h"
#include "lab06-xdp-fanout/plane_xdp.h"
#include "lab06-xdp-fanout/testlib/xdp_stats.h"

TEST_SETUP(sandbox_enter)

/* One volley of 16 has frames for TC: of the others, XDP makes all copies. */
static void check_share(const struct plane *plane,
			const struct control_totals *totals)
{
	__u64 sent;

	if (strcmp(plane->name, plane_xdp.name))
		return;
	sent = xdp_stat("eth0", "_xdp_xmit") + xdp_stat("eth9", "_xdp_xmit");
	check_true(sent >= totals->sent / 16 * 15,
		   "of %llu copies only %llu were sent without an skb",
		   totals->sent, sent);
	check_true(sent <= totals->sent,
		   "%llu frames were sent for %llu copies", sent, totals->sent);
}

TEST("6.0.pa", three_planes,
     "user, tc and xdp send the same bytes, 100,000 times", .seconds = 120)
{
	const struct plane *const planes[] = { &plane_tc, &plane_xdp,
					       &plane_user, NULL };

	twin_compare(planes, twin_datagrams(), check_share);
}
