// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A report counts from the beginning, and from the last report on:
 *
 *	base_seq                  last report            highest
 *	   |------------ expected ------------------------->|   lost
 *	                               |---- expected ----->|   fraction
 *
 * What has not come of it is lost.  Repeated packets count as well, so a
 * stream may have lost less than nothing (RFC 3550, A.3).
 */
#include "lab07-webrtc/reception.h"

#define LOST_MAX   0x7fffff /* 24 bits with a sign */
#define LOST_MIN   (-0x800000)
#define US_PER_SEC 1000000

/* The middle 32 of 64 bits: 16.16, of seconds. */
static uint32_t middle_of(uint64_t ntp)
{
	return ntp >> 16;
}

void reception_take_sr(struct reception *r, const struct rtcp_sr *sr,
		       int64_t now)
{
	r->has_sr = true;
	r->last_sr = middle_of(sr->ntp);
	r->sr_at = now;
}

static int32_t clamp_lost(int64_t lost)
{
	if (lost > LOST_MAX)
		return LOST_MAX;
	return lost < LOST_MIN ? LOST_MIN : lost;
}

static uint32_t clamp32(uint64_t value)
{
	return value < UINT32_MAX ? value : UINT32_MAX;
}

static uint64_t expected_of(const struct rtp_stats *s)
{
	return rtp_lost(s) + s->received;
}

/* Of those expected since the last report, in 1/256. */
static uint8_t fraction_lost(const struct reception *r,
			     const struct rtp_stats *s)
{
	int64_t expected = expected_of(s) - r->expected;
	int64_t lost = expected - (int64_t)(s->received - r->received);

	if (expected <= 0 || lost <= 0)
		return 0;
	return lost < expected ? lost * 256 / expected : 255;
}

static uint32_t jitter_of(const struct rtp_stats *s)
{
	return clamp32(rtp_jitter_ns(s) * s->clock_hz / NS_PER_SEC);
}

/* In 1/65536 s. */
static uint32_t delay_since(int64_t then, int64_t now)
{
	return clamp32((now - then) * 65536 / US_PER_SEC);
}

static void remember(struct reception *r, const struct rtp_stats *s)
{
	r->packets = s->packets;
	r->expected = expected_of(s);
	r->received = s->received;
	r->restarts = s->restarts;
}

/* Since a restart, everything counts from another base_seq. */
static void forget_if_restarted(struct reception *r, const struct rtp_stats *s)
{
	if (s->restarts != r->restarts || expected_of(s) < r->expected)
		r->expected = r->received = 0;
}

bool reception_report(struct reception *r, const struct rtp_stats *stats,
		      uint32_t ssrc, int64_t now, struct rtcp_block *block)
{
	const struct rtp_stats s = *stats;

	if (s.packets == r->packets)
		return false;
	forget_if_restarted(r, &s);
	*block = (struct rtcp_block){
		.ssrc = ssrc,
		.fraction = fraction_lost(r, &s),
		.lost = clamp_lost(rtp_lost(&s)),
		.highest = s.cycles + s.max_seq,
		.jitter = jitter_of(&s),
		.last_sr = r->has_sr ? r->last_sr : 0,
		.delay = r->has_sr ? delay_since(r->sr_at, now) : 0,
	};
	remember(r, &s);
	return true;
}

/* ---- there and back ---------------------------------------------------- */

void round_trip_sent(struct round_trip *t, const struct rtcp_sr *sr,
		     int64_t now)
{
	unsigned int i = t->sent++ % ROUND_TRIP_REPORTS;

	t->middle[i] = middle_of(sr->ntp);
	t->at[i] = now;
}

/* A clock that is a little fast must not make the way shorter than nothing. */
static int64_t way(int64_t sent_at, uint32_t delay, int64_t now)
{
	int64_t us = now - sent_at - (int64_t)delay * US_PER_SEC / 65536;

	return us > 0 ? us : 0;
}

int64_t round_trip_read(const struct round_trip *t,
			const struct rtcp_block *block, int64_t now)
{
	unsigned int known = t->sent < ROUND_TRIP_REPORTS ? t->sent :
							    ROUND_TRIP_REPORTS;

	for (unsigned int i = 0; block->last_sr && i < known; i++)
		if (t->middle[i] == block->last_sr)
			return way(t->at[i], block->delay, now);
	return -1;
}
