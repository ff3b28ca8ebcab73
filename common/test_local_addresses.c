// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The map of this host's addresses, beside what `ip address` is told. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "common/local_addresses.h"
#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"

#define ROOM 8

static int map_fd;

static int make_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(make_network)

static void make_map(int room)
{
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = BPF_F_NO_PREALLOC);

	map_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "local_addresses",
				sizeof(struct in6_addr), sizeof(__u32), room,
				&options);
	check_true(map_fd >= 0, "bpf_map_create: %s", strerror(errno));
}

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;

	if (inet_pton(AF_INET6, text, &addr) != 1)
		fail("%s is no IPv6 address", text);
	return addr;
}

static bool is_there(const char *text)
{
	struct in6_addr addr = address(text);
	__u32 value;

	return !bpf_map_lookup_elem(map_fd, &addr, &value);
}

static unsigned int count(void)
{
	struct in6_addr key, *last = NULL;
	unsigned int n = 0;

	while (!bpf_map_get_next_key(map_fd, last, &key)) {
		last = &key;
		n++;
	}
	return n;
}

static void ip(const char *arguments)
{
	step("ip %s", arguments);
	check_int("ip", 0, sandbox_run(NULL, "ip %s", arguments));
}

/* The map holds these and no others. */
static void check_map(const char *const addresses[])
{
	unsigned int n = 0;

	check_int("local_addresses_sync", 0, local_addresses_sync(map_fd));
	for (; addresses[n]; n++)
		check_true(is_there(addresses[n]), "%s is missing",
			   addresses[n]);
	check_uint("addresses in the map", n, count());
}

#define SANDBOX "::ffff:127.0.0.1", "::1", "::ffff:10.0.7.254", "fd00:7::254"

#define ADDRESSES(...) ((const char *const[]){ SANDBOX, ##__VA_ARGS__, NULL })

TEST("0.7.a", addresses_equal, "the map has what the host has, and no more")
{
	struct in6_addr stale = address("::ffff:10.1.2.3");
	__u32 yes = 1;

	make_map(ROOM);
	bpf_map_update_elem(map_fd, &stale, &yes, BPF_ANY);
	check_map(ADDRESSES());
	check_map(ADDRESSES());
}

TEST("0.7.b", addresses_change, "addresses come and go", .isolated = true)
{
	make_map(ROOM);
	ip("address add 10.9.0.2/32 dev lo");
	check_map(ADDRESSES("::ffff:10.9.0.2"));
	ip("address add fd00:9::2/64 dev eth0");
	check_map(ADDRESSES("::ffff:10.9.0.2", "fd00:9::2"));
	ip("address del 10.9.0.2/32 dev lo");
	check_map(ADDRESSES("fd00:9::2"));
	ip("link set eth0 down"); /* takes those of IPv6 with it */
	check_map((const char *const[]){ "::ffff:127.0.0.1", "::1",
					 "::ffff:10.0.7.254", NULL });
}

TEST("0.7.c", addresses_peer, "of a link from point to point, this end",
     .isolated = true)
{
	make_map(ROOM);
	ip("address add 10.9.0.1 peer 10.9.0.2 dev eth0");
	check_map(ADDRESSES("::ffff:10.9.0.1"));
}

TEST("0.7.d", addresses_full, "more addresses than room: no error")
{
	make_map(2);
	check_int("local_addresses_sync", 0, local_addresses_sync(map_fd));
	check_uint("addresses in the map", 2, count());
}

TEST("0.7.e", addresses_many, "more addresses than one answer holds",
     .isolated = true)
{
	make_map(4096);
	check_int("ip", 0,
		  sandbox_run(NULL, "for a in 1 2 3 4; do "
				    "for b in $(seq 250); do "
				    "echo address add 10.9.$a.$b/32 dev lo; "
				    "done; done | ip -batch -"));
	check_int("local_addresses_sync", 0, local_addresses_sync(map_fd));
	check_uint("addresses in the map", 1004, count());
	ip("address flush dev lo scope global");
	check_map(ADDRESSES());
}

TEST("0.7.f", addresses_error, "a map that is none: an error")
{
	check_int("local_addresses_sync", -EBADF, local_addresses_sync(-1));
}
