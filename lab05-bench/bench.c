// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What rtp_load, rtp_sink and link_sink have in common: pinning, sockets,
 * options.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "lab05-bench/bench.h"

#define NS_PER_SEC    1000000000ULL
#define FILES_BESIDES 16 /* stdin and so on */

__u64 bench_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

int bench_pin(int cpu)
{
	cpu_set_t set;

	if (cpu == BENCH_ANY_CPU)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return log_errno("--cpu", "see which ones /proc/self/status "
					  "allows");
	return 0;
}

int bench_bind(struct in_addr at, __u16 port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr = at,
		.sin_port = htons(port),
	};
	char where[INET_ADDRSTRLEN + sizeof(":65535")];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	snprintf(where, sizeof(where), "%s:%u", inet_ntoa(at), port);
	if (fd < 0)
		return log_errno(where, "are too many files open?");
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = log_errno(where, "is it an address of this host, and free?");
	close(fd);
	return err;
}

void bench_enlarge(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

__u64 bench_socket_drops(int fd)
{
	__u32 info[SK_MEMINFO_VARS] = {};
	socklen_t length = sizeof(info);

	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length);
	return info[SK_MEMINFO_DROPS];
}

int bench_watch(int epoll, int fd, __u32 name)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = name };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return log_errno("epoll_ctl",
				 "raise fs.epoll.max_user_watches");
	return 0;
}

int bench_signals(void)
{
	sigset_t stop;
	int fd;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	fd = signalfd(-1, &stop, SFD_CLOEXEC);
	return fd < 0 ? log_errno("signalfd", "are too many files open?") : fd;
}

struct in_addr bench_option_ip4(struct argp_state *state, const char *text)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		argp_error(state, "'%s' is no IPv4 address", text);
	return addr;
}

int bench_option_cpu(struct argp_state *state, const char *text)
{
	return option_number(state, text, "a CPU", 0,
			     sysconf(_SC_NPROCESSORS_CONF) - 1);
}

int bench_allow_files(unsigned int count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return log_errno("cannot read the limit of open files",
				 "is getrlimit() forbidden here?");
	if (limit.rlim_cur >= count + FILES_BESIDES)
		return 0;
	limit.rlim_cur = count + FILES_BESIDES;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return log_errno("too many sockets", "run as root, or raise "
						     "ulimit -n");
	return 0;
}

int bench_print(json_t *object)
{
	size_t style = JSON_COMPACT | JSON_REAL_PRECISION(9);
	int failed = !object || json_dumpf(object, stdout, style);

	json_decref(object);
	if (!failed && putchar('\n') != EOF && !fflush(stdout))
		return 0;
	errno = errno ?: ENOMEM;
	return log_errno("cannot write the result", "is stdout open?");
}
