/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Rooms on tables in memory, for tests of the control plane by itself. */
#ifndef LAB03_TESTLIB_ROOM_H
#define LAB03_TESTLIB_ROOM_H

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/test.h"
#include "lab03-maps/control.h"

#define PORT	 htons(5004)
#define NO_LIMIT 100000

struct ip_addr host_addr(unsigned int host);

/* A participant with its own address, made from `host`, and port 6000. */
__u32 join_host(const char *room, const char *name, unsigned int host);

/* Each returns the id of what it has added. */
__u32 publish(__u32 id, __u32 transport, enum media_kind kind, __u32 ssrc);
__u32 bind_to(__u32 id, unsigned int host);

/* Returns a transport by which a participant only receives. */
__u32 direct_to(__u32 id, const struct ip_addr *addr, __u16 port);

void commit(void);

void open_tables(void);

/* Most tests begin with a room of three, of whom alice publishes. */
extern struct room_of_three {
	__u32 alice, bob, carol, video, audio;
} room;

void open_room(void);

struct leg_list legs_of(__u32 stream);

const struct leg *leg_at(__u32 stream, __u32 i);

/* Does a stream flow to this host? */
bool flows_to(__u32 stream, unsigned int host);

void check_legs(__u32 stream, __u32 count);

#endif
