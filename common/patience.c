// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The work that is measured is that of most tests: to start a program.  It is
 * counted in CPU time, which does not grow if others want the CPU as well; how
 * many do is asked for separately.
 *
 *	CPU time of `true`     processes that run
 *	------------------  *  ------------------     each at least 1
 *	  REFERENCE_MS               CPUs
 */
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/patience.h"

#define VARIABLE     "SWIFTCALL_PATIENCE"
#define REFERENCE_MS 5.0 /* for one start; most machines take 1 or 2 */
#define STARTS	     3
#define MOST	     30 /* of what is measured */

extern char **environ;

/* CPU time of one start, or 0 if it cannot be told. */
static double start_ms(void)
{
	char *argv[] = { "true", NULL };
	struct rusage used;
	pid_t child;

	if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) ||
	    wait4(child, NULL, 0, &used) != child)
		return 0;
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

/* Processes that want each CPU: now, or on average of the last minute. */
static double load(void)
{
	double average = 0, running = 1;
	FILE *in = fopen("/proc/loadavg", "re");

	if (!in)
		return 1;
	if (fscanf(in, "%lf %*f %*f %lf/", &average, &running) != 2)
		running = 1;
	fclose(in);
	return fmax(average, running - 1) / sysconf(_SC_NPROCESSORS_ONLN);
}

static double measure(void)
{
	double ms = INFINITY;

	for (int i = 0; i < STARTS; i++)
		ms = fmin(ms, start_ms());
	return fmin(MOST, fmax(1, ms / REFERENCE_MS) * fmax(1, load()));
}

static double from_environment(void)
{
	const char *text = getenv(VARIABLE);
	char *end;
	double factor;

	if (!text || !*text)
		return 0;
	factor = strtod(text, &end);
	if (!*end && factor >= 1 && isfinite(factor))
		return factor;
	log_warn(VARIABLE " is \"%s\", which is no number from 1 on: it is "
			  "measured instead",
		 text);
	return 0;
}

double patience(void)
{
	static double factor;
	char text[32];

	if (!factor)
		factor = from_environment();
	if (factor)
		return factor;
	factor = measure();
	snprintf(text, sizeof(text), "%.1f", factor);
	setenv(VARIABLE, text, true);
	return factor;
}

int patient_ms(int ms)
{
	return fmin(ms * patience(), INT_MAX);
}
