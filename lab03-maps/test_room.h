/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Rooms on tables in memory, for tests of the control plane by itself. */
#ifndef LAB03_TEST_ROOM_H
#define LAB03_TEST_ROOM_H

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/test.h"
#include "lab03-maps/control.h"

#define PORT		htons(5004)
#define NO_LIMIT	100000

static inline struct ip_addr address(unsigned int host)
{
	return ip_addr_v4(htonl(0x0a000000 + host));
}

/* Everybody has an address of their own, and sends from port 6000. */
static inline __u32 join(const char *room, const char *name, unsigned int host)
{
	struct ip_addr addr = address(host);
	__u32 id;

	check_int("join", 0, control_join(room, name, NO_LIMIT, &id));
	check_int("deliver", 0, control_deliver(id, &addr, htons(6000)));
	return id;
}

static inline __u32 publish(__u32 id, __u32 endpoint, enum media_kind kind,
		     __u32 ssrc)
{
	struct publication p = {
		.ssrc = htonl(ssrc), .kind = kind, .count = 1,
		.pt = { kind == MEDIA_AUDIO ? 111 : 96 },
		.formats = { { .clock_hz = 90000 } },
	};
	__u32 stream;

	check_int("publish", 0, control_publish(id, endpoint, &p, &stream));
	return stream;
}

static inline __u32 endpoint(__u32 id, unsigned int host)
{
	struct ip_addr addr = address(host);
	__u32 endpoint;

	check_int("endpoint", 0,
		  control_add_endpoint(id, &addr, htons(6000), &endpoint));
	return endpoint;
}

static inline void commit(void)
{
	__u32 unreachable;

	check_int("commit", 0, control_commit(&unreachable));
}

static inline void open_tables(void)
{
	check_int("control_open", 0, control_open(NULL, PORT));
}

/* A room of three, of whom alice publishes: what most tests begin with. */
static struct {
	__u32 alice, bob, carol, video, audio;
} room;

static inline void open_room(void)
{
	__u32 from;

	open_tables();
	room.alice = join("r", "alice", 1);
	room.bob = join("r", "bob", 2);
	room.carol = join("r", "carol", 3);
	from = endpoint(room.alice, 1);
	room.video = publish(room.alice, from, MEDIA_VIDEO, 0x1111);
	room.audio = publish(room.alice, from, MEDIA_AUDIO, 0x2222);
	commit();
}

static inline struct leg_list legs_of(__u32 stream)
{
	return leg_list(control_stream(stream)->legs);
}

static inline const struct leg *leg_at(__u32 stream, __u32 i)
{
	__u32 slot = legs_of(stream).first + i;

	return table_find(&sfu_legs, &slot);
}

/* Does a stream flow to this host? */
static inline bool flows_to(__u32 stream, unsigned int host)
{
	struct ip_addr want = address(host);

	for (__u32 i = 0; i < legs_of(stream).count; i++)
		if (!memcmp(&leg_at(stream, i)->daddr, &want, sizeof(want)))
			return true;
	return false;
}

static inline void check_legs(__u32 stream, __u32 count)
{
	check_uint("legs of the stream", count, legs_of(stream).count);
}

#endif
