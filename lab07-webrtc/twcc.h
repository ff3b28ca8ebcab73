/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: feedback about the arrival of packets, from which the sender estimates
 * how much the network can take
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 *
 * The sender counts all packets of a transport, of whatever stream, in a header
 * extension of 16 bits.  The receiver notes when each one comes, and says so
 * every 50 to 100 ms:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-------------------------------+-------------------------------+
 *    |   the header and two SSRCs, 12 bytes: see rtcp.h          ....
 *    +-------------------------------+-------------------------------+
 *    |     first sequence number     |     how many packets it is    |
 *    |                               |     about, lost ones, too     |
 *    +-------------------------------+---------------+---------------+
 *    |        reference time, in 64 ms               | number of the |
 *    |                                               | feedback      |
 *    +-------------------------------+---------------+---------------+
 *    |     chunk: which have come    |     chunk                 ....
 *    +---------------+---------------+-------------------------------+
 *    | delta: 1 byte | or 2, one for each that has come, in 250 us ....
 *    +---------------+-----------------------------------------------+
 *
 * The first delta counts from the reference time, any other from the delta
 * before it.  One byte holds 0 to 63.75 ms, two hold -8.2 to 8.2 s.
 *
 * If a packet comes after it was reported as lost, the next feedback reports
 * it, and once more all packets that follow it.
 *
 * Times are microseconds of a clock that never goes back and is not negative.
 * Not thread-safe.
 */
#ifndef LAB07_TWCC_H
#define LAB07_TWCC_H

#include "lab07-webrtc/rtcp_write.h"

/*
 * The number of packets that are remembered, which is 1.2 s at 8 Mbit/s.  A
 * packet that comes later than that counts as lost.
 */
#define TWCC_WINDOW 1024

/* The state of one transport.  All zero: no packet has come. */
struct twcc {
	bool started;
	uint8_t number;	  /* of the next feedback */
	uint64_t next;	  /* the first index that was not reported yet */
	uint64_t highest; /* index that has come; an extended sequence number */
	uint16_t restart; /* the number that would prove a restart, */
	bool is_odd;	  /* if the last one was far too old */
	int64_t ticks[TWCC_WINDOW]; /* when it came, in 250 us; a ring */
};

/* Notes that a packet with this number has come. */
void twcc_arrived(struct twcc *t, uint16_t number, int64_t now);

/* Is there anything to report? */
bool twcc_has_news(const struct twcc *t);

/*
 * Adds one feedback packet, and forgets what it reports.  Call it again, with
 * another datagram, while there is news.  0, or -EMSGSIZE: there is no room; an
 * empty datagram always has room.
 */
int twcc_add_feedback(struct twcc *t, struct rtcp_out *out, uint32_t sender,
		      uint32_t media);

#endif
