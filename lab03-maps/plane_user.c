// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plane `user`: the server forwards by itself, without eBPF.  It is the
 * baseline that every other plane is measured against, and works everywhere.
 * lab04's relay is its loop.
 */
#include <stdio.h>

#include "lab03-maps/plane.h"

static bool offers(const char *const *ifaces, char *why, size_t size)
{
	(void)ifaces;
	snprintf(why, size, "user space can always forward");
	return true;
}

const struct plane plane_user = {
	.name = "user",
	.offers = offers,
	.forwards =
		"this process forwards, without eBPF; --iface plays no part",
};
