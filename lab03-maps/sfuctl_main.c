// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* sfuctl with the plane of lab03; lab06 has one with more. */
#include <stddef.h>

#include "lab03-maps/plane.h"
#include "lab03-maps/sfuctl.h"

static const struct plane *const planes[] = { &plane_tc, NULL };

int main(int argc, char **argv)
{
	return sfuctl_main(planes, argc, argv);
}
