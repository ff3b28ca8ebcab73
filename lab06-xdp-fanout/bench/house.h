/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06's bench: a house is what a server has in the kernel: the programs of
 * the planes tc and xdp over one set of maps, with people in so many rooms.
 *
 * Two people are in each room.  Each of them sends one stream and gets the
 * other's, so that each packet has one leg.  Person 2r and person 2r + 1 are in
 * room r, whatever other rooms the house has: so the same packets fit a house
 * of 10 rooms and one of 10,000.
 */
#ifndef LAB06_HOUSE_H
#define LAB06_HOUSE_H

#include <linux/types.h>
#include <stdbool.h>

#define HOUSE_ROOMS  10000 /* the most */
#define HOUSE_PEOPLE (2 * HOUSE_ROOMS)

struct fanout_bpf;
struct forward_bpf;
struct frame;

struct house {
	char pin_dir[64];
	__u32 rooms;
	struct forward_bpf *forward;
	struct fanout_bpf *fanout;
	int tracepoint; /* the link of count_copies(); 0: none */
};

/*
 * Makes the link that copies leave by, and the way to all people there: once,
 * in a sandbox.  Its other end is down, so that copies get as far as the driver
 * and are freed by it.  Returns its index, or negative errno, logged.
 */
int house_make_link(void);

/*
 * Loads the programs, and lets people join `rooms` rooms by lab03's control
 * plane: the rooms 0, s, 2s ... with s = HOUSE_ROOMS / rooms.  name is that of
 * its pins.  0 or negative errno, logged; house_close() also after an error.
 */
int house_open(struct house *h, const char *name, __u32 rooms, int link);
void house_close(struct house *h);

/* The n-th person of a house with so many rooms: 0 to 2 * rooms - 1. */
__u32 house_person(__u32 rooms, __u32 n);

/* A packet of a person, with `bytes` of payload.  0 or negative errno. */
int house_packet(struct frame *frame, __u32 person, __u32 bytes);

/*
 * Do the counters of all tables say that so many packets came, and that one
 * copy of each was due and was handed to the driver?  0 or -EPROTO, logged.
 */
int house_prove(const struct house *h, __u64 packets);

#endif
