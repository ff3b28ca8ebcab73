// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/route.h"
#include "common/table.h"
#include "lab03-maps/control.h"
#include "lab04-signalling/neighbours.h"

#define MAX_NEIGHBOURS 4096

struct neighbour_key {
	struct in6_addr addr;
	int ifindex;
};

struct neighbour {
	uint8_t mac[ETH_ALEN];
};

/* The latest MAC address of each neighbour: most news is no news. */
static struct table known = TABLE_INIT("neighbours", TABLE_HASH,
				       struct neighbour_key, struct neighbour,
				       MAX_NEIGHBOURS);

/* Since the last tick: one that we did not know; one that is there again. */
static bool found, back;

static void compile_legs(void)
{
	__u32 unreachable;

	found = back = false;
	log_debug("neighbours have changed: the legs are compiled anew");
	control_forget_routes();
	control_commit(&unreachable);
}

static void compile_missing_legs(void)
{
	__u32 unreachable;

	back = false;
	control_retry_unreachable();
	control_commit(&unreachable);
}

static void hear(const struct route_neighbour *news, void *changed)
{
	struct neighbour_key key = {
		.addr = news->addr, .ifindex = news->ifindex,
	};
	const struct neighbour *old = table_find(&known, &key);
	struct neighbour new;

	memcpy(new.mac, news->mac, sizeof(new.mac));
	if (old && !memcmp(old, &new, sizeof(new))) {
		back |= control_has_unreachable();
		return;
	}
	if (old)
		*(bool *)changed = true;
	else
		found = true;
	if (table_set(&known, &key, &new))
		table_close(&known);
}

int neighbours_open(void)
{
	int fd = route_watch_open();

	if (fd < 0)
		log_error("cannot watch the neighbours: %s; is rtnetlink "
			  "allowed here?", strerror(-fd));
	return fd;
}

void neighbours_close(int fd)
{
	if (fd >= 0)
		close(fd);
	table_close(&known);
}

void neighbours_read(int fd)
{
	bool changed = false;

	if (route_watch_read(fd, hear, &changed) || changed)
		compile_legs();
}

void neighbours_tick(void)
{
	if (found)
		compile_legs();
	else if (back)
		compile_missing_legs();
}
