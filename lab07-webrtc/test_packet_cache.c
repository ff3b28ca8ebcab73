// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The last packets of a stream: what is there, what no longer is, and that no
 * packet is ever given out as another.
 */
#include <errno.h>
#include <string.h>

#include "common/test.h"
#include "lab01-xdp-parse/testlib/frames.h" /* draw() */
#include "lab07-webrtc/packet_cache.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

static struct packet_cache *cache;

static void open_cache(unsigned int packets, size_t bytes)
{
	check_int("packet_cache_open", 0,
		  packet_cache_open(packets, bytes, &cache));
}

/* A packet whose bytes tell which one it is. */
static size_t make(uint8_t packet[PACKET_ROOM], uint32_t i, size_t len)
{
	memset(packet, i * 31, len);
	memcpy(packet, "\x80\x60", 2);
	packet[2] = i >> 8;
	packet[3] = i;
	memcpy(packet + 4, &i, sizeof(i));
	return len;
}

static void add(uint32_t i, size_t len, int64_t now)
{
	uint8_t packet[PACKET_ROOM];

	packet_cache_add(cache, packet, make(packet, i, len), now);
}

static bool is_there(uint32_t i, size_t len, int64_t now)
{
	uint8_t packet[PACKET_ROOM];
	const void *found;
	size_t size;

	found = packet_cache_find(cache, i, now, &size);
	if (!found)
		return false;
	check_uint("length", make(packet, i, len), size);
	check_hex("packet", packet, found, len);
	return true;
}

TEST("7.0.ca", there, "what was kept is there, and nothing else",
     .native = true)
{
	open_cache(16, 4096);
	check_true(!is_there(0, 100, 0), "nothing was kept");
	for (int i = 65530; i < 65540; i++)
		add(i, 100 + i - 65530, 0);
	for (int i = 65530; i < 65540; i++)
		check_true(is_there(i, 100 + i - 65530, 0), "%d is missing", i);
	check_true(!is_there(65529, 0, 0), "it did not come");
	check_true(!is_there(65540, 0, 0), "it has not come yet");
	packet_cache_close(cache);
}

TEST("7.0.cb", slots, "of more than it has slots for, the last are there",
     .native = true)
{
	open_cache(16, 4096);
	for (int i = 0; i < 100; i++)
		add(i, 50, 0);
	for (int i = 0; i < 100; i++)
		check_true(is_there(i, 50, 0) == (i >= 84), "%d", i);
	packet_cache_close(cache);
}

TEST("7.0.cc", bytes, "of more than it has bytes for, the last are there",
     .native = true)
{
	open_cache(64, 1000);
	for (int i = 0; i < 40; i++) {
		add(i, 300, 0);
		for (int k = 0; k <= i; k++)
			check_true(is_there(k, 300, 0) == (k > i - 3),
				   "%d after %d", k, i);
	}
	packet_cache_close(cache);
}

TEST("7.0.cd", age, "nobody waits for it that long", .native = true)
{
	open_cache(16, 4096);
	add(7, 50, 1000);
	check_true(is_there(7, 50, 1000 + PACKET_CACHE_AGE_MS), "it is there");
	check_true(!is_there(7, 50, 1001 + PACKET_CACHE_AGE_MS), "it is old");
	packet_cache_close(cache);
}

TEST("7.0.ce", not_kept, "what is no RTP, or too long, changes nothing",
     .native = true)
{
	uint8_t packet[PACKET_ROOM];

	open_cache(16, 200);
	make(packet, 5, 100);
	packet_cache_add(cache, packet, 11, 0);
	packet[0] = 0x40;
	packet_cache_add(cache, packet, 100, 0);
	check_true(!is_there(5, 100, 0), "it is no RTP");
	add(1, 100, 0);
	add(2, 201, 0);
	check_true(is_there(1, 100, 0), "the other one is gone");
	check_true(!is_there(2, 201, 0), "it is too long");
	add(3, 200, 0);
	check_true(is_there(3, 200, 0), "it fits");
	packet_cache_close(cache);
}

TEST("7.0.cf", wrong_sizes, "slots are a power of two", .native = true)
{
	check_int("none", -EINVAL, packet_cache_open(0, 100, &cache));
	check_int("three", -EINVAL, packet_cache_open(3, 100, &cache));
	check_int("no bytes", -EINVAL, packet_cache_open(4, 0, &cache));
	packet_cache_close(NULL);
}

/* What is found is never another one; the last one is always there. */
TEST("7.0.cg", at_random, "packets of any length, in any order", .native = true)
{
	uint64_t state = 99;
	uint32_t at = 60000;

	open_cache(PACKET_CACHE_PACKETS, PACKET_CACHE_BYTES);
	for (int round = 0; round < 50000; round++) {
		uint32_t i = at - draw(&state, 30), old;

		at += draw(&state, 3);
		add(i, 12 + i % 1400, 0);
		check_true(is_there(i, 12 + i % 1400, 0), "the last one");
		old = at - draw(&state, 1000);
		is_there(old, 12 + old % 1400, 0);
	}
	packet_cache_close(cache);
}
