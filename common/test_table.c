// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Tables of BPF maps that somebody else is changing, or has made otherwise. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "common/sandbox.h"
#include "common/table.h"
#include "common/test.h"

TEST_SETUP(sandbox_enter)

#define STAY 500 /* entries that nobody removes */
#define COME 64	 /* keys that come and go */

struct value {
	__u32 key, not_key;
};

static struct table table = TABLE_INIT("t", TABLE_HASH, __u32, struct value,
				       1024);

static int make_map(__u32 value_size, __u32 entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "t", sizeof(__u32),
				value_size, entries, &options);

	check_true(fd >= 0, "bpf_map_create: %s", strerror(errno));
	return fd;
}

static void set(int fd, __u32 key)
{
	struct value value = { .key = key, .not_key = ~key };

	bpf_map_update_elem(fd, &key, &value, BPF_ANY);
}

/* Until it is killed. */
static pid_t change(int fd)
{
	pid_t pid = fork();

	for (__u32 i = 0; !pid; i++) {
		__u32 old = STAY + (i + COME / 2) % COME;

		set(fd, STAY + i % COME);
		bpf_map_delete_elem(fd, &old);
	}
	return pid;
}

static void check_entries(void)
{
	__u32 staying = 0;

	table_each(e, &table) {
		const __u32 *key = table_key(e);
		const struct value *value = table_value(e);

		check_uint("key in the value", *key, value->key);
		check_uint("the rest of the value", ~*key, value->not_key);
		check_true(table_find(&table, key) == value,
			   "key %u is there twice", *key);
		staying += *key < STAY;
	}
	check_uint("entries that nobody touched", STAY, staying);
}

TEST("0.6.a", read_beside_changes,
     "a table is read while another process changes it", .seconds = 60)
{
	int fd = make_map(sizeof(struct value), 1024);
	pid_t pid;

	for (__u32 key = 0; key < STAY; key++)
		set(fd, key);
	pid = change(fd);
	for (int i = 0; i < 500; i++) {
		check_int("table_open", 0, table_open(&table, fd));
		check_entries();
		table_close(&table);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST("0.6.b", many, "all of a map that is full are read, whatever they are")
{
	static struct table full = TABLE_INIT("t", TABLE_HASH, __u32,
					      struct value, 5000);
	int fd = make_map(sizeof(struct value), 5000);

	for (__u32 key = 0; key < 5000; key++)
		set(fd, key * 7919);
	check_int("table_open", 0, table_open(&full, fd));
	check_uint("entries", 5000, table_count(&full));
	table_close(&full);
}

TEST("0.6.c", other_shape, "a map of another shape is refused")
{
	check_int("another value", -ESTALE,
		  table_open(&table, make_map(sizeof(struct value) + 4, 1024)));
	check_int("another size", -ESTALE,
		  table_open(&table, make_map(sizeof(struct value), 1025)));
	table_close(&table);
}
