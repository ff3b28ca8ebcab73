// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: measures what this machine charges, one price after the other.
 *
 *	the core of the forwarder             another core
 *	 system call, clock, copy, loop
 *	 sendmsg ──▶ lo ──▶ a filter drops it
 *	 send ─────▶ socket ────────────────▶ recv: the memory is freed here
 *	 pipe ──▶ a process on the same core ──▶ pipe: two switches
 *	 loop                                  the same loop beside it
 *
 * A repetition takes less than a millisecond, so a busy machine spoils few of
 * them, and the median of many is what an idle machine would have said.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/prices/prices.h"

#define CALLS	    2000
#define READS	    10000
#define DATAGRAMS   256
#define QUEUED	    64 /* skbs: one poll of NAPI, and what wmem_max allows */
#define BATCHES	    4
#define TRIES	    200
#define SWITCHES    200
#define TURNS	    200000 /* of the fixed loop: half a millisecond */
#define PAYLOAD	    1112   /* bytes: 1,154 of a frame */
#define KB	    1024
#define LINE	    64 /* of a cache, in bytes: a copy must not cross more of them */
#define PLACES	    256 /* as many as the ring of a veth has */
#define COPIES	    (10 * PLACES)
#define FACTOR	    0x9e3779b97f4a7c15ULL
#define TABLE_BITS  15 /* of places of 8 bytes */
#define TABLE_SHIFT (64 - TABLE_BITS)

struct prices {
	int cpu, other;
	int out, sink;	 /* UDP over lo; a filter drops what comes in */
	int queue[2];	 /* written by this core, read by this or the other */
	int ask, answer; /* pipes to and from a process on this core */
	pid_t partner;
	pthread_t thread; /* on the other core */
	bool has_thread;
	sem_t go, done;
	void (*job)(struct prices *p); /* that it is to do */
	atomic_bool ready, enough, stop;
	int64_t half_taken; /* when half of a batch was */
	int tries;	    /* that may still be made in vain */
	_Alignas(LINE) char source[KB];
	char places[PLACES][KB];
	__u64 table[1 << TABLE_BITS]; /* as large as the places are */
};

/* ---- on this core alone ------------------------------------------------ */

static double each(int64_t start, int count)
{
	return (double)(clock_now_ns() - start) / count;
}

static int system_call(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();

	(void)p;
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	*ns = each(start, CALLS);
	return 0;
}

static int clock_read(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();

	(void)p;
	for (int i = 0; i < READS; i++)
		clock_now_ns();
	*ns = each(start, READS);
	return 0;
}

/* The compiler must not see that nobody reads what was written. */
static int copy_1k(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();

	for (int i = 0; i < COPIES; i++) {
		memcpy(p->places[i % PLACES], p->source, KB);
		asm volatile("" ::: "memory");
	}
	*ns = each(start, COPIES);
	return 0;
}

static __u64 next(__u64 x)
{
	return (x ^ x >> 7) * FACTOR;
}

/*
 * One chain of multiplications would not notice a neighbour on the other half
 * of this core: it waits most of the time.  Four chains and what they look up
 * need all of the core, and its cache.
 */
static int fixed_loop(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();
	__u64 a = 1, b = 2, c = 3, d = 4;

	for (int i = 0; i < TURNS; i++) {
		a = next(a) + p->table[b >> TABLE_SHIFT];
		b = next(b);
		c = next(c) + p->table[d >> TABLE_SHIFT];
		d = next(d);
		asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
	*ns = each(start, TURNS) * 1000;
	return 0;
}

static int send_message(struct prices *p, double *ns)
{
	struct iovec part = { p->places, PAYLOAD };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int64_t start = clock_now_ns();

	for (int i = 0; i < DATAGRAMS; i++)
		if (sendmsg(p->out, &message, 0) < 0)
			return log_errno("sendmsg to 127.0.0.1",
					 "is lo up? ip link set lo up");
	*ns = each(start, DATAGRAMS);
	return 0;
}

/* ---- with a process on the same core ----------------------------------- */

static int task_switch(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();
	char byte = 0;

	for (int i = 0; i < SWITCHES / 2; i++)
		if (write(p->ask, &byte, 1) != 1 ||
		    read(p->answer, &byte, 1) != 1)
			return log_errno("the process that takes turns",
					 "has it been killed?");
	*ns = each(start, SWITCHES);
	return 0;
}

/* Answers each byte, until the asker has gone. */
static _Noreturn void take_turns(int ask, int answer)
{
	char byte;

	while (read(ask, &byte, 1) == 1)
		if (write(answer, &byte, 1) != 1)
			break;
	_exit(0);
}

static int start_partner(struct prices *p)
{
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC))
		return log_errno("pipe", "are too many files open?");
	p->ask = there[1];
	if (pipe2(back, O_CLOEXEC)) {
		close(there[0]);
		return log_errno("pipe", "are too many files open?");
	}
	p->answer = back[0];
	p->partner = fork();
	if (!p->partner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(p->ask);
		take_turns(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	return p->partner < 0 ? log_errno("fork", "raise ulimit -u") : 0;
}

/* ---- with another core ------------------------------------------------- */

static bool take(struct prices *p)
{
	return recv(p->queue[1], NULL, 0, MSG_TRUNC | MSG_DONTWAIT) >= 0;
}

static void take_many(struct prices *p, int count)
{
	while (count && !atomic_load(&p->stop))
		count -= take(p);
}

/* It takes each skb as soon as it is there. */
static void free_batch(struct prices *p)
{
	take_many(p, QUEUED / 2);
	p->half_taken = clock_now_ns();
	take_many(p, QUEUED / 2);
}

static void run_beside(struct prices *p)
{
	double ns;

	while (!atomic_load(&p->enough) && !atomic_load(&p->stop))
		fixed_loop(p, &ns);
}

/* It sleeps between its jobs. */
static void *work_there(void *arg)
{
	struct prices *p = arg;

	bench_pin(p->other);
	for (;;) {
		while (sem_wait(&p->go))
			;
		if (atomic_load(&p->stop))
			return NULL;
		atomic_store(&p->ready, true);
		p->job(p);
		sem_post(&p->done);
	}
}

/* Returns as soon as the other core is at it. */
static void begin_there(struct prices *p, void (*job)(struct prices *))
{
	p->job = job;
	atomic_store(&p->ready, false);
	atomic_store(&p->enough, false);
	sem_post(&p->go);
	while (!atomic_load(&p->ready))
		;
}

static void await_there(struct prices *p)
{
	while (sem_wait(&p->done))
		;
}

static int loop_beside(struct prices *p, double *ns)
{
	begin_there(p, run_beside);
	fixed_loop(p, ns);
	atomic_store(&p->enough, true);
	await_there(p);
	return 0;
}

static int queue_batch(struct prices *p, double *ns)
{
	int64_t start = clock_now_ns();

	for (int i = 0; i < QUEUED; i++)
		while (send(p->queue[0], p->places, PAYLOAD, MSG_DONTWAIT) < 0)
			if (errno != EAGAIN)
				return log_errno("a UNIX socket",
						 "is there no memory left?");
	*ns = each(start, QUEUED);
	return 0;
}

static int freed_here(struct prices *p, double *ns)
{
	int err = queue_batch(p, ns);

	while (take(p))
		;
	return err;
}

/* At once?  Not if somebody else had the other core while this one was sending. */
static int free_at_once(struct prices *p, double *ns, bool *at_once)
{
	int64_t sent;
	int err;

	begin_there(p, free_batch);
	err = queue_batch(p, ns);
	sent = clock_now_ns();
	if (!err)
		await_there(p);
	*at_once = p->half_taken < sent;
	return err;
}

/* On a machine that is hopelessly busy, what was measured must do. */
static int freed_there(struct prices *p, double *ns)
{
	bool at_once;
	int err;

	do
		err = free_at_once(p, ns, &at_once);
	while (!err && !at_once && p->tries-- > 0);
	return err;
}

/*
 * The least of some batches, since a difference suffers twice from what
 * interrupts.  The first one meets memory that the other kind has left.
 */
static int least(struct prices *p, int (*freed)(struct prices *, double *),
		 double *ns)
{
	int err = freed(p, ns);
	double more;

	for (int i = 1; i < BATCHES && !err; i++) {
		err = freed(p, &more);
		if (!err && more < *ns)
			*ns = more;
	}
	return err;
}

static int skb_freed_elsewhere(struct prices *p, double *ns)
{
	double here, there;
	int err = least(p, freed_here, &here);

	err = err ?: least(p, freed_there, &there);
	if (!err)
		*ns = there - here;
	return err;
}

static int start_thread(struct prices *p)
{
	if (p->other == NO_CPU)
		return 0;
	errno = pthread_create(&p->thread, NULL, work_there, p);
	if (errno)
		return log_errno("pthread_create", "raise ulimit -u");
	p->has_thread = true;
	return 0;
}

/* ---- all of them ------------------------------------------------------- */

const struct price price_list[] = {
	{ "system_call", "getppid(), which does next to nothing in the kernel",
	  false, system_call },
	{ "sendmsg",
	  "sendmsg() of 1,112 B by UDP over lo to a socket whose filter drops "
	  "all",
	  false, send_message },
	{ "copy_1k",
	  "memcpy() of 1,024 B that are in the cache, to 256 places by turns",
	  false, copy_1k },
	{ "skb_freed_elsewhere",
	  "what a datagram of 1,112 B costs its sender more if another core "
	  "takes and frees it",
	  true, skb_freed_elsewhere },
	{ "task_switch",
	  "a byte by a pipe wakes another process on the core, and this one "
	  "sleeps",
	  false, task_switch },
	{ "clock_read", "clock_gettime(CLOCK_MONOTONIC)", false, clock_read },
	{ "loop_beside",
	  "the fixed loop while the other core runs it as well: do the two "
	  "share anything?",
	  true, loop_beside },
	{ "fixed_loop",
	  "1,000 turns of four chains of multiplications with look-ups in "
	  "256 KB",
	  false, fixed_loop },
};
const size_t price_count = sizeof(price_list) / sizeof(*price_list);

const struct price *price_find(const char *name)
{
	for (size_t i = 0; i < price_count; i++)
		if (!strcmp(price_list[i].name, name))
			return &price_list[i];
	return NULL;
}

/* Nothing is ever queued at it, so nobody need read it. */
static int make_sink(struct prices *p)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &none };
	struct sockaddr_in at;
	socklen_t size = sizeof(at);

	p->sink = bench_bind((struct in_addr){ htonl(INADDR_LOOPBACK) }, 0);
	if (p->sink < 0)
		return p->sink;
	p->out = bench_bind((struct in_addr){ htonl(INADDR_LOOPBACK) }, 0);
	if (p->out < 0)
		return p->out;
	if (setsockopt(p->sink, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		       sizeof(filter)) ||
	    getsockname(p->sink, (struct sockaddr *)&at, &size) ||
	    connect(p->out, (struct sockaddr *)&at, size))
		return log_errno("a UDP socket on 127.0.0.1",
				 "is lo up? ip link set lo up");
	return 0;
}

static int make_queue(struct prices *p)
{
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, p->queue))
		return log_errno("socketpair", "are too many files open?");
	return 0;
}

/* The process comes first: it must not have a thread's locks. */
static int make_all(struct prices *p)
{
	int err = bench_pin(p->cpu);

	memset(p->places, 1, sizeof(p->places));
	err = err ?: start_partner(p);
	err = err ?: make_sink(p);
	err = err ?: make_queue(p);
	return err ?: start_thread(p);
}

struct prices *prices_open(int cpu, int other)
{
	struct prices *p = aligned_alloc(LINE, sizeof(*p));
	int err;

	if (!p) {
		log_errno("prices", "is there no memory left?");
		return NULL;
	}
	memset(p, 0, sizeof(*p));
	p->cpu = cpu;
	p->tries = TRIES;
	p->other = other;
	p->out = p->sink = p->ask = p->answer = -1;
	p->queue[0] = p->queue[1] = -1;
	sem_init(&p->go, 0, 0);
	sem_init(&p->done, 0, 0);
	err = make_all(p);
	if (!err)
		return p;
	prices_close(p);
	errno = -err;
	return NULL;
}

void prices_close(struct prices *p)
{
	int files[] = { p->out,	     p->sink, p->queue[0],
			p->queue[1], p->ask,  p->answer };

	if (p->has_thread) {
		atomic_store(&p->stop, true);
		sem_post(&p->go);
		pthread_join(p->thread, NULL);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (files[i] >= 0)
			close(files[i]);
	if (p->partner > 0)
		waitpid(p->partner, NULL, 0);
	sem_destroy(&p->go);
	sem_destroy(&p->done);
	free(p);
}

__u64 prices_sunk(const struct prices *p)
{
	return bench_socket_drops(p->sink);
}

size_t prices_queued(const struct prices *p)
{
	int bytes = 0;

	return ioctl(p->queue[1], FIONREAD, &bytes) ? 0 : bytes;
}
