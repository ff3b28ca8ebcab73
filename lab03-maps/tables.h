/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: who gets what, as it lies in the maps.
 *
 *	  packet
 *	    | source address and port, our port
 *	    v
 *	addresses --- whose is that?
 *	    | transport, SSRC
 *	    v
 *	  ssrcs ----- which of its streams?
 *	    | stream id
 *	    v
 *	 streams ---- where are its legs?
 *	    | first, count
 *	    v
 *	  legs ------ one entry per receiver: address, MAC, SSRC, PTs
 *
 * The control plane writes these four and the packets read them.  Nobody
 * else is ever scanned: a packet's cost depends on its own receivers only.
 *
 * The tables further down are the control plane's memory.  No packet reads
 * them; they are maps so that they outlive the server, and so that anybody
 * can look (bpftool map dump name sfu_rooms).
 */
#ifndef LAB03_TABLES_H
#define LAB03_TABLES_H

#include "lab01-xdp-parse/rtp_stats.h"
#include "lab02-tc-clone/leg.h"

#define MAX_ROOMS		16384
#define MAX_PARTICIPANTS	16384
#define MAX_SENDERS		32768	/* that media comes from */
#define MAX_STREAMS		32768
#define MAX_LEGS		524288	/* 500 full rooms of 20, audio and video */
#define MAX_TRANSPORTS		MAX_LEGS	/* each may have its own */
#define MAX_LEGS_PER_STREAM	4096	/* receivers of one stream */
#define MAX_NAME		32	/* with its NUL */
#define MAX_CODEC		16

/* Changes when the layout of a table does: old pins are then refused. */
#define TABLES_VERSION		6

enum media_kind {
	MEDIA_AUDIO = 1,	/* bits, so that a set of kinds is an int */
	MEDIA_VIDEO = 2,
	MEDIA_ALL = 3,
};

/* ---- what packets read ------------------------------------------------ */

/*
 * Where media comes from, and our port that it comes to.  The value is the id
 * of the transport that is bound to it.
 */
struct transport_address {
	struct ip_addr addr;
	__be16 port;
	__be16 local_port;
};

struct ssrc_key {
	__u32 transport;
	__be32 ssrc;
};

/* What a payload type of a stream stands for. */
struct stream_format {
	__u32 clock_hz;
	char codec[MAX_CODEC];	/* as in a=rtpmap: "opus" */
};

/*
 * One published stream; ids start at 1.  legs says where its list lies:
 * the first slot in the upper half, the count in the lower.  It is a single
 * word, so that one store swaps the whole list: a packet meets the old one
 * or the new one, never a mixture.
 *
 * pt is the list of payload types that it was announced with, NO_PT behind the
 * last: the codec's first, then those of what goes with it, such as
 * telephone-event.  No packet with another one is forwarded.
 */
struct stream {
	__u64 legs;
	__u32 transport;	/* by which it comes */
	__be32 ssrc;
	__u32 participant;	/* who publishes it; 0: no such stream */
	__u32 room;		/* the publisher's */
	__u8 pt[MAX_PAYLOAD_TYPES];
	__u8 kind;		/* enum media_kind */
	__u8 zero[3];
	struct stream_format formats[MAX_PAYLOAD_TYPES];	/* as pt */
};

/* A leg has room for 16 bits. */
_Static_assert(MAX_STREAMS <= 1 << 16, "a leg names its stream");

struct leg_list {
	__u32 first;
	__u32 count;
};

static __always_inline struct leg_list leg_list(__u64 legs)
{
	return (struct leg_list){ .first = legs >> 32, .count = (__u32)legs };
}

/* ---- what packets write ----------------------------------------------- */

/* One leg: what became of the copies it was due. */
struct leg_counters {
	__u64 sent;
	__u64 bytes;		/* UDP payload */
	__u64 failed;		/* the device or the socket refused it */
	__u64 skipped;		/* it does not take that payload type */
};

/* copies = sent + skipped + failed over its legs and those that it had. */
struct stream_counters {
	__u64 packets;
	__u64 bytes;		/* UDP payload */
	__u64 copies;		/* for each packet, the legs there were */
	__u64 user_packets;	/* of packets: forwarded by user space */
	struct leg_counters retired;	/* legs that are gone; control plane */
};

/* ---- what only the control plane reads -------------------------------- */

struct room {
	char name[MAX_NAME];
};

struct participant {
	__u32 room;
	__u32 wants;		/* enum media_kind bits: its default */
	__u32 transport;	/* for streams of which no sink says more; or 0 */
	__u32 ip_version;	/* of what it is bound to: 4, 6; 0: nothing yet */
	char name[MAX_NAME];
};

/*
 * By which packets of a participant come and go.  Streams and sinks have its
 * id, so that its address is in one place, may come late, and may change.
 */
struct transport {
	__u32 participant;
	__u32 state;		/* enum transport_state */
	struct ip_addr addr;
	__be16 port;		/* 0: it leads nowhere yet */
	__u16 zero;
};

enum transport_state {
	TRANSPORT_OPEN,		/* its address is not known yet */
	TRANSPORT_DIRECTED,	/* copies go there, nothing comes from there */
	TRANSPORT_BOUND,	/* media comes from there, too */
};

/* An exception to participant.wants: what it wants from one publisher. */
struct subscription_key {
	__u32 receiver;
	__u32 publisher;
};

struct subscription {
	__u32 wants;
};

/*
 * A receiver's end of one stream of its room.  It exists as long as both
 * do, and becomes a leg while its transport leads somewhere and the stream is
 * wanted.
 */
struct sink_key {
	__u32 receiver;
	__u32 stream;
};

struct sink {
	__u32 transport;	/* 0: the receiver has not said yet */
	__u8 pt[MAX_PAYLOAD_TYPES];	/* as in struct leg */
	__be32 ssrc;		/* as the receiver is told */
	__u32 leg;		/* id of its leg, index of the counters */
	__u32 mline;		/* of the receiver's SDP; NO_MLINE: none */
};

#define NO_MLINE 0xffffffff

/* One entry, index 0. */
struct settings {
	__u32 version;		/* TABLES_VERSION; 0: never used */
	__u32 last_id;		/* of rooms, participants, transports */
	__be16 media_port;
	__u16 zero[3];
	struct stream_counters retired;	/* streams that are gone */
};

/* ---- all of them ------------------------------------------------------ */

/*
 * The only place where the tables are listed: TABLE(name, kind, key, value,
 * entries).  maps.bpf.h makes BPF maps of it, maps.h and tables.c what user space
 * has of them.
 */
#define SFU_TABLES(TABLE)						\
	/* Written by the control plane, read by packets. */		\
	TABLE(sfu_addresses, HASH, struct transport_address, __u32,	\
	      MAX_SENDERS)						\
	TABLE(sfu_ssrcs, HASH, struct ssrc_key, __u32, MAX_STREAMS)	\
	TABLE(sfu_streams, ARRAY, __u32, struct stream, MAX_STREAMS)	\
	TABLE(sfu_legs, ARRAY, __u32, struct leg, MAX_LEGS)		\
	/* Written by packets: by stream, by a leg's id, by verdict. */	\
	TABLE(sfu_stats, ARRAY, __u32, struct rtp_stats, MAX_STREAMS)	\
	TABLE(sfu_stream_counters, ARRAY, __u32,			\
	      struct stream_counters, MAX_STREAMS)			\
	TABLE(sfu_leg_counters, ARRAY, __u32, struct leg_counters,	\
	      MAX_LEGS)							\
	TABLE(sfu_verdicts, ARRAY, __u32, __u64, VERDICT_COUNT)		\
	/* The control plane's memory: by id, by two ids, by 0. */	\
	TABLE(sfu_rooms, HASH, __u32, struct room, MAX_ROOMS)		\
	TABLE(sfu_participants, HASH, __u32, struct participant,	\
	      MAX_PARTICIPANTS)						\
	TABLE(sfu_transports, SPARSE, __u32, struct transport,		\
	      MAX_TRANSPORTS)						\
	TABLE(sfu_subscriptions, SPARSE, struct subscription_key,	\
	      struct subscription, MAX_LEGS)				\
	TABLE(sfu_sinks, SPARSE, struct sink_key, struct sink,		\
	      MAX_LEGS)							\
	TABLE(sfu_settings, ARRAY, __u32, struct settings, 1)

#endif
