// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The server of labs 01 to 06: plain RTP, forwarded by XDP, by TC, or in user
 * space.  It says nothing of its own to the callers, so that lab04's tests can
 * call it in mode xdp.
 */
#include <stddef.h>

#include "lab04-signalling/api.h"
#include "lab04-signalling/server.h"
#include "lab06-xdp-fanout/plane_xdp.h"

static const struct plane *const planes[] = { &plane_xdp, &plane_tc,
					      &plane_user, NULL };
static const struct wire *const wires[] = { &wire_plain, NULL };
static const struct http_route *const routes[] = { api_routes, NULL };

static const struct server_parts parts = {
	.planes = planes,
	.plane = &plane_xdp,
	.wires = wires,
	.routes = routes,
};

int main(int argc, char **argv)
{
	return server_main(&parts, argc, argv);
}
