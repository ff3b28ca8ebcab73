// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What all tests need of the machine, and nothing that anybody is to write.
 * When a test fails, `./check` asks this program whether it is the machine that
 * is at fault: then nothing is graded.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/loader.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "common/test.h"

#define FOLDER "build/check"

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(build_network)

/* As big as what a test may write there. */
TEST("0.5.a", files, "files can be written in build/", .native = true)
{
	static char bytes[256 << 10];
	char path[] = FOLDER "/machine.XXXXXX";
	ssize_t written;
	int fd;

	mkdir("build", 0755);
	mkdir(FOLDER, 0755);
	fd = mkostemp(path, O_CLOEXEC);
	check_true(fd >= 0, FOLDER ": %s", strerror(errno));
	unlink(path);
	memset(bytes, 'x', sizeof(bytes));
	written = write(fd, bytes, sizeof(bytes));
	check_true(written >= 0, FOLDER ": %s", strerror(errno));
	check_int("bytes written to " FOLDER, sizeof(bytes), written);
}

TEST("0.5.b", frames, "a frame that one host sends arrives at another")
{
	const struct packet_spec spec = {
		.eth = { .src = sandbox_host("alice")->mac,
			 .dst = sandbox_host(SANDBOX_SERVER)->mac },
		.ip = { .src = sandbox_host("alice")->ip4,
			.dst = sandbox_host(SANDBOX_SERVER)->ip4 },
		.udp = { .sport = 5004, .dport = 5004 },
	};
	int at_server = capture_open(NULL, "eth0");
	int from_alice = inject_open("alice", "eth0");
	struct frame sent, got;

	check_true(at_server >= 0 && from_alice >= 0, "%s", log_last_error());
	check_int("packet_build", 0, packet_build(&sent, &spec));
	check_int("inject_send", 0, inject_send(from_alice, &sent));
	check_int("capture_next", 0,
		  capture_next(at_server, &got, patient_ms(2000)));
	check_packet(&sent, &got);
}

/* A map, and a program that does nothing. */
TEST("0.5.c", bpf, "the kernel takes maps and programs")
{
	static const enum bpf_prog_type types[] = { BPF_PROG_TYPE_XDP,
						    BPF_PROG_TYPE_SCHED_CLS };
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "machine", 4, 8, 1, NULL);

	check_true(fd >= 0, "it takes no map: %s", strerror(-fd));
	for (int i = 0; i < 2; i++) {
		fd = bpf_prog_load(types[i], "machine", "Dual BSD/GPL", nothing,
				   2, NULL);
		check_true(fd >= 0, "it takes no program: %s", strerror(-fd));
	}
}
