/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A network of our own, which vanishes with the process that made it.
 *
 *	 server (this process)     alice           bob      <- hosts: network
 *	+----------------------+ +----------+ +----------+     namespaces
 *	| lo   eth0 10.0.7.254 | | 10.0.7.1 | | 10.0.7.2 |
 *	+-----------|----------+ +----|-----+ +----|-----+
 *	            +------- switch (a bridge) ----+           <- another one
 *
 * Nothing on the machine's own interfaces, mounts or bpffs is touched. Every
 * function logs what failed, why and what to try, and returns negative errno.
 * A host is given by its name; NULL is where this process is (the server, but
 * after sandbox_join()). Not for several threads.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_SERVER "server"
#define SANDBOX_HOSTS  253 /* besides the server, which has the 254th */

/*
 * The n-th host is 10.0.7.n and fd00:7::n (the same digits), and its
 * Ethernet address is 02:00 and its IPv4 address.
 */
struct sandbox_host {
	char name[16];
	char ip4[16], ip6[40];
	uint8_t mac[6];
};

/*
 * Continues in a new sandbox: own network with only `lo`, own mounts with
 * new /proc, /sys, bpffs and /run/netns, own process ids. Needs
 * CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW, or somebody who lends us BPF
 * (common/lend.h): then it has a user namespace of its own, too, whose only
 * user is root and in truth the caller. Else -EPERM.
 *
 * It returns in another process: the one that called stays outside until the
 * inner one ends, passes SIGINT, SIGTERM and SIGHUP in and its exit status
 * (128 + n for signal n) out, and takes everything inside down with it,
 * however it dies. So call it early, before there are threads. After an error
 * the caller may be half inside, in a network without a working `lo`.
 *
 * PATH gets /usr/sbin and /sbin, which ip(8) and others may be in.
 *
 * May be called again inside, for a sandbox in the sandbox.
 */
int sandbox_enter(void);

/*
 * Adds a network with nothing but a working `lo`, connected to nothing, which
 * then can be named as a host. -EEXIST if the name is taken.
 */
int sandbox_add_network(const char *name);

/*
 * Adds hosts, named in a list such as "alice,bob", each with `lo` and `eth0`,
 * ready to use; the first ones bring the switch and the server's eth0.
 * Neighbours are found by ARP and ND; there are no link-local addresses and
 * there is no duplicate address detection. But the hosts' kernels report their
 * groups (MLD) in the first second, and ask for neighbours at any time: count
 * the frames that you sent, not all that come. -EINVAL for a name that cannot name
 * an interface, -EEXIST if it is taken, -ENOSPC.  After an error those before
 * it in the list may be there, connected to nothing.
 */
int sandbox_add_hosts(const char *names);

/* A host's addresses, which are read only; NULL: there is no such host. */
const struct sandbox_host *sandbox_host(const char *name);

/* Moves this process to the network of a host. */
int sandbox_join(const char *host);

/* Sets an interface of a host up, as `ip link set` does. */
int sandbox_link_up(const char *host, const char *ifname);

/* socket(2) in the network of a host; closed on exec. The caller closes it. */
int sandbox_socket(const char *host, int domain, int type, int protocol);

/*
 * Runs a program (looked up in PATH) on a host and returns its pid, for which
 * the caller waits. 127 is its exit status if it could not be started.
 */
pid_t sandbox_spawn(const char *host, char *const argv[]);

/* Runs a shell command on a host, waits, and returns its exit status. */
int sandbox_run(const char *host, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Checks what sandbox_run() returned for a command that must succeed.  Returns
 * 0, or negative errno after logging it; an exit status becomes -EIO.
 */
int sandbox_failed(const char *host, int status);

/*
 * Whether eth0 leaves the checksum of what the host sends to "the hardware":
 * on at first, so that packets arrive with only the pseudo-header summed.
 */
int sandbox_offload(const char *host, bool on);

/*
 * Whether eth0 receives by NAPI (and GRO) from a ring of its own, instead of
 * the CPU's backlog that all hosts share; off at first. Linux 5.13.
 */
int sandbox_napi(const char *host, bool on);

/*
 * Whether what native XDP sends out of a host's eth0 arrives (xdp_target.h); on
 * at first for the server only.  The switch then checks the sums of what a host
 * without offload sends, and nobody does later.
 */
int sandbox_redirects(const char *host, bool on);

/* Enters all other hosts in a host's neighbour tables: it never asks. */
int sandbox_neighbours(const char *host);

/* Forgets the hosts of the outer sandbox; sandbox_enter() calls it. */
void sandbox_forget_hosts(void);

#endif
