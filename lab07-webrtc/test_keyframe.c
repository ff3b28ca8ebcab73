// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Key frames: how often they are asked for, and that none is forgotten. */
#include "common/test.h"
#include "lab07-webrtc/keyframe.h"

static struct keyframe keyframe;

TEST("7.9.a", at_once, "the first one is asked for at once", .native = true)
{
	check_true(!keyframe_is_due(&keyframe, 0),
		   "nobody wants a key frame, so none should be due");
	check_int("due", INT64_MAX, keyframe_due_at(&keyframe));
	check_true(keyframe_want(&keyframe, 7),
		   "keyframe_want() should say that one is due now");
	check_true(!keyframe_is_due(&keyframe, 507),
		   "one wish should be asked for once, but it is due twice");
}

TEST("7.9.b", remembered, "what is wanted too early is asked for later, once",
     .native = true)
{
	keyframe_want(&keyframe, 1000);
	check_true(!keyframe_want(&keyframe, 1001),
		   "no key frame should be due yet");
	check_true(!keyframe_want(&keyframe, 1499),
		   "no key frame should be due yet");
	check_int("due", 1500, keyframe_due_at(&keyframe));
	check_true(!keyframe_is_due(&keyframe, 1499),
		   "no key frame should be due yet");
	check_true(keyframe_is_due(&keyframe, 1500),
		   "a key frame should be due by now");
	check_true(!keyframe_is_due(&keyframe, 2500),
		   "a key frame should be due once, but it is due twice");
	check_true(keyframe_want(&keyframe, 2500),
		   "a key frame should be due at once: the last was long ago");
}

/* Joiners come every ms, and the caller looks whenever one does. */
static int ask(int joiners, int64_t from)
{
	int asked = 0;

	for (int i = 0; i < joiners; i++)
		asked += keyframe_want(&keyframe, from + i);
	return asked;
}

TEST("7.9.c", many_joiners, "1,000 joiners a second ask for two",
     .native = true)
{
	check_int("in the first second", 2, ask(1000, 0));
	check_int("in the second", 2, ask(1000, 1000));
	check_int("in ten", 20, ask(10000, 2000));
	check_true(keyframe_is_due(&keyframe, 12000),
		   "a key frame should be due: one wish is still open");
}

TEST("7.9.d", numbers, "each request has another number", .native = true)
{
	for (int i = 0; i < 600; i++) {
		check_uint("number", i % 256, keyframe.number);
		check_true(keyframe_want(&keyframe, i * 500),
			   "a key frame should be due");
		keyframe_want(&keyframe, i * 500 + 1);
		keyframe.wanted = false;
	}
}

TEST("7.0.ke", repeated, "a FIR with the same number is the same request",
     .native = true)
{
	struct keyframe_fir last = { 0 };
	struct rtcp_fir fir = { .ssrc = 1, .number = 0 };

	check_true(keyframe_fir_is_new(&last, 0, &fir), "the first, number 0");
	check_true(!keyframe_fir_is_new(&last, 0, &fir), "it is repeated");
	fir.number = 1;
	check_true(keyframe_fir_is_new(&last, 0, &fir), "the second");
	check_true(!keyframe_fir_is_new(&last, 0, &fir), "it is repeated");
	check_true(keyframe_fir_is_new(&last, 6, &fir), "by another sender");
	fir.number = 0;
	check_true(keyframe_fir_is_new(&last, 6, &fir), "after 255 comes 0");
}
