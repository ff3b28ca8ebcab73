// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The twins: the same 100,000 datagrams through the kernel and through user
 * space, and what comes out compared to the byte (testlib/twin.h), from the
 * Ethernet header to the last byte of payload.
 */
#include "common/sandbox.h"
#include "common/test.h"
#include "lab04-signalling/testlib/twin.h"

TEST_SETUP(sandbox_enter)

TEST("4.0.a", twins, "user and tc send the same bytes, 100,000 times",
     .seconds = 120)
{
	const struct plane *const planes[] = { &plane_user, &plane_tc, NULL };

	twin_compare(planes, twin_datagrams(), NULL);
}
