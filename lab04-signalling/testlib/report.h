/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the server that is called tells: rooms, totals, metrics. */
#ifndef LAB04_TESTLIB_REPORT_H
#define LAB04_TESTLIB_REPORT_H

#include "lab04-signalling/testlib/http.h"

/* GET /rooms; the test gives it back with json_decref(). */
json_t *get_report(void);

/*
 * Rooms that earlier tests have left: their people may go at any time, and
 * rooms_text() is silent about them from now on.
 */
void remember_others_rooms(void);

const char *room_name(const json_t *room);

/* The other rooms, with their counters, as text to compare; to be freed. */
char *rooms_text(void);

/* One room, to be given back too; NULL if it is not there. */
json_t *get_room(const char *name);

/* A member that is a number; 0 if it is not there. */
json_int_t number(const json_t *object, const char *name);

size_t people_in(const char *name);

/* What was forwarded since the server started. */
struct control_totals totals(void);

/* What was counted since is what was sent and received. */
void check_totals(const struct control_totals *since, __u64 packets,
		  __u64 copies);

/* The value of a metric, given with its labels as it is written there. */
__u64 metric(const char *name);

/* Datagrams of a verdict: in mode tc, the guard has seen all of them. */
__u64 metric_of(const char *verdict);

#endif
