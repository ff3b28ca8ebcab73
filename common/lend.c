// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The side of who borrows.  A sandbox knows its user by no number any more, so
 * it knocks at every door; only its user's opens.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/lend.h"
#include "common/log.h"

static int open_door(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Connects to the lender of this user, or returns -EPERM. */
static int find_lender(void)
{
	glob_t doors;
	int fd = -1;

	if (glob(LEND_DIR "/lend-*", GLOB_NOSORT, NULL, &doors))
		return -EPERM;
	for (size_t i = 0; i < doors.gl_pathc && fd < 0; i++)
		fd = open_door(doors.gl_pathv[i]);
	globfree(&doors);
	return fd < 0 ? -EPERM : fd;
}

bool lend_is_offered(void)
{
	int lender = find_lender();

	if (lender >= 0)
		close(lender);
	return lender >= 0;
}

static int send_fd(int lender, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(fd))];
	} control = {};
	struct iovec byte = { .iov_base = "?", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(lender, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Has the lender write on it what it delegates, and make it. */
static int ask(int lender, int filesystem)
{
	char said[256] = "";
	int err = send_fd(lender, filesystem);

	if (!err && recv(lender, said, sizeof(said) - 1, 0) < 0)
		err = -errno;
	if (err)
		log_error("tools/lend does not answer: %s; start it again",
			  strerror(-err));
	else if (strcmp(said, "ok"))
		log_error("BPF is not lent to us: %s", said);
	else
		return 0;
	return err ?: -EPERM;
}

static int mount_lent(int filesystem, const char *path)
{
	int mounted = syscall(SYS_fsmount, filesystem, FSMOUNT_CLOEXEC, 0);
	int err = 0;

	if (mounted < 0 || syscall(SYS_move_mount, mounted, "", AT_FDCWD, path,
				   MOVE_MOUNT_F_EMPTY_PATH))
		err = log_errno(path, "what was lent cannot be mounted");
	close(mounted);
	return err;
}

/*
 * Programs that know nothing of tokens get bpf_token.so, which lies in the
 * folder common/ beside the one of the program that runs.
 */
static void preload(void)
{
	char path[PATH_MAX + 32] = "", *end;

	if (readlink("/proc/self/exe", path, PATH_MAX - 1) < 0)
		return;
	end = strrchr(path, '/') ?: path;
	strcpy(end, "/../common/bpf_token.so");
	if (strpbrk(path, " :"))
		log_warn("%s: LD_PRELOAD takes no path with blanks or colons, "
			 "so bpftool and tc may not load programs here",
			 path);
	else if (!access(path, R_OK))
		setenv("LD_PRELOAD", path, true);
}

int lend_mount(const char *path)
{
	int filesystem = syscall(SYS_fsopen, "bpf", FSOPEN_CLOEXEC);
	int lender = find_lender(), err;

	if (lender < 0 || filesystem < 0) {
		errno = EPERM;
		err = log_errno(path, LEND_OR_ROOT);
	} else {
		err = ask(lender, filesystem);
	}
	err = err ?: mount_lent(filesystem, path);
	if (!err)
		preload();
	close(filesystem);
	close(lender);
	return err;
}

bool lend_has_user(uid_t uid)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned int first, outside, count;
	bool has = false;

	while (map && fscanf(map, "%u %u %u", &first, &outside, &count) == 3)
		has |= uid >= first && uid - first < count;
	if (map)
		fclose(map);
	return has || !map;
}
