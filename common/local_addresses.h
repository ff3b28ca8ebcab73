/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Keeps the map in which packet programs look whether an address is this
 * host's: lab01-xdp-parse/local.bpf.h.
 */
#ifndef COMMON_LOCAL_ADDRESSES_H
#define COMMON_LOCAL_ADDRESSES_H

/*
 * Makes the map equal to the list of the addresses that this host has now, in
 * the calling thread's network namespace: adds what is missing, then removes
 * what is no longer there.  Needs no rights but the map's descriptor.  To be
 * called before the programs are attached, and again on news (RTM_NEWADDR,
 * RTM_DELADDR).
 *
 * 0, or negative errno, logged.  More addresses than the map has room for are
 * no error: a warning is logged, and the packets for those that are left out
 * go up to the stack.
 */
int local_addresses_sync(int map_fd);

#endif
