// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The route of a packet by itself: tables in memory, written by hand, with
 * one transport of alice, one stream and its leg.  No control plane, no kernel.
 */
#include "lab03-maps/testlib/room.h"
#include "lab03-maps/forward.h"

#define TRANSPORT 7
#define STREAM	  3
#define SLOT	  5
#define SSRC	  htonl(0x1111)

/* There are no frames here. */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	(void)c, (void)offset, (void)byte;
	return -1;
}

static void bind_transport(__u32 id, unsigned int host)
{
	struct sender sender = { .transport = id };
	struct transport_address from = {
		.addr = host_addr(host),
		.port = htons(6000),
		.local_port = PORT,
	};

	check_int("address", 0, table_set(&sfu_addresses, &from, &sender));
}

static void add_stream(__u32 id, __u32 transport)
{
	struct ssrc_key key = { .transport = transport, .ssrc = SSRC };

	check_int("ssrc", 0, table_set(&sfu_ssrcs, &key, &id));
}

static void open_route(void)
{
	struct leg leg = { .stream = STREAM };
	__u32 slot = SLOT;

	open_tables();
	bind_transport(TRANSPORT, 1);
	add_stream(STREAM, TRANSPORT);
	check_int("leg", 0, table_set(&sfu_legs, &slot, &leg));
}

/* What alice sends. */
static struct packet rtp(void)
{
	return (struct packet){
		.saddr = host_addr(1),
		.sport = htons(6000),
		.dport = PORT,
		.ssrc = SSRC,
	};
}

static void check_source(const char *what, const struct packet *p, bool known)
{
	struct sender sender;
	enum verdict verdict = find_sender(p, &sender);

	check_true((verdict != DROP_UNKNOWN_SOURCE) == known,
		   "%s is %s, but find_sender() says %s", what,
		   known ? "known" : "unknown", verdict_name(verdict));
}

static void check_stream(const char *what, const struct packet *p, __u32 id)
{
	struct sender sender = {};
	__u32 stream = 0;
	enum verdict verdict = find_sender(p, &sender);

	if (verdict == CLASS_RTP)
		verdict = find_stream(p, &sender, &stream);
	check_str(what, verdict_name(id ? CLASS_RTP : DROP_UNKNOWN_SSRC),
		  verdict_name(verdict));
	check_uint("stream", id, stream);
}

static __u64 counted(__u32 verdict)
{
	return *(const __u64 *)table_find(&sfu_verdicts, &verdict);
}

/* ---- 3.1 count_verdict() ----------------------------------------------- */

TEST("3.1.a", every_verdict, "each verdict has a counter of its own",
     .native = true)
{
	open_tables();
	for (__u32 v = 0; v < VERDICT_COUNT; v++)
		for (__u32 i = 0; i <= v; i++)
			count_verdict(v);
	for (__u32 v = 0; v < VERDICT_COUNT; v++)
		check_uint(verdict_name(v), v + 1, counted(v));
}

TEST("3.1.b", no_such_verdict, "what has no counter is not counted",
     .native = true)
{
	open_tables();
	count_verdict(CLASS_RTP);
	count_verdict(VERDICT_COUNT);
	for (__u32 v = 0; v < VERDICT_COUNT; v++)
		check_uint(verdict_name(v), v == CLASS_RTP, counted(v));
}

/* ---- 3.2 find_sender(): whose address is it? --------------------------- */

TEST("3.2.a", other_address, "alice is known, her neighbour is not",
     .native = true)
{
	struct packet p = rtp();

	open_route();
	check_source("10.0.0.1", &p, true);
	p.saddr = host_addr(2);
	check_source("10.0.0.2", &p, false);
}

TEST("3.2.b", other_port, "alice's port is known, another of hers is not",
     .native = true)
{
	struct packet p = rtp();

	open_route();
	check_source("port 6000", &p, true);
	p.sport = htons(6001);
	check_source("port 6001", &p, false);
}

TEST("3.2.c", other_local_port, "what is sent to another port of ours is not",
     .native = true)
{
	struct packet p = rtp();

	open_route();
	check_source("to our port 5004", &p, true);
	p.dport = htons(5006);
	check_source("to our port 5006", &p, false);
}

/* ---- 3.3 find_stream(): which of the transport's streams is it? --------- */

TEST("3.3.a", known_ssrc, "an SSRC leads to its stream", .native = true)
{
	struct packet p = rtp();

	open_route();
	check_stream("SSRC 0x1111", &p, STREAM);
}

TEST("3.3.b", unknown_ssrc, "an SSRC that was not signalled leads nowhere",
     .native = true)
{
	struct packet p = rtp();

	open_route();
	check_stream("SSRC 0x1111", &p, STREAM);
	p.ssrc = htonl(0x1112);
	check_stream("SSRC 0x1112", &p, 0);
}

TEST("3.3.c", same_ssrc, "one SSRC of two transports is two streams",
     .native = true)
{
	struct packet p = rtp();

	open_route();
	bind_transport(TRANSPORT + 1, 2);
	add_stream(STREAM + 1, TRANSPORT + 1);
	check_stream("of alice", &p, STREAM);
	p.saddr = host_addr(2);
	check_stream("of bob", &p, STREAM + 1);
}

/* ---- 3.0 find_legs(): which of the stream's payload types is it? ------- */

static void check_format(__u8 pt, enum verdict expected, __u32 format)
{
	struct packet_route to = { .stream = STREAM };
	struct packet p = rtp();
	enum verdict verdict;

	p.pt = pt;
	verdict = find_legs(&p, &to);
	step("payload type %u", pt);
	check_str("verdict", verdict_name(expected), verdict_name(verdict));
	if (expected == CLASS_RTP)
		check_uint("format", format, to.format);
}

TEST("3.0.u", unknown_payload_type, "only announced payload types have legs",
     .native = true)
{
	struct stream stream = { .pt = { 0, 101, 13, NO_PT } };
	__u32 id = STREAM;

	open_route();
	check_int("stream", 0, table_set(&sfu_streams, &id, &stream));
	check_format(0, CLASS_RTP, 0);
	check_format(101, CLASS_RTP, 1);
	check_format(13, CLASS_RTP, 2);
	check_format(8, DROP_UNKNOWN_PT, 0);
	check_format(127, DROP_UNKNOWN_PT, 0);
}

/* ---- 3.4 leg_of_stream() ----------------------------------------------------- */

static void check_leg(__u32 stream, __u32 slot, bool expected)
{
	struct leg *leg = leg_of_stream(stream, slot);

	step("stream %u, slot %u: %s", stream, slot, leg ? "a leg" : "NULL");
	check_true(!!leg == expected, "slot %u of stream %u should give %s",
		   slot, stream,
		   expected ? "its leg, but gave NULL" :
			      "NULL, but gave a leg");
	check_true(!leg || leg == table_find(&sfu_legs, &slot),
		   "slot %u should give its own leg, but gave another slot's",
		   slot);
}

TEST("3.4.a", own_leg, "a leg of this stream, and none of another",
     .native = true)
{
	open_route();
	check_leg(STREAM, SLOT, true);
	check_leg(STREAM + 1, SLOT, false);
	check_leg(STREAM, SLOT + 1, false);
	check_leg(STREAM, MAX_LEGS, false);
}

TEST("3.4.b", stale_is_counted, "each leg that is stale is counted",
     .native = true)
{
	open_route();
	leg_of_stream(STREAM, SLOT);
	leg_of_stream(STREAM + 1, SLOT);
	leg_of_stream(STREAM, SLOT + 1);
	check_uint("stale_leg", 2, counted(DROP_STALE_LEG));
	step("a slot that there is not: its copy is due, too");
	leg_of_stream(STREAM, MAX_LEGS);
	check_uint("stale_leg", 3, counted(DROP_STALE_LEG));
}

/* ---- who is encrypted -------------------------------------------------- */

static void encrypt_alice(void)
{
	struct transport_address from = {
		.addr = host_addr(1),
		.port = htons(6000),
		.local_port = PORT,
	};
	struct sender sender = { .transport = TRANSPORT, .encrypted = true };

	check_int("address", 0, table_set(&sfu_addresses, &from, &sender));
}

static void check_judged(enum verdict was, enum verdict expected)
{
	struct packet_route to = {};
	struct packet p = rtp();

	check_str(verdict_name(was), verdict_name(expected),
		  verdict_name(judge_sender(was, &p, &to)));
}

TEST("3.0.fa", srtp_goes_up, "what may be SRTP is user space's, odd or not",
     .native = true)
{
	open_route();
	encrypt_alice();
	check_judged(CLASS_RTP, CLASS_USER);
	check_judged(DROP_RTP_PADDING, CLASS_USER);
	check_judged(DROP_RTCP_MALFORMED, CLASS_RTCP);
	check_judged(DROP_RTP_CSRC, DROP_RTP_CSRC);
	check_judged(CLASS_STUN, CLASS_STUN);
}

TEST("3.0.fb", clear_is_judged, "from whom is not encrypted, odd is odd",
     .native = true)
{
	open_route();
	check_judged(CLASS_RTP, CLASS_RTP);
	check_judged(DROP_RTP_PADDING, DROP_RTP_PADDING);
	check_judged(DROP_RTCP_MALFORMED, DROP_RTCP_MALFORMED);
}

TEST("3.0.fc", legs_word_is_whole, "a list of legs survives its word",
     .native = true)
{
	struct leg_list list = { .first = 77, .count = MAX_LEGS_PER_STREAM };

	check_uint("first", 77, leg_list(legs_word(list)).first);
	check_uint("count", MAX_LEGS_PER_STREAM,
		   leg_list(legs_word(list)).count);
	check_uint("user space's", 0, leg_list(legs_word(list)).in_user_space);
	check_true(!leg_list(legs_word(list)).mapped, "mapped");
	list.in_user_space = MAX_LEGS_PER_STREAM;
	list.mapped = 1;
	check_uint("first", 77, leg_list(legs_word(list)).first);
	check_uint("count", MAX_LEGS_PER_STREAM,
		   leg_list(legs_word(list)).count);
	check_uint("user space's", MAX_LEGS_PER_STREAM,
		   leg_list(legs_word(list)).in_user_space);
	check_true(leg_list(legs_word(list)).mapped, "mapped");
}
