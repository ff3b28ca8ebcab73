// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: does a packet pay for rooms that it is not in?
 *
 *	             few: 10 rooms   twin: 10 rooms   many: 10,000 rooms
 *	one sender       x                                x
 *	ten rooms        x                x               x
 *	all rooms                                         x
 *
 * Each x is a slice: BPF_PROG_TEST_RUN of the server's own program, with packets
 * of one sender, of those of ten rooms in turn, or of all rooms in turn.  A
 * round runs all slices forwards and then backwards, so that a machine that
 * slows down slows down both sides of a ratio.  One ratio says what the rooms
 * cost by being there, another what it costs that packets come from all of
 * them.  A third, of twins, says how much of that the measurement makes up.
 *
 * TC's copies are made by bpf_clone_redirect().  XDP's test run is of live
 * frames, so that the kernel makes their copies, too, and runs leave() for each.
 * All copies go to a link whose driver frees them at once.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/packet.h"
#include "common/protocols.h"
#include "common/sandbox.h"
#include "lab03/forward.skel.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/prices/prices.h"
#include "lab06-xdp-fanout/bench/house.h"
#include "lab06-xdp-fanout/bench/rounds.h"
#include "lab06-xdp-fanout/turns.h"
#include "lab06/fanout.skel.h"
#include "lab06/turns.skel.h"

#define FEW	  10
#define PAYLOAD	  1100 /* bytes: 1,154 of a frame */
#define PARTS	  20   /* of a lap */
#define COUNTED	  10   /* of them, in a slice: the median of these */
#define WARM	  2    /* are enough before it, where few people send */
#define AGAIN	  2    /* a round is measured three times at most */
#define LOOKS	  2    /* at the fixed loop: the lower one counts */
#define LOOK	  5    /* measurements of it */
#define MAX_TURNS HOUSE_PEOPLE

enum plane_name { TC, XDP, PLANES };
enum order { ONE_SENDER, TEN_ROOMS, ALL_ROOMS, ORDERS };
enum house_name { NOBODY, FEW_ROOMS, TWIN_ROOMS, MANY_ROOMS, HOUSES };

enum slice_name {
	NOTHING,
	FEW_ONE,
	MANY_ONE,
	FEW_TEN,
	TWIN_TEN,
	MANY_TEN,
	MANY_ALL,
	SLICES,
};

static const struct slice {
	enum order order;
	enum house_name whom;
} slices[SLICES] = {
	[NOTHING] = { TEN_ROOMS, NOBODY },
	[FEW_ONE] = { ONE_SENDER, FEW_ROOMS },
	[MANY_ONE] = { ONE_SENDER, MANY_ROOMS },
	[FEW_TEN] = { TEN_ROOMS, FEW_ROOMS },
	[TWIN_TEN] = { TEN_ROOMS, TWIN_ROOMS },
	[MANY_TEN] = { TEN_ROOMS, MANY_ROOMS },
	[MANY_ALL] = { ALL_ROOMS, MANY_ROOMS },
};

/* What is claimed of two slices. */
static const struct claim {
	const char *name;
	enum slice_name few, many;
} claims[] = {
	{ "one", FEW_ONE, MANY_ONE },
	{ "ten", FEW_TEN, MANY_TEN },
	{ "all", FEW_TEN, MANY_ALL },
	{ "twin", FEW_TEN, TWIN_TEN },
};

static const char *const plane_names[PLANES] = { "tc", "xdp" };

struct arguments {
	int cpu;
	__u32 rooms, rounds, fillings;
	int plane; /* or PLANES: both */
	double loop_limit;
};

struct bench {
	const struct arguments *arguments;
	struct prices *prices;
	struct turns_bpf *turns;
	struct turn *turn; /* those of all orders, in the map's memory */
	__u32 lap;	   /* turns in one */
	int link;
	struct house houses[HOUSES];
	__u64 packets[HOUSES]; /* run so far */
	double ns[PLANES][SLICES][MAX_ROUNDS];
	__u32 held[PLANES], refused, lost;
};

/* ---- options -------------------------------------------------------------- */

enum { KEY_CPU = 0x100, KEY_FILLINGS, KEY_LOOP_LIMIT, KEY_PLANE };

static const struct argp_option options[] = {
	{ "rooms", 'r', "N", 0, "Many rooms: a multiple of 10 (10000)", 1 },
	{ "rounds", 'n', "N", 0, "Rounds of each filling (3)", 1 },
	{ "fillings", KEY_FILLINGS, "N", 0,
	  "How often all maps are made and filled anew (5)", 1 },
	{ "plane", KEY_PLANE, "NAME", 0, "Measure this one alone: tc or xdp",
	  1 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU (0)", 1 },
	{ "loop-limit", KEY_LOOP_LIMIT, "PERCENT", 0,
	  "Refuse a round in which the fixed loop moved by more (10)", 1 },
	{}
};

static const char doc[] =
	"Measure what a packet costs with 10 rooms and with many, in the "
	"planes tc and xdp, and print it as JSON: ns, and by how many percent "
	"it is more (median of all rounds, with an interval for it)."
	"\vone: a single sender sends. ten: those of the same ten rooms, in "
	"turn. all: those of all rooms, in turn, against ten rooms. twin: ten "
	"rooms against other ten, which must come out as 0.\n"
	"Exit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Example:\n  rooms_cost | jq .tc.ten";

static double option_percent(struct argp_state *state, const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || *end || !(percent >= 0))
		argp_error(state, "--loop-limit: '%s' is no percentage", text);
	return percent;
}

static int option_plane(struct argp_state *state, const char *name)
{
	int plane = 0;

	while (plane < PLANES && strcmp(plane_names[plane], name))
		plane++;
	if (plane == PLANES)
		argp_error(state, "--plane: it is tc or xdp, not '%s'", name);
	return plane;
}

static bool is_wanted(const struct arguments *a, int plane)
{
	return a->plane == PLANES || a->plane == plane;
}

static void check_arguments(struct argp_state *state, const struct arguments *a)
{
	if (a->rooms % FEW || HOUSE_ROOMS % a->rooms)
		argp_error(state,
			   "--rooms: %d must be a multiple of it, and "
			   "it one of %d",
			   HOUSE_ROOMS, FEW);
	if (a->rounds * a->fillings > MAX_ROUNDS)
		argp_error(state,
			   "there can be %d rounds, all fillings "
			   "together",
			   MAX_ROUNDS);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'r')
		a->rooms = option_number(state, arg, "--rooms", FEW,
					 HOUSE_ROOMS);
	else if (key == 'n')
		a->rounds = option_number(state, arg, "--rounds", 1,
					  MAX_ROUNDS);
	else if (key == KEY_FILLINGS)
		a->fillings = option_number(state, arg, "--fillings", 1,
					    MAX_ROUNDS);
	else if (key == KEY_CPU)
		a->cpu = bench_option_cpu(state, arg);
	else if (key == KEY_PLANE)
		a->plane = option_plane(state, arg);
	else if (key == KEY_LOOP_LIMIT)
		a->loop_limit = option_percent(state, arg);
	else if (key == ARGP_KEY_END)
		check_arguments(state, a);
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

/* ---- turns ---------------------------------------------------------------- */

static int load_turns(struct bench *b)
{
	size_t bytes = ORDERS * b->lap * sizeof(struct turn);
	int err;

	b->turns = turns_bpf__open();
	if (!b->turns)
		return log_errno("turns.bpf.o", "build it again");
	bpf_map__set_max_entries(b->turns->maps.turns, ORDERS * b->lap);
	err = loader_load(b->turns->skeleton);
	if (err)
		return err;
	b->turn = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		       bpf_map__fd(b->turns->maps.turns), 0);
	return b->turn == MAP_FAILED ? log_errno("the map turns", "is there "
								  "memory?") :
				       0;
}

static __u32 people_of(const struct bench *b, enum order order)
{
	if (order == ONE_SENDER)
		return 1;
	return 2 * (order == TEN_ROOMS ? FEW : b->arguments->rooms);
}

/* Person `first` of the house of few rooms is the first in each order. */
static int write_order(struct bench *b, enum order order, __u32 first)
{
	static __u32 turns[MAX_TURNS];
	__u32 people = people_of(b, order);
	__u32 rooms = order == ALL_ROOMS ? b->arguments->rooms : FEW;
	struct turn *turn = b->turn + order * b->lap;
	struct frame frame;
	int err = 0;

	order_turns(turns, b->lap, people);
	for (__u32 i = 0; i < b->lap && !err; i++) {
		__u32 person = house_person(rooms, turns[i] + first);

		err = house_packet(&frame, person, PAYLOAD);
		memcpy(turn[i].headers, frame.data, TURN_HEADERS);
		turn[i].nth = i / people;
	}
	return err;
}

static int set_next(const struct bpf_map *map, __u32 whom,
		    const struct bpf_program *program)
{
	int fd = bpf_program__fd(program);

	return bpf_map_update_elem(bpf_map__fd(map), &whom, &fd, BPF_ANY) ?
		       log_errno(bpf_map__name(map),
				 "is the JIT on? sysctl "
				 "net.core.bpf_jit_enable") :
		       0;
}

static int connect_house(struct bench *b, enum house_name name)
{
	const struct house *h = &b->houses[name];
	int err = set_next(b->turns->maps.tc_next, name,
			   h->forward->progs.forward);

	return err   ?:
		       set_next(b->turns->maps.xdp_next, name,
				h->fanout->progs.fanout);
}

static int prepare_turns(struct bench *b)
{
	int err = load_turns(b);

	err = err   ?:
		      set_next(b->turns->maps.tc_next, NOBODY,
			       b->turns->progs.tc_nobody);
	err = err   ?:
		      set_next(b->turns->maps.xdp_next, NOBODY,
			       b->turns->progs.xdp_nobody);
	err = err ?: write_order(b, TEN_ROOMS, 0);
	return err ?: write_order(b, ALL_ROOMS, 0);
}

/* ---- slices --------------------------------------------------------------- */

static const struct bpf_program *program_of(const struct bench *b,
					    enum plane_name plane)
{
	return plane == TC ? b->turns->progs.tc_turn : b->turns->progs.xdp_turn;
}

/* The next turns, a part of a lap; ns of a packet. */
static int run_part(struct bench *b, enum plane_name plane,
		    const struct slice *s, double *ns)
{
	struct frame frame;
	int err = house_packet(&frame, 0, PAYLOAD);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data,
		    .data_size_in = frame.len, .repeat = b->lap / PARTS,
		    .flags = plane == XDP ? BPF_F_TEST_XDP_LIVE_FRAMES : 0);

	if (err)
		return err;
	if (bpf_prog_test_run_opts(bpf_program__fd(program_of(b, plane)), &run))
		return log_errno("BPF_PROG_TEST_RUN",
				 plane == XDP ? "live frames need Linux 5.18" :
						"is the program loaded?");
	b->packets[s->whom] += run.repeat;
	*ns = run.duration;
	return 0;
}

/* The next parts, one after the other; ns: those of each, or NULL. */
static int run_parts(struct bench *b, enum plane_name plane,
		     const struct slice *s, int count, double *ns)
{
	double unused;
	int err = 0;

	for (int i = 0; i < count && !err; i++)
		err = run_part(b, plane, s, ns ? &ns[i] : &unused);
	return err;
}

/*
 * What comes first brings into the caches what the slice has there; if all send,
 * that takes a whole lap.  The parts are short, so that most of them are not
 * interrupted.
 */
static int run_slice(struct bench *b, enum plane_name plane,
		     const struct slice *s, double *ns)
{
	int warm = s->order == ALL_ROOMS ? PARTS : WARM, err;
	double parts[COUNTED];

	b->turns->bss->first_turn = s->order * b->lap;
	b->turns->bss->turns_of_lap = b->lap;
	b->turns->bss->per_lap = b->lap / people_of(b, s->order);
	b->turns->bss->whom = s->whom;
	b->turns->bss->turn = 0;
	err = run_parts(b, plane, s, warm, NULL);
	err = err ?: run_parts(b, plane, s, COUNTED, parts);
	if (!err)
		*ns += median(parts, COUNTED) / 2;
	return err;
}

/* Forwards and backwards; sums of both halves. */
static int run_slices(struct bench *b, enum plane_name plane, double ns[SLICES])
{
	int err = 0;

	memset(ns, 0, SLICES * sizeof(*ns));
	for (int i = 0; i < SLICES && !err; i++)
		err = run_slice(b, plane, &slices[i], &ns[i]);
	for (int i = SLICES - 1; i >= 0 && !err; i--)
		err = run_slice(b, plane, &slices[i], &ns[i]);
	return err;
}

/* ---- rounds --------------------------------------------------------------- */

/*
 * Unlike in lab05's pace it does not matter who else has this core for a while:
 * a test run's clock stops when the kernel lets somebody else run.  What matters
 * is whether the core itself is slower.
 */
static int look_at_loop(struct bench *b, double *ns)
{
	const struct price *loop = price_find("fixed_loop");
	double looks[LOOKS];
	int err = 0;

	for (int i = 0; i < LOOKS && !err; i++)
		err = loop->measure(b->prices, &looks[i]);
	if (!err)
		*ns = median(looks, LOOKS);
	return err;
}

/* What is left of the slices without the turns; a round more of the plane. */
static int enter(struct bench *b, enum plane_name plane,
		 const double ns[SLICES])
{
	__u32 round = b->held[plane];
	int err = 0;

	b->ns[plane][NOTHING][round] = ns[NOTHING];
	for (int i = NOTHING + 1; i < SLICES && !err; i++)
		err = net_cost(ns[i], ns[NOTHING], &b->ns[plane][i][round]);
	if (err)
		log_error("a packet costs %.0f ns without any program: more "
			  "than with one; is the machine busy?",
			  ns[NOTHING]);
	else
		b->held[plane]++;
	return err;
}

static int run_round(struct bench *b, enum plane_name plane)
{
	double ns[SLICES], before, after;
	int err = 0;

	for (int i = 0; i <= AGAIN && !err; i++) {
		err = look_at_loop(b, &before);
		err = err ?: run_slices(b, plane, ns);
		err = err ?: look_at_loop(b, &after);
		if (err)
			return err;
		if (moved_percent(before, after) <= b->arguments->loop_limit)
			return enter(b, plane, ns);
		b->refused++;
	}
	b->lost++;
	return err;
}

/* Each round has another one of the ten rooms' people as its only sender. */
static int run_rounds(struct bench *b)
{
	int err = 0;

	for (__u32 round = 0; round < b->arguments->rounds && !err; round++) {
		err = write_order(b, ONE_SENDER, round % (2 * FEW));
		for (int plane = 0; plane < PLANES && !err; plane++)
			if (is_wanted(b->arguments, plane))
				err = run_round(b, plane);
	}
	return err;
}

/* ---- fillings ------------------------------------------------------------- */

static int open_houses(struct bench *b)
{
	static const char *const names[] = { "", "few", "twin", "many" };
	int err = 0;

	memset(b->packets, 0, sizeof(b->packets));
	for (int i = FEW_ROOMS; i < HOUSES && !err; i++) {
		__u32 rooms = i == MANY_ROOMS ? b->arguments->rooms : FEW;

		err = house_open(&b->houses[i], names[i], rooms, b->link);
		err = err ?: connect_house(b, i);
	}
	return err;
}

static void close_houses(struct bench *b)
{
	for (__u32 i = FEW_ROOMS; i < HOUSES; i++) {
		bpf_map_delete_elem(bpf_map__fd(b->turns->maps.tc_next), &i);
		bpf_map_delete_elem(bpf_map__fd(b->turns->maps.xdp_next), &i);
		house_close(&b->houses[i]);
	}
}

static int prove_houses(const struct bench *b)
{
	int err = 0;

	for (int i = FEW_ROOMS; i < HOUSES && !err; i++)
		err = house_prove(&b->houses[i], b->packets[i]);
	return err;
}

static int run_fillings(struct bench *b)
{
	int err = 0;

	for (__u32 i = 0; i < b->arguments->fillings && !err; i++) {
		err = open_houses(b);
		err = err ?: run_rounds(b);
		err = err ?: prove_houses(b);
		close_houses(b);
	}
	return err;
}

/* ---- the result ----------------------------------------------------------- */

static double median_of(const double *values, size_t count)
{
	double copy[MAX_ROUNDS];

	memcpy(copy, values, count * sizeof(*values));
	return median(copy, count);
}

static json_t *describe_claim(const struct bench *b, enum plane_name plane,
			      const struct claim *c)
{
	const double *few = b->ns[plane][c->few], *many = b->ns[plane][c->many];
	size_t rounds = b->held[plane];
	struct estimate e = growth_percent(many, few, rounds);

	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "few_ns",
			 median_of(few, rounds), "many_ns",
			 median_of(many, rounds), "percent", e.median, "low",
			 e.low, "high", e.high, "coverage", e.coverage);
}

static json_t *describe_plane(const struct bench *b, enum plane_name plane)
{
	size_t rounds = b->held[plane];
	json_t *told = json_pack("{s:i, s:f}", "rounds", (int)rounds, "turn_ns",
				 median_of(b->ns[plane][NOTHING], rounds));

	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++)
		json_object_set_new(told, claims[i].name,
				    describe_claim(b, plane, &claims[i]));
	return told;
}

/* As in lab05's bench: a half of the rounds must hold. */
static int report(const struct bench *b)
{
	const struct arguments *a = b->arguments;
	__u32 all = a->rounds * a->fillings;
	json_t *told;

	for (int plane = 0; plane < PLANES; plane++)
		if (is_wanted(a, plane) && 2 * b->held[plane] <= all) {
			log_error("%s: %u of %u rounds hold; in the others the "
				  "fixed loop moved by more than %g %%; try "
				  "again when nothing else runs here",
				  plane_names[plane], b->held[plane], all,
				  a->loop_limit);
			return -EAGAIN;
		}
	told = json_pack("{s:[i, i], s:i, s:i, s:i}", "rooms", FEW, a->rooms,
			 "people", 2 * a->rooms, "refused", b->refused, "lost",
			 b->lost);
	for (int plane = 0; plane < PLANES; plane++)
		if (is_wanted(a, plane))
			json_object_set_new(told, plane_names[plane],
					    describe_plane(b, plane));
	return bench_print(told);
}

/* ---- main ----------------------------------------------------------------- */

static int run(struct bench *b)
{
	int err = sandbox_enter();

	err = err ?: loader_init();
	if (err)
		return err;
	b->link = house_make_link();
	if (b->link < 0)
		return b->link;
	b->prices = prices_open(b->arguments->cpu, NO_CPU);
	if (!b->prices)
		return -errno;
	err = prepare_turns(b);
	err = err ?: run_fillings(b);
	prices_close(b->prices);
	turns_bpf__destroy(b->turns);
	return err ?: report(b);
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.rooms = HOUSE_ROOMS,
		.rounds = 3,
		.fillings = 5,
		.plane = PLANES,
		.loop_limit = 10,
	};
	static struct bench b;

	options_parse(&argp, argc, argv, 0, &a);
	b.arguments = &a;
	b.lap = 2 * a.rooms;
	return exit_status(run(&b));
}
