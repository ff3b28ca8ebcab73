// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * NACKs of a receiver: what it gets once more, and what its publisher is asked
 * for.  The tables are memory, and what is sent is caught.
 */
#include "lab03-maps/testlib/room.h"
#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/rtx.h"

#define SSRC	 0x1000
#define SSRC_RTX 0x2000
#define PT	 96
#define PT_RTX	 97
#define PAYLOAD	 1000
#define NOW	 1000000000ull /* ns: the tests have no other time */
#define FIRST	 500	       /* sequence number */

static struct {
	struct wire_peer *alice, *bob;
	__u32 stream;
	struct sdp *sdp;
	struct sdp_media *offered; /* to bob */
} call;

/* What was sent last, and how much in all. */
static struct {
	unsigned int packets;
	__u8 bytes[2048];
	__u32 length;
	__be16 port;
} sent;

static void catch (void *ctx, const struct ip_addr *to, __be16 port,
		   const void *bytes, __u32 length)
{
	(void)ctx, (void)to;
	sent.packets++;
	memcpy(sent.bytes, bytes, length);
	sent.length = length;
	sent.port = port;
}

static struct wire_peer *enter(const char *name, __u16 port)
{
	struct peer_options options = {
		.ufrag = "user",
		.password = "passwordpasswordpassword",
	};
	struct ip_addr at = ip_addr_v4(htonl(INADDR_LOOPBACK));
	struct wire_peer *p;
	__u32 id;

	check_int("peer_open", 0, peer_open(&options, &p));
	check_int("join", 0, control_join("r", name, 10, &id));
	check_int("peer_enter", 0, peer_enter(p, id));
	check_int("bind", 0, control_bind(p->transport, &at, htons(port)));
	return p;
}

static void publish_video(void)
{
	struct publication p = {
		.ssrc = htonl(SSRC),
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { PT },
		.formats = { { .codec = "VP8", .clock_hz = 90000 } },
	};

	check_int("publish", 0,
		  control_publish(call.alice->participant,
				  call.alice->transport, &p, &call.stream));
}

static struct sdp_media *video(const char *mid)
{
	struct sdp_format vp8 = {
		.payload_type = PT,
		.encoding = (char *)"VP8",
		.clock_rate = 90000,
		.channels = 1,
	};
	struct sdp_media *m = sdp_add_media(call.sdp, "video", "RTP/AVPF", mid);

	check_true(m, "there is no m-line");
	check_int("format", 0, sdp_media_add_format(m, &vp8));
	check_int("source", 0, sdp_media_add_ssrc(m, SSRC, "alice"));
	return m;
}

static const struct sdp_format rtx_format = {
	.payload_type = PT_RTX,
	.encoding = (char *)"rtx",
	.clock_rate = 90000,
	.channels = 1,
	.fmtp = (char *)"apt=96",
};

static void set_sink(void)
{
	struct sink sink = {
		.transport = call.bob->transport,
		.pt = { PT, NO_PT, NO_PT, NO_PT },
	};

	commit(); /* makes it */
	check_int("sink", 0,
		  control_set_sink(call.bob->participant, call.stream, &sink));
}

/* Alice sends video to bob. */
static void open_call(void)
{
	struct wire_options options = { .send = catch };

	open_tables();
	check_int("peers_open", 0, peers_open(&options));
	call.alice = enter("alice", 6000);
	call.bob = enter("bob", 7000);
	publish_video();
	set_sink();
	call.sdp = sdp_new(1, &(struct in6_addr){ 0 });
	call.offered = video("a");
	call.bob->budget = repair_budget_open(RESEND_RATE, NOW / 1000000);
}

/* Bob has been offered RTX, and takes it. */
static void agree(void)
{
	check_int("offer", 0,
		  resend_offer(call.bob, call.offered, &rtx_format));
	resend_agree(call.bob, call.stream, call.offered, call.offered);
}

static size_t make_packet(__u8 *packet, uint16_t number)
{
	memset(packet, number, 12 + PAYLOAD);
	packet[0] = 0x80;
	packet[1] = PT;
	put_be16(packet + 2, number);
	put_be32(packet + 8, SSRC);
	return 12 + PAYLOAD;
}

/* So many packets are forwarded. */
static void forward(unsigned int count)
{
	__u8 packet[12 + PAYLOAD];

	for (unsigned int i = 0; i < count; i++)
		resend_keep(call.stream, packet, make_packet(packet, FIRST + i),
			    NOW);
}

static void lose(uint16_t first, unsigned int count)
{
	uint16_t numbers[RESEND_NUMBERS];

	for (unsigned int i = 0; i < count; i++)
		numbers[i] = first + i;
	resend(call.bob, call.bob->participant, call.stream, numbers, count,
	       NOW);
}

static void check_asked(uint16_t number)
{
	struct rtcp_walk walk = rtcp_start(sent.bytes, sent.length);
	struct rtcp_packet p;
	uint16_t numbers[RESEND_NUMBERS];

	check_uint("port", 6000, ntohs(sent.port));
	check_true(rtcp_next(&walk, &p), "no RTCP was sent");
	check_int("kind", RTCP_NACK, p.kind);
	check_uint("SSRC", SSRC, p.media);
	check_uint("numbers", 1, rtcp_read_nack(&p, numbers, RESEND_NUMBERS));
	check_uint("number", number, numbers[0]);
}

TEST("7.0.na", repaired, "what is there is sent once more, by RTX",
     .native = true)
{
	__u8 original[12 + PAYLOAD], unwrapped[2048];
	size_t length = make_packet(original, FIRST + 3);
	uint32_t rtx_ssrc;

	open_call();
	agree();
	forward(10);
	lose(FIRST + 3, 1);
	check_uint("packets", 1, sent.packets);
	check_uint("port", 7000, ntohs(sent.port));
	check_uint("payload type", PT_RTX, sent.bytes[1]);
	rtx_ssrc = call.offered->ssrc_groups[0].ssrcs[1];
	check_uint("SSRC", rtx_ssrc, get_be32(sent.bytes + 8));
	check_int("length", length,
		  rtx_decapsulate(sent.bytes, sent.length, SSRC, PT, unwrapped,
				  sizeof(unwrapped)));
	check_hex("packet", original, unwrapped, length);
}

TEST("7.0.nb", missing, "the publisher is asked for what is not there, once",
     .native = true)
{
	open_call();
	agree();
	forward(10);
	lose(FIRST + 10, 1);
	check_asked(FIRST + 10);
	step("the receiver asks again at once");
	lose(FIRST + 10, 1);
	check_uint("packets", 1, sent.packets);
}

TEST("7.0.nc", without, "whoever has no RTX is served by the publisher",
     .native = true)
{
	const struct sdp_media *theirs;

	open_call();
	theirs = video("b");
	call.offered = &call.sdp->media[0];
	check_int("offer", 0,
		  resend_offer(call.bob, call.offered, &rtx_format));
	resend_agree(call.bob, call.stream, call.offered, theirs);
	forward(10);
	lose(FIRST, 1);
	check_asked(FIRST);
}

TEST("7.0.nd", limits, "repairs come once a round trip, within a budget",
     .native = true)
{
	const struct wire_counter *refused = resend_counters();

	while (strcmp(refused->name, "repairs_refused_total"))
		refused++;
	open_call();
	agree();
	forward(300);
	lose(FIRST, 2);
	lose(FIRST, 2);
	check_uint("packets", 2, sent.packets);
	step("the rest of half a second's bytes, and more");
	lose(FIRST + 2, 200);
	check_true(refused->value > 0, "the budget is not kept");
	check_true(sent.packets * PAYLOAD < RESEND_RATE, "%u packets were sent",
		   sent.packets);
}

/* What alice sends: RTX of a packet. */
static int wrap(__u8 *packet, uint16_t number)
{
	struct rtx rtx = { .ssrc = SSRC_RTX, .pt = PT_RTX };
	size_t length = make_packet(packet, number);

	return rtx_encapsulate(&rtx, packet, length, packet, 2048);
}

TEST("7.0.ne", unwrapped, "what a publisher repeats is taken once",
     .native = true)
{
	__u8 packet[2048], original[12 + PAYLOAD];
	uint32_t pair[] = { SSRC, SSRC_RTX };
	struct sdp_media *offered, *answer;
	int length;

	open_call();
	offered = video("b");
	answer = &call.sdp->media[0];
	sdp_media_add_format(offered, &rtx_format);
	sdp_media_add_ssrc_group(offered, "FID", pair, 2);
	check_int("accept", 0, resend_accept(call.alice, answer, offered));
	check_uint("formats", 2, answer->n_formats);
	check_uint("codecs", 1, sdp_count_codecs(answer));

	length = make_packet(original, FIRST);
	check_int("length", length,
		  resend_unwrap(call.alice, packet, wrap(packet, FIRST), NOW));
	check_hex("packet", original, packet, length);
	resend_keep(call.stream, packet, length, NOW);
	check_int("the same once more", 0,
		  resend_unwrap(call.alice, packet, wrap(packet, FIRST), NOW));
	step("a probe: nothing but 4 bytes of padding");
	wrap(packet, FIRST + 1);
	packet[0] |= RTP_PADDING;
	packet[12 + 3] = 4;
	check_int("probe", 0, resend_unwrap(call.alice, packet, 12 + 4, NOW));
}

TEST("7.0.nf", gone, "what a stream had goes with it", .native = true)
{
	open_call();
	agree();
	forward(10);
	check_int("unpublish", 0, control_unpublish(call.stream));
	resend_sweep();
	publish_video();
	set_sink();
	resend_keep(call.stream, "", 0, NOW);
	lose(FIRST, 1);
	check_asked(FIRST);
	peer_close(call.bob);
	peers_close();
}
