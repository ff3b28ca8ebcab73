/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: what the kernel needs to answer RTCP while the server is gone.
 *
 *	PLI or NACK of a receiver			SR of a publisher
 *	    | transport, the SSRC that it was told	    | transport, SSRC
 *	    v						    v
 *	sfu_told ---- which stream?			 sfu_ssrcs
 *	    | stream id					    | stream id
 *	    v						    v
 *	sfu_streams - by which transport?		 sfu_feedback
 *	    | transport					    | what was told last
 *	    v						    v
 *	sfu_publishers - a leg that leads back		 an RR to the sender
 *
 * sfu_told has a struct ssrc_key and an id, as sfu_ssrcs has, but its SSRCs are
 * those of receivers.  sfu_publishers has a struct leg, in which only the route
 * counts; its port is that of RTCP.  Encrypted transports are in neither table.
 */
#ifndef LAB03_TABLES_FEEDBACK_H
#define LAB03_TABLES_FEEDBACK_H

#include <linux/types.h>

/*
 * By stream: what its publisher was told last, by whoever tells it: the server,
 * or the kernel while there is none.  Each has its turn, so nothing is locked.
 */
struct stream_feedback {
	__u64 packets; /* of rtp_stats, at the time of the last report */
	__u64 expected;
	__u64 received;
	__u64 asked_ns;	 /* for a key frame, by the kernel */
	__u64 nacked_ns; /* the last NACK that the kernel has passed on */
	__u64 bits;	 /* per second, for all of its transport; 0: no REMB */
	__be32 ssrc;	 /* ours, in RTCP to this publisher; 0: none so far */
	__u16 restarts;	 /* of rtp_stats, likewise */
	__u16 wanted;	 /* bool: a key frame was, too early for the kernel */
};

/* What became of RTCP while the server was gone: indices of sfu_answers. */
enum rtcp_answer {
	ANSWER_KEYFRAME, /* a publisher was asked for a key frame */
	ANSWER_EARLY,	 /* it was asked for something a moment ago */
	ANSWER_NACK,	 /* a NACK went on to the publisher */
	ANSWER_REPORT,	 /* a sender report was answered by a report */
	ANSWER_NONE,	 /* nothing was asked that the kernel can answer */
	ANSWER_COUNT,
};

/* The server is gone if it has said nothing for so long. */
#define SERVER_PATIENCE_NS 3000000000ULL

#endif
