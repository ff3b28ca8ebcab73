// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fills maps with people, as a server does, for programs that no server runs.
 *
 *	lab03's control plane --> maps of house A: 10 rooms
 *	                      \-> maps of house B: 10,000 rooms
 *
 * A process has the tables of one house open at a time, so one house is filled
 * after the other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/log.h"
#include "common/packet.h"
#include "common/sandbox.h"
#include "lab03-maps/control.h"
#include "lab03-maps/dataplane.h"
#include "lab03/forward.skel.h"
#include "lab06-xdp-fanout/bench/house.h"
#include "lab06-xdp-fanout/broadcast.h"
#include "lab06-xdp-fanout/ports.h"
#include "lab06/fanout.skel.h"

#define PINS	   "/sys/fs/bpf"
#define MEDIA_PORT 5004
#define PEER_PORT  6000
#define SERVER	   "10.0.1.254"
#define FIRST_PEER 0x0a400001 /* 10.64.0.1 */
#define LINK	   "void"
#define LIMIT	   2 /* people in a room */

/* The control plane's own table, which no packet reads, is for 16,384. */
#define PARTICIPANTS (2 * MAX_PARTICIPANTS)

_Static_assert(HOUSE_PEOPLE <= PARTICIPANTS && HOUSE_PEOPLE <= MAX_STREAMS &&
		       HOUSE_ROOMS <= MAX_ROOMS,
	       "the tables hold a whole house");

/* ---- the link ------------------------------------------------------------- */

int house_make_link(void)
{
	int status = sandbox_run(
		NULL, "ip link add " LINK " type veth peer name end && "
		      "ethtool -K end gro on && "
		      "ip addr add " SERVER "/24 dev " LINK " && "
		      "ip link set " LINK " up && "
		      "ip neigh add 10.0.1.1 lladdr 02:00:0a:00:01:01 dev " LINK
		      " nud permanent && "
		      "ip route add 10.64.0.0/10 via 10.0.1.1");
	int err = sandbox_failed(NULL, status);

	return err ?: (int)if_nametoindex(LINK);
}

/* ---- people --------------------------------------------------------------- */

__u32 house_person(__u32 rooms, __u32 n)
{
	return n / 2 * (HOUSE_ROOMS / rooms) * 2 + n % 2;
}

static struct ip_addr address_of(__u32 person)
{
	return ip_addr_v4(htonl(FIRST_PEER + person));
}

int house_packet(struct frame *frame, __u32 person, __u32 bytes)
{
	struct in_addr at = { htonl(FIRST_PEER + person) };
	char text[INET_ADDRSTRLEN];
	struct packet_spec s = {
		.ip = { .src = inet_ntop(AF_INET, &at, text, sizeof(text)),
			.dst = SERVER },
		.udp = { .sport = PEER_PORT, .dport = MEDIA_PORT },
		.rtp = { .payload_type = 96, .ssrc = person + 1 },
		.payload_len = bytes,
	};

	return packet_build(frame, &s);
}

static int let_join(const char *room, __u32 person)
{
	struct publication p = {
		.ssrc = htonl(person + 1),
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { 96 },
		.formats = { { 90000, "VP8" } },
	};
	struct ip_addr addr = address_of(person);
	__u32 id, transport, stream;
	char name[MAX_NAME];
	int err;

	snprintf(name, sizeof(name), "person%u", person);
	err = control_join(room, name, LIMIT, &id);
	err = err ?: control_set_address(id, &addr, htons(PEER_PORT));
	err = err   ?:
		      control_add_transport(id, &addr, htons(PEER_PORT),
					    &transport);
	return err ?: control_publish(id, transport, &p, &stream);
}

static int fill(__u32 rooms)
{
	__u32 unreachable;
	char room[MAX_NAME];
	int err = 0;

	for (__u32 n = 0; n < 2 * rooms && !err; n++) {
		__u32 person = house_person(rooms, n);

		snprintf(room, sizeof(room), "room%u", person / 2);
		err = let_join(room, person);
	}
	err = err ?: control_commit(&unreachable);
	if (err)
		log_error("cannot fill %u rooms: %s; try fewer --rooms", rooms,
			  strerror(-err));
	return err;
}

static int open_control(const struct house *h)
{
	int err;

	sfu_participants.max_entries = PARTICIPANTS;
	err = control_open(&plane_tc, h->pin_dir, htons(MEDIA_PORT));
	if (err)
		log_error("cannot open the tables in %s: %s", h->pin_dir,
			  strerror(-err));
	return err;
}

/* ---- programs ------------------------------------------------------------- */

static int load(struct house *h)
{
	struct media_address media = { .port = htons(MEDIA_PORT) };
	int cpus = libbpf_num_possible_cpus(), err;

	h->forward = forward_bpf__open();
	h->fanout = fanout_bpf__open();
	if (!h->forward || !h->fanout)
		return log_errno("the BPF objects", "build them again");
	h->forward->rodata->media = media;
	h->fanout->rodata->media = media;
	bpf_map__set_max_entries(h->forward->maps.sfu_participants,
				 PARTICIPANTS);
	bpf_map__set_max_entries(h->fanout->maps.sfu_participants,
				 PARTICIPANTS);
	bpf_map__set_max_entries(h->fanout->maps.fan_flights, FLIGHTS * cpus);
	bpf_map__set_max_entries(h->fanout->maps.fan_cpus, cpus);
	bpf_map__set_max_entries(h->fanout->maps.fan_watches, cpus);
	err = dataplane_load(h->forward->skeleton, h->pin_dir);
	return err ?: dataplane_load(h->fanout->skeleton, h->pin_dir);
}

/* A test run comes in by lo.  Media comes in at SERVER. */
static int serve(struct house *h, int link)
{
	const struct ports ports = {
		.map = bpf_map__fd(h->fanout->maps.fan_ports),
		.fans = bpf_map__fd(h->fanout->maps.fans),
		.leave = bpf_program__fd(h->fanout->progs.leave),
	};
	struct ip_addr server = ip_addr_v4(inet_addr(SERVER));
	int err = ports_add(&ports, if_nametoindex("lo"), false);
	__u32 yes = 1;

	err = err ?: ports_add(&ports, link, true);
	if (err) {
		log_error("cannot make the fans of " LINK ": %s",
			  strerror(-err));
		return err;
	}
	if (bpf_map_update_elem(bpf_map__fd(h->fanout->maps.local_addresses),
				&server, &yes, BPF_ANY))
		return log_errno("local_addresses", "has it been changed?");
	h->tracepoint = bpf_raw_tracepoint_open(
		"xdp_devmap_xmit",
		bpf_program__fd(h->fanout->progs.count_copies));
	return h->tracepoint < 0 ? log_errno("the tracepoint xdp_devmap_xmit",
					     "run as root") :
				   0;
}

int house_open(struct house *h, const char *name, __u32 rooms, int link)
{
	int err;

	*h = (struct house){ .rooms = rooms };
	snprintf(h->pin_dir, sizeof(h->pin_dir), PINS "/%s", name);
	if (mkdir(h->pin_dir, 0700) && errno != EEXIST)
		return log_errno(h->pin_dir, "is " PINS " a bpffs?");
	err = load(h);
	err = err ?: serve(h, link);
	err = err ?: open_control(h);
	if (err)
		return err;
	err = fill(rooms);
	control_close();
	return err;
}

void house_close(struct house *h)
{
	if (h->tracepoint > 0)
		close(h->tracepoint);
	if (h->fanout)
		bpf_object__unpin_maps(h->fanout->obj, NULL);
	if (h->forward)
		bpf_object__unpin_maps(h->forward->obj, NULL);
	fanout_bpf__destroy(h->fanout);
	forward_bpf__destroy(h->forward);
	if (*h->pin_dir)
		rmdir(h->pin_dir);
	*h = (struct house){};
}

/* ---- did the packets go that way? ----------------------------------------- */

/* The driver frees a copy, and says that it has not sent it: that is failed. */
int house_prove(const struct house *h, __u64 packets)
{
	struct control_totals t;
	int err = open_control(h);

	if (err)
		return err;
	control_totals(&t);
	control_close();
	if (t.packets == packets && t.copies == packets &&
	    t.sent + t.failed == packets)
		return 0;
	log_error("%u rooms: %llu packets were run, but the counters say "
		  "%llu packets, %llu copies due: %llu sent, %llu failed, %llu "
		  "skipped, %llu stale",
		  h->rooms, packets, t.packets, t.copies, t.sent, t.failed,
		  t.skipped, t.stale);
	return -EPROTO;
}
