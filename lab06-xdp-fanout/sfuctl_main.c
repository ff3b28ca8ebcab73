// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* sfuctl with the planes tc and xdp: `sfuctl mode xdp`. */
#include <stddef.h>

#include "lab03-maps/sfuctl.h"
#include "lab06-xdp-fanout/plane_xdp.h"

static const struct plane *const planes[] = { &plane_tc, &plane_xdp, NULL };

int main(int argc, char **argv)
{
	return sfuctl_main(planes, argc, argv);
}
