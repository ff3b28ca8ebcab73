// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is done once for a packet, and once for a bulk, part by part: no packet
 * leaves here.
 *
 *	tables, made by hand --> fan_probe.bpf.c --> the frame, counters, flights
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

#include "common/capture.h"
#include "common/clock.h"
#include "common/loader.h"
#include "common/sandbox.h"
#include "lab01-xdp-parse/testlib/frames.h"
#include "lab06-xdp-fanout/flight.h"
#include "lab06/fan_probe.skel.h"

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(build_network)

#define STREAM	  3
#define LO_PORT	  2 /* the numbers of two interfaces */
#define ETH0_PORT 4
#define DOWN_LINK 999 /* an interface that is no port */

static struct fan_probe_bpf *probe;

static void set(const struct bpf_map *map, __u32 key, const void *value,
		size_t size)
{
	int err = bpf_map__update_elem(map, &key, sizeof(key), value, size,
				       BPF_ANY);

	check_true(!err, "%s: %s", bpf_map__name(map), strerror(-err));
}

static void get(const struct bpf_map *map, __u32 key, void *value, size_t size)
{
	int err = bpf_map__lookup_elem(map, &key, sizeof(key), value, size, 0);

	check_true(!err, "%s: %s", bpf_map__name(map), strerror(-err));
}

static void open_probe(void)
{
	int cpus = libbpf_num_possible_cpus();
	struct ip_addr server = ip_addr_v4(inet_addr("10.0.7.254"));
	__u32 yes = 1;

	probe = fan_probe_bpf__open();
	if (!probe)
		fail("cannot open fan_probe.bpf.o: %s", strerror(errno));
	probe->rodata->media.port = htons(MEDIA_PORT);
	probe->rodata->loop_ifindex = if_nametoindex("lo");
	bpf_map__set_max_entries(probe->maps.fan_flights, FLIGHTS * cpus);
	bpf_map__set_max_entries(probe->maps.fan_cpus, cpus);
	bpf_map__set_max_entries(probe->maps.fan_watches, cpus);
	if (loader_load(probe->skeleton))
		fail("the kernel refuses the program, and says why:");
	check_int("local_addresses", 0,
		  bpf_map__update_elem(probe->maps.local_addresses, &server,
				       sizeof(server), &yes, sizeof(yes), 0));
	check_int("CPU", 0, stay_on_this_cpu());
}

static __u32 run_again(const struct bpf_program *program,
		       const struct frame *in, struct frame *out, int times)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in->data,
		    .data_size_in = in->len, .data_out = out->data,
		    .data_size_out = sizeof(out->data), .repeat = times);
	int err = bpf_prog_test_run_opts(bpf_program__fd(program), &run);

	check_true(!err, "BPF_PROG_TEST_RUN: %s", strerror(-err));
	out->len = run.data_size_out;
	out->partial = false;
	return run.retval;
}

static __u32 run(const struct bpf_program *program, const struct frame *in,
		 struct frame *out)
{
	return run_again(program, in, out, 1);
}

static struct frame a_frame(void)
{
	struct packet_spec spec = rtp_spec();

	return build(&spec);
}

/* ---- legs, and what has been counted for them ------------------------------ */

/* The leg in a slot has the slot's number as its id. */
static void put_leg(__u32 slot, int ifindex)
{
	struct leg leg = { .ifindex = ifindex, .id = slot, .stream = STREAM };

	set(probe->maps.sfu_legs, slot, &leg, sizeof(leg));
}

static void put_legs(__u32 first, __u32 count, int ifindex)
{
	for (__u32 i = 0; i < count; i++)
		put_leg(first + i, ifindex);
}

static struct leg_counters counted(__u32 leg)
{
	struct leg_counters c;

	get(probe->maps.sfu_leg_counters, leg, &c, sizeof(c));
	return c;
}

static void check_counted(__u32 leg, __u64 sent, __u64 failed)
{
	struct leg_counters c = counted(leg);

	step("leg %u", leg);
	check_uint("sent", sent, c.sent);
	check_uint("failed", failed, c.failed);
}

/* ---- 6.3: a flight begins --------------------------------------------------- */

static struct fan_cpu this_cpu_now(void)
{
	struct fan_cpu cpu;

	get(probe->maps.fan_cpus, sched_getcpu(), &cpu, sizeof(cpu));
	return cpu;
}

static __u32 slot_of(__u32 number)
{
	return sched_getcpu() * FLIGHTS + number % FLIGHTS;
}

static struct flight flight_now(__u32 number)
{
	struct flight flight;

	get(probe->maps.fan_flights, slot_of(number), &flight, sizeof(flight));
	return flight;
}

static void put_flight(__u32 number, const struct flight *flight)
{
	set(probe->maps.fan_flights, slot_of(number), flight, sizeof(*flight));
}

static void begin_flight(struct frame *out)
{
	struct frame in = a_frame();

	check_uint("begin_flight() has one", XDP_TX,
		   run(probe->progs.probe_begin, &in, out));
}

TEST("6.3.a", tagged,
     "the frame has the number of its flight, and so has the slot")
{
	struct frame in = a_frame(), out;
	__u32 number;

	open_probe();
	for (__u32 n = 1; n <= 3; n++) {
		begin_flight(&out);
		memcpy(&number, out.data + ETH_ALEN, sizeof(number));
		check_uint("number in the frame", n, number);
		check_uint("number in the slot", n, flight_now(n).number);
		check_uint("flights of this CPU", n, this_cpu_now().flights);
		memcpy(out.data + ETH_ALEN, in.data + ETH_ALEN, ETH_ALEN);
		check_packet(&in, &out);
	}
}

TEST("6.3.b", clean, "nothing of the flight before is left in the slot")
{
	struct flight before = {
		.copies = 9,
		.next = 4,
		.round = 7,
		.settled = 1,
		.is_answer = 1,
	};
	struct flight now;
	struct frame out;
	__s64 began;

	open_probe();
	put_flight(1, &before);
	began = clock_now_ns();
	begin_flight(&out);
	now = flight_now(1);
	check_uint("the cursor", 0, now.next);
	check_uint("copies", 0, now.copies);
	check_uint("round", 0, now.round);
	check_uint("settled", 0, now.settled);
	check_uint("is_answer", 0, now.is_answer);
	check_true((__s64)now.began >= began &&
			   (__s64)now.began <= clock_now_ns(),
		   "it began at %llu ns, not now", now.began);
}

TEST("6.3.c", settles,
     "legs that the flight before has not visited have lost a copy")
{
	struct flight before = {
		.copies = 4,
		.next = 1,
		.round = 2,
		.to = { .stream = STREAM, .legs = { .first = 10 } },
	};
	struct frame out;

	open_probe();
	put_legs(10, 8, 1);
	put_flight(1, &before);
	begin_flight(&out);
	check_counted(10, 0, 0);
	for (__u32 leg = 11; leg < 16; leg++)
		check_counted(leg, 0, 1);
	check_counted(16, 0, 0);
}

TEST("6.3.d", watched, "the watch looks at the flight later")
{
	__s64 until = clock_now_ms() + patient_ms(2000);
	struct frame out;

	open_probe();
	begin_flight(&out);
	while (!this_cpu_now().settled)
		check_true(clock_now_ms() < until,
			   "nobody has looked at flight 1");
}

TEST("6.3.e", around, "flight 513 has the slot of flight 1")
{
	struct frame in = a_frame(), out;

	open_probe();
	check_uint("begin_flight() has one", XDP_TX,
		   run_again(probe->progs.probe_begin, &in, &out, FLIGHTS + 1));
	check_uint("flights", FLIGHTS + 1, this_cpu_now().flights);
	check_uint("number in slot 1", FLIGHTS + 1, flight_now(1).number);
	check_uint("number in slot 2", 2, flight_now(2).number);
}

/* ---- 6.4: how far the first broadcast goes ----------------------------------- */

static int eth0(void)
{
	return if_nametoindex("eth0");
}

static void put_port(__u32 ifindex, __u32 number, bool takes_copies)
{
	struct port port = { .number = number, .takes_copies = takes_copies };

	set(probe->maps.fan_ports, ifindex, &port, sizeof(port));
}

static void open_ports(void)
{
	open_probe();
	put_port(if_nametoindex("lo"), LO_PORT, true);
	put_port(eth0(), ETH0_PORT, true);
}

/* Looks at `count` legs from slot 1 on. */
static __u32 survey_of(__u32 count, __u32 ip_bytes)
{
	struct frame in = a_frame(), out;

	probe->bss->survey.first = 1;
	probe->bss->survey.count = count;
	probe->bss->survey.ip_bytes = ip_bytes;
	return run(probe->progs.probe_survey, &in, &out);
}

static void check_served(__u32 count, __u32 ip_bytes)
{
	check_true(survey_of(count, ip_bytes) == XDP_PASS,
		   "XDP leaves these legs to TC, though it can reach them all");
}

static void check_left(__u32 count)
{
	check_true(survey_of(count, 200) == XDP_DROP,
		   "XDP begins with these legs, though it cannot reach one");
}

static void check_survey(__u32 count, __u32 copies, __u32 port)
{
	step("%u legs", count);
	check_served(count, 200);
	check_uint("copies of the first broadcast", copies,
		   probe->bss->survey.copies);
	check_uint("number of its port", port, probe->bss->survey.port);
}

TEST("6.4.a", one_link, "up to 64 legs by one interface: one broadcast")
{
	open_ports();
	put_legs(1, 64, eth0());
	for (__u32 count = 1; count <= 64; count++)
		check_survey(count, count, ETH0_PORT);
}

TEST("6.4.b", long_list, "of more than 64 legs it serves the first 64")
{
	open_ports();
	put_legs(1, 1000, eth0());
	check_survey(65, 64, ETH0_PORT);
	check_survey(128, 64, ETH0_PORT);
	check_survey(1000, 64, ETH0_PORT);
}

TEST("6.4.c", turns,
     "it ends where the interface changes, and does not begin again")
{
	open_ports();
	put_legs(1, 9, eth0());
	put_leg(3, 1);
	check_survey(2, 2, ETH0_PORT);
	check_survey(3, 2, ETH0_PORT);
	check_survey(9, 2, ETH0_PORT);
	put_leg(1, 1);
	check_survey(9, 1, LO_PORT);
}

TEST("6.4.d", unreachable,
     "a leg that cannot be reached from here: TC serves all")
{
	static const __u32 places[] = { 1, 2, 64, 65, 70 };

	open_ports();
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		put_legs(1, 70, eth0());
		check_survey(70, 64, ETH0_PORT);
		put_leg(places[i], DOWN_LINK);
		step("leg %u leaves by another interface", places[i]);
		check_left(70);
	}
	put_legs(1, 70, eth0());
	step("a packet that is too long for eth0");
	check_served(70, 1500);
	check_true(survey_of(70, 1501) == XDP_DROP,
		   "XDP takes 1501 bytes, and eth0 1500");
	put_port(eth0(), ETH0_PORT, false);
	step("eth0 takes no copies");
	check_left(70);
}

/* ---- 6.6: the checksum that nobody has computed ------------------------------ */

/* Where UDP's checksum is: behind IPv4 without options, or IPv6. */
static size_t check_at(bool v6)
{
	return ETH_HLEN + (v6 ? 40 : 20) + 6;
}

static __u16 checksum_of(const struct frame *f, bool v6)
{
	const uint8_t *at = f->data + check_at(v6);

	return at[0] << 8 | at[1];
}

static void put_checksum(struct frame *f, bool v6, __u16 sum)
{
	f->data[check_at(v6)] = sum >> 8;
	f->data[check_at(v6) + 1] = sum;
}

/* The sum of the pseudo-header, not inverted: what the kernel leaves there. */
static __u16 pseudo_sum(const struct frame *f, bool v6)
{
	__u32 length = f->len - check_at(v6) + 6, sum = length + 17;

	for (size_t at = v6 ? 22 : 26; at < check_at(v6) - 6; at += 2)
		sum += f->data[at] << 8 | f->data[at + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static struct frame rtp_frame(size_t payload, bool v6)
{
	struct packet_spec spec = rtp_spec();

	if (v6) {
		spec.ip.src = "fd00:7::1";
		spec.ip.dst = "fd00:7::254";
	}
	spec.payload_len = payload;
	return build(&spec);
}

static void accept_v6(void)
{
	struct ip_addr server;
	__u32 yes = 1;

	inet_pton(AF_INET6, "fd00:7::254", &server);
	check_int("local_addresses", 0,
		  bpf_map__update_elem(probe->maps.local_addresses, &server,
				       sizeof(server), &yes, sizeof(yes), 0));
}

/* What beginners see most. */
static const char *explain_sum(__u16 came, __u16 expected, __u16 got)
{
	if (came == expected)
		return ": it was not partial, and should stay as it is";
	if (got == came)
		return ": that is still the partial one";
	if (got + expected == 0xffff)
		return ": that is the sum, and the field has its complement";
	return "";
}

/* The frame comes with `came` in its checksum, and must have `expected` then. */
static void check_completed(struct frame in, bool v6, __u16 came,
			    __u16 expected)
{
	struct frame out;
	__u16 got;

	put_checksum(&in, v6, came);
	check_true(run(probe->progs.probe_checksum, &in, &out) == XDP_PASS,
		   "complete_checksum() says that the frame is too short");
	got = checksum_of(&out, v6);
	check_true(got == expected,
		   "UDP checksum: expected 0x%04x, got 0x%04x%s", expected, got,
		   explain_sum(came, expected, got));
	put_checksum(&in, v6, expected);
	check_packet(&in, &out);
}

static void check_partial(size_t payload, bool v6)
{
	struct frame whole = rtp_frame(payload, v6);

	step("%zu bytes behind the RTP header, IPv%d", payload, v6 ? 6 : 4);
	check_completed(whole, v6, pseudo_sum(&whole, v6),
			checksum_of(&whole, v6));
}

TEST("6.6.a", partial, "a partial sum is completed, at every length")
{
	open_probe();
	for (size_t payload = 1; payload < 1400; payload++)
		check_partial(payload, false);
}

TEST("6.6.b", partial_v6, "also over IPv6, where the pseudo-header is longer")
{
	open_probe();
	accept_v6();
	for (size_t payload = 1; payload < 600; payload++)
		check_partial(payload, true);
}

TEST("6.6.c", others,
     "a sum that is complete, wrong or not there stays as it is")
{
	struct frame whole = rtp_frame(100, false);
	__u16 right = checksum_of(&whole, false);

	open_probe();
	check_partial(100, false);
	step("right");
	check_completed(whole, false, right, right);
	step("wrong");
	check_completed(whole, false, right + 1, right + 1);
	step("none");
	check_completed(whole, false, 0, 0);
}

TEST("6.6.d", zero, "a sum that comes out as 0 is sent as 0xffff")
{
	struct frame whole = rtp_frame(100, false);
	uint8_t *last = whole.data + whole.len - 2;
	__u32 sum;

	open_probe();
	sum = (last[0] << 8 | last[1]) + checksum_of(&whole, false);
	sum = (sum & 0xffff) + (sum >> 16);
	last[0] = sum >> 8;
	last[1] = sum;
	check_completed(whole, false, pseudo_sum(&whole, false), 0xffff);
}

/* What lies behind the datagram is not in it: a card pads short frames. */
TEST("6.6.e", trailer, "bytes behind the datagram are not summed up")
{
	static const size_t lengths[] = { 1, 17, 108, 235, 236, 237 };
	struct frame whole, in;

	open_probe();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (size_t behind = 1; behind <= 300; behind += 23) {
			step("%zu bytes behind the RTP header, and %zu behind "
			     "the datagram",
			     lengths[i], behind);
			whole = rtp_frame(lengths[i], false);
			in = whole;
			memset(in.data + in.len, 0x5a, behind);
			in.len += behind;
			check_completed(in, false, pseudo_sum(&whole, false),
					checksum_of(&whole, false));
		}
}

/* ---- 6.7: what the device has taken ------------------------------------------ */

#define BYTES 100

/* The device takes so many of the frames that have been noted. */
static void count_notes(__u32 notes, const struct note *noted, __u32 taken)
{
	struct fan_cpu cpu = { .notes = notes };
	struct frame in = a_frame(), out;

	memcpy(cpu.note, noted, notes * sizeof(*noted));
	set(probe->maps.fan_cpus, sched_getcpu(), &cpu, sizeof(cpu));
	probe->bss->sent = taken;
	step("%u frames, and the device takes %u", notes, taken);
	check_uint("action", XDP_PASS,
		   run(probe->progs.probe_count, &in, &out));
}

/* Copies for the legs 20, 21 ... */
static void count_bulk(__u32 notes, __u32 taken)
{
	struct note noted[BULK] = {};

	for (__u32 i = 0; i < notes; i++)
		noted[i] = (struct note){ .leg = 20 + i, .bytes = BYTES };
	count_notes(notes, noted, taken);
}

TEST("6.7.a", all_taken, "what the device has taken is sent, with its bytes")
{
	open_probe();
	count_bulk(BULK, BULK);
	for (__u32 i = 0; i < BULK; i++) {
		check_counted(20 + i, 1, 0);
		check_uint("bytes", BYTES, counted(20 + i).bytes);
	}
	check_counted(20 + BULK, 0, 0);
}

TEST("6.7.b", some_taken, "it takes the first ones, and the others have failed")
{
	open_probe();
	count_bulk(BULK, 5);
	for (__u32 i = 0; i < BULK; i++)
		check_counted(20 + i, i < 5, i >= 5);
	count_bulk(3, 0);
	for (__u32 i = 0; i < 3; i++)
		check_counted(20 + i, 1, 1);
}

TEST("6.7.c", refused_round,
     "whoever waits for a frame that was refused has lost a copy")
{
	const struct note noted[] = {
		{ .leg = 20, .bytes = BYTES },
		{ .stream = STREAM, .first = 30, .count = 4 },
	};

	open_probe();
	put_legs(20, 20, 1);
	count_notes(2, noted, 2);
	check_counted(20, 1, 0);
	check_counted(0, 0, 0);
	for (__u32 leg = 30; leg < 34; leg++)
		check_counted(leg, 0, 0);
	count_notes(2, noted, 1);
	check_counted(20, 2, 0);
	check_counted(29, 0, 0);
	for (__u32 leg = 30; leg < 34; leg++)
		check_counted(leg, 0, 1);
	check_counted(34, 0, 0);
}
