// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fans: where each stands, and what it is made of.
 *
 *	fans_make() --> fans[0 ... 127] --> devmap: its length, and every entry
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab06-xdp-fanout/broadcast.h"
#include "lab06-xdp-fanout/fans.h"

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(build_network)

/* ---- 6.1: where they stand ------------------------------------------------ */

TEST("6.1.a", apart,
     "each fan has a place of its own, and all places are taken",
     .native = true)
{
	bool taken[MAX_PORTS * FANS_PER_PORT] = {};

	for (__u32 port = 0; port < MAX_PORTS; port++)
		for (__u32 row = 0; row < FAN_ROWS; row++)
			for (__u32 n = 1; n <= FAN_COPIES; n++) {
				__u32 at = fan_index(port, n, row);

				check_true(at < MAX_PORTS * FANS_PER_PORT,
					   "port %u, %u copies, row %u: there "
					   "is no place %u",
					   port, n, row, at);
				check_true(!taken[at],
					   "port %u, %u copies, row %u: place "
					   "%u has another fan already",
					   port, n, row, at);
				taken[at] = true;
			}
}

TEST("6.1.b", in_order, "a row begins with one copy and ends with 64",
     .native = true)
{
	check_uint("the first of all", 0, fan_index(0, 1, 0));
	check_uint("the last of row 0", FAN_COPIES - 1,
		   fan_index(0, FAN_COPIES, 0));
	check_uint("the first of row 1", FAN_COPIES, fan_index(0, 1, 1));
	check_uint("the first of port 1", FANS_PER_PORT, fan_index(1, 1, 0));
	check_uint("port 2, 3 copies, row 1",
		   2 * FANS_PER_PORT + FAN_COPIES + 2, fan_index(2, 3, 1));
}

/* ---- 6.2: what they are made of ------------------------------------------- */

/* A program for clones that passes them all. */
static int load_program(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_XDP_DEVMAP);
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "Dual BSD/GPL", pass,
			       2, &opts);

	check_true(fd >= 0, "cannot load a program: %s", strerror(errno));
	return fd;
}

static __u32 id_of(int program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	check_int("the program's id", 0,
		  bpf_obj_get_info_by_fd(program, &info, &size));
	return info.id;
}

static int make_map_of_fans(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int fans;

	opts.inner_map_fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "fan", 4,
					   sizeof(struct bpf_devmap_val), 1,
					   NULL);
	check_true((int)opts.inner_map_fd >= 0, "cannot make a devmap: %s",
		   strerror(errno));
	fans = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "fans", 4, 4,
			      MAX_PORTS * FANS_PER_PORT, &opts);
	check_true(fans >= 0, "cannot make an array of maps: %s",
		   strerror(errno));
	return fans;
}

static int open_fan(int fans, __u32 index)
{
	__u32 id;
	int fan;

	check_true(!bpf_map_lookup_elem(fans, &index, &id),
		   "there is no fan at place %u", index);
	fan = bpf_map_get_fd_by_id(id);
	check_true(fan >= 0, "cannot open the fan at place %u: %s", index,
		   strerror(errno));
	return fan;
}

static __u32 length_of(int fan)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	check_int("the fan's length", 0,
		  bpf_obj_get_info_by_fd(fan, &info, &size));
	return info.max_entries;
}

static void check_entry(int fan, __u32 slot, const struct fan_target *to)
{
	struct bpf_devmap_val value = {};

	check_true(
		!bpf_map_lookup_elem(fan, &slot, &value),
		"entry %u is empty: the kernel walks past it for each packet",
		slot);
	check_int("the entry's interface", to->ifindex, value.ifindex);
	check_uint("the entry's program", id_of(to->program),
		   value.bpf_prog.id);
}

static struct fan_target target_at(const char *ifname)
{
	return (struct fan_target){
		.ifindex = if_nametoindex(ifname),
		.program = load_program(),
	};
}

static const struct fan_target no_loop;

TEST("6.2.a", lengths, "a fan for n copies has n places, and all of them count")
{
	struct fan_target eth0 = target_at("eth0");
	int fans = make_map_of_fans(), fan;

	check_int("fans_make", 0, fans_make(fans, 0, &eth0, &no_loop));
	for (__u32 n = 1; n <= FAN_COPIES; n++) {
		fan = open_fan(fans, n - 1);
		step("the fan for %u copies", n);
		check_uint("places", n, length_of(fan));
		close(fan);
	}
}

TEST("6.2.b", entries, "every entry is the interface, with the program")
{
	struct fan_target eth0 = target_at("eth0");
	int fans = make_map_of_fans(), fan;

	check_int("fans_make", 0, fans_make(fans, 0, &eth0, &no_loop));
	for (__u32 n = 1; n <= FAN_COPIES; n++) {
		fan = open_fan(fans, n - 1);
		step("the fan for %u copies", n);
		for (__u32 slot = 0; slot < n; slot++)
			check_entry(fan, slot, &eth0);
		close(fan);
	}
}

TEST("6.2.c", with_loop, "where there is a loop, it is the last entry of row 1")
{
	struct fan_target eth0 = target_at("eth0"), loop = target_at("lo");
	int fans = make_map_of_fans(), fan;

	check_int("fans_make", 0, fans_make(fans, 0, &eth0, &loop));
	for (__u32 n = 1; n <= FAN_COPIES; n++) {
		fan = open_fan(fans, FAN_COPIES + n - 1);
		step("the fan for %u copies and the loop", n);
		check_uint("places", n + 1, length_of(fan));
		for (__u32 slot = 0; slot < n; slot++)
			check_entry(fan, slot, &eth0);
		check_entry(fan, n, &loop);
		close(fan);
	}
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

TEST("6.2.d", no_interface,
     "without the interface: an error, and nothing stays")
{
	struct fan_target gone = target_at("eth0");
	int fans = make_map_of_fans(), before = count_fds(), err;
	struct fan_target there = gone;

	check_int("fans_make", 0, fans_make(fans, 0, &there, &no_loop));
	gone.ifindex = 9999;
	err = fans_make(fans, 0, &gone, &no_loop);
	check_true(err < 0, "fans_make() returns %d, no error", err);
	check_int("open files", before, count_fds());
}
