/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: a pair of veth interfaces by which a frame comes in again.
 *
 *	a fan's last entry --> loop ~~~~~ back --> XDP: come_again()
 *
 * Its name is made of the pin directory's, so that each process finds the pair
 * that an earlier one has left, and nobody else's.
 */
#ifndef LAB06_LOOP_H
#define LAB06_LOOP_H

/*
 * Nanoseconds from the end of a round to the next one.  With less, whoever empties
 * the receivers' ring gets less time for it.  With more, a packet for 5,000 would not
 * have left before a camera's next, and more packets that come one after the other
 * would share a round, whose copies are that many times more.
 */
#define LOOP_PACE_NS 25000

/* The indices of the two interfaces; 0: there is none. */
struct loop {
	int ifindex; /* frames are cloned to this one */
	int back;    /* and come in by that one */
};

/*
 * Makes the pair for a pin directory, or finds it.  Both ends are up and have
 * no addresses, so that the kernel itself sends nothing there.  A frame that
 * comes in soon after another one waits for LOOP_PACE_NS to be over.  If that
 * cannot be set, a warning says so, and frames come in at once.  Returns 0 or
 * negative errno, logged; -EEXIST: an interface has its name that is not ours.
 */
int loop_make(const char *pin_dir, struct loop *loop);

/* Removes the pair; 0 too if there is none of ours.  Errors are logged. */
int loop_remove(const char *pin_dir);

#endif
