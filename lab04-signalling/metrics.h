/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: counters for Prometheus (text exposition format 0.0.4). */
#ifndef LAB04_METRICS_H
#define LAB04_METRICS_H

#include <stdint.h>

#include "lab04-signalling/http/http.h"
#include "lab04-signalling/media/relay.h"

/* What the turns of the event loop have cost at most. */
struct loop_turns {
	uint64_t longest_ns;	/* the longest turn, without its wait */
	uint64_t most_compiled; /* the most streams compiled in one turn */
};

struct wire;

struct metrics_sources {
	int guard_traffic; /* of dataplane_open_traffic() */
	const struct http *http;
	const struct relay *relay;
	const struct loop_turns *turns;
	const struct wire *const *wires; /* ends with NULL */
};

/* Returns all metrics; the caller frees them.  NULL: out of memory. */
char *metrics_text(const struct metrics_sources *sources);

#endif
