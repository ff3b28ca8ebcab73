// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The arithmetic of the benchmark, as exercises: deltas, jitter, percentiles,
 * medians, and the proof that a run's packets went the way that its row names.
 * It is pure, so that tests can give it every input.
 */
#include <stdlib.h>

#include "lab05-bench/measure.h"

/* ---- one stream, packet by packet ------------------------------------- */

__u64 delta_ns(__u64 last, __u64 now)
{
	//@todo 5.1 delta_ns: the time between, or 0 if the clock was set back
	//@stub	(void)last;
	//@stub	return now;
	return now > last ? now - last : 0;
	//@end 5.1
}

void delta_update(struct delta_stats *s, __u64 delta)
{
	//@todo 5.2 delta_update: count, smallest, greatest and sum
	//@stub	(void)s, (void)delta;
	if (!s->count || delta < s->min)
		s->min = delta;
	if (delta > s->max)
		s->max = delta;
	s->sum += delta;
	s->count++;
	//@end 5.2
}

__u64 delta_mean(const struct delta_stats *s)
{
	return s->count ? s->sum / s->count : 0;
}

void jitter_update(struct jitter *j, __u64 sent, __u64 received)
{
	//@todo 5.3 jitter_update: how much did the transit time change?
	//@stub	(void)j, (void)sent, (void)received;
	__s64 transit = received - sent;
	__s64 d = transit - j->transit;

	if (j->packets)
		j->q4 += llabs(d) - ((j->q4 + 8) >> 4);
	j->transit = transit;
	j->packets++;
	//@end 5.3
}

__u64 jitter_ns(const struct jitter *j)
{
	return j->q4 >> 4;
}

/* ---- one run ---------------------------------------------------------- */

/*
 * A count times a million may need more than 64 bits.  A bucket says only in
 * which range its values are; the maximum is known exactly, and limits the
 * last.
 */
__u64 percentile(const struct hist *h, unsigned int ppm)
{
	//@todo 5.4 percentile: the value at the nearest rank
	//@stub	(void)h, (void)ppm;
	//@stub	return 0;
	unsigned __int128 parts = (unsigned __int128)h->count * ppm;
	__u64 rank = (parts + PPM - 1) / PPM, below = 0, upper;
	unsigned int bucket = 0;

	if (!h->count)
		return 0;
	while ((below += h->bucket[bucket]) < rank)
		bucket++;
	upper = hist_upper(bucket);
	return upper < h->max ? upper : h->max;
	//@end 5.4
}

/* ---- several rounds --------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_size);
	//@todo 5.5 median: the one in the middle, or between the two that are
	//@stub	return values[0];
	if (count % 2)
		return values[count / 2];
	return (values[count / 2 - 1] + values[count / 2]) / 2;
	//@end 5.5
}

/*
 * The chance that fewer than k of count fair coins show heads: that fewer
 * than k values lie below the true median.  Terms of the binomial, each from
 * the one before it; they start at 2^-count, which is above 0 for MAX_ROUNDS.
 */
static double chance_of_fewer(size_t k, size_t count)
{
	double term = 1, sum = 0;

	for (size_t i = 0; i < count; i++)
		term /= 2;
	for (size_t i = 0; i < k; i++) {
		sum += term;
		term *= (double)(count - i) / (i + 1);
	}
	return sum;
}

struct estimate estimate(double *values, size_t count)
{
	struct estimate e = { .median = median(values, count),
			      .rounds = count };
	size_t k = 1;

	/* values[] is sorted now; the k-th smallest is values[k - 1] */
	//@todo 5.6 estimate: the narrowest pair of values that is sure enough
	//@stub	(void)chance_of_fewer, (void)k;
	while (2 * (k + 1) <= count &&
	       1 - 2 * chance_of_fewer(k + 1, count) >= CONFIDENCE)
		k++;
	e.low = values[k - 1];
	e.high = values[count - k];
	e.coverage = 1 - 2 * chance_of_fewer(k, count);
	//@end 5.6
	return e;
}

bool subtract_baseline(const struct estimate *cost,
		       const struct estimate *baseline, struct estimate *net)
{
	*net = *cost;
	//@todo 5.7 subtract_baseline: the median, and both ends, at their worst
	//@stub	(void)baseline;
	//@stub	return true;
	net->median = cost->median - baseline->median;
	net->low = cost->low - baseline->high;
	net->high = cost->high - baseline->low;
	net->coverage = cost->coverage * baseline->coverage;
	return net->low > 0;
	//@end 5.7
}

/* ---- is it true at all? ----------------------------------------------- */

/*
 * The forwarder that must have made the copies; NULL if it is not one of ours.
 */
static const struct forwarder *forwarder_of(const struct counters *c)
{
	if (c->path == PATH_KERNEL)
		return &c->kernel;
	return c->path == PATH_USER ? &c->user : NULL;
}

/* Has a forwarder seen anything of the run? */
static bool took_part(const struct forwarder *f)
{
	return f->in || f->copies || f->failed || f->dropped;
}

/* Copies that should have reached the receivers' sockets. */
static __u64 arrivals(const struct counters *c, const struct forwarder *f)
{
	return f->copies - c->link_drops;
}

/*
 * The order matters: each test may assume that the ones before it have held, so
 * that the first that fails names the cause and not a consequence.
 */
enum proof prove(const struct counters *c)
{
	const struct forwarder *f = forwarder_of(c);
	__u64 copies = f ? f->copies + f->failed + f->dropped : 0;

	//@todo 5.8 prove: what must be equal, if all of them took that path?
	//@stub	(void)took_part, (void)arrivals, (void)copies;
	//@stub	return NO_TRAFFIC;
	if (!c->sent || (c->path != PATH_NONE && !c->received))
		return NO_TRAFFIC;
	if ((f != &c->kernel && took_part(&c->kernel)) ||
	    (f != &c->user && took_part(&c->user)) ||
	    (f ? !f->copies : c->path == PATH_NONE && c->received))
		return WRONG_PATH;
	if (f && (f->in > c->sent || f->in * c->legs != copies))
		return UNACCOUNTED;
	if (c->socket_drops)
		return LOST_IN_RECEIVER;
	if (f ? arrivals(c, f) != c->received : c->received > c->sent * c->legs)
		return LOST_ON_THE_WAY;
	return PROVEN;
	//@end 5.8
}

const char *proof_text(enum proof proof)
{
	static const char *const texts[] = {
		[PROVEN] = "proven",
		[NO_TRAFFIC] = "no packets: equal zeros prove nothing",
		[WRONG_PATH] = "wrong path: whoever made the copies, it was "
			       "not the one that this mode names",
		[UNACCOUNTED] = "unaccounted: packets in, times the receivers "
				"of each, is not what the forwarder says it "
				"made of them",
		[LOST_IN_RECEIVER] = "lost in the receivers: their sockets "
				     "were full; lower the rate",
		[LOST_ON_THE_WAY] = "lost on the way: what was handed on is "
				    "not what arrived",
	};

	return texts[proof];
}

/* ---- stretch: two modes ----------------------------------------------- */

struct estimate paired_ratio(const double *theirs, const double *ours,
			     size_t count)
{
	double ratios[MAX_ROUNDS];

	//@todo 5.9 paired_ratio: divide first, and only then find the middle
	//@stub	(void)theirs, (void)ours, (void)count, (void)ratios;
	//@stub	return (struct estimate){};
	for (size_t i = 0; i < count; i++) {
		if (!(ours[i] > 0))
			return (struct estimate){};
		ratios[i] = theirs[i] / ours[i];
	}
	return estimate(ratios, count);
	//@end 5.9
}
