// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A flood of forged packets, at a call of two who encrypt:
 *
 *	alice ------------> server ----> bob	what she says is all that he hears
 *	carol --flood-----> '		under her own address, and under alice's
 *
 * Nothing of it is forwarded, nothing is sent to carol, who has proven nothing,
 * and the server needs no more memory.  HOSTILE_PACKETS says how many there are.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/srtp.h"
#include "lab07-webrtc/testlib/client.h"
#include "lab07-webrtc/testlib/stun_client.h"

TEST_SETUP(set_up_servers)

#define CAROL_PORT 7777
#define BATCH	   64
#define SSRC	   7
#define SECONDS	   1200 /* a limit for 10,000,000 */
#define SPARE_KIB  1024 /* that the server may grow by */

#define SOUND                                                                  \
	"m=audio 9 PROTO 111\na=mid:0\na=sendonly\na=rtcp-mux\n"               \
	"a=rtpmap:111 opus/48000/2\na=ssrc:7 cname:x\n"

static struct client alice, bob;
static int raw; /* carol's, which sends under any address */

static size_t how_many(void)
{
	const char *text = getenv("HOSTILE_PACKETS");

	return text ? strtoul(text, NULL, 10) : 100000;
}

/* ---- what carol sends ---------------------------------------------------- */

struct shot {
	const char *what;
	bool as_alice;
	__u8 bytes[400];
	size_t length;
	size_t from, to; /* the bytes that are others in each */
};

static struct shot shots[32];
static size_t n_shots;

static struct shot *add_shot(const char *what, bool as_alice, const void *bytes,
			     size_t length)
{
	struct shot *s = &shots[n_shots++];

	*s = (struct shot){ what, as_alice, .length = length };
	memcpy(s->bytes, bytes, length);
	return s;
}

static void vary(struct shot *s, size_t from, size_t to)
{
	s->from = from;
	s->to = to;
}

/* Who has seen a check knows the user's name, and not the password. */
static void add_checks(bool as_alice)
{
	const struct sdp_ice *ice = &alice.caller.answer->media[0].ice;
	struct client_message m = client_start(REQUEST, "transaction!");
	char username[256];

	snprintf(username, sizeof(username), "%s:Q5YV", ice->ufrag);
	client_add_username(&m, username);
	client_add(&m, PRIORITY, "\x6e\x7f\x00\xff", 4);
	client_add(&m, USE_CANDIDATE, NULL, 0);
	client_add_integrity(&m, "not the password, surely");
	vary(add_shot("STUN", as_alice, m.bytes, m.len), 8, 20);
	client_add_fingerprint(&m);
	add_shot("STUN with a fingerprint", as_alice, m.bytes, m.len);
}

/* A ClientHello of DTLS 1.2, as far as its length. */
static void add_dtls(bool as_alice)
{
	__u8 hello[13 + 12 + 100] = { 22, 254, 253 };

	put_be16(hello + 11, sizeof(hello) - 13);
	hello[13] = 1;
	put_be16(hello + 15, 100);
	put_be16(hello + 23, 100);
	hello[25] = 254;
	hello[26] = 253;
	vary(add_shot("ClientHello", as_alice, hello, sizeof(hello)), 27, 59);
	hello[0] = 21; /* an alert: close_notify */
	add_shot("close_notify", as_alice, hello, 15);
}

static size_t build_rtp(__u8 *to, __u16 number)
{
	memset(to, 0, 100);
	to[0] = 0x80;
	to[1] = 111;
	put_be16(to + 2, number);
	put_be32(to + 8, SSRC);
	return 100;
}

/* What alice really has sent, once, and what she has not. */
static void add_media(bool as_alice)
{
	__u8 rtp[400], srtp[400];
	int length = srtp_encrypt_rtp(alice.out, rtp,
				      build_rtp(rtp, 2 + as_alice), srtp,
				      sizeof(srtp));

	if (as_alice)
		check_int("RTP", length, send(alice.fd, srtp, length, 0));
	add_shot("a replay", as_alice, srtp, length);
	vary(add_shot("SRTP", as_alice, srtp, length), 2, 4);
	vary(add_shot("SRTP", as_alice, srtp, length), 12, length);
	add_shot("RTP", as_alice, rtp, 100);
	srtp[1] = 200;
	vary(add_shot("SRTCP", as_alice, srtp, length), 8, length);
}

static struct packet_spec shot_spec(const struct shot *s)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);

	getsockname(alice.fd, (void *)&own, &size);
	return (struct packet_spec){
		.ip = {
			.src = sandbox_host(s->as_alice ? "alice" :
							  "carol")->ip4,
			.dst = server_ip(server),
		},
		.udp = {
			.sport = s->as_alice ? ntohs(own.sin_port) : CAROL_PORT,
			.dport = CALL_PORT,
			.check = PACKET_ZERO, /* for its bytes change */
		},
		.payload = s->bytes,
		.payload_len = s->length,
		.last = PACKET_UDP,
	};
}

static void fire(const struct shot *s, size_t count)
{
	static struct frame frames[BATCH];
	struct packet_spec spec = shot_spec(s);
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct iovec parts[BATCH];
	struct mmsghdr m[BATCH] = {};

	inet_pton(AF_INET, server_ip(server), &to.sin_addr);
	call_build(&frames[0], &spec);
	for (int i = 0; i < BATCH; i++) {
		frames[i] = frames[0];
		parts[i].iov_base = frames[i].data + 14;
		parts[i].iov_len = frames[i].len - 14;
		m[i].msg_hdr.msg_name = &to;
		m[i].msg_hdr.msg_namelen = sizeof(to);
		m[i].msg_hdr.msg_iov = &parts[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	for (size_t n = 0; n < count; n += BATCH) {
		for (int i = 0; i < BATCH; i++)
			if (getrandom(frames[i].data + frames[i].len -
					      s->length + s->from,
				      s->to - s->from, 0) < 0)
				fail("there are no random bytes");
		check_int("sent", BATCH, sendmmsg(raw, m, BATCH, 0));
	}
}

/* ---- what the server makes of it ------------------------------------------ */

static long server_kib(void)
{
	char path[64], line[128];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", server->pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmRSS: %ld", &kib);
	if (f)
		fclose(f);
	check_true(kib > 0, "the server has no memory");
	return kib;
}

/* Datagrams to the media port that have been judged; the rest is our asking. */
static __u64 count_judged(void)
{
	struct reply r = http("carol", "GET", "/metrics", NULL, NULL);
	const char *name = server->user ? "\nswiftcall_packets_total{" :
					  "\nswiftcall_guard_packets_total{";
	__u64 sum = 0;

	for (const char *at = r.body; (at = strstr(at, name)); at++)
		if (strncmp(at + strlen(name), "verdict=\"other\"", 15))
			sum += strtoull(strchr(at, '}') + 1, NULL, 10);
	return sum;
}

/* Until the server has nothing left to judge. */
static __u64 wait_until_judged(void)
{
	__u64 before, now = count_judged();

	do {
		before = now;
		now = count_judged();
	} while (now != before);
	return now;
}

static void alice_says(__u16 number, const char *words)
{
	client_send(&alice, &(struct client_rtp){ .pt = 111,
						  .number = number,
						  .ssrc = SSRC,
						  .payload = words });
}

static void check_bob_hears(const char *words)
{
	__u8 packet[CLIENT_PACKET];
	size_t length = client_hear(&bob, packet);

	check_uint("bytes", 12 + strlen(words), length);
	check_true(!memcmp(packet + 12, words, strlen(words)),
		   "bob hears something else than \"%s\"", words);
}

static void begin_call(void)
{
	const char *room = strdup(new_room());

	bob = client("bob", true);
	client_join(&bob, room, SOUND);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", true);
	client_join(&alice, room, SOUND);
	client_connect(&alice);
	next_offer(&bob.caller);
	client_accept(&bob);
	free((char *)room);
}

static void take_aim(void)
{
	n_shots = 0;
	for (int as_alice = 0; as_alice < 2; as_alice++) {
		add_checks(as_alice);
		add_dtls(as_alice);
		add_media(as_alice);
	}
}

static void flood(size_t count)
{
	for (size_t i = 0; i < n_shots; i++) {
		fire(&shots[i], count / n_shots + 1);
		client_consent(&alice);
		client_consent(&bob);
	}
}

static int open_as_carol(void)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_port = htons(CAROL_PORT),
	};
	int fd = sandbox_socket("carol", AF_INET, SOCK_DGRAM, 0);

	check_int("bind", 0, bind(fd, (void *)&own, sizeof(own)));
	raw = sandbox_socket("carol", AF_INET, SOCK_RAW, IPPROTO_RAW);
	check_true(raw >= 0, "there is no raw socket");
	return fd;
}

static void withstand(void)
{
	int carol = open_as_carol();
	struct control_totals before, after;
	__u8 packet[CLIENT_PACKET];
	__u64 judged;
	char byte;
	long kib;

	stay_on_this_cpu();
	begin_call();
	alice_says(1, "hello");
	check_bob_hears("hello");
	take_aim();
	check_uint("bytes of what will be replayed", 100,
		   client_hear(&bob, packet));
	flood(how_many() / 10);
	judged = wait_until_judged();
	kib = server_kib();
	before = totals();
	flood(how_many());
	judged = wait_until_judged() - judged;
	step("%llu of %zu packets came there; the server has %ld KiB, and "
	     "had %ld",
	     (unsigned long long)judged, how_many(), server_kib(), kib);
	check_true(server_kib() <= kib + SPARE_KIB, "it has grown");
	after = totals();
	check_uint("packets forwarded", 0, after.packets - before.packets);
	check_uint("copies due", 0, after.copies - before.copies);
	check_int("datagrams to carol", -1,
		  recv(carol, &byte, 1, MSG_DONTWAIT));
	close(carol);
	close(raw);
}

static void check_call_goes_on(void)
{
	alice_says(4, "are you there?");
	check_bob_hears("are you there?");
	leave(&alice.caller);
	leave(&bob.caller);
	client_close(&alice);
	client_close(&bob);
}

static void hold_out(void)
{
	withstand();
	check_call_goes_on();
}

TEST("7.0.xa", hostile, "a flood of forged packets leads nowhere",
     .seconds = SECONDS)
{
	in_both_modes(hold_out);
}
