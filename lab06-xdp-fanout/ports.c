// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Numbers interfaces, and makes their fans:
 *
 *	eth0 (index 7) --> port 0 --> fans 0 to 127
 *	eth1 (index 9) --> port 1 --> fans 128 to 255
 *
 * An interface that is gone leaves its number to another one.
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lab06-xdp-fanout/broadcast.h"
#include "lab06-xdp-fanout/ports.h"

const char *ports_name(int ifindex)
{
	static char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "if%d", ifindex);
	return name;
}

static int read_mac(int ifindex, __u8 mac[ETH_ALEN])
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	struct ifreq ifr = {};

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ports_name(ifindex));
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		err = -errno;
	close(fd);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return err;
}

/* Marks the numbers that are taken, and forgets interfaces that are gone. */
static void find_taken(int map, bool taken[MAX_PORTS])
{
	__u32 before = 0, ifindex, *from = NULL;
	char name[IF_NAMESIZE];
	struct port port;

	while (!bpf_map_get_next_key(map, from, &ifindex)) {
		if (!if_indextoname(ifindex, name)) {
			bpf_map_delete_elem(map, &ifindex);
			continue;
		}
		if (!bpf_map_lookup_elem(map, &ifindex, &port))
			taken[port.number % MAX_PORTS] = true;
		before = ifindex;
		from = &before;
	}
}

/* The number that an interface has, or a free one; -ENOSPC. */
static int choose_number(int map, __u32 ifindex)
{
	bool taken[MAX_PORTS] = {};
	struct port port;
	int number = 0;

	if (!bpf_map_lookup_elem(map, &ifindex, &port))
		return port.number;
	find_taken(map, taken);
	while (number < MAX_PORTS && taken[number])
		number++;
	return number < MAX_PORTS ? number : -ENOSPC;
}

/* The fans come first: who finds the port finds them. */
int ports_add(const struct ports *ports, int ifindex, bool takes_copies)
{
	const struct fan_target to = {
		.ifindex = ifindex,
		.program = ports->leave,
	};
	int number = choose_number(ports->map, ifindex), err;
	struct port port = { .number = number, .takes_copies = takes_copies };
	__u32 key = ifindex;

	if (number < 0)
		return number;
	err = read_mac(ifindex, port.mac);
	if (!err && takes_copies)
		err = fans_make(ports->fans, number, &to, &ports->loop);
	if (!err && bpf_map_update_elem(ports->map, &key, &port, 0))
		err = -errno;
	return err;
}

int ports_remove(const struct ports *ports, int ifindex)
{
	__u32 key = ifindex;

	if (bpf_map_delete_elem(ports->map, &key) && errno != ENOENT)
		return -errno;
	return 0;
}
