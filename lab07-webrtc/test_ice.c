// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The agent and its peer, who here is a few lines that write STUN messages; and
 * others, who have not been told the password.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "common/test.h"
#include "lab03-maps/tables_packets.h"
#include "lab07-webrtc/ice_agents.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define PEER_UFRAG    "4+7x" /* as Chromium's: four characters */
#define PEER_PASSWORD "iKGXi1Hpa8bmozhD7iyZzNnX"
#define ID	      "transaction1"
#define START	      1000000 /* ms */

static struct ice_agents agents;
static struct ice_agent agent;
static struct ice_outcome out;
static int64_t now = START;

/* ---- the peer --------------------------------------------------------- */

enum part {
	NO_USERNAME = 1,
	NO_PRIORITY = 2,
	NO_ROLE = 4,
	NOMINATE = 8,
	NO_INTEGRITY = 16,
	NO_FINGERPRINT = 32,
	CONTROLLED = 64,
	FFMPEG = NO_PRIORITY | NO_ROLE | NOMINATE,
};

static void open_agents(void)
{
	check_int("ice_agents_open", 0, ice_agents_open(&agents));
}

static void add_agent(struct ice_agent *a)
{
	check_int("ice_open", 0, ice_open(a));
	check_int("ice_set_peer", 0,
		  ice_set_peer(a, PEER_UFRAG, PEER_PASSWORD));
	check_int("ice_agents_add", 0, ice_agents_add(&agents, a));
}

/* An agent that believes what it has seen proven, and nothing else. */
static void start(void)
{
	open_agents();
	add_agent(&agent);
}

static void start_trusting(const char *host)
{
	struct udp_address at = address(host, 1);

	start();
	ice_trust(&agent, &at.addr);
}

static void add_proofs(struct client_message *c, const char *password,
		       unsigned int parts)
{
	if (!(parts & NO_INTEGRITY))
		client_add_integrity(c, password);
	if (!(parts & NO_FINGERPRINT))
		client_add_fingerprint(c);
}

static struct client_message check_with(const struct ice_credentials *c,
					unsigned int parts)
{
	struct client_message m = client_start(REQUEST, ID);
	char username[ICE_UFRAG + sizeof(":" PEER_UFRAG)];

	snprintf(username, sizeof(username), "%s:" PEER_UFRAG, c->ufrag);
	if (!(parts & NO_USERNAME))
		client_add_username(&m, username);
	if (!(parts & NO_PRIORITY))
		client_add(&m, PRIORITY, "\x6e\x7f\x1e\xff", 4);
	if (!(parts & NO_ROLE))
		client_add(&m,
			   parts & CONTROLLED ? ICE_CONTROLLED :
						ICE_CONTROLLING,
			   "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	if (parts & NOMINATE)
		client_add(&m, USE_CANDIDATE, NULL, 0);
	add_proofs(&m, c->password, parts);
	return m;
}

/* All that anybody sends goes this way. */
static struct ice_agent *receive(const struct client_message *m,
				 const struct udp_address *from)
{
	uint8_t *exact = client_exact(m->bytes, m->len);
	struct ice_agent *a;

	a = ice_agents_receive(&agents, exact, m->len, from, now, &out);
	free(exact);
	check_true(out.answer.len <= m->len,
		   "a request of %zu bytes, and an answer of %zu", m->len,
		   out.answer.len);
	return a;
}

static void send_check(const struct udp_address *from, unsigned int parts)
{
	struct client_message m = check_with(&agent.current, parts);

	check_true(receive(&m, from) == &agent, "it is another's");
}

/* The peer's answer to the check of ours that came last. */
static struct client_message answer_with(uint16_t type, const char *password)
{
	struct client_message m;

	check_true(out.check.len, "there was no check");
	m = client_start(type, (const char *)out.check.bytes + 8);
	client_add(&m, XOR_MAPPED, "\0\1\0\0\0\0\0\0", 8);
	add_proofs(&m, password, 0);
	return m;
}

static void send_answer(const struct udp_address *from)
{
	struct client_message m = answer_with(SUCCESS, PEER_PASSWORD);

	check_true(receive(&m, from) == &agent, "it is another's");
}

/* The whole way: checked, asked, answered, nominated. */
static void connect_from(const struct udp_address *from)
{
	now += 1000;
	send_check(from, NOMINATE);
	if (out.check.len)
		send_answer(from);
	check_true(out.events & ICE_SELECTED, "it is not selected");
}

/* ---- what is said ----------------------------------------------------- */

static struct stun_message parse_out(const struct stun_out *o)
{
	struct stun_message m;

	check_int("stun_parse", 0, stun_parse(o->bytes, o->len, &m));
	check_true(stun_fingerprint_holds(&m), "its fingerprint is wrong");
	return m;
}

static void check_answer(enum stun_class class, int error)
{
	struct stun_message m = parse_out(&out.answer);

	check_int("class", class, m.class);
	check_int("error", error, m.error);
	check_hex("transaction id", ID, m.transaction_id, 12);
	check_true(stun_integrity_holds(&m, agent.current.password),
		   "the answer is not proven with our password");
}

static void check_silence(const char *what)
{
	check_true(!out.answer.len, "there is an answer to %s", what);
	check_true(!out.check.len, "there is a check after %s", what);
	check_true(!out.events, "%s: events 0x%x", what, out.events);
}

static const char *event_names(unsigned int events)
{
	static char names[2][64];
	static int turn;
	char *text = names[turn ^= 1];

	snprintf(text, sizeof(names[0]), "%s%s%s%s",
		 events & ICE_PROVEN ? " proven" : "",
		 events & ICE_SELECTED ? " selected" : "",
		 events & ICE_RESTARTED ? " restarted" : "",
		 events & ICE_LOST ? " lost" : "");
	return *text ? text + 1 : "none";
}

static void check_events(const char *what, unsigned int expected)
{
	check_str(what, event_names(expected), event_names(out.events));
}

static void check_selected(const struct udp_address *at)
{
	const struct udp_address *is = &agent.selected;
	char expected[ADDRESS_TEXT], got[ADDRESS_TEXT];

	check_str("selected address",
		  address_format(expected, &at->addr, at->port),
		  is->port ? address_format(got, &is->addr, is->port) : "none");
}

static bool is_selected(void)
{
	return agent.selected.port;
}

/* ---- a call ----------------------------------------------------------- */

TEST("7.4.a", trusted, "a peer that speaks HTTP from there needs no more",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct stun_message m;

	start_trusting("10.0.7.1");
	send_check(&home, 0);
	check_answer(STUN_SUCCESS, 0);
	m = parse_out(&out.answer);
	check_hex("mapped", &home, &m.mapped, sizeof(home));
	check_events("events", ICE_PROVEN);
	check_uint("check of ours", 0, out.check.len);
	check_true(!is_selected(), "nobody has said USE-CANDIDATE");
	send_check(&home, NOMINATE);
	check_answer(STUN_SUCCESS, 0);
	check_events("events", ICE_SELECTED);
	check_selected(&home);
	send_check(&home, NOMINATE);
	check_answer(STUN_SUCCESS, 0);
	check_events("events", 0);
}

TEST("7.4.b", proven, "a peer from elsewhere proves itself, by IPv4 and IPv6",
     .native = true)
{
	struct udp_address homes[] = { address("10.0.7.1", 40000),
				       address("fd00:7::1", 40000) };
	struct ice_outcome asked;
	struct stun_message m;

	start_trusting("10.0.7.9");
	for (int i = 0; i < 2; i++) {
		now += 1000;
		send_check(&homes[i], NOMINATE);
		check_answer(STUN_SUCCESS, 0);
		check_events("events before the proof", 0);
		check_true(!ice_is_proven(&agent, &homes[i], now), "not yet");
		m = parse_out(&out.check);
		check_int("class", STUN_REQUEST, m.class);
		check_true(stun_integrity_holds(&m, PEER_PASSWORD),
			   "our check is not made with the peer's password");
		check_uint("length of username",
			   strlen(PEER_UFRAG) + 1 + ICE_UFRAG, m.username_len);
		check_hex("username", PEER_UFRAG ":", m.username,
			  strlen(PEER_UFRAG ":"));
		check_true(m.controlled, "a lite agent is controlled");
		step("a check without USE-CANDIDATE, before the answer");
		asked = out;
		send_check(&homes[i], 0);
		out = asked;
		send_answer(&homes[i]);
		check_events("events", ICE_PROVEN | ICE_SELECTED);
		check_selected(&homes[i]);
		check_uint("no answer to an answer", 0, out.answer.len);
		now += 5000;
		send_check(&homes[i], NOMINATE);
		check_true(!out.check.len, "it is asked, and has been proven");
	}
}

TEST("7.0.u", proven_by_error,
     "an error that is proven says as well that our check has arrived",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m;

	start();
	send_check(&home, 0);
	m = answer_with(ERROR, PEER_PASSWORD);
	receive(&m, &home);
	check_events("events", ICE_PROVEN);
	check_true(!is_selected(), "nobody has said USE-CANDIDATE");
}

TEST("7.0.av", late_answer, "the answer to an earlier check of ours will do",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message first;

	start();
	send_check(&home, 0);
	first = answer_with(SUCCESS, PEER_PASSWORD);
	now += 100;
	send_check(&home, 0);
	check_true(out.check.len, "there is no second check");
	receive(&first, &home);
	check_events("events", ICE_PROVEN);
}

TEST("7.0.v", ffmpeg, "FFmpeg says neither PRIORITY nor its role",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);

	start_trusting("10.0.7.1");
	send_check(&home, FFMPEG);
	check_answer(STUN_SUCCESS, 0);
	check_selected(&home);
}

TEST("7.0.w", anything, "an agent by the book believes everything",
     .native = true)
{
	struct udp_address home = address("fd00:7::1", 40000);

	start_trusting("::");
	send_check(&home, NOMINATE);
	check_events("events", ICE_PROVEN | ICE_SELECTED);
}

/* ---- others ----------------------------------------------------------- */

static void send_damaged(const struct client_message *whole,
			 const struct udp_address *from)
{
	struct client_message m = *whole;

	for (size_t i = 0; i < m.len; i++) {
		m.bytes[i] ^= 1;
		receive(&m, from);
		check_silence("a damaged check");
		m.bytes[i] ^= 1;
	}
}

TEST("7.0.x", silence, "who does not know the password gets nothing at all",
     .native = true)
{
	static const enum part lacks[] = { NO_USERNAME, NO_INTEGRITY,
					   NO_FINGERPRINT };
	struct udp_address home = address("10.0.7.1", 40000);
	struct ice_credentials guess;
	struct client_message m;

	start_trusting("::");
	guess = agent.current;
	guess.password[5] ^= 1;
	m = check_with(&guess, NOMINATE);
	receive(&m, &home);
	check_silence("a guessed password");
	guess = agent.current;
	guess.ufrag[ICE_UFRAG - 1] ^= 1;
	m = check_with(&guess, NOMINATE);
	check_true(!receive(&m, &home), "nobody has this ufrag");
	check_silence("a guessed ufrag");
	for (int i = 0; i < 3; i++) {
		m = check_with(&agent.current, NOMINATE | lacks[i]);
		receive(&m, &home);
		check_silence("a check that lacks something");
	}
	m = check_with(&agent.current, NOMINATE);
	send_damaged(&m, &home);
	m.len = 20;
	client_add(&m, USERNAME, agent.current.ufrag, ICE_UFRAG + 5);
	memcpy(m.bytes + 24 + ICE_UFRAG, "+peer", 5);
	add_proofs(&m, agent.current.password, 0);
	receive(&m, &home);
	check_silence("a username without a colon");
	for (size_t size = 0; size < ICE_UFRAG + 5; size++) {
		m.len = 20;
		client_add(&m, USERNAME, agent.current.ufrag, size);
		receive(&m, &home);
		check_silence("a short username, and nothing behind it");
	}
}

/* Until there is a restart, the agent's second credentials are zeros. */
TEST("7.0.y", empty, "credentials that there are none of are nobody's",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m = client_start(REQUEST, ID);
	struct stun_message parsed;

	start_trusting("::");
	client_add(&m, USERNAME, "\0\0\0\0\0\0\0\0\0\0\0\0:peer", 17);
	client_add(&m, USE_CANDIDATE, NULL, 0);
	add_proofs(&m, "", 0);
	receive(&m, &home);
	check_silence("a username of zeros");
	check_int("stun_parse", 0, stun_parse(m.bytes, m.len, &parsed));
	ice_receive(&agent, &parsed, &home, now, &out);
	check_silence("a username of zeros");
}

TEST("7.0.z", other_kinds, "indications, other methods, answers to nothing",
     .native = true)
{
	static const uint16_t types[] = { INDICATION, SUCCESS, ERROR, 0x0003 };
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m;

	start_trusting("::");
	for (int i = 0; i < 4; i++) {
		m = check_with(&agent.current, NOMINATE);
		m.bytes[0] = types[i] >> 8;
		m.bytes[1] = types[i] & 0xff;
		if (types[i] != 0x0003)
			memcpy(m.bytes + 8, &agent.number, 4);
		m.len -= 32;
		add_proofs(&m, agent.current.password, 0);
		receive(&m, &home);
		check_silence("what is no request");
	}
}

TEST("7.0.au", no_answer, "an indication is no answer to our check",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m;

	start();
	send_check(&home, NOMINATE);
	m = answer_with(INDICATION, PEER_PASSWORD);
	receive(&m, &home);
	check_silence("an indication");
}

TEST("7.4.c", replay,
     "a check that a stranger has seen, and sends again, moves nothing",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address stranger = address("10.0.9.9", 40000);
	struct client_message m;

	start_trusting("10.0.7.1");
	send_check(&home, NOMINATE);
	m = check_with(&agent.current, NOMINATE);
	for (int i = 0; i < 100; i++) {
		now += 100;
		receive(&m, &stranger);
		check_events("events", 0);
		check_true(!ice_agents_find(&agents, &stranger, now),
			   "the stranger's address counts as the peer's");
	}
	check_selected(&home);
}

TEST("7.0.ab", forged_answers, "no proof: another id, password or address",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other_port = address("10.0.7.1", 40001);
	struct udp_address stranger = address("10.0.9.9", 40000);
	struct client_message m, good;

	start();
	send_check(&stranger, NOMINATE);
	good = answer_with(SUCCESS, PEER_PASSWORD);
	m = answer_with(SUCCESS, agent.current.password);
	receive(&m, &stranger);
	check_silence("an answer with our password");
	for (int i = 0; i < 12; i++) {
		m = good;
		m.len = 20;
		m.bytes[8 + i] ^= 1;
		add_proofs(&m, PEER_PASSWORD, 0);
		receive(&m, &stranger);
		check_silence("an answer with another transaction id");
	}
	send_damaged(&good, &stranger);
	receive(&good, &home);
	check_silence("an answer from another address");
	receive(&good, &other_port);
	check_silence("an answer from another port");
	receive(&good, &stranger);
	check_events("events", ICE_PROVEN | ICE_SELECTED);
}

/* ---- refused ---------------------------------------------------------- */

static void refuse(const struct client_message *m, enum stun_error code)
{
	struct udp_address home = address("10.0.7.1", 40000);

	receive(m, &home);
	check_answer(STUN_ERROR, code);
	check_events("events", 0);
	check_uint("check of ours", 0, out.check.len);
	check_true(!is_selected(), "it is selected all the same");
	check_true(!ice_agents_find(&agents, &home, now), "it is proven");
}

static struct client_message odd_check(uint16_t type, size_t size)
{
	struct client_message m = client_start(REQUEST, ID);
	char username[ICE_UFRAG + sizeof(":" PEER_UFRAG)];

	snprintf(username, sizeof(username), "%s:" PEER_UFRAG,
		 agent.current.ufrag);
	client_add_username(&m, username);
	client_add(&m, USE_CANDIDATE, NULL, 0);
	client_add(&m, type, "0123456789ab", size);
	add_proofs(&m, agent.current.password, 0);
	return m;
}

TEST("7.0.ac", refused, "role conflict, unknown attributes, wrong sizes",
     .native = true)
{
	struct client_message m;
	struct stun_message answer;

	start_trusting("::");
	m = check_with(&agent.current, CONTROLLED | NOMINATE);
	refuse(&m, STUN_ROLE_CONFLICT);
	m = odd_check(0x7777, 0);
	refuse(&m, STUN_UNKNOWN_ATTRIBUTE);
	answer = parse_out(&out.answer);
	check_hex("UNKNOWN-ATTRIBUTES", "\x00\x0a\x00\x02\x77\x77",
		  answer.bytes + 28, 6);
	m = odd_check(PRIORITY, 8);
	refuse(&m, STUN_BAD_REQUEST);
}

/* ---- addresses -------------------------------------------------------- */

TEST("7.4.d", moves, "from Wi-Fi to mobile: the last USE-CANDIDATE counts",
     .native = true)
{
	struct udp_address wifi = address("10.0.7.1", 40000);
	struct udp_address mobile = address("fd00:9::1", 5000);

	start_trusting("10.0.7.1");
	connect_from(&wifi);
	now += 100;
	send_check(&mobile, 0);
	send_answer(&mobile);
	check_events("events", ICE_PROVEN);
	check_selected(&wifi);
	send_check(&mobile, NOMINATE);
	check_events("events", ICE_SELECTED);
	check_selected(&mobile);
	send_check(&wifi, 0);
	check_selected(&mobile);
	send_check(&wifi, NOMINATE);
	check_selected(&wifi);
}

TEST("7.4.e", takes_over,
     "a NAT has given another port: it takes over when the old one is silent",
     .native = true)
{
	struct udp_address old = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.1", 50000);

	start_trusting("10.0.7.1");
	connect_from(&old);
	now += ICE_SILENT_MS - 1;
	send_check(&other, 0);
	check_events("events", ICE_PROVEN);
	check_selected(&old);
	now++;
	send_check(&other, 0);
	check_events("events", ICE_SELECTED);
	check_selected(&other);
	send_check(&old, 0);
	check_selected(&other);
}

TEST("7.0.af", wants_last, "whichever is proven first, the last wish counts",
     .native = true)
{
	struct udp_address first = address("10.0.7.1", 40000);
	struct udp_address second = address("10.0.7.2", 40000);
	struct client_message answer;

	start();
	send_check(&first, NOMINATE);
	answer = answer_with(SUCCESS, PEER_PASSWORD);
	now += 100;
	send_check(&second, NOMINATE);
	send_answer(&second);
	check_selected(&second);
	receive(&answer, &first);
	check_events("events", ICE_PROVEN);
	check_selected(&second);
}

/* Whatever comes, what the peer uses is remembered. */
TEST("7.0.ag", many_addresses, "20,000 addresses, of which 8 are remembered",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address stranger = address("10.0.9.9", 1);
	struct client_message m;
	__u32 proven;

	start_trusting("10.0.7.1");
	connect_from(&home);
	m = check_with(&agent.current, NOMINATE);
	for (int i = 0; i < 20000; i++) {
		stranger.port = htons(1 + i % 65535);
		stranger.addr.word[3] = htonl(0x0b000000 + i / 100);
		now += i % 200 == 0;
		receive(&m, &stranger);
	}
	check_selected(&home);
	check_true(ice_agents_find(&agents, &home, now) == &agent,
		   "the peer is forgotten");
	proven = table_count(&agents.places);
	check_uint("addresses that are proven", 1, proven);
	for (int i = 1; i < 100; i++) {
		home.port = htons(i);
		send_check(&home, 0);
	}
	check_uint("addresses that are proven", ICE_PATHS,
		   table_count(&agents.places));
	check_true(ice_agents_find(&agents, &agent.selected, now) == &agent,
		   "the selected one is forgotten");
	ice_agents_remove(&agents, &agent);
	check_uint("when it is gone", 0, table_count(&agents.places));
}

/* ---- time ------------------------------------------------------------- */

TEST("7.5.a", consent, "30 s after the last valid check, nothing may be sent",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);

	start_trusting("10.0.7.1");
	check_true(!ice_expire(&agent, now), "there is nothing to lose");
	connect_from(&home);
	now += ICE_CONSENT_MS - 1;
	check_true(!ice_expire(&agent, now), "it is a millisecond early");
	send_check(&home, 0);
	now += ICE_CONSENT_MS - 1;
	check_true(!ice_expire(&agent, now), "the check has renewed it");
	check_true(ice_is_proven(&agent, &home, now), "it may be answered");
	now++;
	check_true(!ice_is_proven(&agent, &home, now), "it may not any more");
	check_true(!ice_agents_find(&agents, &home, now), "nor be found");
	check_true(ice_expire(&agent, now), "it is over");
	check_true(!is_selected(), "there is an address to send to");
	check_true(!ice_expire(&agent, now), "it is over only once");
	send_check(&home, 0);
	check_events("events", ICE_PROVEN);
	check_true(!is_selected(), "nobody has said USE-CANDIDATE since");
	send_check(&home, NOMINATE);
	check_selected(&home);
}

/* libnice, and so GStreamer, sends no more checks when it is connected. */
TEST("7.0.ky", kept, "authentic media renews consent, as a check does",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);

	start_trusting("10.0.7.1");
	ice_keep(&agent, now);
	check_true(!ice_expire(&agent, now), "there is nothing to keep");
	connect_from(&home);
	now += ICE_CONSENT_MS - 1;
	ice_keep(&agent, now);
	now += ICE_CONSENT_MS - 1;
	check_true(!ice_expire(&agent, now), "the media has renewed it");
	check_true(ice_is_proven(&agent, &home, now), "it may be sent to");
	now++;
	check_true(ice_expire(&agent, now), "then the media has ended, too");
	ice_keep(&agent, now);
	check_true(!ice_is_proven(&agent, &home, now),
		   "what is lost is not proven again by media");
}

TEST("7.5.b", not_renewed, "what renews nothing: others, and other addresses",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.2", 40000);
	struct ice_credentials guess;
	struct client_message m;

	start();
	connect_from(&home);
	guess = agent.current;
	guess.password[0] ^= 1;
	now += ICE_CONSENT_MS - 1;
	m = check_with(&guess, NOMINATE);
	receive(&m, &home);
	m = check_with(&agent.current, CONTROLLED);
	receive(&m, &home);
	send_check(&other, 0);
	now++;
	check_true(ice_expire(&agent, now), "something has renewed it");
}

TEST("7.5.d", other_is_silent,
     "an address that is not the selected one goes silent: media stays",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.1", 50000);

	start_trusting("10.0.7.1");
	send_check(&other, 0);
	connect_from(&home);
	now += ICE_CONSENT_MS - 500;
	check_true(!ice_expire(&agent, now), "the selected one is not silent");
	check_selected(&home);
	check_uint("addresses that are proven", 1, table_count(&agents.places));
	check_true(ice_agents_find(&agents, &home, now) == &agent,
		   "the selected one is forgotten");
}

/* The caller may be late with ice_expire(). */
TEST("7.5.e", several_silent,
     "several addresses go silent at once: all are forgotten, proven or not",
     .native = true)
{
	const struct udp_address homes[] = { address("10.0.7.1", 40000),
					     address("10.0.7.1", 50000),
					     address("10.0.7.1", 60000) };
	const struct udp_address unproven = address("10.0.7.2", 40000);

	for (int selected = 0; selected < 3; selected++) {
		step("address %d of 3 is selected", selected + 1);
		start_trusting("10.0.7.1");
		send_check(&unproven, 0);
		for (int i = 0; i < 3; i++)
			send_check(&homes[i], i == selected ? NOMINATE : 0);
		check_selected(&homes[selected]);
		now += ICE_CONSENT_MS;
		check_true(ice_expire(&agent, now),
			   "ice_expire() does not say that it is lost");
		check_true(!is_selected(), "there is an address to send to");
		for (int i = 0; i < ICE_PATHS; i++)
			check_true(!agent.paths[i].at.port,
				   "path %d is not forgotten", i);
	}
}

TEST("7.5.c", lost_and_found, "a check after 30 s: lost, and proven anew",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);

	start();
	connect_from(&home);
	now += ICE_CONSENT_MS;
	send_check(&home, NOMINATE);
	check_events("events", ICE_LOST);
	check_true(!is_selected(), "an old proof counts");
	send_answer(&home);
	check_events("events", ICE_PROVEN | ICE_SELECTED);
}

/* How much goes to an address that is not proven? */
TEST("7.0.ak", few_checks, "checks of ours: at first 20 ms apart, then 1.3 s",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	int64_t last = now;
	int asked = 0;

	start();
	for (int ms = 0; ms < 20000; ms += 5, now += 5) {
		send_check(&home, 0);
		if (!out.check.len)
			continue;
		if (asked)
			check_int("pause", 20 << (asked < 6 ? asked : 6),
				  now - last);
		last = now;
		asked++;
	}
	check_int("checks in 20 s", 20, asked);
}

/*
 * The shortest request of all, from an address of IPv6, which makes the answer
 * longer; receive() compares.
 */
TEST("7.0.at", no_amplification, "no request gets an answer that is longer",
     .native = true)
{
	struct udp_address home = address("2001:db8::1", 40000);
	struct client_message m;

	start_trusting("::");
	m = check_with(&agent.current, NO_PRIORITY | NO_ROLE);
	receive(&m, &home);
	check_uint("request", 76, m.len);
	check_uint("answer", 76, out.answer.len);
	m = client_start(REQUEST, ID);
	client_add(&m, USERNAME, agent.current.ufrag, ICE_UFRAG + 1);
	m.bytes[24 + ICE_UFRAG] = ':';
	add_proofs(&m, agent.current.password, 0);
	receive(&m, &home);
	check_silence("a username without the peer's half");
	for (int unknown = 1; unknown < 20; unknown++) {
		m = check_with(&agent.current, NO_PRIORITY | NO_ROLE |
						       NO_INTEGRITY |
						       NO_FINGERPRINT);
		for (int i = 0; i < unknown; i++)
			client_add(&m, 0x7000 + i, NULL, 0);
		add_proofs(&m, agent.current.password, 0);
		receive(&m, &home);
		check_answer(STUN_ERROR, STUN_UNKNOWN_ATTRIBUTE);
	}
}

TEST("7.0.al", paced, "checks of ours to many addresses: 20 ms apart",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 1);
	int asked = 0;

	start();
	for (int i = 0; i < 1000; i++, now++) {
		home.port = htons(1 + i);
		send_check(&home, 0);
		asked += !!out.check.len;
	}
	check_int("checks in 1,000 ms", 50, asked);
}

/* ---- restart ---------------------------------------------------------- */

TEST("7.0.am", restart, "old credentials hold until the new ones are used",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct ice_credentials old;
	struct client_message m;

	start_trusting("10.0.7.1");
	connect_from(&home);
	old = agent.current;
	check_int("restart", 0, ice_agents_restart(&agents, &agent));
	check_int("its peer", 0,
		  ice_set_peer(&agent, "new+", "aaaaaaaaaaaaaaaaaaaaaaaa"));
	check_str("the current peer", PEER_UFRAG, agent.current.peer_ufrag);
	check_true(strcmp(agent.next.ufrag, old.ufrag), "the ufrag is new");
	check_true(strcmp(agent.next.password, old.password), "the password");
	send_check(&home, 0);
	check_answer(STUN_SUCCESS, 0);
	check_events("events", 0);
	m = check_with(&agent.next, NO_INTEGRITY);
	receive(&m, &home);
	check_silence("new credentials without a proof");
	m = check_with(&agent.next, CONTROLLED);
	receive(&m, &home);
	check_events("events of what is refused", 0);
	m = check_with(&agent.next, NOMINATE);
	receive(&m, &home);
	check_answer(STUN_SUCCESS, 0);
	check_events("events", ICE_RESTARTED);
	check_str("peer", "new+", agent.current.peer_ufrag);
	check_str("what comes next", "", agent.next.ufrag);
	check_selected(&home);
	m = check_with(&old, NOMINATE);
	check_true(!receive(&m, &home), "nobody has the old ufrag any more");
	check_silence("old credentials");
}

TEST("7.0.an", restart_twice, "two restarts: what lies between holds no more",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct ice_credentials between;
	struct client_message m;

	start_trusting("10.0.7.1");
	check_int("restart", 0, ice_agents_restart(&agents, &agent));
	between = agent.next;
	check_int("restart", 0, ice_agents_restart(&agents, &agent));
	m = check_with(&between, NOMINATE);
	check_true(!receive(&m, &home), "it is nobody's");
	send_check(&home, 0);
	check_answer(STUN_SUCCESS, 0);
	check_uint("ufrags", 2, table_count(&agents.by_ufrag));
	m = check_with(&agent.next, 0);
	receive(&m, &home);
	check_events("events", ICE_RESTARTED);
	check_uint("ufrags", 1, table_count(&agents.by_ufrag));
	check_int("restart", 0, ice_agents_restart(&agents, &agent));
	ice_agents_remove(&agents, &agent);
	check_uint("ufrags", 0, table_count(&agents.by_ufrag));
}

/* ---- many ------------------------------------------------------------- */

TEST("7.0.ao", whose, "each of 1,000 agents gets what is its own",
     .native = true)
{
	static struct ice_agent all[1000];
	struct udp_address home = address("10.0.7.1", 1);
	struct client_message m;

	open_agents();
	for (int i = 0; i < 1000; i++)
		add_agent(&all[i]);
	for (int i = 0; i < 1000; i++) {
		home.port = htons(1 + i);
		m = check_with(&all[i].current, NOMINATE);
		check_true(receive(&m, &home) == &all[i], "check %d", i);
		m = answer_with(SUCCESS, PEER_PASSWORD);
		check_true(receive(&m, &home) == &all[i], "answer %d", i);
		check_true(ice_agents_find(&agents, &home, now) == &all[i],
			   "address %d", i);
	}
	ice_agents_remove(&agents, &all[7]);
	home.port = htons(1 + 7);
	m = check_with(&all[7].current, NOMINATE);
	check_true(!receive(&m, &home), "it is gone");
	check_true(!ice_agents_find(&agents, &home, now), "and its address");
	ice_agents_close(&agents);
}

/* ---- whose is it? ------------------------------------------------------ */

static struct ice_agent three[3];

static void open_three(void)
{
	open_agents();
	for (int i = 0; i < 3; i++)
		add_agent(&three[i]);
}

static struct ice_agent *receive_named(uint16_t type, const char id[12],
				       const char *username, size_t len)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m = client_start(type, id);

	if (username)
		client_add(&m, USERNAME, username, len);
	return receive(&m, &home);
}

TEST("7.3.a", whose_request, "a request names the ufrag of an agent",
     .native = true)
{
	char username[ICE_UFRAG + sizeof(":" PEER_UFRAG)];
	char id[12] = "....asks you";

	open_three();
	for (int i = 2; i >= 0; i--) {
		snprintf(username, sizeof(username), "%s:" PEER_UFRAG,
			 three[i].current.ufrag);
		check_true(receive_named(REQUEST, ID, username,
					 strlen(username)) == &three[i],
			   "it is not found by the ufrag of agent %d", i);
		memcpy(id, &three[(i + 1) % 3].number, 4);
		check_true(receive_named(REQUEST, id, username,
					 strlen(username)) == &three[i],
			   "a request whose id starts like another agent's "
			   "number is not found by the ufrag of agent %d",
			   i);
	}
	username[3] ^= 1;
	check_true(!receive_named(REQUEST, ID, username, strlen(username)),
		   "nobody has this ufrag");
}

TEST("7.3.b", whose_answer, "an answer has the number of the agent that asked",
     .native = true)
{
	static const uint16_t types[] = { SUCCESS, ERROR };
	char id[12] = "....answered";

	open_three();
	for (int i = 0; i < 6; i++) {
		memcpy(id, &three[i % 3].number, 4);
		check_true(receive_named(types[i / 3], id, NULL, 0) ==
				   &three[i % 3],
			   "%s is not found by the number of agent %d",
			   i < 3 ? "a success" : "an error", i % 3);
	}
	memcpy(id, "\0\0\0\0", 4);
	check_true(!receive_named(SUCCESS, id, NULL, 0), "0 is nobody's");
}

/* Behind the last byte is nothing that may be read: a sanitizer looks on. */
TEST("7.3.c", whose_short, "a request without a username, or with half of one",
     .native = true)
{
	open_three();
	check_true(!receive_named(REQUEST, ID, NULL, 0), "there is none");
	for (size_t len = 0; len < ICE_UFRAG; len++)
		check_true(!receive_named(REQUEST, ID, three[0].current.ufrag,
					  len),
			   "%zu characters", len);
}

/* A page that was loaded again: the same address, the old agent still there. */
TEST("7.0.ap", one_address,
     "an address that another agent has changes hands "
     "by proof only",
     .native = true)
{
	static struct ice_agent other;
	struct udp_address home = address("10.0.7.1", 40000);
	struct client_message m;

	start_trusting("10.0.7.1");
	connect_from(&home);
	add_agent(&other);
	ice_trust(&other, &home.addr);
	m = check_with(&other.current, NOMINATE);
	receive(&m, &home);
	check_events("events", 0);
	check_true(ice_agents_find(&agents, &home, now) == &agent,
		   "it is taken without a proof");
	m = answer_with(SUCCESS, PEER_PASSWORD);
	receive(&m, &home);
	check_events("events", ICE_PROVEN | ICE_SELECTED);
	check_true(ice_agents_find(&agents, &home, now) == &other,
		   "it was proven");
	ice_agents_remove(&agents, &agent);
	check_true(ice_agents_find(&agents, &home, now) == &other,
		   "who leaves takes it along");
}

/* ---- credentials ------------------------------------------------------ */

static const char ice_chars[] = "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

static bool is_ice_text(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, ice_chars) == len;
}

TEST("7.0.aq", credentials, "ours are random, and of RFC 8839's characters",
     .native = true)
{
	static struct ice_agent all[100];

	for (int i = 0; i < 100; i++) {
		check_int("ice_open", 0, ice_open(&all[i]));
		check_true(is_ice_text(all[i].current.ufrag, ICE_UFRAG),
			   "ufrag %s", all[i].current.ufrag);
		check_true(is_ice_text(all[i].current.password, ICE_PASSWORD),
			   "password %s", all[i].current.password);
		for (int k = 0; k < i; k++)
			check_true(strcmp(all[i].current.ufrag,
					  all[k].current.ufrag) &&
					   strcmp(all[i].current.password,
						  all[k].current.password),
				   "agents %d and %d have the same", i, k);
	}
	for (const char *c = ice_chars; *c; c++) {
		int i = 0;

		while (i < 100 && !strchr(all[i].current.password, *c))
			i++;
		check_true(i < 100, "none of them has a %c", *c);
	}
}

TEST("7.0.ar", peers_credentials, "the peer's: from 4 and 22 characters to 256",
     .native = true)
{
	char text[ICE_TEXT + 10];

	check_int("ice_open", 0, ice_open(&agent));
	for (size_t len = 0; len < sizeof(text); len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		check_int("ufrag", len >= 4 && len <= 256 ? 0 : -EINVAL,
			  ice_set_peer(&agent, text, PEER_PASSWORD));
		check_int("password", len >= 22 && len <= 256 ? 0 : -EINVAL,
			  ice_set_peer(&agent, PEER_UFRAG, text));
	}
	check_int("a colon", -EINVAL,
		  ice_set_peer(&agent, "ab:cd", PEER_PASSWORD));
	check_int("a space", -EINVAL,
		  ice_set_peer(&agent, "ab cd", PEER_PASSWORD));
}

TEST("7.0.as", longest_peer, "a peer with the longest ufrag is asked as well",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	char ufrag[ICE_TEXT + 1] = {};
	struct stun_message m;

	start();
	memset(ufrag, 'u', ICE_TEXT);
	check_int("peer", 0, ice_set_peer(&agent, ufrag, PEER_PASSWORD));
	send_check(&home, 0);
	m = parse_out(&out.check);
	check_uint("username", ICE_TEXT + 1 + ICE_UFRAG, m.username_len);
	check_hex("ours", agent.current.ufrag, m.username + ICE_TEXT + 1,
		  ICE_UFRAG);
}

/* ---- checks that somebody else answers --------------------------------- */

static struct consent shared;

/* The data plane has answered a check this long ago. */
static void renew_elsewhere(int64_t ago)
{
	shared.renewed_ns = (now - ago) * 1000000;
}

static void connect_with_consent(const struct udp_address *home)
{
	start_trusting("10.0.7.1");
	connect_from(home);
	check_true(!agent.consent, "a new address has another's consent");
	renew_elsewhere(0);
	agent.consent = &shared;
}

TEST("7.0.ka", answered_elsewhere,
     "a check that the data plane has answered renews consent", .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);

	connect_with_consent(&home);
	now += 10 * ICE_CONSENT_MS;
	renew_elsewhere(ICE_CONSENT_MS - 1);
	check_true(!ice_expire(&agent, now), "the check has renewed it");
	check_true(ice_is_proven(&agent, &home, now), "it may be sent to");
	now++;
	check_true(ice_expire(&agent, now), "nobody has heard of it for 30 s");
	check_true(!agent.consent, "what is lost has a consent");
}

TEST("7.0.kb", answered_here,
     "a check that comes up, and media, renew it for the data plane",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.1", 50000);

	connect_with_consent(&home);
	now += 1000;
	send_check(&other, 0);
	check_uint("another address", now - 1000, shared.renewed_ns / 1000000);
	send_check(&home, 0);
	check_uint("a check", now, shared.renewed_ns / 1000000);
	now += 1000;
	ice_keep(&agent, now);
	check_uint("media", now, shared.renewed_ns / 1000000);
}

/* The one that is in force goes silent only if the data plane hears nothing. */
TEST("7.0.kc", silent_elsewhere,
     "checks that the data plane has answered keep an address selected",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.1", 50000);

	connect_with_consent(&home);
	now += ICE_SILENT_MS;
	renew_elsewhere(1);
	send_check(&other, 0);
	check_selected(&home);
	now += ICE_SILENT_MS;
	send_check(&other, 0);
	check_selected(&other);
	check_true(!agent.consent, "it has the consent of the old address");
}

TEST("7.0.kd", settled,
     "until the address that is wanted is selected, "
     "USE-CANDIDATE says something",
     .native = true)
{
	struct udp_address home = address("10.0.7.1", 40000);
	struct udp_address other = address("10.0.7.2", 40000);

	start_trusting("10.0.7.1");
	check_true(!ice_is_settled(&agent), "nothing is selected");
	connect_from(&home);
	check_true(ice_is_settled(&agent), "home is selected and wanted");
	send_check(&other, NOMINATE);
	check_true(!ice_is_settled(&agent), "other is wanted, not proven yet");
	send_check(&home, NOMINATE);
	check_true(ice_is_settled(&agent), "home is wanted again");
}
