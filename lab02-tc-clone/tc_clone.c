// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* lab02: sends what one participant sends to two others, in the kernel. */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/local_addresses.h"
#include "common/log.h"
#include "common/options.h"
#include "common/route.h"
#include "lab01-xdp-parse/guard.h"
#include "lab02-tc-clone/clone.h"
#include "lab02-tc-clone/leg.h"
#include "lab02/clone.skel.h"

#define NEIGHBOUR_TIMEOUT_MS 1000
#define TICK		     0.1 /* seconds */
#define TICKS_PER_REPORT     10
#define NOT_GIVEN	     -1
#define MAX_COUNT	     1000000000000ULL

struct address {
	struct ip_addr addr;
	__be16 port;
};

struct arguments {
	const char *iface;
	struct media_address media;
	struct address from, to[RECEIVERS];
	int receivers;	/* how many entries of `to` were given */
	__s64 ssrc;	/* NOT_GIVEN, or a __u32 */
	int pt;		/* NOT_GIVEN, or what the sender uses */
	int new_pt;	/* payload type of the copies */
	__u64 count;	/* packets received; 0: until told to stop */
	double seconds; /* 0: until told to stop */
};

/* ---- options ---------------------------------------------------------- */

enum {
	KEY_MEDIA = 0x100,
	KEY_SSRC,
	KEY_PT,
	KEY_COUNT,
	KEY_SECONDS,
	KEY_DEFAULT_ROUTE,
};

static const struct argp_option options[] = {
	{ "iface", 'i', "NAME", 0, "Interface where packets come in", 1 },
	{ "from", 'f', "ADDRESS:PORT", 0, "The sender", 1 },
	{ "to", 't', "ADDRESS:PORT", 0, "A receiver; give it twice", 1 },
	{ "ssrc", KEY_SSRC, "N", 0, "SSRC of the copies", 1 },
	{ "pt", KEY_PT, "N[=M]", 0,
	  "Copy only packets of payload type N, and give the copies payload "
	  "type M (N)",
	  1 },
	{ "media", KEY_MEDIA, "ADDRESS:PORT", 0,
	  "Address that the sender sends to (:5004, which is every address "
	  "of this host)",
	  2 },
	{ "count", KEY_COUNT, "N", 0, "Stop after N packets", 2 },
	{ "seconds", KEY_SECONDS, "N", 0, "Stop after N seconds", 2 },
	DEFAULT_ROUTE_OPTION(KEY_DEFAULT_ROUTE),
	{}
};

static const char doc[] =
	"Attach lab02's program to the ingress of an interface. It sends a "
	"copy of each RTP packet from --from with the payload type of --pt to "
	"both receivers, with the SSRC of --ssrc."
	"\vWrite IPv6 addresses in brackets: [fd00:7::1]:5004.\n"
	"Exit status: 0, 1 failed (or a copy failed), 2 usage, 77 no right "
	"to load BPF.\n\n"
	"Example:\n"
	"  tc_clone --iface eth0 --from 10.0.7.1:6000 --to 10.0.7.2:7000 \\\n"
	"           --to 10.0.7.3:7000 --ssrc 0x1234 --pt 96=111";

static void add_receiver(struct arguments *a, const char *text,
			 struct argp_state *state)
{
	struct address *to;

	if (a->receivers == RECEIVERS)
		argp_error(state, "--to is given more than twice; lab03 can");
	to = &a->to[a->receivers++];
	option_peer(state, text, &to->addr, &to->port);
}

static void check_complete(const struct arguments *a, struct argp_state *state)
{
	if (!a->iface || !a->from.port || a->receivers < RECEIVERS ||
	    a->ssrc == NOT_GIVEN || a->pt == NOT_GIVEN)
		argp_error(state, "--iface, --from, --to (twice), --ssrc and "
				  "--pt are needed");
}

/* text is PT or PT=NEW_PT; this puts a NUL in the place of the '='. */
static void set_payload_type(struct arguments *a, char *text,
			     struct argp_state *state)
{
	char *from = strsep(&text, "=");

	a->pt = option_number(state, from, "a payload type", 0, RTP_PT);
	a->new_pt = a->pt;
	if (text)
		a->new_pt = option_number(state, text, "a payload type", 0,
					  RTP_PT);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'i':
		a->iface = arg;
		return 0;
	case 'f':
		option_peer(state, arg, &a->from.addr, &a->from.port);
		return 0;
	case 't':
		add_receiver(a, arg, state);
		return 0;
	case KEY_SSRC:
		a->ssrc = option_number(state, arg, "an SSRC", 0, UINT32_MAX);
		return 0;
	case KEY_PT:
		set_payload_type(a, arg, state);
		return 0;
	case KEY_MEDIA:
		option_address(state, arg, &a->media.addr, &a->media.port);
		return 0;
	case KEY_COUNT:
		a->count = option_number(state, arg, "a count", 1, MAX_COUNT);
		return 0;
	case KEY_SECONDS:
		a->seconds = option_seconds(state, arg);
		return 0;
	case KEY_DEFAULT_ROUTE:
		loader_allow_default_route();
		return 0;
	case ARGP_KEY_END:
		check_complete(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- legs ------------------------------------------------------------- */

static int explain_route(const struct address *to, int err)
{
	char text[ADDRESS_TEXT];

	log_error("cannot reach %s: %s; is that host up, and does `ip route` "
		  "show a route to it?",
		  address_format(text, &to->addr, to->port), strerror(-err));
	return err;
}

/* lab03's control plane does the same for thousands of legs. */
static int fill_leg(const struct arguments *a, const struct address *to,
		    struct leg *leg)
{
	struct in6_addr dst;
	struct route route;
	int err;

	memcpy(&dst, &to->addr, sizeof(dst));
	err = route_resolve(&dst, NEIGHBOUR_TIMEOUT_MS, &route);
	if (err)
		return explain_route(to, err);
	*leg = (struct leg){
		.daddr = to->addr,
		.dport = to->port,
		.ssrc = htonl(a->ssrc),
		.pt = { a->new_pt },
		.ifindex = route.ifindex,
	};
	memcpy(&leg->saddr, &route.src, sizeof(leg->saddr));
	memcpy(leg->smac, route.src_mac, sizeof(leg->smac));
	memcpy(leg->dmac, route.dst_mac, sizeof(leg->dmac));
	return 0;
}

static int fill_constants(const struct arguments *a,
			  struct clone_bpf__rodata *constants)
{
	int err = 0;

	constants->media = a->media;
	constants->sender = a->from.addr;
	constants->sender_port = a->from.port;
	constants->sender_pt = a->pt;
	for (int i = 0; i < RECEIVERS && !err; i++)
		err = fill_leg(a, &a->to[i], &constants->receivers[i]);
	return err;
}

/* ---- running ---------------------------------------------------------- */

static void report(const struct clone_counters *c)
{
	printf("received %llu, sent %llu + %llu, failed %llu\n", c->received,
	       c->sent[0], c->sent[1], c->failed);
	fflush(stdout);
}

static bool is_done(const struct arguments *a, __u64 ticks,
		    const struct clone_counters *c)
{
	return (a->count && c->received >= a->count) ||
	       (a->seconds > 0 && ticks * TICK >= a->seconds);
}

/* Follows the addresses that this host gets and loses while we run. */
static int keep_addresses(const struct clone_bpf *clone)
{
	return local_addresses_sync(bpf_map__fd(clone->maps.local_addresses));
}

/* The counters are the program's own memory (.bss), shared with us. */
static int watch(const struct arguments *a, const struct clone_bpf *clone)
{
	const volatile struct clone_counters *counters = &clone->bss->counters;
	struct clone_counters now = *counters;
	__u64 ticks = 0;
	int err = 0;

	while (!err && !is_done(a, ticks, &now) && live_wait(TICK)) {
		if (ticks && ticks % TICKS_PER_REPORT == 0) {
			report(&now);
			err = keep_addresses(clone);
		}
		now = *counters;
		ticks++;
	}
	now = *counters;
	report(&now);
	if (!err && now.failed)
		err = -EIO;
	return err;
}

static int attach_and_watch(const struct arguments *a, struct clone_bpf *clone)
{
	int ifindex = loader_tool_ifindex(a->iface), err, detached;
	bool made_clsact;

	if (ifindex < 0)
		return ifindex;
	err = fill_constants(a, clone->rodata);
	err = err ?: loader_load(clone->skeleton);
	err = err ?: keep_addresses(clone);
	if (!err)
		err = loader_attach_tc(clone->progs.clone, ifindex,
				       &made_clsact);
	if (err)
		return err;
	err = watch(a, clone);
	detached = loader_detach_tc("clone", ifindex, made_clsact);
	return err ?: detached;
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
		.ssrc = NOT_GIVEN,
		.pt = NOT_GIVEN,
	};
	struct clone_bpf *clone;
	int err;

	options_parse(&argp, argc, argv, 0, &a);
	err = loader_init();
	if (err)
		return exit_status(err);
	clone = clone_bpf__open();
	if (!clone) {
		log_error("cannot read the BPF object: %s", strerror(errno));
		return EXIT_FAILED;
	}
	live_start();
	err = attach_and_watch(&a, clone);
	clone_bpf__destroy(clone);
	return exit_status(err);
}
