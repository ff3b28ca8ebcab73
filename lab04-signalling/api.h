/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: what the server does over HTTP. */
#ifndef LAB04_API_H
#define LAB04_API_H

#include "lab04-signalling/http/http.h"
#include "lab04-signalling/metrics.h"

/* What GET /metrics tells of, and GET /rooms the mode; stays the caller's. */
void api_open(const struct metrics_sources *sources);

/* A table for http_open(). */
extern const struct http_route api_routes[];

#endif
