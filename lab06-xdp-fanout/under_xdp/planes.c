// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of the labs before are linked with this, and run in the plane `xdp`:
 *
 *	lab03's test_forward + this --> build/lab06/test_forward_xdp
 */
#include "lab03-maps/testlib/call.h"
#include "lab06-xdp-fanout/plane_xdp.h"

const struct plane *const call_planes[] = { &plane_xdp, &plane_tc, NULL };
