/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program that crashes says where, and then dies of the signal as it would
 * have done:
 *
 *	error: crashed by SIGSEGV, at:
 *	/path/of/program(+0x1234)[0x55550001234]
 *
 * Each line below the first one is a caller of the one above it; the first is
 * the handler.  Nothing is opened and nothing is allocated for it, so it works
 * without any rights.  `addr2line -f -e /path/of/program 0x1234` names the
 * function and the line.
 */
#ifndef COMMON_CRASH_H
#define COMMON_CRASH_H

#define CRASH_MARK "error: crashed by " /* and the name of the signal */

/* To be called at the start: what it needs later is loaded now. */
void crash_report(void);

#endif
