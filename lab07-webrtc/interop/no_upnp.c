// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * In place of the library by which libnice asks routers to open ports.  That
 * one needs libsoup 3, and Debian 12's simple-whip-client needs libsoup 2: a
 * process with both aborts.  There is no router in the sandbox.
 *
 *	whip-client --> libsoup 2
 *	  webrtcbin --> libnice --> this, and not libgupnp-igd --> libsoup 3
 */
#include <stddef.h>

void *gupnp_simple_igd_thread_new(void)
{
	return NULL; /* then libnice does without */
}

unsigned long gupnp_simple_igd_get_type(void)
{
	return 0;
}

void gupnp_simple_igd_add_port(void)
{
}

void gupnp_simple_igd_remove_port_local(void)
{
}
