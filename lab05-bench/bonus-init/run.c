// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab05-bench/bonus-init/run.h"

#define VERIFIER_LOG	(1 << 20)
#define VERIFIER_TAIL	1000	/* its end says what is wrong */

/* ---- loading ---------------------------------------------------------- */

static void say_refused(const char *log)
{
	size_t len = strlen(log);

	log_error("the kernel refuses the object: %s; the verifier's last "
		  "words:\n%s", strerror(errno),
		  log + (len > VERIFIER_TAIL ? len - VERIFIER_TAIL : 0));
}

static struct bpf_object *open_and_load(const struct object *image,
					int (*before)(struct bpf_object *),
					char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "storewiden",
		    .kernel_log_buf = log, .kernel_log_size = VERIFIER_LOG);
	struct bpf_object *object;

	object = bpf_object__open_mem(image->image, image->size, &opts);
	if (!object) {
		log_errno("libbpf cannot read the object", "is it whole?");
		return NULL;
	}
	if (!(before && before(object)) && !bpf_object__load(object))
		return object;
	say_refused(log);
	bpf_object__close(object);
	return NULL;
}

struct bpf_object *run_load(const struct object *image,
			    int (*before)(struct bpf_object *object))
{
	char *log = calloc(1, VERIFIER_LOG);
	struct bpf_object *object = NULL;

	if (log)
		object = open_and_load(image, before, log);
	free(log);
	return object;
}

/* ---- programs --------------------------------------------------------- */

bool run_possible(const struct bpf_program *program)
{
	enum bpf_prog_type type = bpf_program__type(program);

	return type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS;
}

int run_size(const struct bpf_program *program, struct program_size *size)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(bpf_program__fd(program), &info,
					 &len);

	*size = (struct program_size){
		.xlated = info.xlated_prog_len / INSN_BYTES,
		.jited = info.jited_prog_len,
		.verified = info.verified_insns,
	};
	return err;
}

int run_frame(const struct bpf_program *program, const struct frame *frame,
	      struct outcome *result)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = 1,
		    .data_in = frame->data, .data_size_in = frame->len,
		    .data_out = result->data,
		    .data_size_out = sizeof(result->data));
	int err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);

	result->retval = opts.retval;
	result->ns = opts.duration;
	result->len = opts.data_size_out;
	return err;
}

/* ---- frames ----------------------------------------------------------- */

#define PCAP_MAGIC	0xa1b2c3d4	/* times in microseconds */

struct pcap_header {
	__u32 magic;
	__u16 version[2];
	__u32 zero[2], longest, link;
};

struct pcap_record {
	__u32 seconds, microseconds, captured, length;
};

static int read_record(FILE *file, struct frame **frames, size_t *count)
{
	struct pcap_record record;
	struct frame *more;

	if (fread(&record, sizeof(record), 1, file) != 1)
		return feof(file) ? 0 : -EIO;
	if (record.captured > PACKET_MAX)
		return -EMSGSIZE;
	more = realloc(*frames, (*count + 1) * sizeof(**frames));
	if (!more)
		return -ENOMEM;
	*frames = more;
	more += *count;
	more->len = record.captured;
	if (fread(more->data, 1, more->len, file) != more->len)
		return -EIO;
	++*count;
	return 1;
}

int run_read_pcap(const char *path, struct frame **frames, size_t *count)
{
	FILE *file = fopen(path, "rb");
	struct pcap_header header;
	int err;

	if (!file)
		return log_errno(path, "tools/rtpgen.py makes such files");
	err = fread(&header, sizeof(header), 1, file) == 1 &&
	      header.magic == PCAP_MAGIC ? 1 : -EINVAL;
	while (err > 0)
		err = read_record(file, frames, count);
	if (err)
		log_error("%s: %s; tools/rtpgen.py makes what can be read here",
			  path, strerror(-err));
	fclose(file);
	return err;
}
