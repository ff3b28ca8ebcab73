// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes the counters down: the tables' from control.h, those of the rest of
 * the server from where it keeps them.  Nothing is counted here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab01-xdp-parse/guard.h"
#include "lab03-maps/control.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/outlive.h"
#include "lab04-signalling/metrics.h"
#include "lab04-signalling/session/session.h"
#include "lab04-signalling/session/wire.h"

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP swiftcall_%s %s\n# TYPE swiftcall_%s %s\n", name,
		help, name, type);
}

static void one(FILE *f, const char *name, const char *type, uint64_t value,
		const char *help)
{
	head(f, name, type, help);
	fprintf(f, "swiftcall_%s %" PRIu64 "\n", name, value);
}

static void labelled(FILE *f, const char *name, const char *label,
		     const char *what, uint64_t value)
{
	fprintf(f, "swiftcall_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, what,
		value);
}

/* ---- the data plane --------------------------------------------------- */

static void write_verdicts(FILE *f)
{
	head(f, "packets_total", "counter",
	     "Datagrams at the media port, by the forwarder's verdict.");
	for (__u32 v = 0; v < VERDICT_COUNT; v++) {
		const __u64 *packets = table_find(&sfu_verdicts, &v);

		/* Those are copies, not packets that came in. */
		if (v != DROP_STALE_LEG)
			labelled(f, "packets_total", "verdict", verdict_name(v),
				 *packets);
	}
}

static void write_totals(FILE *f)
{
	struct control_totals t;

	control_totals(&t);
	head(f, "forwarded_packets_total", "counter",
	     "RTP packets of known streams, by who forwarded them; shared: the "
	     "kernel to some receivers, user space to the others.");
	labelled(f, "forwarded_packets_total", "by", "kernel",
		 packets_by_kernel(&t));
	labelled(f, "forwarded_packets_total", "by", "shared",
		 t.shared_packets);
	labelled(f, "forwarded_packets_total", "by", "user", t.user_packets);
	one(f, "copies_due_total", "counter", t.copies,
	    "Copies that receivers were due: the sum of copies_total.");
	head(f, "copies_total", "counter", "What became of the copies.");
	labelled(f, "copies_total", "result", "sent", t.sent);
	labelled(f, "copies_total", "result", "skipped", t.skipped);
	labelled(f, "copies_total", "result", "failed", t.failed);
	labelled(f, "copies_total", "result", "stale", t.stale);
}

static void write_answers(FILE *f)
{
	const char *name = "rtcp_without_server_total";

	head(f, name, "counter",
	     "RTCP that the kernel took while no server was there, by what it "
	     "made of it; early: asked for a moment ago, none: nothing.");
	for (int a = 0; a < ANSWER_COUNT; a++)
		labelled(f, name, "answer", control_answer_name(a),
			 control_answered(a));
}

static void write_guard(FILE *f, int traffic)
{
	struct traffic t;

	head(f, "guard_packets_total", "counter",
	     "Frames that the XDP guard saw, by verdict.");
	for (__u32 v = 0; v < VERDICT_COUNT; v++)
		if (!dataplane_traffic(traffic, v, &t))
			labelled(f, "guard_packets_total", "verdict",
				 verdict_name(v), t.packets);
}

/* ---- streams ---------------------------------------------------------- */

/* A label value escapes the backslash; '"' can't be in a name. */
static void write_escaped(FILE *f, const char *text)
{
	for (; *text; text++)
		fprintf(f, *text == '\\' ? "\\%c" : "%c", *text);
}

static void write_stream(FILE *f, const char *name, const struct stream *s,
			 uint64_t value)
{
	const struct participant *p = control_participant(s->participant);

	fprintf(f, "swiftcall_%s{room=\"", name);
	write_escaped(f, control_room(p->room)->name);
	fputs("\",participant=\"", f);
	write_escaped(f, p->name);
	fprintf(f, "\",kind=\"%s\",ssrc=\"%u\",transport=\"%u\"} %" PRIu64 "\n",
		s->kind == MEDIA_AUDIO ? "audio" : "video", ntohl(s->ssrc),
		s->transport, value);
}

static void write_streams(FILE *f, const char *name, size_t counter,
			  const char *help)
{
	head(f, name, "counter", help);
	table_each(e, &sfu_ssrcs) {
		const __u32 *id = table_value(e);
		const char *counters = table_find(&sfu_stream_counters, id);

		write_stream(f, name, control_stream(*id),
			     *(const __u64 *)(counters + counter));
	}
}

/* ---- the server ------------------------------------------------------- */

static void write_http(FILE *f, const struct http *http)
{
	const uint64_t *sent = http_sent(http);

	head(f, "http_requests_total", "counter", "Requests, by status code.");
	for (int code = 0; code < HTTP_STATUSES; code++)
		if (sent[code])
			fprintf(f,
				"swiftcall_http_requests_total{code=\"%d\"} "
				"%" PRIu64 "\n",
				code, sent[code]);
}

static void write_turns(FILE *f, const struct loop_turns *turns)
{
	const char *name = "loop_longest_turn_seconds";

	head(f, name, "gauge",
	     "The longest time that the event loop was at work before it "
	     "looked for news.");
	fprintf(f, "swiftcall_%s %.6f\n", name, turns->longest_ns / 1e9);
	one(f, "streams_compiled_total", "counter", control_compiled(),
	    "Streams whose list of receivers was made anew.");
	one(f, "loop_most_streams_compiled", "gauge", turns->most_compiled,
	    "The most of them in one turn of the event loop.");
}

static void write_wire(FILE *f, const struct wire *wire)
{
	const struct wire_counter *c = wire->counters ? wire->counters() : NULL;

	for (; c && c->name; c++)
		one(f, c->name, "counter", c->value, c->help);
}

static void write_all(FILE *f, const struct metrics_sources *s)
{
	head(f, "info", "gauge", "Where packets are forwarded.");
	labelled(f, "info", "mode", control_plane(), 1);
	one(f, "rooms", "gauge", table_count(&sfu_rooms), "Rooms.");
	one(f, "participants", "gauge", table_count(&sfu_participants),
	    "Participants.");
	one(f, "streams", "gauge", table_count(&sfu_ssrcs),
	    "Streams that are published.");
	one(f, "participant_timeouts_total", "counter", session_timeouts(),
	    "Participants removed because they showed no sign of life.");
	write_turns(f, s->turns);
	write_http(f, s->http);
	write_verdicts(f);
	write_totals(f);
	write_answers(f);
	one(f, "unexpected_rtp_packets_total", "counter",
	    relay_unexpected(s->relay),
	    "RTP packets that came up in mode tc, for this process to forward.");
	for (const struct wire *const *w = s->wires; *w; w++)
		write_wire(f, *w);
	if (s->guard_traffic >= 0)
		write_guard(f, s->guard_traffic);
	write_streams(f, "stream_packets_total",
		      offsetof(struct stream_counters, packets),
		      "RTP packets of a stream that came in.");
	write_streams(f, "stream_bytes_total",
		      offsetof(struct stream_counters, bytes),
		      "Bytes of UDP payload of a stream that came in.");
	write_streams(f, "stream_copies_total",
		      offsetof(struct stream_counters, copies),
		      "Copies of a stream's packets that receivers were due.");
}

char *metrics_text(const struct metrics_sources *sources)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	if (!f)
		return NULL;
	write_all(f, sources);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}
