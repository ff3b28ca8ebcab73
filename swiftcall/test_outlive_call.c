// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Calls outlive the whole server in mode xdp: one of WebRTC that is not encrypted,
 * and one of plain RTP, which a third person hears by WebRTC and then vanishes from.
 *
 *	alice ---- RTP ----> kernel ----> bob		as before
 *	      <--- PLI ----- kernel <---- bob
 *	      <--- NACK ---- kernel <---- bob
 *	      ---- SR -----> kernel
 *	      <- RR, REMB -- kernel
 *	                     kernel --x   carol		30 s after her last check
 *
 *	SWIFTCALL_ALONE=600 build/swiftcall/test_outlive_call 6.0.tb	ten minutes
 */
#include <bpf/bpf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
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

/* The next datagram that has a packet of this kind; false: none in that time. */
static bool hears(int fd, enum rtcp_kind kind, int ms, __u8 bytes[2048],
		  struct rtcp_packet *p)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	while (poll(&wait, 1, ms) > 0) {
		ssize_t len = recv(fd, bytes, 2048, 0);
		struct rtcp_walk walk = rtcp_start(bytes, len < 0 ? 0 : len);

		while (rtcp_next(&walk, p))
			if (p->kind == kind)
				return true;
	}
	return false;
}

static struct rtcp_packet alice_hears(enum rtcp_kind kind, __u8 bytes[2048])
{
	struct rtcp_packet p;

	check_true(hears(alice.fd, kind, patient_ms(5000), bytes, &p),
		   "alice hears nothing of kind %d", kind);
	return p;
}

static void say_rtcp(int fd, const struct rtcp_out *out)
{
	check_int("send", out->len, send(fd, out->bytes, out->len, 0));
}

/*
 * How long nothing is heard of the server until the kernel answers; 0: as long as
 * usual, which a test need not wait for.
 */
static void set_patience(__u64 ns)
{
	int fd = bpf_obj_get(SETTINGS);
	struct settings s;
	__u32 index = 0;

	check_int("settings", 0, bpf_map_lookup_elem(fd, &index, &s));
	check_true(s.beat_ns, "the server should have said that it is there");
	s.patience_ns = ns;
	check_int("settings", 0, bpf_map_update_elem(fd, &index, &s, 0));
	close(fd);
}

static void add_sr(struct rtcp_out *out, __u32 ssrc)
{
	const struct rtcp_sr sr = { .ssrc = ssrc, .ntp = NTP };

	rtcp_add_sr(out, &sr, NULL, 0);
	rtcp_add_cname(out, ssrc, "alice");
}

/* The report that begins a datagram is the answer to this SR. */
static void check_block(const __u8 *bytes, __u32 ssrc, __u32 highest)
{
	const struct rtcp_packet p = {
		.kind = RTCP_RR, .count = 1, .bytes = bytes, .len = 32
	};
	struct rtcp_block b = rtcp_read_block(&p, 0);

	check_uint("RR", 201, bytes[1]);
	check_uint("about", ssrc, b.ssrc);
	check_uint("highest", highest, b.highest);
	check_int("lost", 0, b.lost);
	check_uint("LSR", (__u32)(NTP >> 16), b.last_sr);
}

static void check_report(__u64 bits, __u32 ours)
{
	struct rtcp_out out = { 0 };
	__u8 bytes[2048];
	struct rtcp_packet p;

	add_sr(&out, SSRC);
	say_rtcp(alice.fd, &out);
	p = alice_hears(RTCP_REMB, bytes);
	check_uint("bits per second", bits, rtcp_read_remb(&p));
	check_uint("SSRC of the reporter", ours, p.sender);
	check_block(bytes, SSRC, latest);
}

/* Feedback of WebRTC and of plain RTP begins with a report. */
static void begin_feedback(struct rtcp_out *out)
{
	out->len = 0;
	rtcp_add_rr(out, 9, NULL, 0);
	rtcp_add_cname(out, 9, "bob");
}

/* What GET /metrics says of it. */
static __u64 answers(const char *what)
{
	char name[80];

	snprintf(name, sizeof(name),
		 "swiftcall_rtcp_without_server_total{answer=\"%s\"}", what);
	return metric(name);
}

static void check_feedback(void)
{
	const __u16 lost[] = { 7, 9 };
	struct rtcp_out out;
	__u8 bytes[2048];
	__u16 numbers[4];
	struct rtcp_packet p;

	begin_feedback(&out);
	rtcp_add_pli(&out, 9, told);
	say_rtcp(bob.fd, &out);
	p = alice_hears(RTCP_PLI, bytes);
	check_uint("whose picture", SSRC, p.media);
	out.len = 0;
	rtcp_add_nack(&out, 9, told, lost, 2);
	say_rtcp(bob.fd, &out);
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
	set_patience(1);
	step("it is gone");
	talk(50);
	check_report(bits, ours);
	check_feedback();
	talk(50);
	check_report(bits, ours);
	check_int("start again", 0, server_start(own));
	step("there is another one");
	talk(50);
	check_uint("asked for a picture", 1, answers("keyframe"));
	check_uint("NACKs that went on", 1, answers("nack"));
	check_true(answers("report") >= 2, "the reports are not counted");
	server_kill(own, SIGTERM);
}

/* ---- plain RTP, for as long as you like ---------------------------------- */

#define SECONDS	   3	/* alone, in `make test`; or $SWIFTCALL_ALONE */
#define BEFORE	   2	/* seconds with the server */
#define TICK_MS	   20	/* from one volley to the next */
#define VOLLEY	   8	/* packets */
#define PAYLOAD	   1000 /* bytes of each */
#define CHECK_S	   5	/* from one of carol's checks to the next */
#define AGAIN_MS   200	/* until somebody asks again */
#define LONGEST_MS 1000 /* until the next server serves */

#define CONSENT_S  (CONSENT_NS / NS_PER_SEC)
#define PATIENCE_S (SERVER_PATIENCE_NS / NS_PER_SEC)
#define MOST_AFTER 200 /* seconds with the next server: never that many */

struct numbered {
	struct rtp_hdr rtp;
	__u32 number; /* of the packet: from 0, without wraps */
	char key;     /* bool: a whole picture */
	char rest[PAYLOAD - 5];
} __attribute__((packed));

struct listener {
	int fd;
	const char *name;
	bool *seen; /* which numbers */
	__u32 got;  /* packets, each counted once; and again: */
	__u32 doubled;
	__u32 given_up;
	__u32 key;  /* the number of the latest whole picture */
	__u64 kbps; /* in the latest second */
	__u64 bytes;
	__s64 heard_ms, gap_ms; /* the latest, and the longest pause */
};

static struct {
	struct caller alice, bob;
	struct client carol;
	int rtp, rtcp, feedback; /* sockets: alice's, and bob's for RTCP */
	__u32 told;		 /* what bob calls alice's picture */
	__u32 sent, most, held_back;
	__u32 repairs, pictures, reports;
	struct listener at_bob, at_carol;
	struct consent *consent;     /* carol's */
	__s64 adopted_ms, queued_ms; /* from start to serving; see below */
	bool vanished;
	__u32 deaf; /* the first packet after her consent; 0: none yet */
} plain;

static __u32 seconds_alone(void)
{
	const char *wanted = getenv("SWIFTCALL_ALONE");

	return wanted ? atoi(wanted) : SECONDS;
}

/* Can we wait for her consent to run out? */
static bool is_long(void)
{
	return seconds_alone() >= 3 * CONSENT_S;
}

/* A frame that XDP sent takes a whole page of a socket's room. */
static int open_port(const char *host, __u16 port)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(CALL_PORT) };
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0), room = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	inet_pton(AF_INET, server_ip(server), &to.sin_addr);
	check_int("bind", 0, bind(fd, (struct sockaddr *)&own, sizeof(own)));
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static struct listener listener(const char *name, int fd)
{
	return (struct listener){
		.fd = fd,
		.name = name,
		.seen = calloc(plain.most, sizeof(bool)),
		.heard_ms = clock_now_ms(),
	};
}

/* Bob publishes under alice's SSRC, so that he is told another one for hers. */
static void join_plain(void)
{
	plain.alice = caller("alice");
	plain.bob = caller("bob");
	plain.bob.ssrc[VIDEO] = plain.alice.ssrc[VIDEO];
	join(&plain.bob, "r");
	join(&plain.alice, "r");
	plain.carol = client("carol", false);
	client_join(&plain.carol, "r", SOUND);
	client_connect(&plain.carol);
	listen_to_events(&plain.carol.caller);
	next_offer(&plain.carol.caller);
	client_accept(&plain.carol);
	listen_to_events(&plain.bob);
	next_offer(&plain.bob);
}

/*
 * Bob wants her picture where his own comes from (RFC 4961): RTCP is only heard
 * from there.
 */
static void answer_symmetric(int mline)
{
	char was[32], is[32];
	char *text = answer_text(&plain.bob);

	snprintf(was, sizeof(was), "m=video %u",
		 receiver_port(&plain.bob, mline));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&plain.bob, VIDEO));
	text = edit(text, was, is);
	answer_with(&plain.bob, text);
	free(text);
}

static void call_plain(void)
{
	const struct client bob = { .caller = plain.bob };
	int mline = client_mline(&bob, "video");
	__u16 port = sender_port(&plain.bob, VIDEO);
	__u16 hers = sender_port(&plain.alice, VIDEO);

	answer_symmetric(mline);
	plain.told = plain.bob.offer->media[mline].ssrcs[0].ssrc;
	check_true(plain.told != plain.alice.ssrc[VIDEO],
		   "bob should be told another SSRC");
	plain.most = (seconds_alone() + MOST_AFTER) * 1000 / TICK_MS * VOLLEY;
	plain.at_bob = listener("bob", open_port("bob", port));
	plain.at_carol = listener("carol", plain.carol.fd);
	plain.feedback = open_port("bob", port + 1);
	plain.rtp = open_port("alice", hers);
	plain.rtcp = open_port("alice", hers + 1);
	plain.consent = client_kept_consent(&plain.carol);
}

static void send_number(__u32 number, bool key)
{
	struct numbered n = {
		.rtp = {
			.vpxcc = 0x80,
			.mpt = plain.alice.pt[VIDEO],
			.seq = htons(number),
			.timestamp = htonl(number / VOLLEY * 90 * TICK_MS),
			.ssrc = htonl(plain.alice.ssrc[VIDEO]),
		},
		.number = number,
		.key = key,
	};

	check_true(number < plain.most, "this takes too long");
	if (plain.vanished && !plain.deaf &&
	    clock_now_ns() - plain.consent->renewed_ns >= CONSENT_NS)
		plain.deaf = number;
	check_int("send", sizeof(n), send(plain.rtp, &n, sizeof(n), 0));
}

static void take(struct listener *l, const struct numbered *n)
{
	__s64 now = clock_now_ms();

	check_true(n->number < plain.sent, "%s gets a packet from nowhere",
		   l->name);
	l->doubled += l->seen[n->number];
	l->got += !l->seen[n->number];
	l->seen[n->number] = true;
	l->bytes += sizeof(*n);
	if (n->key)
		l->key = n->number;
	if (now - l->heard_ms > l->gap_ms)
		l->gap_ms = now - l->heard_ms;
	l->heard_ms = now;
}

static void take_waiting(struct listener *l)
{
	struct numbered n;
	ssize_t length;

	while ((length = recv(l->fd, &n, sizeof(n), MSG_DONTWAIT)) > 0)
		if (length == sizeof(n)) /* or STUN, or RTCP */
			take(l, &n);
}

/* All that was sent must come; what does not come in time is lost. */
static void take_all(struct listener *l)
{
	struct pollfd wait = { .fd = l->fd, .events = POLLIN };
	__u32 due = plain.sent - plain.held_back;

	take_waiting(l);
	while (l->got + l->given_up < due && poll(&wait, 1, PATIENCE_MS) > 0)
		take_waiting(l);
	if (l->got + l->given_up < due)
		l->given_up = due - l->got;
}

static void everybody_takes(void)
{
	take_all(&plain.at_bob);
	if (plain.vanished)
		take_waiting(&plain.at_carol);
	else
		take_all(&plain.at_carol);
}

/* Then waits for the next tick; returns true if it is readable before. */
static bool send_volley(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < VOLLEY; i++)
		send_number(plain.sent++, false);
	everybody_takes();
	return poll(&wait, 1, TICK_MS) > 0;
}

static void send_for_a_second(void)
{
	__u64 bob = plain.at_bob.bytes, carol = plain.at_carol.bytes;
	__s64 began = clock_now_ms(), ms;

	do {
		send_volley(-1);
		ms = clock_now_ms() - began;
	} while (ms < 1000);
	plain.at_bob.kbps = (plain.at_bob.bytes - bob) * 8 / ms;
	plain.at_carol.kbps = (plain.at_carol.bytes - carol) * 8 / ms;
}

/* ---- what alice is asked, and told ---------------------------------------- */

/* She must hear something of this kind, if it is said again and again. */
static struct rtcp_packet make_her_hear(enum rtcp_kind kind, int from,
					const struct rtcp_out *out,
					__u8 bytes[2048])
{
	struct rtcp_packet p;

	while (recv(plain.rtcp, bytes, 2048, MSG_DONTWAIT) > 0)
		; /* about what was before */
	for (int left = PATIENCE_MS; left > 0; left -= AGAIN_MS) {
		say_rtcp(from, out);
		if (hears(plain.rtcp, kind, AGAIN_MS, bytes, &p))
			return p;
	}
	fail("alice hears nothing of kind %d", kind);
}

/* A packet is lost before it comes to the kernel; bob misses it, and gets it. */
static void repair(void)
{
	__u32 number = plain.sent++;
	__u16 lost = number, asked = 0;
	struct rtcp_packet p;
	struct rtcp_out out;
	__u8 bytes[2048];

	plain.held_back = 1;
	send_volley(-1);
	check_true(!plain.at_bob.seen[number], "bob has what was not sent");
	begin_feedback(&out);
	rtcp_add_nack(&out, 9, plain.told, &lost, 1);
	p = make_her_hear(RTCP_NACK, plain.feedback, &out, bytes);
	check_uint("whose packet", plain.alice.ssrc[VIDEO], p.media);
	check_uint("numbers", 1, rtcp_read_nack(&p, &asked, 1));
	check_uint("number", lost, asked);
	plain.held_back = 0;
	send_number(number, false);
	everybody_takes();
	plain.repairs += plain.at_bob.seen[number];
}

static void ask_for_picture(void)
{
	struct rtcp_packet p;
	struct rtcp_out out;
	__u8 bytes[2048];

	begin_feedback(&out);
	rtcp_add_pli(&out, 9, plain.told);
	p = make_her_hear(RTCP_PLI, plain.feedback, &out, bytes);
	check_uint("whose picture", plain.alice.ssrc[VIDEO], p.media);
	send_number(plain.sent++, true);
	everybody_takes();
	plain.pictures += plain.at_bob.key == plain.sent - 1;
}

static void report(void)
{
	__u32 ssrc = plain.alice.ssrc[VIDEO];
	struct rtcp_out out = { 0 };
	__u8 bytes[2048];

	add_sr(&out, ssrc);
	make_her_hear(RTCP_RR, plain.rtcp, &out, bytes);
	check_block(bytes, ssrc, plain.sent - 1);
	plain.reports++;
}

/* ---- alone ------------------------------------------------------------------ */

/* Carol says nothing more.  In a short test, that was long ago. */
static void vanish(void)
{
	step("carol vanishes");
	plain.vanished = true;
	if (!is_long())
		plain.consent->renewed_ns -= CONSENT_NS;
}

static void stay_alone(void)
{
	const __u32 seconds = seconds_alone(), half = seconds / 2;
	const __s64 began = clock_now_ms();

	for (__u32 s = 0; s < seconds; s++) {
		if (s == half)
			vanish();
		else if (s < half && s % CHECK_S == 0)
			client_consent(&plain.carol);
		send_for_a_second();
		figure("at_s", (clock_now_ms() - began) / 1e3);
		figure("kbps", plain.at_bob.kbps);
		figure("carol_kbps", plain.at_carol.kbps);
		if (is_long() && s <= PATIENCE_S)
			continue; /* the kernel does not know yet */
		repair();
		ask_for_picture();
		report();
	}
	figure("seconds", (clock_now_ms() - began) / 1e3);
}

/* To bob, all; to carol, none after her consent, and each copy is counted. */
static void check_alone(void)
{
	struct control_totals t;

	call_check_conservation(2ull * plain.sent);
	control_totals(&t);
	check_uint("copies that carol did not get",
		   plain.sent - plain.at_carol.got, t.skipped);
	check_true(plain.deaf, "carol's consent has not run out");
	for (__u32 i = plain.deaf; i < plain.sent; i++)
		check_true(!plain.at_carol.seen[i],
			   "carol got packet %u; her consent ran out before %u",
			   i, plain.deaf);
	figure("carol_sent_to_s",
	       plain.at_carol.heard_ms / 1e3 -
		       (double)plain.consent->renewed_ns / NS_PER_SEC);
	figure("carol_spared", t.skipped);
	figure("gap_alone_ms", plain.at_bob.gap_ms);
}

/* How long a process has waited for a CPU that others had. */
static __s64 queued_ms(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "re");
	check_true(f && fscanf(f, "%*u %llu", &ns) == 1, "%s is not there",
		   path);
	fclose(f);
	return ns / 1000000;
}

/* Media goes on while the next server starts. */
static void start_next(struct server *own)
{
	__s64 began = clock_now_ms();
	int ready;

	set_patience(0);
	plain.at_bob.gap_ms = 0;
	ready = server_launch(own);
	while (!send_volley(ready))
		;
	plain.adopted_ms = clock_now_ms() - began;
	plain.queued_ms = queued_ms(own->pid);
	check_int("start again", 0, server_wait(own, ready));
	check_uint("people", 3, people_in("r"));
	figure("adopted_ms", plain.adopted_ms);
	figure("queued_ms", plain.queued_ms);
	figure("people_known_ms", clock_now_ms() - began);
	send_for_a_second();
	figure("gap_restart_ms", plain.at_bob.gap_ms);
}

static void check_all(void)
{
	figure("packets", plain.sent);
	figure("lost", plain.sent - plain.at_bob.got);
	figure("doubled", plain.at_bob.doubled);
	figure("reports", plain.reports);
	figure("repairs", plain.repairs);
	figure("pictures", plain.pictures);
	check_uint("packets lost", 0, plain.sent - plain.at_bob.got);
	check_uint("packets doubled", 0, plain.at_bob.doubled);
	check_true(!is_long() ||
			   plain.adopted_ms - plain.queued_ms < LONGEST_MS,
		   "the next server served after %lld ms, and waited %lld ms "
		   "of them for a CPU",
		   (long long)plain.adopted_ms, (long long)plain.queued_ms);
}

TEST("6.0.tb", plain_outlives,
     "so it does with plain RTP, but sends nothing to who vanishes",
     .seconds = 60, .longer = "SWIFTCALL_ALONE")
{
	struct server *own;

	server = &servers[0];
	own = start_own((struct server){ .extra = { "--mode=xdp" } });
	join_plain();
	call_plain();
	for (int i = 0; i < BEFORE; i++) {
		send_for_a_second();
		figure("kbps_before", plain.at_bob.kbps);
	}
	server_kill(own, SIGKILL);
	if (!is_long())
		set_patience(1);
	stay_alone();
	check_alone();
	start_next(own);
	ask_for_picture();
	check_all();
	server_kill(own, SIGTERM);
}
