/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the part of the server that keeps its rights.
 *
 * Strangers talk to the server, so it gives up root.  But to detach programs
 * and remove pins at its end takes root.  A child that was forked before the
 * first stranger came does that, and nothing else:
 *
 *	swiftcall (nobody)               keeper (root)
 *	   |--- detach ----------------->| dataplane_detach()
 *	   |<-------------- 0 or errno --|
 *	   |--- attach interface 1 ----->| dataplane_reattach()
 *	   |<---------- index or errno --|
 *	   x  killed: end of file ------>| exits; the calls go on in the kernel
 *
 * It acts only on the names that it got at its own start.  So an attacker who
 * takes over the server can end the calls, and no more.
 */
#ifndef LAB04_KEEPER_H
#define LAB04_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct dataplane_options;

struct keeper {
	int fd; /* -1: there is no keeper */
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
 * Has the keeper attach to an interface again; iface is an index of the
 * options' list.  Does not wait: the answer comes to k->fd, which is to be
 * polled.
 */
void keeper_attach(const struct keeper *k, int iface);

/*
 * Reads such an answer: the interface, and what dataplane_reattach() has
 * returned.  False: the keeper is gone, which is logged.
 */
bool keeper_answer(const struct keeper *k, int *iface, int *result);

/* Lets the keeper exit; it leaves everything as it is. */
void keeper_close(struct keeper *k);

#endif
