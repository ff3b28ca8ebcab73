/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The two halves of offer/answer (RFC 3264): answering an offer, and checking
 * an answer. This file is a part of sdp.h.
 */
#ifndef LAB04_SDP_ANSWER_H
#define LAB04_SDP_ANSWER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct sdp;
struct sdp_error;
struct sdp_media;

struct sdp_answer_options {
	uint64_t sess_id;
	struct in6_addr address;   /* where media is received; v4-mapped */
	uint16_t port;		   /* the server's one media port */
	const char *const *protos; /* supported here; ends with NULL */
};

/*
 * Why a server with these options refuses an offered m-line, as the end of a
 * sentence that starts with "m=video "; NULL if it accepts it. It accepts audio
 * or video over one of `protos` with a codec. Any codec will do, because an SFU
 * does not decode; RTX, FEC, RED, comfort noise and telephone events are not
 * codecs. Payload types from 64 to 95 are ignored, because they look like RTCP,
 * which comes by the same port (RFC 5761 section 4).
 */
const char *sdp_refusal(const struct sdp_media *offered,
			const struct sdp_answer_options *options);

/*
 * Answers an offer as an SFU does (RFC 3264 section 6): every m-line in its
 * order is refused with port 0, or accepted with its first codec and with
 * a=rtcp-mux and BUNDLE where offered. Behind the codec come comfort noise and
 * telephone events (RFC 3389, RFC 4733) of an audio m-line, up to
 * SDP_MAX_ACCEPTED formats together. Nothing is ever sent on an offered
 * m-line: one on which the participant sends is recvonly, and every other is
 * inactive. Streams of others come on m-lines that the server offers.
 *
 * Returns 0 and a description in *answer that the caller frees, or -ENOMEM
 * and *err filled in.
 */
int sdp_answer(const struct sdp *offer,
	       const struct sdp_answer_options *options, struct sdp **answer,
	       struct sdp_error *err);

/*
 * The number of formats of an m-line of ours without its RTX, which we write
 * last, and which is no format of the stream.
 */
size_t sdp_count_codecs(const struct sdp_media *media);

/*
 * Checks that an answer fits its offer (RFC 3264 section 6): as many m-lines,
 * in the same order, and in each that neither side has refused (port 0) the
 * same media type and protocol, only offered payload types with their codecs,
 * and a direction that answers the offered one.
 *
 * An answer may leave out a=mid and the direction. If there is a mid, it has to
 * be the offered one. No direction means sendrecv, which is reduced to what was
 * offered. a=rtcp-mux and BUNDLE count only where they were offered.
 *
 * Returns 0, or -EINVAL and *err with the line of the answer that is wrong.
 */
int sdp_answer_matches(const struct sdp *offer, const struct sdp *answer,
		       struct sdp_error *err);

#endif
