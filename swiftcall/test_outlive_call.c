// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An unencrypted WebRTC call outlives the whole server in mode xdp:
 *
 *	alice ---- RTP ----> kernel ----> bob		as before
 *	      <--- PLI ----- kernel <---- bob
 *	      <--- NACK ---- kernel <---- bob
 *	      ---- SR -----> kernel
 *	      <- RR, REMB -- kernel
 */
#include <bpf/bpf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/rtcp.h"
#include "lab07-webrtc/rtcp_write.h"
#include "lab07-webrtc/testlib/client.h"

static int set_up(void)
{
	int err = set_up_hosts();

	return err ?: sandbox_redirects("dave", true);
}

TEST_SETUP(set_up)

#define SETTINGS "/sys/fs/bpf/dave/sfu_settings"
#define SSRC	 5 /* bob has it, too, so he is told another one */
#define VP8	 96
#define NTP	 0x1122334455667788

#define SOUND                                                                  \
	"m=audio 9 PROTO 111\na=mid:0\na=sendonly\na=rtcp-mux\n"               \
	"a=rtpmap:111 opus/48000/2\na=ssrc:5 cname:x\n"
#define PICTURE                                                                \
	"m=video 9 PROTO 96\na=mid:1\na=sendonly\na=rtcp-mux\n"                \
	"a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\n"    \
	"a=rtcp-fb:96 goog-remb\na=ssrc:5 cname:y\n"

static struct client alice, bob;
static __u32 told;
static __u16 latest;

static void talk(int packets)
{
	struct client_rtp rtp = { .pt = VP8, .ssrc = SSRC, .payload = "p" };
	__u8 heard[CLIENT_PACKET];

	for (int i = 0; i < packets; i++) {
		rtp.number = ++latest;
		client_send(&alice, &rtp);
		client_hear(&bob, heard);
		check_uint("number", latest, get_be16(heard + 2));
		check_uint("SSRC", told, get_be32(heard + 8));
	}
}

static void call(void)
{
	const struct sdp_media *m;

	bob = client("bob", false);
	client_join(&bob, "r", SOUND);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", false);
	client_join(&alice, "r", PICTURE);
	client_connect(&alice);
	next_offer(&bob.caller);
	m = &bob.caller.offer->media[client_mline(&bob, "video")];
	told = m->ssrcs[0].ssrc;
	client_accept(&bob);
	check_true(told != SSRC, "bob should be told another SSRC");
}

/* The next datagram for alice that has a packet of this kind. */
static struct rtcp_packet alice_hears(enum rtcp_kind kind, __u8 bytes[2048])
{
	struct pollfd wait = { .fd = alice.fd, .events = POLLIN };

	while (poll(&wait, 1, patient_ms(5000)) > 0) {
		ssize_t len = recv(alice.fd, bytes, 2048, 0);
		struct rtcp_walk walk = rtcp_start(bytes, len < 0 ? 0 : len);
		struct rtcp_packet p;

		while (rtcp_next(&walk, &p))
			if (p.kind == kind)
				return p;
	}
	fail("alice hears nothing of kind %d", kind);
}

static void say_rtcp(const struct client *c, const struct rtcp_out *out)
{
	check_int("send", out->len, send(c->fd, out->bytes, out->len, 0));
}

/* Nobody need wait three seconds for it. */
static void server_is_gone(void)
{
	int fd = bpf_obj_get(SETTINGS);
	struct settings s;
	__u32 index = 0;

	check_int("settings", 0, bpf_map_lookup_elem(fd, &index, &s));
	check_true(s.beat_ns, "the server should have said that it is there");
	s.patience_ns = 1;
	check_int("settings", 0, bpf_map_update_elem(fd, &index, &s, 0));
	close(fd);
}

static void check_report(__u64 bits, __u32 ours)
{
	const struct rtcp_sr sr = { .ssrc = SSRC, .ntp = NTP };
	struct rtcp_out out = { 0 };
	__u8 bytes[2048];
	struct rtcp_packet p;
	struct rtcp_block b;

	rtcp_add_sr(&out, &sr, NULL, 0);
	rtcp_add_cname(&out, SSRC, "alice");
	say_rtcp(&alice, &out);
	p = alice_hears(RTCP_REMB, bytes);
	check_uint("bits per second", bits, rtcp_read_remb(&p));
	check_uint("SSRC of the reporter", ours, p.sender);
	check_uint("RR", 201, bytes[1]);
	p = (struct rtcp_packet){
		.kind = RTCP_RR, .count = 1, .bytes = bytes, .len = 32
	};
	b = rtcp_read_block(&p, 0);
	check_uint("about", SSRC, b.ssrc);
	check_uint("highest", latest, b.highest);
	check_int("lost", 0, b.lost);
	check_uint("LSR", (__u32)(NTP >> 16), b.last_sr);
}

static void check_feedback(void)
{
	const __u16 lost[] = { 7, 9 };
	struct rtcp_out out = { 0 };
	__u8 bytes[2048];
	__u16 numbers[4];
	struct rtcp_packet p;

	rtcp_add_rr(&out, 9, NULL, 0);
	rtcp_add_cname(&out, 9, "bob");
	rtcp_add_pli(&out, 9, told);
	say_rtcp(&bob, &out);
	p = alice_hears(RTCP_PLI, bytes);
	check_uint("whose picture", SSRC, p.media);
	out.len = 0;
	rtcp_add_nack(&out, 9, told, lost, 2);
	say_rtcp(&bob, &out);
	p = alice_hears(RTCP_NACK, bytes);
	check_uint("whose packets", SSRC, p.media);
	check_uint("numbers", 2, rtcp_read_nack(&p, numbers, 4));
	check_uint("first", 7, numbers[0]);
	check_uint("second", 9, numbers[1]);
}

TEST("6.0.ta", outlives,
     "killed, the server leaves the call its media, repairs and reports",
     .seconds = 40)
{
	struct server *own;
	struct rtcp_packet p;
	__u8 bytes[2048];
	__u64 bits;
	__u32 ours;

	server = &servers[0];
	own = start_own((struct server){ .extra = { "--mode=xdp" } });
	call();
	talk(50);
	step("the server reports");
	p = alice_hears(RTCP_REMB, bytes);
	bits = rtcp_read_remb(&p);
	ours = p.sender;
	talk(1);
	server_kill(own, SIGKILL);
	server_is_gone();
	step("it is gone");
	talk(50);
	check_report(bits, ours);
	check_feedback();
	talk(50);
	check_report(bits, ours);
	check_int("start again", 0, server_start(own));
	step("there is another one");
	talk(50);
	server_kill(own, SIGTERM);
}
