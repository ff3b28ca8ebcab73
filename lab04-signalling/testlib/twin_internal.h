/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of twin.h share, and what its processes do: this memory. */
#ifndef LAB04_TESTLIB_TWIN_INTERNAL_H
#define LAB04_TESTLIB_TWIN_INTERNAL_H

#include "lab03-maps/testlib/call.h"
#include "lab04-signalling/testlib/twin.h"

#define TWIN_VOLLEY    64 /* datagrams that are sent before copies are awaited */
#define TWIN_STREAMS   5  /* SSRCs 1 to 5 of alice are signalled */
#define TWIN_WIDE      4  /* the one that goes to dave as well */
#define TWIN_RECEIVERS 3
#define TWIN_FRAME     1516
#define TWIN_ROOM      (160 << 10)

/* By dave's link, which is another one than bob's and carol's. */
#define TWIN_DAVE_MTU 1300
#define TWIN_DAVE_IP4 "10.9.0.2"
#define TWIN_DAVE_IP6 "fd09::2"

struct twin_shot {
	__u16 length;
	bool partial; /* the sum of UDP is left to the network card */
	__u16 udp;    /* offset of its header */
	__u8 bytes[TWIN_FRAME];
};

/*
 * What is sent at a time.  Some volleys are odd: they have frames that the
 * kernel leaves to the server's socket or to another program, so that copies
 * may overtake each other.
 */
struct twin_volley {
	__u64 number;
	bool odd, last;
	__u32 count;
	struct twin_shot shot[TWIN_VOLLEY + 2];
};

/* What a receiver got for it: lengths (__u16) and frames, without padding. */
struct twin_catch {
	__u32 frames, length;
	__u8 bytes[TWIN_ROOM];
};

struct twin_side {
	struct twin_catch at[TWIN_RECEIVERS];
};

/* Two volleys are under way: one is flying, one is made or compared. */
struct twin_memory {
	struct {
		struct twin_volley volley;
		struct twin_side side[TWIN_PLANES];
	} turn[2];
	struct {
		struct control_totals totals;
		__u64 frames, unsummed, unexpected;
	} end[TWIN_PLANES];
};

extern const char *const twin_receivers[TWIN_RECEIVERS];

/* Fills in the next volley; `left`: datagrams that are still to be made. */
void twin_make(struct twin_volley *v, __u64 number, __u64 left);

/* The last bytes of the frames that end a volley. */
bool twin_is_marker(const struct frame *f, __u64 number);

/*
 * A process that plane number `side` works in.  It reads a byte from fd for
 * each volley to be sent, and writes one when all its copies have come.
 */
_Noreturn void twin_work(struct twin_memory *m, const struct plane *plane,
			 int side, int fd,
			 void (*at_end)(const struct plane *plane,
					const struct control_totals *totals));

#endif
