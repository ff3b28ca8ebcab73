/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: what packets read in the tables, and what they write there. */
#ifndef LAB03_TABLES_PACKETS_H
#define LAB03_TABLES_PACKETS_H

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab02-tc-clone/leg.h"

#define MAX_CODEC 16

enum media_kind {
	MEDIA_AUDIO = 1, /* bits, so that a set of kinds is an int */
	MEDIA_VIDEO = 2,
	MEDIA_ALL = 3,
};

/* ---- what packets read ------------------------------------------------ */

/* A key: the address that media comes from, and our port that it comes to. */
struct transport_address {
	struct ip_addr addr;
	__be16 port;
	__be16 local_port;
};

/* The sender at such an address. */
struct sender {
	__u32 transport; /* the one that is bound to the address */
	__u8 encrypted;	 /* SRTP: only user space has the keys */
	__u8 awaits;	 /* user space may find out whose a new SSRC is */
	__u16 consent;	 /* to get media from us; 0: there is no such thing */
};

struct ssrc_key {
	__u32 transport;
	__be32 ssrc;
};

/* What a payload type of a stream stands for. */
struct stream_format {
	__u32 clock_hz;
	char codec[MAX_CODEC]; /* as in a=rtpmap: "opus" */
};

/*
 * One published stream; ids start at 1.  legs says where its list lies, and who
 * makes the copies.  It is a struct leg_list in a single word, so that one
 * store swaps the whole list: a packet meets the old list or the new one, never
 * a mixture.
 *
 * pt is the list of payload types that the stream was announced with, NO_PT
 * behind the last: the codec's first, then those of what goes with it, such as
 * telephone-event.  A packet with another payload type is not forwarded.
 */
struct stream {
	__u64 legs;
	__u32 transport; /* the one by which it comes */
	__be32 ssrc;
	__u32 participant; /* who publishes it; 0: no such stream */
	__u32 room;	   /* the publisher's */
	__u8 pt[MAX_PAYLOAD_TYPES];
	__u8 kind; /* enum media_kind */
	__u8 zero[3];
	struct stream_format formats[MAX_PAYLOAD_TYPES]; /* of each pt */
};

/*
 * From its highest bit on, the word has 32 bits of first, one of mapped, one of
 * consent, 14 of in_user_space and 16 of count.
 *
 *	first                                  first + count
 *	| kernel | kernel | kernel | user space | user space |
 *	                           '---- in_user_space ------'
 *
 * The kernel cannot encrypt, so the legs that want encrypted copies are the
 * last of the list.  It makes the copies for the others, and hands the packet
 * up.
 */
#define LEGS_MAPPED	0x80000000
#define LEGS_USER_SHIFT 16
#define LEGS_CONSENT	0x40000000
#define LEGS_USER	0x3fff
#define LEGS_COUNT	0xffff

struct leg_list {
	__u32 first;
	__u32 count;
	__u32 in_user_space; /* how many of count: the last ones */
	__u32 mapped;	     /* a leg has header extensions of its own */
	__u32 consent; /* a leg has a receiver whose consent may run out */
};

static __always_inline struct leg_list leg_list(__u64 legs)
{
	return (struct leg_list){
		.first = legs >> 32,
		.count = legs & LEGS_COUNT,
		.in_user_space = legs >> LEGS_USER_SHIFT & LEGS_USER,
		.mapped = legs & LEGS_MAPPED,
		.consent = legs & LEGS_CONSENT,
	};
}

static inline __u64 legs_word(struct leg_list list)
{
	return (__u64)list.first << 32 | list.count |
	       list.in_user_space << LEGS_USER_SHIFT |
	       (list.mapped ? LEGS_MAPPED : 0) |
	       (list.consent ? LEGS_CONSENT : 0);
}

/* The mark of a packet that comes up after the kernel has made its copies. */
#define MARK_KERNEL_DONE 0x53465543 /* "SFUC": hardly used by anybody else */

/*
 * What a copy for a WebRTC receiver needs besides its struct leg, by the leg's
 * id.  It is read only for lists with in_user_space, mapped or consent.
 */
struct webrtc_leg {
	__u64 extensions; /* of RTP headers: extension.h; 0: as they are */
	__u32 transport;  /* the one by which the copy leaves */
	__u16 encrypted;  /* bool: with that transport's keys */
	__u16 consent;	  /* of the receiver; 0: it needs none */
};

#define CONSENT_NS	 30000000000 /* RFC 7675, section 5.1 */
#define CONSENT_USERNAME 12	     /* bytes; a multiple of 4 */

/*
 * A receiver's consent to get media (RFC 7675): without one that is younger than
 * CONSENT_NS it gets no copies.  A plane may answer the checks that renew it.
 * Their USERNAME begins with ours, and their MESSAGE-INTEGRITY is made with the
 * key whose HMAC-SHA1 goes on from these states (lab06-xdp-fanout/sha1.h).  These
 * are as secret as the key.  Ids start at 1.
 */
struct consent {
	__u64 renewed_ns; /* at the latest proof, monotonic clock */
	__u32 inner[5];
	__u32 outer[5];
	char username[CONSENT_USERNAME];
	__u32 settled; /* bool: USE-CANDIDATE from there says nothing new */
};

/* ---- what packets write ----------------------------------------------- */

/* Per leg: what became of the copies that were due to it. */
struct leg_counters {
	__u64 sent;
	__u64 bytes;   /* UDP payload */
	__u64 failed;  /* the device or the socket refused it */
	__u64 skipped; /* a payload type not taken, or no consent */
};

/* copies = sent + skipped + failed over all legs that it has and had. */
struct stream_counters {
	__u64 packets;
	__u64 bytes;		     /* UDP payload */
	__u64 copies;		     /* due: one per packet and leg */
	__u64 user_packets;	     /* of packets, by user space alone */
	__u64 shared_packets;	     /* of packets, by the kernel and it */
	struct leg_counters retired; /* of legs that are gone */
};

#endif
