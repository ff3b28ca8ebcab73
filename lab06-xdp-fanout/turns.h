/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06's bench: what turns.bpf.c and its loader agree on. */
#ifndef LAB06_TURNS_H
#define LAB06_TURNS_H

#include <linux/types.h>

#define TURN_HEADERS 54 /* Ethernet, IPv4, UDP, RTP without extensions */
#define TURN_SEQ     44 /* where the sequence number lies in them */

/* The packet that comes next: one cache line. */
struct turn {
	__u8 headers[TURN_HEADERS];
	__u16 nth; /* how many of this sender's came before it in this lap */
} __attribute__((aligned(64)));

/* Who gets the packet: indices of tc_next and xdp_next. */
#define TURN_NOBODY 0
#define TURN_FIRST  1
#define TURN_LAST   3

#endif
