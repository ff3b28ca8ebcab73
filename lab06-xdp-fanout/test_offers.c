// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where the plane xdp offers itself, and what it says where it does not:
 *
 *	server: eth0 ===veth=== switch (GRO on, as the sandbox makes it, or off)
 *	        lo
 */
#include <net/if.h>
#include <string.h>

#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab03-maps/plane.h"
#include "lab06-xdp-fanout/plane_xdp.h"

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(build_network)

static void set_gro(const char *on)
{
	step("the other end of eth0 has GRO %s", on);
	check_int("ethtool", 0,
		  sandbox_run("switch", "ethtool -K server gro %s", on));
}

static void check_offer(const char *const *ifaces, bool expected,
			const char *words)
{
	char why[PLANE_WHY] = "";
	bool offers = plane_xdp.offers(ifaces, why, sizeof(why));

	step("%s, ...: %s", *ifaces, why);
	check_int("offers", expected, offers);
	check_true(strstr(why, words), "\"%s\" does not say \"%s\"", why,
		   words);
}

TEST("6.0.oa", offers,
     "the plane offers itself where all interfaces take its frames")
{
	static const char *const eth0[] = { "eth0", NULL };
	static const char *const lo[] = { "lo", NULL };
	static const char *const both[] = { "lo", "eth0", NULL };

	check_offer(eth0, true, "runs native XDP");
	check_offer(lo, false, "lo has no native XDP");
	check_offer(both, false, "lo has no native XDP");
	set_gro("off");
	check_offer(eth0, false, "try there: ethtool -K NAME gro on");
	set_gro("on");
	check_str("nothing stays", "no XDP",
		  loader_xdp_mode(if_nametoindex("eth0")));
}
