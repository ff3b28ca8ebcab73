/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Functions to build a description: a new one, m-lines, and what belongs to
 * them.  The session's and an m-line's ICE and DTLS are built with sdp_ice.h,
 * the rest of what WebRTC says with sdp_rtp.h. This file is a part of sdp.h.
 */
#ifndef LAB04_SDP_BUILD_H
#define LAB04_SDP_BUILD_H

#include <netinet/in.h>
#include <stdint.h>

struct sdp;
struct sdp_format;
struct sdp_media;

/*
 * A new description without m-lines, version 1, whose origin and connection
 * are `address` (IPv4 as v4-mapped). NULL if there is no memory.
 */
struct sdp *sdp_new(uint64_t sess_id, const struct in6_addr *address);

/* Gives it another sess-id. Returns 0 or -ENOMEM. */
int sdp_set_sess_id(struct sdp *sdp, uint64_t sess_id);

/*
 * Adds an m-line: `type` is "audio", "video", ..., `mid` may be NULL and must
 * be unique. It is sendrecv and has the session's connection address; its port
 * is 0 until it is set, and it needs a format.
 *
 * Returns the m-line, owned by `sdp` and valid until the next one is added;
 * or NULL and errno ENOMEM, ENOSPC (SDP_MAX_MEDIA) or EINVAL (not a token).
 */
struct sdp_media *sdp_add_media(struct sdp *sdp, const char *type,
				const char *proto, const char *mid);

/*
 * Adds a copy of `format`, for example of the publisher's. Returns 0, -EEXIST
 * (the m-line has that payload type), -EINVAL (over 127, a codec without clock
 * rate, a character that does not belong in a description) or -ENOMEM; on
 * error nothing changes.
 */
int sdp_media_add_format(struct sdp_media *media,
			 const struct sdp_format *format);

/*
 * Says which media stream and track the m-line carries (RFC 8830). Returns 0,
 * -EEXIST (it has an msid), -EINVAL (empty, a blank, a control character) or
 * -ENOMEM.
 */
int sdp_media_set_msid(struct sdp_media *media, const char *stream,
		       const char *track);

/*
 * Forgets formats, feedback, header extensions, sources, layers, msid and kept
 * attributes: the m-line of a stream that has gone away is about to be used for
 * another one.  What is said of ICE and DTLS stays: the transport is the same.
 */
void sdp_media_clear(struct sdp_media *media);

/*
 * Forgets the parts of an answered offer that nobody needs any more: lines that
 * were only kept, titles, candidates (the client has to find the server),
 * formats that are not in the answer, and feedback about those.  Each m-line
 * keeps at least one format.
 */
void sdp_forget_unanswered(struct sdp *offer, const struct sdp *answer);

#endif
