// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: from raw records, one JSON object a line and run, to the rows of
 * results.csv, one a cell and metric.  A cell is what was the same in all
 * rounds: scenario, network, mode and so on.
 *
 * No record becomes part of a row before its counters prove that the packets
 * took the path that its mode names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/measure.h"

#define KEY_MAX	      256
#define MAX_AGAINST   4
#define BASELINE      "baseline"
#define NS_PER_SEC    1e9
#define PEER_LOSS_MAX 0.01 /* of its copies */

struct record {
	const char *scenario, *network, *mode;
	json_int_t senders, receivers, size, rate, round, legs;
	int hog, fifo;
	double seconds;
	json_int_t sent, received, duplicated, reordered;
	json_int_t link_drops, socket_drops;
	json_t *kernel, *user, *cpu, *latency, *delta, *extra;
	json_int_t jitter;
	bool has_packets;
};

/*
 * Samples: the key of a row -> { "record", "metric", "unit", "rounds": {
 * round -> value } }, in the order in which they came.
 */
struct rows {
	const char *against[MAX_AGAINST + 1]; /* modes, then NULL */
	json_t *samples;
	json_t *seen; /* a key for each round of each cell */
	unsigned int line, refused;
};

/* ---- reading ---------------------------------------------------------- */

static int unpack(json_t *object, struct record *r, json_error_t *error)
{
	*r = (struct record){ .jitter = -1 };
	/* clang-format off */
	if (json_unpack_ex(object, error, 0,
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s?I,"
		" s?F, s?I, s?I, s?I, s?I, s?I, s?I, s?I,"
		" s?o, s?o, s?o, s?o, s?o, s?o}",
		"scenario", &r->scenario, "network", &r->network,
		"mode", &r->mode, "senders", &r->senders,
		"receivers", &r->receivers, "size", &r->size,
		"rate", &r->rate, "hog", &r->hog, "fifo", &r->fifo,
		"round", &r->round, "legs", &r->legs,
		"seconds", &r->seconds, "sent", &r->sent,
		"received", &r->received, "duplicated", &r->duplicated,
		"reordered", &r->reordered, "link_drops", &r->link_drops,
		"socket_drops", &r->socket_drops, "jitter", &r->jitter,
		"kernel", &r->kernel, "user", &r->user, "cpu_ns", &r->cpu,
		"latency", &r->latency, "delta", &r->delta,
		"extra", &r->extra))
		/* clang-format on */
		return -EINVAL;
	r->legs = r->legs ?: r->receivers;
	r->has_packets = json_object_get(object, "sent");
	return 0;
}

static enum path path_of(const char *mode)
{
	if (!strcmp(mode, "tc") || !strcmp(mode, "xdp") ||
	    !strcmp(mode, "bare"))
		return PATH_KERNEL;
	if (!strcmp(mode, "user"))
		return PATH_USER;
	return strcmp(mode, BASELINE) ? PATH_OTHER : PATH_NONE;
}

/* A counter that is missing was not counted: 0. */
static __u64 number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static struct forwarder forwarder(const json_t *counted)
{
	return (struct forwarder){
		.in = number(counted, "in"),
		.copies = number(counted, "copies"),
		.failed = number(counted, "failed"),
		.dropped = number(counted, "dropped"),
	};
}

static struct counters counters(const struct record *r)
{
	return (struct counters){
		.path = path_of(r->mode),
		.legs = r->legs,
		.sent = r->sent,
		.kernel = forwarder(r->kernel),
		.user = forwarder(r->user),
		.link_drops = r->link_drops,
		.received = r->received,
		.socket_drops = r->socket_drops,
	};
}

/* ---- samples ---------------------------------------------------------- */

/* What comes before median in a row: mode may be another than the record's. */
static void make_key(char key[KEY_MAX], const struct record *r,
		     const char *mode, const char *metric, const char *unit)
{
	snprintf(key, KEY_MAX, "%s,%s,%s,%lld,%lld,%lld,%lld,%d,%d,%s,%s",
		 r->scenario, r->network, mode, r->senders, r->receivers,
		 r->size, r->rate, r->hog, r->fifo, metric, unit);
}

static void add(struct rows *rows, json_t *object, const struct record *r,
		const char *metric, const char *unit, double value)
{
	char key[KEY_MAX], round[24];
	json_t *sample;

	make_key(key, r, r->mode, metric, unit);
	snprintf(round, sizeof(round), "%lld", r->round);
	sample = json_object_get(rows->samples, key);
	if (!sample) {
		sample = json_pack("{s:O, s:s, s:s, s:{}}", "record", object,
				   "metric", metric, "unit", unit, "rounds");
		json_object_set_new(rows->samples, key, sample);
	}
	json_object_set_new(json_object_get(sample, "rounds"), round,
			    json_real(value));
}

static double cpu_sum(const struct record *r)
{
	const char *name;
	double sum = 0;
	json_t *part;

	json_object_foreach(r->cpu, name, part)
		sum += json_number_value(part);
	return sum;
}

/* A peer that loses copies has not done the work that the others did. */
static bool comparable(const struct record *r)
{
	double copies = r->received - r->duplicated;

	return path_of(r->mode) != PATH_OTHER ||
	       copies >= (1 - PEER_LOSS_MAX) * r->sent * r->legs;
}

static void add_cpu(struct rows *rows, json_t *o, const struct record *r)
{
	double cpu = cpu_sum(r), copies = r->received - r->duplicated;

	if (!r->cpu || !r->seconds)
		return;
	if (copies > 0 && comparable(r))
		add(rows, o, r, "cpu_per_packet", "ns", cpu / copies);
	add(rows, o, r, "cpu_per_input", "ns", cpu / r->sent);
	add(rows, o, r, "cpu_load", "%", 100 * cpu / r->seconds / NS_PER_SEC);
}

static void add_counts(struct rows *rows, json_t *o, const struct record *r)
{
	double due = (double)r->sent * r->legs;
	double copies = r->received - r->duplicated;

	if (path_of(r->mode) == PATH_NONE)
		return;
	if (r->seconds)
		add(rows, o, r, "delivered", "1/s", copies / r->seconds);
	add(rows, o, r, "loss", "%", 100 * (1 - copies / due));
	add(rows, o, r, "duplicated", "%", 100 * r->duplicated / due);
	add(rows, o, r, "reordered", "%", 100 * r->reordered / due);
}

static void add_members(struct rows *rows, json_t *o, const struct record *r,
			const char *prefix, json_t *members)
{
	char metric[64];
	const char *name;
	json_t *value;

	json_object_foreach(members, name, value) {
		if (!strcmp(name, "count"))
			continue;
		snprintf(metric, sizeof(metric), "%s_%s", prefix, name);
		add(rows, o, r, metric, "ns", json_number_value(value));
	}
}

/* At saturation many packets share a time stamp: nothing to be read there. */
static void add_times(struct rows *rows, json_t *o, const struct record *r)
{
	if (!r->rate || !r->received)
		return;
	add_members(rows, o, r, "latency", r->latency);
	add_members(rows, o, r, "delta", r->delta);
	if (r->jitter >= 0)
		add(rows, o, r, "jitter", "ns", r->jitter);
}

/* The name of an extra ends in _ and its unit. */
static void add_extras(struct rows *rows, json_t *o, const struct record *r)
{
	const char *name, *unit;
	char metric[64];
	json_t *value;

	json_object_foreach(r->extra, name, value) {
		unit = strrchr(name, '_');
		if (!unit)
			continue;
		snprintf(metric, sizeof(metric), "%.*s", (int)(unit - name),
			 name);
		add(rows, o, r, metric, unit + 1, json_number_value(value));
	}
}

static void add_record(struct rows *rows, json_t *o, const struct record *r)
{
	if (r->has_packets) {
		add_counts(rows, o, r);
		add_cpu(rows, o, r);
		add_times(rows, o, r);
	}
	add_extras(rows, o, r);
}

/* ---- records ---------------------------------------------------------- */

static void say_refused(const struct rows *rows, const struct record *r,
			enum proof proof)
{
	struct counters c = counters(r);

	log_error("line %u: %s %s on %s, %lld to %lld, round %lld: %s",
		  rows->line, r->scenario, r->mode, r->network, r->senders,
		  r->receivers, r->round, proof_text(proof));
	log_error("  sent %llu, each to %llu; kernel: in %llu copies %llu "
		  "failed %llu dropped %llu; user: in %llu copies %llu failed "
		  "%llu dropped %llu; received %llu, links dropped %llu, "
		  "sockets %llu",
		  c.sent, c.legs, c.kernel.in, c.kernel.copies, c.kernel.failed,
		  c.kernel.dropped, c.user.in, c.user.copies, c.user.failed,
		  c.user.dropped, c.received, c.link_drops, c.socket_drops);
}

/* Two results of one round are a mistake of whoever ran it. */
static int claim_round(struct rows *rows, const struct record *r)
{
	char key[KEY_MAX], round[24];

	snprintf(round, sizeof(round), "%lld", r->round);
	make_key(key, r, r->mode, "round", round);
	if (json_object_get(rows->seen, key)) {
		log_error("line %u: this run was read before: %s", rows->line,
			  key);
		return -EEXIST;
	}
	return json_object_set_new(rows->seen, key, json_true());
}

static int take_record(struct rows *rows, json_t *object)
{
	json_error_t error;
	enum proof proof;
	struct record r;
	struct counters c;

	if (unpack(object, &r, &error)) {
		log_error("line %u: %s; see the raw record in README.md",
			  rows->line, error.text);
		return -EINVAL;
	}
	c = counters(&r);
	proof = r.has_packets ? prove(&c) : PROVEN;
	if (proof != PROVEN) {
		say_refused(rows, &r, proof);
		return -EINVAL;
	}
	if (claim_round(rows, &r))
		return -EEXIST;
	add_record(rows, object, &r);
	return 0;
}

static void read_records(struct rows *rows, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	json_error_t error;
	json_t *object;

	while (getline(&line, &size, in) >= 0) {
		rows->line++;
		object = json_loads(line, 0, &error);
		if (!object)
			log_error("line %u is no JSON: %s", rows->line,
				  error.text);
		if (!object || take_record(rows, object))
			rows->refused++;
		json_decref(object);
	}
	free(line);
}

/* ---- rows ------------------------------------------------------------- */

static void print_row(const char *key, const struct estimate *e)
{
	printf("%s,%.10g,%.10g,%.10g,%zu\n", key, e->median, e->low, e->high,
	       e->rounds);
}

static size_t values_of(json_t *sample, double values[MAX_ROUNDS])
{
	const char *round;
	size_t count = 0;
	json_t *value;

	json_object_foreach(json_object_get(sample, "rounds"), round, value)
		if (count < MAX_ROUNDS)
			values[count++] = json_real_value(value);
	return count;
}

static struct estimate estimate_of(json_t *sample)
{
	double values[MAX_ROUNDS];
	size_t count = values_of(sample, values);

	return estimate(values, count);
}

static const char *text_of(json_t *sample, const char *name)
{
	return json_string_value(json_object_get(sample, name));
}

/* The same cell and metric in another mode, or NULL. */
static json_t *other_sample(const struct rows *rows, json_t *sample,
			    const struct record *r, const char *mode)
{
	char key[KEY_MAX];

	make_key(key, r, mode, text_of(sample, "metric"),
		 text_of(sample, "unit"));
	return json_object_get(rows->samples, key);
}

/* What a copy costs beyond receiving the packet and dropping it. */
static void print_net(const struct rows *rows, json_t *sample,
		      const struct record *r)
{
	json_t *baseline = other_sample(rows, sample, r, BASELINE);
	struct estimate cost, base, net;
	char key[KEY_MAX];

	if (!baseline || !r->legs)
		return;
	cost = estimate_of(sample);
	base = estimate_of(baseline);
	make_key(key, r, r->mode, "cpu_net", "ns");
	if (!subtract_baseline(&cost, &base, &net))
		log_warn("%s: no cost above the baseline can be shown", key);
	net.median /= r->legs;
	net.low /= r->legs;
	net.high /= r->legs;
	if (net.rounds > base.rounds)
		net.rounds = base.rounds;
	print_row(key, &net);
}

/* Rounds in which both ran. */
static size_t pair_up(json_t *a, json_t *b, double x[MAX_ROUNDS],
		      double y[MAX_ROUNDS])
{
	json_t *value, *others = json_object_get(b, "rounds"), *other;
	const char *round;
	size_t count = 0;

	json_object_foreach(json_object_get(a, "rounds"), round, value) {
		other = json_object_get(others, round);
		if (!other || count == MAX_ROUNDS)
			continue;
		x[count] = json_real_value(value);
		y[count++] = json_real_value(other);
	}
	return count;
}

static void print_ratio(const struct rows *rows, json_t *sample,
			const struct record *r, const char *against)
{
	json_t *ours = other_sample(rows, sample, r, against);
	double x[MAX_ROUNDS], y[MAX_ROUNDS];
	char key[KEY_MAX], mode[64];
	struct estimate ratio;

	if (!ours || !strcmp(r->mode, against))
		return;
	ratio = paired_ratio(x, y, pair_up(sample, ours, x, y));
	snprintf(mode, sizeof(mode), "%s/%s", r->mode, against);
	make_key(key, r, mode, text_of(sample, "metric"), "ratio");
	if (ratio.rounds)
		print_row(key, &ratio);
}

static void print_rows(const struct rows *rows)
{
	json_error_t error;
	struct estimate e;
	struct record r;
	const char *key;
	json_t *sample;

	puts("scenario,network,mode,senders,receivers,size,rate,hog,fifo,"
	     "metric,unit,median,low,high,rounds");
	json_object_foreach(rows->samples, key, sample) {
		unpack(json_object_get(sample, "record"), &r, &error);
		e = estimate_of(sample);
		print_row(key, &e);
		if (!strcmp(text_of(sample, "metric"), "cpu_per_input") &&
		    strcmp(r.mode, BASELINE))
			print_net(rows, sample, &r);
		for (const char *const *m = rows->against; *m; m++)
			print_ratio(rows, sample, &r, *m);
	}
}

/* ---- main ------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "against", 'a', "MODE", 0,
	  "For every other mode, also print its value divided by this mode's; "
	  "may be repeated",
	  1 },
	{}
};

static const char doc[] =
	"Read raw records of runs (one JSON object per line) from stdin, "
	"refuse those whose counters do not prove their path, and write the "
	"median of the rounds and its interval as CSV."
	"\vExit status: 0, 1 some runs were refused, 2 usage.\n\n"
	"Example:\n"
	"  bench_rows --against tc <build/bench/raw.jsonl >results.csv";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct rows *rows = state->input;

	unsigned int n = 0;

	if (key != 'a')
		return ARGP_ERR_UNKNOWN;
	while (rows->against[n])
		n++;
	if (n == MAX_AGAINST)
		argp_error(state, "--against takes %d modes", MAX_AGAINST);
	rows->against[n] = arg;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

int main(int argc, char **argv)
{
	struct rows rows = {};

	options_parse(&argp, argc, argv, 0, &rows);
	rows.samples = json_object();
	rows.seen = json_object();
	read_records(&rows, stdin);
	print_rows(&rows);
	json_decref(rows.samples);
	json_decref(rows.seen);
	if (rows.refused)
		log_error("%u of %u runs refused", rows.refused, rows.line);
	return rows.refused ? EXIT_FAILED : EXIT_SUCCESS;
}
