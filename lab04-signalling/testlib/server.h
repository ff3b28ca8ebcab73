/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Real servers in the sandbox.  http.h speaks to them, report.h reads what
 * they have counted, modes.h runs a test with each of them.
 *
 *	alice .1   bob .2   carol .3      who calls (caller.h)
 *	server .254   user .4             the servers of all tests
 *	dave .5                           for a test's own server
 *
 * The two servers, one for each mode, run as long as the test program.
 */
#ifndef LAB04_TESTLIB_SERVER_H
#define LAB04_TESTLIB_SERVER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/log.h"
#include "lab03-maps/testlib/call.h"

#define HTTP_PORT    8080
#define ROOM_LIMIT   20	   /* of the servers of all tests */
#define NOBODY	     65534 /* a user without any right */
#define TEST_SECONDS 30	   /* the limit of a test in both modes */
#define MAX_EXTRA    4

struct server {
	const char *host;	      /* where it runs */
	bool user;		      /* its mode; else tc */
	bool v6;		      /* it is called over IPv6 */
	bool nobody;		      /* it starts without any right */
	unsigned int files;	      /* it may open; 0: as many as we may */
	const char *extra[MAX_EXTRA]; /* options */
	pid_t pid;
	int ended; /* readable when all that it has said is in its log */
};

extern struct server servers[2]; /* of all tests: mode tc, mode user */
extern struct server *server;	 /* the one that is called */
extern bool servers_shared;	 /* those of all tests run */
extern unsigned int *callers;	 /* so far, in all tests; shared */

/*
 * The option for what is called mode tc here.  It is weak: a later lab links the
 * tests of this one with a server of its own, which is beside them.
 */
const char *server_mode(void);

/* The address that it is called at. */
const char *server_ip(const struct server *s);

/* For a child: it is the server from now on, and says to `log` what it does. */
_Noreturn void become_server(const struct server *s, int log);

/* The file that follows what it says; valid until the next call. */
const char *log_path(const struct server *s);

/* Returns when it is ready; its exit status (as that of wait()) if never. */
int server_start(struct server *s);

/*
 * The same in two steps: the first returns at once with what is readable as soon
 * as the second will not wait.
 */
int server_launch(struct server *s);
int server_wait(struct server *s, int ready);

/* What it has said since it was started; valid until the next call. */
const char *log_text(const struct server *s);

/* Fails unless it has said these words. */
void check_said(const struct server *s, const char *words);

/*
 * For a server that does not answer: why not, if it has died.  Otherwise NULL.
 */
const char *server_died(const struct server *s);

/* Ends a server that hangs, and says where it was. */
const char *server_hangs(const struct server *s);

/* Waits for its end, which must be that of the signal. */
void server_kill(struct server *s, int signal);

/* Removes from its host what it has left there; returns its exit status. */
int detach_server(const struct server *s);

/*
 * Starts a server of the test's own, which is from now on the one that is
 * called; what an earlier one has left on that host is removed first.
 */
void server_own(struct server *s);

/* Starts a server of the mode that the test runs in, on dave's host. */
struct server *start_own(struct server options);

/* ---- set-up ------------------------------------------------------------ */

/* For tests that start all the servers that they need. */
int set_up_hosts(void);

/* For tests that share a server of each mode. */
int set_up_servers(void);

#endif
