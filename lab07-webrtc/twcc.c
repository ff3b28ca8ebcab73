// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What has come when, and how it is told.
 *
 *	number --> index --> ring of times --> status of each --> chunks
 *	                                       deltas of those that came
 *
 * The ring has a time for each of the last TWCC_WINDOW indices, or says that
 * nothing has come.  What lies from `next` to `highest` is reported, as far as
 * one packet holds it:
 *
 *	     reported        |    to be reported    |
 *	---------------------+----------------------+--> index
 *	                    next                 highest
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/rtcp_internal.h"
#include "lab07-webrtc/twcc.h"

#define TICK	      250 /* us */
#define REFERENCE     256 /* ticks: 64 ms */
#define NOTHING	      (-1)
#define FIRST_ROUND   0x10000 /* there may be indices below the first one */
#define RUN_MAX	      0x1fff
#define VECTOR	      0x8000
#define VECTOR_OF_TWO 0x4000 /* bits a status, not one */
#define VECTOR_BITS   14
#define SURELY	      7 /* any chunk tells at least so many */
#define MAX_CHUNKS    (TWCC_WINDOW / SURELY + 1)

/* As chunks have them: the bytes of its delta, too. */
enum status { LOST, SMALL, LARGE };

/* ---- what has come ----------------------------------------------------- */

static int64_t *slot(struct twcc *t, uint64_t index)
{
	return &t->ticks[index % TWCC_WINDOW];
}

static void restart(struct twcc *t, uint16_t number)
{
	for (uint64_t i = 0; i < TWCC_WINDOW; i++)
		*slot(t, i) = NOTHING;
	t->started = true;
	t->is_odd = false;
	t->highest = t->next = FIRST_ROUND + number;
}

/* All between the highest one and this have not come, or not yet. */
static void move_on(struct twcc *t, uint64_t index)
{
	for (uint64_t i = t->highest + 1; i <= index; i++)
		*slot(t, i) = NOTHING;
	t->highest = index;
	if (t->next + TWCC_WINDOW <= index)
		t->next = index - TWCC_WINDOW + 1;
}

/* Only the first of several counts. */
static void note(struct twcc *t, uint64_t index, int64_t now)
{
	if (*slot(t, index) != NOTHING)
		return;
	*slot(t, index) = now / TICK;
	if (index < t->next)
		t->next = index;
}

/* Two in a row that are too old: the sender counts from somewhere else. */
static bool is_restart(struct twcc *t, uint16_t number)
{
	bool follows = t->is_odd && number == t->restart;

	t->is_odd = true;
	t->restart = number + 1;
	return follows;
}

void twcc_arrived(struct twcc *t, uint16_t number, int64_t now)
{
	uint64_t index = t->highest + (int16_t)(number - t->highest);

	if (!t->started ||
	    (index + TWCC_WINDOW <= t->highest && is_restart(t, number))) {
		restart(t, number);
		index = t->highest;
	}
	if (index + TWCC_WINDOW <= t->highest)
		return;
	t->is_odd = false;
	if (index > t->highest)
		move_on(t, index);
	note(t, index, now);
}

bool twcc_has_news(const struct twcc *t)
{
	return t->started && t->next <= t->highest;
}

/* ---- how it is told ---------------------------------------------------- */

/* What one packet says. */
struct feedback {
	int64_t reference;
	size_t count; /* packets that it is about */
	uint8_t status[TWCC_WINDOW];
	int16_t delta[TWCC_WINDOW]; /* of those that have come, in a row */
	size_t delta_bytes;
	size_t chunks;
	uint16_t chunk[MAX_CHUNKS];
};

static int64_t first_reference(struct twcc *t)
{
	uint64_t index = t->next;

	while (*slot(t, index) == NOTHING)
		index++;
	return *slot(t, index) / REFERENCE;
}

static enum status status_of(int64_t delta)
{
	return delta >= 0 && delta <= UINT8_MAX ? SMALL : LARGE;
}

/* Chunks are counted as if each told no more than it surely does. */
static size_t size_of(size_t count, size_t delta_bytes)
{
	size_t chunks = (count + SURELY - 1) / SURELY;

	return (RTCP_TWCC_LISTED + 2 * chunks + delta_bytes + 3) & ~(size_t)3;
}

/*
 * Takes packets as long as there is room, and a delta holds the time between
 * them.  Ends with one that has come.
 */
static void collect(struct twcc *t, struct feedback *f, size_t room)
{
	size_t arrived = 0, count = 0;
	int64_t before, delta;

	f->reference = first_reference(t);
	before = f->reference * REFERENCE;
	//@todo 7.8 collect: the status of each, and the delta of what has come
	//@stub	(void)status_of, (void)size_of, (void)room;
	//@stub	(void)arrived, (void)count, (void)before, (void)delta;
	for (uint64_t i = t->next; i <= t->highest; i++) {
		f->status[count++] = LOST;
		if (*slot(t, i) == NOTHING)
			continue;
		delta = *slot(t, i) - before;
		if (delta != (int16_t)delta ||
		    size_of(count, f->delta_bytes + status_of(delta)) > room)
			return;
		f->status[count - 1] = status_of(delta);
		f->delta[arrived++] = delta;
		f->delta_bytes += status_of(delta);
		f->count = count;
		before = *slot(t, i);
	}
	//@end 7.8
}

/* ---- chunks ------------------------------------------------------------ */

/* How many are alike; how many fit a vector of one bit each, or of two. */
static size_t count_run(const uint8_t *status, size_t left)
{
	size_t count = 1;

	while (count < left && count < RUN_MAX && status[count] == status[0])
		count++;
	return count;
}

static size_t count_vector(size_t left, size_t max)
{
	return left < max ? left : max;
}

/* None if one of them needs two bits. */
static size_t count_bits(const uint8_t *status, size_t left)
{
	size_t count = count_vector(left, VECTOR_BITS);

	for (size_t i = 0; i < count; i++)
		if (status[i] == LARGE)
			return 0;
	return count;
}

static uint16_t put_vector(const uint8_t *status, size_t count, int bits)
{
	uint16_t chunk = VECTOR | (bits == 2 ? VECTOR_OF_TWO : 0);

	for (size_t i = 0; i < count; i++)
		chunk |= status[i] << (VECTOR_BITS - bits * (i + 1));
	return chunk;
}

/* The chunk that tells most; *taken is how many. */
static uint16_t next_chunk(const uint8_t *status, size_t left, size_t *taken)
{
	size_t pairs = count_vector(left, VECTOR_BITS / 2);
	//@todo 7.12 next_chunk: a run, or a vector of one bit, if that tells more
	//@stub	(void)count_run, (void)count_bits;
	size_t run = count_run(status, left), bits = count_bits(status, left);

	if (run >= bits && run >= pairs) {
		*taken = run;
		return status[0] << 13 | run;
	}
	if (bits >= pairs) {
		*taken = bits;
		return put_vector(status, bits, 1);
	}
	//@end 7.12
	*taken = pairs;
	return put_vector(status, pairs, 2);
}

static void make_chunks(struct feedback *f)
{
	size_t taken;

	for (size_t at = 0; at < f->count; at += taken)
		f->chunk[f->chunks++] = next_chunk(f->status + at,
						   f->count - at, &taken);
}

/* ---- written ----------------------------------------------------------- */

static void put_deltas(uint8_t *at, const struct feedback *f)
{
	const int16_t *delta = f->delta;

	for (size_t i = 0; i < f->count; at += f->status[i++]) {
		if (f->status[i] == SMALL)
			*at = *delta++;
		else if (f->status[i] == LARGE)
			put_be16(at, *delta++);
	}
}

static void put_feedback(uint8_t *at, const struct twcc *t,
			 const struct feedback *f)
{
	put_be16(at + RTCP_FEEDBACK, t->next);
	put_be16(at + RTCP_FEEDBACK + 2, f->count);
	put_be24(at + RTCP_FEEDBACK + 4, f->reference);
	at[RTCP_FEEDBACK + 7] = t->number;
	at += RTCP_TWCC_LISTED;
	for (size_t i = 0; i < f->chunks; i++, at += 2)
		put_be16(at, f->chunk[i]);
	put_deltas(at, f);
}

int twcc_add_feedback(struct twcc *t, struct rtcp_out *out, uint32_t sender,
		      uint32_t media)
{
	struct feedback f = { 0 };
	size_t size;
	uint8_t *at;

	if (!twcc_has_news(t))
		return 0;
	collect(t, &f, RTCP_MAX - out->len);
	if (!f.count)
		return -EMSGSIZE;
	make_chunks(&f);
	size = RTCP_TWCC_LISTED + 2 * f.chunks + f.delta_bytes;
	at = rtcp_add_feedback(out, RTCP_TYPE_TRANSPORT, RTCP_FORMAT_TWCC,
			       sender, media, (size + 3) & ~(size_t)3);
	if (!at)
		return -EMSGSIZE;
	put_feedback(at, t, &f);
	t->next += f.count;
	t->number++;
	return 0;
}
