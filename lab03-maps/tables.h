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
 * The control plane writes these four tables.  Packets read them, and count in
 * others (tables_packets.h).  Only one layer of a simulcast is a stream; layers
 * has the SSRCs of the others.  No packet ever scans a list of participants:
 * its cost depends on its own receivers only.
 *
 * The remaining tables are the control plane's memory (tables_control.h).  No
 * packet reads them.  They are maps so that they outlive the server, and so
 * that anybody can look at them (bpftool map dump name sfu_rooms).
 */
#ifndef LAB03_TABLES_H
#define LAB03_TABLES_H

#include "lab01-xdp-parse/verdict.h"
#include "lab03-maps/tables_control.h"
#include "lab03-maps/tables_feedback.h"
#include "lab03-maps/tables_packets.h"

#define MAX_ROOMS	    16384
#define MAX_PARTICIPANTS    16384
#define MAX_SENDERS	    32768 /* addresses that media comes from */
#define MAX_STREAMS	    32768
#define MAX_LEGS	    524288   /* 500 full rooms of 20, audio and video */
#define MAX_TRANSPORTS	    MAX_LEGS /* each may have its own */
#define MAX_LEGS_PER_STREAM 8192     /* receivers of one stream */
#define MAX_CONSENTS	    32768    /* two for each participant */

/* A leg has 16 bits for the id of its stream. */
_Static_assert(MAX_STREAMS <= 1 << 16, "a leg names its stream");
_Static_assert(MAX_CONSENTS <= 1 << 16, "a sender names its consent");

/* All of a list's legs may be user space's: 14 bits of its word. */
_Static_assert(MAX_LEGS_PER_STREAM <= LEGS_USER, "a word holds a list");

/* Changes whenever the layout of a table does, so that old pins are refused. */
#define TABLES_VERSION 12

/*
 * The only place where the tables are listed: TABLE(name, kind, key, value,
 * entries).  maps.bpf.h makes BPF maps of this list, and maps.h and tables.c
 * make user space's handles of them.
 */
#define SFU_TABLES(TABLE)                                                      \
	/* Written by the control plane, read by packets. */                   \
	TABLE(sfu_addresses, HASH, struct transport_address, struct sender,    \
	      MAX_SENDERS)                                                     \
	TABLE(sfu_ssrcs, HASH, struct ssrc_key, __u32, MAX_STREAMS)            \
	TABLE(sfu_layers, HASH, struct ssrc_key, __u32, MAX_STREAMS)           \
	TABLE(sfu_streams, ARRAY, __u32, struct stream, MAX_STREAMS)           \
	TABLE(sfu_legs, ARRAY, __u32, struct leg, MAX_LEGS)                    \
	TABLE(sfu_webrtc_legs, ARRAY, __u32, struct webrtc_leg, MAX_LEGS)      \
	TABLE(sfu_consents, ARRAY, __u32, struct consent, MAX_CONSENTS)        \
	/* The same, for RTCP while the server is gone: tables_feedback.h. */  \
	TABLE(sfu_told, SPARSE, struct ssrc_key, __u32, MAX_LEGS)              \
	TABLE(sfu_publishers, SPARSE, __u32, struct leg, MAX_SENDERS)          \
	TABLE(sfu_feedback, ARRAY, __u32, struct stream_feedback, MAX_STREAMS) \
	TABLE(sfu_answers, ARRAY, __u32, __u64, ANSWER_COUNT)                  \
	/* Written by packets: by stream, by a leg's id, by verdict. */        \
	TABLE(sfu_stats, ARRAY, __u32, struct rtp_stats, MAX_STREAMS)          \
	TABLE(sfu_stream_counters, ARRAY, __u32, struct stream_counters,       \
	      MAX_STREAMS)                                                     \
	TABLE(sfu_leg_counters, ARRAY, __u32, struct leg_counters, MAX_LEGS)   \
	TABLE(sfu_verdicts, ARRAY, __u32, __u64, VERDICT_COUNT)                \
	/* The control plane's memory: by id, by two ids, by 0. */             \
	TABLE(sfu_rooms, HASH, __u32, struct room, MAX_ROOMS)                  \
	TABLE(sfu_participants, HASH, __u32, struct participant,               \
	      MAX_PARTICIPANTS)                                                \
	TABLE(sfu_transports, SPARSE, __u32, struct transport, MAX_TRANSPORTS) \
	TABLE(sfu_subscriptions, SPARSE, struct subscription_key,              \
	      struct subscription, MAX_LEGS)                                   \
	TABLE(sfu_sinks, SPARSE, struct sink_key, struct sink, MAX_LEGS)       \
	TABLE(sfu_leg_reports, SPARSE, __u32, struct leg_report, MAX_LEGS)     \
	TABLE(sfu_settings, ARRAY, __u32, struct settings, 1)

#endif
