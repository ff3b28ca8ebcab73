// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab07's bench: WebRTC clients, all of whose media is encrypted: one that
 * sends at a pace, or many that receive.  rtp_load and rtp_sink of lab05 are
 * the same for plain RTP, and the stamp in each packet is theirs.
 *
 *	us			whoever runs us
 *	{"ufrag": ...}	-->	writes descriptions, asks the server
 *	    <-- a line for each: where its server is, and who
 *	{"ready": ...}	-->	as soon as all of them have keys
 *	    <-- an empty line: send
 *	{"sent": ...}	-->	the result
 *
 * A packet counts as received only if its tag is right: so each one has been
 * encrypted by the server for this receiver alone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/patience.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/stamp.h"
#include "lab05-bench/stream.h"
#include "lab07-webrtc/bench/agent.h"

#define NS_PER_SEC   1000000000ULL
#define MAX_AGENTS   256
#define MAX_RTP	     1400
#define ROOM	     2048
#define BATCH	     32
#define MAX_RATE     1000000
#define MAX_BURST    64
#define CONNECT_MS   5000
#define TICK_MS	     10
#define BUFFER	     (4 << 20)
#define STOP	     MAX_AGENTS /* epoll's names: signals, lines */
#define LINES	     (MAX_AGENTS + 1)
#define HOPELESS_NS  NS_PER_SEC
#define LONGEST_LINE 2048

struct arguments {
	struct in_addr at;
	__u16 first_port;
	__u32 agents;
	__u64 rate; /* packets a second; 0: they only receive */
	__u32 burst;
	double seconds;
	__u32 size; /* bytes of an RTP packet in clear */
	__u8 pt;
	__u32 ssrc;
	int cpu;
};

struct peer {
	struct agent agent;
	struct stream stream;
	__u64 refused;	 /* with a wrong tag */
	__u64 strangers; /* without a stamp */
};

struct peers {
	struct arguments args;
	struct dtls_context *context;
	__u32 known; /* agents that have heard of their server: the first */
	int epoll;
	int err; /* what a line was worth */
	struct peer peers[MAX_AGENTS];
	_Alignas(8) __u8 in[BATCH][ROOM];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH];
	bool stop;
	__u64 began, ended, sent, failed, behind_max; /* ns; packets; ns */
};

/* ---- options ---------------------------------------------------------- */

enum {
	KEY_AT = 0x100,
	KEY_FIRST_PORT,
	KEY_AGENTS,
	KEY_RATE,
	KEY_BURST,
	KEY_SECONDS,
	KEY_SIZE,
	KEY_PT,
	KEY_SSRC,
	KEY_CPU,
};

static const struct argp_option options[] = {
	{ "at", KEY_AT, "IP", 0, "IPv4 address of the clients", 1 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Port of the first client; the others have the next ports (50000)",
	  1 },
	{ "agents", KEY_AGENTS, "N", 0, "Number of clients (1)", 1 },
	{ "rate", KEY_RATE, "N", 0,
	  "Each client sends N packets per second; 0: it only receives (0)",
	  2 },
	{ "burst", KEY_BURST, "N", 0,
	  "Packets sent at a time, like those of one picture (1)", 2 },
	{ "seconds", KEY_SECONDS, "S", 0, "Send for S seconds (1)", 2 },
	{ "size", KEY_SIZE, "BYTES", 0,
	  "Size of an RTP packet before it is encrypted (1200)", 2 },
	{ "payload-type", KEY_PT, "N", 0, "Payload type, 0 to 127 (96)", 2 },
	{ "ssrc", KEY_SSRC, "N", 0, "SSRC of the packets sent (1)", 2 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU only", 3 },
	{}
};

static const char doc[] =
	"WebRTC clients for a benchmark. They do ICE and DTLS, and they check "
	"the authentication tag of every SRTP packet."
	"\vFirst it prints a line of JSON: ICE credentials, and the "
	"fingerprint of the clients' certificate. Then it reads a line per "
	"client about its server: address, port, ICE credentials, the "
	"client's DTLS role (active or passive), hash and fingerprint. When "
	"all clients are connected, it prints another line, and a sender waits "
	"for a line to start. After SIGTERM or --seconds it prints the "
	"result.\n"
	"Exit status: 0, 1 failed, 2 usage.";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_AT:
		a->at = bench_option_ip4(state, arg);
		return 0;
	case KEY_FIRST_PORT:
		a->first_port = option_number(state, arg, "a port", 1, 65535);
		return 0;
	case KEY_AGENTS:
		a->agents = option_number(state, arg, "--agents", 1,
					  MAX_AGENTS);
		return 0;
	case KEY_RATE:
		a->rate = option_number(state, arg, "--rate", 0, MAX_RATE);
		return 0;
	case KEY_BURST:
		a->burst = option_number(state, arg, "--burst", 1, MAX_BURST);
		return 0;
	case KEY_SECONDS:
		a->seconds = option_seconds(state, arg);
		return 0;
	case KEY_SIZE:
		a->size = option_number(state, arg, "--size",
					sizeof(struct stamped_rtp), MAX_RTP);
		return 0;
	case KEY_PT:
		a->pt = option_number(state, arg, "a payload type", 0, RTP_PT);
		return 0;
	case KEY_SSRC:
		a->ssrc = option_number(state, arg, "an SSRC", 0, UINT32_MAX);
		return 0;
	case KEY_CPU:
		a->cpu = bench_option_cpu(state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->at.s_addr)
			argp_error(state, "--at is needed");
		if (a->first_port + a->agents - 1 > 65535)
			argp_error(state, "there is no port above 65535");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

/* ---- sockets ---------------------------------------------------------- */

static int open_socket(struct peers *p, __u32 i)
{
	int fd = bench_bind(p->args.at, p->args.first_port + i);

	if (fd < 0)
		return fd;
	p->peers[i].agent.fd = fd;
	bench_enlarge(fd, BUFFER);
	return bench_watch(p->epoll, fd, i);
}

static int watch_signals(struct peers *p)
{
	int fd = bench_signals();

	return fd < 0 ? fd : bench_watch(p->epoll, fd, STOP);
}

static void prepare(struct peers *p)
{
	for (int i = 0; i < BATCH; i++) {
		p->parts[i].iov_base = p->in[i];
		p->parts[i].iov_len = ROOM;
		p->messages[i].msg_hdr.msg_iov = &p->parts[i];
		p->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static int open_all(struct peers *p)
{
	int err = bench_allow_files(p->args.agents);

	prepare(p);
	if (err)
		return err;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0)
		return log_errno("epoll_create1", "are too many files open?");
	err = watch_signals(p);
	for (__u32 i = 0; !err && i < p->args.agents; i++)
		err = open_socket(p, i);
	return err ?: dtls_context_open(NULL, &p->context);
}

/* ---- what comes in ---------------------------------------------------- */

static void take(struct peer *peer, void *bytes, size_t len)
{
	const struct stamped_rtp *packet = bytes;
	int got = agent_receive(&peer->agent, bytes, len);

	if (!got)
		return;
	if (got < 0)
		peer->refused++;
	else if (got < (int)sizeof(*packet) ||
		 packet->stamp.magic != htonl(STAMP_MAGIC))
		peer->strangers++;
	else
		stream_update(&peer->stream, be64toh(packet->stamp.seq),
			      be64toh(packet->stamp.sent_ns),
			      bench_now(CLOCK_REALTIME));
}

/* Reads a batch; 0 or less if there is nothing more. */
static int receive(struct peers *p, struct peer *peer)
{
	int got = recvmmsg(peer->agent.fd, p->messages, BATCH, MSG_DONTWAIT,
			   NULL);

	for (int i = 0; i < got; i++)
		take(peer, p->in[i], p->messages[i].msg_len);
	return got;
}

static void tick(struct peers *p)
{
	int64_t now = clock_now_ms();

	for (__u32 i = 0; i < p->known; i++)
		agent_tick(&p->peers[i].agent, now);
}

/* ---- lines about servers ---------------------------------------------- */

/* "10.0.1.254 3478 UFRAG PASSWORD active sha-256 AB:CD:..." */
static int read_remote(const char *line, struct agent_remote *r)
{
	char ip[64], role[16], hash[32], bytes[256];
	struct in_addr addr;
	unsigned int port;

	if (sscanf(line, "%63s %u %255s %255s %15s %31s %255s", ip, &port,
		   r->ufrag, r->password, role, hash, bytes) != 7 ||
	    inet_pton(AF_INET, ip, &addr) != 1)
		return -EINVAL;
	r->at = (struct udp_address){
		.addr = ip_addr_v4(addr.s_addr),
		.port = htons(port),
	};
	r->role = strcmp(role, "active") ? DTLS_SERVER : DTLS_CLIENT;
	snprintf(r->fingerprint, sizeof(r->fingerprint), "%s %s", hash, bytes);
	return 0;
}

static int open_agent(struct peers *p, struct agent *a)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = a->remote.at.port,
		.sin_addr.s_addr = a->remote.at.addr.word[3],
	};

	if (connect(a->fd, (struct sockaddr *)&to, sizeof(to)))
		return log_errno("connect", "is there a route to the server?");
	return agent_open(a, p->context);
}

/* One line, and all others go on: who is found must answer in time. */
static int read_line(struct peers *p)
{
	struct agent *a = &p->peers[p->known].agent;
	char line[LONGEST_LINE];
	int err;

	if (!fgets(line, sizeof(line), stdin))
		return -ENODATA;
	if (p->known == p->args.agents)
		return -E2BIG;
	err = read_remote(line, &a->remote);
	err = err ?: open_agent(p, a);
	p->known += !err;
	return err;
}

/* ---- a turn ----------------------------------------------------------- */

static void handle(struct peers *p, __u32 name)
{
	if (name == STOP)
		p->stop = true;
	else if (name == LINES)
		p->err = read_line(p);
	else if (name < p->known)
		receive(p, &p->peers[name]);
}

static void turn(struct peers *p)
{
	struct epoll_event events[BATCH];
	int ready = epoll_wait(p->epoll, events, BATCH, TICK_MS);

	for (int i = 0; i < ready; i++)
		handle(p, events[i].data.u32);
	tick(p);
}

/* ---- connecting ------------------------------------------------------- */

static int describe(const struct peers *p)
{
	return bench_print(json_pack("{s:s, s:s, s:s}", "ufrag", AGENT_UFRAG,
				     "password", AGENT_PASSWORD, "fingerprint",
				     dtls_context_fingerprint(p->context)));
}

static __u32 count_connected(const struct peers *p)
{
	__u32 connected = 0;

	for (__u32 i = 0; i < p->known; i++)
		connected += p->peers[i].agent.state == AGENT_CONNECTED;
	return connected;
}

static void say_lacking(const struct peers *p)
{
	if (p->err)
		log_error("the line about client %u is of no use: %s", p->known,
			  strerror(-p->err));
	for (__u32 i = 0; i < p->known; i++) {
		const struct agent *a = &p->peers[i].agent;

		if (a->state != AGENT_CONNECTED)
			log_error("client %u is not connected: %s %s", i,
				  a->state == AGENT_FINDING ?
					  "no check was answered" :
					  "DTLS",
				  dtls_reason(a->dtls));
	}
}

/* The time begins anew with each line: who writes it has asked a server. */
static int connect_all(struct peers *p)
{
	int64_t until = 0;
	__u32 known = 0;
	int err = bench_watch(p->epoll, STDIN_FILENO, LINES);

	setvbuf(stdin, NULL, _IONBF, 0); /* what epoll sees, fgets() shall */
	while (!err && count_connected(p) < p->args.agents) {
		if (!until || p->known > known)
			until = clock_now_ms() + patient_ms(CONNECT_MS);
		known = p->known;
		if (p->stop || p->err || clock_now_ms() > until) {
			say_lacking(p);
			return p->err ?: -ETIMEDOUT;
		}
		turn(p);
	}
	if (err || epoll_ctl(p->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL))
		return err ?: -errno;
	return bench_print(json_pack(
		"{s:b, s:I}", "ready", true, "profile",
		(json_int_t)dtls_keys(p->peers[0].agent.dtls)->send.profile));
}

/* ---- what goes out ---------------------------------------------------- */

/* Its length, encrypted; or negative errno. */
static int write_packet(const struct peers *p, struct agent *a, __u64 seq,
			__u64 due, __u8 out[ROOM])
{
	__u8 clear[ROOM] = {};
	struct stamped_rtp head = {
		.rtp = {
			.vpxcc = 0x80,
			.mpt = p->args.pt,
			.seq = htons(seq),
			.timestamp = htonl((due - p->began) * 9 / 100000),
			.ssrc = htonl(p->args.ssrc),
		},
		.stamp = {
			.magic = htonl(STAMP_MAGIC),
			.seq = htobe64(seq),
			.sent_ns = htobe64(bench_now(CLOCK_REALTIME)),
		},
	};

	memcpy(clear, &head, sizeof(head));
	return srtp_encrypt_rtp(a->out, clear, p->args.size, out, ROOM);
}

static void send_packet(struct peers *p, struct agent *a, __u64 seq, __u64 due)
{
	__u8 out[ROOM];
	int len = write_packet(p, a, seq, due, out);

	if (len > 0 && send(a->fd, out, len, 0) == len)
		p->sent++;
	else
		p->failed++;
}

static void sleep_until(struct peers *p, __u64 due)
{
	struct timespec until = {
		.tv_sec = due / NS_PER_SEC,
		.tv_nsec = due % NS_PER_SEC,
	};
	__u64 now;

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	now = bench_now(CLOCK_MONOTONIC);
	if (now > due && now - due > p->behind_max)
		p->behind_max = now - due;
}

/* In an open loop, as rtp_load: when a packet is due never depends on others. */
static void send_all(struct peers *p)
{
	__u64 bursts = p->args.seconds * p->args.rate / p->args.burst;

	prctl(PR_SET_TIMERSLACK, 1UL);
	p->began = bench_now(CLOCK_MONOTONIC);
	for (__u64 n = 0; n < bursts && p->behind_max < HOPELESS_NS; n++) {
		__u64 first = n * p->args.burst;
		__u64 due = p->began + first * NS_PER_SEC / p->args.rate;

		sleep_until(p, due);
		for (__u32 i = 0; i < p->args.agents; i++) {
			for (__u32 k = 0; k < p->args.burst; k++)
				send_packet(p, &p->peers[i].agent, first + k,
					    due);
			receive(p, &p->peers[i]);
		}
		tick(p);
	}
	p->ended = bench_now(CLOCK_MONOTONIC);
}

static int work(struct peers *p)
{
	char line[LONGEST_LINE];

	if (p->args.rate && !fgets(line, sizeof(line), stdin))
		return -ENODATA;
	if (p->args.rate)
		send_all(p);
	else
		while (!p->stop)
			turn(p);
	for (__u32 i = 0; i < p->args.agents; i++)
		while (receive(p, &p->peers[i]) > 0)
			;
	return 0;
}

/* ---- the result ------------------------------------------------------- */

static json_t *peer_json(const struct peer *peer)
{
	const struct stream *s = &peer->stream;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "received",
			 (json_int_t)s->received, "lost",
			 (json_int_t)stream_lost(s), "duplicated",
			 (json_int_t)s->duplicated, "reordered",
			 (json_int_t)s->reordered, "refused",
			 (json_int_t)peer->refused, "strangers",
			 (json_int_t)peer->strangers, "socket_drops",
			 (json_int_t)bench_socket_drops(peer->agent.fd));
}

/* Adds the members of one object up to those of another. */
static void add_up(json_t *sum, json_t *part)
{
	const char *name;
	json_t *value;

	json_object_foreach(part, name, value) {
		json_int_t before = json_integer_value(
			json_object_get(sum, name));

		json_object_set_new(sum, name,
				    json_integer(before +
						 json_integer_value(value)));
	}
}

static json_t *sent_json(const struct peers *p)
{
	return json_pack("{s:I, s:I, s:f, s:I}", "sent", (json_int_t)p->sent,
			 "failed", (json_int_t)p->failed, "seconds",
			 (p->ended - p->began) / 1e9, "behind_max",
			 (json_int_t)p->behind_max);
}

static int report(const struct peers *p)
{
	json_t *all = json_object(), *list = json_array();

	for (__u32 i = 0; i < p->args.agents; i++) {
		json_t *object = peer_json(&p->peers[i]);

		add_up(all, object);
		json_array_append_new(list, object);
	}
	json_object_set_new(all, "per_receiver", list);
	if (!p->args.rate)
		return bench_print(all);
	json_decref(all);
	return bench_print(sent_json(p));
}

/* A publisher who leaves is work for the server, which is not asked about. */
static void stay(const struct peers *p)
{
	char line[LONGEST_LINE];

	while (p->args.rate && fgets(line, sizeof(line), stdin))
		;
}

static void close_all(struct peers *p)
{
	for (__u32 i = 0; i < p->args.agents; i++)
		agent_close(&p->peers[i].agent);
	dtls_context_close(p->context);
}

int main(int argc, char **argv)
{
	static struct peers peers = {
		.args = {
			.first_port = 50000, .agents = 1, .burst = 1,
			.seconds = 1, .size = 1200, .pt = 96, .ssrc = 1,
			.cpu = BENCH_ANY_CPU,
		},
	};
	int err;

	options_parse(&argp, argc, argv, 0, &peers.args);
	err = bench_pin(peers.args.cpu);
	err = err ?: open_all(&peers);
	err = err ?: describe(&peers);
	err = err ?: connect_all(&peers);
	err = err ?: work(&peers);
	err = err ?: report(&peers);
	stay(&peers);
	close_all(&peers);
	return exit_status(err);
}
