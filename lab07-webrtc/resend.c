// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * NACKs are answered, with what repair.h, packet_cache.h and rtx.h are for:
 *
 *	NACK --> is it in the cache of the stream?  -- no --> ask the publisher
 *	         has it been repeated just now?     -- yes -> it is on its way
 *	         is there anything left to spend?   -- no --> nothing is sent
 *	         wrap it, encrypt it, send it
 *
 * A stream is kept once somebody may have use for it: a receiver who has agreed
 * to RTX, or a publisher who repeats packets of which we have some already.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "common/clock.h"
#include "lab01-xdp-parse/datagram.h"
#include "lab03-maps/extension.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab07-webrtc/packet_cache.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/peer_store.h"
#include "lab07-webrtc/repair.h"
#include "lab07-webrtc/resend.h"
#include "lab07-webrtc/rtp_header.h"
#include "lab07-webrtc/rtx.h"

#define NS_PER_MS    1000000
#define US_PER_MS    1000
#define ASK_AGAIN_MS 50 /* a publisher, for the same packet */
#define FID	     "FID"
#define RTX	     "rtx"
#define REPAIR_ROOM  CIPHER_PACKET
#define MAX_PACKET   (REPAIR_ROOM - RTX_OVERHEAD - CIPHER_OVERHEAD)

/* What is kept of a stream. */
struct kept {
	__u32 participant; /* whose it was, with which SSRC: */
	__be32 ssrc;
	struct packet_cache *cache;
	struct repair_log asked; /* of its publisher */
};

/* A receiver's RTX of one stream. */
struct resend_leg {
	LIST_ENTRY(resend_leg) entry;
	__u32 stream;
	__u32 told; /* SSRC of the stream, as the receiver knows it */
	struct rtx rtx;
	struct repair_log *log; /* NULL: nothing was repeated yet */
};

static struct table kept_streams = TABLE_INIT("kept", TABLE_HASH, __u32,
					      struct kept *, MAX_STREAMS);

enum { SENT, MISSED, REFUSED };
static struct wire_counter counters[] = {
	[SENT] = {
		.name = "repairs_sent_total",
		.help = "Packets that were sent once more to a receiver.",
	},
	[MISSED] = {
		.name = "repairs_missed_total",
		.help = "Packets that a receiver missed, and the server, too: "
			"the publisher was asked.",
	},
	[REFUSED] = {
		.name = "repairs_refused_total",
		.help = "Packets that were not sent once more, because the "
			"receiver had used up its budget.",
	},
	{},
};

const struct wire_counter *resend_counters(void)
{
	return counters;
}

/* ---- streams that are kept ------------------------------------------------ */

static void free_kept(__u32 id, struct kept *k)
{
	table_remove(&kept_streams, &id);
	packet_cache_close(k->cache);
	free(k);
}

static bool is_of(const struct kept *k, const struct stream *s)
{
	return s && k->participant == s->participant && k->ssrc == s->ssrc;
}

static struct kept *find_kept(__u32 id)
{
	struct kept *const *k = table_find(&kept_streams, &id);

	return k && is_of(*k, control_stream(id)) ? *k : NULL;
}

static struct kept *make_kept(__u32 id)
{
	struct kept *const *old = table_find(&kept_streams, &id);
	const struct stream *s = control_stream(id);
	struct kept *k;

	if (old && is_of(*old, s))
		return *old;
	if (old)
		free_kept(id, *old);
	k = s ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return NULL;
	k->participant = s->participant;
	k->ssrc = s->ssrc;
	if (!table_set(&kept_streams, &id, &k))
		return k;
	free(k);
	return NULL;
}

static void keep_stream(__u32 id)
{
	struct kept *k = make_kept(id);

	if (k && !k->cache)
		packet_cache_open(PACKET_CACHE_PACKETS, PACKET_CACHE_BYTES,
				  &k->cache);
}

static const void *find_packet(__u32 stream, uint16_t number, int64_t now,
			       size_t *length)
{
	struct kept *k = find_kept(stream);

	return k && k->cache ?
		       packet_cache_find(k->cache, number, now, length) :
		       NULL;
}

void resend_keep(__u32 stream, const void *packet, __u32 length, __u64 now)
{
	struct kept *k = find_kept(stream);

	if (k && k->cache && length <= MAX_PACKET)
		packet_cache_add(k->cache, packet, length, now / NS_PER_MS);
}

void resend_sweep(void)
{
	table_each(e, &kept_streams) {
		struct kept *k = *(struct kept *const *)table_value(e);

		if (!is_of(k, control_stream(table_id(e))))
			free_kept(table_id(e), k);
	}
}

/* ---- what SDP says ---------------------------------------------------------- */

static bool is_rtx(const struct sdp_format *f)
{
	return f->encoding && !strcasecmp(f->encoding, RTX);
}

/* RFC 4588, section 8.1: apt, of which payload type?  -1: it does not say. */
static int repeated_type(const struct sdp_format *f)
{
	const char *apt = f->fmtp ? strcasestr(f->fmtp, "apt=") : NULL;

	return apt ? atoi(apt + strlen("apt=")) : -1;
}

static const struct sdp_format *find_rtx(const struct sdp_media *m, int of)
{
	for (size_t i = 0; i < m->n_formats; i++)
		if (is_rtx(&m->formats[i]) &&
		    repeated_type(&m->formats[i]) == of)
			return &m->formats[i];
	return NULL;
}

static bool is_pair(const struct sdp_ssrc_group *g)
{
	return !strcmp(g->semantics, FID) && g->n == 2;
}

static void add_sources(struct wire_peer *p, const struct sdp_media *offered,
			uint8_t payload_type)
{
	for (unsigned int i = 0; i < offered->n_ssrc_groups; i++) {
		const struct sdp_ssrc_group *g = &offered->ssrc_groups[i];

		if (is_pair(g) && p->n_resent < MAX_RESENT_SOURCES)
			p->resent[p->n_resent++] = (struct resent_source){
				.original = g->ssrcs[0],
				.ssrc = g->ssrcs[1],
				.original_pt = payload_type,
			};
	}
}

int resend_accept(struct wire_peer *p, struct sdp_media *answer,
		  const struct sdp_media *offered)
{
	uint8_t codec = answer->formats[0].payload_type;
	const struct sdp_format *rtx = find_rtx(offered, codec);
	unsigned int before = p->n_resent;

	if (!rtx || looks_like_rtcp(rtx->payload_type))
		return 0;
	add_sources(p, offered, codec);
	return p->n_resent > before || awaits_source(offered, answer) ?
		       sdp_media_add_format(answer, rtx) :
		       0;
}

void resend_unlearn(struct wire_peer *p, uint32_t original)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < p->n_resent; i++)
		if (p->resent[i].original != original)
			p->resent[left++] = p->resent[i];
	p->n_resent = left;
}

void resend_learn(struct wire_peer *p, const struct resent_source *source)
{
	resend_unlearn(p, source->original);
	if (p->n_resent < MAX_RESENT_SOURCES)
		p->resent[p->n_resent++] = *source;
	peer_store_save(p);
}

static const struct resent_source *find_source(const struct wire_peer *p,
					       uint32_t ssrc)
{
	for (unsigned int i = 0; i < p->n_resent; i++)
		if (p->resent[i].ssrc == ssrc)
			return &p->resent[i];
	return NULL;
}

static uint32_t random_number(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = clock_now_ns();
	return number;
}

/* One that the receiver has no other stream by (RFC 3550, section 8.2). */
static uint32_t new_ssrc(const struct wire_peer *p)
{
	uint32_t ssrc = random_number();

	while (control_find_told(p->participant, htonl(ssrc)) ||
	       find_source(p, ssrc))
		ssrc++;
	return ssrc;
}

int resend_offer(const struct wire_peer *p, struct sdp_media *ours,
		 const struct sdp_format *rtx)
{
	uint32_t pair[] = { ours->ssrcs[0].ssrc, new_ssrc(p) };
	int err = sdp_media_add_format(ours, rtx);

	err = err ?: sdp_media_add_ssrc_group(ours, FID, pair, 2);
	return err ?: sdp_media_add_ssrc(ours, pair[1], ours->ssrcs[0].cname);
}

/* ---- receivers with RTX ------------------------------------------------------ */

static struct resend_leg *find_leg(const struct wire_peer *p, __u32 stream,
				   __u32 told)
{
	struct resend_leg *leg;

	LIST_FOREACH(leg, &p->resend_legs, entry)
		if (leg->stream == stream && leg->told == told)
			return leg;
	return NULL;
}

static void free_leg(struct resend_leg *leg)
{
	LIST_REMOVE(leg, entry);
	free(leg->log);
	free(leg);
}

/* What the stream, or another one with its id, had before. */
static void forget_stream(struct wire_peer *p, __u32 stream)
{
	struct resend_leg *leg = LIST_FIRST(&p->resend_legs), *next;

	for (; leg; leg = next) {
		next = LIST_NEXT(leg, entry);
		if (leg->stream == stream)
			free_leg(leg);
	}
}

void resend_forget(struct wire_peer *p)
{
	while (!LIST_EMPTY(&p->resend_legs))
		free_leg(LIST_FIRST(&p->resend_legs));
}

/* Keys that were in use before must not see the same number again. */
static uint16_t first_number(const struct wire_peer *p, uint32_t ssrc)
{
	uint64_t next = p->out ? srtp_next(p->out, ssrc) : 0;

	return next ?: random_number();
}

static void add_leg(struct wire_peer *p, struct resend_leg *leg)
{
	leg->rtx.number = first_number(p, leg->rtx.ssrc);
	LIST_INSERT_HEAD(&p->resend_legs, leg, entry);
	keep_stream(leg->stream);
}

void resend_agree(struct wire_peer *p, __u32 stream,
		  const struct sdp_media *ours, const struct sdp_media *theirs)
{
	const struct sdp_format *rtx = find_rtx(ours,
						ours->formats[0].payload_type);
	struct resend_leg *leg;

	forget_stream(p, stream);
	if (!rtx || !find_rtx(theirs, ours->formats[0].payload_type) ||
	    !ours->n_ssrc_groups)
		return;
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return;
	leg->stream = stream;
	leg->told = ours->ssrc_groups[0].ssrcs[0];
	leg->rtx = (struct rtx){
		.ssrc = ours->ssrc_groups[0].ssrcs[1],
		.pt = rtx->payload_type,
	};
	add_leg(p, leg);
	peer_store_save(p);
}

unsigned int resend_write(const struct wire_peer *p,
			  struct resent_leg_text *legs, unsigned int max)
{
	const struct resend_leg *leg;
	unsigned int count = 0;

	LIST_FOREACH(leg, &p->resend_legs, entry)
		if (count < max)
			legs[count++] = (struct resent_leg_text){
				.stream = leg->stream,
				.told = leg->told,
				.ssrc = leg->rtx.ssrc,
				.pt = leg->rtx.pt,
			};
	return count;
}

void resend_read(struct wire_peer *p, const struct resent_leg_text *legs,
		 unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct resend_leg *leg = calloc(1, sizeof(*leg));

		if (!leg)
			return;
		leg->stream = legs[i].stream;
		leg->told = legs[i].told;
		leg->rtx.ssrc = legs[i].ssrc;
		leg->rtx.pt = legs[i].pt;
		add_leg(p, leg);
	}
}

/* ---- repairs ------------------------------------------------------------------- */

static void map_extensions(void *packet, size_t length, __u64 map)
{
	struct cursor c = datagram_cursor(packet, length);
	struct packet p = { .payload_len = length };

	if (map && parse_payload(&c, &p) == CLASS_RTP)
		map_extension((__u8 *)packet + p.extension, p.extension_len,
			      p.extension_profile, map);
}

static void send_repair(struct wire_peer *p, struct resend_leg *leg,
			const struct sink *sink, const void *packet, size_t len)
{
	__u8 out[REPAIR_ROOM];
	int length;

	memcpy(out, packet, len);
	map_extensions(out, len, sink->extensions);
	length = rtx_encapsulate(&leg->rtx, out, len, out, sizeof(out));
	if (length > 0 && !peers_send_rtp(p, out, length, sizeof(out)))
		counters[SENT].value++;
}

/* What is on its way already need not be sent again. */
static bool is_due(struct resend_leg *leg, const struct sink *sink,
		   uint16_t number, int64_t now)
{
	const struct leg_report *r = table_find(&sfu_leg_reports, &sink->leg);

	if (!leg->log)
		leg->log = calloc(1, sizeof(*leg->log));
	return leg->log &&
	       repair_log_take(leg->log, number, now,
			       r ? r->round_trip_us / US_PER_MS : 0);
}

/* False: it is not there.  Its RTX is that of the stream's first codec. */
static bool repair(struct wire_peer *p, struct resend_leg *leg,
		   const struct sink *sink, uint16_t number, int64_t now)
{
	size_t length;
	const __u8 *packet = find_packet(leg->stream, number, now, &length);
	const struct stream *s = control_stream(leg->stream);

	if (!packet || (packet[1] & ~RTP_MARKER) != s->pt[0])
		return false;
	if (!is_due(leg, sink, number, now))
		return true;
	if (repair_budget_take(&p->budget, length, now))
		send_repair(p, leg, sink, packet, length);
	else
		counters[REFUSED].value++;
	return true;
}

/* Returns how many are missing still; they come first then. */
static size_t repair_from_cache(struct wire_peer *p, __u32 receiver,
				__u32 stream, uint16_t *numbers, size_t count,
				int64_t now)
{
	const struct sink *sink = control_find_sink(receiver, stream);
	struct resend_leg *leg = sink ? find_leg(p, stream, ntohl(sink->ssrc)) :
					NULL;
	size_t left = 0;

	if (!leg || !sink->transport)
		return count;
	for (size_t i = 0; i < count; i++)
		if (!repair(p, leg, sink, numbers[i], now))
			numbers[left++] = numbers[i];
	return left;
}

static void ask_publisher(__u32 stream, const uint16_t *numbers, size_t count,
			  int64_t now)
{
	const struct stream *s = control_stream(stream);
	struct kept *k = make_kept(stream);
	struct rtcp_out out = { 0 };
	uint16_t due[RESEND_NUMBERS];
	size_t n = 0;

	for (size_t i = 0; k && i < count && n < RESEND_NUMBERS; i++)
		if (repair_log_take(&k->asked, numbers[i], now, ASK_AGAIN_MS))
			due[n++] = numbers[i];
	if (!n)
		return;
	counters[MISSED].value += n;
	rtcp_add_nack(&out, peers_ssrc(s->transport), ntohl(s->ssrc), due, n);
	peers_send_rtcp(s->transport, &out);
}

void resend(struct wire_peer *p, __u32 receiver, __u32 stream,
	    uint16_t *numbers, size_t count, __u64 now)
{
	int64_t ms = now / NS_PER_MS;

	if (p)
		count = repair_from_cache(p, receiver, stream, numbers, count,
					  ms);
	ask_publisher(stream, numbers, count, ms);
}

/* ---- what a publisher repeats -------------------------------------------------- */

/*
 * Browsers repeat what has come already, too, to try the network.  What came as
 * itself is in the window of SRTP; what came as a repair is in the cache.
 */
static bool is_known(const struct wire_peer *p, uint32_t ssrc, uint16_t number,
		     int64_t now)
{
	struct ssrc_key key = {
		.transport = p->transport,
		.ssrc = htonl(ssrc),
	};
	const __u32 *stream = table_find(&sfu_ssrcs, &key);
	size_t length;

	if (!stream)
		return false;
	keep_stream(*stream);
	return (p->in && srtp_has(p->in, ssrc, number)) ||
	       find_packet(*stream, number, now, &length);
}

int resend_unwrap(struct wire_peer *p, void *packet, int length, __u64 now)
{
	const struct rtp_hdr *rtp = packet;
	const struct resent_source *source = find_source(p, ntohl(rtp->ssrc));

	if (!source)
		return length;
	length = rtx_decapsulate(packet, length, source->original,
				 source->original_pt, packet, length);
	if (length == -ENODATA ||
	    (length > 0 && is_known(p, source->original, rtp_sequence(packet),
				    now / NS_PER_MS)))
		return 0;
	return length;
}

/* ---- all of it -------------------------------------------------------------------- */

int resend_open(void)
{
	return table_open(&kept_streams, -1);
}

void resend_close(void)
{
	table_each(e, &kept_streams)
		free_kept(table_id(e), *(struct kept *const *)table_value(e));
	table_close(&kept_streams);
}
