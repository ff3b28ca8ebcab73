/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Are two descriptions the same?  All of it counts, but for what belongs to
 * one text alone: line numbers, and what was wrong with it.
 */
#ifndef LAB04_TESTLIB_SDP_EQUAL_H
#define LAB04_TESTLIB_SDP_EQUAL_H

#include "lab04-signalling/sdp/sdp.h"

/* What differs; NULL: nothing. */
const char *sdp_difference(const struct sdp *a, const struct sdp *b);

#endif
