/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: RTCP (RFC 3550, section 6), with feedback (RFC 4585, RFC 5104).
 *
 * A datagram holds one or more packets, whose header is in common/protocols.h.
 * The first is a report and one of them has a name, unless RFC 5506 is used:
 *
 *	| SR  | SDES | PLI |	compound
 *	| NACK |		reduced size
 *
 * Feedback has two SSRCs, and then what its kind needs (RFC 4585, 6.1):
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---+-+---------+---------------+-------------------------------+
 *    |V=2|P| format  |      PT       |   length in words, minus one  |
 *    +---+-+---------+---------------+-------------------------------+
 *    |                    SSRC of packet sender                      |
 *    +---------------------------------------------------------------+
 *    |        SSRC of media source; FIR and REMB: 0, and a list      |
 *    +---------------------------------------------------------------+
 *
 * Numbers are in host byte order.  rtcp_write.h writes what is read here.
 */
#ifndef LAB07_RTCP_H
#define LAB07_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_SOURCES 31 /* in one packet: the header has 5 bits for it */

enum rtcp_kind {
	RTCP_OTHER, /* an unknown kind, or too short for its kind */
	RTCP_SR,    /* sender report */
	RTCP_RR,    /* receiver report */
	RTCP_SDES,  /* source description */
	RTCP_BYE,
	RTCP_NACK, /* send these again, RFC 4585 6.2.1 */
	RTCP_TWCC, /* what came when, see twcc.h */
	RTCP_PLI,  /* a picture is lost, RFC 4585 6.3.1 */
	RTCP_FIR,  /* a full picture, please, RFC 5104 4.3.1 */
	RTCP_REMB, /* so much bandwidth is there: goog-remb */
};

/* One packet; bytes lie in the caller's datagram. */
struct rtcp_packet {
	enum rtcp_kind kind;
	uint8_t count;	      /* of blocks or sources; feedback: the format */
	uint32_t sender;      /* SDES and BYE: 0, they have a list */
	uint32_t media;	      /* feedback: see above; else 0 */
	const uint8_t *bytes; /* from its header on */
	size_t len;	      /* without padding; at least 4 */
};

struct rtcp_walk {
	const uint8_t *at;
	size_t left;
};

/*
 * Walks through a datagram of any length at any address.  False at its end, and
 * where something follows that is not RTCP.
 */
struct rtcp_walk rtcp_start(const void *datagram, size_t len);
bool rtcp_next(struct rtcp_walk *walk, struct rtcp_packet *packet);

/*
 * Each reader takes a packet of the kind in its name.  If a list is cut off, it
 * reads the entries that are there.
 */
struct rtcp_sr {
	uint32_t ssrc;
	uint64_t ntp;	    /* 32.32 bits, seconds since 1900 */
	uint32_t timestamp; /* RTP's, of the same moment */
	uint32_t packets, bytes;
};

/* A report block, of SR or RR (RFC 3550, section 6.4.1). */
struct rtcp_block {
	uint32_t ssrc;	  /* the source that it is about */
	uint8_t fraction; /* lost since the last report, in 1/256 */
	int32_t lost;	  /* packets, 24 bits */
	uint32_t highest; /* sequence number, with its wraps above */
	uint32_t jitter;  /* in units of the RTP timestamp */
	uint32_t last_sr; /* middle of the last SR's ntp; 0: none has come */
	uint32_t delay;	  /* since that SR came, in 1/65536 s */
};

struct rtcp_cname {
	uint32_t ssrc;
	const char *text; /* in the datagram, without NUL */
	size_t len;
};

/* A FIR is about this SSRC; one with the same number repeats it. */
struct rtcp_fir {
	uint32_t ssrc;
	uint8_t number;
};

struct rtcp_sr rtcp_read_sr(const struct rtcp_packet *p);
/* The number of blocks in a packet of any kind, and one of them. */
unsigned int rtcp_count_blocks(const struct rtcp_packet *p);
struct rtcp_block rtcp_read_block(const struct rtcp_packet *p, unsigned int i);

/* These return how many they have read, at most max. */
size_t rtcp_read_cnames(const struct rtcp_packet *p, struct rtcp_cname *names,
			size_t max);
size_t rtcp_read_bye(const struct rtcp_packet *p, uint32_t *ssrcs, size_t max);
size_t rtcp_read_nack(const struct rtcp_packet *p, uint16_t *numbers,
		      size_t max);
size_t rtcp_read_fir(const struct rtcp_packet *p, struct rtcp_fir *firs,
		     size_t max);

/* Bits per second; what does not fit is the highest number. */
uint64_t rtcp_read_remb(const struct rtcp_packet *p);

#endif
