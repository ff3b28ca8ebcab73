// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05, the generator: RTP from several senders, in an open loop.
 *
 * When a packet is due follows from when the run began, never from when the
 * one before it was sent: a forwarder that makes us wait does not get fewer
 * packets for it, and how late they were is part of the result.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/stamp.h"

#define NS_PER_SEC  1000000000ULL
#define MAX_SENDERS 4096
#define MAX_RATE    10000000 /* packets per second */
#define MAX_PACKETS 1000000000000ULL
#define BURST	    32	       /* most packets per sendmmsg() */
#define HOPELESS_NS NS_PER_SEC /* so late, the rate cannot be held */

struct arguments {
	struct in_addr from, to;
	__u16 first_port, to_port;
	__u32 senders, first_ssrc, clock_hz;
	__u8 pt;
	__u32 size;	   /* bytes of a frame */
	__u64 rate, limit; /* packets per second: each; all together */
	__u32 burst;	   /* packets a turn, if there is no rate */
	__u64 packets;	   /* of each sender; 0: as long as seconds say */
	double seconds;	   /* 0: as many as packets say */
	int cpu;
};

struct load {
	struct arguments args;
	int fds[MAX_SENDERS];
	__u32 burst;	  /* packets a turn */
	__u64 per_second; /* packets, all senders; 0: no pace */
	__u64 began;	  /* ns of CLOCK_MONOTONIC, as the next two */
	__u64 ended;
	__u64 behind_max;
	__u64 sent, failed;
	char packets[BURST][MAX_FRAME]; /* UDP payloads */
	struct iovec parts[BURST];
	struct mmsghdr messages[BURST];
};

/* ---- options ---------------------------------------------------------- */

enum {
	KEY_FROM = 0x100,
	KEY_FIRST_PORT,
	KEY_SENDERS,
	KEY_TO,
	KEY_TO_PORT,
	KEY_SSRC,
	KEY_PT,
	KEY_CLOCK,
	KEY_SIZE,
	KEY_RATE,
	KEY_LIMIT,
	KEY_BURST,
	KEY_SECONDS,
	KEY_PACKETS,
	KEY_CPU,
};

static const struct argp_option options[] = {
	{ "from", KEY_FROM, "IP", 0, "IPv4 address of the senders", 1 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Port of the first sender; the others have the next ports (40000)",
	  1 },
	{ "senders", KEY_SENDERS, "N", 0, "Number of senders (1)", 1 },
	{ "to", KEY_TO, "IP", 0, "IPv4 address of the forwarder", 1 },
	{ "to-port", KEY_TO_PORT, "PORT", 0, "Port of the forwarder (3478)",
	  1 },
	{ "ssrc", KEY_SSRC, "N", 0,
	  "SSRC of the first sender; the others have the next numbers (1)", 2 },
	{ "payload-type", KEY_PT, "N", 0, "Payload type, 0 to 127 (96)", 2 },
	{ "clock", KEY_CLOCK, "HZ", 0, "Clock of the RTP timestamps (90000)",
	  2 },
	{ "size", KEY_SIZE, "BYTES", 0,
	  "Size of a frame with its Ethernet header, as tcpdump counts it "
	  "(1154)",
	  2 },
	{ "rate", KEY_RATE, "N", 0,
	  "Packets per second of each sender, evenly spaced; 0: as fast as "
	  "it can (0)",
	  3 },
	{ "limit", KEY_LIMIT, "N", 0,
	  "With --rate 0: at most N packets per second, all senders together",
	  3 },
	{ "burst", KEY_BURST, "N", 0,
	  "With --rate 0: packets per system call, at most 32 (32)", 3 },
	{ "seconds", KEY_SECONDS, "S", 0, "Send for S seconds", 3 },
	{ "packets", KEY_PACKETS, "N", 0, "Or send N packets per sender", 3 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU only", 4 },
	{}
};

static const char doc[] =
	"Send RTP in an open loop: the time at which a packet is due depends "
	"on the start of the run, not on when the packet before it was sent."
	"\vEach payload begins with a stamp (sequence, time) for rtp_sink. \n"
	"At the end it prints a line of JSON: packets sent, packets that the "
	"kernel refused, seconds, and by how many ns the latest packet was "
	"late.\n"
	"Exit status: 0, 1 failed, 2 usage.\n\n"
	"Example:\n"
	"  rtp_load --from 10.0.7.1 --to 10.0.7.254 --senders 20 \\\n"
	"           --rate 250 --seconds 3 --cpu 1";

static void check_complete(const struct arguments *a, struct argp_state *state)
{
	if (!a->from.s_addr || !a->to.s_addr)
		argp_error(state, "--from and --to are needed");
	if (!a->packets == !a->seconds)
		argp_error(state, "give either --seconds or --packets");
	if (a->limit && a->rate)
		argp_error(state, "--limit is for --rate 0");
	if (a->first_port + a->senders - 1 > 65535)
		argp_error(state, "there is no port above 65535");
}

static error_t parse_pace(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_RATE:
		a->rate = option_number(state, arg, "--rate", 0, MAX_RATE);
		return 0;
	case KEY_LIMIT:
		a->limit = option_number(state, arg, "--limit", 1, MAX_RATE);
		return 0;
	case KEY_BURST:
		a->burst = option_number(state, arg, "--burst", 1, BURST);
		return 0;
	case KEY_SECONDS:
		a->seconds = option_seconds(state, arg);
		return 0;
	case KEY_PACKETS:
		a->packets = option_number(state, arg, "--packets", 1,
					   MAX_PACKETS);
		return 0;
	case KEY_CPU:
		a->cpu = bench_option_cpu(state, arg);
		return 0;
	case ARGP_KEY_END:
		check_complete(a, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_FROM:
		a->from = bench_option_ip4(state, arg);
		return 0;
	case KEY_FIRST_PORT:
		a->first_port = option_number(state, arg, "a port", 1, 65535);
		return 0;
	case KEY_SENDERS:
		a->senders = option_number(state, arg, "--senders", 1,
					   MAX_SENDERS);
		return 0;
	case KEY_TO:
		a->to = bench_option_ip4(state, arg);
		return 0;
	case KEY_TO_PORT:
		a->to_port = option_number(state, arg, "a port", 1, 65535);
		return 0;
	case KEY_SSRC:
		a->first_ssrc = option_number(state, arg, "an SSRC", 0,
					      UINT32_MAX);
		return 0;
	case KEY_PT:
		a->pt = option_number(state, arg, "a payload type", 0, RTP_PT);
		return 0;
	case KEY_CLOCK:
		a->clock_hz = option_number(state, arg, "--clock", 1, 1000000);
		return 0;
	case KEY_SIZE:
		a->size = option_number(state, arg, "--size", MIN_FRAME,
					MAX_FRAME);
		return 0;
	}
	return parse_pace(key, arg, state);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

/* ---- sockets ---------------------------------------------------------- */

/*
 * The socket is connected, so that the kernel finds the route once, not per
 * packet.
 */
static int open_sender(const struct arguments *a, __u32 sender)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr = a->to,
		.sin_port = htons(a->to_port),
	};
	int fd = bench_bind(a->from, a->first_port + sender);

	if (fd < 0 || !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	close(fd);
	return log_errno("--to", "is there a route to it?");
}

static int open_senders(struct load *l)
{
	int err = bench_allow_files(l->args.senders);

	for (__u32 i = 0; !err && i < l->args.senders; i++) {
		l->fds[i] = open_sender(&l->args, i);
		if (l->fds[i] < 0)
			err = l->fds[i];
	}
	return err;
}

/* ---- packets ---------------------------------------------------------- */

static void prepare(struct load *l)
{
	struct stamped_rtp start = {
		.rtp = { .vpxcc = 0x80, .mpt = l->args.pt },
		.stamp = { .magic = htonl(STAMP_MAGIC) },
	};

	l->burst = l->args.rate ? 1 : l->args.burst;
	l->per_second = l->args.rate * l->args.senders ?: l->args.limit;
	for (int i = 0; i < BURST; i++) {
		memcpy(l->packets[i], &start, sizeof(start));
		l->parts[i].iov_base = l->packets[i];
		l->parts[i].iov_len = l->args.size - FRAME_OVERHEAD;
		l->messages[i].msg_hdr.msg_iov = &l->parts[i];
		l->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

/*
 * The RTP timestamp is when the packet is due, as a codec's would be.  Seconds
 * and their rest are converted separately, because the product of ns and Hz
 * might not fit 64 bits.
 */
static void write_packet(struct load *l, int slot, __u32 sender, __u64 seq,
			 __u64 due)
{
	struct stamped_rtp *p = (struct stamped_rtp *)l->packets[slot];
	__u64 since = due - l->began;

	p->rtp.seq = htons(seq);
	p->rtp.timestamp = htonl(since / NS_PER_SEC * l->args.clock_hz +
				 since % NS_PER_SEC * l->args.clock_hz /
					 NS_PER_SEC);
	p->rtp.ssrc = htonl(l->args.first_ssrc + sender);
	p->stamp.sender = htonl(sender);
	p->stamp.seq = htobe64(seq);
}

/*
 * As late as possible: what a burst costs to write is no latency of the path.
 */
static void stamp_all(struct load *l, unsigned int count)
{
	__be64 now = htobe64(bench_now(CLOCK_REALTIME));

	for (unsigned int i = 0; i < count; i++)
		((struct stamped_rtp *)l->packets[i])->stamp.sent_ns = now;
}

/*
 * A packet that the kernel refuses is counted and not sent again, with one
 * exception: ECONNREFUSED is the answer to an earlier packet, so this one is
 * tried once more.
 */
static void send_all(struct load *l, int fd, unsigned int count)
{
	unsigned int done = 0;
	bool again = true;
	int sent;

	stamp_all(l, count);
	while (done < count) {
		sent = sendmmsg(fd, l->messages + done, count - done, 0);
		if (sent > 0) {
			l->sent += sent;
			done += sent;
		} else if (errno != ECONNREFUSED || !again) {
			l->failed++;
			done++;
		}
		again = sent > 0;
	}
}

/* ---- the run ---------------------------------------------------------- */

/*
 * In each turn one sender sends a burst, and the senders take turns.  So their
 * packets are spread evenly, and the number of a turn says when it is due.
 * That does not depend on earlier turns: a delay is caught up and does not add
 * up.
 */
static __u64 due_at(const struct load *l, __u64 turn)
{
	__u64 packets = turn * l->burst, pace = l->per_second;

	return l->began + packets / pace * NS_PER_SEC +
	       packets % pace * NS_PER_SEC / pace;
}

/*
 * Sleeps until the turn is due, and returns that time; without a pace it is
 * now.
 */
static __u64 await_turn(struct load *l, __u64 turn)
{
	__u64 now = bench_now(CLOCK_MONOTONIC), due;
	struct timespec until;

	if (!l->per_second)
		return now;
	due = due_at(l, turn);
	if (now < due) {
		until.tv_sec = due / NS_PER_SEC;
		until.tv_nsec = due % NS_PER_SEC;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		now = bench_now(CLOCK_MONOTONIC);
	}
	if (now > due && now - due > l->behind_max)
		l->behind_max = now - due;
	return due;
}

/* How many packets a sender still has to send, from number seq on. */
static __u64 left(const struct load *l, __u64 seq)
{
	if (!l->args.packets)
		return l->burst;
	return l->args.packets > seq ? l->args.packets - seq : 0;
}

/* So late that the run would take much longer than the seconds asked for. */
static bool is_hopeless(const struct load *l)
{
	return l->args.seconds && l->behind_max >= HOPELESS_NS;
}

/* False if the run is over. */
static bool take_turn(struct load *l, __u64 turn)
{
	__u32 sender = turn % l->args.senders;
	__u64 seq = turn / l->args.senders * l->burst;
	__u64 count = left(l, seq) < l->burst ? left(l, seq) : l->burst;
	__u64 due;

	if (!count)
		return false;
	due = await_turn(l, turn);
	if (l->args.seconds && due - l->began >= l->args.seconds * NS_PER_SEC)
		return false;
	for (__u64 i = 0; i < count; i++)
		write_packet(l, i, sender, seq + i, due);
	send_all(l, l->fds[sender], count);
	return !is_hopeless(l);
}

/*
 * By default the kernel lets timers be 50 us late, to save wake-ups of the CPU.
 */
static void run(struct load *l)
{
	prctl(PR_SET_TIMERSLACK, 1UL);
	l->began = bench_now(CLOCK_MONOTONIC);
	for (__u64 turn = 0; take_turn(l, turn); turn++)
		;
	l->ended = bench_now(CLOCK_MONOTONIC);
	if (is_hopeless(l))
		log_warn("a second behind, so this ends early: the rate is "
			 "too high for this machine");
}

static int report(const struct load *l)
{
	return bench_print(json_pack("{s:I, s:I, s:f, s:I}", "sent",
				     (json_int_t)l->sent, "failed",
				     (json_int_t)l->failed, "seconds",
				     (l->ended - l->began) / 1e9, "behind_max",
				     (json_int_t)l->behind_max));
}

int main(int argc, char **argv)
{
	static struct load load = {
		.args = {
			.first_port = 40000, .to_port = 3478, .senders = 1,
			.first_ssrc = 1, .pt = 96, .clock_hz = 90000,
			.size = 1154, .burst = BURST, .cpu = BENCH_ANY_CPU,
		},
	};
	int err;

	options_parse(&argp, argc, argv, 0, &load.args);
	err = bench_pin(load.args.cpu);
	err = err ?: open_senders(&load);
	if (err)
		goto out;
	prepare(&load);
	run(&load);
	err = report(&load);
out:
	return exit_status(err);
}
