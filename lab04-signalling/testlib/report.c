/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* GET /rooms and GET /metrics, as values to compare. */
#include <string.h>

#include "lab04-signalling/testlib/report.h"

static json_t *others_rooms;

json_t *get_report(void)
{
	struct reply r = http("carol", "GET", "/rooms", NULL, NULL);

	check_int("GET /rooms", 200, r.status);
	check_str("Content-Type", "application/json",
		  header(&r, "Content-Type"));
	return read_json(r.body);
}

const char *room_name(const json_t *room)
{
	return json_string_value(json_object_get(room, "name"));
}

void remember_others_rooms(void)
{
	json_t *room, *report = get_report();
	size_t i;

	json_decref(others_rooms);
	others_rooms = json_object();
	json_array_foreach(json_object_get(report, "rooms"), i, room)
		json_object_set_new(others_rooms, room_name(room), json_true());
	json_decref(report);
}

char *rooms_text(void)
{
	json_t *room, *report = get_report(), *ours = json_array();
	char *text;
	size_t i;

	json_array_foreach(json_object_get(report, "rooms"), i, room)
		if (!json_object_get(others_rooms, room_name(room)))
			json_array_append(ours, room);
	text = json_dumps(ours, JSON_SORT_KEYS | JSON_INDENT(1));
	json_decref(ours);
	json_decref(report);
	return text;
}

json_t *get_room(const char *name)
{
	json_t *room, *found = NULL, *report = get_report();
	size_t i;

	json_array_foreach(json_object_get(report, "rooms"), i, room)
		if (!strcmp(name, room_name(room)))
			found = json_deep_copy(room);
	json_decref(report);
	return found;
}

json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

size_t people_in(const char *name)
{
	json_t *room = get_room(name);
	size_t count = json_array_size(json_object_get(room, "participants"));

	json_decref(room);
	return count;
}

struct control_totals totals(void)
{
	json_t *report = get_report(), *forwarded, *copies;
	struct control_totals t;

	forwarded = json_object_get(report, "forwarded");
	copies = json_object_get(report, "copies");
	t = (struct control_totals){
		.packets = number(forwarded, "kernel") +
			   number(forwarded, "shared") +
			   number(forwarded, "user"),
		.shared_packets = number(forwarded, "shared"),
		.user_packets = number(forwarded, "user"),
		.copies = number(copies, "due"),
		.sent = number(copies, "sent"),
		.skipped = number(copies, "skipped"),
		.failed = number(copies, "failed"),
		.stale = number(copies, "stale"),
	};
	json_decref(report);
	return t;
}

void check_totals(const struct control_totals *since, __u64 packets,
		  __u64 copies)
{
	struct control_totals t = totals();

	check_uint("packets", packets, t.packets - since->packets);
	check_uint("forwarded by user space", server->user ? packets : 0,
		   t.user_packets - since->user_packets);
	check_uint("copies due", copies, t.copies - since->copies);
	check_uint("copies sent", copies, t.sent - since->sent);
	check_uint("copies skipped", 0, t.skipped - since->skipped);
	check_uint("copies failed", 0, t.failed - since->failed);
	check_uint("stale copies", 0, t.stale - since->stale);
}

__u64 metric(const char *name)
{
	struct reply r = http("carol", "GET", "/metrics", NULL, NULL);
	size_t length = strlen(name);
	const char *line = r.body;

	while (strncmp(line, name, length) || line[length] != ' ') {
		line = strchr(line, '\n');
		check_true(line, "there is no metric %s", name);
		line++;
	}
	return strtoull(line + length, NULL, 10);
}

__u64 metric_of(const char *verdict)
{
	char name[96];

	snprintf(name, sizeof(name), "swiftcall_%s_total{verdict=\"%s\"}",
		 server->user ? "packets" : "guard_packets", verdict);
	return metric(name);
}
