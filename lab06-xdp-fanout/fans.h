/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06: makes the fans of broadcast.h, which are maps in a map. */
#ifndef LAB06_FANS_H
#define LAB06_FANS_H

/* A device that a fan clones to, and the program that runs for each clone. */
struct fan_target {
	int ifindex;
	int program; /* fd of an xdp/devmap program; not kept */
};

/*
 * Makes all fans of an interface, and puts them into the map `fans` (an fd),
 * where a packet meets the old fan or the new one.  port: the interface's
 * number.  loop->ifindex 0: there is no loop, so row 1 stays empty.
 * Returns 0 or negative errno.
 */
int fans_make(int fans, int port, const struct fan_target *to,
	      const struct fan_target *loop);

#endif
