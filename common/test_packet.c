// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Test frames: built and compared, sent and captured. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/sandbox.h"
#include "common/test.h"

#define DEADLINE_MS patient_ms(5000)

static int build_network(void)
{
	int err = sandbox_enter();

	return err ?: sandbox_add_hosts("alice,bob");
}

TEST_SETUP(build_network)

static struct packet_spec media(void)
{
	return (struct packet_spec){
		.ip = { .src = "10.0.7.1", .dst = "10.0.7.2" },
		.udp = { .sport = 5004, .dport = 5004 },
		.rtp = { .payload_type = 111,
			 .sequence = 4242,
			 .ssrc = 0x14e6e8a5 },
		.payload_len = 160,
	};
}

static const uint8_t alice_mac[] = { 2, 0, 10, 0, 7, 1 };
static const uint8_t bob_mac[] = { 2, 0, 10, 0, 7, 2 };

/* Both vectors were computed with Scapy. */
TEST("0.2.a", build_ip4, "an IPv4 frame is built to the last bit",
     .native = true)
{
	static const uint8_t expected[] = {
		0x02, 0x00, 0x0a, 0x00, 0x07, 0xfe, 0x02, 0x00, 0x0a, 0x00,
		0x07, 0x01, 0x81, 0x00, 0x60, 0x05, 0x08, 0x00, 0x46, 0x00,
		0x00, 0x3d, 0x00, 0x07, 0x40, 0x00, 0x01, 0x11, 0x53, 0xaa,
		0x0a, 0x00, 0x07, 0x01, 0x0a, 0x00, 0x07, 0xfe, 0x01, 0x01,
		0x01, 0x00, 0x13, 0x8c, 0x13, 0x8e, 0x00, 0x25, 0xef, 0xb1,
		0xb1, 0xef, 0x10, 0x92, 0x00, 0x00, 0x30, 0x39, 0x14, 0xe6,
		0xe8, 0xa5, 0x00, 0x00, 0x00, 0x07, 0xbe, 0xde, 0x00, 0x01,
		0x10, 0xaa, 0x00, 0x00, 0x01, 0x02, 0x03, 0x00, 0x02,
	};
	const struct packet_spec spec = {
		.eth = { .src = alice_mac,
			 .dst = (const uint8_t[]){ 2, 0, 10, 0, 7, 254 } },
		.vlan = { { .id = 5, .priority = 3 } },
		.vlans = 1,
		.ip = { .src = "10.0.7.1",
			.dst = "10.0.7.254",
			.ttl = 1,
			.id = 7,
			.dont_fragment = true,
			.options = (const uint8_t[]){ 1, 1, 1 },
			.options_len = 3 },
		.udp = { .sport = 5004, .dport = 5006 },
		.rtp = { .marker = true,
			 .payload_type = 111,
			 .sequence = 4242,
			 .timestamp = 12345,
			 .ssrc = 0x14e6e8a5,
			 .csrc = { 7 },
			 .csrcs = 1,
			 .extension = true,
			 .ext_profile = 0xbede,
			 .ext = (const uint8_t[]){ 0x10, 0xaa, 0, 0 },
			 .ext_len = 4,
			 .padding = 2 },
		.payload = "\1\2\3",
		.payload_len = 3,
	};
	struct frame p;

	check_int("packet_build", 0, packet_build(&p, &spec));
	check_uint("length", sizeof(expected), p.len);
	check_hex("frame", expected, p.data, p.len);
	check_checksums(&p);
}

TEST("0.2.b", build_ip6, "an IPv6 packet is built to the last bit",
     .native = true)
{
	static const uint8_t expected[] = {
		0x6b, 0x81, 0x23, 0x45, 0x00, 0x1b, 0x00, 0x09, 0xfd, 0x00,
		0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x01, 0xfd, 0x00, 0x00, 0x07, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x54,
		0x2c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02,
		0x00, 0x0b, 0x3f, 0x0e, 0x61, 0x62, 0x63,
	};
	const struct packet_spec spec = {
		.ip = { .src = "fd00:7::1",
			.dst = "fd00:7::254",
			.tos = 0xb8,
			.flow_label = 0x12345,
			.ttl = 9,
			.exts = 2,
			.ext = { { .type = IPPROTO_HOPOPTS },
				 { .type = IPPROTO_FRAGMENT } } },
		.udp = { .sport = 1, .dport = 2 },
		.payload = "abc",
		.payload_len = 3,
		.last = PACKET_UDP,
	};
	struct frame p;

	check_int("packet_build", 0, packet_build(&p, &spec));
	check_uint("length", 14 + sizeof(expected), p.len);
	check_hex("packet", expected, p.data + 14, sizeof(expected));
	check_checksums(&p);
}

TEST("0.2.c", find_flips, "every flipped byte spoils a checksum",
     .native = true)
{
	static const char *const addresses[][2] = {
		{ "10.0.7.1", "10.0.7.2" },
		{ "fd00:7::1", "fd00:7::2" },
	};

	for (int i = 0; i < 2; i++) {
		struct packet_spec spec = media();
		struct frame p;
		size_t udp;

		spec.ip.src = addresses[i][0];
		spec.ip.dst = addresses[i][1];
		packet_build(&p, &spec);
		check_checksums(&p);
		udp = p.len - 8 - 12 - spec.payload_len;
		for (size_t at = i ? udp : 14; at < p.len; at++) {
			p.data[at] ^= 0x10;
			check_true(packet_bad_checksum(&p),
				   "byte %zu is wrong, the sum right", at);
			p.data[at] ^= 0x10;
		}
	}
}

TEST("0.2.d", zero_checksum, "a UDP sum of zero: sent as 0xffff, or none",
     .native = true)
{
	struct packet_spec spec = media();
	struct frame p;

	for (spec.rtp.sequence = 1; spec.rtp.sequence; spec.rtp.sequence++) {
		packet_build(&p, &spec);
		if (p.data[40] == 0xff && p.data[41] == 0xff)
			break;
	}
	check_true(spec.rtp.sequence, "no sequence number makes it 0xffff");
	check_checksums(&p);
	spec.udp.check = PACKET_ZERO;
	packet_build(&p, &spec);
	check_hex("UDP.check", "\0", p.data + 40, 2);
	check_checksums(&p);
	spec.ip.src = "fd00:7::1";
	spec.ip.dst = "fd00:7::2";
	packet_build(&p, &spec);
	check_str("wrong over IPv6", "UDP.check", packet_bad_checksum(&p));
}

static const char *value_of(const struct frame *p, const char *name)
{
	static struct packet_field fields[PACKET_FIELDS];
	size_t count = packet_describe(p, fields);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return fields[i].value;
	return NULL;
}

TEST("0.2.e", overrides, "what is given overrides what is right",
     .native = true)
{
	struct packet_spec spec = media();
	struct frame p;

	spec.ip.ttl = PACKET_ZERO;
	spec.ip.length = 21;
	spec.udp.length = 9;
	spec.rtp.version = 1;
	spec.rtp.csrc_count = 15;
	spec.vlan[0].id = 7;
	spec.vlan[1].id = 4095;
	spec.vlans = 2;
	check_int("packet_build", 0, packet_build(&p, &spec));
	check_str("VLAN2.id", "4095", value_of(&p, "VLAN2.id"));
	check_str("IP.length", "21", value_of(&p, "IP.length"));
	check_str("IP.ttl", "0", value_of(&p, "IP.ttl"));
	check_str("UDP.length", "9", value_of(&p, "UDP.length"));
	check_str("not RTP", "172 bytes: 4f 6f 10 92 00 00",
		  value_of(&p, "UDP.payload"));
	spec.payload_len = PACKET_MAX;
	check_int("too long", -EMSGSIZE, packet_build(&p, &spec));
	spec.ip.dst = "10.0.7.256";
	check_int("no address", -EINVAL, packet_build(&p, &spec));
}

TEST("0.2.f", truncated, "a frame cut off anywhere is described up to there",
     .native = true)
{
	struct packet_field fields[PACKET_FIELDS];
	struct packet_spec spec = media();
	struct frame p;

	spec.ip.options_len = 8;
	spec.rtp.csrcs = 15;
	spec.rtp.extension = true;
	spec.rtp.padding = 4;
	packet_build(&p, &spec);
	for (size_t len = p.len; len-- > 0;) {
		size_t count, end = 0;

		p.len = len;
		count = packet_describe(&p, fields);
		if (count)
			end = fields[count - 1].at + fields[count - 1].len;
		check_true(end <= len, "a field beyond the end at %zu", len);
		check_true(len < 6 || count, "no field at %zu", len);
		packet_bad_checksum(&p);
	}
}

static int open_or_fail(int fd)
{
	check_true(fd >= 0, "not opened: %s", strerror(-fd));
	return fd;
}

/* Media from alice's to bob's interface. */
static struct packet_spec on_the_wire(void)
{
	struct packet_spec spec = media();

	spec.eth.src = alice_mac;
	spec.eth.dst = bob_mac;
	return spec;
}

TEST("0.3.a", wire, "frames arrive as they were sent, tags and all")
{
	int bob = open_or_fail(capture_open("bob", "eth0"));
	int alice = open_or_fail(inject_open("alice", "eth0"));
	struct packet_spec spec = on_the_wire();
	struct frame sent, got;

	for (spec.vlans = 0; spec.vlans < 3; spec.vlans++) {
		for (unsigned int i = 0; i < spec.vlans; i++)
			spec.vlan[i].id = 100 + i;
		spec.vlan[0].type = spec.vlans == 2 ? 0x88a8 : 0x8100;
		packet_build(&sent, &spec);
		step("sent with %u tags", spec.vlans);
		check_int("inject_send", 0, inject_send(alice, &sent));
		check_int("capture_next", 0,
			  capture_next(bob, &got, DEADLINE_MS));
		check_packet(&sent, &got);
	}
}

TEST("0.3.b", absence, "absence is proved by a marker that came")
{
	int bob = open_or_fail(capture_open("bob", "eth0"));
	int alice = open_or_fail(inject_open("alice", "eth0"));
	struct packet_spec spec = on_the_wire();
	static const char end[] = "the end";
	struct frame media_packet, marker, got;

	packet_build(&media_packet, &spec);
	spec.payload = end;
	spec.payload_len = sizeof(end);
	packet_build(&marker, &spec);
	inject_send(alice, &marker);
	check_int("frames", 0,
		  capture_expect_none(bob, end, sizeof(end), DEADLINE_MS,
				      NULL));
	inject_send(alice, &media_packet);
	inject_send(alice, &marker);
	check_int("frames", 1,
		  capture_expect_none(bob, end, sizeof(end), DEADLINE_MS,
				      &got));
	check_packet(&media_packet, &got);
	check_int("nothing at all", -ETIMEDOUT, capture_next(bob, &got, 0));
}

TEST("0.3.c", many, "100,000 frames, none lost, in order", .seconds = 60)
{
	int bob = open_or_fail(capture_open("bob", "eth0"));
	int alice = open_or_fail(inject_open("alice", "eth0"));
	struct packet_spec spec = on_the_wire();
	struct frame sent, got;
	uint32_t received = 0;

	for (spec.rtp.ssrc = 0; spec.rtp.ssrc < 100000;) {
		packet_build(&sent, &spec);
		check_int("inject_send", 0, inject_send(alice, &sent));
		if (++spec.rtp.ssrc % 100)
			continue;
		for (; received < spec.rtp.ssrc; received++) {
			check_int("capture_next", 0,
				  capture_next(bob, &got, DEADLINE_MS));
			check_uint("RTP.ssrc", received,
				   got.data[50] << 24 | got.data[51] << 16 |
					   got.data[52] << 8 | got.data[53]);
		}
	}
}

TEST("0.3.d", loopback, "what is sent on lo is captured once")
{
	int lo = open_or_fail(capture_open(NULL, "lo"));
	int out = open_or_fail(inject_open(NULL, "lo"));
	struct packet_spec spec = media();
	struct frame sent, got;

	packet_build(&sent, &spec);
	inject_send(out, &sent);
	check_int("capture_next", 0, capture_next(lo, &got, DEADLINE_MS));
	check_packet(&sent, &got);
	check_int("once", -ETIMEDOUT, capture_next(lo, &got, 0));
}

TEST("0.3.e", saved, "frames are saved for tcpdump and Wireshark")
{
	struct packet_spec spec = media();
	uint8_t file[24 + 16 + PACKET_MAX];
	char path[] = "/tmp/test_common.XXXXXX";
	struct frame p;
	size_t len;
	FILE *pcap;

	packet_build(&p, &spec);
	close(open_or_fail(mkstemp(path)));
	pcap = pcap_create(path);
	check_int("pcap_add", 0, pcap_add(pcap, &p));
	fclose(pcap);
	pcap = fopen(path, "re");
	len = fread(file, 1, sizeof(file), pcap);
	fclose(pcap);
	unlink(path);
	check_uint("length", 24 + 16 + p.len, len);
	check_hex("frame", p.data, file + 24 + 16, p.len);
}
