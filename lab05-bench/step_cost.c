// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: what each step of the data plane costs, in ns a packet, and how
 * much the verifier had to look at to let it pass.
 *
 * The kernel runs the programs itself (BPF_PROG_TEST_RUN), a million times
 * on one packet: no link, no interrupt, warm caches.  So it tells which step
 * is dear, not what a packet costs on its way through a machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/packet.h"
#include "lab03-maps/tables.h"
#include "lab01/guard.skel.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/measure.h"
#include "lab05/step.skel.h"

#define MEDIA_PORT  5004
#define SOURCE	    "10.0.1.1"
#define SERVER	    "10.0.1.254"
#define SENDER_PORT 6000
#define SSRC	    1
#define STREAM	    1
#define THE_LEG	    1
#define PAYLOAD	    1100 /* bytes: 1,154 of a frame */
#define RUNS	    5

struct arguments {
	const char *iface;
	__u32 repeat;
};

struct programs {
	struct guard_bpf *guard;
	struct step_bpf *step;
};

/* The packets that the steps meet. */
enum kind { RTP, MALFORMED, NOT_OURS, UNKNOWN, KINDS };

struct step {
	const char *name;
	const struct bpf_program *program;
	enum kind packet;
	const char *less; /* the step that is a part of it, or NULL */
};

/* ---- options ---------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "iface", 'i', "NAME", 0,
	  "Interface that clones are sent to (required); take a veth whose "
	  "other end is down, which drops them",
	  1 },
	{ "repeat", 'r', "N", 0, "Number of runs per step (1000000)", 1 },
	{}
};

static const char doc[] =
	"Measure what each step of the data plane costs, and print it as JSON: "
	"ns per packet (median, least and most of 5 measurements), and the "
	"number of instructions that the verifier processed."
	"\vExit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Example (in a sandbox):\n"
	"  ip link add void type veth peer name end; ip link set void up\n"
	"  step_cost --iface void";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'i')
		a->iface = arg;
	else if (key == 'r')
		a->repeat = option_number(state, arg, "--repeat", 1, 1 << 30);
	else if (key == ARGP_KEY_END && !a->iface)
		argp_error(state, "--iface is missing");
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

/* ---- packets ---------------------------------------------------------- */

static int make_packet(enum kind kind, struct frame *frame)
{
	struct packet_spec s = {
		.ip = { .src = SOURCE, .dst = SERVER },
		.udp = { .sport = SENDER_PORT, .dport = MEDIA_PORT },
		.rtp = { .payload_type = 96, .ssrc = SSRC },
		.payload_len = PAYLOAD,
	};

	if (kind == MALFORMED)
		s.ip.length = 60000; /* more than there is */
	if (kind == NOT_OURS)
		s.udp.dport++;
	if (kind == UNKNOWN)
		s.udp.sport++;
	return packet_build(frame, &s);
}

/* ---- tables ----------------------------------------------------------- */

static int set(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) ?
		       log_errno(bpf_map__name(map), "has it been changed?") :
		       0;
}

/* One sender with one stream, which has no legs; one leg, which changes it
 * into itself. */
static int fill_tables(const struct step_bpf *bpf, int ifindex)
{
	struct ip_addr source = ip_addr_v4(inet_addr(SOURCE));
	struct transport_address from = {
		.addr = source,
		.port = htons(SENDER_PORT),
		.local_port = htons(MEDIA_PORT),
	};
	__u32 stream = STREAM, slot = THE_LEG;
	struct sender sender = { .transport = 1 };
	struct ssrc_key key = { .transport = sender.transport,
				.ssrc = htonl(SSRC) };
	struct leg leg = {
		.saddr = source,
		.daddr = ip_addr_v4(inet_addr(SERVER)),
		.ifindex = ifindex,
		.ssrc = key.ssrc,
		.pt = { 96 },
		.dport = htons(MEDIA_PORT),
	};
	struct stream none = { .pt = { 96, NO_PT, NO_PT, NO_PT } };
	int err = set(bpf->maps.sfu_addresses, &from, &sender);

	err = err ?: set(bpf->maps.sfu_ssrcs, &key, &stream);
	err = err ?: set(bpf->maps.sfu_streams, &stream, &none);
	return err ?: set(bpf->maps.sfu_legs, &slot, &leg);
}

/* Media comes in at every address of this host: SERVER is one. */
static int add_address(const struct bpf_map *map)
{
	struct ip_addr server = ip_addr_v4(inet_addr(SERVER));
	__u32 yes = 1;

	return set(map, &server, &yes);
}

static int load(struct programs *p)
{
	struct media_address media = { .port = htons(MEDIA_PORT) };
	int err = loader_init();

	if (err)
		return err;
	p->guard = guard_bpf__open();
	p->step = step_bpf__open();
	if (!p->guard || !p->step)
		return log_errno("the BPF objects", "build them again");
	p->guard->rodata->media = media;
	p->step->rodata->media = media;
	err = loader_load(p->guard->skeleton);
	err = err ?: loader_load(p->step->skeleton);
	err = err ?: add_address(p->guard->maps.local_addresses);
	return err ?: add_address(p->step->maps.local_addresses);
}

/* ---- measuring -------------------------------------------------------- */

static int run_once(int fd, struct frame *frame, __u32 repeat, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame->data,
		    .data_size_in = frame->len, .repeat = repeat);

	if (bpf_prog_test_run_opts(fd, &run))
		return -errno;
	*ns = run.duration;
	return 0;
}

static int measure(const struct step *s, __u32 repeat, struct estimate *e)
{
	int fd = bpf_program__fd(s->program), err;
	struct frame frame;
	double ns[RUNS];

	err = make_packet(s->packet, &frame);
	for (int i = 0; i < RUNS && !err; i++)
		err = run_once(fd, &frame, repeat, &ns[i]);
	if (err)
		log_error("cannot run %s: %s", s->name, strerror(-err));
	else
		*e = estimate(ns, RUNS);
	return err;
}

/* verified_insns is of Linux 5.16; 0 before. */
static json_t *describe(const struct step *s, const struct estimate *e)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(s->program), &info, &size);
	return json_pack("{s:s, s:s, s:s?, s:f, s:f, s:f, s:i, s:i, s:i}",
			 "step", s->name, "program",
			 bpf_program__name(s->program), "less", s->less, "ns",
			 e->median, "low", e->low, "high", e->high, "verified",
			 (int)info.verified_insns, "instructions",
			 (int)(info.xlated_prog_len / 8), "bytes",
			 (int)info.jited_prog_len);
}

static int measure_all(const struct step *steps, size_t count, __u32 repeat,
		       json_t *list)
{
	struct estimate e;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		err = measure(&steps[i], repeat, &e);
		if (!err)
			json_array_append_new(list, describe(&steps[i], &e));
	}
	return err;
}

static int run_steps(const struct arguments *a, const struct programs *p,
		     json_t *list)
{
	const struct step steps[] = {
		{ "guard: RTP", p->guard->progs.guard, RTP, NULL },
		{ "guard: malformed", p->guard->progs.guard, MALFORMED, NULL },
		{ "guard: not ours", p->guard->progs.guard, NOT_OURS, NULL },
		{ "call", p->step->progs.step_nothing, RTP, NULL },
		{ "parse", p->step->progs.step_parse, RTP, "call" },
		{ "look up", p->step->progs.step_lookup, RTP, "parse" },
		{ "forward: no legs", p->step->progs.forward, RTP, NULL },
		{ "forward: unknown", p->step->progs.forward, UNKNOWN, NULL },
		{ "forward: not ours", p->step->progs.forward, NOT_OURS, NULL },
		{ "rewrite", p->step->progs.step_rewrite, RTP, "parse" },
		{ "clone", p->step->progs.step_clone, RTP, "call" },
		{ "leg", p->step->progs.step_leg, RTP, "parse" },
	};

	return measure_all(steps, sizeof(steps) / sizeof(*steps), a->repeat,
			   list);
}

int main(int argc, char **argv)
{
	struct arguments a = { .repeat = 1000000 };
	json_t *list = json_array();
	struct programs p = {};
	int ifindex, err;

	options_parse(&argp, argc, argv, 0, &a);
	ifindex = loader_ifindex(a.iface);
	err = ifindex < 0 ? ifindex : load(&p);
	err = err ?: fill_tables(p.step, ifindex);
	err = err ?: run_steps(&a, &p, list);
	if (!err)
		err = bench_print(json_pack("{s:i, s:O}", "repeat", a.repeat,
					    "steps", list));
	json_decref(list);
	guard_bpf__destroy(p.guard);
	step_bpf__destroy(p.step);
	return exit_status(err);
}
