/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Objects in the kernel, run on frames (BPF_PROG_TEST_RUN). */
#ifndef BONUS_RUN_H
#define BONUS_RUN_H

#include <bpf/libbpf.h>

#include "common/packet.h"
#include "lab05-bench/bonus-init/object.h"

/* Instructions of a program, as bpf_prog_info has them. */
struct program_size {
	unsigned int xlated;	/* instructions, as verified and rewritten */
	unsigned int jited;	/* bytes of machine code */
	unsigned int verified;	/* instructions the verifier walked over */
};

/* What came of one run. */
struct outcome {
	__u32 retval;
	__u32 ns;		/* the kernel's own measurement */
	__u32 len;
	__u8 data[2 * PACKET_MAX];
};

/*
 * Opens an image and loads it.  before() may change what only can be
 * before the load; it, or NULL.  What the verifier said is logged if it
 * refused.  Returns NULL after an error; the caller ends the object with
 * bpf_object__close().
 */
struct bpf_object *run_load(const struct object *image,
			    int (*before)(struct bpf_object *object));

/* Whether it can be run on a frame: XDP and TC. */
bool run_possible(const struct bpf_program *program);

/* Negative errno, not logged. */
int run_size(const struct bpf_program *program, struct program_size *size);

/*
 * Runs it on a frame of 14 bytes or more.  0 or negative errno, not logged:
 * the kernel refuses some frames.
 */
int run_frame(const struct bpf_program *program, const struct frame *frame,
	      struct outcome *result);

/*
 * The frames of a pcap file (Ethernet, of this byte order), added to
 * *frames, which has *count and which the caller frees.  Logs its errors,
 * returns negative errno.
 */
int run_read_pcap(const char *path, struct frame **frames, size_t *count);

#endif
