// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* lab05: puts count.bpf.c onto an interface, and says what it counted. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/count.h"
#include "lab05/count.skel.h"

struct arguments {
	const char *iface;
	__u16 first_port;
	__u32 receivers;
};

enum { KEY_FIRST_PORT = 0x100, KEY_RECEIVERS, KEY_DEFAULT_ROUTE };

static const struct argp_option options[] = {
	{ "iface", 'i', "NAME", 0, "Interface where packets come in (required)",
	  1 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Port of the first receiver; the others have the next ports (50000)",
	  1 },
	{ "receivers", KEY_RECEIVERS, "N", 0, "Number of receivers (1)", 1 },
	DEFAULT_ROUTE_OPTION(KEY_DEFAULT_ROUTE),
	{}
};

static const char doc[] =
	"Count the packets that rtp_load or a forwarder sends, by destination "
	"port, and drop them. An XDP program does this, where the sockets of "
	"rtp_sink would be too slow."
	"\vIt prints \"ready\" as soon as the program is attached, and a line "
	"of JSON on SIGINT or SIGTERM.\n"
	"Exit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Example:\n  link_sink --iface eth0 --receivers 20";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'i')
		a->iface = arg;
	else if (key == KEY_FIRST_PORT)
		a->first_port = option_number(state, arg, "a port", 1, 65535);
	else if (key == KEY_RECEIVERS)
		a->receivers = option_number(state, arg, "--receivers", 1,
					     MAX_COUNTED);
	else if (key == KEY_DEFAULT_ROUTE)
		loader_allow_default_route();
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

/* Negative errno, or the packets of one port, of all CPUs. */
static int read_port(int fd, __u32 index, json_int_t *packets)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 per_cpu[cpus];

	if (bpf_map_lookup_elem(fd, &index, per_cpu))
		return -errno;
	*packets = 0;
	for (int cpu = 0; cpu < cpus; cpu++)
		*packets += per_cpu[cpu];
	return 0;
}

static int print_counts(const struct arguments *a, int fd)
{
	json_t *list = json_array();
	json_int_t packets = 0, sum = 0;
	int err = 0;

	for (__u32 i = 0; i < a->receivers && !err; i++) {
		err = read_port(fd, i, &packets);
		sum += packets;
		json_array_append_new(list, json_pack("{s:i, s:I}", "port",
						      a->first_port + i,
						      "received", packets));
	}
	if (err)
		log_error("cannot read the counters: %s", strerror(-err));
	if (err)
		return err;
	return bench_print(
		json_pack("{s:I, s:O}", "received", sum, "per_receiver", list));
}

/* Blocked before the program is attached: no signal comes too early. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

static int run(const struct arguments *a)
{
	int ifindex = loader_tool_ifindex(a->iface), link = -1, err, sig;
	sigset_t stop = block_signals();
	struct count_bpf *bpf;

	if (ifindex < 0)
		return ifindex;
	err = loader_init();
	if (err)
		return err;
	bpf = count_bpf__open();
	if (!bpf)
		return log_errno("count.bpf.o", "build it again");
	bpf->rodata->first_port = a->first_port;
	bpf->rodata->ports = a->receivers;
	err = loader_load(bpf->skeleton);
	if (err)
		goto out;
	link = loader_attach_xdp(bpf->progs.count, ifindex);
	err = link < 0 ? link : 0;
	if (err)
		goto out;
	puts("ready");
	fflush(stdout);
	sigwait(&stop, &sig);
	err = print_counts(a, bpf_map__fd(bpf->maps.counted));
out:
	if (link >= 0)
		close(link);
	count_bpf__destroy(bpf);
	return err;
}

int main(int argc, char **argv)
{
	struct arguments a = { .first_port = 50000, .receivers = 1 };

	options_parse(&argp, argc, argv, 0, &a);
	return exit_status(run(&a));
}
