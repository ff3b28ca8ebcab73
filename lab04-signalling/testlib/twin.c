// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Makes volleys, has all planes send them, and compares what they have sent:
 *
 *	volley n+1 is made     |
 *	volley n flies         | at a time
 *	volley n-1 is compared |
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lab04-signalling/testlib/twin_internal.h"

static struct {
	struct twin_memory *memory;
	const struct plane *const *planes;
	int count;
	int fd[TWIN_PLANES];
	pid_t pid[TWIN_PLANES];
	__u64 overtaken; /* catches in which copies have another order */
} twins;

/* ---- the planes ------------------------------------------------------------ */

static void start(int side, void (*at_end)(const struct plane *,
					   const struct control_totals *))
{
	int pair[2];

	check_int("socketpair", 0,
		  socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	twins.pid[side] = fork();
	if (!twins.pid[side]) {
		for (int i = 0; i < side; i++)
			close(twins.fd[i]);
		close(pair[0]);
		twin_work(twins.memory, twins.planes[side], side, pair[1],
			  at_end);
	}
	close(pair[1]);
	twins.fd[side] = pair[0];
}

/* A check that failed in a plane's process has told of itself. */
static _Noreturn void has_ended(int side)
{
	int status = 0;

	waitpid(twins.pid[side], &status, 0);
	fail("plane %s has ended (status %#x): the step above says why, or "
	     "what it has printed",
	     twins.planes[side]->name, status);
}

static void let_fly(void)
{
	for (int i = 0; i < twins.count; i++)
		if (send(twins.fd[i], "!", 1, MSG_NOSIGNAL) != 1)
			has_ended(i);
}

static void await_landing(void)
{
	char done;

	for (int i = 0; i < twins.count; i++)
		if (read(twins.fd[i], &done, 1) != 1)
			has_ended(i);
}

/* ---- comparing ----------------------------------------------------------- */

/* The frames of a catch, one after the other. */
static const __u8 *next_of(const __u8 *at, __u16 *length)
{
	memcpy(length, at, sizeof(*length));
	return at + sizeof(*length);
}

static void show_difference(const struct twin_catch *a,
			    const struct twin_catch *b)
{
	const __u8 *one = a->bytes, *two = b->bytes;
	__u16 length;

	for (__u32 i = 0; i < a->frames && i < b->frames; i++) {
		struct frame x = {}, y = {};

		one = next_of(one, &length);
		x.len = length;
		memcpy(x.data, one, length);
		one += length;
		two = next_of(two, &length);
		y.len = length;
		memcpy(y.data, two, length);
		two += length;
		if (x.len != y.len || memcmp(x.data, y.data, x.len)) {
			step("frame %u of them", i);
			check_packet(&x, &y);
		}
	}
	check_uint("frames", a->frames, b->frames);
}

static int compare_frames(const void *a, const void *b)
{
	const __u8 *one = *(const __u8 *const *)a;
	const __u8 *two = *(const __u8 *const *)b;
	__u16 length;

	next_of(one, &length);
	return memcmp(one, two, sizeof(length)) ?:
		       memcmp(one, two, sizeof(length) + length);
}

/* Any order will do, but it has to be the same. */
static void sort(struct twin_catch *c)
{
	static struct twin_catch sorted;
	const __u8 *frame[c->frames + 1], *at = c->bytes;
	__u16 length;

	for (__u32 i = 0; i < c->frames; i++) {
		frame[i] = at;
		at = next_of(at, &length) + length;
	}
	qsort(frame, c->frames, sizeof(*frame), compare_frames);
	sorted.length = 0;
	for (__u32 i = 0; i < c->frames; i++) {
		next_of(frame[i], &length);
		memcpy(sorted.bytes + sorted.length, frame[i], 2 + length);
		sorted.length += 2 + length;
	}
	memcpy(c->bytes, sorted.bytes, c->length);
}

/* UDP's sums of one plane: the others have the same bytes. */
static void check_sums(const struct twin_catch *c)
{
	const __u8 *at = c->bytes;
	__u16 length;

	for (__u32 i = 0; i < c->frames; i++, at += length) {
		const __u8 *ip;
		bool v4;

		at = next_of(at, &length);
		ip = at + 14;
		v4 = ip[0] == 0x45;
		ip += v4 ? 20 : 40;
		check_bits("sum over the datagram", 0,
			   packet_udp_sum(v4, at + 14, ip, at + length - ip));
	}
}

static bool are_same(const struct twin_catch *a, const struct twin_catch *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

/*
 * Copies of an odd volley may overtake each other.  Those of another may, too,
 * but seldom: a stray frame, such as another kernel's ARP, may have come on
 * another CPU, and then that one works on what comes next.
 */
static void compare(const struct twin_volley *v, struct twin_side *side, int i)
{
	struct twin_catch *first = &side[0].at[i];

	for (int n = 1; n < twins.count; n++) {
		struct twin_catch *c = &side[n].at[i];

		if (are_same(first, c))
			continue;
		twins.overtaken += !v->odd;
		sort(first);
		sort(c);
		if (are_same(first, c))
			continue;
		step("volley %llu at %s: expected from plane %s, got from "
		     "plane %s",
		     v->number, twin_receivers[i], twins.planes[0]->name,
		     twins.planes[n]->name);
		show_difference(first, c);
	}
	check_sums(first);
}

/* ---- the end ----------------------------------------------------------------- */

static void check_totals(int n)
{
	const struct control_totals *a = &twins.memory->end[0].totals,
				    *b = &twins.memory->end[n].totals;

	step("what plane %s has counted", twins.planes[n]->name);
	check_uint("packets", a->packets, b->packets);
	check_uint("copies due", a->copies, b->copies);
	check_uint("sent", a->sent, b->sent);
	check_uint("skipped", a->skipped, b->skipped);
	check_uint("failed", a->failed, b->failed);
	check_uint("stale", a->stale, b->stale);
	check_uint("sent, and captured", twins.memory->end[n].frames, b->sent);
	if (!twins.planes[n]->kernel)
		check_uint("all by user space", b->packets, b->user_packets);
	else
		check_true(b->user_packets < b->packets / 16,
			   "user space has forwarded %llu of %llu packets",
			   b->user_packets, b->packets);
}

static void check_ends(__u64 datagrams)
{
	const struct control_totals *t = &twins.memory->end[0].totals;
	__u64 unsummed = 0;

	for (int i = 0; i < twins.count; i++) {
		check_totals(i);
		if (!twins.planes[i]->kernel)
			continue;
		unsummed = unsummed ?: twins.memory->end[i].unsummed;
		check_uint("copies without UDP's sum, as the sender's packet",
			   unsummed, twins.memory->end[i].unsummed);
	}
	check_true(t->skipped > datagrams / 100 && t->sent > datagrams / 2,
		   "%llu sent and %llu skipped are too few for a proof",
		   t->sent, t->skipped);
	check_true(twins.overtaken <= 2 + datagrams / TWIN_VOLLEY / 20,
		   "copies have overtaken each other in %llu volleys",
		   twins.overtaken);
}

static void fly(__u64 datagrams)
{
	__u64 turns = (datagrams + TWIN_VOLLEY - 1) / TWIN_VOLLEY;
	struct twin_memory *m = twins.memory;

	twin_make(&m->turn[0].volley, 0, datagrams);
	for (__u64 n = 0; n < turns; n++) {
		let_fly();
		if (n)
			for (int i = 0; i < TWIN_RECEIVERS; i++)
				compare(&m->turn[(n - 1) % 2].volley,
					m->turn[(n - 1) % 2].side, i);
		if (n + 1 < turns)
			twin_make(&m->turn[(n + 1) % 2].volley, n + 1,
				  datagrams - (n + 1) * TWIN_VOLLEY);
		await_landing();
	}
	for (int i = 0; i < TWIN_RECEIVERS; i++)
		compare(&m->turn[(turns - 1) % 2].volley,
			m->turn[(turns - 1) % 2].side, i);
}

void twin_compare(const struct plane *const *planes, __u64 datagrams,
		  void (*at_end)(const struct plane *plane,
				 const struct control_totals *totals))
{
	int status;

	twins.planes = planes;
	twins.memory = mmap(NULL, sizeof(*twins.memory), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check_true(twins.memory != MAP_FAILED, "no memory");
	check_int("hosts", 0, sandbox_add_hosts("alice"));
	for (twins.count = 0; planes[twins.count]; twins.count++)
		start(twins.count, at_end);
	fly(datagrams);
	for (int i = 0; i < twins.count; i++) {
		waitpid(twins.pid[i], &status, 0);
		check_int("exit status", 0, status);
	}
	check_ends(datagrams);
}

__u64 twin_datagrams(void)
{
	const char *text = getenv("SWIFTCALL_TWIN_DATAGRAMS");

	return text ? strtoull(text, NULL, 10) : 100000;
}
