// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A report (report.h) as text for people, with rates if there is an earlier
 * one to compare with:
 *
 *	room alpha
 *	  alice (2)  10.0.7.1:6000  wants audio video
 *	    video 0x00001234  VP8/96  packets 50, lost 0, ...
 *	      -> bob   10.0.7.2:6000   sent 50, skipped 0, failed 0
 */
#include <stdbool.h>
#include <stdio.h>

#include "lab03-maps/show.h"

struct view {
	json_t *before; /* the earlier report: streams and legs by their ids */
	double seconds;
};

struct id {
	char text[48];
};

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static struct id stream_id(const json_t *stream)
{
	struct id id;

	snprintf(id.text, sizeof(id.text), "%lld", number(stream, "id"));
	return id;
}

static struct id leg_id(const json_t *stream, const json_t *leg)
{
	struct id id;

	snprintf(id.text, sizeof(id.text), "%lld/%lld", number(stream, "id"),
		 number(leg, "to"));
	return id;
}

/* The change per second, if there is something to compare with. */
static void print_rate(const struct view *v, struct id id, const json_t *object,
		       const char *key, double factor, const char *unit)
{
	const json_t *old = json_object_get(v->before, id.text);

	if (old)
		printf("  %.1f %s",
		       (number(object, key) - number(old, key)) * factor /
			       v->seconds,
		       unit);
}

static void print_leg(const struct view *v, const json_t *stream,
		      const json_t *leg)
{
	printf("      -> %-12s %-22s sent %lld, skipped %lld, failed %lld",
	       text(leg, "name"), text(leg, "address"), number(leg, "sent"),
	       number(leg, "skipped"), number(leg, "failed"));
	if (json_is_true(json_object_get(leg, "unreachable")))
		printf(", unreachable");
	print_rate(v, leg_id(stream, leg), leg, "sent", 1, "packets/s");
	putchar('\n');
}

static void print_stream(const struct view *v, const json_t *stream)
{
	json_t *leg, *format;
	size_t i;

	printf("    %s 0x%08llx ", text(stream, "kind"),
	       number(stream, "ssrc"));
	json_array_foreach(json_object_get(stream, "payload_types"), i, format)
		printf(" %s/%lld", text(format, "codec"), number(format, "pt"));
	printf("  packets %lld, lost %lld, late %lld, jitter %.3f ms",
	       number(stream, "packets"), number(stream, "lost"),
	       number(stream, "reordered"),
	       json_real_value(json_object_get(stream, "jitter_us")) / 1000);
	print_rate(v, stream_id(stream), stream, "packets", 1, "packets/s");
	print_rate(v, stream_id(stream), stream, "bytes", 0.008, "kbit/s");
	putchar('\n');
	json_array_foreach(json_object_get(stream, "legs"), i, leg)
		print_leg(v, stream, leg);
}

static void print_participant(const struct view *v, const json_t *participant)
{
	const json_t *wants = json_object_get(participant, "wants");
	json_t *stream, *kind;
	bool audio = json_is_true(json_object_get(wants, "audio"));
	bool video = json_is_true(json_object_get(wants, "video"));
	size_t i;

	printf("  %s (%lld)  %s  wants%s%s%s\n", text(participant, "name"),
	       number(participant, "id"), text(participant, "address"),
	       audio ? " audio" : "", video ? " video" : "",
	       audio || video ? "" : " nothing");
	json_array_foreach(json_object_get(participant, "streams"), i, stream)
		print_stream(v, stream);
	json_array_foreach(json_object_get(participant, "waiting"), i, kind)
		printf("    %s  waits for its first packet\n",
		       json_string_value(kind));
}

/* "who:  name 3  name 1", without those that are 0 */
static void print_counts(const char *who, const json_t *verdicts)
{
	const char *verdict;
	json_t *packets;

	printf("%s:", who);
	json_object_foreach((json_t *)verdicts, verdict, packets)
		if (json_integer_value(packets))
			printf("  %s %lld", verdict,
			       json_integer_value(packets));
	putchar('\n');
}

static bool is_any_counted(const json_t *counts)
{
	const char *name;
	json_t *count;

	json_object_foreach((json_t *)counts, name, count)
		if (json_integer_value(count))
			return true;
	return false;
}

/*
 * Copies due = sent + skipped + failed + stale: all packets are accounted for.
 */
static void print_totals(const json_t *report)
{
	json_t *forwarded = json_object_get(report, "forwarded");
	json_t *copies = json_object_get(report, "copies");
	json_t *answers = json_object_get(report, "rtcp_without_server");

	print_counts("guard (XDP)", json_object_get(report, "guard"));
	print_counts("forwarder (TC)", json_object_get(report, "verdicts"));
	printf("forwarded: %lld in the kernel, %lld in user space, %lld by both\n"
	       "copies: %lld due = %lld sent + %lld skipped + %lld failed + "
	       "%lld stale\n",
	       number(forwarded, "kernel"), number(forwarded, "user"),
	       number(forwarded, "shared"), number(copies, "due"),
	       number(copies, "sent"), number(copies, "skipped"),
	       number(copies, "failed"), number(copies, "stale"));
	if (is_any_counted(answers))
		print_counts("RTCP while there was no server", answers);
}

static void print_rooms(const struct view *v, const json_t *rooms)
{
	json_t *room, *participant;
	size_t i, k;

	json_array_foreach(rooms, i, room) {
		printf("room %s\n", text(room, "name"));
		json_array_foreach(json_object_get(room, "participants"), k,
				   participant)
			print_participant(v, participant);
	}
	if (!json_array_size(rooms))
		puts("no rooms");
}

static void index_stream(json_t *index, json_t *stream)
{
	json_t *leg;
	size_t i;

	json_object_set(index, stream_id(stream).text, stream);
	json_array_foreach(json_object_get(stream, "legs"), i, leg)
		json_object_set(index, leg_id(stream, leg).text, leg);
}

static json_t *index_report(const json_t *report)
{
	json_t *index = json_object(), *room, *member, *stream;
	size_t i, k, n;

	json_array_foreach(json_object_get(report, "rooms"), i, room)
		json_array_foreach(json_object_get(room, "participants"), k,
				   member)
			json_array_foreach(json_object_get(member, "streams"),
					   n, stream)
				index_stream(index, stream);
	return index;
}

void show_report(const json_t *report, const json_t *before, double seconds)
{
	struct view v = {
		.before = index_report(before),
		.seconds = seconds,
	};

	print_rooms(&v, json_object_get(report, "rooms"));
	print_totals(report);
	json_decref(v.before);
}
