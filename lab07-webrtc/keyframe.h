/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: key frames, the pictures that a decoder can begin with.
 *
 * A receiver that joins, or has lost too much, asks for one by PLI (RFC 4585,
 * section 6.3.1) or FIR (RFC 5104, section 4.3.1).  A key frame costs as much
 * as many other frames, and all receivers get it.  So the publisher is asked at
 * most twice per second, however many receivers want one:
 *
 *	wanted    | |||||||||       |
 *	asked     |        |        |
 *	          0       500      1000 ms
 *
 * A wish that comes too early is remembered, because the key frame that is
 * already on its way may be too old for the receivers that want one now.
 *
 * Times are ms of a clock that never goes back.  Not thread-safe.
 */
#ifndef LAB07_KEYFRAME_H
#define LAB07_KEYFRAME_H

#include "lab07-webrtc/rtcp.h"

#define KEYFRAME_INTERVAL_MS 500

/* The wishes about one stream.  All zero: there was none. */
struct keyframe {
	bool wanted;
	bool asked; /* the publisher, at least once */
	int64_t asked_at;
	uint8_t number; /* of the FIR to send, if the publisher knows no PLI */
};

/*
 * Somebody wants a key frame.  True: ask the publisher now.  False: ask when
 * keyframe_is_due() says so.
 */
bool keyframe_want(struct keyframe *k, int64_t now);

/* Should the publisher be asked now, for an earlier wish?  True only once. */
bool keyframe_is_due(struct keyframe *k, int64_t now);

/* When the publisher should be asked; INT64_MAX: nothing is wanted. */
int64_t keyframe_due_at(const struct keyframe *k);

/* The last FIR of a receiver about a stream.  All zero: none has come. */
struct keyframe_fir {
	bool has_come;
	uint32_t sender;
	uint8_t number;
};

/* False: this FIR repeats an earlier one, in case that was lost. */
bool keyframe_fir_is_new(struct keyframe_fir *last, uint32_t sender,
			 const struct rtcp_fir *fir);

#endif
