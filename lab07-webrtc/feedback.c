// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the server does with RTCP, and what it says itself:
 *
 *	heard:	SR	to each receiver, with the SSRC that it was told
 *		RR	kept, as what the receiver says of its leg
 *		PLI	to the publisher, at most twice a second for a stream
 *		FIR	the same, once for each number
 *		NACK	answered, or to the publisher: resend.h
 *	every 50 ms:	TWCC, where something has come; PLIs that were too early
 *	every second:	RR of each stream, and REMB
 *
 * What is kept of a stream is forgotten when its id is used for another one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "lab03-maps/control.h"
#include "lab03-maps/outlive.h"
#include "lab07-webrtc/feedback.h"
#include "lab07-webrtc/keyframe.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/reception.h"

#define TICK_MS	       50
#define TICKS_A_REPORT 20
#define MAX_BLOCKS     RTCP_SOURCES
#define CNAME	       "swiftcall"

/* REMB follows loss, as nothing else is known: bits per second. */
#define REMB_FIRST 2500000
#define REMB_LEAST 150000
#define REMB_MOST  8000000
#define REMB_LOST  26 /* of 256: a tenth; then it falls */
#define REMB_FINE  5  /* a fiftieth; below, it rises */

struct flow {
	__u32 participant; /* whose stream it was, with which SSRC: */
	__be32 ssrc;
	struct keyframe keyframe;
	struct reception reception;
	struct round_trip round_trip;
	__u64 remb;
};

static struct table flows = TABLE_INIT("flows", TABLE_HASH, __u32, struct flow,
				       MAX_STREAMS);

/* Of each leg that has ever had one. */
static struct table last_firs = TABLE_INIT("firs", TABLE_HASH, __u32,
					   struct keyframe_fir, MAX_LEGS);
static struct timer timer;
static unsigned int ticks;

static int64_t now_us(void)
{
	return clock_now_ns() / 1000;
}

/* What there is to know of a stream's RTCP, new if need be; NULL: no memory. */
static struct flow *flow_of(__u32 id)
{
	const struct stream *s = control_stream(id);
	struct flow *flow = table_find(&flows, &id);
	const struct stream_feedback *told = control_feedback(id);
	struct flow fresh = { .remb = REMB_FIRST };

	if (!s || !told)
		return NULL;
	if (flow && flow->participant == s->participant &&
	    flow->ssrc == s->ssrc)
		return flow;
	fresh.participant = s->participant;
	fresh.ssrc = s->ssrc;
	fresh.reception = (struct reception){
		.packets = told->packets,
		.expected = told->expected,
		.received = told->received,
		.restarts = told->restarts,
	};
	table_set(&flows, &id, &fresh);
	return table_find(&flows, &id);
}

/* Which stream comes by a transport under this SSRC?  0: none. */
static __u32 stream_from(__u32 transport, __u32 ssrc)
{
	struct ssrc_key key = {
		.transport = transport,
		.ssrc = htonl(ssrc),
	};
	const __u32 *id = table_find(&sfu_ssrcs, &key);

	return id ? *id : 0;
}

/* Of which stream was a receiver told under this SSRC?  0: of none. */
static __u32 stream_told(__u32 receiver, __u32 ssrc)
{
	__u32 id = control_find_told(receiver, htonl(ssrc));
	const struct sink *sink = id ? control_find_sink(receiver, id) : NULL;

	return sink && sink->ssrc == htonl(ssrc) ? id : 0;
}

/* ---- to publishers ------------------------------------------------------- */

static void ask_for_keyframe(__u32 id)
{
	const struct stream *s = control_stream(id);
	struct rtcp_out out = { 0 };

	rtcp_add_pli(&out, peers_ssrc(s->transport), ntohl(s->ssrc));
	peers_send_rtcp(s->transport, &out);
}

static void want_keyframe(__u32 id)
{
	struct flow *flow = flow_of(id);

	if (flow && control_stream(id)->kind == MEDIA_VIDEO &&
	    keyframe_want(&flow->keyframe, clock_now_ms()))
		ask_for_keyframe(id);
}

void feedback_begin(__u32 participant)
{
	each_stream(id, control_room_of(participant))
		if (control_stream(id)->participant != participant)
			want_keyframe(id);
}

/* ---- what is heard --------------------------------------------------------- */

/* Its blocks are about what the publisher receives: nobody else's business. */
static void send_sr(const struct rtcp_sr *sr, const struct sink *sink)
{
	struct rtcp_sr theirs = *sr;
	struct rtcp_out out = { 0 };

	theirs.ssrc = ntohl(sink->ssrc);
	rtcp_add_sr(&out, &theirs, NULL, 0);
	rtcp_add_cname(&out, theirs.ssrc, CNAME);
	peers_send_rtcp(sink->transport, &out);
}

static void hear_sr(__u32 transport, const struct rtcp_packet *p)
{
	struct rtcp_sr sr = rtcp_read_sr(p);
	__u32 id = stream_from(transport, sr.ssrc);
	struct flow *flow = id ? flow_of(id) : NULL;

	if (!flow)
		return;
	reception_take_sr(&flow->reception, &sr, now_us());
	round_trip_sent(&flow->round_trip, &sr, now_us());
	each_member(receiver, control_stream(id)->room) {
		const struct sink *sink = control_find_sink(receiver, id);

		if (sink && receiver != flow->participant)
			send_sr(&sr, sink);
	}
}

static void hear_block(__u32 receiver, const struct rtcp_block *b)
{
	__u32 id = stream_told(receiver, b->ssrc);
	struct flow *flow = id ? flow_of(id) : NULL;
	struct leg_report report = {
		.fraction = b->fraction,
		.lost = b->lost,
		.jitter = b->jitter,
	};
	int64_t round_trip;

	if (!flow)
		return;
	round_trip = round_trip_read(&flow->round_trip, b, now_us());
	report.round_trip_us = round_trip < 0 ? 0 : round_trip;
	table_set(&sfu_leg_reports, &control_find_sink(receiver, id)->leg,
		  &report);
}

static void hear_blocks(__u32 receiver, const struct rtcp_packet *p)
{
	for (unsigned int i = 0; i < rtcp_count_blocks(p); i++) {
		struct rtcp_block b = rtcp_read_block(p, i);

		hear_block(receiver, &b);
	}
}

/* A receiver repeats its FIR until the key frame is there (RFC 5104, 4.3.1.2). */
static bool is_new_fir(__u32 leg, __u32 sender, const struct rtcp_fir *fir)
{
	struct keyframe_fir none = {};

	if (!table_find(&last_firs, &leg))
		table_set(&last_firs, &leg, &none);
	return keyframe_fir_is_new(table_find(&last_firs, &leg) ?: &none,
				   sender, fir);
}

static void hear_firs(__u32 receiver, const struct rtcp_packet *p)
{
	struct rtcp_fir firs[RTCP_SOURCES];
	size_t count = rtcp_read_fir(p, firs, RTCP_SOURCES);

	for (size_t i = 0; i < count; i++) {
		__u32 id = stream_told(receiver, firs[i].ssrc);
		const struct sink *sink = id ? control_find_sink(receiver, id) :
					       NULL;

		if (sink && is_new_fir(sink->leg, p->sender, &firs[i]))
			want_keyframe(id);
	}
}

static void hear_nack(__u32 transport, const struct rtcp_packet *p)
{
	__u32 receiver = control_transport(transport)->participant;
	__u32 id = stream_told(receiver, p->media);
	uint16_t numbers[RESEND_NUMBERS];

	if (id)
		resend(peers_find(transport), receiver, id, numbers,
		       rtcp_read_nack(p, numbers, RESEND_NUMBERS),
		       clock_now_ns());
}

static void hear_packet(__u32 transport, const struct rtcp_packet *p)
{
	__u32 receiver = control_transport(transport)->participant;
	__u32 id;

	switch (p->kind) {
	case RTCP_SR:
		hear_sr(transport, p);
		hear_blocks(receiver, p);
		break;
	case RTCP_RR:
		hear_blocks(receiver, p);
		break;
	case RTCP_PLI:
		id = stream_told(receiver, p->media);
		if (id)
			want_keyframe(id);
		break;
	case RTCP_NACK:
		hear_nack(transport, p);
		break;
	case RTCP_FIR:
		hear_firs(receiver, p);
		break;
	default:
		break;
	}
}

void feedback_hear(__u32 transport, const void *datagram, size_t length)
{
	struct rtcp_walk walk = rtcp_start(datagram, length);
	struct rtcp_packet p;

	while (rtcp_next(&walk, &p))
		hear_packet(transport, &p);
}

/* ---- what is said ------------------------------------------------------------ */

static void adapt_remb(struct flow *flow, const struct rtcp_block *b)
{
	if (b->fraction > REMB_LOST)
		flow->remb = flow->remb * 7 / 8;
	else if (b->fraction < REMB_FINE)
		flow->remb = flow->remb * 9 / 8;
	if (flow->remb < REMB_LEAST)
		flow->remb = REMB_LEAST;
	if (flow->remb > REMB_MOST)
		flow->remb = REMB_MOST;
}

/* What a report to one transport says of the streams that come by it. */
struct report {
	struct rtcp_block blocks[MAX_BLOCKS];
	__u32 streams[MAX_BLOCKS]; /* that they are about */
	size_t count;
	uint32_t videos[MAX_BLOCKS];
	size_t video_count;
	__u64 bits;
};

static void report_stream(struct report *r, __u32 id, int64_t now)
{
	const struct stream *s = control_stream(id);
	const struct rtp_stats *stats = table_find(&sfu_stats, &id);
	struct rtcp_block *b = &r->blocks[r->count];
	struct flow *flow = flow_of(id);

	if (!flow ||
	    !reception_report(&flow->reception, stats, ntohl(s->ssrc), now, b))
		return;
	r->streams[r->count++] = id;
	if (s->kind != MEDIA_VIDEO)
		return;
	adapt_remb(flow, b);
	r->bits += flow->remb;
	r->videos[r->video_count++] = ntohl(s->ssrc);
}

/*
 * Notes what was told, so that the kernel can go on from there while there is
 * no server, and the next server after it.
 */
static void note_told(const struct wire_peer *p, const struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct stream_feedback *told = control_feedback(r->streams[i]);
		const struct flow *flow = flow_of(r->streams[i]);

		if (!told || !flow)
			continue;
		told->packets = flow->reception.packets;
		told->expected = flow->reception.expected;
		told->received = flow->reception.received;
		told->restarts = flow->reception.restarts;
		told->ssrc = htonl(p->ssrc);
		told->bits = p->wants_remb ? r->bits : 0;
	}
}

static void report_to(struct wire_peer *p, int64_t now)
{
	struct report r = {};
	struct rtcp_out out = { 0 };

	each_stream(id, control_room_of(p->participant))
		if (r.count < MAX_BLOCKS &&
		    control_stream(id)->transport == p->transport)
			report_stream(&r, id, now);
	if (!r.count)
		return;
	rtcp_add_rr(&out, p->ssrc, r.blocks, r.count);
	rtcp_add_cname(&out, p->ssrc, CNAME);
	if (p->wants_remb && r.video_count)
		rtcp_add_remb(&out, p->ssrc, r.bits, r.videos, r.video_count);
	note_told(p, &r); /* first: a kill may come in between */
	peers_send_rtcp(p->transport, &out);
}

static void send_twcc(struct wire_peer *p)
{
	while (p->twcc_id && twcc_has_news(&p->twcc)) {
		struct rtcp_out out = { 0 };

		twcc_add_feedback(&p->twcc, &out, p->ssrc, p->twcc_ssrc);
		peers_send_rtcp(p->transport, &out);
	}
}

static void ask_for_due_keyframes(int64_t now)
{
	table_each(e, &flows) {
		__u32 id = table_id(e);
		struct flow *flow = table_find(&flows, &id);

		if (control_stream(id) && keyframe_is_due(&flow->keyframe, now))
			ask_for_keyframe(id);
	}
}

static void tick(void *ctx, int64_t now)
{
	bool report = ++ticks % TICKS_A_REPORT == 0;
	struct wire_peer *p;

	(void)ctx;
	TAILQ_FOREACH(p, &peers, entry) {
		send_twcc(p);
		if (report && p->transport)
			report_to(p, now_us());
	}
	ask_for_due_keyframes(now);
	if (report)
		resend_sweep();
	timer_start(&timer, now + TICK_MS);
}

void feedback_open(void)
{
	timer.fire = tick;
	table_open(&flows, -1);
	table_open(&last_firs, -1);
	timer_start(&timer, clock_now_ms() + TICK_MS);
}

void feedback_close(void)
{
	timer_stop(&timer);
	table_close(&flows);
	table_close(&last_firs);
}
