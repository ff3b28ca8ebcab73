/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: the server, from its start to its end. */
#ifndef LAB04_SERVER_H
#define LAB04_SERVER_H

#include <stdbool.h>

#include "lab03-maps/plane.h"
#include "lab04-signalling/media/interfaces.h"
#include "lab04-signalling/session/session.h"
#include "lab04-signalling/session/wire.h"

/*
 * What a server is made of: a main() chooses.  Each is a list that ends with
 * NULL.  The planes stand in the order in which --mode auto wants them.
 */
struct server_parts {
	const struct plane *const *planes;
	const struct plane *plane; /* without --mode; NULL: auto */
	const struct wire *const *wires;
	const struct http_route *const *routes; /* tables of routes */
};

struct server_options {
	const struct plane *plane;		/* one of the parts' */
	const char *ifaces[MAX_INTERFACES + 1]; /* NULL behind the last */
	size_t iface_count;
	struct ip_addr http_addr;
	__be16 http_port;
	struct http_options http;
	const char *pin_dir;
	const char *run_as;		/* for rights_drop() */
	struct session_options session; /* server_run() sets pin_dir, wires */
};

/* The whole of a main(): reads the options, runs, returns the exit status. */
int server_main(const struct server_parts *parts, int argc, char **argv);

/*
 * Serves until SIGTERM, SIGINT or SIGHUP, and then removes all that it has put
 * up.  Returns 0, or negative errno, logged.  If it can't start, calls that a
 * killed server left in pin_dir go on.
 */
int server_run(const struct server_parts *parts,
	       const struct server_options *options);

/* Removes what a killed server left in pin_dir, which ends its calls. */
int server_detach(const struct server_parts *parts,
		  const struct server_options *options);

#endif
