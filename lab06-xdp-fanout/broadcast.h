/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: what fanout.bpf.c and its loader agree on.
 *
 * A fan is a DEVMAP of equal entries, so that a broadcast to it makes as many
 * copies of a frame as the fan has entries.  Each interface has two rows of
 * fans, and in each row one fan for each number of copies:
 *
 *	             1 copy    2 copies     ...   FAN_COPIES
 *	row 0	    [eth0]   [eth0 eth0]          [eth0 ... eth0]
 *	row 1	[eth0 loop] [eth0 eth0 loop]      [eth0 ... eth0 loop]
 *
 * The copy that goes to the loop comes in again (loop.h), and the next legs of
 * the list get theirs from that one.
 */
#ifndef LAB06_BROADCAST_H
#define LAB06_BROADCAST_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define FAN_COPIES    64 /* the most that one broadcast makes for legs */
#define FAN_ROWS      2
#define FANS_PER_PORT (FAN_COPIES * FAN_ROWS)
#define MAX_PORTS     16 /* interfaces that frames are cloned to */

#define FLIGHTS 512 /* of one CPU, under way; a power of two */
#define BULK	16  /* frames in a bulk queue: DEV_MAP_BULK_SIZE */

/* Where a fan stands among all. */
static inline __u32 fan_index(__u32 port, __u32 copies, __u32 row)
{
	//@todo 6.1 fan_index: port after port, in each port row 0 and then row 1, and in a row one fan for each number of copies, from 1 on
	//@stub	(void)port, (void)copies, (void)row;
	//@stub	return 0;
	return (port * FAN_ROWS + row) * FAN_COPIES + copies - 1;
	//@end 6.1
}

/* An interface that the plane serves, found by its index. */
struct port {
	__u32 number;	    /* from 0 */
	__u8 mac[ETH_ALEN]; /* frames to others are not ours */
	__u8 takes_copies;  /* bool; 0: frames only come in there */
	__u8 zero;
};

#endif
