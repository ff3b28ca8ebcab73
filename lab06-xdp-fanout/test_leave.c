// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Copies on their way out, in the whole plane: what alice sends comes to bob,
 * carol and dave, by XDP where it can and by TC where not.
 *
 *	alice --- switch --- eth0 server      a frame, or a burst of frames that
 *	            |          fanout()       the test puts into fanout() itself:
 *	   bob, carol, dave    leave()        they leave together, in one bulk
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loader.h"
#include "common/xdp_target.h"
#include "lab01-xdp-parse/test_cursor.h"
#include "lab03-maps/testlib/call.h"
#include "lab03-maps/transports.h"
#include "lab06-xdp-fanout/flight.h"
#include "lab06-xdp-fanout/plane_xdp.h"
#include "lab06-xdp-fanout/testlib/xdp_stats.h"
#include "lab06/fan_probe.skel.h"

TEST_SETUP(call_set_up)

const struct plane *const call_planes[] = { &plane_xdp, &plane_tc, NULL };

#define SSRC	   0x14e6e8a5
#define FIRST_PORT 10000 /* of bob's legs, where he has many */
#define MOST_LEGS  130

static const char *const receivers[] = { "bob", "carol", "dave" };

#define RECEIVERS (sizeof(receivers) / sizeof(*receivers))

static struct {
	int from_alice, to[RECEIVERS];
	__u32 stream, id[RECEIVERS];
} call;

/* ---- the call ------------------------------------------------------------ */

static void publish(void)
{
	call.stream = call_publish(call_join("r", "alice"), "alice", SSRC);
	call.from_alice = inject_open("alice", "eth0");
}

/* alice publishes, and three get a copy each. */
static void open_call(void)
{
	call_need_redirects();
	call_open();
	publish();
	for (size_t i = 0; i < RECEIVERS; i++) {
		call.id[i] = call_join("r", receivers[i]);
		call.to[i] = capture_open(receivers[i], "eth0");
	}
	call_commit();
}

static void send_and_expect(__u16 seq)
{
	struct packet_spec rtp = call_rtp("alice", SSRC, seq);

	call_send(call.from_alice, rtp);
	for (size_t i = 0; i < RECEIVERS; i++)
		call_expect(call.to[i], call_copy(rtp, receivers[i]));
}

static __u64 xdp_frames(void)
{
	return xdp_stat("eth0", "_xdp_xmit");
}

/* ---- frames that the test puts into XDP itself ------------------------------ */

static void run_live(int program, const struct frame *frame, int times)
{
	struct xdp_md from = {
		.data_end = frame->len,
		.ingress_ifindex = if_nametoindex("eth0"),
	};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame->data,
		    .data_size_in = frame->len, .ctx_in = &from,
		    .ctx_size_in = sizeof(from), .repeat = times,
		    .batch_size = times, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int err = bpf_prog_test_run_opts(program, &run);

	check_true(!err, "BPF_PROG_TEST_RUN: %s", strerror(-err));
}

static int open_fanout(void)
{
	__u32 id = 0;
	int fd;

	check_int("XDP of eth0", 0,
		  bpf_xdp_query_id(if_nametoindex("eth0"), 0, &id));
	fd = bpf_prog_get_fd_by_id(id);
	check_true(fd >= 0, "cannot open the program of eth0: %s",
		   strerror(errno));
	return fd;
}

/* ---- 6.5: each clone is somebody's ------------------------------------------- */

TEST("6.5.a", every_leg, "every leg gets its copy, and by XDP",
     .isolated = true)
{
	__u64 before;

	open_call();
	before = xdp_frames();
	for (int seq = 0; seq < 5; seq++)
		send_and_expect(seq);
	check_uint("frames that XDP has sent", 5 * RECEIVERS,
		   xdp_frames() - before);
}

/*
 * All of these flights begin before the first of their clones leaves: five times
 * three clones find room in one bulk.
 */
TEST("6.5.b", burst, "five packets in one bulk: every leg gets five",
     .isolated = true)
{
	struct packet_spec rtp = call_rtp("alice", SSRC, 7);
	struct frame frame;

	open_call();
	call_build(&frame, &rtp);
	run_live(open_fanout(), &frame, 5);
	for (size_t i = 0; i < RECEIVERS; i++)
		for (int n = 0; n < 5; n++) {
			step("%s, copy %d", receivers[i], n + 1);
			call_expect(call.to[i], call_copy(rtp, receivers[i]));
		}
}

/* Sixteen fill a bulk, and the kernel sends it in the midst of a broadcast. */
TEST("6.5.c", bulks, "sixty-four packets, over several bulks", .isolated = true)
{
	struct packet_spec rtp = call_rtp("alice", SSRC, 7);
	struct frame frame;

	open_call();
	call_build(&frame, &rtp);
	run_live(open_fanout(), &frame, 64);
	for (size_t i = 0; i < RECEIVERS; i++)
		for (int n = 0; n < 64; n++) {
			step("%s, copy %d", receivers[i], n + 1);
			call_expect(call.to[i], call_copy(rtp, receivers[i]));
		}
}

static struct fan_probe_bpf *load_stray(void)
{
	struct fan_probe_bpf *probe = fan_probe_bpf__open();
	int cpus = libbpf_num_possible_cpus();

	if (!probe)
		fail("cannot open fan_probe.bpf.o: %s", strerror(errno));
	bpf_map__set_max_entries(probe->maps.fan_flights, FLIGHTS * cpus);
	bpf_map__set_max_entries(probe->maps.fan_cpus, cpus);
	bpf_map__set_max_entries(probe->maps.fan_watches, cpus);
	check_int("load", 0, dataplane_load(probe->skeleton, DEFAULT_PIN_DIR));
	return probe;
}

/*
 * Sends a frame with this number to the fan of three copies.  It would come to
 * bob if nobody dropped it.
 */
static void send_stray(struct fan_probe_bpf *probe, __u32 number)
{
	struct packet_spec rtp = call_rtp("alice", SSRC, 99);
	struct frame frame;

	call_build(&frame, &rtp);
	memcpy(frame.data, sandbox_host("bob")->mac, ETH_ALEN);
	memcpy(frame.data + ETH_ALEN, &number, sizeof(number));
	probe->bss->fan = RECEIVERS - 1; /* of port 0 */
	run_live(bpf_program__fd(probe->progs.probe_stray), &frame, 1);
}

/* Nothing but the copies of the packet that follows. */
TEST("6.5.d", strays,
     "a clone of no flight, or behind the last leg, is dropped",
     .isolated = true)
{
	struct fan_cpu cpu = {};
	struct fan_probe_bpf *probe;
	__u32 key;

	open_call();
	check_int("CPU", 0, stay_on_this_cpu());
	key = sched_getcpu();
	send_and_expect(0);
	probe = load_stray();
	step("a number that no flight has");
	send_stray(probe, 0xdeadbe);
	send_and_expect(1);
	check_int("fan_cpus", 0,
		  bpf_map__lookup_elem(probe->maps.fan_cpus, &key, sizeof(key),
				       &cpu, sizeof(cpu), 0));
	step("flight %u, whose copies have left", cpu.flights);
	send_stray(probe, cpu.flights);
	send_and_expect(2);
	check_uint("legs looked for in vain", 0, call_verdict(DROP_STALE_LEG));
}

/* bob takes no payload type of alice's; what carol agreed to has run out. */
static void turn_away_bob_and_carol(void)
{
	const struct consent long_ago = { .renewed_ns = 1 };
	struct sink sink = { .pt = { NO_PT } };

	sink.transport = call_direct(call.id[0], "bob", SENDER_PORT);
	check_int("bob's sink", 0,
		  control_set_sink(call.id[0], call.stream, &sink));
	sink.transport = call_direct(call.id[1], "carol", SENDER_PORT);
	sink.pt[0] = 96;
	check_int("carol's sink", 0,
		  control_set_sink(call.id[1], call.stream, &sink));
	check_int("carol's consent", 0,
		  control_set_consent(sink.transport, &long_ago));
	call_commit();
}

TEST("6.5.e", skipped, "a leg that gets no copy has had its turn, too",
     .isolated = true)
{
	struct packet_spec rtp;
	struct control_totals t;
	__u64 before;

	open_call();
	turn_away_bob_and_carol();
	before = xdp_frames();
	for (int seq = 0; seq < 3; seq++) {
		step("packet %d: bob and carol are skipped, dave is not", seq);
		rtp = call_rtp("alice", SSRC, seq);
		call_send(call.from_alice, rtp);
		call_expect(call.to[2], call_copy(rtp, "dave"));
	}
	control_totals(&t);
	check_uint("copies skipped, of bob and carol", 6, t.skipped);
	check_uint("frames that XDP has sent, to dave", 3,
		   xdp_frames() - before);
}

/* ---- 6.8: more legs than a fan has entries ------------------------------------ */

/* bob has many legs, each with a port of its own. */
static void open_long_call(int legs)
{
	struct ip_addr addr = call_address("bob", false);
	char name[16];
	__u32 id;

	call_need_redirects();
	call_open();
	publish();
	for (int i = 0; i < legs; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		check_int("join", 0,
			  control_join("r", name, MOST_LEGS + 2, &id));
		check_int("deliver", 0,
			  control_set_address(id, &addr,
					      htons(FIRST_PORT + i)));
	}
	call.to[0] = capture_open("bob", "eth0");
	call_commit();
}

static void take_all(const struct packet_spec *rtp, int legs)
{
	bool seen[MOST_LEGS] = {};
	struct frame expected, got;
	struct packet_spec copy = call_copy(*rtp, "bob");

	for (int n = 0; n < legs; n++) {
		int err = capture_next(call.to[0], &got, PATIENCE_MS), leg;

		check_true(!err, "%d of %d copies have not come: %s", legs - n,
			   legs, strerror(-err));
		leg = (got.data[36] << 8 | got.data[37]) - FIRST_PORT;
		check_true(leg >= 0 && leg < legs, "a copy came to port %d",
			   leg + FIRST_PORT);
		check_true(!seen[leg], "leg %d got two copies", leg);
		seen[leg] = true;
		copy.udp.dport = FIRST_PORT + leg;
		call_build(&expected, &copy);
		check_packet(&expected, &got);
	}
}

/* Later the plane looks at all flights again: is there anybody left? */
static void await_watch(void)
{
	int fd = bpf_obj_get(DEFAULT_PIN_DIR "/fan_cpus");
	__s64 until = clock_now_ms() + PATIENCE_MS;
	struct fan_cpu now;

	check_true(fd >= 0, "fan_cpus: %s", strerror(errno));
	for (__u32 cpu = 0; !bpf_map_lookup_elem_flags(fd, &cpu, &now, 0);) {
		check_true(clock_now_ms() < until,
			   "nobody has looked at flight %u", now.flights);
		if (now.settled == now.flights)
			cpu++;
	}
	close(fd);
}

static void check_long(int legs)
{
	struct packet_spec rtp;
	__u64 before;

	open_long_call(legs);
	before = xdp_frames();
	for (int n = 0; n < 3; n++) {
		rtp = call_rtp("alice", SSRC, n);
		rtp.payload_len = 20 + 97 * n;
		step("packet %d", n);
		call_send(call.from_alice, rtp);
		take_all(&rtp, legs);
	}
	check_uint("frames that XDP has sent", 3 * legs, xdp_frames() - before);
	await_watch();
	call_check_conservation(3 * legs);
}

TEST("6.8.a", one_more, "65 legs: one copy goes round", .isolated = true)
{
	check_long(65);
}

TEST("6.8.b", two_rounds, "129 legs: it goes round twice", .isolated = true)
{
	check_long(129);
}

/* The end where frames come in again is taken down: the ring is gone. */
TEST("6.8.c", broken_loop, "what cannot go round has failed, to the copy",
     .isolated = true)
{
	struct packet_spec rtp = call_rtp("alice", SSRC, 0);
	struct control_totals t;

	open_long_call(100);
	check_int("ip", 0,
		  sandbox_run(NULL, "for i in /sys/class/net/sfu*b; do ip link "
				    "set ${i##*/} down; done"));
	call_send(call.from_alice, rtp);
	call_check_conservation(100);
	await_watch();
	call_check_conservation(100);
	control_totals(&t);
	check_uint("sent", 64, t.sent);
	check_uint("failed", 36, t.failed);
}

/* ---- 6.9: does it arrive? ------------------------------------------------------ */

/* What the plane knows of an interface; false: it is no port. */
static bool find_port(const char *ifname, struct port *port)
{
	__u32 ifindex = if_nametoindex(ifname);
	int fd = bpf_obj_get(DEFAULT_PIN_DIR "/fan_ports");

	check_true(fd >= 0, "fan_ports: %s", strerror(errno));
	return !bpf_map_lookup_elem_flags(fd, &ifindex, port, 0);
}

static void make_port(const char *ifname)
{
	const struct port port = { .takes_copies = true };
	__u32 ifindex = if_nametoindex(ifname);
	int fd = bpf_obj_get(DEFAULT_PIN_DIR "/fan_ports");

	check_int("fan_ports", 0,
		  bpf_map_update_elem(fd, &ifindex, &port, BPF_ANY));
	close(fd);
}

TEST("6.9.a", nobody_polls, "nobody at the other end: TC makes the copies",
     .isolated = true)
{
	struct port port = {};

	check_int("ethtool", 0,
		  sandbox_run("switch", "ethtool -K server gro off"));
	open_call();
	check_true(find_port("eth0", &port), "eth0 is no port");
	check_uint("takes_copies", 0, port.takes_copies);
	send_and_expect(0);
	check_uint("frames that XDP has sent", 0, xdp_frames());
	call_check_conservation(RECEIVERS);
}

TEST("6.9.b", somebody_polls, "somebody polls there: XDP makes them",
     .isolated = true)
{
	struct port port = {};

	call_need_redirects();
	call_open();
	check_true(find_port("eth0", &port), "eth0 is no port");
	check_uint("takes_copies", 1, port.takes_copies);
}

/* The log as it is written, and what it says meanwhile. */
static void open_and_listen(char *said, size_t size)
{
	int usual = dup(STDERR_FILENO), paper = memfd_create("log", 0);
	ssize_t len;

	check_true(usual >= 0 && paper >= 0, "memfd: %s", strerror(errno));
	dup2(paper, STDERR_FILENO);
	call_open();
	dup2(usual, STDERR_FILENO);
	len = pread(paper, said, size - 1, 0);
	check_true(len >= 0, "read: %s", strerror(errno));
	said[len] = '\0';
	fputs(said, stderr);
	close(paper);
	close(usual);
}

TEST("6.9.d", told, "whoever attaches it is told why TC makes the copies",
     .isolated = true)
{
	char said[4096], why[XDP_WHY];

	call_need_redirects();
	check_int("ethtool", 0,
		  sandbox_run("switch", "ethtool -K server gro off"));
	check_int("may copies leave by eth0?", XDP_TARGET_NO,
		  xdp_target_query(if_nametoindex("eth0"), why));
	open_and_listen(said, sizeof(said));
	check_true(strstr(said, why),
		   "no warning says what xdp_target_query() has found: %s",
		   why);
}

TEST("6.9.c", generic, "where XDP is generic, TC makes all copies",
     .isolated = true)
{
	static const char *const lo[] = { "lo", NULL };
	struct dataplane_options o = {
		.plane = &plane_xdp,
		.planes = call_planes,
		.pin_dir = DEFAULT_PIN_DIR,
		.ifaces = lo,
		.media = { .port = htons(CALL_PORT) },
	};
	struct port port;
	bool adopted;
	int holder;

	check_int("lock", 0, dataplane_lock(DEFAULT_PIN_DIR, &holder));
	check_int("attach", 0, dataplane_attach(&o, &adopted));
	check_str("lo", "generic XDP", loader_xdp_mode(if_nametoindex("lo")));
	check_true(!find_port("lo", &port), "lo is a port");
	make_port("lo");
	step("it was a port before");
	check_int("attach again", 0, dataplane_attach(&o, &adopted));
	check_true(!find_port("lo", &port), "lo is still a port");
}
