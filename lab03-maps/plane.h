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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

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
	 * Loads the programs into `size` bytes of zeros, and pins their maps by
	 * dataplane_load().  unload() frees what is loaded, be it half of it.
	 */
	size_t size; /* of its struct plane_programs */
	int (*load)(struct plane_programs *programs,
		    const struct dataplane_options *o);
	void (*unload)(struct plane_programs *programs);

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

	/*
	 * Whether the plane can forward here what comes in on these interfaces
	 * (names, NULL behind the last).  `why` gets the reason of either
	 * answer, as the rest of a sentence that begins with "because".  It
	 * attaches nothing that stays, and logs nothing.  NULL: always.
	 */
	bool (*offers)(const char *const *ifaces, char *why, size_t size);

	/* NULL: there is nothing in the kernel, and the tables are memory. */
	const struct plane_kernel *kernel;

	/*
	 * How long, in ns, a packet may wait on its way along a list of so many
	 * legs, outside of any RCU read section.  NULL: it never waits.
	 */
	int64_t (*pause_ns)(__u32 legs);
};

#define PLANE_AUTO "auto" /* of --mode: plane_choose() */
#define PLANE_WHY  256	  /* bytes for a reason */

extern const struct plane plane_user, plane_tc;

/* The plane of that name in a list that ends with NULL; NULL: there is none. */
const struct plane *plane_find(const struct plane *const *planes,
			       const char *name);

/* Writes "xdp, tc or user"; `more`, if not NULL, is the last of them. */
#define PLANE_NAMES 64
void plane_names(const struct plane *const *planes, const char *more,
		 char names[PLANE_NAMES]);

/*
 * The first plane of a list that offers to serve these interfaces, so that the
 * best has to come first.  Logs which it is and why, and why not those before
 * it; to run without the kernel where a plane with the kernel was declined is a
 * warning.  NULL, logged: none of them offers.
 */
const struct plane *plane_choose(const struct plane *const *planes,
				 const char *const *ifaces);

#endif
