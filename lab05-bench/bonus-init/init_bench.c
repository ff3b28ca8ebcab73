// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Ways to make a struct on the BPF stack, measured against each other. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/options.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/bonus-init/widen.h"
#include "lab05-bench/measure.h"

#define SMALLEST 8
#define LARGEST	 480
#define STEP	 8
#define WAYS_MAX 32
#define WIDENED	 "+wide" /* by widen.c */

struct arguments {
	unsigned int from, to, step;
	size_t rounds;
	unsigned int repeat;   /* runs a round */
	const char *directory; /* of the objects */
	const char *csv, *json;
};

/* Instructions of a program, as bpf_prog_info has them. */
struct program_size {
	unsigned int xlated;   /* instructions, as verified and rewritten */
	unsigned int jited;    /* bytes of machine code */
	unsigned int verified; /* instructions the verifier walked over */
};

/* One way, of one size. */
struct way {
	char name[40];
	const struct bpf_program *program;
	struct program_size size;
	double ns[MAX_ROUNDS];
	struct estimate cost, net; /* ns a run; less the baseline */
};

/* What is measured together: all ways of one size. */
struct batch {
	unsigned int size;
	struct bpf_object *object, *wide;
	struct way ways[WAYS_MAX];
	size_t count;
};

struct results {
	FILE *csv;
	json_t *rows;
};

/* ---- one size --------------------------------------------------------- */

/* Whose stores widen() may find something to do in. */
static bool is_narrow(const char *name)
{
	return !strstr(name, "scratch") &&
	       (strstr(name, "bytes") || strstr(name, "fields"));
}

static struct program_size size_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len);
	return (struct program_size){
		.xlated = info.xlated_prog_len / sizeof(struct bpf_insn),
		.jited = info.jited_prog_len,
		.verified = info.verified_insns,
	};
}

static void add_ways(struct batch *b, struct bpf_object *object, bool wide)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(object, program))) {
		const char *name = bpf_program__name(program);
		struct way *w = &b->ways[b->count];

		if (b->count == WAYS_MAX || (wide && !is_narrow(name)))
			continue;
		*w = (struct way){
			.program = program,
			.size = size_of(program),
		};
		snprintf(w->name, sizeof(w->name), "%s%s", name,
			 wide ? WIDENED : "");
		b->count++;
	}
}

static struct bpf_object *load(const char *path, struct widened *widened)
{
	struct bpf_object *object;

	widen_on_load(widened);
	object = bpf_object__open(path);
	if (object && !bpf_object__load(object))
		return object;
	log_errno(path, "`make bonus-init` builds it; see --verbose");
	bpf_object__close(object);
	return NULL;
}

static int open_batch(struct batch *b, const struct arguments *a,
		      unsigned int size)
{
	struct widened widened = {};
	char path[4096];

	*b = (struct batch){ .size = size };
	snprintf(path, sizeof(path), "%s/init-%u.bpf.o", a->directory, size);
	b->object = load(path, NULL);
	b->wide = b->object ? load(path, &widened) : NULL;
	if (!b->wide)
		return -EINVAL;
	add_ways(b, b->object, false);
	add_ways(b, b->wide, true);
	return 0;
}

static void close_batch(struct batch *b)
{
	bpf_object__close(b->object);
	bpf_object__close(b->wide);
}

/*
 * ns a run.  The kernel's own number is whole nanoseconds, too coarse here;
 * this thread's time leaves out what others did on this CPU meanwhile.
 */
static int time_way(const struct way *w, unsigned int repeat, double *ns)
{
	static const __u8 frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = repeat);
	int fd = bpf_program__fd(w->program), err;
	__u64 start = bench_now(CLOCK_THREAD_CPUTIME_ID);

	err = bpf_prog_test_run_opts(fd, &opts);
	*ns = (double)(bench_now(CLOCK_THREAD_CPUTIME_ID) - start) / repeat;
	return err ? log_errno(w->name, "BPF_PROG_TEST_RUN needs root") : 0;
}

/* In turns, and each round begins with another way. */
static int measure(struct batch *b, const struct arguments *a)
{
	double ns;
	int err = 0;

	for (size_t i = 0; !err && i < b->count; i++)
		err = time_way(&b->ways[i], a->repeat / 10 + 1, &ns);
	for (size_t round = 0; round < a->rounds; round++)
		for (size_t k = 0; !err && k < b->count; k++) {
			struct way *w = &b->ways[(k + round) % b->count];

			err = time_way(w, a->repeat, &w->ns[round]);
		}
	for (size_t i = 0; !err && i < b->count; i++)
		b->ways[i].cost = estimate(b->ways[i].ns, a->rounds);
	for (size_t i = 0; !err && i < b->count; i++)
		subtract_baseline(&b->ways[i].cost, &b->ways[0].cost,
				  &b->ways[i].net);
	return err;
}

/* ---- results ---------------------------------------------------------- */

static void keep(struct results *r, const struct batch *b)
{
	for (size_t i = 1; i < b->count; i++) {
		const struct way *w = &b->ways[i];

		if (r->csv)
			fprintf(r->csv, "%u,%s,%.2f,%.2f,%.2f,%u,%u,%u\n",
				b->size, w->name, w->net.median, w->net.low,
				w->net.high, w->size.xlated, w->size.jited,
				w->size.verified);
		json_array_append_new(
			r->rows,
			json_pack("{s:i, s:s, s:f, s:f, s:f, s:i, s:i, s:i}",
				  "size", b->size, "way", w->name, "ns",
				  w->net.median, "low", w->net.low, "high",
				  w->net.high, "instructions", w->size.xlated,
				  "jited_bytes", w->size.jited, "verified",
				  w->size.verified));
	}
}

static double number(const json_t *row, const char *name)
{
	return json_number_value(json_object_get(row, name));
}

static const char *text(const json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static void print(const struct batch *b)
{
	printf("\n%u bytes (a run without them: %.1f ns)\n  %-24s %22s %12s "
	       "%12s %12s\n",
	       b->size, b->ways[0].cost.median, "way", "ns (interval)",
	       "instructions", "bytes, jited", "verified");
	for (size_t i = 1; i < b->count; i++) {
		const struct way *w = &b->ways[i];

		printf("  %-24s %6.1f (%5.1f to %5.1f) %12u %12u %12u\n",
		       w->name, w->net.median, w->net.low, w->net.high,
		       w->size.xlated, w->size.jited, w->size.verified);
	}
	fflush(stdout);
}

/* Adds up the rows of one way. */
static void print_way(const json_t *rows, const char *way)
{
	double ns = 0, instructions = 0, bytes = 0, jited = 0;
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row) {
		if (strcmp(text(row, "way"), way))
			continue;
		ns += number(row, "ns");
		bytes += number(row, "size");
		instructions += number(row, "instructions");
		jited += number(row, "jited_bytes");
	}
	printf("  %-24s %12.2f %14.2f %14.1f\n", way, 8 * ns / bytes,
	       8 * instructions / bytes, 8 * jited / bytes);
}

/* The rows of the first size name all ways. */
static void print_summary(const json_t *rows)
{
	double first = number(json_array_get(rows, 0), "size");
	size_t i;
	json_t *row;

	printf("\nall sizes, for every 8 bytes\n  %-24s %12s %14s %14s\n",
	       "way", "ns", "instructions", "bytes, jited");
	json_array_foreach(rows, i, row)
		if (number(row, "size") == first)
			print_way(rows, text(row, "way"));
}

static void progress(const struct arguments *a, unsigned int size)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr,
		log_colour(STDERR_FILENO) ? "\r\033[2m%s %u of %u\033[m" :
					    "\r%s %u of %u",
		"bytes:", size, a->to);
	if (size + a->step > a->to)
		fputc('\n', stderr);
}

static int run_sizes(const struct arguments *a, struct results *r)
{
	struct batch *b = malloc(sizeof(*b));
	int err = b ? 0 : -ENOMEM;

	for (unsigned int size = a->from; !err && size <= a->to;
	     size += a->step) {
		progress(a, size);
		err = open_batch(b, a, size);
		if (!err)
			err = measure(b, a);
		if (!err) {
			keep(r, b);
			print(b);
		}
		close_batch(b);
	}
	free(b);
	return err;
}

static int run_all(const struct arguments *a)
{
	struct results r = { .rows = json_array() };
	int err = 0;

	if (a->csv && !(r.csv = fopen(a->csv, "w")))
		err = log_errno(a->csv, "write to where you may");
	if (r.csv)
		fputs("size,way,ns,low,high,instructions,jited_bytes,"
		      "verified\n",
		      r.csv);
	if (!err)
		err = loader_init() ?: bench_pin(0);
	if (!err)
		err = run_sizes(a, &r);
	if (!err)
		print_summary(r.rows);
	if (!err && a->json && json_dump_file(r.rows, a->json, JSON_INDENT(1)))
		err = log_errno(a->json, "write to where you may");
	if (r.csv)
		fclose(r.csv);
	json_decref(r.rows);
	return err;
}

/* ---- main ------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "from", 'f', "BYTES", 0, "Size of the smallest struct (8)", 1 },
	{ "to", 't', "BYTES", 0, "Size of the largest, at most 480 (480)", 1 },
	{ "step", 's', "BYTES", 0, "Step between two sizes (8)", 1 },
	{ "rounds", 'r', "N", 0, "Number of rounds, at least 5 (7)", 1 },
	{ "repeat", 'n', "N", 0, "Runs of each way per round (200000)", 1 },
	{ "objects", 'o', "DIRECTORY", 0,
	  "Folder of the objects (build/bonus-init)", 1 },
	{ "csv", 'c', "FILE", 0, "Write all results to FILE as CSV", 1 },
	{ "json", 'j', "FILE", 0, "Write all results to FILE as JSON", 1 },
	{}
};

static const char doc[] =
	"Measure ways to fill a large struct on the BPF stack, in instructions "
	"and in ns per run. The cost of an empty run is subtracted."
	"\vAll ways of one size take turns in each round. " WIDENED " marks a "
	"way after the pass of widen.c. The interval is that of the median, "
	"widened by that of the empty run.\n\nExit status: 0, 1 failed, 2 "
	"usage, 77 cannot run here.\n\nExample:\n"
	"  build/bonus-init/init_bench --from 64 --to 64";

static unsigned int bytes(struct argp_state *state, const char *arg,
			  const char *what)
{
	unsigned int n = option_number(state, arg, what, SMALLEST, LARGEST);

	if (n % STEP)
		argp_error(state, "%s is a multiple of %d", what, STEP);
	return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		a->from = bytes(state, arg, "--from");
		return 0;
	case 't':
		a->to = bytes(state, arg, "--to");
		return 0;
	case 's':
		a->step = bytes(state, arg, "--step");
		return 0;
	case 'r':
		a->rounds = option_number(state, arg, "--rounds", 5,
					  MAX_ROUNDS);
		return 0;
	case 'n':
		a->repeat = option_number(state, arg, "--repeat", 1, 1 << 30);
		return 0;
	case 'o':
		a->directory = arg;
		return 0;
	case 'c':
		a->csv = arg;
		return 0;
	case 'j':
		a->json = arg;
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

int main(int argc, char **argv)
{
	struct arguments a = {
		.from = SMALLEST,
		.to = LARGEST,
		.step = STEP,
		.rounds = 7,
		.repeat = 200000,
		.directory = "build/bonus-init",
	};

	options_parse(&argp, argc, argv, 0, &a);
	return exit_status(run_all(&a));
}
