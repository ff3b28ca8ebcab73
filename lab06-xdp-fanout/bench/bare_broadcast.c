// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: puts bare.bpf.c between two interfaces.
 *
 *	in --> bare() --> N clones --> out
 *
 * All copies are alike, so all of them go to the first receiver's port.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab06-xdp-fanout/bare.h"
#include "lab06/bare.skel.h"

#define MOST_COPIES 4096

struct arguments {
	const char *in, *out;
	struct bare_copy copy;
	__u32 copies;
};

enum { KEY_IN = 0x100, KEY_OUT, KEY_FROM, KEY_TO, KEY_FIRST_PORT, KEY_COPIES };

static const struct argp_option options[] = {
	{ "in", KEY_IN, "NAME", 0, "Interface where packets come in (required)",
	  1 },
	{ "out", KEY_OUT, "NAME", 0,
	  "Interface by which their copies leave (required)", 1 },
	{ "from", KEY_FROM, "IP", 0, "Source address of each copy", 1 },
	{ "to", KEY_TO, "IP", 0, "Destination address of each copy", 1 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Destination port of each copy (50000)", 1 },
	{ "copies", KEY_COPIES, "N", 0, "Copies of each packet (1)", 1 },
	{}
};

static const char doc[] =
	"Make copies of each packet that rtp_load sends, by a devmap and a "
	"program that writes the same constants into all of them: the least "
	"that a forwarder in XDP can cost."
	"\vIt prints \"ready\" as soon as it is attached, and ends on SIGINT "
	"or SIGTERM. The drivers count what it does: ethtool -S NAME.\n"
	"Exit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Example:\n  bare_broadcast --in eth0 --out eth1 --copies 20";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == KEY_IN)
		a->in = arg;
	else if (key == KEY_OUT)
		a->out = arg;
	else if (key == KEY_FROM)
		a->copy.saddr = bench_option_ip4(state, arg).s_addr;
	else if (key == KEY_TO)
		a->copy.daddr = bench_option_ip4(state, arg).s_addr;
	else if (key == KEY_FIRST_PORT)
		a->copy.dport = htons(
			option_number(state, arg, "a port", 1, 65535));
	else if (key == KEY_COPIES)
		a->copies = option_number(state, arg, "--copies", 1,
					  MOST_COPIES);
	else if (key == ARGP_KEY_END && !(a->in && a->out))
		argp_error(state, "--in and --out are needed");
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

static int fill(const struct bare_bpf *bpf, int ifindex, __u32 copies)
{
	struct bpf_devmap_val to = {
		.ifindex = ifindex,
		.bpf_prog.fd = bpf_program__fd(bpf->progs.bare_leave),
	};
	int map = bpf_map__fd(bpf->maps.bare_fan), err = 0;

	for (__u32 i = 0; i < copies && !err; i++)
		if (bpf_map_update_elem(map, &i, &to, 0))
			err = log_errno("the devmap", "is --out a device that "
						      "takes frames?");
	return err;
}

static int load(struct bare_bpf *bpf, const struct arguments *a, int out)
{
	int err;

	memcpy((void *)&bpf->rodata->copy, &a->copy, sizeof(a->copy));
	bpf_map__set_max_entries(bpf->maps.bare_fan, a->copies);
	err = loader_load(bpf->skeleton);
	return err ?: fill(bpf, out, a->copies);
}

/* Blocked before the program is attached: no signal comes too early. */
static void wait_for_signal(const sigset_t *stop)
{
	int sig;

	puts("ready");
	fflush(stdout);
	sigwait(stop, &sig);
}

static int run(const struct arguments *a)
{
	int in = loader_tool_ifindex(a->in), out = loader_tool_ifindex(a->out);
	int link, err = in < 0 ? in : out < 0 ? out : loader_init();
	struct bare_bpf *bpf;
	sigset_t stop;

	if (err)
		return err;
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	bpf = bare_bpf__open();
	if (!bpf)
		return log_errno("bare.bpf.o", "build it again");
	err = load(bpf, a, out);
	link = err ?: loader_attach_xdp(bpf->progs.bare, in);
	if (link >= 0) {
		wait_for_signal(&stop);
		close(link);
	}
	bare_bpf__destroy(bpf);
	return link < 0 ? link : 0;
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.copies = 1,
		.copy = { .dport = htons(50000),
			  .pt = 96,
			  .smac = { 2 },
			  .dmac = { 2, 1 },
			  .sport = htons(5004) },
	};

	options_parse(&argp, argc, argv, 0, &a);
	return exit_status(run(&a));
}
