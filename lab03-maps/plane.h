/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: a plane is who forwards.
 *
 *	plane_user	this process, between recvmmsg() and sendmmsg()
 *	plane_tc	the kernel, by a program at TC ingress
 *
 * All of them run the same forwarding core over the same tables.  What is
 * different is in struct plane, a file for each, and nobody else asks for a
 * plane's name: a new one is a new file, and a place in the list of the
 * program that is to have it.
 */
#ifndef LAB03_PLANE_H
#define LAB03_PLANE_H

struct bpf_map;
struct dataplane_options;
struct plane_programs; /* each plane's own */

/*
 * What a plane does in the kernel.  ifindex is an interface, record the
 * directory below the pin directory where it notes what it has done there;
 * what is in it is the plane's own.  All return 0 or negative errno, logged.
 */
struct plane_kernel {
	/*
	 * Loads the programs, and pins their maps by dataplane_load(); NULL
	 * and errno if that fails.  close() takes NULL as well.
	 */
	struct plane_programs *(*open)(const struct dataplane_options *o);
	void (*close)(struct plane_programs *programs);

	/* A map of theirs, such as "sfu_settings". */
	struct bpf_map *(*map)(const struct plane_programs *programs,
			       const char *name);

	/* Attaches to an interface, or replaces there what an earlier one of
	 * this plane left; and removes all of it. */
	int (*attach)(const struct plane_programs *programs, int ifindex,
		      const char *record);
	int (*detach)(int ifindex, const char *record);
};

struct plane {
	const char *name;     /* of --mode, in GET /rooms and in /metrics */
	const char *forwards; /* for the log: who forwards what */

	/* NULL: there is nothing in the kernel, and the tables are memory. */
	const struct plane_kernel *kernel;
};

extern const struct plane plane_user, plane_tc;

/* The one of that name in a list that ends with NULL, or NULL. */
const struct plane *plane_find(const struct plane *const *planes,
			       const char *name);

#endif
