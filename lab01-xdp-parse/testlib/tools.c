/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The labs' own tools: what they say, and which interfaces they refuse. */
#include <stdio.h>

#include "common/sandbox.h"
#include "common/test.h"
#include "lab01-xdp-parse/testlib/tools.h"

void check_says(int status, const char *words, const char *tool,
		const char *options)
{
	step("%s %s", tool, options);
	check_int(words, 0,
		  sandbox_run(NULL,
			      "said=$(%s %s 2>&1); "
			      "test $? = %d && echo \"$said\" | grep -q '%s'",
			      test_beside(tool), options, status, words));
}

void check_keeps_off(const char *tool, const char *options)
{
	char line[256];

	need_tun();
	check_int("ip", 0,
		  sandbox_run(NULL, "ip tuntap add tun0 mode tun && "
				    "ip route add default via 10.0.7.1"));
	snprintf(line, sizeof(line), "%s --iface eth0", options);
	check_says(1, "the default route", tool, line);
	snprintf(line, sizeof(line), "%s --iface tun0", options);
	check_says(1, "tun0 has no Ethernet frames", tool, line);
}
