// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Two lists become equal:
 *
 *	rtnetlink: 127.0.0.1  ::1  10.0.7.254
 *	the map:   127.0.0.1  ::1              10.0.7.9
 *	                             |  add      |  remove
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "common/local_addresses.h"
#include "common/log.h"
#include "common/route.h"

#define ATTEMPTS 10 /* while addresses come and go */

struct list {
	struct in6_addr *at;
	size_t count, room;
	int err;
};

static void add_to_list(const struct in6_addr *addr, void *arg)
{
	struct list *list = arg;
	size_t room = list->room ? 2 * list->room : 64;
	struct in6_addr *larger;

	if (list->count == list->room) {
		larger = reallocarray(list->at, room, sizeof(*larger));
		if (!larger) {
			list->err = -ENOMEM;
			return;
		}
		list->at = larger;
		list->room = room;
	}
	list->at[list->count++] = *addr;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in6_addr));
}

static int read_list(struct list *list)
{
	int err = -EINTR;

	for (int i = 0; i < ATTEMPTS && err == -EINTR; i++) {
		list->count = 0;
		err = route_each_address(add_to_list, list);
	}
	err = err ?: list->err;
	if (err)
		log_error("cannot list this host's addresses: %s; is "
			  "rtnetlink allowed here?",
			  strerror(-err));
	else if (list->count)
		qsort(list->at, list->count, sizeof(*list->at), by_bytes);
	return err;
}

static bool is_listed(const struct list *list, const struct in6_addr *addr)
{
	return list->count &&
	       bsearch(addr, list->at, list->count, sizeof(*addr), by_bytes);
}

static int failed(void)
{
	return log_errno("the map of this host's addresses",
			 "run as root, and see `make doctor`");
}

static int add_missing(int map_fd, const struct list *list)
{
	__u32 yes = 1;

	for (size_t i = 0; i < list->count; i++) {
		if (!bpf_map_update_elem(map_fd, &list->at[i], &yes, BPF_ANY))
			continue;
		if (errno != E2BIG)
			return failed();
		log_warn("this host has %zu addresses, more than a program "
			 "can look up: packets for some of them take the way "
			 "through user space",
			 list->count);
		return 0;
	}
	return 0;
}

/* The key behind one that has been removed cannot be asked for. */
static int remove_stale(int map_fd, const struct list *list)
{
	struct in6_addr key, kept, *previous = NULL;

	while (!bpf_map_get_next_key(map_fd, previous, &key)) {
		if (is_listed(list, &key)) {
			kept = key;
			previous = &kept;
		} else if (bpf_map_delete_elem(map_fd, &key) &&
			   errno != ENOENT) {
			return failed();
		}
	}
	return errno == ENOENT ? 0 : failed();
}

int local_addresses_sync(int map_fd)
{
	struct list list = {};
	int err = read_list(&list);

	err = err ?: add_missing(map_fd, &list);
	err = err ?: remove_stale(map_fd, &list);
	free(list.at);
	return err;
}
