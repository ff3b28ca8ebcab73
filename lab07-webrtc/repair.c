// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A bucket into which bytes run at a steady rate, until it is full.  A repair
 * takes its bytes out, or does not happen:
 *
 *	bytes a second --> | half a second's | --> repairs
 *
 * What has been repeated lately stands in a table, by its number's low bits.
 */
#include "lab07-webrtc/repair.h"

#define MS_PER_SEC 1000

bool repair_log_take(struct repair_log *log, uint16_t number, int64_t now,
		     int64_t round_trip)
{
	int64_t interval = round_trip > REPAIR_INTERVAL_MS ? round_trip :
							     REPAIR_INTERVAL_MS;
	struct repaired *last = &log->last[number % REPAIR_LOG];

	//@todo 7.10 repair_log_take: not if it is still on its way; else note it
	//@stub	(void)now, (void)interval, (void)last;
	//@stub	return false;
	if (last->used && last->number == number &&
	    (uint32_t)now - last->at < interval)
		return false;
	*last = (struct repaired){ .used = true, .number = number, .at = now };
	return true;
	//@end 7.10
}

/* 1 ms lets in as many 1/1000 bytes as 1 s does bytes. */
static uint64_t let_in(const struct repair_budget *b, int64_t ms)
{
	return (uint64_t)b->rate *
	       (ms < REPAIR_BURST_MS ? ms : REPAIR_BURST_MS);
}

struct repair_budget repair_budget_open(uint32_t rate, int64_t now)
{
	struct repair_budget b = { .rate = rate, .counted = now };

	b.left = let_in(&b, REPAIR_BURST_MS);
	return b;
}

bool repair_budget_take(struct repair_budget *b, size_t bytes, int64_t now)
{
	uint64_t full = let_in(b, REPAIR_BURST_MS);
	uint64_t needed = (uint64_t)bytes * MS_PER_SEC;

	b->left += let_in(b, now - b->counted);
	b->counted = now;
	if (b->left > full)
		b->left = full;
	if (needed > b->left)
		return false;
	b->left -= needed;
	return true;
}
