// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One process, forked: the parent is the server, the child waits at a socket
 * pair for what only root can do.  Messages keep their bounds (SEQPACKET).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "lab03-maps/dataplane.h"
#include "lab04-signalling/media/keeper.h"
#include "lab04-signalling/rights.h"

#define KEEPER_FD (STDERR_FILENO + 1)

struct request {
	enum { DETACH, ATTACH } what;
	int iface; /* to attach: its place in the options */
};

struct answer {
	struct request to;
	int result;
};

/* ---- the keeper's side ------------------------------------------------ */

/*
 * Ctrl-C, and a service manager that ends a group, mean the server: it is the
 * one to say what happens.  The descriptors of the server must not live on
 * here, or its ports would be taken when it is killed and started again.
 */
static void shed(int fd)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "swiftcall-keep");
	if (fd != KEEPER_FD)
		dup2(fd, KEEPER_FD);
	close_range(KEEPER_FD + 1, ~0U, 0);
}

static int attach(const struct dataplane_options *o, int iface)
{
	for (int i = 0; o->ifaces[i]; i++)
		if (i == iface)
			return dataplane_reattach(o, o->ifaces[i]);
	return -EINVAL;
}

static int obey(const struct request *r, const struct dataplane_options *o)
{
	if (r->what == DETACH)
		return dataplane_detach(o->planes, o->pin_dir);
	if (r->what == ATTACH)
		return attach(o, r->iface);
	return -EINVAL;
}

__attribute__((noreturn)) static void keep(int fd,
					   const struct dataplane_options *o)
{
	struct answer answer;
	struct request *request = &answer.to;
	int err;

	shed(fd);
	err = rights_keep();
	while (!err && recv(KEEPER_FD, request, sizeof(*request), 0) ==
			       sizeof(*request)) {
		answer.result = obey(request, o);
		send(KEEPER_FD, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- the server's side ------------------------------------------------ */

int keeper_open(struct keeper *k, const struct dataplane_options *o)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return log_errno("cannot make a socket pair for the keeper",
				 "raise the limit of open files");
	k->pid = fork();
	if (!k->pid)
		keep(ends[1], o);
	close(ends[1]);
	k->fd = ends[0];
	if (k->pid > 0)
		return 0;
	keeper_close(k);
	return log_errno("cannot fork the keeper",
			 "raise the limit of processes");
}

static bool read_answer(const struct keeper *k, struct answer *answer)
{
	if (recv(k->fd, answer, sizeof(*answer), 0) == sizeof(*answer))
		return true;
	log_error("the keeper (pid %d), which has the rights to attach and "
		  "detach, is gone; in the end run `swiftcall --detach` as "
		  "root",
		  k->pid);
	return false;
}

int keeper_detach(const struct keeper *k)
{
	struct request request = { .what = DETACH };
	struct answer answer;

	send(k->fd, &request, sizeof(request), MSG_NOSIGNAL);
	do {
		if (!read_answer(k, &answer))
			return -ECHILD;
	} while (answer.to.what != DETACH);
	return answer.result;
}

void keeper_attach(const struct keeper *k, int iface)
{
	struct request request = { .what = ATTACH, .iface = iface };

	send(k->fd, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool keeper_answer(const struct keeper *k, int *iface, int *result)
{
	struct answer answer;

	if (!read_answer(k, &answer))
		return false;
	*iface = answer.to.iface;
	*result = answer.result;
	return true;
}

void keeper_close(struct keeper *k)
{
	if (k->fd < 0)
		return;
	close(k->fd);
	k->fd = -1;
	if (k->pid > 0)
		waitpid(k->pid, NULL, 0);
}
