// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: what each step of the plane xdp costs, in ns.
 *
 *	fan_step.bpf.c --> the kernel runs each program a million times
 *	                   --> ns of a run: median, least and most of 5
 *
 * As lab05's step_cost: no link, no interrupt, warm caches.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/packet.h"
#include "lab03-maps/tables.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/measure.h"
#include "lab06-xdp-fanout/broadcast.h"
#include "lab06/fan_step.skel.h"

#define MEDIA_PORT  5004
#define SOURCE	    "10.0.1.1"
#define SERVER	    "10.0.1.254"
#define SENDER_PORT 6000
#define SSRC	    1
#define STREAM	    1
#define FIRST_LEG   1
#define LEGS	    20
#define PAYLOAD	    1100 /* bytes: 1,154 of a frame */
#define RUNS	    5

struct arguments {
	__u32 repeat;
	int cpu;
};

struct step {
	const char *name;
	const struct bpf_program *program;
	const char *less; /* the step that is a part of it, or NULL */
	__u32 result;	  /* what the program returns if it came that far */
	__u32 times;	  /* how often one run does it */
};

/* ---- options ---------------------------------------------------------- */

enum { KEY_CPU = 0x100 };

static const struct argp_option options[] = {
	{ "repeat", 'r', "N", 0, "Number of runs per step (1000000)", 1 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU", 1 },
	{}
};

static const char doc[] =
	"Measure what each step of the plane xdp costs, and print it as JSON: "
	"ns (median, least and most of 5 measurements)."
	"\vExit status: 0, 1 failed, 2 usage, 77 no right to load BPF.";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'r')
		a->repeat = option_number(state, arg, "--repeat", 1, 1 << 30);
	else if (key == KEY_CPU)
		a->cpu = bench_option_cpu(state, arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

/* ---- the packet, and the tables ---------------------------------------- */

static int make_packet(struct frame *frame)
{
	struct packet_spec s = {
		.ip = { .src = SOURCE, .dst = SERVER },
		.udp = { .sport = SENDER_PORT, .dport = MEDIA_PORT },
		.rtp = { .payload_type = 96, .ssrc = SSRC },
		.payload_len = PAYLOAD,
	};

	return packet_build(frame, &s);
}

static int set(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) ?
		       log_errno(bpf_map__name(map), "has it been changed?") :
		       0;
}

/* A test run comes in by lo; that is where the legs are, too. */
static int add_port(const struct fan_step_bpf *bpf, const struct frame *frame)
{
	__u32 ifindex = if_nametoindex("lo");
	struct port port = { .takes_copies = 1 };

	memcpy(port.mac, frame->data, ETH_ALEN); /* to whom it is sent */
	return set(bpf->maps.fan_ports, &ifindex, &port);
}

/* Each leg changes the packet into itself, so that each run meets the same. */
static int add_legs(const struct fan_step_bpf *bpf)
{
	struct leg leg = {
		.saddr = ip_addr_v4(inet_addr(SOURCE)),
		.daddr = ip_addr_v4(inet_addr(SERVER)),
		.ifindex = if_nametoindex("lo"),
		.ssrc = htonl(SSRC),
		.stream = STREAM,
		.pt = { 96 },
		.dport = htons(MEDIA_PORT),
	};
	int err = 0;

	for (__u32 slot = FIRST_LEG; slot < FIRST_LEG + LEGS && !err; slot++) {
		leg.id = slot;
		err = set(bpf->maps.sfu_legs, &slot, &leg);
	}
	return err;
}

/* One sender with one stream, which has no legs of its own. */
static int fill_tables(const struct fan_step_bpf *bpf)
{
	struct ip_addr source = ip_addr_v4(inet_addr(SOURCE));
	struct ip_addr server = ip_addr_v4(inet_addr(SERVER));
	struct transport_address from = {
		.addr = source,
		.port = htons(SENDER_PORT),
		.local_port = htons(MEDIA_PORT),
	};
	struct sender sender = { .transport = 1 };
	struct ssrc_key key = { .transport = sender.transport,
				.ssrc = htonl(SSRC) };
	struct stream none = { .pt = { 96, NO_PT, NO_PT, NO_PT } };
	__u32 stream = STREAM, yes = 1;
	int err = set(bpf->maps.local_addresses, &server, &yes);

	err = err ?: set(bpf->maps.sfu_addresses, &from, &sender);
	err = err ?: set(bpf->maps.sfu_ssrcs, &key, &stream);
	err = err ?: set(bpf->maps.sfu_streams, &stream, &none);
	return err ?: add_legs(bpf);
}

static int load(struct fan_step_bpf *bpf)
{
	int cpus = libbpf_num_possible_cpus();

	bpf->rodata->media.port = htons(MEDIA_PORT);
	bpf_map__set_max_entries(bpf->maps.fan_flights, FLIGHTS * cpus);
	bpf_map__set_max_entries(bpf->maps.fan_cpus, cpus);
	return loader_load(bpf->skeleton);
}

/* ---- measuring -------------------------------------------------------- */

static int run_once(const struct step *s, struct frame *frame, __u32 repeat,
		    double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame->data,
		    .data_size_in = frame->len, .repeat = repeat);

	if (bpf_prog_test_run_opts(bpf_program__fd(s->program), &run))
		return -errno;
	*ns = (double)run.duration / s->times;
	return run.retval == s->result ? 0 : -EPROTO;
}

static int measure(const struct step *s, __u32 repeat, struct estimate *e)
{
	struct frame frame;
	double ns[RUNS];
	int err = make_packet(&frame);

	for (int i = 0; i < RUNS && !err; i++)
		err = run_once(s, &frame, repeat, &ns[i]);
	if (err)
		log_error("cannot run %s: %s", s->name, strerror(-err));
	else
		*e = estimate(ns, RUNS);
	return err;
}

static int measure_all(const struct step *steps, size_t count, __u32 repeat,
		       json_t *list)
{
	struct estimate e;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		err = measure(&steps[i], repeat, &e);
		if (!err)
			json_array_append_new(
				list, json_pack("{s:s, s:s?, s:f, s:f, s:f}",
						"step", steps[i].name, "less",
						steps[i].less, "ns", e.median,
						"low", e.low, "high", e.high));
	}
	return err;
}

static int run_steps(const struct arguments *a, const struct fan_step_bpf *bpf,
		     json_t *list)
{
	const struct step begin = { "", bpf->progs.fan_begin, NULL, XDP_PASS,
				    1 };
	const struct step steps[] = {
		{ "call", bpf->progs.fan_nothing, NULL, XDP_PASS, 1 },
		{ "parse", bpf->progs.fan_parse, "call", CLASS_RTP, 1 },
		{ "look up", bpf->progs.fan_lookup, "parse", CLASS_RTP, 1 },
		{ "fanout: no legs", bpf->progs.fanout, "call", XDP_DROP, 1 },
		{ "survey 20 legs", bpf->progs.fan_survey, "parse", XDP_PASS,
		  1 },
		{ "checksum: complete", bpf->progs.fan_complete, "parse",
		  XDP_PASS, 1 },
		{ "checksum: partial", bpf->progs.fan_partial, "parse",
		  XDP_PASS, 1 },
		{ "leave", bpf->progs.fan_leave, "call", XDP_PASS, 1 },
		{ "count", bpf->progs.fan_count, NULL, XDP_PASS, BULK },
	};
	struct frame frame;
	double ns;
	int err = make_packet(&frame);

	err = err ?: add_port(bpf, &frame);
	err = err ?: run_once(&begin, &frame, 1, &ns);
	return err   ?:
		       measure_all(steps, sizeof(steps) / sizeof(*steps),
				   a->repeat, list);
}

static int run(const struct arguments *a, json_t *list)
{
	struct fan_step_bpf *bpf;
	int err = loader_init();

	err = err ?: bench_pin(a->cpu);
	if (err)
		return err;
	bpf = fan_step_bpf__open();
	if (!bpf)
		return log_errno("fan_step.bpf.o", "build it again");
	err = load(bpf);
	err = err ?: fill_tables(bpf);
	err = err ?: run_steps(a, bpf, list);
	fan_step_bpf__destroy(bpf);
	return err;
}

int main(int argc, char **argv)
{
	struct arguments a = { .repeat = 1000000, .cpu = BENCH_ANY_CPU };
	json_t *list = json_array();
	int err;

	options_parse(&argp, argc, argv, 0, &a);
	err = run(&a, list);
	if (!err)
		err = bench_print(json_pack("{s:i, s:O}", "repeat", a.repeat,
					    "steps", list));
	json_decref(list);
	return exit_status(err);
}
