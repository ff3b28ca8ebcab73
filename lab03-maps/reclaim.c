// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Slots of legs, ids of legs, streams and consents: numbers by which packets
 * find things.  A number that is given up is not used again while a packet may still
 * be using it.
 *
 *	free --> taken --> in the tables --> retired --> wait --> free
 *	                   packets use it       |          |
 *	            new packets don't find it --+          |
 *	                    those that have found it are through
 *
 * This is the second half of read-copy-update: packets never wait, the control
 * plane does, once for all that was retired on the way.
 */
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

#define GRACE_MS 100 /* the wait where the kernel refuses membarrier() */

struct pool pool_of_slots, pool_of_legs, pool_of_streams, pool_of_consents;

/* Something that packets may still be reading; freed after the next wait. */
struct retired {
	enum {
		RETIRED_SLOTS,
		RETIRED_LEG,
		RETIRED_STREAM,
		RETIRED_CONSENT,
	} what;
	__u32 stream;
	__u32 first, count; /* slots, or the id of the leg or consent */
};

static struct {
	struct retired *all;
	size_t count, capacity;
	bool key;      /* a key of a hash was removed since the last wait */
	__u32 longest; /* list of slots, since then */
} retired;

/* ---- waiting until no packet reads what was removed ------------------- */

/*
 * A plane may let packets wait on their way along a list, and those that wait
 * are in no read section.  What is waited for anyway mostly takes longer.
 */
static void wait_until(int64_t end)
{
	int64_t left = end - clock_now_ns();

	if (left > 0)
		usleep(left / 1000 + 1);
}

/*
 * A TC program runs inside an RCU read section.  membarrier(GLOBAL) waits
 * for all of those that have begun: synchronize_rcu() for user space.
 * Kernels with nohz_full refuse it; there we wait for GRACE_MS instead.
 */
static void wait_for_packets(void)
{
	int64_t end = clock_now_ns() + control_pause_ns(retired.longest);

	retired.key = false;
	retired.longest = 0;
	if (!control_in_kernel())
		return;
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_MS * 1000);
	wait_until(end);
}

void reclaim_wait_for_removed(void)
{
	if (retired.key)
		wait_for_packets();
}

void reclaim_note_removal(void)
{
	retired.key = true;
}

/* ---- retired ---------------------------------------------------------- */

static void retire(struct retired r)
{
	size_t capacity = retired.capacity ? retired.capacity * 2 : 256;
	struct retired *grown;

	if (retired.count == retired.capacity) {
		grown = realloc(retired.all, capacity * sizeof(*grown));
		if (!grown) {
			/* They are never freed: better than too early. */
			log_error("out of memory: slots stay in use");
			return;
		}
		retired.all = grown;
		retired.capacity = capacity;
	}
	retired.all[retired.count++] = r;
}

void retire_slots(struct leg_list legs)
{
	if (retired.longest < legs.count)
		retired.longest = legs.count;
	retire((struct retired){
		.what = RETIRED_SLOTS,
		.first = legs.first,
		.count = legs.count,
	});
}

void retire_leg(__u32 stream, __u32 leg)
{
	retire((struct retired){
		.what = RETIRED_LEG,
		.stream = stream,
		.first = leg,
	});
}

void retire_stream(__u32 stream)
{
	retire((struct retired){ .what = RETIRED_STREAM, .stream = stream });
}

void retire_consent(__u32 id)
{
	if (id)
		retire((struct retired){
			.what = RETIRED_CONSENT,
			.first = id,
		});
}

/* ---- free ------------------------------------------------------------- */

/*
 * An empty slot belongs to stream 0, which nobody publishes.  If a packet ever
 * reads it, leg_of_stream() finds that it is stale.
 */
static void free_slots(__u32 first, __u32 count)
{
	struct leg none = {};

	for (__u32 slot = first; slot < first + count; slot++)
		table_set(&sfu_legs, &slot, &none);
	pool_give(&pool_of_slots, first, count);
}

static void free_leg(__u32 stream, __u32 id)
{
	counters_retire_leg(stream, id);
	pool_give(&pool_of_legs, id, 1);
}

static void free_stream(__u32 id)
{
	struct stream none = {};

	counters_retire_stream(id);
	table_set(&sfu_streams, &id, &none);
	pool_give(&pool_of_streams, id, 1);
}

/* What is secret in it goes as well. */
static void free_consent(__u32 id)
{
	struct consent none = {};

	table_set(&sfu_consents, &id, &none);
	pool_give(&pool_of_consents, id, 1);
}

/* Frees in the order of retiring, which is legs before their stream. */
void reclaim_retired(void)
{
	if (retired.count)
		wait_for_packets();
	for (size_t i = 0; i < retired.count; i++) {
		struct retired *r = &retired.all[i];

		if (r->what == RETIRED_SLOTS)
			free_slots(r->first, r->count);
		else if (r->what == RETIRED_LEG)
			free_leg(r->stream, r->first);
		else if (r->what == RETIRED_STREAM)
			free_stream(r->stream);
		else
			free_consent(r->first);
	}
	retired.count = 0;
}

/* ---- opening ---------------------------------------------------------- */

/* The process before us may have removed keys a moment ago. */
int reclaim_open(void)
{
	int err = pool_open(&pool_of_slots, MAX_LEGS);

	err = err ?: pool_open(&pool_of_legs, MAX_LEGS);
	err = err ?: pool_open(&pool_of_streams, MAX_STREAMS);
	err = err ?: pool_open(&pool_of_consents, MAX_CONSENTS);
	if (err)
		return err;
	pool_reserve(&pool_of_streams, 0, 1); /* 0 means "no stream" */
	pool_reserve(&pool_of_consents, 0, 1);
	reclaim_note_removal();
	return 0;
}

void reclaim_close(void)
{
	pool_close(&pool_of_slots);
	pool_close(&pool_of_legs);
	pool_close(&pool_of_streams);
	pool_close(&pool_of_consents);
	free(retired.all);
	retired.all = NULL;
	retired.count = retired.capacity = 0;
}
