/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which interfaces native XDP can send frames to.
 *
 * XDP_REDIRECT between native programs needs more than a program at the
 * entrance: the device at the exit must take raw frames, and the kernel tells
 * nobody if it does not.  A broadcast skips that device.  The commonest case is
 * a veth, which takes them only while its *peer* runs native XDP, or has GRO on:
 * only then has the peer a ring that frames could be put in.
 */
#ifndef COMMON_XDP_TARGET_H
#define COMMON_XDP_TARGET_H

#include "common/loader.h"

/* For the rest of a sentence that begins with "because"; no full stop. */
#define XDP_WHY 256

enum xdp_target {
	XDP_TARGET_NO,
	XDP_TARGET_YES,
	XDP_TARGET_UNKNOWN,
};

/*
 * Can frames that native XDP redirects to this interface leave by it, now?
 * Returns enum xdp_target, or negative errno (-ENODEV: there is no such
 * interface); logs nothing.  Unless the answer is yes, `why` says the reason
 * and what to try; it is undefined after an error.
 *
 * Linux 6.3 and later know it.  With older ones it is unknown, but for lo, which
 * never can: a veth's peer may be where we cannot look, and on 6.1 copies were
 * lost on a way that looked open (test 6.5.b: of several packets in one bulk).
 *
 * The answer holds for now: whoever switches the peer's GRO off changes it.
 * Some drivers of cards can only once they have a program of their own, so that
 * the question should come after the program.
 */
int xdp_target_query(int ifindex, char why[XDP_WHY]);

/*
 * Can a plane redirect between all of these interfaces (names, NULL behind the
 * last) by native XDP?  1: each of them runs native XDP, and is known to take
 * the frames of the others.  0: one of them is not fit.  Else negative errno,
 * logged.
 *
 * `why` is filled in for both: "eth0 takes …", "lo has no native XDP …".
 *
 * It is found by trying: where no XDP program is yet, one that passes all
 * packets is attached for a moment.
 */
int xdp_target_all(const char *const *ifaces, char why[XDP_WHY]);

#endif
