// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The roof: the server with every floor in it, and nothing else.  Without
 * --mode, it forwards by the first of its planes that this machine offers.
 */
#include <stddef.h>

#include "lab04-signalling/api.h"
#include "lab04-signalling/server.h"
#include "lab06-xdp-fanout/plane_xdp.h"
#include "lab07-webrtc/page.h"
#include "lab07-webrtc/whip.h"
#include "lab07-webrtc/wire_webrtc.h"

static const struct plane *const planes[] = { &plane_xdp, &plane_tc,
					      &plane_user, NULL };
static const struct wire *const wires[] = { &wire_webrtc, &wire_plain, NULL };
static const struct http_route *const routes[] = { page_routes, api_routes,
						   whip_routes, NULL };

static const struct server_parts parts = {
	.planes = planes,
	.wires = wires,
	.routes = routes,
};

int main(int argc, char **argv)
{
	return server_main(&parts, argc, argv);
}
