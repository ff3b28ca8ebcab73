/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the interfaces of --iface in mode tc.  VPNs, containers and drivers
 * remove interfaces, and our programs go with them.  When an interface of that
 * name comes back, the keeper attaches the programs again.
 */
#ifndef LAB04_INTERFACES_H
#define LAB04_INTERFACES_H

#include <stdbool.h>
#include <linux/types.h>

#define MAX_INTERFACES 16

struct keeper;

/* names is a list that ends with NULL; all of them have just been attached. */
void interfaces_open(const char *const *names, const struct keeper *keeper);

/* Does a program of ours see the packets that come in by this interface? */
bool interfaces_is_attached(void *unused, __u32 ifindex);

/* network.h's network_link_fn. */
void interfaces_hear_link(void *unused, const char *name, __u32 ifindex,
			  bool gone);

/* To be called with an answer of the keeper; iface is an index of the list. */
void interfaces_hear_keeper(int iface, int result);

#endif
