// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of what is provided: the generator and the receivers, on two hosts
 * with real veths between them, and bench_rows, which reads what was counted.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab01-xdp-parse/testlib/tools.h"
#include "lab05-bench/stamp.h"
#include "lab05-bench/stream.h"

#define FIRST_PORT 50000
#define TIMEOUT_MS patient_ms(5000)

static int two_hosts(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice,bob");
	/* a burst to a neighbour who has yet to be found is cut short */
	return err ?: sandbox_neighbours("alice");
}

TEST_SETUP(two_hosts)

/* ---- running the programs ---------------------------------------------- */

struct program {
	pid_t pid;
	FILE *out;
};

/* Words with a space between; the first is a program beside this one. */
static struct program start(const char *host, const char *words)
{
	char *copy = strdup(words), *argv[32] = {};
	struct program p;
	int ends[2], argc = 0, ours = dup(STDOUT_FILENO);

	step("%s: %s", host ?: "here", words);
	for (char *w = strtok(copy, " "); w && argc < 31; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[0] = (char *)test_beside(argv[0]);
	check_int("pipe", 0, pipe2(ends, O_CLOEXEC));
	fflush(NULL);
	dup2(ends[1], STDOUT_FILENO);
	p.pid = sandbox_spawn(host, argv);
	dup2(ours, STDOUT_FILENO);
	close(ours);
	close(ends[1]);
	check_true(p.pid > 0, "%s was not started", words);
	p.out = fdopen(ends[0], "r");
	free(copy);
	return p;
}

/* What it prints as JSON; it must then end well. */
static json_t *result(struct program *p)
{
	json_error_t error;
	json_t *object = json_loadf(p->out, 0, &error);
	int status;

	check_int("wait", p->pid, waitpid(p->pid, &status, 0));
	check_int("exit status", 0, status);
	check_true(object, "no JSON: %s", error.text);
	fclose(p->out);
	return object;
}

static struct program start_sink(unsigned int receivers, unsigned int packets)
{
	char words[128], line[16];
	struct program sink;

	snprintf(words, sizeof(words),
		 "rtp_sink --at %s --receivers %u "
		 "--packets %u",
		 sandbox_host("bob")->ip4, receivers, packets);
	sink = start("bob", words);
	check_true(fgets(line, sizeof(line), sink.out), "it says nothing");
	check_str("what it says", "ready\n", line);
	return sink;
}

static json_t *run_load(const char *more)
{
	struct program load;
	char words[256];

	snprintf(words, sizeof(words),
		 "rtp_load --from %s --to %s --to-port "
		 "%u %s",
		 sandbox_host("alice")->ip4, sandbox_host("bob")->ip4,
		 FIRST_PORT, more);
	load = start("alice", words);
	return result(&load);
}

static json_int_t get(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	check_true(json_is_integer(value), "there is no %s", name);
	return json_integer_value(value);
}

/* ---- streams ------------------------------------------------------------ */

static void arrive(struct stream *s, const __u64 *seqs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stream_update(s, seqs[i], i, i);
}

#define ARRIVE(s, ...)                                                         \
	arrive(s, (__u64[]){ __VA_ARGS__ },                                    \
	       sizeof((__u64[]){ __VA_ARGS__ }) / sizeof(__u64))

static void check_stream(const struct stream *s, __u64 lost, __u64 duplicated,
			 __u64 reordered)
{
	check_uint("lost", lost, stream_lost(s));
	check_uint("duplicated", duplicated, s->duplicated);
	check_uint("reordered", reordered, s->reordered);
}

TEST("5.0.a", stream_order, "each packet is in order, late or a duplicate",
     .native = true)
{
	struct stream s = {};

	check_stream(&s, 0, 0, 0);
	ARRIVE(&s, 10, 11, 12);
	check_stream(&s, 0, 0, 0);
	ARRIVE(&s, 15);
	check_stream(&s, 2, 0, 0);
	ARRIVE(&s, 13);
	check_stream(&s, 1, 0, 1);
	ARRIVE(&s, 13, 15, 12);
	check_stream(&s, 1, 3, 1);
	step("9 is from before the first");
	ARRIVE(&s, 9, 9);
	check_stream(&s, 1, 4, 2);
	check_uint("received", 10, s.received);
}

TEST("5.0.b", stream_window, "gaps wider than the window, and what is behind",
     .native = true)
{
	struct stream s = {};

	ARRIVE(&s, 0, 1, 2, SEQ_WINDOW, SEQ_WINDOW + 1);
	check_stream(&s, SEQ_WINDOW - 3, 0, 0);
	step("one whose bit was that of 2");
	ARRIVE(&s, SEQ_WINDOW + 2);
	check_stream(&s, SEQ_WINDOW - 3, 0, 0);
	ARRIVE(&s, 10 * SEQ_WINDOW, 10 * SEQ_WINDOW - 1);
	check_stream(&s, 10 * SEQ_WINDOW + 1 - 8, 0, 1);
	step("too late for the window: late, even if it comes twice");
	ARRIVE(&s, 5);
	check_stream(&s, 10 * SEQ_WINDOW + 1 - 9, 0, 2);
}

TEST("5.0.c", hist_error, "a bucket is at most 1/128 wide, and none is missed",
     .native = true)
{
	unsigned int last = 0;

	for (__u64 v = 0; v < 1 << 20; v++) {
		unsigned int b = hist_bucket(v);

		check_true(b == last || b == last + 1,
			   "after bucket %u "
			   "comes %u, at %llu",
			   last, b, v);
		check_true(hist_upper(b) >= v && hist_upper(b) <= v + v / 128,
			   "%llu is in the bucket up to %llu", v,
			   hist_upper(b));
		last = b;
	}
	check_uint("the last bucket", HIST_BUCKETS - 1, hist_bucket(-1ull));
	check_uint("its upper end", -1ull, hist_upper(HIST_BUCKETS - 1));
}

/* ---- load and sink ------------------------------------------------------ */

TEST("5.0.d", sent_is_received, "what is sent is received, once and in order")
{
	struct program sink = start_sink(1, 600);
	json_t *sent = run_load("--senders 3 --rate 2000 --packets 200");
	json_t *got = result(&sink), *stream;
	size_t i;

	check_int("sent", 600, get(sent, "sent"));
	check_int("failed", 0, get(sent, "failed"));
	check_int("received", 600, get(got, "received"));
	check_int("lost", 0, get(got, "lost"));
	check_int("duplicated", 0, get(got, "duplicated"));
	check_int("reordered", 0, get(got, "reordered"));
	check_int("socket_drops", 0, get(got, "socket_drops"));
	check_int("strangers", 0, get(got, "strangers"));
	check_int("streams", 3,
		  json_array_size(json_object_get(got, "streams")));
	json_array_foreach(json_object_get(got, "streams"), i, stream) {
		check_int("SSRC", i + 1, get(stream, "ssrc"));
		check_int("received", 200, get(stream, "received"));
	}
}

/* No packet can have taken longer than the whole of the run. */
TEST("5.0.e", latency_sane, "latencies: above zero, and below the run's time")
{
	struct program sink = start_sink(1, 100);
	json_t *sent = run_load("--rate 1000 --packets 100");
	json_t *got = result(&sink), *latency = json_object_get(got, "latency");
	double ns = json_real_value(json_object_get(sent, "seconds")) * 1e9;

	check_int("count", 100, get(latency, "count"));
	check_true(get(latency, "max") > 0, "they are all zero");
	check_true(get(latency, "max") < ns,
		   "the maximum is %lld ns, the run "
		   "took %.0f",
		   get(latency, "max"), ns);
	check_true(get(latency, "p50") <= get(latency, "p99"),
		   "p50 is greater than p99");
}

TEST("5.0.f", saturation, "as fast as it can: all that was sent is accounted")
{
	struct program sink = start_sink(1, 256);
	json_t *sent = run_load("--rate 0 --senders 2 --packets 128 "
				"--size 129");
	json_t *got = result(&sink);

	check_int("sent", 256, get(sent, "sent"));
	check_int("received", 256, get(got, "received"));
	check_int("lost", 0, get(got, "lost"));
}

static void send_to(int fd, __u16 port, const void *bytes, size_t length)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	inet_pton(AF_INET, sandbox_host("bob")->ip4, &to.sin_addr);
	check_int("sendto", length,
		  sendto(fd, bytes, length, 0, (void *)&to, sizeof(to)));
}

/* Datagrams of our own making, so that we know what is wrong with them. */
static void send_stamped(int fd, __u16 port, const __u64 *seqs, size_t count)
{
	struct stamped_rtp p = {
		.rtp = { .vpxcc = 0x80, .ssrc = htonl(7) },
		.stamp = { .magic = htonl(STAMP_MAGIC) },
	};

	for (size_t i = 0; i < count; i++) {
		p.stamp.seq = htobe64(seqs[i]);
		send_to(fd, port, &p, sizeof(p));
	}
}

static void check_receiver(json_t *got, size_t i, json_int_t received,
			   json_int_t lost, json_int_t duplicated,
			   json_int_t reordered)
{
	json_t *r = json_array_get(json_object_get(got, "per_receiver"), i);

	check_int("port", FIRST_PORT + i, get(r, "port"));
	check_int("received", received, get(r, "received"));
	check_int("lost", lost, get(r, "lost"));
	check_int("duplicated", duplicated, get(r, "duplicated"));
	check_int("reordered", reordered, get(r, "reordered"));
}

TEST("5.0.g", wrong_is_counted, "loss, duplicates and disorder, per receiver")
{
	static const __u64 first[] = { 0, 1, 2, 5, 4, 4, 9 };
	static const __u64 second[] = { 3, 4, 5 };
	static const struct stamped_rtp no_magic;
	struct program sink = start_sink(2, 12);
	int fd = sandbox_socket("alice", AF_INET, SOCK_DGRAM, 0);
	json_t *got;

	send_stamped(fd, FIRST_PORT, first, 7);
	send_stamped(fd, FIRST_PORT + 1, second, 3);
	step("and datagrams without a stamp, short and long");
	send_to(fd, FIRST_PORT, "stranger", 8);
	send_to(fd, FIRST_PORT, &no_magic, sizeof(no_magic));
	got = result(&sink);
	check_receiver(got, 0, 7, 4, 1, 1);
	check_receiver(got, 1, 3, 0, 0, 0);
	check_int("strangers", 2, get(got, "strangers"));
}

TEST("5.0.h", two_sources, "one SSRC from two ports is two streams")
{
	static const __u64 seqs[] = { 0, 1, 2 };
	struct program sink = start_sink(1, 6);
	json_t *got;

	for (int i = 0; i < 2; i++)
		send_stamped(sandbox_socket("alice", AF_INET, SOCK_DGRAM, 0),
			     FIRST_PORT, seqs, 3);
	got = result(&sink);
	check_receiver(got, 0, 6, 0, 0, 0);
	check_int("streams", 2,
		  json_array_size(json_object_get(got, "streams")));
}

TEST("5.0.i", frames, "frames of the length that was asked for, valid RTP")
{
	int capture = capture_open("bob", "eth0");
	struct program sink = start_sink(1, 2);
	struct stamped_rtp p;
	struct frame frame;

	run_load("--rate 1000 --packets 2 --size 129 --ssrc 0x1234 "
		 "--payload-type 111 --first-port 41000");
	for (int i = 0; i < 2; i++) {
		check_int("captured", 0,
			  capture_next(capture, &frame, TIMEOUT_MS));
		check_uint("length", 129, frame.len);
		memcpy(&p, frame.data + FRAME_OVERHEAD, sizeof(p));
		check_uint("version, CSRCs", 0x80, p.rtp.vpxcc);
		check_uint("payload type", 111, p.rtp.mpt);
		check_uint("sequence number", i, ntohs(p.rtp.seq));
		check_uint("timestamp, 1 ms at 90 kHz", 90 * i,
			   ntohl(p.rtp.timestamp));
		check_uint("SSRC", 0x1234, ntohl(p.rtp.ssrc));
		check_uint("stamp", i, be64toh(p.stamp.seq));
	}
	json_decref(result(&sink));
}

/* ---- rows ---------------------------------------------------------------- */

#define RECORD                                                                 \
	"{\"scenario\": \"cost\", \"network\": \"hosts\", "                    \
	"\"mode\": \"%s\", \"senders\": 1, \"receivers\": 20, "                \
	"\"size\": 1154, \"rate\": 250, \"hog\": false, "                      \
	"\"fifo\": true, \"round\": %d, \"seconds\": 2.0, "                    \
	"\"sent\": 1000, \"received\": 20000, \"%s\": {\"in\": 1000, "         \
	"\"copies\": 20000}, \"cpu_ns\": {\"napi\": %d}}"

struct output {
	int status;
	char text[8192], errors[8192];
};

static void read_back(FILE *f, char text[8192])
{
	rewind(f);
	text[fread(text, 1, 8191, f)] = '\0';
	fclose(f);
}

/* What it makes of these records; valid until the next call. */
static const struct output *rows(const char *records, const char *options)
{
	static struct output output;
	FILE *in = tmpfile(), *out = tmpfile(), *errors = tmpfile();
	char command[512];

	fputs(records, in);
	fflush(in);
	snprintf(command, sizeof(command),
		 "%s %s </proc/self/fd/%d "
		 ">/proc/self/fd/%d 2>/proc/self/fd/%d",
		 test_beside("bench_rows"), options, fileno(in), fileno(out),
		 fileno(errors));
	output.status = WEXITSTATUS(system(command));
	fclose(in);
	read_back(out, output.text);
	read_back(errors, output.errors);
	return &output;
}

static char *records(const char *mode, const char *counted, int cpu_ns)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (int round = 1; round <= 3; round++)
		fprintf(out, RECORD "\n", mode, round, counted, cpu_ns + round);
	fclose(out);
	return text;
}

#define CELL(mode) "\ncost,hosts," mode ",1,20,1154,250,0,1,"

static void check_row(const struct output *o, const char *row)
{
	check_true(strstr(o->text, row), "there is no row%s in\n%s", row,
		   o->text);
}

TEST("5.0.j", rows_good, "three rounds become rows, against another mode too",
     .native = true)
{
	char *tc = records("tc", "kernel", 20000000), *both = NULL;
	char *user = records("user", "user", 80000000);
	const struct output *o;

	check_true(asprintf(&both, "%s%s", tc, user) > 0, "no memory");
	o = rows(both, "--against tc");
	check_int("exit status", 0, o->status);
	check_row(o, CELL("tc") "delivered,1/s,10000,10000,10000,3");
	check_row(o, CELL("tc") "loss,%,0,0,0,3");
	check_row(o, CELL("tc") "cpu_per_input,ns,20000.002,20000.001,"
				"20000.003,3");
	check_row(o, CELL("tc") "cpu_load,%,1.0000001");
	check_row(o, CELL("user/tc") "cpu_per_packet,ratio,3.9999997");
}

TEST("5.0.k", rows_refused, "records that prove nothing are refused, aloud",
     .native = true)
{
	char *bad = records("tc", "user", 20000000);
	const struct output *o;

	step("mode tc, but the copies were made in user space");
	o = rows(bad, "");
	check_int("exit status", 1, o->status);
	check_true(!strstr(o->text, "cost"), "it writes rows:\n%s", o->text);
	check_true(strstr(o->errors, "wrong path") &&
			   strstr(o->errors, "3 of 3"),
		   "it says only:\n%s", o->errors);
	o = rows("{\"scenario\": 5}\nnonsense\n", "");
	check_int("exit status for what is no record", 1, o->status);
	o = rows("", "--nonsense");
	check_int("exit status for wrong usage", 2, o->status);
}

TEST("5.0.l", rows_twice, "a round that comes twice is refused", .native = true)
{
	char *tc = records("tc", "kernel", 20000000), *twice = NULL;
	const struct output *o;

	check_true(asprintf(&twice, "%s%s", tc, tc) > 0, "no memory");
	o = rows(twice, "");
	check_int("exit status", 1, o->status);
	check_row(o, CELL("tc") "cpu_per_input,ns,20000.002,20000.001,"
				"20000.003,3");
}

TEST("5.0.m", keeps_off, "link_sink keeps off the default route",
     .isolated = true)
{
	check_keeps_off("link_sink", "--receivers 1");
}
