/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: the tables as JSON, for sfuctl --json and for GET /rooms. */
#ifndef LAB03_REPORT_H
#define LAB03_REPORT_H

#include <jansson.h>

struct report;

/*
 * A new object, the caller's, or NULL without memory:
 * {"mode": mode, "rooms": [{"name", "participants": [{"id", "name",
 *  "address", "wants": {"audio", "video"}, "streams": [{"id", "kind",
 *  "ssrc", "pt", "codec", "payload_types": [{"pt", "codec", "clock_hz"}],
 *  "packets", "bytes", "lost", "reordered", "jitter_us",
 *  "delta_us": {"min", "mean", "max"}, "legs": [{"to", "name", "address",
 *  "ssrc", "payload_types": [number or null], "sent", "skipped", "failed",
 *  "unreachable"}]}]}]}],
 *  "verdicts": {name: packets, ...}, "forwarded": {"kernel", "user"},
 *  "copies": {"due", "sent", "skipped", "failed", "stale"},
 *  "rtcp_without_server": {"keyframe", "early", "nack", "report", "none"}}
 * A stream's pt and codec are the first of its payload types; ssrc is the
 * publisher's there, and in a leg what the receiver is told.
 */
json_t *report_rooms(const char *mode);

/*
 * The same as text, a participant at a time, for a loop that has other work
 * between two pieces.  Participants who come or go meanwhile are not in it.
 * report_open() returns NULL without memory.  report_next() returns 1 and a
 * piece that the caller frees, 0 at the end, or -ENOMEM.
 */
struct report *report_open(const char *mode);
int report_next(struct report *report, char **piece);
void report_close(struct report *report);

#endif
