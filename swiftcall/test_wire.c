// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * WebRTC clients call the whole server: streams whose SSRC no a=ssrc has
 * announced.  Their packets say whose they are.
 *
 *	alice	publishes; encrypted, or not
 *	bob	is offered what she publishes, and hears it
 *
 * In mode tc the packets of an alice who does not encrypt go through the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/testlib/client.h"

TEST_SETUP(set_up_servers)

#define MID  "urn:ietf:params:rtp-hdrext:sdes:mid"
#define RID  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#define RRID "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

#define SOUND                                                                  \
	"m=audio 9 PROTO 111\na=mid:sound\na=sendonly\na=rtcp-mux\n"           \
	"a=rtpmap:111 opus/48000/2\na=extmap:4 " MID "\n"
#define PICTURE(MIDS)                                                          \
	"m=video 9 PROTO 96 97\na=mid:" MIDS "\na=sendonly\na=rtcp-mux\n"      \
	"a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n"     \
	"a=extmap:4 " MID "\na=extmap:10 " RID "\na=extmap:11 " RRID "\n"
#define ANNOUNCED                                                              \
	"m=audio 9 PROTO 111\na=mid:0\na=sendonly\na=rtcp-mux\n"               \
	"a=rtpmap:111 opus/48000/2\na=ssrc:5 cname:x\n"

#define SAYS(...)                                                              \
	((const struct client_extension[]){ __VA_ARGS__, { 0, NULL } })

enum { OPUS = 111, VP8 = 96, RTX = 97 };

/* ---- a call ---------------------------------------------------------------- */

static struct client alice, bob;
static const char *room;

/* Bob listens, and alice says what she is going to send. */
static void call(bool encrypted, const char *mlines)
{
	room = strdup(new_room());
	bob = client("bob", encrypted);
	client_join(&bob, room, ANNOUNCED);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", encrypted);
	client_join(&alice, room, mlines);
	client_connect(&alice);
}

static void hang_up(void)
{
	leave(&alice.caller);
	leave(&bob.caller);
	client_close(&alice);
	client_close(&bob);
	free((char *)room);
}

/* The next offer has this m-line for bob, who takes it. */
static void bob_accepts(const char *type)
{
	next_offer(&bob.caller);
	check_true(client_mline(&bob, type) >= 0, "no %s is offered", type);
	client_accept(&bob);
}

/* Bob hears a packet with this payload, under the SSRC that he was told. */
static void bob_hears(const char *type, const char *payload)
{
	const struct sdp_media *m = &bob.caller.offer
					     ->media[client_mline(&bob, type)];
	__u8 packet[CLIENT_PACKET];
	size_t length = client_hear(&bob, packet), size = strlen(payload);

	step("%s: \"%.*s\"", type, (int)size, packet + length - size);
	check_uint("SSRC", m->ssrcs[0].ssrc, get_be32(packet + 8));
	check_true(length >= 12 + size &&
			   !memcmp(packet + length - size, payload, size),
		   "the payload is not \"%s\"", payload);
}

static __u64 verdicts(const char *verdict)
{
	char name[96];

	snprintf(name, sizeof(name), "swiftcall_packets_total{verdict=\"%s\"}",
		 verdict);
	return metric(name);
}

/* Waits until so many more packets have come to a verdict. */
static void await_verdicts(const char *verdict, __u64 since, __u64 more)
{
	while (verdicts(verdict) < since + more)
		;
	check_uint(verdict, more, verdicts(verdict) - since);
}

/* What GET /rooms has of somebody; the test gives it back. */
static json_t *member_of(const struct client *c, const char *member)
{
	json_t *r = get_room(room);
	json_t *found = json_incref(
		json_object_get(find_participant(r, &c->caller), member));

	json_decref(r);
	return found;
}

static void check_waiting(const char *expected)
{
	json_t *waiting = member_of(&alice, "waiting"),
	       *streams = member_of(&alice, "streams");
	char *text = json_dumps(waiting, JSON_COMPACT);

	step("waiting: %s, streams: %zu", text, json_array_size(streams));
	check_str("waiting", expected, text);
	free(text);
	json_decref(waiting);
	json_decref(streams);
}

static __u64 count_streams(void)
{
	json_t *streams = member_of(&alice, "streams");
	__u64 count = json_array_size(streams);

	json_decref(streams);
	return count;
}

static void both_ways(void (*run)(bool encrypted))
{
	step("encrypted");
	run(true);
	hang_up();
	step("not encrypted");
	run(false);
	hang_up();
}

/* Packets of one stream, from this number on. */
static void send_some(__u8 pt, __u32 ssrc, __u16 number, int count,
		      const struct client_extension *extensions,
		      const char *payload)
{
	while (count--)
		client_send(&alice, &(struct client_rtp){
					    .pt = pt,
					    .ssrc = ssrc,
					    .number = number++,
					    .extensions = extensions,
					    .payload = payload,
				    });
}

/* ---- by MID ------------------------------------------------------------------ */

static void by_mid(bool encrypted)
{
	call(encrypted, SOUND PICTURE("picture"));
	check_waiting("[\"audio\",\"video\"]");
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }), "first");
	bob_accepts("video");
	check_waiting("[\"audio\"]");
	send_some(VP8, 7, 102, 1, NULL, "a picture");
	bob_hears("video", "a picture");
	send_some(OPUS, 8, 1, 2, SAYS({ 4, "sound" }), "first");
	bob_accepts("audio");
	check_waiting("[]");
	send_some(OPUS, 8, 3, 1, NULL, "a sound");
	bob_hears("audio", "a sound");
}

TEST_BOTH("7.0.wa", learned_by_mid, "packets tell by their MID whose they are")
{
	both_ways(by_mid);
}

/* ---- by payload type ------------------------------------------------------- */

static void by_type(bool encrypted)
{
	call(encrypted, SOUND PICTURE("picture"));
	send_some(VP8, 7, 100, 2, NULL, "first");
	bob_accepts("video");
	send_some(VP8, 7, 102, 1, NULL, "a picture");
	bob_hears("video", "a picture");
	check_waiting("[\"audio\"]");
}

TEST_BOTH("7.0.wb", learned_by_type, "without a MID, the payload type will do")
{
	both_ways(by_type);
}

/* Two of them: what has no MID may be of either. */
static void not_by_type(bool encrypted)
{
	__u64 before;

	call(encrypted, PICTURE("left") PICTURE("right"));
	before = verdicts("unknown_ssrc");
	step("a payload type that two m-lines have");
	send_some(VP8, 7, 100, 2, NULL, "whose?");
	step("a payload type that none has");
	send_some(99, 8, 100, 2, NULL, "whose?");
	send_some(99, 9, 100, 2, SAYS({ 4, "left" }), "what?");
	step("a MID that none has");
	send_some(VP8, 10, 100, 2, SAYS({ 4, "middle" }), "whose?");
	await_verdicts("unknown_ssrc", before, 8);
	check_uint("streams", 0, count_streams());
	send_some(VP8, 7, 102, 2, SAYS({ 4, "right" }), "the right one's");
	bob_accepts("video");
	check_waiting("[\"video\"]");
}

TEST_BOTH("7.0.wc", not_learned, "what does not say whose it is, is nobody's")
{
	both_ways(not_by_type);
}

/* ---- one stream for an m-line ------------------------------------------------ */

#define FLOOD 500

static void flood(bool encrypted)
{
	__u64 before;

	call(encrypted, PICTURE("picture"));
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }), "first");
	bob_accepts("video");
	before = verdicts("unknown_ssrc");
	step("%d other SSRCs", FLOOD);
	for (int i = 0; i < FLOOD; i++)
		send_some(VP8, 1000 + i, 100, 2, SAYS({ 4, "picture" }), "me!");
	await_verdicts("unknown_ssrc", before, 2 * FLOOD);
	check_uint("streams", 1, count_streams());
	send_some(VP8, 7, 102, 1, NULL, "a picture");
	bob_hears("video", "a picture");
}

TEST_BOTH("7.0.wd", one_stream, "an m-line has one stream, whatever comes")
{
	both_ways(flood);
}

/* Without keys, one packet is no proof: its numbers must go on. */
static void guess(void)
{
	__u64 before;

	call(false, PICTURE("picture"));
	before = verdicts("unknown_ssrc");
	for (int i = 0; i < FLOOD; i++)
		send_some(VP8, 1000 + i, 100, 1, SAYS({ 4, "picture" }), "me!");
	await_verdicts("unknown_ssrc", before, FLOOD);
	check_waiting("[\"video\"]");
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }), "first");
	bob_accepts("video");
	hang_up();
}

TEST_BOTH("7.0.we", no_guess, "without keys, two packets in a row are needed")
{
	guess();
}

static __u64 ssrc_of(const struct client *c)
{
	json_t *streams = member_of(c, "streams");
	__u64 ssrc = number(json_array_get(streams, 0), "ssrc");

	json_decref(streams);
	return ssrc;
}

static void send_by(struct client *c, __u32 ssrc, __u16 number,
		    const struct client_extension *extensions)
{
	for (int i = 0; i < 2; i++)
		client_send(c, &(struct client_rtp){
				       .pt = VP8,
				       .ssrc = ssrc,
				       .number = number + i,
				       .extensions = extensions,
				       .payload = "x",
			       });
}

/* Dave has no keys: whoever can write his address could be he. */
static void restart(void)
{
	const struct client_extension *mid = SAYS({ 4, "picture" });
	struct client dave = client("dave", false);
	__u64 before;

	call(true, PICTURE("picture"));
	client_join(&dave, room, PICTURE("picture"));
	client_connect(&dave);
	send_by(&dave, 7, 100, mid);
	send_by(&alice, 7, 100, mid);
	bob_accepts("video");
	before = verdicts("unknown_ssrc");
	for (__u16 n = 0; ssrc_of(&alice) != 8; n += 2) {
		send_by(&alice, 9, n, NULL); /* it may be anybody's */
		send_by(&alice, 8, n, mid);
	}
	check_true(verdicts("unknown_ssrc") > before, "it was not silent yet");
	check_uint("streams", 1, count_streams());
	before = verdicts("unknown_ssrc");
	send_by(&dave, 8, 100, mid);
	send_by(&alice, 10, 100, mid);
	await_verdicts("unknown_ssrc", before, 4);
	check_uint("dave's SSRC", 7, ssrc_of(&dave));
	leave(&dave.caller);
	client_close(&dave);
	hang_up();
}

TEST_BOTH("7.0.wf", restarted, "with keys, an SSRC takes a silent one's place")
{
	restart();
}

/* ---- layers ------------------------------------------------------------------ */

#define LAYERS(LIST)                                                           \
	PICTURE("picture")                                                     \
	"a=rid:q send\na=rid:h send\na=rid:f send\na=simulcast:send " LIST "\n"

static void check_answered(const char *layers)
{
	const struct sdp_media *m = &alice.caller.answer->media[0];

	check_str("a=simulcast", layers, m->simulcast.value ?: "");
	check_uint("a=rid", 3, m->n_rids);
	for (unsigned int i = 0; i < m->n_rids; i++)
		check_int("direction", SDP_RECVONLY, m->rids[i].direction);
}

/* As a browser does it: they begin in any order, and name themselves. */
static void three_layers(bool encrypted)
{
	__u64 before;

	call(encrypted, LAYERS("q;h;f"));
	check_answered("recv q;h;f");
	before = verdicts("other_layer");
	send_some(VP8, 8, 100, 2, SAYS({ 4, "picture" }, { 10, "h" }), "half");
	send_some(VP8, 9, 100, 2, SAYS({ 10, "f" }), "full");
	await_verdicts("other_layer", before, 4);
	check_waiting("[\"video\"]");
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }, { 10, "q" }), "first");
	bob_accepts("video");
	step("nobody says its name any more");
	send_some(VP8, 8, 102, 1, NULL, "half");
	send_some(VP8, 7, 102, 1, NULL, "a quarter");
	send_some(VP8, 9, 102, 1, NULL, "full");
	bob_hears("video", "a quarter");
	await_verdicts("other_layer", before, 6);
	check_uint("streams", 1, count_streams());
}

TEST_BOTH("7.0.wg", first_layer, "of three layers, the first is forwarded")
{
	both_ways(three_layers);
}

static void first_is_paused(bool encrypted)
{
	__u64 before;

	call(encrypted, LAYERS("~q;h;f"));
	check_answered("recv ~q;h;f");
	before = verdicts("other_layer");
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }, { 10, "q" }), "first");
	await_verdicts("other_layer", before, 2);
	send_some(VP8, 8, 100, 2, SAYS({ 4, "picture" }, { 10, "h" }), "half");
	bob_accepts("video");
	send_some(VP8, 8, 102, 1, NULL, "a half");
	bob_hears("video", "a half");
}

TEST_BOTH("7.0.wh", paused_layer, "a paused layer is skipped")
{
	both_ways(first_is_paused);
}

/* Layers that a=ssrc has announced. */
static void announced_layers(bool encrypted)
{
	__u64 before;

	call(encrypted,
	     PICTURE("picture") "a=ssrc-group:SIM 7 8 9\na=ssrc:7 cname:a\na=ssrc:8 cname:a\n"
				"a=ssrc:9 cname:a\n");
	before = verdicts("other_layer");
	check_uint("streams", 1, count_streams());
	bob_accepts("video");
	send_some(VP8, 9, 100, 1, NULL, "full");
	send_some(VP8, 8, 100, 1, NULL, "half");
	send_some(VP8, 7, 100, 1, NULL, "a quarter");
	bob_hears("video", "a quarter");
	await_verdicts("other_layer", before, 2);
}

TEST_BOTH("7.0.wi", group_of_layers,
	  "of a=ssrc-group:SIM, the first is a stream")
{
	both_ways(announced_layers);
}

/* ---- what is sent once more -------------------------------------------------- */

/* A repair begins with the number that it had: "ab" is 0x6162. */
#define NUMBER 0x6162

/* Repairs come first, as browsers try the network with them. */
static void repairs(const char *mlines, const struct client_extension *original,
		    const struct client_extension *repair)
{
	call(true, mlines);
	send_some(RTX, 17, 1, 1, repair, "??");
	send_some(VP8, 7, NUMBER - 2, 2, original, "first");
	bob_accepts("video");
	send_some(RTX, 17, 2, 1, NULL,
		  "ab"
		  "lost");
	bob_hears("video", "lost");
	send_some(VP8, 7, NUMBER + 1, 1, NULL, "next");
	bob_hears("video", "next");
	hang_up();
}

TEST_BOTH("7.0.wj", repaired,
	  "by which SSRC a stream is repaired, packets tell")
{
	step("by the MID");
	repairs(PICTURE("picture"), SAYS({ 4, "picture" }),
		SAYS({ 4, "picture" }));
	step("by the payload type");
	repairs(PICTURE("picture"), NULL, NULL);
	step("by the RID of what it repairs");
	repairs(LAYERS("q;h;f"), SAYS({ 4, "picture" }, { 10, "q" }),
		SAYS({ 4, "picture" }, { 11, "q" }));
}

/* Whose repairs are not of the layer that is taken, repairs nothing. */
TEST_BOTH("7.0.wk", other_repairs, "repairs of another layer are that layer's")
{
	__u64 before;

	call(true, LAYERS("q;h;f"));
	before = verdicts("other_layer");
	send_some(RTX, 18, 1, 2, SAYS({ 4, "picture" }, { 11, "h" }), "??");
	send_some(RTX, 18, 3, 1, NULL, "??");
	await_verdicts("other_layer", before, 3);
	hang_up();
}

/* ---- by the kernel ----------------------------------------------------------- */

TEST("7.0.wl", kernel_again, "what the kernel may forward, it does so again",
     .seconds = TEST_SECONDS)
{
	__u64 user, dropped;

	server = &servers[0];
	call(false, PICTURE("picture"));
	user = verdicts("user_space");
	dropped = verdicts("unknown_ssrc");
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }), "first");
	bob_accepts("video");
	check_uint("passed on", 2, verdicts("user_space") - user);
	send_some(VP8, 7, 102, 3, NULL, "a picture");
	for (int i = 0; i < 3; i++)
		bob_hears("video", "a picture");
	send_some(VP8, 8, 100, 5, SAYS({ 4, "picture" }), "me!");
	await_verdicts("unknown_ssrc", dropped, 6);
	check_uint("passed on", 2, verdicts("user_space") - user);
	check_uint("unexpected", 0,
		   metric("swiftcall_unexpected_rtp_packets_total"));
	hang_up();
}

/* ---- with keys, and without ----------------------------------------------------- */

/* What comes by one of them is learned, and goes to the other. */
static void mixed(bool encrypted)
{
	room = strdup(new_room());
	bob = client("bob", !encrypted);
	client_join(&bob, room, ANNOUNCED);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", encrypted);
	client_join(&alice, room, LAYERS("q;h;f"));
	client_connect(&alice);
	send_some(VP8, 7, 100, 2, SAYS({ 4, "picture" }, { 10, "q" }), "first");
	bob_accepts("video");
	send_some(VP8, 8, 100, 2, SAYS({ 4, "picture" }, { 10, "h" }), "half");
	send_some(VP8, 7, 102, 1, NULL, "a quarter");
	bob_hears("video", "a quarter");
}

TEST_BOTH("7.0.wn", mixed_room, "one of the two encrypts, the other does not")
{
	both_ways(mixed);
}

/* ---- what sfuctl shows ---------------------------------------------------------- */

TEST("7.0.wo", tool_shows, "sfuctl shows what has not come yet",
     .seconds = TEST_SECONDS)
{
	server = &servers[0];
	call(true, PICTURE("picture"));
	check_int("waiting", 0,
		  sandbox_run(server->host,
			      "%s list --pin-dir=/sys/fs/bpf/%s | "
			      "grep -q 'video  waits for its first packet'",
			      test_beside("../lab03/sfuctl"), server->host));
	hang_up();
}

/* ---- RTCP of plain RTP ------------------------------------------------------- */

static int open_port(const char *host, __u16 port)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0);

	check_int("bind", 0, bind(fd, (struct sockaddr *)&own, sizeof(own)));
	return fd;
}

/* Whoever joins needs a key frame of her: she is asked for one. */
static void check_asked_at(bool mux)
{
	struct caller plain = caller("carol");
	char *offer = offer_text(&plain);
	__u8 bytes[1500];
	int fd;

	if (mux)
		offer = edit(offer, "a=mid:video\r\n",
			     "a=mid:video\r\na=rtcp-mux\r\n");
	fd = open_port("carol", sender_port(&plain, VIDEO) + !mux);
	room = strdup(new_room());
	join_with(&plain, room, offer);
	bob = client("bob", false);
	client_join(&bob, room, ANNOUNCED);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	bob_accepts("video");
	check_true(recv(fd, bytes, sizeof(bytes), 0) >= 12, "it is cut off");
	check_uint("PLI", 206, bytes[1]);
	check_uint("about SSRC", plain.ssrc[VIDEO], get_be32(bytes + 8));
	close(fd);
	free(offer);
	leave(&plain);
	leave(&bob.caller);
	client_close(&bob);
}

TEST_BOTH("7.0.mn", rtcp_of_plain_rtp,
	  "RTCP of plain RTP has the next port, or the same with rtcp-mux")
{
	check_asked_at(false);
	check_asked_at(true);
}

/* ---- two who have the same ----------------------------------------------------- */

/* Bob himself has announced SSRC 5: he is told of hers by another number. */
TEST_BOTH("7.0.wm", same_ssrc,
	  "an SSRC that bob has already is another one to him")
{
	call(true, PICTURE("picture"));
	send_some(VP8, 5, 100, 2, SAYS({ 4, "picture" }), "first");
	bob_accepts("video");
	check_true(bob.caller.offer->media[client_mline(&bob, "video")]
				   .ssrcs[0]
				   .ssrc != 5,
		   "both are 5");
	send_some(VP8, 5, 102, 1, NULL, "a picture");
	bob_hears("video", "a picture");
	hang_up();
}
