// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as a frame, for guard() in the kernel: it says what the same parser
 * says in user space, counts it there, and leaves the frame as it was.
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <bpf/libbpf.h>
#include <errno.h>

#include "common/loader.h"
#include "lab01-xdp-parse/test_cursor.h"
#include "fuzz/fuzz.h"
#include "lab01-xdp-parse/guard.h"
#include "lab01/guard.skel.h"

#define CANNOT_RUN 77
#define SHORTEST   14 /* the kernel tries nothing that is shorter */
#define LONGEST	   2048

static struct guard_bpf *guard;
static struct media_address media;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int err = loader_init();
	__u32 any = 1;

	(void)argc, (void)argv;
	media.port = htons(DEFAULT_MEDIA_PORT);
	guard = err ? NULL : guard_bpf__open();
	if (guard) {
		guard->rodata->media = media;
		err = loader_load(guard->skeleton);
	}
	for (int i = 0; guard && !err && i < 2; i++)
		err = bpf_map__update_elem(guard->maps.local_addresses,
					   local_addresses[i],
					   sizeof(local_addresses[i]), &any,
					   sizeof(any), BPF_ANY);
	if (err || !guard) {
		fprintf(stderr, "guard() cannot be loaded here\n");
		exit(CANNOT_RUN);
	}
	return 0;
}

/* How often guard() has come to this verdict. */
static __u64 count_of(enum verdict verdict)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic each[cpus];
	__u32 key = verdict;
	__u64 sum = 0;
	int err = bpf_map__lookup_elem(guard->maps.guard_traffic, &key,
				       sizeof(key), each, sizeof(each), 0);

	require(!err, "guard_traffic cannot be read: %s", strerror(-err));
	for (int i = 0; i < cpus; i++)
		sum += each[i].packets;
	return sum;
}

static enum xdp_action run(const uint8_t *data, size_t size)
{
	static uint8_t out[LONGEST];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = data,
		    .data_size_in = size, .data_out = out,
		    .data_size_out = sizeof(out));
	int err = bpf_prog_test_run_opts(bpf_program__fd(guard->progs.guard),
					 &run);

	require(!err, "BPF_PROG_TEST_RUN: %s", strerror(-err));
	require(run.data_size_out == size && !memcmp(data, out, size),
		"the frame has changed");
	return run.retval;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum xdp_action expected, got;
	enum verdict verdict;
	struct packet p;
	__u64 before;

	if (size < SHORTEST || size > LONGEST)
		return 0;
	verdict = judge_frame(data, size, size, &p, &media);
	expected = is_drop(verdict) ? XDP_DROP : XDP_PASS;
	before = count_of(verdict);
	got = run(data, size);
	require(got == expected, "it is %s, and the kernel says %d",
		verdict_name(verdict), got);
	require(count_of(verdict) == before + 1,
		"it is %s, and the kernel counts something else",
		verdict_name(verdict));
	return 0;
}
