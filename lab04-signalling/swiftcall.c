// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The server of labs 01 to 04: plain RTP, forwarded by TC or in user space.
 * swiftcall/swiftcall.c is the one with every floor in it.
 */
#include <stddef.h>

#include "lab04-signalling/api.h"
#include "lab04-signalling/server.h"

static const struct plane *const planes[] = { &plane_tc, &plane_user, NULL };
static const struct wire *const wires[] = { &wire_plain, NULL };
static const struct http_route *const routes[] = { api_routes, NULL };

static const struct server_parts parts = {
	.planes = planes,
	.plane = &plane_tc,
	.wires = wires,
	.routes = routes,
};

int main(int argc, char **argv)
{
	return server_main(&parts, argc, argv);
}
