/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the command-line tools share: options that are read the same way
 * everywhere, addresses as people write them, and showing something again
 * and again until told to stop.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/protocols.h"

/* What the tools return; 0 is success. */
enum {
	EXIT_FAILED = 1, /* said on stderr */
	EXIT_USAGE = 2,
	EXIT_CANNOT_RUN = 77, /* no right to, as -EPERM says */
};

/* The exit status for a negative errno, or 0. */
int exit_status(int err);

/*
 * argp_parse() for a tool: usage errors exit with EXIT_USAGE.  Usually
 * argp's children are options_children, which is `-v, --verbose`.
 */
void options_parse(const struct argp *argp, int argc, char **argv,
		   unsigned int flags, void *input);
extern const struct argp_child options_children[];

/*
 * For tools that call loader_tool_ifindex(): they allow it where this is given.
 * (To clang-format 14 braces in a macro are a block of code.)
 */
/* clang-format off */
#define DEFAULT_ROUTE_OPTION(key)					\
	{ "on-default-route", key, NULL, 0, "Attach even to the "	\
	  "interface of this machine's default route", 0 }
/* clang-format on */

/*
 * For argp parsers: these return an option's argument as a value.  If `text` is
 * not a valid value, they end the program with a usage error that names `what`.
 */
__u64 option_number(struct argp_state *state, const char *text,
		    const char *what, __u64 min, __u64 max);
double option_seconds(struct argp_state *state, const char *text);
void option_address(struct argp_state *state, const char *text,
		    struct ip_addr *addr, __be16 *port);

/*
 * The address of one host: the addresses that mean "all of ours" are refused.
 */
void option_peer(struct argp_state *state, const char *text,
		 struct ip_addr *addr, __be16 *port);

/*
 * "10.0.7.1:5004", "[fd00:7::1]:5004"; ":5004" and addresses of zeros are
 * every address of this host (::).  0, or -EINVAL with nothing changed.
 */
int address_parse(const char *text, struct ip_addr *addr, __be16 *port);

/*
 * Writes an address as text into the caller's buffer, and returns the buffer.
 */
#define ADDRESS_TEXT 56
const char *address_format(char text[ADDRESS_TEXT], const struct ip_addr *addr,
			   __be16 port);

/* From here on SIGINT and SIGTERM wait for live_wait(). */
void live_start(void);

/*
 * Sleeps for the rest of the interval (seconds), counted from when the last
 * one ended.  False as soon as one of those signals has come.
 */
bool live_wait(double interval);

/* The next output replaces what is on the terminal, if stdout is one. */
void live_redraw(void);

#endif
