/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the forwarder at TC ingress, for each plane that has it.  Such a plane
 * has an XDP program of its own before it.  In the record of an interface is:
 *
 *	xdp		the XDP link, pinned
 *	clsact/		the clsact qdisc was made by us
 *
 * Every function logs its errors and returns negative errno.
 */
#ifndef LAB03_FORWARDER_H
#define LAB03_FORWARDER_H

struct dataplane_options;
struct forward_bpf;

/*
 * Loads the forwarder, with its maps as dataplane_load() does.  *forwarder is
 * the caller's, who gives it back by forward_bpf__destroy(), after an error as
 * well.
 */
int forwarder_load(struct forward_bpf **forwarder,
		   const struct dataplane_options *o);

/* Attaches it to an interface, or replaces the one that is there. */
int forwarder_attach(const struct forward_bpf *forwarder, int ifindex,
		     const char *record);

/*
 * Removes it and the XDP program before it: detach() of each plane that has
 * the forwarder.  0 if there is none.
 */
int forwarder_detach(int ifindex, const char *record);

#endif
