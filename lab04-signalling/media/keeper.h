/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the part of the server that keeps its rights.
 *
 * Strangers talk to the server, so it gives up root.  But the end of a server
 * takes root: programs are detached and pins are removed.  A child that was
 * forked before the first stranger came does that, and nothing else:
 *
 *	swiftcall (nobody)               keeper (root)
 *	   |--- detach ----------------->| dataplane_detach()
 *	   |<-------------- 0 or errno --|
 *	   |--- attach interface 1 ----->| dataplane_reattach()
 *	   |<---------- index or errno --|
 *	   x  killed: end of file ------>| exits; the calls go on in the kernel
 *
 * It takes no names or numbers from the server that its own start did not
 * give it: whoever takes over the server can end the calls, and no more.
 */
#ifndef LAB04_KEEPER_H
#define LAB04_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct dataplane_options;

struct keeper {
	int fd; /* -1: there is none */
	pid_t pid;
};

/*
 * Forks the keeper, which inherits the standard descriptors only, and a copy
 * of the options.  Returns 0, or negative errno, logged.
 */
int keeper_open(struct keeper *k, const struct dataplane_options *o);

/*
 * Has the keeper detach everything, and waits for it.  Returns 0 or negative
 * errno, logged.
 */
int keeper_detach(const struct keeper *k);

/*
 * Has the keeper attach to an interface again: its place in the list of the
 * options.  Does not wait; the answer comes to k->fd, which is to be polled.
 */
void keeper_attach(const struct keeper *k, int iface);

/*
 * Reads such an answer: which interface, and what dataplane_reattach() has
 * returned.  False: the keeper is gone, logged.
 */
bool keeper_answer(const struct keeper *k, int *iface, int *result);

/* Lets the keeper go, with everything left as it is. */
void keeper_close(struct keeper *k);

#endif
