// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Rights are given up from the outside in: first the user and its
 * capabilities, then files and connections (Landlock), then system calls
 * (seccomp).  Each step uses calls that the next one forbids.
 */
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/lend.h"
#include "common/log.h"
#include "lab04-signalling/rights.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- user and capabilities -------------------------------------------- */

static int set_capabilities(const cap_value_t *list, int count)
{
	cap_t now = cap_get_proc(), caps = cap_init();
	int err = now && caps ? 0 : -ENOMEM;

	for (int i = 0; !err && i < count; i++) {
		cap_flag_value_t has;

		cap_get_flag(now, list[i], CAP_PERMITTED, &has);
		cap_set_flag(caps, CAP_PERMITTED, 1, &list[i], has);
		cap_set_flag(caps, CAP_EFFECTIVE, 1, &list[i], has);
	}
	if (!err && cap_set_proc(caps))
		err = -errno;
	if (err)
		log_error("cannot give up capabilities: %s", strerror(-err));
	cap_free(now);
	cap_free(caps);
	return err;
}

/* No program that is executed later gets more rights than we have. */
static int set_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return log_errno("cannot set no_new_privs",
				 "see `make doctor`");
	return 0;
}

/*
 * *who gets the words for whose rights are left.  A sandbox of somebody who is
 * not root has no other user than its root, who is that somebody.
 */
static int become(const char *user, const char **who)
{
	const struct passwd *pw;

	*who = "those of the user who started it";
	if (geteuid())
		return 0;
	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		log_error("there is no user %s here; name another one with "
			  "--user",
			  user);
		return errno ? -errno : -ENOENT;
	}
	if (!lend_has_user(pw->pw_uid))
		return 0;
	*who = user;
	if (setgroups(0, NULL) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return log_errno("cannot become another user",
				 "run with CAP_SETUID and CAP_SETGID");
	return 0;
}

/* ---- files and connections -------------------------------------------- */

/* How many kinds of access to files each version of Landlock knows. */
static const unsigned int file_accesses[] = { 0, 13, 14, 15, 15, 16 };

/*
 * As the kernel reads it; the header of Linux 6.1 ends behind the first.
 * Version 4 (Linux 6.7) was the first to know TCP: bind and connect.
 */
struct ruleset {
	__u64 files;
	__u64 tcp;
};

/* The version of Landlock that is in force, or 0. */
static int restrict_files(void)
{
	int version = syscall(__NR_landlock_create_ruleset, NULL, 0,
			      LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules = { .tcp = 3 };
	size_t newest = ARRAY_SIZE(file_accesses) - 1;
	int fd, failed;

	if (version < 1)
		return 0;
	rules.files = (1ULL << file_accesses[(size_t)version < newest ?
						     (size_t)version :
						     newest]) -
		      1;
	fd = syscall(__NR_landlock_create_ruleset, &rules,
		     version < 4 ? sizeof(rules.files) : sizeof(rules), 0);
	if (fd < 0)
		return 0;
	failed = syscall(__NR_landlock_restrict_self, fd, 0);
	close(fd);
	return failed ? 0 : version;
}

/* ---- system calls ----------------------------------------------------- */

/* All that the event loop, its libraries and an orderly end ask for. */
static const int used_calls[] = {
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(bind),
	SCMP_SYS(bpf),
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(futex),
	SCMP_SYS(getpeername),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(ioctl),
	SCMP_SYS(listen),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(membarrier),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(read),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sendfile),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(socket),
	SCMP_SYS(tgkill),
	SCMP_SYS(time),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(wait4),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/*
 * A call that is not listed fails with EPERM.  It does not kill: a library
 * that tries a new call first and falls back to an old one goes on working.
 */
static bool restrict_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < ARRAY_SIZE(used_calls); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, used_calls[i],
				       0);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return !err;
}

/* ---- for the two processes -------------------------------------------- */

static void announce(const char *user, int landlock, bool seccomp)
{
	log_info("rights: %s, no capabilities%s%s", user,
		 landlock ? ", no files (Landlock)" :
			    "; this kernel has no Landlock: files can be read",
		 seccomp ? ", few calls (seccomp)" :
			   "; this kernel has no seccomp: every system call "
			   "can be made");
}

int rights_drop(const char *user)
{
	const char *who;
	int err = become(user, &who), landlock;
	bool seccomp;

	err = err ?: set_capabilities(NULL, 0);
	err = err ?: set_no_new_privs();
	if (err)
		return err;
	landlock = restrict_files();
	seccomp = restrict_calls();
	announce(who, landlock, seccomp);
	return 0;
}

int rights_keep(void)
{
	/* The last one stands in for CAP_BPF where only that was given. */
	static const cap_value_t kept[] = {
		CAP_BPF,
		CAP_NET_ADMIN,
		CAP_PERFMON,
		CAP_SYS_ADMIN,
	};
	bool bpf = cap_get_bound(CAP_BPF) > 0;
	int err = set_capabilities(kept, ARRAY_SIZE(kept) - bpf);

	return err ?: set_no_new_privs();
}
