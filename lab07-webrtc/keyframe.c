// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * How often a publisher is asked for a key frame:
 *
 *	want --> asked within 500 ms? -- no --> ask
 *	                |
 *	               yes --> remember --> ask when the 500 ms are over
 */
#include "lab07-webrtc/keyframe.h"

int64_t keyframe_due_at(const struct keyframe *k)
{
	if (!k->wanted)
		return INT64_MAX;
	return k->asked ? k->asked_at + KEYFRAME_INTERVAL_MS : 0;
}

bool keyframe_is_due(struct keyframe *k, int64_t now)
{
	//@todo 7.9 keyframe_is_due: not before its time, and only once
	//@stub	(void)k, (void)now;
	//@stub	return false;
	if (now < keyframe_due_at(k))
		return false;
	k->wanted = false;
	k->asked = true;
	k->asked_at = now;
	k->number++;
	return true;
	//@end 7.9
}

bool keyframe_want(struct keyframe *k, int64_t now)
{
	k->wanted = true;
	return keyframe_is_due(k, now);
}

bool keyframe_fir_is_new(struct keyframe_fir *last, uint32_t sender,
			 const struct rtcp_fir *fir)
{
	if (last->has_come && last->sender == sender &&
	    last->number == fir->number)
		return false;
	*last = (struct keyframe_fir){
		.has_come = true,
		.sender = sender,
		.number = fir->number,
	};
	return true;
}
