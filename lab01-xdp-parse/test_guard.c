// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of guard.bpf.c in the kernel: frame by frame with BPF_PROG_TEST_RUN,
 * then on real packets in a sandbox.
 *
 * What a frame is, the native build of the same parser says: so these tests
 * are about guard() alone, whatever the parser makes of a frame.
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "common/capture.h"
#include "common/loader.h"
#include "common/local_addresses.h"
#include "common/sandbox.h"
#include "lab01-xdp-parse/guard.h"
#include "lab01-xdp-parse/rtp_stats.h"
#include "lab01-xdp-parse/testlib/frames.h"
#include "lab01-xdp-parse/testlib/tools.h"
#include "lab01/guard.skel.h"

#define DEADLINE_MS patient_ms(2000)
#define OTHER_PORT  5007 /* no sample goes there */

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice");
	return err ?: loader_init();
}

TEST_SETUP(build_network)

/* ---- the program and its maps ----------------------------------------- */

static struct guard_bpf *guard;
static struct media_address media;

static void load(const char *address)
{
	guard = guard_bpf__open();
	if (!guard)
		fail("cannot open guard.bpf.o: %s", strerror(errno));
	media.port = htons(MEDIA_PORT);
	if (address)
		media.addr = ip_addr_v4(inet_addr(address));
	guard->rodata->media = media;
	if (loader_load(guard->skeleton))
		fail("the kernel refuses guard(), and says why:");
	if (local_addresses_sync(bpf_map__fd(guard->maps.local_addresses)))
		fail("the guard does not learn this host's addresses");
}

static enum xdp_action run(const struct frame *f)
{
	uint8_t out[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data,
		    .data_size_in = f->len, .data_out = out,
		    .data_size_out = sizeof(out));
	int err = bpf_prog_test_run_opts(bpf_program__fd(guard->progs.guard),
					 &run);

	if (err)
		fail("BPF_PROG_TEST_RUN: %s", strerror(-err));
	check_uint("length of the frame behind guard()", f->len,
		   run.data_size_out);
	check_hex("the frame behind guard()", f->data, out, f->len);
	return run.retval;
}

static struct traffic traffic_of(__u32 verdict)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic each[cpus], sum = {};
	int err = bpf_map__lookup_elem(guard->maps.guard_traffic, &verdict,
				       sizeof(verdict), each, sizeof(each), 0);

	if (err)
		fail("reading guard_traffic: %s", strerror(-err));
	for (int i = 0; i < cpus; i++) {
		sum.packets += each[i].packets;
		sum.bytes += each[i].bytes;
	}
	return sum;
}

static unsigned int count_sources(void)
{
	struct source_key key, *last = NULL;
	unsigned int count = 0;

	while (!bpf_map__get_next_key(guard->maps.sources, last, &key,
				      sizeof(key))) {
		last = &key;
		count++;
	}
	return count;
}

static bool find_source(const struct source_key *key, struct rtp_stats *s)
{
	return !bpf_map__lookup_elem(guard->maps.sources, key, sizeof(*key), s,
				     sizeof(*s), 0);
}

/* ---- what user space makes of the same frames ------------------------- */

static struct traffic traffic[VERDICT_COUNT];
static __u32 clocks[256]; /* by payload type, whatever a parser says */
static size_t source_count;
static struct {
	struct source_key key;
	struct rtp_stats stats;
} sources[MAX_SOURCES / 2];

static enum verdict judge(const struct frame *f)
{
	struct packet p;

	return parse_native(f, &p, &media);
}

static struct rtp_stats *source_of(const struct packet *p)
{
	const struct source_key key = {
		.saddr = p->saddr,
		.sport = p->sport,
		.ssrc = p->ssrc,
	};

	for (size_t i = 0; i < source_count; i++)
		if (!memcmp(&sources[i].key, &key, sizeof(key)))
			return &sources[i].stats;
	sources[source_count].key = key;
	sources[source_count].stats = (struct rtp_stats){
		.pt = p->pt,
		.clock_hz = clocks[p->pt] ?: DEFAULT_CLOCK,
	};
	return &sources[source_count++].stats;
}

static enum verdict expect(const struct frame *f)
{
	struct packet p;
	enum verdict verdict = parse_native(f, &p, &media);

	traffic[verdict].packets++;
	traffic[verdict].bytes += f->len;
	if (verdict == CLASS_RTP)
		rtp_stats_update(source_of(&p), 0, p.payload_len, p.pt, p.seq,
				 p.timestamp);
	return verdict;
}

static const char *action_name(enum xdp_action action)
{
	static const char *const names[] = {
		[XDP_ABORTED] = "XDP_ABORTED",	 [XDP_DROP] = "XDP_DROP",
		[XDP_PASS] = "XDP_PASS",	 [XDP_TX] = "XDP_TX",
		[XDP_REDIRECT] = "XDP_REDIRECT",
	};

	return action <= XDP_REDIRECT ? names[action] : "what is no action";
}

static void check_action(enum verdict verdict, enum xdp_action got,
			 const char *what)
{
	enum xdp_action expected = is_drop(verdict) ? XDP_DROP : XDP_PASS;

	check_true(got == expected,
		   "%s: parse_frame() says %s, so guard() should return %s, "
		   "but it returned %s",
		   what, verdict_name(verdict), action_name(expected),
		   action_name(got));
}

static void feed(const struct frame *f, const char *what)
{
	check_action(expect(f), run(f), what);
}

static void check_traffic(void)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		struct traffic got = traffic_of(v);

		check_true(got.packets == traffic[v].packets &&
				   got.bytes == traffic[v].bytes,
			   "%s: expected %llu "
			   "packets of %llu bytes in all, guard() counted %llu "
			   "of %llu",
			   verdict_name(v), traffic[v].packets,
			   traffic[v].bytes, got.packets, got.bytes);
	}
}

static void check_source(const struct rtp_stats *expected,
			 const struct rtp_stats *got)
{
	check_uint("packets", expected->packets, got->packets);
	check_uint("bytes, of UDP payload", expected->bytes, got->bytes);
	check_uint("payload type", expected->pt, got->pt);
	check_uint("clock, in Hz", expected->clock_hz, got->clock_hz);
	check_int("lost", rtp_lost(expected), rtp_lost(got));
	check_uint("reordered", expected->reordered, got->reordered);
	check_uint("restarts", expected->restarts, got->restarts);
	check_uint("latest timestamp", expected->timestamp, got->timestamp);
}

static void check_sources(void)
{
	struct rtp_stats got;

	check_uint("sources", source_count, count_sources());
	for (size_t i = 0; i < source_count; i++) {
		check_true(find_source(&sources[i].key, &got),
			   "source %zu, "
			   "port %u, SSRC 0x%08x, is not measured",
			   i, ntohs(sources[i].key.sport),
			   ntohl(sources[i].key.ssrc));
		check_source(&sources[i].stats, &got);
	}
}

static void check_all(void)
{
	check_traffic();
	check_sources();
}

/* ---- 1.9 guard(), frame by frame -------------------------------------- */

TEST("1.9.a", guard_acts,
     "what is malformed is dropped, all else passes as it is")
{
	load(NULL);
	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = build(&samples[i].spec);

		feed(&f, samples[i].name);
	}
	check_traffic();
}

TEST("1.9.b", guard_counts, "each frame is counted by its verdict, bytes too")
{
	load(NULL);
	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = build(&samples[i].spec);

		step("%s", samples[i].name);
		feed(&f, samples[i].name);
		check_traffic();
	}
}

/* Four sources, of which three differ in one thing from the first. */
static struct packet_spec source_spec(unsigned int i)
{
	struct packet_spec spec = rtp_spec();

	spec.rtp.ssrc += i == 1;
	spec.udp.sport += i == 2;
	spec.ip.src = i == 3 ? "10.0.7.2" : "10.0.7.1";
	return spec;
}

TEST("1.9.c", guard_measures, "RTP is measured by address, port and SSRC")
{
	load(NULL);
	for (unsigned int round = 1; round <= 5; round++)
		for (unsigned int i = 0; i < 4; i++) {
			struct packet_spec spec = source_spec(i);
			struct frame f;

			spec.rtp.sequence += round;
			f = build(&spec);
			step("packet %u of source %u", round, i);
			feed(&f, "RTP");
			check_all();
		}
}

TEST("1.9.d", guard_measures_rtp, "what is not RTP is not measured")
{
	load(NULL);
	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = build(&samples[i].spec);

		step("%s", samples[i].name);
		feed(&f, samples[i].name);
		check_all();
	}
}

TEST("1.9.e", guard_clock, "the clock is that of the first payload type")
{
	struct packet_spec spec = rtp_spec();
	__u32 pt = 111;
	struct frame f;

	load(NULL);
	clocks[pt] = 48000;
	step("clocks[%u] is set to %u", pt, clocks[pt]);
	bpf_map__update_elem(guard->maps.clocks, &pt, sizeof(pt), &clocks[pt],
			     sizeof(clocks[pt]), BPF_ANY);
	for (unsigned int i = 0; i < 128; i++) {
		spec.rtp.payload_type = spec.rtp.ssrc = i;
		f = build(&spec);
		feed(&f, "RTP");
	}
	spec.rtp.payload_type = 111;
	f = build(&spec);
	feed(&f, "RTP that changes its payload type");
	check_all();
}

TEST("1.9.f", guard_media_address,
     "only what is aimed at the media address is its")
{
	static const char *const addresses[] = { "10.0.7.253", "10.0.7.254" };
	const struct packet_spec malformed = udp_spec("\xff\xff", 2);
	const struct frame f = build(&malformed);

	for (int i = 0; i < 2; i++) {
		load(addresses[i]);
		step("the media address is %s", addresses[i]);
		memset(traffic, 0, sizeof(traffic));
		feed(&f, "to 10.0.7.254");
		check_traffic();
	}
}

/* Lost, late, repeated, a stray, a restart. */
static const __u16 sequence[] = {
	65530, 65531, 65533, 65532, 65533, 2,	  3,	 0,
	40000, 4,     5,     20000, 20001, 20002, 20005, 20004,
};

static struct packet_spec sequence_spec(size_t i)
{
	struct packet_spec spec = rtp_spec();

	spec.rtp.sequence = sequence[i];
	spec.rtp.timestamp = 3000 * i;
	spec.payload_len = i;
	return spec;
}

#define PACKETS (sizeof(sequence) / sizeof(*sequence))

TEST("1.9.g", guard_statistics, "a stream is measured from packet to packet")
{
	load(NULL);
	for (size_t i = 0; i < PACKETS; i++) {
		const struct packet_spec spec = sequence_spec(i);
		const struct frame f = build(&spec);

		step("RTP, sequence number %u", sequence[i]);
		feed(&f, "RTP");
		check_all();
	}
}

TEST("1.9.h", guard_truncated, "cut off anywhere: kernel and user space agree")
{
	load(NULL);
	for (size_t i = 0; i < samples_count; i++) {
		struct frame f = build(&samples[i].spec);

		step("%s, cut off at each length", samples[i].name);
		for (; f.len >= ETH_HLEN; f.len--)
			feed(&f, samples[i].name);
		check_all();
	}
}

TEST("1.9.i", guard_agrees,
     "30,000 frames at random: kernel and user space agree")
{
	uint64_t state = 7;
	char what[32];

	load(NULL);
	for (int i = 1; i <= 30000; i++) {
		const struct frame f = draw_frame(&state);

		snprintf(what, sizeof(what), "frame %d", i);
		feed(&f, what);
		if (i % 1000 == 0)
			check_traffic();
	}
	check_all();
}

static void set_ssrc(struct frame *f, uint32_t ssrc)
{
	ssrc = htonl(ssrc);
	memcpy(f->data + ETH_HLEN + 20 + 8 + 8, &ssrc, sizeof(ssrc));
}

TEST("1.9.j", guard_flood, "a flood of made-up SSRCs does not keep others out")
{
	const struct packet_spec spec = source_spec(2);
	struct packet_spec newcomer = source_spec(3);
	struct frame flood = build(&spec);
	uint32_t ssrc = 0;

	load(NULL);
	while (ssrc < MAX_SOURCES + 2000) {
		set_ssrc(&flood, ssrc++);
		check_action(judge(&flood), run(&flood), "flood");
	}
	check_true(count_sources() <= MAX_SOURCES, "there are %u sources",
		   count_sources());
	step("a source that starts after %u others sends 10 packets", ssrc);
	for (int i = 1; i <= 10; i++) {
		struct rtp_stats got = {};
		struct frame f;

		newcomer.rtp.sequence++;
		f = build(&newcomer);
		feed(&f, "the newcomer");
		set_ssrc(&flood, ssrc++);
		run(&flood);
		if (!source_count)
			continue;
		check_true(find_source(&sources[0].key, &got),
			   "the source is not measured");
		check_source(&sources[0].stats, &got);
	}
	check_uint("packets counted, the newcomer's too", ssrc + 10,
		   traffic_of(judge(&flood)).packets);
}

/* ---- the guard on a host that is a router as well --------------------- */

static void change_address(const char *address, bool add)
{
	struct ip_addr addr = ip_addr_v4(inet_addr(address));
	const struct bpf_map *map = guard->maps.local_addresses;
	__u32 yes = 1;
	int err = add ? bpf_map__update_elem(map, &addr, sizeof(addr), &yes,
					     sizeof(yes), BPF_ANY) :
			bpf_map__delete_elem(map, &addr, sizeof(addr), 0);

	check_int(address, 0, err);
}

TEST("1.0.s", guard_in_transit,
     "only what is for an address of this host can be dropped")
{
	struct packet_spec spec = udp_spec("\xff\xff", 2);
	struct frame f;

	spec.ip.dst = "10.9.0.2";
	f = build(&spec);
	load(NULL);
	check_int("to another host: XDP_PASS", XDP_PASS, run(&f));
	step("this host gets the address 10.9.0.2");
	change_address("10.9.0.2", true);
	run(&f);
	check_uint("packets judged", 1, traffic_of(DROP_UNKNOWN_CLASS).packets);
	step("it loses the address");
	change_address("10.9.0.2", false);
	check_int("to another host again: XDP_PASS", XDP_PASS, run(&f));
	check_uint("packets judged", 1, traffic_of(DROP_UNKNOWN_CLASS).packets);
}

/* ---- 1.9 guard() on real packets -------------------------------------- */

static int media_socket, other_socket;
static bool on_lo;

/* On lo the stack sends: never options, always DF. */
static struct frame sample_frame(const struct sample *sample)
{
	struct packet_spec spec = sample->spec;

	if (on_lo) {
		spec.ip.options_len = 0;
		spec.ip.dont_fragment = true;
	}
	return build(&spec);
}

/* Both families: IPv4 comes as ::ffff:a.b.c.d. */
static int listen_at(uint16_t port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	int fd = sandbox_socket(NULL, AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind: %s", strerror(errno));
	return fd;
}

static void guard_interface(const char *ifname)
{
	int link;

	load(NULL);
	media_socket = listen_at(MEDIA_PORT);
	other_socket = listen_at(OTHER_PORT);
	link = loader_attach_xdp(guard->progs.guard, loader_ifindex(ifname));
	check_true(link >= 0, "cannot attach guard() to %s", ifname);
	step("guard() is attached to %s", ifname);
}

/* What went to the media port before this has arrived, or never will. */
static void wait_for_other_port(void)
{
	struct pollfd fd = { .fd = other_socket, .events = POLLIN };

	check_true(poll(&fd, 1, DEADLINE_MS) == 1,
		   "what went to port %d did not arrive", OTHER_PORT);
}

/* The UDP payload, found without the parser under test. */
static const uint8_t *payload_of(const struct frame *f)
{
	struct packet_field fields[PACKET_FIELDS];
	size_t count = packet_describe(f, fields);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, "UDP.length"))
			return f->data + fields[i].at + 4;
	fail("no UDP in a frame that should have it");
}

/* The socket got all those samples that passed, in order, and nothing else. */
static void check_socket(void)
{
	uint8_t datagram[PACKET_MAX];
	ssize_t len;

	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = sample_frame(&samples[i]);
		const uint8_t *payload;

		if (!samples[i].for_socket || is_drop(judge(&f)))
			continue;
		payload = payload_of(&f);
		len = recv(media_socket, datagram, sizeof(datagram),
			   MSG_DONTWAIT);
		step("%s should be next", samples[i].name);
		check_int("bytes from the socket", f.data + f.len - payload,
			  len);
		check_hex("datagram", payload, datagram, len);
	}
	len = recv(media_socket, datagram, sizeof(datagram), MSG_DONTWAIT);
	check_true(len < 0, "a datagram of %zd bytes should not have come",
		   len);
}

/* What was not for the media port: others talk on an interface as well. */
static __u64 count_others(void)
{
	return traffic_of(CLASS_OTHER).packets +
	       traffic_of(CLASS_FRAGMENT).packets;
}

static void check_counted(void)
{
	__u64 packets[VERDICT_COUNT] = {};

	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = sample_frame(&samples[i]);

		packets[judge(&f)] += samples[i].for_socket;
	}
	for (int v = CLASS_OPTIONS; v < VERDICT_COUNT; v++)
		check_uint(verdict_name(v), packets[v], traffic_of(v).packets);
	check_true(count_others() >
			   packets[CLASS_OTHER] + packets[CLASS_FRAGMENT],
		   "nothing was counted that went to port %d", OTHER_PORT);
}

static void inject(int injector, const struct packet_spec *spec)
{
	struct packet_spec on_the_wire = *spec;
	struct frame f;

	on_the_wire.eth.src = sandbox_host("alice")->mac;
	on_the_wire.eth.dst = sandbox_host(SANDBOX_SERVER)->mac;
	f = build(&on_the_wire);
	check_int("inject_send", 0, inject_send(injector, &f));
}

/* Tells, on the same way, that all has come. */
static void inject_last(int injector)
{
	const struct packet_spec spec = {
		SAMPLE_IP4,
		.udp = { .sport = 6000, .dport = OTHER_PORT },
	};

	inject(injector, &spec);
}

TEST("1.9.k", guard_on_veth,
     "eth0: what is malformed reaches no socket, the rest does")
{
	int injector = inject_open("alice", "eth0");

	guard_interface("eth0");
	for (size_t i = 0; i < samples_count; i++)
		if (samples[i].for_socket)
			inject(injector, &samples[i].spec);
	inject_last(injector);
	wait_for_other_port();
	check_socket();
	check_counted();
}

/* To ::1, or to 127.0.0.1 (as ::ffff:127.0.0.1). */
static void send_on_lo(int fd, bool ip6, uint16_t port, const void *payload,
		       size_t len)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct ip_addr ip4 = ip_addr_v4(htonl(INADDR_LOOPBACK));

	if (!ip6)
		memcpy(&to.sin6_addr, &ip4, sizeof(ip4));
	check_int("sendto", len,
		  sendto(fd, payload, len, 0, (struct sockaddr *)&to,
			 sizeof(to)));
}

TEST("1.9.l", guard_on_lo, "lo: the same, with what sockets send")
{
	int fd = sandbox_socket(NULL, AF_INET6, SOCK_DGRAM, 0);

	check_true(inject_open(NULL, "lo") >= 0, "cannot stay on one CPU");
	on_lo = true;
	guard_interface("lo");
	for (size_t i = 0; i < samples_count; i++) {
		const struct frame f = sample_frame(&samples[i]);
		const uint8_t *payload;

		if (!samples[i].for_socket)
			continue;
		payload = payload_of(&f);
		send_on_lo(fd, strchr(samples[i].spec.ip.src, ':'), MEDIA_PORT,
			   payload, f.data + f.len - payload);
	}
	send_on_lo(fd, false, OTHER_PORT, "", 1);
	wait_for_other_port();
	check_socket();
	check_counted();
}

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

TEST("1.9.m", guard_times, "eth0: a stream is measured, arrival times and all")
{
	int injector = inject_open("alice", "eth0");
	__u64 before = now_ns(), after;
	struct rtp_stats s;

	guard_interface("eth0");
	for (size_t i = 0; i < PACKETS; i++) {
		const struct packet_spec spec = sequence_spec(i);
		const struct frame f = build(&spec);

		expect(&f);
		inject(injector, &spec);
	}
	inject_last(injector);
	wait_for_other_port();
	after = now_ns();
	check_sources();
	check_true(count_others(), "nothing was counted that went to port %d",
		   OTHER_PORT);
	if (!source_count)
		return;
	find_source(&sources[0].key, &s);
	check_true(before <= s.first_ns && s.first_ns < s.last_ns &&
			   s.last_ns <= after,
		   "sent from %llu to %llu ns, but arrived "
		   "from %llu to %llu",
		   before, after, s.first_ns, s.last_ns);
}

/* ---- the tool --------------------------------------------------------- */

TEST("1.0.ta", tool_keeps_off,
     "rtp_top keeps off the default route, and what "
     "is no Ethernet",
     .isolated = true)
{
	check_keeps_off("rtp_top", "--once");
}
