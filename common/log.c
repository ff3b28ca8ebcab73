// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The log never stops the program: where it must not wait, lines that nobody
 * reads are dropped and counted. It keeps the last error for those who report
 * it elsewhere.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static const struct {
	const char *name, *prefix, *colour;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "error: ", "\033[1;31m" },
	[LOG_LEVEL_WARN] = { "warn", "warning: ", "\033[1;33m" },
	[LOG_LEVEL_INFO] = { "info", "", "" },
	[LOG_LEVEL_DEBUG] = { "debug", "debug: ", "\033[2m" },
};

static int threshold = -1;
static bool may_wait = true;
static unsigned int lost; /* lines, since the last that was written */
static _Thread_local char last_error[1024];

void log_set_level(enum log_level level)
{
	threshold = level;
}

static enum log_level level_from_environment(void)
{
	const char *wanted = getenv("SWIFTCALL_LOG");

	for (int i = LOG_LEVEL_ERROR; wanted && i <= LOG_LEVEL_DEBUG; i++)
		if (!strcmp(wanted, levels[i].name))
			return i;
	return LOG_LEVEL_INFO;
}

void log_never_wait(void)
{
	may_wait = false;
}

/* A pipe that nobody reads fills up, and the next write would not return. */
static bool is_full(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return !poll(&p, 1, 0);
}

bool log_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb");
}

bool log_colour(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	return log_terminal(fd) && !(no_color && *no_color);
}

static void write_line(enum log_level level, const char *text)
{
	bool colour = log_colour(STDERR_FILENO) && *levels[level].colour;

	if (lost)
		fprintf(stderr,
			"%u lines of the log are lost: nobody read "
			"them in time\n",
			lost);
	lost = 0;
	/* one call, so that lines of several processes do not mix */
	fprintf(stderr, "%s%s%s%s\n", colour ? levels[level].colour : "",
		levels[level].prefix, colour ? "\033[0m" : "", text);
}

const char *log_last_error(void)
{
	return last_error;
}

void log_line(enum log_level level, const char *format, ...)
{
	int saved_errno = errno;
	char text[1024];
	va_list args;

	if (threshold < 0)
		threshold = level_from_environment();
	if ((int)level > threshold)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (level == LOG_LEVEL_ERROR)
		strcpy(last_error, text);
	if (!may_wait && is_full(STDERR_FILENO))
		lost++;
	else
		write_line(level, text);
	errno = saved_errno;
}

int log_errno(const char *what, const char *try)
{
	int err = errno ? -errno : -EIO;

	log_error("%s: %s; %s", what, strerror(-err), try);
	return err;
}
