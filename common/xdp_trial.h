/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Does a veth take frames from native XDP?  One is sent, to see.
 *
 * For kernels that do not tell (before Linux 6.3): see xdp_target.h.
 */
#ifndef COMMON_XDP_TRIAL_H
#define COMMON_XDP_TRIAL_H

/* Loads a program that passes all packets: its fd, or negative errno. */
int xdp_trial_load(void);

/*
 * Sends one frame by a veth, as a native XDP program would.  It is of an
 * ethertype for experiments and has a source address that no bridge takes, so
 * that it ends at the other end of the veth.  Needs the right to load programs.
 *
 * Returns 1 if somebody at the other end takes such frames, 0 if nobody does,
 * or negative errno if it cannot be tried: -EOPNOTSUPP if the driver does not
 * count them.  It logs nothing.
 */
int xdp_trial_send(int ifindex);

#endif
