// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the kernel refuses to a sandbox that is not root's is asked for again
 * with the token of what was lent to it (common/lend.h).
 *
 *	libbpf, bpftool, tc -> syscall(bpf, ...) -> the kernel: EPERM
 *	                           \-> the same with a token
 *
 * libbpf does that by itself from version 1.5 on, for objects. For older ones,
 * and for maps and programs that are made one by one, this stands in for the
 * function of the C library by which all of them call the kernel: in our test
 * programs, which are linked with it, and in every other program in a sandbox,
 * which gets it by LD_PRELOAD.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLAG_TOKEN_FD (1U << 16) /* BPF_F_TOKEN_FD, Linux 6.9 */
#define TOKEN_CREATE  36	 /* BPF_TOKEN_CREATE */
#define ATTR_BYTES    512	 /* more than any kernel's union bpf_attr */

/* Where union bpf_attr has the flags and the token; older headers do not. */
static const struct {
	int cmd;
	unsigned int flags, token, size;
} commands[] = {
	{ BPF_MAP_CREATE, 16, 76, 80 },
	{ BPF_PROG_LOAD, 44, 144, 148 },
	{ BPF_BTF_LOAD, 32, 36, 40 },
};

typedef long (*syscall_function)(long number, ...);

static long call_kernel(long number, const long a[6])
{
	static syscall_function next;

	if (!next)
		next = (syscall_function)dlsym(RTLD_NEXT, "syscall");
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int open_token(void)
{
	struct {
		__u32 flags, bpffs_fd;
	} attr = {};
	long call[6] = { TOKEN_CREATE, (long)&attr, sizeof(attr) };
	int bpffs = open("/sys/fs/bpf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int token = -1;

	attr.bpffs_fd = bpffs;
	if (bpffs >= 0) {
		token = call_kernel(SYS_bpf, call);
		close(bpffs);
	}
	return token;
}

/* The command's number in the table, or -1. */
static int find_command(long cmd)
{
	for (int i = 0; i < (int)(sizeof(commands) / sizeof(*commands)); i++)
		if (commands[i].cmd == cmd)
			return i;
	return -1;
}

/* What the kernel writes into attr goes back to the caller. */
static long call_with_token(int command, int token, void *attr, size_t size)
{
	char longer[ATTR_BYTES] = {};
	size_t all = size > commands[command].size ? size :
						     commands[command].size;
	long call[6] = { commands[command].cmd, (long)longer, all };
	unsigned int flags;
	long result;

	memcpy(longer, attr, size);
	memcpy(&flags, longer + commands[command].flags, sizeof(flags));
	if (flags & FLAG_TOKEN_FD) {
		errno = EPERM;
		return -1;
	}
	flags |= FLAG_TOKEN_FD;
	memcpy(longer + commands[command].flags, &flags, sizeof(flags));
	memcpy(longer + commands[command].token, &token, sizeof(token));
	result = call_kernel(SYS_bpf, call);
	flags &= ~FLAG_TOKEN_FD;
	memcpy(longer + commands[command].flags, &flags, sizeof(flags));
	memcpy(attr, longer, size);
	return result;
}

/* The first call was refused; errno stays so unless there is a token. */
static long try_token(int command, void *attr, size_t size)
{
	int token = open_token(), why;
	long result = -1;

	errno = EPERM;
	if (token < 0)
		return result;
	result = call_with_token(command, token, attr, size);
	why = errno;
	close(token);
	errno = why;
	return result;
}

/* It reads six arguments, as the C library's does, however many are given. */
long stand_in(long number, long a, long b, long c, long d, long e,
	      long f) __asm__("syscall");

long stand_in(long number, long a, long b, long c, long d, long e, long f)
{
	const long arguments[6] = { a, b, c, d, e, f };
	long result = call_kernel(number, arguments);
	int command;

	if (number != SYS_bpf || result >= 0 || errno != EPERM)
		return result;
	command = find_command(a);
	if (command < 0 || (size_t)c > ATTR_BYTES)
		return result;
	return try_token(command, (void *)b, c);
}
