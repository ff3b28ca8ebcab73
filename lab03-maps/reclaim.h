/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03, a part of control_internal.h: gives out slots and ids again. */
#ifndef LAB03_RECLAIM_H
#define LAB03_RECLAIM_H

#include "lab03-maps/pool.h"

struct leg_list;

/*
 * Slots in sfu_legs, ids of legs, of streams (from 1), of consents (from 1).
 * Take them from the
 * pools, and retire them when they are no longer needed.  reclaim_retired()
 * waits until no packet can be reading them any more, and then frees them for
 * others.  Retire legs before their stream, because their counters are added to
 * the stream's.
 */
extern struct pool pool_of_slots, pool_of_legs, pool_of_streams,
	pool_of_consents;

int reclaim_open(void);
void reclaim_close(void);
void retire_slots(struct leg_list legs);
void retire_leg(__u32 stream, __u32 leg);
void retire_stream(__u32 stream);
void retire_consent(__u32 id);
void reclaim_retired(void);

/*
 * To be called before a key is added to a hash that packets read.  The
 * kernel may put a new entry into the memory of a removed one at once,
 * while a packet still holds a pointer to it; this waits until none does.
 */
void reclaim_wait_for_removed(void);
void reclaim_note_removal(void);

#endif
