/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: what the server does over HTTP. */
#ifndef LAB04_API_H
#define LAB04_API_H

#include "lab03-maps/report.h"
#include "lab04-signalling/http.h"
#include "lab04-signalling/metrics.h"

/* Where GET /rooms and GET /metrics find what they tell. */
struct api_sources {
	source_reader read;
	void *ctx;
	struct metrics_sources metrics;
};

/* The sources stay the caller's. */
void api_open(const struct api_sources *sources);

/* For http_open(). */
extern const struct http_route api_routes[];

#endif
