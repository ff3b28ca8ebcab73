/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The labs' own tools, run as a user would run them. */
#ifndef LAB01_TESTLIB_TOOLS_H
#define LAB01_TESTLIB_TOOLS_H

/* Runs a tool in the test's sandbox: it must exit so and say these words. */
void check_says(int status, const char *words, const char *tool,
		const char *options);

/*
 * Checks that a tool, which loads what students write, refuses the interface of
 * the default route and one without Ethernet frames.  options: all but --iface.
 */
void check_keeps_off(const char *tool, const char *options);

#endif
