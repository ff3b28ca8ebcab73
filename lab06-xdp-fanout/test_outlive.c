// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * RTCP in the kernel while the server is gone, on the tables that the control
 * plane writes: datagram by datagram by BPF_PROG_TEST_RUN, then on the wire.
 *
 *	alice publishes; bob receives, and was told another SSRC
 *
 *	bob:   PLI, NACK  ---> outlive_probe ---> alice, about her own SSRC
 *	alice: SR	  ---> outlive_probe ---> alice: an RR
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <errno.h>
#include <net/if.h>

#include "common/clock.h"
#include "common/loader.h"
#include "common/local_addresses.h"
#include "lab03-maps/outlive.h"
#include "lab03-maps/report.h"
#include "lab03-maps/testlib/call.h"
#include "lab06/outlive_probe.skel.h"

TEST_SETUP(call_set_up)

#define SSRC	   0x14e6e8a5
#define RTCP_EMPTY "\x80\xc9\x00\x01\x00\x00\x00\x09"

static struct {
	__u32 alice, bob, stream, from; /* from: alice's transport */
	__be32 told;
	bool v6;
	struct outlive_probe_bpf *probe;
} call;

static struct settings *settings(void)
{
	__u32 index = 0;

	return table_find(&sfu_settings, &index);
}

static void load_probe(void)
{
	struct outlive_probe_bpf *probe = outlive_probe_bpf__open();

	if (!probe)
		fail("cannot open outlive_probe.bpf.o: %s", strerror(errno));
	probe->rodata->media.port = htons(CALL_PORT);
	if (dataplane_load(probe->skeleton, DEFAULT_PIN_DIR))
		fail("the kernel refuses answer_rtcp(), and says why:");
	if (local_addresses_sync(bpf_map__fd(probe->maps.local_addresses)))
		fail("the probe does not learn this host's addresses");
	call.probe = probe;
}

static void open_call_as(bool v6)
{
	call.v6 = v6;
	call_open_with(false);
	call.alice = call_join_as("r", "alice", v6);
	call.bob = call_join_as("r", "bob", v6);
	/* he sends this SSRC himself, so he is told another one */
	call_publish_as(call.bob, "bob", v6, SSRC);
	call.stream = call_publish_as(call.alice, "alice", v6, SSRC);
	call.from = control_stream(call.stream)->transport;
	control_set_rtcp_mux(call.from, true);
	call_commit();
	call.told = control_find_sink(call.bob, call.stream)->ssrc;
	check_true(call.told != htonl(SSRC), "bob should be told another SSRC");
	load_probe();
	settings()->beat_ns = 1; /* there was a server, long ago */
}

static void open_call(void)
{
	open_call_as(false);
}

static __u64 answered(enum rtcp_answer answer)
{
	__u32 index = answer;

	return *(__u64 *)table_find(&sfu_answers, &index);
}

/* ---- datagrams --------------------------------------------------------------- */

/* Words in host byte order. */
struct datagram {
	__be32 words[40];
	__u32 count;
};

static void add_word(struct datagram *d, __u32 word)
{
	d->words[d->count++] = htonl(word);
}

static struct datagram feedback(__u32 first, __be32 about)
{
	struct datagram d = {};

	add_word(&d, first);
	add_word(&d, 9);
	d.words[d.count++] = about;
	return d;
}

static struct datagram pli(__be32 about)
{
	return feedback(0x81ce0002, about);
}

static struct datagram nack(__be32 about)
{
	struct datagram d = feedback(0x81cd0004, about);

	add_word(&d, 0x00050001);
	add_word(&d, 0x10000000);
	return d;
}

static struct datagram sr(__u32 ssrc)
{
	static const __u32 words[] = { 0x01020304, 0x05060708, 1, 2, 3 };
	struct datagram d = {};

	add_word(&d, 0x80c80006);
	add_word(&d, ssrc);
	for (int i = 0; i < 5; i++)
		add_word(&d, words[i]);
	return d;
}

/* In a packet of UDP as host sends it to the server. */
static struct packet_spec from_host(const char *host, const struct datagram *d)
{
	struct packet_spec spec = call_rtp(host, 0, 0);

	if (call.v6) {
		spec.ip.src = sandbox_host(host)->ip6;
		spec.ip.dst = sandbox_host(SANDBOX_SERVER)->ip6;
	}
	spec.ip.dont_fragment = !call.v6;
	spec.last = PACKET_UDP;
	spec.payload = d->words;
	spec.payload_len = 4 * d->count;
	return spec;
}

/* As the kernel sends it to host: a datagram of its own. */
static struct packet_spec to_host(const char *host, const struct datagram *d)
{
	struct packet_spec spec = call_copy(from_host(host, d), host);

	spec.ip.ttl = 64;
	return spec;
}

static enum xdp_action run(const struct packet_spec *spec, struct frame *out)
{
	struct frame in;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in.data,
		    .data_out = out->data, .data_size_out = PACKET_MAX);
	int err;

	call_build(&in, spec);
	run.data_size_in = in.len;
	*out = (struct frame){};
	err = bpf_prog_test_run_opts(bpf_program__fd(
					     call.probe->progs.outlive_probe),
				     &run);
	if (err)
		fail("BPF_PROG_TEST_RUN: %s", strerror(-err));
	out->len = run.data_size_out;
	return run.retval;
}

static void check_action(const char *why, enum xdp_action expected,
			 const char *host, struct datagram d)
{
	struct packet_spec spec = from_host(host, &d);
	struct frame in, out;
	enum xdp_action got;

	step("%s", why);
	got = run(&spec, &out);
	check_uint("XDP action", expected, got);
	if (got != XDP_PASS)
		return;
	call_build(&in, &spec);
	check_packet(&in, &out);
}

/* d comes from host; the kernel says `answer` to alice. */
static void check_answer(enum xdp_action action, const char *host,
			 struct datagram d, struct datagram answer)
{
	struct packet_spec in = from_host(host, &d);
	struct packet_spec spec = to_host("alice", &answer);
	struct frame expected, got;

	check_uint("XDP action", action, run(&in, &got));
	call_build(&expected, &spec);
	check_packet(&expected, &got);
	check_checksums(&got);
}

/* The kernel's feedback comes from SSRC 1 if the server had none. */
static struct datagram as_told(struct datagram d)
{
	d.words[1] = htonl(1);
	d.words[2] = htonl(SSRC);
	return d;
}

/* What GET /rooms and sfuctl say of it. */
static void check_reported(const char *answer, json_int_t expected)
{
	json_t *report = report_rooms("xdp");

	check_int(answer, expected,
		  json_integer_value(json_object_get(
			  json_object_get(report, "rtcp_without_server"),
			  answer)));
	json_decref(report);
}

TEST("6.0.sa", picture_is_asked_for, "PLI goes to the publisher: IPv4, IPv6")
{
	for (int v6 = 0; v6 < 2; v6++) {
		open_call_as(v6);
		check_answer(XDP_REDIRECT, "bob", pli(call.told),
			     as_told(pli(0)));
		check_uint("asked", 1, answered(ANSWER_KEYFRAME));
		control_close();
	}
}

TEST("6.0.sb", asked_twice_a_second, "PLI goes to the publisher twice a second")
{
	open_call();
	check_answer(XDP_REDIRECT, "bob", pli(call.told), as_told(pli(0)));
	check_action("too early", XDP_DROP, "bob", pli(call.told));
	check_uint("asked", 1, answered(ANSWER_KEYFRAME));
	check_uint("too early", 1, answered(ANSWER_EARLY));
	step("half a second has gone by");
	control_feedback(call.stream)->asked_ns -= 500000000;
	check_answer(XDP_REDIRECT, "bob", pli(call.told), as_told(pli(0)));
	check_uint("asked", 2, answered(ANSWER_KEYFRAME));
	check_reported("keyframe", 2);
	check_reported("early", 1);
}

TEST("6.0.sc", fir_becomes_pli, "a FIR behind a report becomes a PLI")
{
	struct datagram d = {};

	open_call();
	add_word(&d, 0x80c90001);
	add_word(&d, 9);
	add_word(&d, 0x84ce0004);
	add_word(&d, 9);
	add_word(&d, 0);
	d.words[d.count++] = call.told;
	add_word(&d, 0x07000000);
	check_answer(XDP_REDIRECT, "bob", d, as_told(pli(0)));
}

TEST("6.0.sz", nacks_are_spaced, "a flood of NACKs asks for little")
{
	struct datagram d;
	struct packet_spec spec;
	struct frame out;
	__s64 began, took;
	__u64 passed;

	open_call();
	d = nack(call.told);
	spec = from_host("bob", &d);
	began = clock_now_ms();
	for (int i = 0; i < 1000; i++)
		run(&spec, &out);
	took = clock_now_ms() - began;
	passed = answered(ANSWER_NACK);
	check_true(passed >= 1 && passed <= 2 + (__u64)took / 5,
		   "%llu NACKs went on in %lld ms", passed, (long long)took);
	check_uint("all of them", 1000, passed + answered(ANSWER_EARLY));
}

TEST("6.0.sd", nack_goes_on, "a NACK goes on, with its numbers")
{
	for (int v6 = 0; v6 < 2; v6++) {
		open_call_as(v6);
		check_answer(XDP_REDIRECT, "bob", nack(call.told),
			     as_told(nack(0)));
		check_uint("NACKs", 1, answered(ANSWER_NACK));
		control_close();
	}
}

TEST("6.0.se", without_mux, "without rtcp-mux, RTCP has the port above RTP's")
{
	struct datagram d = pli(0), answer = as_told(pli(0));
	struct packet_spec in, spec = to_host("alice", &answer);
	struct frame expected, got;

	open_call();
	control_set_rtcp_mux(call.from, false);
	call_commit();
	d.words[2] = call.told;
	in = from_host("bob", &d);
	in.udp.sport = SENDER_PORT + 1;
	spec.udp.dport = SENDER_PORT + 1;
	check_uint("XDP action", XDP_REDIRECT, run(&in, &got));
	call_build(&expected, &spec);
	check_packet(&expected, &got);
}

TEST("6.0.sf", server_is_there, "while the server is there, all goes up")
{
	open_call();
	settings()->beat_ns = 0;
	check_action("there never was a server", XDP_PASS, "bob",
		     pli(call.told));
	control_beat();
	check_action("the server has just said so", XDP_PASS, "bob",
		     pli(call.told));
	settings()->beat_ns = clock_now_ns() - SERVER_PATIENCE_NS;
	check_action("that was a while ago", XDP_REDIRECT, "bob",
		     pli(call.told));
	settings()->patience_ns = 60 * NS_PER_SEC;
	check_action("we are more patient", XDP_PASS, "bob", nack(call.told));
	settings()->beat_ns = clock_now_ns() + NS_PER_SEC;
	check_action("it comes after this program's time", XDP_PASS, "bob",
		     nack(call.told));
}

TEST("6.0.sg", not_ours, "strangers, other SSRCs, and reports")
{
	struct datagram d = pli(0);
	struct packet_spec stranger;
	struct frame out;

	open_call();
	check_action("an SSRC that bob was not told", XDP_DROP, "bob",
		     pli(htonl(7)));
	check_action("alice about what bob was told", XDP_DROP, "alice",
		     pli(call.told));
	check_action("a report alone", XDP_DROP, "bob", sr(1));
	check_uint("nothing asked", 3, answered(ANSWER_NONE));
	d.words[2] = call.told;
	stranger = from_host("bob", &d);
	stranger.udp.sport = 7777;
	check_uint("XDP action for a stranger", XDP_PASS, run(&stranger, &out));
	stranger = from_host("bob", &d);
	stranger.vlans = 1;
	check_uint("XDP action for another network", XDP_PASS,
		   run(&stranger, &out));
}

/*
 * A limit: addresses are those of senders.  Whoever has no ICE and sends no
 * media is a stranger there, for the server as for the kernel.
 */
TEST("6.0.so", only_receives, "who only receives plain RTP is not heard")
{
	__u32 carol;
	__be32 told;

	open_call();
	carol = call_join("r", "carol");
	call_commit();
	told = control_find_sink(carol, call.stream)->ssrc;
	check_action("a picture", XDP_PASS, "carol", pli(told));
	check_action("packets", XDP_PASS, "carol", nack(told));
	step("she sends from there, and is known");
	call_publish(carol, "carol", 0x77);
	call_commit();
	check_action("packets", XDP_REDIRECT, "carol", nack(told));
}

static void encrypt(__u32 participant, const char *host)
{
	struct ip_addr home = call_address(host, false);
	__u32 transport;

	check_int("open", 0,
		  control_open_transport(participant, true, &transport));
	check_int("bind", 0, control_bind(transport, &home, htons(7000)));
	call_commit();
}

TEST("6.0.sh", encrypted, "what is encrypted goes up")
{
	struct datagram d = pli(0);
	struct packet_spec spec;
	struct frame out;

	open_call();
	encrypt(call.bob, "bob");
	d.words[2] = call.told;
	spec = from_host("bob", &d);
	spec.udp.sport = 7000;
	check_uint("XDP action", XDP_PASS, run(&spec, &out));
}

/* ---- reports to publishers ----------------------------------------------------- */

/* The kernel's own report, without REMB. */
static struct datagram report(__u32 first, __u32 lost, __u32 highest)
{
	static const __u32 cname[] = { 0x81ca0004, 1, 0x01097377, 0x69667463,
				       0x616c6c00 };
	struct datagram d = {};

	add_word(&d, first);
	add_word(&d, 1);
	add_word(&d, SSRC);
	add_word(&d, lost);
	add_word(&d, highest);
	add_word(&d, 0);	  /* jitter */
	add_word(&d, 0x03040506); /* the middle of the SR's time */
	add_word(&d, 0);
	for (int i = 0; i < 5; i++)
		add_word(&d, cname[i]);
	return d;
}

static void arrive(__u16 from, __u16 to)
{
	struct rtp_stats *s = table_find(&sfu_stats, &call.stream);

	for (__u16 seq = from; seq != to; seq++)
		rtp_stats_update(s, 20000000ull * seq, 160, 96, seq,
				 seq * 1800);
}

TEST("6.0.si", sr_is_answered, "an SR is answered by an RR: IPv4, IPv6")
{
	for (int v6 = 0; v6 < 2; v6++) {
		open_call_as(v6);
		check_action("no packet has come", XDP_DROP, "alice", sr(SSRC));
		arrive(1, 101);
		check_answer(XDP_REDIRECT, "alice", sr(SSRC),
			     report(0x81c90007, 0, 100));
		arrive(126, 201);
		check_answer(XDP_REDIRECT, "alice", sr(SSRC),
			     report(0x81c90007, 64 << 24 | 25, 200));
		check_uint("reports", 2, answered(ANSWER_REPORT));
		control_close();
	}
}

TEST("6.0.sj", sr_with_remb, "a browser's REMB goes on")
{
	struct datagram answer = report(0x81c90007, 0, 10);

	open_call();
	arrive(1, 11);
	*control_feedback(call.stream) = (struct stream_feedback){
		.bits = 1000000,
		.ssrc = htonl(0xabc),
	};
	answer.words[1] = answer.words[9] = htonl(0xabc);
	add_word(&answer, 0x8fce0005);
	add_word(&answer, 0xabc);
	add_word(&answer, 0);
	add_word(&answer, 0x52454d42);
	add_word(&answer, 0x010bd090); /* 250,000 x 4 */
	add_word(&answer, SSRC);
	check_answer(XDP_REDIRECT, "alice", sr(SSRC), answer);
}

TEST("6.0.sn", early_wish, "a wish that came too early goes with the next RR")
{
	struct datagram answer = report(0x81c90007, 0, 20);

	open_call();
	check_answer(XDP_REDIRECT, "bob", pli(call.told), as_told(pli(0)));
	check_action("too early", XDP_DROP, "bob", pli(call.told));
	arrive(1, 11);
	check_answer(XDP_REDIRECT, "alice", sr(SSRC),
		     report(0x81c90007, 0, 10));
	step("half a second has gone by");
	control_feedback(call.stream)->asked_ns -= 500000000;
	arrive(11, 21);
	add_word(&answer, 0x81ce0002);
	add_word(&answer, 1);
	add_word(&answer, SSRC);
	check_answer(XDP_REDIRECT, "alice", sr(SSRC), answer);
	step("it has been asked for");
	control_feedback(call.stream)->asked_ns -= 500000000;
	arrive(21, 31);
	check_answer(XDP_REDIRECT, "alice", sr(SSRC),
		     report(0x81c90007, 0, 30));
}

/* ---- who comes and goes ---------------------------------------------------------- */

TEST("6.0.sk", who_leaves, "who leaves is asked no more, and asks no more")
{
	open_call();
	control_leave(call.bob);
	call_commit();
	check_uint("told", 0, table_count(&sfu_told));
	check_uint("publishers", 1, table_count(&sfu_publishers));
	control_leave(call.alice);
	call_commit();
	check_uint("publishers", 0, table_count(&sfu_publishers));
}

TEST("6.0.sl", half_done, "what a crash left half done is mended")
{
	struct ssrc_key stale = { .transport = 77, .ssrc = 7 };
	struct ssrc_key told;
	__u32 nobody = 77, other = call.stream;
	struct leg leg = {};

	open_call();
	told = (struct ssrc_key){
		.transport = control_find_sink(call.bob, call.stream)
				     ->transport,
		.ssrc = call.told,
	};
	other = control_find_told(call.bob, htonl(SSRC));
	check_int("stale", 0, table_set(&sfu_told, &stale, &call.stream));
	check_int("wrong", 0, table_set(&sfu_told, &told, &other));
	check_int("nobody", 0, table_set(&sfu_publishers, &nobody, &leg));
	check_int("lost", 0, table_remove(&sfu_publishers, &call.from));
	control_close();
	step("another process opens the tables");
	check_int("open", 0,
		  control_open(&plane_tc, DEFAULT_PIN_DIR, htons(CALL_PORT)));
	call_commit();
	check_uint("told", 2, table_count(&sfu_told));
	check_uint("publishers", 2, table_count(&sfu_publishers));
	check_answer(XDP_REDIRECT, "bob", pli(call.told), as_told(pli(0)));
}

static void agree(__u32 transport, __u64 renewed_ns)
{
	struct consent consent = { .renewed_ns = renewed_ns };

	check_int("consent", 0, control_set_consent(transport, &consent));
	call_commit();
}

TEST("6.0.sx", consent_ran_out, "whose consent has run out gets no RTCP")
{
	open_call();
	arrive(1, 101);
	agree(call.from, clock_now_ns() - CONSENT_NS);
	check_action("a picture", XDP_DROP, "bob", pli(call.told));
	check_action("packets", XDP_DROP, "bob", nack(call.told));
	check_action("a report", XDP_DROP, "alice", sr(SSRC));
	check_uint("nothing sent", 3, answered(ANSWER_NONE));
	step("also at the port above RTP's");
	control_set_rtcp_mux(call.from, false);
	call_commit();
	check_action("packets", XDP_DROP, "bob", nack(call.told));
	step("she agrees again");
	agree(call.from, clock_now_ns());
	check_action("packets", XDP_REDIRECT, "bob", nack(call.told));
	check_uint("NACKs", 1, answered(ANSWER_NACK));
}

TEST("6.0.sy", nobody_there, "an address that is nobody's now gets no RTCP")
{
	struct transport_address at = {
		.port = htons(SENDER_PORT),
		.local_port = htons(CALL_PORT),
	};

	open_call();
	at.addr = call_address("alice", false);
	check_int("gone", 0, table_remove(&sfu_addresses, &at));
	check_action("a picture", XDP_DROP, "bob", pli(call.told));
}

/* ---- on the wire ------------------------------------------------------------------- */

/* Alice's report; the jitter is what it was. */
static void expect_report(int at_alice)
{
	struct datagram answer = report(0x81c90007, 0, 10);
	struct packet_spec spec = to_host("alice", &answer);
	struct frame expected, got;

	check_int("a report", 0, capture_next(at_alice, &got, PATIENCE_MS));
	memcpy(&answer.words[5], got.data + 42 + 4 * 5, 4);
	call_build(&expected, &spec);
	check_packet(&expected, &got);
}

TEST("6.0.sm", on_the_wire,
     "PLI, NACK and SR on the wire, beside the forwarder")
{
	struct datagram d, answer;
	int from_bob, from_alice, at_alice, link;

	open_call();
	link = loader_attach_xdp(call.probe->progs.outlive_probe,
				 if_nametoindex("eth0"));
	check_true(link >= 0, "the probe should attach: %s", strerror(-link));
	from_bob = inject_open("bob", "eth0");
	from_alice = inject_open("alice", "eth0");
	at_alice = capture_open("alice", "eth0");
	d = pli(call.told);
	answer = as_told(pli(0));
	call_send(from_bob, from_host("bob", &d));
	call_expect(at_alice, to_host("alice", &answer));
	d = nack(call.told);
	answer = as_told(nack(0));
	call_send(from_bob, from_host("bob", &d));
	call_expect(at_alice, to_host("alice", &answer));
	for (__u16 seq = 1; seq <= 10; seq++)
		call_send(from_alice, call_rtp("alice", SSRC, seq));
	d = sr(SSRC);
	call_send(from_alice, from_host("alice", &d));
	expect_report(at_alice);
}
