/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: a plane is what forwards packets.
 *
 *	plane_user	this process, between recvmmsg() and sendmmsg()
 *	plane_tc	the kernel, by a program at TC ingress
 *
 * All of them run the same forwarding core over the same tables.  What differs
 * is in a struct plane, with one file for each plane.  No other code asks for a
 * plane's name, so a new plane is a new file and an entry in the list of the
 * program that is to have it.
 */
#ifndef LAB03_PLANE_H
#define LAB03_PLANE_H

struct bpf_map;
struct dataplane_options;
struct plane_programs; /* each plane's own */

/*
 * What a plane does in the kernel.  ifindex is an interface.  record is the
 * directory below the pin directory where the plane notes what it has done to
 * that interface; only the plane reads it.  All return 0 or negative errno,
 * and log errors.
 */
struct plane_kernel {
	/*
	 * Loads the programs, and pins their maps by dataplane_load(); NULL
	 * and errno if that fails.  close() takes NULL as well.
	 */
	struct plane_programs *(*open)(const struct dataplane_options *o);
	void (*close)(struct plane_programs *programs);

	/* One of the programs' maps, by its name, such as "sfu_settings". */
	struct bpf_map *(*map)(const struct plane_programs *programs,
			       const char *name);

	/*
	 * attach() attaches to an interface, or replaces what an earlier
	 * process of this plane left there; detach() removes all of it.
	 * Planes that have the same detach() replace what each other left.
	 */
	int (*attach)(const struct plane_programs *programs, int ifindex,
		      const char *record);
	int (*detach)(int ifindex, const char *record);

	/*
	 * Removes what is neither at an interface nor in pin_dir, when all
	 * interfaces have been detached; NULL: there is no such thing.
	 */
	int (*clean)(const char *pin_dir);
};

struct plane {
	const char *name;     /* of --mode, in GET /rooms and in /metrics */
	const char *forwards; /* for the log: who forwards what */

	/* NULL: there is nothing in the kernel, and the tables are memory. */
	const struct plane_kernel *kernel;
};

extern const struct plane plane_user, plane_tc;

/* The plane of that name in a list that ends with NULL; NULL: there is none. */
const struct plane *plane_find(const struct plane *const *planes,
			       const char *name);

#endif
