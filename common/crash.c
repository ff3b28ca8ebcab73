// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The last words of a program.
 *
 *	fault --> on_crash(): signal and stack to stderr --> the signal again
 *
 * The stack may be what has overflowed, so the handler has one of its own.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/crash.h"

#define DEPTH	   32
#define STACK_SIZE (64 << 10)

static void on_crash(int number)
{
	void *frames[DEPTH];
	char line[64];
	int length = snprintf(line, sizeof(line), CRASH_MARK "SIG%s, at:\n",
			      sigabbrev_np(number));

	if (write(STDERR_FILENO, line, length) == length)
		backtrace_symbols_fd(frames, backtrace(frames, DEPTH),
				     STDERR_FILENO);
	raise(number); /* SA_RESETHAND: this time it ends the program */
}

void crash_report(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				       SIGABRT };
	static char stack[STACK_SIZE];
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER,
	};
	void *frame;

	backtrace(&frame, 1); /* loads the library that it is in */
	sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}
