/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab05: what a machine charges for the things that forwarding is made of.
 *
 * Two machines that forward with the same program may need quite different
 * times, because a system call or memory of another core costs more on one of
 * them.  These are such prices, each in nanoseconds for one of its kind.  The
 * sockets are of this host alone: packets go over the loopback and no further.
 */
#ifndef LAB05_PRICES_H
#define LAB05_PRICES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* The sockets, the memory and the two helpers that the measurements need. */
struct prices;

struct price {
	const char *name;   /* in the result */
	const char *what;   /* one of what, and how it is measured */
	bool needs_another; /* core: on a single one there is no such price */

	/*
	 * Does it some hundred times, and stores in ns what one took: less
	 * than a millisecond's work, so that hardly any repetition is
	 * interrupted.  Returns 0, or negative errno, which has been logged.
	 */
	int (*measure)(struct prices *p, double *ns);
};

/* All prices, in the order in which they are told. */
extern const struct price price_list[];
extern const size_t price_count;

/* Finds a price by its name; NULL if there is none of that name. */
const struct price *price_find(const char *name);

#define NO_CPU -1

/*
 * Gets ready to measure, and keeps the calling thread on `cpu` from now on.
 * `other` is the core that frees memory of this one, or NO_CPU.  NULL with errno
 * set and logged if that cannot be; else prices_close() ends the helpers.
 */
struct prices *prices_open(int cpu, int other);
void prices_close(struct prices *p);

/* How many datagrams have come in at the sink of sendmsg, so far: for tests. */
__u64 prices_sunk(const struct prices *p);

/* How many bytes were sent to be freed, and not yet were: for tests. */
size_t prices_queued(const struct prices *p);

#endif
