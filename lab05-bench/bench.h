/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Helpers that the generator and the receivers share. */
#ifndef LAB05_BENCH_H
#define LAB05_BENCH_H

#include <jansson.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <time.h>

#include "common/options.h"

#define BENCH_ANY_CPU -1

/* Returns the time of a clock, in nanoseconds. */
__u64 bench_now(clockid_t clock);

/*
 * Keeps this process on one CPU; BENCH_ANY_CPU leaves it as it is.
 * Negative errno, which has been logged.
 */
int bench_pin(int cpu);

/*
 * A UDP socket bound to an IPv4 address, as file descriptor, or negative
 * errno, which has been logged.  The caller closes it.
 */
int bench_bind(struct in_addr at, __u16 port);

/*
 * Gives a socket a buffer for what comes in; without CAP_NET_ADMIN it is what
 * net.core.rmem_max allows.
 */
void bench_enlarge(int fd, int bytes);

/* How many packets the kernel dropped because this socket was full. */
__u64 bench_socket_drops(int fd);

/*
 * A file descriptor that can be read once SIGINT or SIGTERM has come; from now
 * on these do not end the process.  Or negative errno, which has been logged.
 */
int bench_signals(void);

/*
 * From now on epoll reports by this name that fd can be read.  Returns 0, or
 * negative errno, which has been logged.
 */
int bench_watch(int epoll, int fd, __u32 name);

/* An option's argument: an IPv4 address, in network byte order. */
struct in_addr bench_option_ip4(struct argp_state *state, const char *text);

/* An option's argument: a CPU of this machine. */
int bench_option_cpu(struct argp_state *state, const char *text);

/* Allows count file descriptors; negative errno, which has been logged. */
int bench_allow_files(unsigned int count);

/* Prints a line of JSON and frees the object.  Negative errno, logged. */
int bench_print(json_t *object);

#endif
