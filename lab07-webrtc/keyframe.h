/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: key frames, the pictures that a decoder can begin with.
 *
 * A receiver that joins, or has lost too much, wants one: with PLI (RFC 4585,
 * section 6.3.1) or FIR (RFC 5104, section 4.3.1).  A key frame costs as much
 * as many others, and all receivers get it, so the publisher is asked at most
 * twice a second, however many want one:
 *
 *	wanted    | |||||||||       |
 *	asked     |        |        |
 *	          0       500      1000 ms
 *
 * Whatever is wanted too early is remembered, since the key frame that is
 * already on its way may have come too early for those who want one now.
 *
 * Times are ms of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_KEYFRAME_H
#define LAB07_KEYFRAME_H

#include "lab07-webrtc/rtcp.h"

#define KEYFRAME_INTERVAL_MS 500

/* Of one stream.  All zero: nobody has wanted one. */
struct keyframe {
	bool wanted;
	bool asked; /* ever */
	int64_t asked_at;
	uint8_t number; /* of the FIR to send, if the publisher knows no PLI */
};

/*
 * Somebody wants one.  True: ask the publisher now.  False: when
 * keyframe_is_due() says so.
 */
bool keyframe_want(struct keyframe *k, int64_t now);

/* Is the publisher to be asked now for what was wanted earlier?  Says it once. */
bool keyframe_is_due(struct keyframe *k, int64_t now);

/* When that will be; INT64_MAX: nothing is wanted. */
int64_t keyframe_due_at(const struct keyframe *k);

/* The last FIR of one receiver about one stream.  All zero: none has come. */
struct keyframe_fir {
	bool has_come;
	uint32_t sender;
	uint8_t number;
};

/* False: it repeats one that was there already, in case that was lost. */
bool keyframe_fir_is_new(struct keyframe_fir *last, uint32_t sender,
			 const struct rtcp_fir *fir);

#endif
