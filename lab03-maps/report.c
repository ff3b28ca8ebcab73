// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The tables as JSON: one report, written piece by piece.
 *
 *	{ mode, rooms: [ { name, participants: [ A | B | C ] } | ... ], totals }
 *	                                        each "|" ends a piece
 *
 * A server with 10,000 participants forwards media between two pieces.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "lab01-xdp-parse/rtp_stats.h"
#include "lab03-maps/control.h"
#include "lab03-maps/outlive.h"
#include "lab03-maps/report.h"

/* The next piece is about rooms[room], and in that about members[member]. */
struct report {
	const char *mode;
	__u32 *stream_of_leg; /* id of a leg -> stream in whose list it is */
	bool begun, ended, in_room, in_list;
	__u32 *rooms, *members; /* ids at the time when the list was made */
	__u32 room_count, member_count;
	__u32 room, member;
};

static json_t *address_json(const struct transport *t)
{
	char text[ADDRESS_TEXT];

	if (!t || !t->port)
		return json_null();
	return json_string(address_format(text, &t->addr, t->port));
}

static void index_legs(const struct report *r, __u32 id, const struct stream *s)
{
	struct leg_list list = leg_list(s->legs);

	each_leg(leg, list)
		if (leg->id < MAX_LEGS)
			r->stream_of_leg[leg->id] = id;
}

static bool is_encrypted(__u32 transport)
{
	const struct transport *t = control_transport(transport);

	return t && t->encrypted;
}

/* Who forwards a stream?  If it is not the kernel alone: why? */
static json_t *path_json(const struct report *r, const struct stream *s,
			 const struct stream_counters *c)
{
	struct leg_list legs = leg_list(s->legs);
	const char *by = "user space", *why;

	if (is_encrypted(s->transport)) {
		why = "it comes encrypted";
	} else if (!strcmp(r->mode, "user")) {
		why = "the server runs in mode user";
	} else if (!legs.in_user_space) {
		by = "kernel";
		why = NULL;
	} else if (legs.in_user_space == legs.count) {
		why = "each receiver's copy is encrypted";
	} else {
		by = "kernel and user space";
		why = "some receivers' copies are encrypted";
	}
	return json_pack("{ss ss? sI sI sI}", "by", by, "why", why,
			 "kernel_packets",
			 (json_int_t)(c->packets - c->user_packets -
				      c->shared_packets),
			 "shared_packets", (json_int_t)c->shared_packets,
			 "user_packets", (json_int_t)c->user_packets);
}

/* The receiver wants the stream, but there is no route to the receiver. */
static bool is_unreachable(const struct report *r, __u32 stream,
			   const struct sink *sink)
{
	return r->stream_of_leg[sink->leg] != stream;
}

/*
 * A receiver's number for each of the stream's payload types; null: not taken.
 */
static json_t *taken_json(const struct sink *sink, const struct stream *s)
{
	json_t *list = json_array();

	for (int i = 0; i < MAX_PAYLOAD_TYPES && s->pt[i] != NO_PT; i++)
		json_array_append_new(list, sink->pt[i] == NO_PT ?
						    json_null() :
						    json_integer(sink->pt[i]));
	return list;
}

/* The receiver's latest report; null: there is none yet. */
static json_t *report_json(const struct sink *sink, const struct stream *s)
{
	const struct leg_report *r = table_find(&sfu_leg_reports, &sink->leg);
	double clock = s->formats[0].clock_hz;

	if (!r)
		return json_null();
	return json_pack("{sf sI sf so}", "loss", r->fraction / 256.0, "lost",
			 (json_int_t)r->lost, "jitter_us",
			 clock ? r->jitter / clock * 1e6 : 0.0, "round_trip_us",
			 r->round_trip_us ? json_integer(r->round_trip_us) :
					    json_null());
}

/* A key and its value to a line, which clang-format would fill. */
/* clang-format off */
static json_t *leg_json(const struct report *r, __u32 receiver, __u32 stream,
			const struct sink *sink, const struct stream *s)
{
	const struct leg_counters *c = table_find(&sfu_leg_counters,
						  &sink->leg);
	const struct transport *to = control_destination(sink);

	return json_pack("{sI ss so sI so sI sI sI sb sb so}",
			 "to", (json_int_t)receiver,
			 "name", control_participant(receiver)->name,
			 "address", address_json(to),
			 "ssrc", (json_int_t)ntohl(sink->ssrc),
			 "payload_types", taken_json(sink, s),
			 "sent", (json_int_t)c->sent,
			 "skipped", (json_int_t)c->skipped,
			 "failed", (json_int_t)c->failed,
			 "unreachable", is_unreachable(r, stream, sink),
			 "encrypted", is_encrypted(sink->transport),
			 "report", report_json(sink, s));
}
/* clang-format on */

/* The legs of a stream: every sink in its room that wants it. */
static json_t *legs_json(const struct report *r, __u32 id,
			 const struct stream *s, __u32 room)
{
	json_t *legs = json_array();

	index_legs(r, id, s);
	each_member(receiver, room) {
		const struct sink *sink = control_find_sink(receiver, id);

		if (receiver != s->participant && sink &&
		    control_destination(sink) &&
		    control_wants(receiver, s->participant) & s->kind)
			json_array_append_new(legs, leg_json(r, receiver, id,
							     sink, s));
	}
	return legs;
}

static json_t *us(__u64 ns)
{
	return json_real(ns / 1000.0);
}

/* A key and its value to a line, which clang-format would fill. */
/* clang-format off */
static json_t *measure_json(const struct rtp_stats *m)
{
	return json_pack("{sI sI so s{so so so}}",
			 "lost", (json_int_t)rtp_lost(m),
			 "reordered", (json_int_t)m->reordered,
			 "jitter_us", us(rtp_jitter_ns(m)), "delta_us",
			 "min", us(m->delta_min_ns),
			 "mean", us(rtp_delta_mean_ns(m)),
			 "max", us(m->delta_max_ns));
}

static json_t *formats_json(const struct stream *s)
{
	json_t *list = json_array();

	for (int i = 0; i < MAX_PAYLOAD_TYPES && s->pt[i] != NO_PT; i++)
		json_array_append_new(list, json_pack("{si ss sI}",
			"pt", s->pt[i], "codec", s->formats[i].codec,
			"clock_hz", (json_int_t)s->formats[i].clock_hz));
	return list;
}

/* s and stats are copies: the memory is the map's, and packets change it. */
static json_t *stream_json(__u32 id, const struct stream *s, __u32 room,
			   const struct report *r)
{
	const struct stream_counters *c = control_counters(id);
	const struct rtp_stats *live = table_find(&sfu_stats, &id);
	struct rtp_stats stats = *live;
	json_t *o;

	o = json_pack("{sI ss sI si ss so sI sI}", "id", (json_int_t)id,
		      "kind", s->kind == MEDIA_AUDIO ? "audio" : "video",
		      "ssrc", (json_int_t)ntohl(s->ssrc), "pt", s->pt[0],
		      "codec", s->formats[0].codec,
		      "payload_types", formats_json(s),
		      "packets", (json_int_t)c->packets,
		      "bytes", (json_int_t)c->bytes);
	json_object_set_new(o, "path", path_json(r, s, c));
	json_object_update_new(o, measure_json(&stats));
	json_object_set_new(o, "legs", legs_json(r, id, s, room));
	return o;
}
/* clang-format on */

static json_t *streams_json(__u32 participant, __u32 room,
			    const struct report *r)
{
	json_t *list = json_array();

	each_stream(id, room) {
		const struct stream *live = control_stream(id);
		struct stream s = live ? *live : (struct stream){};

		if (s.participant == participant)
			json_array_append_new(list,
					      stream_json(id, &s, room, r));
	}
	return list;
}

/* The kinds of streams whose SSRC only their first packet will show. */
static json_t *waiting_json(__u32 kinds)
{
	json_t *list = json_array();

	if (kinds & MEDIA_AUDIO)
		json_array_append_new(list, json_string("audio"));
	if (kinds & MEDIA_VIDEO)
		json_array_append_new(list, json_string("video"));
	return list;
}

/* A key and its value to a line, which clang-format would fill. */
/* clang-format off */
static json_t *participant_json(__u32 id, __u32 room, const struct report *r)
{
	const struct participant *p = control_participant(id);

	return json_pack("{sI ss so s{sb sb} so so}",
			 "id", (json_int_t)id, "name", p->name,
			 "address", address_json(control_transport(p->transport)),
			 "wants", "audio", !!(p->wants & MEDIA_AUDIO),
			 "video", !!(p->wants & MEDIA_VIDEO),
			 "waiting", waiting_json(control_awaited(id)),
			 "streams", streams_json(id, room, r));
}
/* clang-format on */

static json_t *verdicts_json(void)
{
	json_t *verdicts = json_object();

	for (__u32 v = 0; v < VERDICT_COUNT; v++) {
		const __u64 *packets = table_find(&sfu_verdicts, &v);

		json_object_set_new(verdicts, verdict_name(v),
				    json_integer(*packets));
	}
	return verdicts;
}

/* What the kernel did with RTCP while the server was gone. */
static json_t *answers_json(void)
{
	json_t *answers = json_object();

	for (int a = 0; a < ANSWER_COUNT; a++)
		json_object_set_new(answers, control_answer_name(a),
				    json_integer(control_answered(a)));
	return answers;
}

/* A key and its value to a line, which clang-format would fill. */
/* clang-format off */
static json_t *totals_json(const struct control_totals *t)
{
	return json_pack("{sI sI sI sI sI}", "due", (json_int_t)t->copies,
			 "sent", (json_int_t)t->sent,
			 "skipped", (json_int_t)t->skipped,
			 "failed", (json_int_t)t->failed,
			 "stale", (json_int_t)t->stale);
}

static json_t *forwarded_json(const struct control_totals *t)
{
	return json_pack("{sI sI sI}",
			 "kernel", (json_int_t)packets_by_kernel(t),
			 "shared", (json_int_t)t->shared_packets,
			 "user", (json_int_t)t->user_packets);
}
/* clang-format on */

/* ---- piece by piece ---------------------------------------------------- */

/* Returns the value as text between two others.  Frees the value. */
static char *text_of(const char *before, json_t *value, const char *behind)
{
	char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	char *text = NULL;

	if (json && asprintf(&text, "%s%s%s", before, json, behind) < 0)
		text = NULL;
	free(json);
	json_decref(value);
	return text;
}

/* The totals' object continues the report's, so its "{" is left out. */
static char *end_of(struct report *r)
{
	struct control_totals t;
	char *json, *text = NULL;
	json_t *rest;

	control_totals(&t);
	rest = json_pack("{so so so so}", "verdicts", verdicts_json(),
			 "forwarded", forwarded_json(&t), "copies",
			 totals_json(&t), "rtcp_without_server",
			 answers_json());
	json = json_dumps(rest, JSON_COMPACT);
	if (json && asprintf(&text, "],%s", json + 1) < 0)
		text = NULL;
	free(json);
	json_decref(rest);
	r->ended = true;
	return text;
}

static __u32 *copy_of(struct id_list list)
{
	__u32 *copy = malloc((list.count + 1) * sizeof(*copy));

	if (copy && list.count)
		memcpy(copy, list.ids, list.count * sizeof(*copy));
	return copy;
}

static char *begin_room(struct report *r, const struct room *room)
{
	struct id_list members = control_members(r->rooms[r->room]);
	const char *before = r->in_list ? ",{\"name\":" : "{\"name\":";

	free(r->members);
	r->members = copy_of(members);
	if (!r->members)
		return NULL;
	r->member_count = members.count;
	r->member = 0;
	r->in_room = true;
	r->in_list = false;
	return text_of(before, json_string(room->name), ",\"participants\":[");
}

static char *end_room(struct report *r)
{
	r->room++;
	r->in_room = false;
	r->in_list = true;
	return strdup("]}");
}

/* The next participant who is still there, or the end of the room. */
static char *next_member(struct report *r)
{
	__u32 room = r->rooms[r->room];
	const char *before = r->in_list ? "," : "";

	while (r->member < r->member_count) {
		__u32 id = r->members[r->member++];
		const struct participant *p = control_participant(id);

		if (!p || p->room != room)
			continue;
		r->in_list = true;
		return text_of(before, participant_json(id, room, r), "");
	}
	return end_room(r);
}

static char *next_room(struct report *r)
{
	for (; r->room < r->room_count; r->room++) {
		const struct room *room = control_room(r->rooms[r->room]);

		if (room)
			return begin_room(r, room);
	}
	return end_of(r);
}

int report_next(struct report *r, char **piece)
{
	*piece = NULL;
	if (r->ended)
		return 0;
	if (!r->begun)
		*piece = text_of("{\"mode\":", json_string(r->mode),
				 ",\"rooms\":[");
	else
		*piece = r->in_room ? next_member(r) : next_room(r);
	r->begun = true;
	return *piece ? 1 : -ENOMEM;
}

struct report *report_open(const char *mode)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->mode = mode;
	r->stream_of_leg = calloc(MAX_LEGS, sizeof(*r->stream_of_leg));
	r->rooms = malloc((table_count(&sfu_rooms) + 1) * sizeof(*r->rooms));
	if (!r->stream_of_leg || !r->rooms) {
		report_close(r);
		return NULL;
	}
	table_each(e, &sfu_rooms)
		r->rooms[r->room_count++] = table_id(e);
	return r;
}

void report_close(struct report *r)
{
	free(r->stream_of_leg);
	free(r->rooms);
	free(r->members);
	free(r);
}

json_t *report_rooms(const char *mode)
{
	struct report *r = report_open(mode);
	char *text = NULL, *piece;
	size_t length = 0;
	json_t *json = NULL;
	FILE *out;

	if (!r)
		return NULL;
	out = open_memstream(&text, &length);
	while (out && report_next(r, &piece) > 0) {
		fputs(piece, out);
		free(piece);
	}
	if (out && !fclose(out))
		json = json_loads(text, 0, NULL);
	free(text);
	report_close(r);
	return json;
}
