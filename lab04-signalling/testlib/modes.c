/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One test, two servers; the second one must not suffer from the first. */
#include "lab04-signalling/testlib/modes.h"

void in_both_modes(void (*run)(void))
{
	for (int i = 0; i < 2; i++) {
		server = &servers[i];
		step("mode %s", server->user ? "user" : "tc");
		if (servers_shared)
			remember_others_rooms();
		run();
	}
}
