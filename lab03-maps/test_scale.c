// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The control plane with as many people as it is made for. */
#include "lab03-maps/testlib/room.h"

TEST("3.0.f", ten_thousand_participants, "500 full rooms of 20 fit",
     .native = true, .seconds = 60)
{
	unsigned int host = 0;
	char name[16], r[16];
	__u32 id, from;

	open_tables();
	for (int i = 0; i < 500; i++) {
		snprintf(r, sizeof(r), "room%d", i);
		for (int k = 0; k < 20; k++) {
			snprintf(name, sizeof(name), "p%d", k);
			id = join_host(r, name, ++host);
			from = bind_to(id, host);
			publish(id, from, MEDIA_AUDIO, 1);
			publish(id, from, MEDIA_VIDEO, 2);
		}
	}
	commit();
	check_uint("participants", 10000, table_count(&sfu_participants));
	check_uint("sinks", 10000 * 2 * 19, table_count(&sfu_sinks));
	table_each(e, &sfu_ssrcs)
		check_legs(*(const __u32 *)table_value(e), 19);
}

static void fill_rooms(int rooms)
{
	unsigned int host = 0;
	char r[16];
	__u32 id;

	for (int i = 0; i < rooms; i++) {
		snprintf(r, sizeof(r), "room%d", i);
		for (int k = 0; k < 3; k++) {
			id = join_host(r, (const char *[]){ "a", "b", "c" }[k],
				       ++host);
			publish(id, bind_to(id, host), MEDIA_AUDIO, 1);
		}
	}
	commit();
}

static __u64 last_compiled;

/* What the latest changes cost when they come into force. */
static void check_compiled(const char *what, __u64 streams)
{
	commit();
	check_uint(what, streams, control_compiled() - last_compiled);
	last_compiled = control_compiled();
}

TEST("3.0.fa", one_room_of_a_thousand,
     "a change in one of 1,000 rooms "
     "compiles that room alone",
     .native = true, .seconds = 60)
{
	struct ip_addr addr = host_addr(77);
	struct sink sink = { .mline = 1 };
	__u32 room, dave, bob;

	open_tables();
	fill_rooms(1000);
	last_compiled = control_compiled();
	check_compiled("nothing", 0);
	dave = join_host("room500", "dave", 9999);
	check_compiled("join", 3);
	publish(dave, bind_to(dave, 9999), MEDIA_VIDEO, 7);
	check_compiled("publish", 4);
	room = control_find_room("room500");
	bob = control_find_participant(room, "b");
	check_int("subscribe", 0, control_subscribe(bob, dave, 0));
	check_compiled("subscribe", 4);
	check_int("deliver", 0, control_set_address(bob, &addr, htons(7000)));
	check_compiled("deliver", 4);
	check_int("sink", 0,
		  control_set_sink(bob, control_streams(room).ids[0], &sink));
	check_compiled("sink", 4);
	control_leave(dave);
	check_compiled("leave", 3);
	join_host("new", "dave", 9999);
	check_compiled("another room", 0);
}
