// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The namespaces, and the processes that hold them. The sandbox is the first
 * process of its own pid namespace: when it dies, the kernel ends all that it
 * started and takes the network away, even after kill -9.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/lend.h"
#include "common/log.h"
#include "common/sandbox.h"

#define NETNS_DIR "/run/netns/" /* where `ip netns` looks */

static int mount_on(const char *where, const char *type)
{
	if (!mount(type, where, type, 0, NULL))
		return 0;
	return log_errno(where, "not mounted; in a container: --privileged");
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Reaps (as the first process of a pid namespace must) until child has ended.
 * A signal from the terminal is not passed on: it reached the child as well.
 */
static _Noreturn void watch_over(pid_t child, const sigset_t *watched)
{
	siginfo_t info;
	int status;
	pid_t pid;

	for (;;) {
		int sig = sigwaitinfo(watched, &info);

		if (sig > 0 && sig != SIGCHLD && info.si_code <= 0)
			kill(child, sig);
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == child)
				_exit(exit_status(status));
	}
}

/* Returns in the child; the parent stays to watch over it. */
static int fork_and_watch(const sigset_t *watched)
{
	pid_t child = fork();

	if (child < 0)
		return log_errno("fork", "are there too many processes?");
	if (child > 0)
		watch_over(child, watched);
	return 0;
}

/*
 * Outside -> first process of the pid namespace -> the caller. The first must
 * die when the outer one does, which may have happened before prctl(); then
 * getppid() is 0 as it always is across pid namespaces, but a pidfd tells.
 */
static int fork_inside(void)
{
	struct pollfd outer = { .events = POLLIN };
	sigset_t watched, before;
	int err;

	outer.fd = syscall(SYS_pidfd_open, getpid(), 0);
	if (outer.fd < 0)
		return log_errno("pidfd_open", "Linux 5.3 is needed");
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGHUP);
	sigprocmask(SIG_BLOCK, &watched, &before);
	signal(SIGCHLD, SIG_DFL); /* ignored, it would never come */
	fflush(NULL);
	err = fork_and_watch(&watched);
	if (err)
		return err;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&outer, 1, 0))
		_exit(EXIT_FAILURE);
	close(outer.fd);
	err = mount_on("/proc", "proc");
	err = err ?: fork_and_watch(&watched);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* The kernel gives a new one to the machine's root only. */
static int mount_bpffs(void)
{
	static const char path[] = "/sys/fs/bpf";

	if (!mount("bpf", path, "bpf", 0, NULL))
		return 0;
	if (errno == EPERM)
		return lend_mount(path);
	return log_errno(path, "not mounted; in a container: --privileged");
}

/*
 * A new /sys shows the interfaces of the new network. /run/netns may have to
 * be made, an empty directory that stays, as `ip netns` itself does.
 */
static int mount_own(void)
{
	int err;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return log_errno("make mounts private", "is / a mount point?");
	mkdir(NETNS_DIR, 0755); /* where we lack the right, tools/lend did */
	err = mount_on("/sys", "sysfs");
	err = err ?: mount_bpffs();
	err = err ?: mount_on(NETNS_DIR, "tmpfs");
	if (!err && mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL))
		log_debug("sandbox: no tracefs: %s", strerror(errno));
	return err;
}

int sandbox_join(const char *host)
{
	char path[64];
	int fd, err;

	if (!host)
		return 0;
	snprintf(path, sizeof(path), NETNS_DIR "%s", host);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return log_errno(path, "is there such a host in the sandbox?");
	err = setns(fd, CLONE_NEWNET) ? log_errno(path, "run as root") : 0;
	close(fd);
	return err;
}

/* Joins a host and returns the way back, for leave(). */
static int visit(const char *host)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err;

	if (home < 0)
		return log_errno("/proc/self/ns/net", "is /proc mounted?");
	err = sandbox_join(host);
	if (err)
		close(home);
	return err ?: home;
}

/* To go on in a network other than the caller believes must not happen. */
static void leave(int home)
{
	if (setns(home, CLONE_NEWNET))
		abort();
	close(home);
}

int sandbox_run(const char *host, const char *format, ...)
{
	char *command = NULL;
	va_list args;
	int home, status;

	va_start(args, format);
	status = vasprintf(&command, format, args);
	va_end(args);
	if (status < 0)
		return -ENOMEM;
	home = visit(host);
	if (home >= 0) {
		status = exit_status(system(command));
		leave(home);
	}
	free(command);
	return home < 0 ? home : status;
}

int sandbox_failed(const char *host, int status)
{
	if (status <= 0)
		return status;
	log_error("%s: a command that sets up its network failed, and said why "
		  "above; see `make doctor`",
		  host);
	return -EIO;
}

int sandbox_link_up(const char *host, const char *ifname)
{
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0), err = 0;
	struct ifreq ifr = {};

	if (fd < 0)
		return fd;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (!ioctl(fd, SIOCGIFFLAGS, &ifr)) {
		ifr.ifr_flags |= IFF_UP;
		err = ioctl(fd, SIOCSIFFLAGS, &ifr);
	} else {
		err = -1;
	}
	if (err)
		err = log_errno(ifname, "it cannot be set up; run as root");
	close(fd);
	return err;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = log_errno(path, "is /proc read-only?");
	if (fd >= 0)
		close(fd);
	return err;
}

/* Interfaces to come get the addresses that they are given, and no others. */
static int no_link_local(void)
{
	static const char path[] =
		"/proc/sys/net/ipv6/conf/default/addr_gen_mode";

	if (access(path, F_OK))
		return 0; /* no IPv6 */
	return write_text(path, "1");
}

/* Gives the network that this process is in a name and a working `lo`. */
static int found_network(const char *name)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), NETNS_DIR "%s", name);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return log_errno(path, "take another name");
	close(fd);
	if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL)) {
		err = log_errno(path, "a network namespace cannot be named");
		unlink(path);
		return err;
	}
	err = no_link_local();
	return err ?: sandbox_link_up(NULL, "lo");
}

/* ip, bridge and tc may be where the PATH of `su` does not look. */
static void extend_path(void)
{
	static const char more[] = ":/usr/sbin:/sbin";
	const char *path = getenv("PATH") ?: "/usr/bin:/bin";
	char *longer;

	if (strstr(path, more) || asprintf(&longer, "%s%s", path, more) < 0)
		return;
	setenv("PATH", longer, true);
	free(longer);
}

static int make_namespaces(int flags)
{
	if (!unshare(flags))
		return 0;
	return log_errno("cannot make namespaces", LEND_OR_ROOT);
}

/* Makes this user root in a namespace that has no other user. */
static int become_own_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char users[32], groups[32];
	int err;

	snprintf(users, sizeof(users), "0 %u 1", uid);
	snprintf(groups, sizeof(groups), "0 %u 1", gid);
	err = make_namespaces(CLONE_NEWUSER);
	err = err ?: write_text("/proc/self/setgroups", "deny");
	err = err ?: write_text("/proc/self/uid_map", users);
	return err ?: write_text("/proc/self/gid_map", groups);
}

/* Whoever is not root needs that only where somebody lends BPF to it. */
static int make_outer_namespaces(void)
{
	int err = 0;

	if (!unshare(CLONE_NEWNET | CLONE_NEWNS))
		return 0;
	if (errno == EPERM && lend_is_offered())
		err = become_own_root();
	return err ?: make_namespaces(CLONE_NEWNET | CLONE_NEWNS);
}

/* Frames need a right that root may lack, as some containers' root does. */
static int check_packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return log_errno("cannot open a packet socket",
				 "run as root with CAP_NET_RAW; "
				 "in a container: --privileged");
	close(fd);
	return 0;
}

/*
 * Process ids come last: from then on this process can do nothing but fork the
 * first one inside, and before that, after an error, it can go on as it was.
 */
int sandbox_enter(void)
{
	int err;

	err = make_outer_namespaces();
	if (err)
		return err;
	sandbox_forget_hosts();
	extend_path();
	err = check_packet_socket();
	err = err ?: mount_own();
	err = err ?: make_namespaces(CLONE_NEWPID);
	err = err ?: fork_inside();
	return err ?: found_network(SANDBOX_SERVER);
}

int sandbox_add_network(const char *name)
{
	int home = visit(NULL);
	int err;

	if (home < 0)
		return home;
	err = unshare(CLONE_NEWNET) ? log_errno(name, "run as root") :
				      found_network(name);
	leave(home);
	return err;
}

int sandbox_socket(const char *host, int domain, int type, int protocol)
{
	int home = visit(host);
	int fd;

	if (home < 0)
		return home;
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		fd = log_errno("socket", "run as root");
	leave(home);
	return fd;
}

pid_t sandbox_spawn(const char *host, char *const argv[])
{
	pid_t child = fork();

	if (child < 0)
		return log_errno("fork", "are there too many processes?");
	if (child > 0)
		return child;
	if (!sandbox_join(host)) {
		execvp(argv[0], argv);
		log_errno(argv[0], "is it installed, and in PATH?");
	}
	_exit(127);
}
