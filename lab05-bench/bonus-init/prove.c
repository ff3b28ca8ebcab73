// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/log.h"
#include "lab05-bench/bonus-init/known.h"
#include "lab05-bench/bonus-init/prove.h"

#define COPIES_MAX	64	/* of one frame */
#define PATIENCE_MS	5000	/* for what must come */

/* What one run of one program did. */
struct deed {
	int err;
	struct outcome outcome;
	size_t copy_count;
	struct frame copies[COPIES_MAX];
};

struct prover {
	struct bpf_object *before, *after;
	int capture, injector;
	struct deed was, is;
	struct proof_counts *counts;
	bool seen[256];		/* return values, by their lowest byte */
};

/* ---- one frame -------------------------------------------------------- */

/* Of a type for experiments (IEEE 802): it comes behind all copies. */
static const struct frame marker = {
	.len = 60, .data = { [12] = 0x88, [13] = 0xb5, [14] = 'm' },
};

static bool is_marker(const struct frame *f)
{
	return f->len == marker.len && !memcmp(f->data, marker.data, f->len);
}

/* -ENOSPC: more copies than can be kept; or another error. */
static int act(const struct prover *p, const struct bpf_program *program,
	       const struct frame *frame, struct deed *d)
{
	int err;

	d->err = run_frame(program, frame, &d->outcome);
	d->copy_count = 0;
	err = inject_send(p->injector, &marker);
	while (!err && d->copy_count < COPIES_MAX) {
		struct frame *copy = &d->copies[d->copy_count];

		err = capture_next(p->capture, copy, PATIENCE_MS);
		if (!err && is_marker(copy))
			return 0;
		d->copy_count++;
	}
	return err ?: -ENOSPC;
}

static const char *difference(const struct deed *a, const struct deed *b)
{
	if (a->err != b->err)
		return "the kernel's verdict";
	if (a->err)
		return NULL;
	if (a->outcome.retval != b->outcome.retval)
		return "the return value";
	if (a->outcome.len != b->outcome.len ||
	    memcmp(a->outcome.data, b->outcome.data, a->outcome.len))
		return "the frame";
	if (a->copy_count != b->copy_count)
		return "the number of copies";
	for (size_t i = 0; i < a->copy_count; i++)
		if (a->copies[i].len != b->copies[i].len ||
		    memcmp(a->copies[i].data, b->copies[i].data,
			   a->copies[i].len))
			return "a copy";
	return NULL;
}

static void count(struct prover *p, const struct frame *frame)
{
	const struct deed *d = &p->was;
	bool *seen = &p->seen[d->outcome.retval & 0xff];

	p->counts->runs++;
	p->counts->copies += d->copy_count;
	p->counts->rewritten += !d->err && (d->outcome.len != frame->len ||
		memcmp(d->outcome.data, frame->data, frame->len));
	if (!d->err && !*seen)
		p->counts->answers++;
	*seen |= !d->err;
}

static int judge(const struct prover *p, const char *program, size_t frame)
{
	const char *what = difference(&p->was, &p->is);

	if (!what)
		return 0;
	log_error("%s, frame %zu: %s differs: a mistake of ours; please "
		  "report it", program, frame, what);
	return -EBADE;
}

static int compare_program(struct prover *p, const struct pair *pair,
			   const struct bpf_program *was,
			   const struct bpf_program *is)
{
	int err = 0;

	for (size_t i = 0; !err && i < pair->frame_count; i++) {
		const struct frame *frame = &pair->frames[i];

		if (frame->len < ETH_HLEN)
			continue;	/* the kernel runs nothing on those */
		err = act(p, was, frame, &p->was) ?:
		      act(p, is, frame, &p->is) ?:
		      judge(p, bpf_program__name(was), i);
		count(p, frame);
	}
	p->counts->programs++;
	return err;
}

static int compare_programs(struct prover *p, const struct pair *pair)
{
	struct bpf_program *was = NULL, *is = NULL;
	int err = 0;

	while (!err && (was = bpf_object__next_program(p->before, was)) &&
	       (is = bpf_object__next_program(p->after, is)))
		if (run_possible(was))
			err = compare_program(p, pair, was, is);
	return err;
}

/* ---- maps ------------------------------------------------------------- */

static bool can_be_read(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return true;
	default:
		return false;
	}
}

/* Of all CPUs together, each rounded up, where each has its own. */
static size_t value_bytes(const struct bpf_map *map)
{
	return ((size_t)bpf_map__value_size(map) + 7) / 8 * 8 *
	       libbpf_num_possible_cpus();
}

/* Everything that is in a must be in b; adds to *entries. */
static int compare_entries(const struct bpf_map *a, const struct bpf_map *b,
			   size_t *entries)
{
	size_t size = value_bytes(a), key_size = bpf_map__key_size(a);
	char *key = calloc(1, key_size), *x = calloc(1, size);
	char *y = calloc(1, size);
	int err = key && x && y ? 0 : -ENOMEM, fd = bpf_map__fd(a);
	bool more = !err && !bpf_map_get_next_key(fd, NULL, key);

	while (more && !err) {
		if (bpf_map_lookup_elem(fd, key, x) ||
		    bpf_map_lookup_elem(bpf_map__fd(b), key, y) ||
		    memcmp(x, y, size))
			err = -EBADE;
		++*entries;
		more = !bpf_map_get_next_key(fd, key, key);
	}
	if (err)
		log_error("map %s: %s", bpf_map__name(a), err == -EBADE ?
			  "not the same in both" : strerror(-err));
	free(key);
	free(x);
	free(y);
	return err;
}

static int compare_maps(struct prover *p)
{
	struct bpf_map *was = NULL, *is = NULL;
	size_t back = 0;
	int err = 0;

	while (!err && (was = bpf_object__next_map(p->before, was)) &&
	       (is = bpf_object__next_map(p->after, is))) {
		if (!can_be_read(was)) {
			log_warn("map %s is of a kind that is not compared",
				 bpf_map__name(was));
			continue;
		}
		err = compare_entries(was, is, &p->counts->entries) ?:
		      compare_entries(is, was, &back);
		p->counts->maps++;
	}
	return err;
}

/* ---- both ------------------------------------------------------------- */

static struct bpf_object *load(const struct object *image, bool frozen)
{
	struct bpf_object *loaded = NULL;
	struct object copy;

	if (!object_copy(&copy, image) && !(frozen && object_freeze(&copy)))
		loaded = run_load(&copy, known_constants);
	object_free(&copy);
	if (loaded && !known_room(loaded))
		return loaded;
	bpf_object__close(loaded);
	return NULL;
}

int prove_pair(const struct pair *pair, struct proof_counts *counts)
{
	struct prover *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p)
		return err;
	*counts = (struct proof_counts){};
	p->counts = counts;
	p->capture = capture_open(NULL, "lo");
	p->injector = inject_open(NULL, "lo");
	p->before = load(&pair->before, true);
	p->after = load(&pair->after, true);
	if (p->before && p->after && p->capture >= 0 && p->injector >= 0)
		err = compare_programs(p, pair) ?: compare_maps(p);
	else
		err = -EINVAL;
	if (p->capture >= 0)
		close(p->capture);
	if (p->injector >= 0)
		close(p->injector);
	bpf_object__close(p->before);
	bpf_object__close(p->after);
	free(p);
	return err;
}

/* ---- times ------------------------------------------------------------ */

/* In turns, frame by frame, so that both meet the machine in one mood. */
static void time_round(const struct pair *pair, const struct bpf_program *was,
		       const struct bpf_program *is, double *a, double *b)
{
	struct outcome *o = malloc(sizeof(*o));
	size_t runs = 0;

	*a = *b = 0;
	for (size_t i = 0; o && i < pair->frame_count; i++) {
		bool swap = i % 2;

		if (pair->frames[i].len < ETH_HLEN ||
		    run_frame(swap ? is : was, &pair->frames[i], o))
			continue;
		*(swap ? b : a) += o->ns;
		run_frame(swap ? was : is, &pair->frames[i], o);
		*(swap ? a : b) += o->ns;
		runs++;
	}
	free(o);
	*a /= runs ?: 1;
	*b /= runs ?: 1;
}

static void time_program(const struct pair *pair, size_t rounds,
			 const struct bpf_program *was,
			 const struct bpf_program *is, struct pair_times *t)
{
	double a[MAX_ROUNDS], b[MAX_ROUNDS], warm_up;

	snprintf(t->name, sizeof(t->name), "%s", bpf_program__name(was));
	run_size(was, &t->before);
	run_size(is, &t->after);
	if (!run_possible(was))
		return;
	time_round(pair, was, is, &warm_up, &warm_up);
	for (size_t i = 0; i < rounds; i++)
		time_round(pair, was, is, &a[i], &b[i]);
	t->ratio = paired_ratio(a, b, rounds);
	t->ns_before = estimate(a, rounds);
	t->ns_after = estimate(b, rounds);
}

int prove_times(const struct pair *pair, size_t rounds,
		struct pair_times **times, size_t *count)
{
	struct bpf_object *before = load(&pair->before, false);
	struct bpf_object *after = load(&pair->after, false);
	struct bpf_program *was = NULL, *is = NULL;
	int err = before && after ? 0 : -EINVAL;

	*count = 0;
	*times = NULL;
	while (!err && (was = bpf_object__next_program(before, was)) &&
	       (is = bpf_object__next_program(after, is))) {
		struct pair_times *more = realloc(*times, (*count + 1) *
						  sizeof(**times));

		if (!more) {
			err = -ENOMEM;
			break;
		}
		*times = more;
		more += (*count)++;
		memset(more, 0, sizeof(*more));
		time_program(pair, rounds, was, is, more);
	}
	bpf_object__close(before);
	bpf_object__close(after);
	return err;
}
