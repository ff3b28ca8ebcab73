/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: a report (report.h) as text for people. */
#ifndef LAB03_SHOW_H
#define LAB03_SHOW_H

#include <jansson.h>

/*
 * Prints a report to stdout.  If there is an earlier one, it also prints the
 * change per second in the seconds between the two.  The report's member
 * "guard" (verdict -> packets) is shown if there is one.
 */
void show_report(const json_t *report, const json_t *before, double seconds);

#endif
