// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What only the plane xdp has: broadcasts and their limits.
 *
 *	alice --- switch --- eth0 server eth9 --- bob
 *	            |              eth8 --- carol
 *	        bob, carol
 *
 * A broadcast makes 64 copies for one interface.  The rest of a list gets its
 * copies when the frame has gone round, and each change of the interface is a
 * round as well.  What a ring refuses, and what a device that went down would
 * have got, has failed: counted, to the copy.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "lab03-maps/testlib/call.h"
#include "lab06-xdp-fanout/plane_xdp.h"
#include "lab06-xdp-fanout/testlib/xdp_stats.h"

TEST_SETUP(call_set_up)

#define SSRC	   0x14e6e8a5
#define FIRST_PORT 10000
#define MOST_LEGS  1000

const struct plane *const call_planes[] = { &plane_xdp, &plane_tc, NULL };

static const char *const all_links[] = { "eth0", "eth9", "eth8", NULL };

/* Where receivers may be; the last three bytes of a MAC make it unique. */
static const struct place {
	const char *host, *ifname, *ip, *server_ip;
	uint8_t mac[ETH_ALEN], server_mac[ETH_ALEN];
} places[] = {
	{ "bob",
	  "eth9",
	  "10.9.0.2",
	  "10.9.0.254",
	  { 2, 0, 10, 9, 0, 2 },
	  { 2, 0, 10, 9, 0, 254 } },
	{ "carol",
	  "eth8",
	  "10.8.0.2",
	  "10.8.0.254",
	  { 2, 0, 10, 8, 0, 2 },
	  { 2, 0, 10, 8, 0, 254 } },
	{ "bob",
	  "eth0",
	  "10.0.7.2",
	  "10.0.7.254",
	  { 2, 0, 10, 0, 7, 2 },
	  { 2, 0, 10, 0, 7, 254 } },
};

enum { BOB9, CAROL8, BOB0, PLACES };

static struct {
	__u32 alice, stream, receiver[MOST_LEGS];
	int legs, from_alice;
	__u64 sent_before; /* frames, by XDP */
} call;

/* ---- the call ------------------------------------------------------------ */

static void add_link(const struct place *p)
{
	const char *host = p->host, *ifname = p->ifname;
	int net = p->ip[3] - '0';

	check_int(
		"ip", 0,
		sandbox_run(
			NULL,
			"ip link add %s address 02:00:0a:%02x:00:fe type veth "
			"peer name %s address 02:00:0a:%02x:00:02 netns %s && "
			"ip address add 10.%d.0.254/24 dev %s && "
			"ip link set %s up && ip -n %s link set %s up && "
			"ip netns exec %s ethtool -K %s gro on && "
			"ip neigh add %s lladdr 02:00:0a:%02x:00:02 dev %s",
			ifname, net, ifname, net, host, net, ifname, ifname,
			host, ifname, host, ifname, p->ip, net, ifname));
}

static int try_up(const struct plane *plane, const char *const *ifaces)
{
	struct dataplane_options o = {
		.plane = plane,
		.planes = call_planes,
		.pin_dir = DEFAULT_PIN_DIR,
		.ifaces = ifaces,
		.media = { .port = htons(CALL_PORT) },
	};
	bool adopted;

	return dataplane_attach(&o, &adopted);
}

static void put_up(const struct plane *plane, const char *const *ifaces)
{
	check_int("attach", 0, try_up(plane, ifaces));
}

static struct plane plane; /* plane_xdp, but for what a test changes */

static void open_plane(const char *const *ifaces)
{
	int holder;

	if (!plane.name)
		plane = plane_xdp;
	add_link(&places[BOB9]);
	add_link(&places[CAROL8]);
	check_int("lock", 0, dataplane_lock(DEFAULT_PIN_DIR, &holder));
	put_up(&plane_xdp, ifaces);
	check_int("open", 0,
		  control_open(&plane, DEFAULT_PIN_DIR, htons(CALL_PORT)));
}

/* Receiver i is at a port of its own, at the place that `where` says. */
static void join_receivers(int legs, int (*where)(int i))
{
	struct ip_addr addr;
	char name[16];

	for (int i = 0; i < legs; i++) {
		addr = ip_addr_v4(inet_addr(places[where(i)].ip));
		snprintf(name, sizeof(name), "p%d", i);
		check_int("join", 0,
			  control_join("r", name, MOST_LEGS + 2,
				       &call.receiver[i]));
		check_int("deliver", 0,
			  control_set_address(call.receiver[i], &addr,
					      htons(FIRST_PORT + i)));
	}
	call.legs = legs;
	call_commit();
}

static int at_bob9(int i)
{
	(void)i;
	return BOB9;
}

static __u64 count_frames(void)
{
	return xdp_stat("eth0", "_xdp_xmit") + xdp_stat("eth9", "_xdp_xmit") +
	       xdp_stat("eth8", "_xdp_xmit");
}

/* How many frames have left without an skb since the call was opened. */
static __u64 xdp_frames(void)
{
	return count_frames() - call.sent_before;
}

static void open_call(const char *const *ifaces, int legs, int (*where)(int i))
{
	call_need_redirects();
	open_plane(ifaces);
	call.alice = call_join("r", "alice");
	call.stream = call_publish(call.alice, "alice", SSRC);
	join_receivers(legs, where);
	call.from_alice = inject_open("alice", "eth0");
	call.sent_before = count_frames();
}

/* ---- every leg, once -------------------------------------------------------- */

static struct packet_spec copy_for(const struct packet_spec *sent, int leg,
				   const struct place *place)
{
	struct packet_spec copy = *sent;

	copy.eth.src = place->server_mac;
	copy.eth.dst = place->mac;
	copy.ip.src = place->server_ip;
	copy.ip.dst = place->ip;
	copy.ip.ttl--;
	copy.udp.sport = CALL_PORT;
	copy.udp.dport = FIRST_PORT + leg;
	return copy;
}

static int leg_of(const struct frame *f)
{
	int leg = (f->data[36] << 8 | f->data[37]) - FIRST_PORT;

	check_true(leg >= 0 && leg < call.legs, "a copy came to port %d",
		   leg + FIRST_PORT);
	return leg;
}

/* Takes the copies that are due at a place, each of which must be right. */
static void take_copies(int capture, const struct packet_spec *sent, int at,
			int (*where)(int i), bool seen[MOST_LEGS])
{
	struct packet_spec copy;
	struct frame expected, got;
	int due = 0;

	for (int i = 0; i < call.legs; i++)
		due += where(i) == at;
	step("%d copies must come to %s, %s", due, places[at].host,
	     places[at].ifname);
	while (due--) {
		int err = capture_next(capture, &got, PATIENCE_MS), leg;

		check_true(!err, "%d copies have not come: %s", due + 1,
			   strerror(-err));
		leg = leg_of(&got);
		check_true(!seen[leg], "leg %d got two copies", leg);
		seen[leg] = true;
		copy = copy_for(sent, leg, &places[at]);
		call_build(&expected, &copy);
		check_packet(&expected, &got);
	}
}

/* Sends packets one by one, to legs at places, and takes all of their copies. */
static void check_everybody(int packets, int (*where)(int i))
{
	struct packet_spec spec;
	int capture[PLACES];

	for (int at = 0; at < PLACES; at++)
		capture[at] = capture_open(places[at].host, places[at].ifname);
	for (int n = 0; n < packets; n++) {
		bool seen[MOST_LEGS] = {};

		spec = call_rtp("alice", SSRC, n);
		spec.payload_len = 20 + 97 * n;
		call_send(call.from_alice, spec);
		for (int at = 0; at < PLACES; at++)
			take_copies(capture[at], &spec, at, where, seen);
	}
	for (int at = 0; at < PLACES; at++)
		close(capture[at]);
	call_check_conservation((__u64)packets * call.legs);
}

static void check_size(int legs)
{
	struct control_totals t;

	open_call(all_links, legs, at_bob9);
	check_everybody(5, at_bob9);
	control_totals(&t);
	check_uint("sent", 5 * legs, t.sent);
	check_uint("frames that XDP has sent", t.sent, xdp_frames());
}

TEST("6.0.fa", one_broadcast, "63 legs: one broadcast", .isolated = true)
{
	check_size(63);
}

TEST("6.0.fb", full_broadcast, "64 legs: a full one", .isolated = true)
{
	check_size(64);
}

TEST("6.0.fc", one_more, "65 legs: one goes round", .isolated = true)
{
	check_size(65);
}

TEST("6.0.fd", two_full, "128 legs: two full ones", .isolated = true)
{
	check_size(128);
}

TEST("6.0.fe", two_and_one, "129 legs: two rounds", .isolated = true)
{
	check_size(129);
}

TEST("6.0.ff", thousand, "1,000 legs, each one copy", .isolated = true,
     .seconds = 20)
{
	check_size(1000);
}

/* The name depends on the pin directory, so the first of its kind is taken. */
static void find_loop(char name[IF_NAMESIZE])
{
	struct if_nameindex *all = if_nameindex();

	*name = '\0';
	for (struct if_nameindex *i = all; i && i->if_name; i++)
		if (!strncmp(i->if_name, "sfu", 3) &&
		    i->if_name[strlen(i->if_name) - 1] == 'a')
			snprintf(name, IF_NAMESIZE, "%s", i->if_name);
	if_freenameindex(all);
	check_true(*name, "there should be a loop");
}

/* How often a frame has gone round. */
static __u64 rounds(void)
{
	char loop[IF_NAMESIZE];

	find_loop(loop);
	return xdp_stat(loop, "_xdp_xmit");
}

/* ---- several interfaces ---------------------------------------------------- */

static int by_two(int i)
{
	return i % 2 ? BOB9 : BOB0;
}

static int by_three(int i)
{
	return i % PLACES;
}

/* 70 here, 70 there, and then each by turns. */
static int in_blocks(int i)
{
	return i < 70 ? BOB9 : i < 140 ? CAROL8 : i % PLACES;
}

TEST("6.0.fg", two_links, "legs by two interfaces, by turns", .isolated = true)
{
	open_call(all_links, 20, by_two);
	check_everybody(5, by_two);
	check_uint("frames that XDP has sent", 5 * 20, xdp_frames());
	check_uint("rounds", 5 * 1, rounds());
}

TEST("6.0.fh", three_links, "legs by three interfaces, by turns",
     .isolated = true)
{
	open_call(all_links, 100, by_three);
	check_everybody(5, by_three);
	check_uint("frames that XDP has sent", 5 * 100, xdp_frames());
	check_uint("rounds", 5 * 2, rounds());
}

TEST("6.0.fi", blocks, "legs by three interfaces, in blocks above 64",
     .isolated = true)
{
	open_call(all_links, 200, in_blocks);
	check_everybody(5, in_blocks);
	check_uint("frames that XDP has sent", 5 * 200, xdp_frames());
	check_uint("rounds", 5 * 4, rounds());
}

TEST("6.0.fj", not_served,
     "a leg by an interface that is not served: TC does it", .isolated = true)
{
	static const char *const ifaces[] = { "eth0", "eth9", NULL };

	open_call(ifaces, 30, by_three);
	check_everybody(5, by_three);
	check_uint("frames that XDP has sent", 0, xdp_frames());
}

/* ---- counting what arrives ---------------------------------------------------- */

/* Counts the IPv4 frames that come to a place from now on. */
static int counter_open(const struct place *p)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(ETH_P_IP) };
	struct ifreq ifr = {};
	int fd = sandbox_socket(p->host, AF_PACKET, SOCK_RAW, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->ifname);
	check_int("interface", 0, ioctl(fd, SIOCGIFINDEX, &ifr));
	where.sll_ifindex = ifr.ifr_ifindex;
	check_int("bind", 0,
		  bind(fd, (struct sockaddr *)&where, sizeof(where)));
	return fd;
}

/* So many have come since the last question. */
static __u64 count_arrived(int counter)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	check_int("PACKET_STATISTICS", 0,
		  getsockopt(counter, SOL_PACKET, PACKET_STATISTICS, &stats,
			     &len));
	return stats.tp_packets;
}

/* What has been sent arrives: no more, and no less. */
static void check_arrived(int counter, __u64 sent)
{
	__s64 until = clock_now_ms() + PATIENCE_MS;
	__u64 arrived = 0;

	while (arrived < sent && clock_now_ms() < until) {
		arrived += count_arrived(counter);
		sched_yield();
	}
	arrived += count_arrived(counter);
	check_uint("copies that have arrived", sent, arrived);
}

/* All copies of all packets so far; returns the totals. */
static struct control_totals check_law(int legs)
{
	struct control_totals t;

	control_totals(&t);
	check_uint("copies due", t.packets * legs, t.copies);
	call_check_conservation(t.copies);
	control_totals(&t);
	return t;
}

static void send_some(int packets)
{
	struct packet_spec spec = call_rtp("alice", SSRC, 0);
	struct frame frame;

	spec.payload_len = 20;
	call_build(&frame, &spec);
	for (int i = 0; i < packets; i++)
		check_int("inject_send", 0,
			  inject_send(call.from_alice, &frame));
}

static void await_packets(__u64 packets)
{
	__s64 until = clock_now_ms() + PATIENCE_MS;

	while (call_verdict(CLASS_RTP) < packets)
		check_true(clock_now_ms() < until,
			   "%llu of %llu packets are counted",
			   call_verdict(CLASS_RTP), packets);
}

/* ---- one round after the other --------------------------------------------- */

#define SLOW_MS 100

/* Legs of which three rounds are due; the second and third wait. */
#define SLOW_LEGS 200

/* Runs a command in the folder of the loop's receiving end. */
static void at_back(const char *command)
{
	char loop[IF_NAMESIZE];

	find_loop(loop);
	loop[strlen(loop) - 1] = 'b';
	check_int(command, 0,
		  sandbox_run(NULL, "cd /sys/class/net/%s && %s", loop,
			      command));
}

static void slow_down(void)
{
	step("a round each %d ms", SLOW_MS);
	at_back("echo 100000000 >gro_flush_timeout");
}

/* No timer runs before its time, on a busy machine neither. */
TEST("6.0.fk", paced, "each round waits for the timer", .isolated = true)
{
	__s64 began;

	open_call(all_links, SLOW_LEGS, at_bob9);
	at_back("test $(cat gro_flush_timeout) = 25000");
	at_back("test $(cat napi_defer_hard_irqs) = 1");
	slow_down();
	began = clock_now_ms();
	check_everybody(1, at_bob9);
	check_uint("rounds", 3, rounds());
	check_true(clock_now_ms() - began >= 2 * SLOW_MS,
		   "the second and the third round did not wait");
}

static int64_t two_seconds(__u32 legs)
{
	(void)legs;
	return 2000000000;
}

/*
 * The frame between two rounds is in no RCU read section, but it will read the
 * rest of the old list.
 */
TEST("6.0.fl", swapped_meanwhile,
     "a list is swapped while a frame waits for its next round: nobody loses "
     "a copy",
     .isolated = true, .seconds = 20)
{
	struct control_totals t;
	int counter;

	plane = plane_xdp;
	plane.pause_ns = two_seconds;
	open_call(all_links, SLOW_LEGS, at_bob9);
	slow_down();
	counter = counter_open(&places[BOB9]);
	send_some(1);
	await_packets(1);
	control_subscribe(call.receiver[SLOW_LEGS - 1], 0, 0);
	call_commit();
	t = check_law(SLOW_LEGS);
	check_uint("stale", 0, t.stale);
	check_uint("sent", SLOW_LEGS, t.sent);
	check_arrived(counter, t.sent);
}

/* ---- a ring that is full ---------------------------------------------------- */

/*
 * bob's end is read by a thread, which has to wait while this CPU makes copies:
 * they have no more room than his ring of 256.
 */
TEST("6.0.ga", ring_full, "what the ring refuses has failed, to the copy",
     .isolated = true, .seconds = 20)
{
	struct control_totals t;
	int counter;

	open_call(all_links, 1000, at_bob9);
	check_int("threaded NAPI", 0,
		  sandbox_run(NULL, "ip netns exec bob sh -c 'echo 1 "
				    ">/sys/class/net/eth9/threaded'"));
	counter = counter_open(&places[BOB9]);
	send_some(20);
	await_packets(20);
	t = check_law(1000);
	check_uint("packets", 20, t.packets);
	check_true(t.failed > 0, "the ring has never been full");
	check_arrived(counter, t.sent);
}

/* ---- several CPUs ------------------------------------------------------------ */

static pid_t start_sender(int cpu, const char *host, __u32 ssrc, int packets)
{
	struct packet_spec spec = call_rtp(host, ssrc, 0);
	struct frame frame;
	cpu_set_t one;
	int injector;
	pid_t pid = fork();

	if (pid)
		return pid;
	injector = inject_open(host, "eth0");
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check_int("CPU", 0, sched_setaffinity(0, sizeof(one), &one));
	spec.payload_len = 20;
	call_build(&frame, &spec);
	while (packets--)
		check_int("inject_send", 0, inject_send(injector, &frame));
	_exit(0);
}

static void await_sender(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	check_int("status of a sender", 0, status);
}

TEST("6.0.gb", two_cpus, "two CPUs send at once: every copy is accounted for",
     .isolated = true, .seconds = 30)
{
	__u32 dave;
	struct control_totals t;
	int counter;
	pid_t a, b;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip("there is one CPU only");
	open_call(all_links, 70, at_bob9);
	dave = call_join("r", "dave");
	call_publish(dave, "dave", SSRC + 1);
	control_subscribe(dave, 0, 0);
	control_subscribe(call.alice, 0, 0);
	call_commit();
	counter = counter_open(&places[BOB9]);
	a = start_sender(0, "alice", SSRC, 2000);
	b = start_sender(1, "dave", SSRC + 1, 2000);
	await_sender(a);
	await_sender(b);
	t = check_law(70);
	check_true(control_counters(call.stream)->packets &&
			   t.packets > control_counters(call.stream)->packets,
		   "one of the CPUs has sent nothing");
	check_uint("stale", 0, t.stale);
	check_arrived(counter, t.sent);
}

/* inject_open() has tied this process to the sender's CPU. */
static void leave_this_cpu(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

/* ---- lists that change ------------------------------------------------------ */

static pid_t flood(void)
{
	struct packet_spec spec = call_rtp("alice", SSRC, 0);
	struct frame frame;
	pid_t pid;

	spec.payload_len = 20;
	call_build(&frame, &spec);
	pid = fork();
	if (pid)
		return pid;
	for (;;)
		inject_send(call.from_alice, &frame);
}

/* RTCP comes last: when it has been counted, all before it has been forwarded. */
static void end_flood(pid_t sender)
{
	struct packet_spec rtcp = call_rtp("alice", SSRC, 1);

	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	rtcp.last = PACKET_UDP;
	rtcp.payload = "\x80\xc9\x00\x01\x00\x00\x00\x01"; /* an empty RR */
	rtcp.payload_len = 8;
	while (!call_verdict(CLASS_RTCP))
		call_send(call.from_alice, rtcp);
}

TEST("6.0.gc", lists_change,
     "lists of more than 64 are swapped under load: all is accounted for",
     .isolated = true, .seconds = 30)
{
	struct control_totals t;
	__u64 packets;
	int counter;
	pid_t sender;

	open_call(all_links, 100, at_bob9);
	counter = counter_open(&places[BOB9]);
	sender = flood();
	leave_this_cpu();
	for (int i = 0; i < 40; i++) {
		for (int leg = i % 7; leg < 100; leg += 3)
			control_subscribe(call.receiver[leg], 0,
					  i & 1 ? MEDIA_ALL : 0);
		call_commit();
		packets = call_verdict(CLASS_RTP);
		await_packets(packets + 30);
	}
	end_flood(sender);
	control_totals(&t);
	call_check_conservation(t.copies);
	control_totals(&t);
	check_true(t.copies < 100 * t.packets, "the list has never changed");
	check_arrived(counter, t.sent);
}

/* ---- an interface that goes ---------------------------------------------------- */

static int first_at_bob0(int i)
{
	return i ? BOB9 : BOB0;
}

/*
 * One packet after the other, when all copies of the one before are accounted
 * for: so many rounds at once would be too many copies for a ring.
 */
static struct control_totals send_apart(int packets, int legs)
{
	struct control_totals t;

	control_totals(&t);
	for (__u64 before = t.packets; packets; packets--) {
		send_some(1);
		await_packets(++before);
		t = check_law(legs);
	}
	return t;
}

static void check_down(int legs, int (*where)(int i), const char *down,
		       const char *up)
{
	struct control_totals t;
	__u64 failed;

	open_call(all_links, legs, where);
	t = send_apart(10, legs);
	check_uint("failed", 0, t.failed);
	check_int("ip", 0, sandbox_run(NULL, "ip link %s", down));
	step("%s", down);
	t = send_apart(10, legs);
	failed = 10 * (legs - (where(0) == BOB0));
	check_uint("failed", failed, t.failed);
	if (!up)
		return;
	check_int("ip", 0, sandbox_run(NULL, "ip link %s", up));
	step("%s", up);
	t = send_apart(10, legs);
	check_uint("failed", failed, t.failed);
}

TEST("6.0.gd", down_3, "the link of 3 legs goes down, and up", .isolated = true)
{
	check_down(3, at_bob9, "set eth9 down", "set eth9 up");
}

TEST("6.0.ge", down_100, "the link of 100 legs goes down, and up",
     .isolated = true)
{
	check_down(100, at_bob9, "set eth9 down", "set eth9 up");
}

TEST("6.0.gf", down_mixed, "one leg of 100 goes by a link that stays",
     .isolated = true)
{
	check_down(100, first_at_bob0, "set eth9 down", "set eth9 up");
}

TEST("6.0.gg", deleted, "the link of 100 legs is removed", .isolated = true)
{
	check_down(100, first_at_bob0, "del eth9", NULL);
}

/* ---- frames that nobody has sent round ---------------------------------------- */

/* Like a frame that goes round for `count` legs of the stream. */
static void send_into_loop(const char *loop, __u32 count)
{
	__u32 trip[] = { 0, count, call.stream };
	struct frame frame = { .len = 60 };
	int s = inject_open(NULL, loop);

	memcpy(frame.data, trip, sizeof(trip));
	frame.data[12] = 0x08;
	check_int("inject_send", 0, inject_send(s, &frame));
	close(s);
}

/* Whatever legs those slots have, each is one that failed or was stale. */
TEST("6.0.gj", forged_trip,
     "a frame on the loop names more legs than there are", .isolated = true)
{
	__s64 end = clock_now_ms() + PATIENCE_MS;
	char loop[IF_NAMESIZE];
	struct control_totals t;

	open_call(all_links, 3, at_bob9);
	find_loop(loop);
	send_into_loop(loop, MAX_LEGS_PER_STREAM + 1);
	step("the next one names eight");
	send_into_loop(loop, 8);
	do
		control_totals(&t);
	while (t.failed + t.stale < 8 && clock_now_ms() < end);
	check_uint("failed or stale", 8, t.failed + t.stale);
}

/* As in a container that shares the network, and has its own bpffs. */
static int serve_apart(void)
{
	static const char *const ifaces[] = { "eth8", NULL };

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		fail("a bpffs of its own: %s", strerror(errno));
	put_up(&plane_xdp, ifaces);
	return dataplane_detach(call_planes, DEFAULT_PIN_DIR);
}

TEST("6.0.gk", same_path, "two servers with pins at the same path, not in one",
     .isolated = true)
{
	static const char *const ifaces[] = { "eth0", "eth9", NULL };
	int status;
	pid_t pid;

	open_call(ifaces, 65, at_bob9);
	pid = fork();
	if (!pid)
		_exit(serve_apart() ? 1 : 0);
	check_int("waitpid", pid, waitpid(pid, &status, 0));
	check_int("status of the other", 0, status);
	check_everybody(2, at_bob9);
}

/* Something else has the loop's name; `what` makes it. */
static void check_stranger(const char *loop, const char *what)
{
	static const char *const ifaces[] = { "eth0", NULL };

	check_int("make", 0,
		  sandbox_run(NULL, "loop=%s back=${loop%%a}b; %s", loop,
			      what));
	step("%s", what);
	check_int("attach", -EEXIST, try_up(&plane_xdp, ifaces));
	check_true(if_nametoindex(loop), "what is not ours was removed");
	check_int("remove", 0, sandbox_run(NULL, "ip link delete %s", loop));
	put_up(&plane_xdp, ifaces);
	check_int("detach", 0, dataplane_detach(call_planes, DEFAULT_PIN_DIR));
	check_true(!if_nametoindex(loop), "ours was not removed");
}

TEST("6.0.gl", strangers_loop, "what has the loop's name by chance is refused",
     .isolated = true)
{
	static const char *const ifaces[] = { "eth0", NULL };
	char loop[IF_NAMESIZE];

	put_up(&plane_xdp, ifaces);
	find_loop(loop);
	check_int("detach", 0, dataplane_detach(call_planes, DEFAULT_PIN_DIR));
	check_stranger(loop, "ip link add $loop type bridge");
	check_stranger(loop, "ip link add $loop type veth peer name other");
	check_stranger(loop, "ip link add $loop type veth peer name $back && "
			     "ip link set $back netns bob");
	check_stranger(loop, "ip link add $loop type veth peer name $back && "
			     "ip link set $back name other");
}

/* ---- another plane under load --------------------------------------------------- */

/* Copies that may be under way: the ring of a veth takes 256. */
#define UNDER_WAY 200

/*
 * Sends so many packets, each when those are counted whose copies would be too
 * many together with its own.
 */
static pid_t start_paced(int packets, int legs)
{
	struct packet_spec spec = call_rtp("alice", SSRC, 0);
	int ahead = UNDER_WAY / legs;
	struct frame frame;
	pid_t pid = fork();

	if (pid)
		return pid;
	spec.payload_len = 20;
	call_build(&frame, &spec);
	for (int i = 0; i < packets; i++) {
		if (i > ahead)
			await_packets(i - ahead);
		check_int("inject_send", 0,
			  inject_send(call.from_alice, &frame));
	}
	await_packets(packets);
	_exit(0);
}

static void swap_under_load(int legs, int packets)
{
	struct control_totals t;
	int counter, swaps = 0, status;
	pid_t sender;

	open_call(all_links, legs, at_bob9);
	counter = counter_open(&places[BOB9]);
	sender = start_paced(packets, legs);
	leave_this_cpu();
	while (!waitpid(sender, &status, WNOHANG)) {
		put_up(swaps & 1 ? &plane_xdp : &plane_tc, all_links);
		swaps++;
	}
	check_int("status of the sender", 0, status);
	step("%d swaps", swaps);
	check_true(swaps > 2, "it was over after %d swaps", swaps);
	t = check_law(legs);
	check_uint("packets", packets, t.packets);
	check_uint("stale", 0, t.stale);
	check_arrived(counter, t.sent);
}

/* As restarts in another mode do it; sfuctl mode has test_swap. */
TEST("6.0.gi", swap_100,
     "tc and xdp take turns over 100 legs: every copy is accounted for",
     .isolated = true, .seconds = 60)
{
	swap_under_load(100, 20000);
}
