// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel writes RTCP while the server is gone (lab06).  A publisher must see
 * no difference: the same bytes, and the same numbers in reports.
 *
 *	server:  rtcp_write.c, reception.c ---+
 *					      +--- equal?
 *	kernel:  lab06's outlive.h -----------+
 */
#include <stdlib.h>

#include "common/test.h"
#include "lab01-xdp-parse/datagram.h"
#include "lab06-xdp-fanout/outlive.h"
#include "lab07-webrtc/reception.h"
#include "lab07-webrtc/rtcp_write.h"

#define OURS   0xabcdef01
#define THEIRS 0x12345678
#define NTP    0x0102030405060708

static int frame_bytes(void *frame, __u32 offset, void *to, __u32 length)
{
	memcpy(to, (const char *)frame + offset, length);
	return 0;
}

static void check_same(const struct rtcp_out *server,
		       const struct rtcp_words *kernel)
{
	check_uint("bytes", server->len, 4 * kernel->count);
	check_hex("RTCP", server->bytes, kernel->word, server->len);
}

TEST("7.0.ola", same_feedback, "the kernel's PLI and NACK are the server's",
     .native = true)
{
	const uint16_t numbers[] = { 5, 6, 22, 100, 65535 };
	struct rtcp_out server = { 0 }, receiver = { 0 };
	struct packet p = { 0 };
	struct rtcp_wishes w = { .frame = receiver.bytes };
	struct rtcp_words kernel;

	rtcp_add_pli(&server, OURS, THEIRS);
	write_pli(&kernel, htonl(OURS), htonl(THEIRS));
	check_same(&server, &kernel);

	server.len = 0;
	rtcp_add_nack(&server, OURS, THEIRS, numbers, 5);
	rtcp_add_rr(&receiver, 9, NULL, 0);
	rtcp_add_cname(&receiver, 9, "bob");
	rtcp_add_nack(&receiver, 9, 0x9999, numbers, 5);
	p.payload_len = receiver.len;
	read_datagram(&w, &p);
	check_bits("about", 0x9999, ntohl(w.nack));
	check_int("write_nack", 0,
		  write_nack(&kernel, htonl(OURS), htonl(THEIRS), &w));
	check_same(&server, &kernel);
}

static struct rtp_stats stats;

/* Some packets with losses, repetitions, jitter and sometimes a new start. */
static void arrive(void)
{
	static uint64_t now;
	static unsigned int seq = 65000;

	for (int i = random() % 200; i >= 0; i--) {
		now += random() % 20000000;
		seq += random() % 10 ? 1 : random() % 4;
		if (random() % 400 == 0)
			seq += 10000;
		rtp_stats_update(&stats, now, 100, 96, seq, seq * 900);
	}
}

static void report_by_server(struct rtcp_out *out, struct reception *r,
			     uint64_t bits)
{
	const struct rtcp_sr sr = { .ssrc = THEIRS, .ntp = NTP };
	const uint32_t ssrc = THEIRS;
	struct rtcp_block block;

	reception_take_sr(r, &sr, 0);
	check_true(reception_report(r, &stats, THEIRS, 0, &block),
		   "there is something to report");
	out->len = 0;
	rtcp_add_rr(out, OURS, &block, 1);
	rtcp_add_cname(out, OURS, "swiftcall");
	if (bits)
		rtcp_add_remb(out, OURS, bits, &ssrc, 1);
}

TEST("7.0.olb", same_reports, "the kernel's reports are the server's",
     .native = true)
{
	struct stream_feedback feedback = { 0 };
	struct reception reception = { 0 };
	struct rtcp_words kernel;
	struct rtcp_out server;

	srandom(7);
	stats = (struct rtp_stats){ .pt = 96, .clock_hz = 90000 };
	for (int round = 0; round < 2000; round++) {
		arrive();
		feedback.bits = random() % 2 ? (uint64_t)random() << 8 : 0;
		report_by_server(&server, &reception, feedback.bits);
		check_int("write_report", 0,
			  write_report(&kernel, &feedback, &stats, htonl(OURS),
				       htonl(THEIRS),
				       htonl((uint32_t)(NTP >> 16)), 0));
		check_same(&server, &kernel);
	}
	check_true(stats.restarts > 2, "the source should start anew");
}
