// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Repairs, by hand and there and back; then those that a publisher makes up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab01-xdp-parse/testlib/frames.h" /* draw() */
#include "lab07-webrtc/rtx.h"
#include "lab07-webrtc/testlib/srtp_packets.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define SIZE(literal) (sizeof(literal) - 1) /* without its NUL */

/* A CSRC, an extension of one word, two bytes of payload, the marker. */
#define PACKET                                                                 \
	"\x91\xe0\x12\x34\x00\x00\x00\x05\x11\x22\x33\x44\x00\x00\x00\x09"     \
	"\xbe\xde\x00\x01\x10\xaa\x00\x00pq"
#define REPAIR                                                                 \
	"\x91\xe1\xff\xff\x00\x00\x00\x05\x55\x66\x77\x88\x00\x00\x00\x09"     \
	"\xbe\xde\x00\x01\x10\xaa\x00\x00\x12\x34pq"

static struct rtx rtx = { .ssrc = 0x55667788, .pt = 97, .number = 0xffff };
static uint8_t out[PACKET_ROOM];

static int decapsulate(const void *packet, size_t len)
{
	return rtx_decapsulate(packet, len, 0x11223344, 96, out, sizeof(out));
}

TEST("7.11.a", by_hand, "what it was stands before the payload", .native = true)
{
	int len = rtx_encapsulate(&rtx, PACKET, SIZE(PACKET), out, sizeof(out));

	check_int("length", SIZE(REPAIR), len);
	check_hex("repair", REPAIR, out, len);
	check_uint("the next number", 0, rtx.number);
	len = decapsulate(REPAIR, SIZE(REPAIR));
	check_int("length", SIZE(PACKET), len);
	check_hex("packet", PACKET, out, len);
}

TEST("7.11.b", in_place, "it may be done in place, and without a payload",
     .native = true)
{
	uint8_t packet[SIZE(REPAIR)];

	for (size_t len = SIZE(PACKET) - 2; len <= SIZE(PACKET); len++) {
		memcpy(packet, PACKET, len);
		check_int("encapsulated", len + 2,
			  rtx_encapsulate(&rtx, packet, len, packet, len + 2));
		check_int("decapsulated", len,
			  rtx_decapsulate(packet, len + 2, 0x11223344, 96,
					  packet, len));
		check_hex("packet", PACKET, packet, len);
	}
}

/* Any header, extension, padding; the room is just what is needed. */
TEST("7.0.xc", there_and_back, "packets of any form come back", .native = true)
{
	uint8_t packet[PACKET_ROOM], repair[PACKET_ROOM];
	uint64_t state = 5;
	int len;

	for (int round = 0; round < 10000; round++) {
		size_t size = draw_plain_rtp(&state, 0x11223344, round, packet);

		packet[1] = (packet[1] & 0x80) | 96;
		check_int("no room", -EMSGSIZE,
			  rtx_encapsulate(&rtx, packet, size, repair,
					  size + 1));
		len = rtx_encapsulate(&rtx, packet, size, repair, size + 2);
		check_int("length of repair", size + 2, len);
		check_int("no room", -EMSGSIZE,
			  rtx_decapsulate(repair, len, 1, 96, out, len - 3));
		check_int("length", size, decapsulate(repair, len));
		check_hex("packet", packet, out, size);
	}
}

TEST("7.0.xd", probes, "padding repairs nothing", .native = true)
{
	static const char empty[] =
		"\x80\x61\x00\x01\x00\x00\x00\x05\x55\x66\x77\x88";
	static const char padding[] =
		"\xa0\x61\x00\x01\x00\x00\x00\x05\x55\x66\x77\x88\x00\x00\x03";
	static const char half[] =
		"\xa0\x61\x00\x01\x00\x00\x00\x05\x55\x66\x77\x88\x12\x34\x02";
	static const char lying[] =
		"\xa0\x61\x00\x01\x00\x00\x00\x05\x55\x66\x77\x88\x12\x34\x04";

	check_int("nothing", -ENODATA, decapsulate(empty, SIZE(empty)));
	check_int("padding", -ENODATA, decapsulate(padding, SIZE(padding)));
	check_int("half a number", -ENODATA, decapsulate(half, SIZE(half)));
	check_int("more than there is", -EINVAL,
		  decapsulate(lying, SIZE(lying)));
}

/* Behind the last byte is nothing that may be read: a sanitizer looks on. */
TEST("7.0.xe", cut_off, "cut off at every length, and with any byte",
     .native = true)
{
	for (size_t len = 0; len < SIZE(REPAIR); len++) {
		uint8_t *exact = client_exact(REPAIR, len);

		step("cut off after %zu bytes", len);
		check_int("decapsulated",
			  len < 24 ? -EINVAL :
			  len < 26 ? -ENODATA :
				     (int)len - 2,
			  decapsulate(exact, len));
		check_int("encapsulated", len < 24 ? -EINVAL : (int)len + 2,
			  rtx_encapsulate(&rtx, exact, len, out, sizeof(out)));
		for (size_t i = 0; i < len; i++)
			for (int byte = 0; byte < 256; byte++) {
				uint8_t was = exact[i];

				exact[i] = byte;
				decapsulate(exact, len);
				exact[i] = was;
			}
		free(exact);
	}
}

TEST("7.11.c", not_counted, "what is not sent takes no number", .native = true)
{
	rtx_encapsulate(&rtx, "\x80\x60", 2, out, sizeof(out));
	rtx_encapsulate(&rtx, PACKET, SIZE(PACKET), out, SIZE(PACKET));
	check_uint("number", 0xffff, rtx.number);
}
