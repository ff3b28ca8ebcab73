// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Report blocks of what lab01 has measured, and round trips by what receivers
 * report.
 */
#include "common/test.h"
#include "lab07-webrtc/reception.h"

#define MS 1000
#define S  1000000

static struct rtp_stats stats = { .pt = 96, .clock_hz = 90000 };
static struct reception reception;
static struct rtcp_block block;

/* A packet every 10 ms, of 10 ms of media. */
static void arrive(unsigned int seq)
{
	rtp_stats_update(&stats, seq * 10000000ULL, 100, 96, seq, seq * 900);
}

static void arrive_from(unsigned int first, unsigned int end)
{
	for (unsigned int seq = first; seq < end; seq++)
		arrive(seq);
}

static void report(void)
{
	check_true(reception_report(&reception, &stats, 0x1234, 0, &block),
		   "there is something to report");
}

static void check_loss(int fraction, int lost)
{
	report();
	check_uint("fraction", fraction, block.fraction);
	check_int("lost", lost, block.lost);
}

TEST("7.0.ma", nothing, "a source that was not heard of is not reported",
     .native = true)
{
	check_true(!reception_report(&reception, &stats, 1, 0, &block),
		   "nothing has come yet");
	arrive(1);
	report();
	check_uint("SSRC", 0x1234, block.ssrc);
	check_true(!reception_report(&reception, &stats, 1, 0, &block),
		   "nothing has come since");
}

TEST("7.0.mb", losses, "fraction since the last report, losses since the first",
     .native = true)
{
	arrive_from(100, 200);
	check_loss(0, 0);
	step("25 of 100 are lost");
	arrive_from(225, 300);
	check_loss(64, 25);
	step("none of 50");
	arrive_from(300, 350);
	check_loss(0, 25);
	step("five come twice");
	arrive_from(345, 350);
	check_loss(0, 20);
	step("two new ones, and five come twice");
	arrive_from(350, 352);
	arrive_from(345, 350);
	check_loss(0, 15);
	step("999 of 1,000");
	arrive(351 + 1000);
	check_loss(255, 1014);
	step("it is counted while it changes: all of 10");
	stats.max_seq += 10;
	stats.packets++;
	check_loss(255, 1024);
}

TEST("7.0.mc", twice, "repeated packets make less than no losses",
     .native = true)
{
	arrive_from(10, 20);
	arrive_from(10, 20);
	check_loss(0, -10);
}

TEST("7.0.md", wraps, "the highest number counts its wraps", .native = true)
{
	arrive_from(65000, 65536 + 5);
	report();
	check_uint("highest", 0x10004, block.highest);
	check_int("lost", 0, block.lost);
}

TEST("7.0.me", bounds, "losses stay within 24 bits", .native = true)
{
	arrive(1);
	stats.cycles = 0x1000000;
	report();
	check_int("lost", 0x7fffff, block.lost);
	stats.received = 0x2000000;
	stats.packets++;
	report();
	check_int("lost", -0x800000, block.lost);
	check_uint("fraction", 0, block.fraction);
}

TEST("7.0.mf", restarts, "a source that starts anew is counted anew",
     .native = true)
{
	arrive_from(1, 101);
	report();
	arrive_from(20000, 20100);
	check_loss(0, 0);
	check_uint("highest", 20099, block.highest);
	step("half of 100");
	for (int i = 0; i < 50; i++)
		arrive(20101 + 2 * i);
	check_loss(128, 50);
	step("again, and half of 1,000");
	for (int i = -1; i < 500; i++)
		arrive(30001 + 2 * i + (i < 0));
	check_loss(127, 499);
}

TEST("7.0.mg", jitter, "jitter is told in units of the stream's clock",
     .native = true)
{
	arrive_from(1, 50);
	report();
	check_uint("jitter of a steady stream", 0, block.jitter);
	stats.jitter_q4_ns = 16 * 20000000ULL;
	stats.packets++;
	report();
	check_uint("20 ms at 90 kHz", 1800, block.jitter);
	stats.clock_hz = 48000;
	stats.packets++;
	report();
	check_uint("20 ms at 48 kHz", 960, block.jitter);
}

TEST("7.0.mh", last_report, "which sender report came last, and how long ago",
     .native = true)
{
	struct rtcp_sr sr = { .ntp = 0xe801020380000000 };

	arrive(1);
	report();
	check_uint("LSR: none", 0, block.last_sr);
	check_uint("DLSR: none", 0, block.delay);
	reception_take_sr(&reception, &sr, 5 * S);
	arrive(2);
	check_true(reception_report(&reception, &stats, 1, 6 * S + 500 * MS,
				    &block),
		   "there is something to report");
	check_uint("LSR", 0x02038000, block.last_sr);
	check_uint("DLSR", 0x18000, block.delay);
	arrive(3);
	check_true(reception_report(&reception, &stats, 1, 90000LL * S, &block),
		   "there is something to report");
	check_uint("DLSR of a day", UINT32_MAX, block.delay);
}

TEST("7.0.mi", round_trips, "the way to a receiver and back", .native = true)
{
	struct rtcp_block answer = { .last_sr = 0x02038000, .delay = 0x8000 };
	struct rtcp_sr sr = { .ntp = 0xe801020380000000 };
	struct round_trip t = { 0 };

	check_int("none has gone", -1, round_trip_read(&t, &answer, 0));
	round_trip_sent(&t, &sr, 10 * S);
	check_int("80 ms", 80 * MS,
		  round_trip_read(&t, &answer, 10 * S + 580 * MS));
	check_int("a fast clock", 0,
		  round_trip_read(&t, &answer, 10 * S + 400 * MS));
	answer.last_sr = sr.ntp = 0;
	round_trip_sent(&t, &sr, 10 * S);
	check_int("none has come", -1, round_trip_read(&t, &answer, 11 * S));
}

TEST("7.0.mj", old_reports, "an answer to one of the last four reports counts",
     .native = true)
{
	struct rtcp_block answer = { .delay = 0 };
	struct round_trip t = { 0 };

	for (unsigned int i = 1; i <= 10; i++) {
		struct rtcp_sr sr = { .ntp = (uint64_t)i << 32 };

		round_trip_sent(&t, &sr, i * S);
	}
	for (int i = 1; i <= 10; i++) {
		answer.last_sr = i << 16;
		check_int("us", i < 7 ? -1 : (10 - i) * S,
			  round_trip_read(&t, &answer, 10 * S));
	}
}
