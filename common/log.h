/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One line per event, to stderr.
 *
 * An error for a user says what failed, why, and what to try:
 *	log_error("cannot load forward.bpf.o: %s; try: sudo make demo", why);
 * The line gets its newline and its "error: " here.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/*
 * Shows this level and those above it. Until the first call the level is
 * SWIFTCALL_LOG (error, warn, info or debug), or info.
 */
void log_set_level(enum log_level level);

/*
 * From now on a line that can't be written at once is lost, and the next one
 * says how many were: a log that nobody reads must not stop the program.
 */
void log_never_wait(void);

/*
 * True if fd is a terminal that can do more than print one line after another.
 */
bool log_terminal(int fd);

/* True if it is one, and NO_COLOR (no-color.org) is not set. */
bool log_colour(int fd);

/* What the last error of this thread said, or "". */
const char *log_last_error(void);

/* Keeps errno, so that it can stand before `return -errno`. */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * For a system call that failed: logs "what: why; what to try" and returns
 * -errno (-EIO if errno is 0).  The reason is the text of errno.
 */
int log_errno(const char *what, const char *try);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
