/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Participants and streams without a network: there are only tables. */
#include "lab03-maps/testlib/room.h"

struct room_of_three room;

struct ip_addr host_addr(unsigned int host)
{
	return ip_addr_v4(htonl(0x0a000000 + host));
}

__u32 join_host(const char *room, const char *name, unsigned int host)
{
	struct ip_addr addr = host_addr(host);
	__u32 id;

	check_int("join", 0, control_join(room, name, NO_LIMIT, &id));
	check_int("deliver", 0, control_set_address(id, &addr, htons(6000)));
	return id;
}

__u32 publish(__u32 id, __u32 transport, enum media_kind kind, __u32 ssrc)
{
	struct publication p = {
		.ssrc = htonl(ssrc),
		.kind = kind,
		.count = 1,
		.pt = { kind == MEDIA_AUDIO ? 111 : 96 },
		.formats = { { .clock_hz = 90000 } },
	};
	__u32 stream;

	check_int("publish", 0, control_publish(id, transport, &p, &stream));
	return stream;
}

__u32 bind_to(__u32 id, unsigned int host)
{
	struct ip_addr addr = host_addr(host);
	__u32 transport;

	check_int("transport", 0,
		  control_add_transport(id, &addr, htons(6000), &transport));
	return transport;
}

__u32 direct_to(__u32 id, const struct ip_addr *addr, __u16 port)
{
	__u32 transport;

	check_int("direct", 0,
		  control_direct(id, addr, htons(port), &transport));
	return transport;
}

void commit(void)
{
	__u32 unreachable;

	check_int("commit", 0, control_commit(&unreachable));
}

void open_tables(void)
{
	check_int("control_open", 0, control_open(&plane_user, NULL, PORT));
}

void open_room(void)
{
	__u32 from;

	open_tables();
	room.alice = join_host("r", "alice", 1);
	room.bob = join_host("r", "bob", 2);
	room.carol = join_host("r", "carol", 3);
	from = bind_to(room.alice, 1);
	room.video = publish(room.alice, from, MEDIA_VIDEO, 0x1111);
	room.audio = publish(room.alice, from, MEDIA_AUDIO, 0x2222);
	commit();
}

struct leg_list legs_of(__u32 stream)
{
	return leg_list(control_stream(stream)->legs);
}

const struct leg *leg_at(__u32 stream, __u32 i)
{
	__u32 slot = legs_of(stream).first + i;

	return table_find(&sfu_legs, &slot);
}

bool flows_to(__u32 stream, unsigned int host)
{
	struct ip_addr want = host_addr(host);

	for (__u32 i = 0; i < legs_of(stream).count; i++)
		if (!memcmp(&leg_at(stream, i)->daddr, &want, sizeof(want)))
			return true;
	return false;
}

void check_legs(__u32 stream, __u32 count)
{
	check_true(legs_of(stream).count == count,
		   "the stream's list of legs should have length %u, "
		   "but has %u",
		   count, legs_of(stream).count);
}
