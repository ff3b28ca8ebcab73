// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plane `user`: the server forwards by itself, without eBPF.  It is the
 * baseline that every other plane is measured against, and works everywhere.
 * lab04's relay is its loop.
 */
#include "lab03-maps/plane.h"

const struct plane plane_user = {
	.name = "user",
	.forwards =
		"this process forwards, without eBPF; --iface plays no part",
};
