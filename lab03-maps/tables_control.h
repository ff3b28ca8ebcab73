/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: what the control plane remembers in tables that no packet reads. */
#ifndef LAB03_TABLES_CONTROL_H
#define LAB03_TABLES_CONTROL_H

#include "lab03-maps/tables_packets.h"

#define MAX_NAME       32 /* with its NUL */
#define MAX_PLANE_NAME 8

struct room {
	char name[MAX_NAME];
};

struct participant {
	__u32 room;
	__u32 wants;	  /* enum media_kind bits: the default */
	__u32 transport;  /* for streams without a sink of their own; or 0 */
	__u32 ip_version; /* of its bound address: 4 or 6; 0: not bound yet */
	char name[MAX_NAME];
};

/*
 * Packets of a participant come and go by a transport.  Streams and sinks name
 * it by its id, so that its address is in one place, may come late, and may
 * change.
 */
struct transport {
	__u32 participant;
	__u32 state; /* enum transport_state */
	struct ip_addr addr;
	__be16 port;	/* 0: no address yet */
	__u8 encrypted; /* bool: media is SRTP, both ways */
	__u8 awaits;	/* kinds of streams whose SSRCs are not known yet */
	__u8 rtcp_mux;	/* bool: RFC 5761; else RTCP's port is the next one */
	__u8 zero;
	__u16 consent; /* of who is there; 0: it needs none */
};

/*
 * In awaits, beside the bits of enum media_kind: other layers of a simulcast.
 */
#define AWAITS_LAYERS 4

enum transport_state {
	TRANSPORT_OPEN,	    /* its address is not known yet */
	TRANSPORT_DIRECTED, /* copies go there, but no media comes from there */
	TRANSPORT_BOUND,    /* copies go there, and media comes from there */
};

/* An exception to participant.wants: what one wants from one publisher. */
struct subscription_key {
	__u32 receiver;
	__u32 publisher;
};

struct subscription {
	__u32 wants;
};

/*
 * A receiver's end of one stream of its room.  It exists as long as both do.
 * It becomes a leg while its transport has an address and the stream is wanted.
 */
struct sink_key {
	__u32 receiver;
	__u32 stream;
};

struct sink {
	__u32 transport;	    /* 0: the receiver has named none yet */
	__u8 pt[MAX_PAYLOAD_TYPES]; /* as in struct leg */
	__be32 ssrc;		    /* the one that the receiver is told */
	__u32 leg;		    /* id of its leg, index of the counters */
	__u32 mline;		    /* in the receiver's SDP; NO_MLINE: none */
	__u64 extensions;	    /* as in struct webrtc_leg */
};

#define NO_MLINE 0xffffffff

/* A receiver's latest report on its copies (RFC 3550, section 6.4.1). */
struct leg_report {
	__u32 fraction; /* lost since the previous report, in 1/256 */
	__s32 lost;
	__u32 jitter;	     /* in units of the RTP timestamp */
	__u32 round_trip_us; /* 0: unknown */
};

/* One entry, index 0. */
struct settings {
	__u32 version; /* TABLES_VERSION; 0: never used */
	__u32 last_id; /* of rooms, participants, transports */
	__be16 media_port;
	__u16 zero[3];
	struct ip_addr media_addr;
	char plane[MAX_PLANE_NAME];	/* who forwards now */
	struct stream_counters retired; /* streams that are gone */
	__u64 beat_ns;	   /* when the server said that it is there; 0: never */
	__u64 patience_ns; /* see SERVER_PATIENCE_NS, which 0 stands for */
};

#endif
