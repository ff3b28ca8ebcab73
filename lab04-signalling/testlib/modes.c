/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One test, two servers; the second one must not suffer from the first. */
#include <unistd.h>

#include "lab04-signalling/testlib/modes.h"

/* A test may have killed it: no other test shall suffer. */
static void revive(void)
{
	int fd = http_connect("carol");

	if (fd >= 0) {
		close(fd);
		return;
	}
	detach_server(server);
	check_int("exit status of a server that does not start", 0,
		  server_start(server));
}

void in_both_modes(void (*run)(void))
{
	for (int i = 0; i < 2; i++) {
		server = &servers[i];
		step("mode %s", server->user ? "user" : "tc");
		if (servers_shared) {
			revive();
			remember_others_rooms();
		}
		run();
	}
}
