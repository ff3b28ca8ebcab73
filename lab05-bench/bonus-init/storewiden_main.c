// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpf-storewiden: the pass, the proof and the report.  tools/ has the name. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/options.h"
#include "common/sandbox.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/bonus-init/prove.h"

#define DEFAULT_ROUNDS	11
#define MIN_ROUNDS	5
#define FILES_MAX	64

struct arguments {
	const char *objects[FILES_MAX];
	size_t object_count;
	const char *output;
	bool json;
	size_t rounds;
	struct frame *frames;
	size_t frame_count;
};

/* ---- the report ------------------------------------------------------- */

static void print_program(const struct pair_times *t)
{
	const struct program_size *a = &t->before, *b = &t->after;

	printf("  %-16s %6u -> %-6u %6u -> %-6u %7u -> %-7u", t->name,
	       a->xlated, b->xlated, a->jited, b->jited, a->verified,
	       b->verified);
	if (!t->ratio.rounds) {
		printf(" not run\n");
		return;
	}
	printf(" %6.0f -> %-6.0f %+.2f (%+.2f to %+.2f)\n",
	       t->ns_before.median, t->ns_after.median,
	       100 * (1 - 1 / t->ratio.median), 100 * (1 - 1 / t->ratio.low),
	       100 * (1 - 1 / t->ratio.high));
}

static void print_report(const char *path, const struct widened *w,
			 const struct proof_counts *c,
			 const struct pair_times *times, size_t count)
{
	printf("%s\n  %lu constant stores to the stack, %lu of them saved "
	       "(in %lu words)\n", path, w->stores, w->removed, w->words);
	if (!times)
		return;
	if (!w->removed)
		printf("  nothing has changed: what the times differ by is "
		       "noise\n");
	printf("  the same: %zu runs of each, %zu different answers, %zu "
	       "frames changed,\n  %zu copies captured, %zu maps with %zu "
	       "entries\n\n  %-16s %16s %16s %18s %16s %s\n", c->runs,
	       c->answers, c->rewritten, c->copies, c->maps, c->entries,
	       "program", "instructions", "bytes, jited", "verified",
	       "ns a frame", "% of time saved");
	for (size_t i = 0; i < count; i++)
		print_program(&times[i]);
	putchar('\n');
}

static json_t *program_json(const struct pair_times *t)
{
	const struct program_size *a = &t->before, *b = &t->after;

	return json_pack(
		"{s:s, s:[ii], s:[ii], s:[ii], s:[ff], s:[fff]}", "name",
		t->name, "instructions", a->xlated, b->xlated, "jited_bytes",
		a->jited, b->jited, "verified", a->verified, b->verified,
		"ns", t->ns_before.median, t->ns_after.median, "ratio",
		t->ratio.median, t->ratio.low, t->ratio.high);
}

static int print_json(const char *path, const struct widened *w,
		      const struct proof_counts *c,
		      const struct pair_times *times, size_t count)
{
	json_t *programs = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(programs, program_json(&times[i]));
	return bench_print(json_pack(
		"{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "object",
		path, "stores", (int)w->stores, "saved", (int)w->removed,
		"words", (int)w->words, "runs", (int)c->runs, "copies",
		(int)c->copies, "rewritten", (int)c->rewritten, "entries",
		(int)c->entries, "programs", programs));
}

/* ---- one object ------------------------------------------------------- */

static int report(const struct arguments *a, const char *path,
		  const struct widened *w, const struct pair *pair)
{
	struct proof_counts counts = {};
	struct pair_times *times = NULL;
	size_t count = 0;
	int err = 0;

	if (pair->frame_count)
		err = prove_pair(pair, &counts) ?:
		      prove_times(pair, a->rounds, &times, &count);
	if (!err && a->json)
		err = print_json(path, w, &counts, times, count);
	else if (!err)
		print_report(path, w, &counts, times, count);
	free(times);
	return err;
}

static int take_object(const struct arguments *a, const char *path)
{
	struct pair pair = { .frames = a->frames,
			     .frame_count = a->frame_count };
	struct widened w = {};
	int err = object_read(&pair.before, path);

	if (!err)
		err = object_copy(&pair.after, &pair.before);
	if (!err)
		err = object_widen(&pair.after, &w);
	if (!err)
		err = report(a, path, &w, &pair);
	if (!err && a->output)
		err = object_write(&pair.after, a->output);
	if (err)
		log_error("%s: nothing is written", path);
	object_free(&pair.before);
	object_free(&pair.after);
	return err;
}

static int take_all(const struct arguments *a)
{
	int err = 0;

	if (a->frame_count) {
		err = loader_init() ?: sandbox_enter();
		if (!err)
			err = bench_pin(0);
	}
	for (size_t i = 0; !err && i < a->object_count; i++)
		err = take_object(a, a->objects[i]);
	return err;
}

/* ---- main ------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write the new object there, if it is "
	  "proven (or there are no frames to prove it with)", 1 },
	{ "frames", 'f', "PCAP", 0, "Prove and measure with these frames, in "
	  "a sandbox; may be given again", 1 },
	{ "rounds", 'r', "N", 0, "Of measuring; default 11, at least 5", 1 },
	{ "json", 'j', NULL, 0, "A line of JSON for each object", 1 },
	{ }
};

static const char doc[] =
	"Merge narrow stores of constants to the stack into wider ones, in "
	"compiled BPF objects; prove that they still do the same, and say "
	"what it saves."
	"\vWhat is left over becomes `goto +0`, which the kernel takes out "
	"when it loads the program (for who has CAP_BPF): so nothing moves in "
	"the object, and its jumps, symbols, relocations, BTF and line info "
	"stay as they are. The verifier still walks over it.\n\n"
	"Both objects are run on all frames: return values, frames, copies "
	"sent out of lo and maps must be the same. Clocks and random numbers "
	"stand still for that, but not for the times.\n\n"
	"Exit status: 0 done, 1 failed or not the same, 2 usage, 77 cannot "
	"run here.\n\nExample:\n"
	"  tools/bpf-storewiden build/lab01/guard.bpf.o";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case 'f':
		if (run_read_pcap(arg, &a->frames, &a->frame_count))
			exit(EXIT_FAILED);
		return 0;
	case 'r':
		a->rounds = option_number(state, arg, "--rounds", MIN_ROUNDS,
					  MAX_ROUNDS);
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->object_count == FILES_MAX)
			argp_error(state, "at most %d objects", FILES_MAX);
		a->objects[a->object_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->object_count)
			argp_error(state, "which object?");
		if (a->output && a->object_count > 1)
			argp_error(state, "--output is for one object");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options, .parser = parse, .doc = doc,
	.args_doc = "OBJECT...",
	.children = (const struct argp_child[]){
		{ .argp = &options_verbose }, { },
	},
};

int main(int argc, char **argv)
{
	struct arguments a = { .rounds = DEFAULT_ROUNDS };
	int err;

	options_parse(&argp, argc, argv, 0, &a);
	err = take_all(&a);
	free(a.frames);
	return exit_status(err);
}
