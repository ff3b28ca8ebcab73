// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of calls are linked with this, and call lab06's server in mode xdp
 * where they called lab04's in mode tc:
 *
 *	lab04's test_call + this --> build/lab06/test_call_xdp
 */
#include "lab04-signalling/testlib/server.h"

const char *server_mode(void)
{
	return "--mode=xdp";
}
