/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the interfaces of --iface in mode tc.  One that goes away takes our
 * programs with it (VPNs, containers and drivers do that).  When there is one
 * of its name again, the keeper attaches them again.
 */
#ifndef LAB04_INTERFACES_H
#define LAB04_INTERFACES_H

#include <stdbool.h>
#include <linux/types.h>

#define MAX_INTERFACES 16

struct keeper;

/* All of them, a list that ends with NULL, have just been attached. */
void interfaces_open(const char *const *names, const struct keeper *keeper);

/* Does a program of ours see what comes in there? */
bool interfaces_is_attached(void *unused, __u32 ifindex);

/* network.h's network_link_fn. */
void interfaces_hear_link(void *unused, const char *name, __u32 ifindex,
			  bool gone);

/* What the keeper has answered: iface is the place in the list. */
void interfaces_hear_keeper(int iface, int result);

#endif
