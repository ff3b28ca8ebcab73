/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: counters for Prometheus (text exposition format 0.0.4). */
#ifndef LAB04_METRICS_H
#define LAB04_METRICS_H

#include <stdint.h>

#include "lab04-signalling/http/http.h"
#include "lab04-signalling/media/relay.h"

/* The event loop, which does all of its work in turns. */
struct loop_turns {
	uint64_t longest_ns;	/* of one turn, but for its wait */
	uint64_t most_compiled; /* streams, in one turn */
};

struct wire;

struct metrics_sources {
	const char *mode;  /* "tc", "user" */
	int guard_traffic; /* of dataplane_open_traffic() */
	const struct http *http;
	const struct relay *relay;
	const struct loop_turns *turns;
	const struct wire *const *wires; /* ends with NULL */
};

/* All metrics, to be freed; NULL: out of memory. */
char *metrics_text(const struct metrics_sources *sources);

#endif
