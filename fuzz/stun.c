// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as datagrams for an ICE agent.  Each has two bytes before it: how
 * it comes, and its length in units of 4.  A fuzzer guesses no MAC, so some are
 * made right for it, as if the peer had written them.  No byte outside of the
 * datagram is read, who proves nothing gets nothing, no answer is longer than
 * its request, and nothing is selected that has not proven itself.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab07-webrtc/ice_agents.h"
#include "lab07-webrtc/stun_internal.h"

#define UFRAG	      "ABCDEFGHIJKL"
#define PASSWORD      "abcdefghijklmnopqrstuvwx"
#define PEER_PASSWORD "zyxwvutsrqponmlkjihgfedc"

/* How a datagram comes: the low three bits say where from. */
enum {
	HOST = 7,
	FROM_PEER = 8, /* with a right MAC */
	ANSWERS = 16,  /* the check that came last, with a right MAC */
	RIGHT_HEADER = 32,
	LATER = 64,	  /* 21 ms */
	MUCH_LATER = 128, /* 11 s */
};

static struct ice_agents agents;
static struct ice_agent agent;
static struct ice_outcome out;
static uint8_t asked[12];
static int64_t now;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	require(!ice_agents_open(&agents), "no agents");
	return 0;
}

/* With the same credentials each time, so that an input does the same again. */
static void start(void)
{
	static const struct ip_addr trusted = { { 0, 0, 0, 0x01000000 } };

	require(!ice_open(&agent), "no agent");
	strcpy(agent.current.ufrag, UFRAG);
	strcpy(agent.current.password, PASSWORD);
	require(!ice_set_peer(&agent, "peer", PEER_PASSWORD), "no peer");
	require(!ice_agents_add(&agents, &agent), "it cannot be added");
	ice_trust(&agent, &trusted);
	memset(asked, 0, sizeof(asked));
	now = 1000;
}

/* Two ports of trusted ::1, and six other hosts. */
static struct udp_address host(uint8_t how)
{
	unsigned int n = how & HOST;
	struct udp_address at = { .port = htons(n + 1) };

	at.addr.word[3] = htonl(n < 2 ? 1 : n);
	return at;
}

static void mend_header(uint8_t *bytes, size_t size)
{
	if (size < sizeof(struct stun_hdr))
		return;
	bytes[0] &= 3;
	put_be16(bytes + 2, size - sizeof(struct stun_hdr));
	put_be32(bytes + 4, STUN_MAGIC_COOKIE);
}

static void mend_proofs(uint8_t *bytes, size_t size, const char *password)
{
	struct stun_message m;
	uint8_t *value;

	if (stun_parse(bytes, size, &m))
		return;
	value = bytes + m.integrity_at + STUN_ATTR_HEADER;
	if (m.integrity_at)
		require(!stun_integrity(value, bytes, m.integrity_at, password),
			"no integrity");
	value = bytes + m.fingerprint_at + STUN_ATTR_HEADER;
	if (m.fingerprint_at)
		put_be32(value, stun_fingerprint(bytes, m.fingerprint_at));
}

static void mend(uint8_t *bytes, size_t size, uint8_t how)
{
	if (how & RIGHT_HEADER)
		mend_header(bytes, size);
	if (how & ANSWERS && size >= sizeof(struct stun_hdr))
		memcpy(bytes + 8, asked, sizeof(asked));
	if (how & (FROM_PEER | ANSWERS))
		mend_proofs(bytes, size,
			    how & ANSWERS ? PEER_PASSWORD : PASSWORD);
}

/* ---- rules ------------------------------------------------------------ */

static void check_message(const uint8_t *bytes, size_t size)
{
	struct stun_message m;
	size_t at;

	if (stun_parse(bytes, size, &m))
		return;
	at = m.username ? m.username - (const char *)bytes : 20;
	require(m.bytes == bytes && m.len == size, "it is another message");
	require(at >= 20 && at + m.username_len <= size,
		"its username ends at %zu of %zu", at + m.username_len, size);
	require(!m.integrity_at || m.integrity_at + 24 <= size,
		"its integrity is at %zu of %zu", m.integrity_at, size);
	require(!m.fingerprint_at || m.fingerprint_at + 8 == size,
		"its fingerprint is at %zu of %zu", m.fingerprint_at, size);
	require(m.unknown_count <= STUN_UNKNOWN, "%zu unknown attributes",
		m.unknown_count);
}

static void check_answer(const uint8_t *bytes, size_t size)
{
	struct stun_message m, answer;

	if (!out.answer.len)
		return;
	require(!stun_parse(bytes, size, &m), "there is an answer to nothing");
	require(m.class == STUN_REQUEST, "there is an answer to an answer");
	require(stun_integrity_holds(&m, PASSWORD), "a stranger gets answers");
	require(out.answer.len <= size, "%zu bytes for %zu", out.answer.len,
		size);
	require(!stun_parse(out.answer.bytes, out.answer.len, &answer),
		"the answer is no STUN");
	require(stun_integrity_holds(&answer, PASSWORD) &&
			stun_fingerprint_holds(&answer),
		"the answer proves nothing");
	require(!memcmp(m.transaction_id, answer.transaction_id, 12),
		"the answer is to another request");
}

static void check_check(const struct udp_address *from)
{
	struct stun_message m;

	if (!out.check.len)
		return;
	require(!ice_is_proven(&agent, from, now), "it is proven already");
	require(!stun_parse(out.check.bytes, out.check.len, &m) &&
			stun_integrity_holds(&m, PEER_PASSWORD),
		"our check proves nothing");
	memcpy(asked, m.transaction_id, sizeof(asked));
}

/* The caller looks at the clock, too, after the datagram. */
static void check_agent(void)
{
	ice_expire(&agent, now);
	require(!agent.selected.port ||
			ice_is_proven(&agent, &agent.selected, now),
		"what is selected is not proven");
	require(table_count(&agents.places) <= ICE_PATHS,
		"more addresses are proven than an agent has");
}

/* ---- in --------------------------------------------------------------- */

static void take(const uint8_t *data, size_t size, uint8_t how)
{
	struct udp_address from = host(how);
	uint8_t *exact = malloc(size ?: 1);

	require(exact, "no memory");
	memcpy(exact, data, size);
	mend(exact, size, how);
	now += (how & LATER ? 21 : 0) + (how & MUCH_LATER ? 11000 : 0);
	check_message(exact, size);
	ice_agents_receive(&agents, exact, size, &from, now, &out);
	check_answer(exact, size);
	check_check(&from);
	check_agent();
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	while (size >= 2) {
		size_t length = 4 * (size_t)data[1];

		length = length < size - 2 ? length : size - 2;
		take(data + 2, length, data[0]);
		data += 2 + length;
		size -= 2 + length;
	}
	ice_agents_remove(&agents, &agent);
	require(!table_count(&agents.places) && !table_count(&agents.by_ufrag),
		"something is left of it");
	return 0;
}
