// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* lab01: attaches the guard to an interface and shows what it sees, live. */
#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/clock.h"
#include "common/loader.h"
#include "common/local_addresses.h"
#include "common/log.h"
#include "common/options.h"
#include "lab01-xdp-parse/guard.h"
#include "lab01-xdp-parse/rtp_stats.h"
#include "lab01-xdp-parse/verdict.h"
#include "lab01/guard.skel.h"

#define MAX_COUNT	  1000000000
#define KEY_DEFAULT_ROUTE 0x100

struct arguments {
	const char *iface;
	struct media_address media;
	__u32 clocks[RTP_PT + 1]; /* Hz; 0: DEFAULT_CLOCK */
	double interval;	  /* seconds */
	unsigned int count;	  /* reports; 0: until told to stop */
	bool json;
};

struct source {
	struct source_key key;
	struct rtp_stats stats;
};

/* All that the guard had counted at one moment. */
struct snapshot {
	__u64 ns;
	struct traffic traffic[VERDICT_COUNT];
	struct source *sources; /* ascending by key */
	__u32 count;
};

/* What is to be shown: totals at `now`, and rates since `before`. */
struct report {
	const struct arguments *args;
	const struct snapshot *now, *before;
	bool total; /* the last report: `before` is the start */
};

/* ---- options ---------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "iface", 'i', "NAME", 0, "Watch this interface (required)", 0 },
	{ "port", 'p', "PORT", 0, "UDP port that media comes to (5004)", 0 },
	{ "clock", 'c', "PT=HZ", 0,
	  "Clock rate of a payload type, by which its jitter is computed "
	  "(90000); may be repeated",
	  0 },
	{ "interval", 'n', "SECONDS", 0, "Time between two reports (1)", 0 },
	{ "count", 'N', "N", 0, "Stop after N reports", 0 },
	{ "once", '1', NULL, 0, "The same as --count 1", 0 },
	{ "json", 'j', NULL, 0, "Print one JSON object per report", 0 },
	DEFAULT_ROUTE_OPTION(KEY_DEFAULT_ROUTE),
	{}
};

static const char doc[] =
	"Attach lab01's guard to an interface and show the RTP that comes in. "
	"For each source it shows loss and order (RFC 3550 A.1), jitter (A.8) "
	"and the time between two arrivals; for each reason it shows how many "
	"malformed packets were dropped."
	"\vThe guard is detached when the program ends, even if it is killed.\n"
	"Exit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Example:\n  rtp_top --iface eth0 --clock 111=48000";

static void parse_clock(struct arguments *a, const char *text,
			struct argp_state *state)
{
	char pt[8] = "";
	const char *equals = strchr(text, '=');

	if (!equals || equals - text >= (int)sizeof(pt))
		argp_error(state, "--clock wants PT=HZ, as in 111=48000");
	memcpy(pt, text, equals - text);
	a->clocks[option_number(state, pt, "a payload type", 0, RTP_PT)] =
		option_number(state, equals + 1, "a clock", 1, 1000000000);
}

static void parse_port(struct arguments *a, const char *text,
		       struct argp_state *state)
{
	a->media.port = htons(option_number(state, text, "a port", 1, 65535));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'i')
		a->iface = arg;
	else if (key == 'p')
		parse_port(a, arg, state);
	else if (key == 'c')
		parse_clock(a, arg, state);
	else if (key == 'n')
		a->interval = option_seconds(state, arg);
	else if (key == 'N')
		a->count = option_number(state, arg, "a count", 1, MAX_COUNT);
	else if (key == '1')
		a->count = 1;
	else if (key == 'j')
		a->json = true;
	else if (key == KEY_DEFAULT_ROUTE)
		loader_allow_default_route();
	else if (key == ARGP_KEY_END && !a->iface)
		argp_error(state, "--iface is missing");
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

/* ---- reading the guard's maps ----------------------------------------- */

static int read_verdict(int fd, __u32 verdict, struct traffic *sum)
{
	struct traffic per_cpu[libbpf_num_possible_cpus()];
	int cpus = libbpf_num_possible_cpus();

	if (bpf_map_lookup_elem_flags(fd, &verdict, per_cpu, 0))
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum->packets += per_cpu[cpu].packets;
		sum->bytes += per_cpu[cpu].bytes;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* One system call reads all, so that no entry is met twice or missed. */
static int read_sources(int fd, struct snapshot *s)
{
	struct source_key *keys = calloc(MAX_SOURCES, sizeof(*keys));
	struct rtp_stats *stats = calloc(MAX_SOURCES, sizeof(*stats));
	__u32 count = MAX_SOURCES, position;
	int err = -ENOMEM;

	s->sources = calloc(MAX_SOURCES, sizeof(*s->sources));
	if (!keys || !stats || !s->sources)
		goto out;
	err = bpf_map_lookup_batch(fd, NULL, &position, keys, stats, &count,
				   NULL);
	if (err == -ENOENT) /* the map has no more entries: success */
		err = 0;
	if (err)
		goto out;
	for (s->count = 0; s->count < count; s->count++)
		s->sources[s->count] = (struct source){
			keys[s->count],
			stats[s->count],
		};
	qsort(s->sources, s->count, sizeof(*s->sources), by_key);
out:
	free(keys);
	free(stats);
	return err;
}

static int take_snapshot(const struct guard_bpf *guard, struct snapshot *s)
{
	int traffic_fd = bpf_map__fd(guard->maps.guard_traffic);
	int err = 0;

	*s = (struct snapshot){ .ns = clock_now_ns() };
	for (__u32 v = 0; v < VERDICT_COUNT && !err; v++)
		err = read_verdict(traffic_fd, v, &s->traffic[v]);
	err = err ?: read_sources(bpf_map__fd(guard->maps.sources), s);
	if (err)
		log_error("cannot read the guard's maps: %s", strerror(-err));
	return err;
}

/* ---- showing ---------------------------------------------------------- */

static double seconds(const struct report *r)
{
	return (double)(r->now->ns - r->before->ns) / NS_PER_SEC;
}

static double kbit_per_s(const struct report *r, const struct source *s)
{
	const struct snapshot *before = r->before;
	const struct source *old = NULL;
	__u64 bytes = s->stats.bytes;

	if (before->count)
		old = bsearch(s, before->sources, before->count, sizeof(*s),
			      by_key);
	/* fewer bytes than before: the entry was pushed out in between */
	if (old && old->stats.bytes <= bytes)
		bytes -= old->stats.bytes;
	return bytes * 8 / 1000.0 / seconds(r);
}

static double ms(__u64 ns)
{
	return ns / 1e6;
}

static int print_verdicts(const struct report *r)
{
	int lines = 0;

	printf("%-22s %12s %14s\n", "verdict", "packets", "bytes");
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct traffic *t = &r->now->traffic[v];

		if (!t->packets)
			continue;
		printf("%-5s%-17s %12llu %14llu\n", is_drop(v) ? "drop" : "",
		       verdict_name(v), t->packets, t->bytes);
		lines++;
	}
	return lines;
}

static void print_source(const struct report *r, const struct source *s)
{
	const struct rtp_stats *m = &s->stats;
	char address[ADDRESS_TEXT];

	printf("%-22s 0x%08x %3u %9llu %8.1f %6lld %6llu %8.3f "
	       "%8.3f %8.3f %8.3f\n",
	       address_format(address, &s->key.saddr, s->key.sport),
	       ntohl(s->key.ssrc), m->pt, m->packets, kbit_per_s(r, s),
	       rtp_lost(m), m->reordered, ms(rtp_jitter_ns(m)),
	       ms(m->delta_min_ns), ms(rtp_delta_mean_ns(m)),
	       ms(m->delta_max_ns));
}

/* How many sources fit below `lines` lines; all, if this is no terminal. */
static __u32 room_for_sources(int lines)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		return MAX_SOURCES;
	return size.ws_row > lines ? size.ws_row - lines : 0;
}

static void print_table(const struct report *r)
{
	__u32 shown, lines;

	live_redraw();
	printf("%s, %s, UDP port %u, %s %.1f s\n\n", r->args->iface,
	       loader_xdp_mode(if_nametoindex(r->args->iface)),
	       ntohs(r->args->media.port), r->total ? "total of" : "last",
	       seconds(r));
	lines = print_verdicts(r);
	printf("\n%-22s %-10s %3s %9s %8s %6s %6s %8s %26s\n", "source", "SSRC",
	       "PT", "packets", "kbit/s", "lost", "late", "jitter",
	       "delta ms: min / mean / max");
	shown = r->total ? MAX_SOURCES : room_for_sources(lines + 7);
	for (__u32 i = 0; i < r->now->count && i < shown; i++)
		print_source(r, &r->now->sources[i]);
	if (r->now->count > shown)
		printf("... and %u more\n", r->now->count - shown);
	if (!log_terminal(STDOUT_FILENO))
		putchar('\n');
}

static json_t *traffic_json(const struct traffic *t)
{
	return json_pack("{sI sI}", "packets", (json_int_t)t->packets, "bytes",
			 (json_int_t)t->bytes);
}

static json_t *verdicts_json(const struct report *r)
{
	json_t *verdicts = json_object();

	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct traffic *t = &r->now->traffic[v];

		if (t->packets)
			json_object_set_new(verdicts, verdict_name(v),
					    traffic_json(t));
	}
	return verdicts;
}

static json_t *source_json(const struct report *r, const struct source *s)
{
	const struct rtp_stats *m = &s->stats;
	char address[ADDRESS_TEXT];

	address_format(address, &s->key.saddr, s->key.sport);
	/* clang-format off */
	return json_pack("{ss sI si sI sI sf sI sI sf s{sf sf sf}}",
			 "address", address,
			 "ssrc", (json_int_t)ntohl(s->key.ssrc), "pt", m->pt,
			 "packets", (json_int_t)m->packets,
			 "bytes", (json_int_t)m->bytes,
			 "kbit_per_s", kbit_per_s(r, s),
			 "lost", (json_int_t)rtp_lost(m),
			 "reordered", (json_int_t)m->reordered,
			 "jitter_us", rtp_jitter_ns(m) / 1e3,
			 "delta_us", "min", m->delta_min_ns / 1e3,
			 "mean", rtp_delta_mean_ns(m) / 1e3,
			 "max", m->delta_max_ns / 1e3);
	/* clang-format on */
}

static void print_json(const struct report *r)
{
	json_t *sources = json_array(), *o;

	for (__u32 i = 0; i < r->now->count; i++)
		json_array_append_new(sources,
				      source_json(r, &r->now->sources[i]));
	o = json_pack("{ss si sb sf so so}", "iface", r->args->iface, "port",
		      ntohs(r->args->media.port), "total", r->total, "seconds",
		      seconds(r), "verdicts", verdicts_json(r), "sources",
		      sources);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(o);
}

/* ---- running ---------------------------------------------------------- */

static int report(const struct arguments *a, const struct guard_bpf *guard,
		  struct snapshot *before, bool total)
{
	struct snapshot now = {};
	struct report r = { a, &now, before, total };
	int err = take_snapshot(guard, &now);

	if (err)
		return err;
	if (a->json)
		print_json(&r);
	else
		print_table(&r);
	free(before->sources);
	*before = now;
	return fflush(stdout) ? -errno : 0;
}

/* Follows the addresses that this host gets and loses while we run. */
static int keep_addresses(const struct guard_bpf *guard)
{
	return local_addresses_sync(bpf_map__fd(guard->maps.local_addresses));
}

static int watch(const struct arguments *a, const struct guard_bpf *guard)
{
	struct snapshot start = { .ns = clock_now_ns() }, before = start;
	bool go_on = true;
	int err = 0;

	for (unsigned int n = 0; !err && (!a->count || n < a->count); n++) {
		go_on = live_wait(a->interval);
		if (!go_on)
			break;
		err = keep_addresses(guard);
		err = err ?: report(a, guard, &before, false);
	}
	free(before.sources);
	if (!err && !go_on)
		err = report(a, guard, &start, true);
	free(start.sources);
	return err;
}

static int set_clocks(const struct arguments *a, int fd)
{
	for (__u32 pt = 0; pt <= RTP_PT; pt++)
		if (a->clocks[pt] &&
		    bpf_map_update_elem(fd, &pt, &a->clocks[pt], 0))
			return -errno;
	return 0;
}

/* The link is not pinned, so it ends with this process, even by kill -9. */
static int attach_and_watch(const struct arguments *a, struct guard_bpf *guard)
{
	int ifindex = loader_tool_ifindex(a->iface), link, err;

	if (ifindex < 0)
		return ifindex;
	guard->rodata->media = a->media;
	err = loader_load(guard->skeleton);
	err = err ?: set_clocks(a, bpf_map__fd(guard->maps.clocks));
	err = err ?: keep_addresses(guard);
	if (err)
		return err;
	link = loader_attach_xdp(guard->progs.guard, ifindex);
	if (link < 0)
		return link;
	err = watch(a, guard);
	close(link);
	return err;
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = doc,
		.children = options_children,
	};
	struct arguments a = {
		.media.port = htons(DEFAULT_MEDIA_PORT),
		.interval = 1,
	};
	struct guard_bpf *guard;
	int err;

	options_parse(&argp, argc, argv, 0, &a);
	err = loader_init();
	if (err)
		return exit_status(err);
	guard = guard_bpf__open();
	if (!guard) {
		log_error("cannot read the BPF object: %s", strerror(errno));
		return EXIT_FAILED;
	}
	live_start();
	err = attach_and_watch(&a, guard);
	guard_bpf__destroy(guard);
	return exit_status(err);
}
