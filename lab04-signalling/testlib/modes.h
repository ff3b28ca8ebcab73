/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A test that is run with a server of each mode. */
#ifndef LAB04_TESTLIB_MODES_H
#define LAB04_TESTLIB_MODES_H

#include "lab04-signalling/testlib/report.h"

#define TEST_BOTH(ID, NAME, TITLE)                                             \
	static void NAME(void);                                                \
	TEST(ID, NAME##_in_both_modes, TITLE, .seconds = TEST_SECONDS)         \
	{                                                                      \
		in_both_modes(NAME);                                           \
	}                                                                      \
	static void NAME(void)

/* What TEST_BOTH() makes of a test. */
void in_both_modes(void (*run)(void));

#endif
