/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: the interfaces that XDP serves: it clones what comes in there, and most
 * of them get copies by a fan.  What XDP does not serve, lab03's forwarder does.
 */
#ifndef LAB06_PORTS_H
#define LAB06_PORTS_H

#include <stdbool.h>

#include "lab06-xdp-fanout/fans.h"

/* Where ports are noted, and what runs for their copies; all are fds. */
struct ports {
	int map;   /* interface index -> struct port */
	int fans;  /* fan_index() -> devmap */
	int leave; /* the program for each copy to a leg */
	struct fan_target loop;
};

/*
 * Makes an interface a port, or gives a port new programs, one fan after the
 * other.  takes_copies: frames that XDP sends there arrive; if not, they only
 * come in there.  0 or negative errno; -ENOSPC: MAX_PORTS are there.
 */
int ports_add(const struct ports *ports, int ifindex, bool takes_copies);

/* From the next packet on it is none.  0 too if it was none. */
int ports_remove(const struct ports *ports, int ifindex);

/* For messages: valid until the next call. */
const char *ports_name(int ifindex);

#endif
