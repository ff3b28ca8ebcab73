// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05, the receivers: one socket each, and what came to them.
 *
 * When a packet came is what the kernel says (SO_TIMESTAMPNS), not when this
 * program got round to reading it.  What the kernel threw away because a
 * socket was full is counted by the kernel as well, so that our own slowness
 * is never taken for a loss in the forwarder.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/table.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/stamp.h"
#include "lab05-bench/stream.h"

#define NS_PER_SEC    1000000000ULL
#define MAX_RECEIVERS 4096
#define MAX_STREAMS   65536
#define BATCH	      64 /* datagrams per recvmmsg() */
#define EVENTS	      64
#define STOP	      MAX_RECEIVERS /* epoll's name for the signals */
#define ALL_BUFFERS   (1U << 29)    /* bytes, shared by the sockets */
#define MOST_BUFFER   (1U << 26)
#define CDF_STEP      0.001 /* of all packets, from point to point */

struct arguments {
	struct in_addr at;
	__u16 first_port;
	__u32 receivers;
	__u64 packets; /* stop after so many; 0: when told to */
	int cpu;
};

/* The same SSRC from somebody else, or to another socket, is another stream. */
struct stream_key {
	__u32 receiver;
	__be32 ssrc;
	struct in_addr from;
	__be16 port;
	__u16 zero;
};

/* A datagram's start; the kernel need not copy more. */
struct slot {
	struct stamped_rtp packet;
	struct sockaddr_in from;
	char control[CMSG_SPACE(sizeof(struct timespec))]
		__attribute__((aligned(8)));
};

struct sink {
	struct arguments args;
	int epoll;
	int fds[MAX_RECEIVERS];
	__u64 received;	      /* datagrams, all of them */
	__u64 strangers;      /* datagrams without a stamp */
	struct table streams; /* struct stream_key -> struct stream * */
	struct hist latency;
	struct slot slots[BATCH];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH];
};

/* ---- options ---------------------------------------------------------- */

enum { KEY_AT = 0x100, KEY_FIRST_PORT, KEY_RECEIVERS, KEY_PACKETS, KEY_CPU };

static const struct argp_option options[] = {
	{ "at", KEY_AT, "IP", 0, "IPv4 address of the receivers", 1 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Port of the first receiver; the others have the next ports (50000)",
	  1 },
	{ "receivers", KEY_RECEIVERS, "N", 0, "Number of receivers (1)", 1 },
	{ "packets", KEY_PACKETS, "N", 0,
	  "Stop after N packets (default: on a signal)", 2 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU only", 2 },
	{}
};

static const char doc[] =
	"Receive the packets that rtp_load sent and a forwarder copied."
	"\vIt prints \"ready\" as soon as all sockets are bound. On SIGINT or "
	"SIGTERM it reads the packets left in the sockets, then prints a line "
	"of JSON.\n"
	"Exit status: 0, 1 failed, 2 usage.\n\n"
	"Example:\n"
	"  rtp_sink --at 10.0.7.2 --receivers 20 --cpu 1";

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
	case KEY_RECEIVERS:
		a->receivers = option_number(state, arg, "--receivers", 1,
					     MAX_RECEIVERS);
		return 0;
	case KEY_PACKETS:
		a->packets = option_number(state, arg, "--packets", 1,
					   UINT64_MAX);
		return 0;
	case KEY_CPU:
		a->cpu = bench_option_cpu(state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->at.s_addr)
			argp_error(state, "--at is needed");
		if (a->first_port + a->receivers - 1 > 65535)
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

static int set_up(const struct sink *s, int fd)
{
	int bytes = ALL_BUFFERS / s->args.receivers, on = 1;

	if (bytes > (int)MOST_BUFFER)
		bytes = MOST_BUFFER;
	bench_enlarge(fd, bytes);
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		return log_errno("cannot have arrivals time-stamped",
				 "the kernel lacks SO_TIMESTAMPNS");
	return 0;
}

static int open_receiver(struct sink *s, __u32 receiver)
{
	int fd = bench_bind(s->args.at, s->args.first_port + receiver), err;

	if (fd < 0)
		return fd;
	s->fds[receiver] = fd;
	err = set_up(s, fd);
	return err ?: bench_watch(s->epoll, fd, receiver);
}

static int watch_signals(struct sink *s)
{
	int fd = bench_signals();

	return fd < 0 ? fd : bench_watch(s->epoll, fd, STOP);
}

static int open_all(struct sink *s)
{
	int err = bench_allow_files(s->args.receivers);

	if (err)
		return err;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return log_errno("epoll_create1", "are too many files open?");
	err = watch_signals(s);
	for (__u32 i = 0; !err && i < s->args.receivers; i++)
		err = open_receiver(s, i);
	return err;
}

/* ---- packets ---------------------------------------------------------- */

static struct stream *add_stream(struct sink *s, const struct stream_key *key)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream && !table_set(&s->streams, key, &stream))
		return stream;
	free(stream);
	return NULL;
}

static struct stream *find_stream(struct sink *s, __u32 receiver,
				  const struct slot *slot)
{
	struct stream_key key = {
		.receiver = receiver,
		.ssrc = slot->packet.rtp.ssrc,
		.from = slot->from.sin_addr,
		.port = slot->from.sin_port,
	};
	struct stream **found = table_find(&s->streams, &key);

	return found ? *found : add_stream(s, &key);
}

/* The time stamp is the only control message that this socket asked for. */
static __u64 arrival(const struct msghdr *message)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(message);
	struct timespec t;

	if (!c || c->cmsg_type != SCM_TIMESTAMPNS)
		return bench_now(CLOCK_REALTIME);
	memcpy(&t, CMSG_DATA(c), sizeof(t));
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static void take(struct sink *s, __u32 receiver, int i)
{
	const struct slot *slot = &s->slots[i];
	const struct stamp *stamp = &slot->packet.stamp;
	__u64 arrived, sent;
	struct stream *stream;

	if (s->messages[i].msg_len < sizeof(slot->packet) ||
	    stamp->magic != htonl(STAMP_MAGIC) ||
	    !(stream = find_stream(s, receiver, slot))) {
		s->strangers++;
		return;
	}
	arrived = arrival(&s->messages[i].msg_hdr);
	sent = be64toh(stamp->sent_ns);
	hist_add(&s->latency, delta_ns(sent, arrived));
	stream_update(stream, be64toh(stamp->seq), sent, arrived);
}

/*
 * Reads a batch, and returns the number of packets; 0 or less if there are
 * none.
 */
static int receive(struct sink *s, __u32 receiver)
{
	int got;

	for (int i = 0; i < BATCH; i++) {
		struct msghdr *header = &s->messages[i].msg_hdr;

		header->msg_namelen = sizeof(s->slots[i].from);
		header->msg_controllen = sizeof(s->slots[i].control);
	}
	got = recvmmsg(s->fds[receiver], s->messages, BATCH, MSG_DONTWAIT,
		       NULL);
	for (int i = 0; i < got; i++)
		take(s, receiver, i);
	if (got > 0)
		s->received += got;
	return got;
}

static void prepare(struct sink *s)
{
	s->streams = (struct table)TABLE_INIT("streams", TABLE_HASH,
					      struct stream_key,
					      struct stream *, MAX_STREAMS);
	for (int i = 0; i < BATCH; i++) {
		s->parts[i].iov_base = &s->slots[i].packet;
		s->parts[i].iov_len = sizeof(s->slots[i].packet);
		s->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &s->slots[i].from,
			.msg_iov = &s->parts[i],
			.msg_iovlen = 1,
			.msg_control = s->slots[i].control,
		};
	}
}

/*
 * Receives until a signal or enough packets have come, then reads what is left.
 */
static int receive_all(struct sink *s)
{
	struct epoll_event events[EVENTS];
	bool stop = false;

	while (!stop && !(s->args.packets && s->received >= s->args.packets)) {
		int ready = epoll_wait(s->epoll, events, EVENTS, -1);

		if (ready < 0 && errno != EINTR)
			return log_errno("cannot wait for packets",
					 "is epoll_wait() forbidden here?");
		for (int i = 0; i < ready; i++)
			if (events[i].data.u32 == STOP)
				stop = true;
			else
				receive(s, events[i].data.u32);
	}
	for (__u32 i = 0; i < s->args.receivers; i++)
		while (receive(s, i) > 0)
			;
	return 0;
}

/* ---- the result ------------------------------------------------------- */

/* Of a receiver, or of all of them. */
struct totals {
	__u64 received, lost, duplicated, reordered, socket_drops;
	struct delta_stats delta;
	__u64 jitter_sum, streams;
};

static void add_totals(struct totals *t, const struct stream *s)
{
	t->received += s->received;
	t->lost += stream_lost(s);
	t->duplicated += s->duplicated;
	t->reordered += s->reordered;
	t->jitter_sum += jitter_ns(&s->jitter);
	t->streams++;
	if (!s->delta.count)
		return;
	if (!t->delta.count || s->delta.min < t->delta.min)
		t->delta.min = s->delta.min;
	if (s->delta.max > t->delta.max)
		t->delta.max = s->delta.max;
	t->delta.sum += s->delta.sum;
	t->delta.count += s->delta.count;
}

static json_t *delta_json(const struct delta_stats *d)
{
	return json_pack("{s:I, s:I, s:I}", "min", (json_int_t)d->min, "mean",
			 (json_int_t)delta_mean(d), "max", (json_int_t)d->max);
}

static json_t *totals_json(const struct totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:I}", "received",
			 (json_int_t)t->received, "lost", (json_int_t)t->lost,
			 "duplicated", (json_int_t)t->duplicated, "reordered",
			 (json_int_t)t->reordered, "socket_drops",
			 (json_int_t)t->socket_drops, "delta",
			 delta_json(&t->delta), "jitter",
			 (json_int_t)(t->streams ? t->jitter_sum / t->streams :
						   0));
}

static json_t *stream_json(const struct sink *s, const struct stream_key *key,
			   const struct stream *stream)
{
	struct totals t = {};
	json_t *object;

	add_totals(&t, stream);
	object = totals_json(&t);
	json_object_del(object, "socket_drops"); /* not of a stream */
	json_object_set_new(object, "port",
			    json_integer(s->args.first_port + key->receiver));
	json_object_set_new(object, "ssrc", json_integer(ntohl(key->ssrc)));
	return object;
}

static json_t *latency_json(const struct hist *h)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count",
			 (json_int_t)h->count, "p50",
			 (json_int_t)percentile(h, PERCENTILE(50)), "p99",
			 (json_int_t)percentile(h, PERCENTILE(99)), "p999",
			 (json_int_t)percentile(h, PERCENTILE(99.9)), "max",
			 (json_int_t)h->max);
}

/* Points of the curve: not more than are seen, and all of the last per cent. */
static json_t *cdf_json(const struct hist *h)
{
	json_t *points = json_array();
	double last = 0, fraction;
	__u64 below = 0;

	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		below += h->bucket[i];
		fraction = h->count ? (double)below / h->count : 0;
		if (!h->bucket[i] ||
		    (fraction < 0.99 && fraction - last < CDF_STEP))
			continue;
		json_array_append_new(points,
				      json_pack("[I, f]",
						(json_int_t)hist_upper(i),
						fraction));
		last = fraction;
	}
	return points;
}

static json_t *receivers_json(const struct sink *s, struct totals *each)
{
	json_t *list = json_array();

	for (__u32 i = 0; i < s->args.receivers; i++) {
		json_t *object = totals_json(&each[i]);

		json_object_set_new(object, "port",
				    json_integer(s->args.first_port + i));
		json_array_append_new(list, object);
	}
	return list;
}

static int report(const struct sink *s)
{
	static struct totals each[MAX_RECEIVERS], all;
	json_t *streams = json_array(), *object;

	table_each(e, &s->streams) {
		const struct stream_key *key = table_key(e);
		struct stream *const *stream = table_value(e);

		add_totals(&each[key->receiver], *stream);
		add_totals(&all, *stream);
		json_array_append_new(streams, stream_json(s, key, *stream));
	}
	for (__u32 i = 0; i < s->args.receivers; i++) {
		each[i].socket_drops = bench_socket_drops(s->fds[i]);
		all.socket_drops += each[i].socket_drops;
	}
	object = totals_json(&all);
	json_object_set_new(object, "strangers", json_integer(s->strangers));
	json_object_set_new(object, "latency", latency_json(&s->latency));
	json_object_set_new(object, "cdf", cdf_json(&s->latency));
	json_object_set_new(object, "per_receiver", receivers_json(s, each));
	json_object_set_new(object, "streams", streams);
	return bench_print(object);
}

static void forget_streams(struct sink *s)
{
	table_each(e, &s->streams)
		free(*(struct stream *const *)table_value(e));
	table_close(&s->streams);
}

int main(int argc, char **argv)
{
	static struct sink sink = {
		.args = {
			.first_port = 50000, .receivers = 1,
			.cpu = BENCH_ANY_CPU,
		},
	};
	int err;

	options_parse(&argp, argc, argv, 0, &sink.args);
	prepare(&sink);
	err = bench_pin(sink.args.cpu);
	err = err ?: open_all(&sink);
	if (err)
		goto out;
	puts("ready");
	fflush(stdout);
	err = receive_all(&sink);
	err = err ?: report(&sink);
out:
	forget_streams(&sink);
	return exit_status(err);
}
