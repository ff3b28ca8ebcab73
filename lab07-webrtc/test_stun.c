// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * STUN messages, read and written: those of RFC 5769 as it has them, the same
 * ones damaged, and what clients put into theirs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab07-webrtc/stun_internal.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"
#define ID	 "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"

/* RFC 5769, section 2.1 */
static const uint8_t rfc_request[] __attribute__((aligned(4))) =
	"\x00\x01\x00\x58\x21\x12\xa4\x42" ID "\x80\x22\x00\x10STUN test client"
	"\x00\x24\x00\x04\x6e\x00\x01\xff"
	"\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
	"\x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20"
	"\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5"
	"\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2"
	"\x80\x28\x00\x04\xe5\x7a\x3b\xcf";

/* RFC 5769, section 2.2 */
static const uint8_t rfc_response4[] __attribute__((aligned(4))) =
	"\x01\x01\x00\x3c\x21\x12\xa4\x42" ID "\x80\x22\x00\x0btest vector\x20"
	"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
	"\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9"
	"\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7"
	"\x80\x28\x00\x04\xc0\x7d\x4c\x96";

/* RFC 5769, section 2.3 */
static const uint8_t rfc_response6[] __attribute__((aligned(4))) =
	"\x01\x01\x00\x48\x21\x12\xa4\x42" ID "\x80\x22\x00\x0btest vector\x20"
	"\x00\x20\x00\x14\x00\x02\xa1\x47"
	"\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"
	"\x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c"
	"\x82\x92\xc2\x75\xbf\xe3\xed\x41"
	"\x80\x28\x00\x04\xc8\xfb\x0b\x4c";

#define SIZE(literal) (sizeof(literal) - 1) /* without its NUL */

/* ---- helpers ---------------------------------------------------------- */

static struct stun_message parse(const void *bytes, size_t len)
{
	struct stun_message m;

	check_int("stun_parse", 0, stun_parse(bytes, len, &m));
	return m;
}

static struct stun_message parse_client(const struct client_message *c)
{
	return parse(c->bytes, c->len);
}

static struct stun_message parse_out(const struct stun_out *out)
{
	return parse(out->bytes, out->len);
}

static void check_refused(const void *bytes, size_t len, const char *what)
{
	uint8_t *exact = client_exact(bytes, len);
	struct stun_message m;

	check_int(what, -EBADMSG, stun_parse(exact, len, &m));
	free(exact);
}

static void check_address(const struct udp_address *expected,
			  const struct udp_address *got)
{
	check_hex("address and port", expected, got, sizeof(*expected));
}

static void check_proofs(const struct stun_message *m)
{
	check_true(stun_fingerprint_holds(m), "the fingerprint is wrong");
	check_true(stun_integrity_holds(m, PASSWORD), "the integrity is wrong");
	check_true(!stun_integrity_holds(m, "another"),
		   "its integrity holds with any password");
}

static struct client_message start(void)
{
	return client_start(REQUEST, ID);
}

static void finish(struct client_message *c)
{
	client_add_integrity(c, PASSWORD);
	client_add_fingerprint(c);
}

/* ---- as RFC 5769 has them --------------------------------------------- */

TEST("7.1.a", rfc_of_request, "RFC 5769: the request", .native = true)
{
	struct stun_message m = parse(rfc_request, SIZE(rfc_request));

	check_int("class", STUN_REQUEST, m.class);
	check_int("method", STUN_BINDING, m.method);
	check_hex("transaction id", ID, m.transaction_id, 12);
	check_uint("length of username", 9, m.username_len);
	check_hex("username", "evtj:h6vY", m.username, 9);
	check_uint("priority", 0x6e0001ff, m.priority);
	check_true(m.controlled,
		   "the message has ICE-CONTROLLED, but it was not read");
	check_true(!m.controlling,
		   "ICE-CONTROLLING was read, but the message has none");
	check_uint("tie-breaker", 0x932ff9b151263b36, m.tie_breaker);
	check_true(!m.use_candidate,
		   "USE-CANDIDATE was read, but the message has none");
	check_uint("unknown attributes", 0, m.unknown_count);
	check_true(!m.unreadable, "the message should be readable");
	check_uint("place of MESSAGE-INTEGRITY", 76, m.integrity_at);
	check_true(stun_fingerprint_holds(&m), "the fingerprint is wrong");
}

TEST("7.0.b", rfc_of_responses, "RFC 5769: the responses, IPv4 and IPv6",
     .native = true)
{
	struct udp_address v4 = address("192.0.2.1", 32853);
	struct udp_address v6 = address("2001:db8:1234:5678:11:2233:4455:6677",
					32853);
	struct stun_message m = parse(rfc_response4, SIZE(rfc_response4));

	check_int("class", STUN_SUCCESS, m.class);
	check_address(&v4, &m.mapped);
	check_proofs(&m);
	m = parse(rfc_response6, SIZE(rfc_response6));
	check_int("class", STUN_SUCCESS, m.class);
	check_address(&v6, &m.mapped);
	check_proofs(&m);
}

/* ---- damaged ---------------------------------------------------------- */

/* Behind the last byte is nothing that may be read: a sanitizer looks on. */
static void cut(const uint8_t *bytes, size_t size)
{
	for (size_t len = 0; len < size; len++) {
		uint8_t *exact = client_exact(bytes, len);
		struct stun_message m;

		step("cut off after %zu bytes", len);
		check_int("as it is", -EBADMSG, stun_parse(exact, len, &m));
		if (len >= 20 && len % 4 == 0) {
			exact[2] = (len - 20) >> 8;
			exact[3] = len - 20;
			if (!stun_parse(exact, len, &m))
				check_true(
					!stun_integrity_holds(&m, PASSWORD) ||
						!stun_fingerprint_holds(&m),
					"a changed message should not prove itself");
		}
		free(exact);
	}
}

TEST("7.0.c", cut_off, "cut off at every length", .native = true)
{
	cut(rfc_request, SIZE(rfc_request));
	cut(rfc_response4, SIZE(rfc_response4));
	cut(rfc_response6, SIZE(rfc_response6));
}

/* The integrity does not cover FINGERPRINT, of 8 bytes. */
static void check_flipped(const uint8_t *bytes, size_t size, size_t at)
{
	struct stun_message m;

	if (stun_parse(bytes, size, &m))
		return;
	check_true(!stun_fingerprint_holds(&m),
		   "the fingerprint holds if byte %zu is 0x%02x", at,
		   bytes[at]);
	check_true(at >= size - 8 || !stun_integrity_holds(&m, PASSWORD),
		   "the integrity holds if byte %zu is 0x%02x", at, bytes[at]);
}

static void flip(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = client_exact(bytes, size);
	struct stun_message m = parse(exact, size);

	check_proofs(&m);
	for (size_t i = 0; i < size; i++)
		for (int bits = 1; bits < 256; bits++) {
			exact[i] ^= bits;
			check_flipped(exact, size, i);
			exact[i] ^= bits;
		}
	free(exact);
}

TEST("7.0.d", flipped, "no byte may be another", .native = true)
{
	flip(rfc_request, SIZE(rfc_request));
	flip(rfc_response4, SIZE(rfc_response4));
	flip(rfc_response6, SIZE(rfc_response6));
}

/* The fingerprint keeps what is no STUN away, the integrity keeps forgers. */
TEST("7.0.e", proofs_apart, "each of the two proofs is looked at by itself",
     .native = true)
{
	struct client_message c = start();
	struct stun_message m;

	client_add_fingerprint(&c);
	m = parse_client(&c);
	check_true(stun_fingerprint_holds(&m),
		   "the fingerprint is right, but it was refused");
	check_true(!stun_integrity_holds(&m, PASSWORD),
		   "the message has no proof, but one was accepted");
	check_true(!stun_integrity_holds(&m, ""),
		   "the message has no proof, but one was accepted");
	c = start();
	client_add_integrity(&c, PASSWORD);
	m = parse_client(&c);
	check_true(!stun_fingerprint_holds(&m),
		   "the message has no proof, but one was accepted");
	check_true(stun_integrity_holds(&m, PASSWORD),
		   "the integrity is right, but it was refused");
	client_add(&c, FINGERPRINT, "\0\0\0\0", 4);
	m = parse_client(&c);
	check_true(!stun_fingerprint_holds(&m),
		   "the fingerprint is zero, but it was accepted");
	check_true(stun_integrity_holds(&m, PASSWORD),
		   "the integrity is still right, but it was refused");
}

/* ---- who wrote it ----------------------------------------------------- */

/* Of the RFC's messages, all of which end with it and with FINGERPRINT. */
static size_t integrity_at(size_t size)
{
	return size - 8 - 24;
}

static void check_mac(const uint8_t *bytes, size_t size)
{
	uint8_t mac[STUN_INTEGRITY_SIZE];
	size_t at = integrity_at(size);

	check_int("stun_integrity", 0,
		  stun_integrity(mac, bytes, at, PASSWORD));
	check_hex("MESSAGE-INTEGRITY", bytes + at + 4, mac, sizeof(mac));
}

TEST("7.2.a", rfc_macs, "RFC 5769: the integrity of a request and responses",
     .native = true)
{
	check_mac(rfc_request, SIZE(rfc_request));
	check_mac(rfc_response4, SIZE(rfc_response4));
	check_mac(rfc_response6, SIZE(rfc_response6));
}

static void make_mac(const uint8_t *bytes, const char *password,
		     uint8_t mac[STUN_INTEGRITY_SIZE])
{
	check_int("stun_integrity", 0,
		  stun_integrity(mac, bytes, integrity_at(SIZE(rfc_request)),
				 password));
}

static bool changes_mac(const uint8_t *bytes, const char *password)
{
	uint8_t before[STUN_INTEGRITY_SIZE], mac[STUN_INTEGRITY_SIZE];

	make_mac(rfc_request, PASSWORD, before);
	make_mac(bytes, password, mac);
	return memcmp(mac, before, sizeof(mac));
}

TEST("7.2.b", mac_covers, "another password, or any other byte before it",
     .native = true)
{
	uint8_t *bytes = client_exact(rfc_request, SIZE(rfc_request));

	check_true(changes_mac(bytes, "VOkJxbRl1RmTxUk/WvJxBu"),
		   "another password should give another MAC, but does not");
	for (size_t i = 0; i < integrity_at(SIZE(rfc_request)); i++) {
		if (i == 2 || i == 3)
			continue;
		bytes[i] ^= 1;
		check_true(changes_mac(bytes, PASSWORD),
			   "byte %zu should change the MAC, but does not", i);
		bytes[i] ^= 1;
	}
	free(bytes);
}

/* What follows is not covered, so the header must not count it, either. */
TEST("7.2.c", mac_ends, "whatever follows MESSAGE-INTEGRITY, it is the same",
     .native = true)
{
	uint8_t *bytes = client_exact(rfc_request, SIZE(rfc_request));

	for (int length = 80; length < 400; length += 4) {
		bytes[2] = length >> 8;
		bytes[3] = length & 0xff;
		check_true(
			!changes_mac(bytes, PASSWORD),
			"the MAC should not depend on the header's length %d",
			length);
	}
	free(bytes);
}

/* ---- attributes ------------------------------------------------------- */

TEST("7.0.f", behind_integrity,
     "behind MESSAGE-INTEGRITY only FINGERPRINT counts, and nothing behind it",
     .native = true)
{
	struct client_message c = start();
	struct stun_message m;

	client_add_username(&c, "a:b");
	client_add_integrity(&c, PASSWORD);
	client_add(&c, USE_CANDIDATE, NULL, 0);
	client_add(&c, PRIORITY, "\1\2\3\4", 4);
	client_add(&c, USERNAME, "c:d", 3);
	client_add(&c, PRIORITY, "too long", 8);
	client_add(&c, INTEGRITY_256, "twelve bytes", 12);
	client_add(&c, INTEGRITY, "short", 5);
	client_add(&c, 0x7fff, NULL, 0);
	client_add_fingerprint(&c);
	m = parse_client(&c);
	check_true(!m.use_candidate,
		   "USE-CANDIDATE after the integrity should not count");
	check_uint("priority", 0, m.priority);
	check_hex("username", "a:b", m.username, 3);
	check_true(!m.unreadable,
		   "a wrong PRIORITY after the integrity should not count");
	check_uint("unknown attributes", 0, m.unknown_count);
	check_proofs(&m);
	client_add(&c, SOFTWARE, "x", 1);
	check_refused(c.bytes, c.len, "something behind FINGERPRINT");
	c = start();
	client_add_fingerprint(&c);
	client_add_fingerprint(&c);
	check_refused(c.bytes, c.len, "two fingerprints");
	c = start();
	client_add_fingerprint(&c);
	client_add_integrity(&c, PASSWORD);
	check_refused(c.bytes, c.len, "integrity behind the fingerprint");
}

TEST("7.0.g", twice, "of what is there twice, the first counts", .native = true)
{
	struct client_message c = start();
	struct stun_message m;

	client_add_username(&c, "first:x");
	client_add_username(&c, "other:y");
	client_add(&c, PRIORITY, "\0\0\0\1", 4);
	client_add(&c, PRIORITY, "\0\0\0\2", 4);
	client_add(&c, PRIORITY, "\0\0\0\0\3", 5);
	finish(&c);
	m = parse_client(&c);
	check_uint("length of username", 7, m.username_len);
	check_hex("username", "first:x", m.username, 7);
	check_uint("priority", 1, m.priority);
	check_true(!m.unreadable, "the others are not looked at");
	check_proofs(&m);
}

/* A message with one attribute of each size up to 24 bytes, of zeros. */
static void check_sizes(uint16_t type, const char *name, size_t right)
{
	static const uint8_t zeros[24];

	for (size_t size = 0; size <= sizeof(zeros); size++) {
		struct client_message c = start();
		struct stun_message m;

		client_add(&c, type, zeros, size);
		m = parse_client(&c);
		check_true(m.unreadable == (size != right), "%s of %zu bytes",
			   name, size);
	}
}

TEST("7.0.h", sizes, "attributes of a wrong size", .native = true)
{
	static const uint8_t zeros[600];
	struct client_message c;

	check_sizes(PRIORITY, "PRIORITY", 4);
	check_sizes(USE_CANDIDATE, "USE-CANDIDATE", 0);
	check_sizes(ICE_CONTROLLED, "ICE-CONTROLLED", 8);
	check_sizes(ICE_CONTROLLING, "ICE-CONTROLLING", 8);
	check_sizes(XOR_MAPPED, "XOR-MAPPED-ADDRESS of family 0", 99);
	for (size_t size = 512; size < 516; size++) {
		c = start();
		client_add(&c, USERNAME, zeros, size);
		check_int("a username of 514 bytes or more", size > 513,
			  parse_client(&c).unreadable);
	}
	for (size_t size = 0; size <= 24; size++) {
		c = start();
		client_add(&c, INTEGRITY, zeros, size);
		if (size != 20)
			check_refused(c.bytes, c.len, "MESSAGE-INTEGRITY");
		c = start();
		client_add(&c, FINGERPRINT, zeros, size);
		if (size != 4)
			check_refused(c.bytes, c.len, "FINGERPRINT");
	}
}

TEST("7.0.i", families, "XOR-MAPPED-ADDRESS: the size is that of its family",
     .native = true)
{
	static const uint8_t zeros[20];

	for (int family = 0; family < 256; family++)
		for (size_t size = 8; size <= 20; size++) {
			uint8_t value[20];
			struct client_message c = start();
			struct stun_message m;
			bool good = (family == 1 && size == 8) ||
				    (family == 2 && size == 20);

			memcpy(value, zeros, sizeof(value));
			value[1] = family;
			client_add(&c, XOR_MAPPED, value, size);
			m = parse_client(&c);
			check_true(good == !m.unreadable &&
					   good == !!m.mapped.port,
				   "family %d, %zu bytes", family, size);
		}
}

TEST("7.1.b", longer_than_the_message,
     "an attribute that is longer than what is left, at every place",
     .native = true)
{
	static const uint8_t zeros[64];
	struct client_message good_after = start();

	for (size_t before = 0; before < sizeof(zeros); before += 4)
		for (size_t left = 0; left < 12; left += 4)
			for (size_t more = 1; more < 70000; more *= 3) {
				struct client_message c = start();
				size_t size = left + more;

				client_add(&c, SOFTWARE, zeros, before);
				client_add(&c, SOFTWARE, zeros, left);
				c.bytes[c.len - left - 2] = size >> 8;
				c.bytes[c.len - left - 1] = size & 0xff;
				if (size <= 0xffff)
					check_refused(c.bytes, c.len,
						      "its length");
			}
	client_add(&good_after, INTEGRITY, zeros, 16);
	client_add(&good_after, SOFTWARE, "x", 1);
	check_refused(
		good_after.bytes, good_after.len,
		"MESSAGE-INTEGRITY of 16 bytes, and a good one behind it");
}

TEST("7.1.c", padding, "usernames of every length, and any padding",
     .native = true)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	for (size_t size = 0; size < SIZE(text); size++) {
		struct client_message c = start();
		struct stun_message m;

		client_add(&c, USERNAME, text, size);
		for (size_t i = 24 + size; i < c.len; i++)
			c.bytes[i] = 0xff;
		client_add(&c, PRIORITY, "\0\0\0\7", 4);
		finish(&c);
		m = parse_client(&c);
		check_uint("length", size, m.username_len);
		check_hex("username", text, m.username, size);
		check_uint("priority", 7, m.priority);
		check_true(stun_fingerprint_holds(&m), "the fingerprint");
	}
}

/* RFC 7983: what starts with a byte above 3 is no STUN. */
TEST("7.0.l", types, "class and method of every type", .native = true)
{
	for (int type = 0; type < 4 << 8; type++) {
		struct client_message c = client_start(type, ID);
		struct stun_message m = parse_client(&c);
		int class = 0, method = 0, bit = 0;

		for (int i = 0; i < 10; i++)
			if (i == 4)
				class |= type >> i & 1;
			else if (i == 8)
				class |= (type >> i & 1) << 1;
			else
				method |= (type >> i & 1) << bit++;
		check_true(class == (int)m.class && method == m.method,
			   "type 0x%04x: class %d, method %d", type, m.class,
			   m.method);
	}
	check_refused("\4\0\0\0\x21\x12\xa4\x42" ID, 20, "type 0x0400");
}

TEST("7.0.m", unknown, "what must be understood is listed, as far as it goes",
     .native = true)
{
	struct client_message c = start();
	struct stun_message m;

	client_add(&c, 0x8fff, "optional", 8);
	client_add(&c, 0xc057, "Chromium's", 10);
	client_add(&c, REALM, "known, not ours", 15);
	check_uint("none", 0, parse_client(&c).unknown_count);
	for (uint16_t type = 0x7000; type < 0x7000 + 20; type++)
		client_add(&c, type, NULL, 0);
	m = parse_client(&c);
	check_uint("remembered", STUN_UNKNOWN, m.unknown_count);
	for (size_t i = 0; i < m.unknown_count; i++)
		check_uint("type", 0x7000 + i, m.unknown[i]);
}

TEST("7.1.d", length, "up to 1,500 bytes, and many attributes of none",
     .native = true)
{
	struct client_message c = start();
	struct stun_message m;

	while (c.len + 32 < STUN_MAX)
		client_add(&c, SOFTWARE, NULL, 0);
	finish(&c);
	check_uint("length", STUN_MAX, c.len);
	m = parse_client(&c);
	check_true(stun_fingerprint_holds(&m), "the fingerprint is wrong");
	c = start();
	while (c.len < STUN_MAX)
		client_add(&c, SOFTWARE, NULL, 0);
	parse_client(&c);
	client_add(&c, SOFTWARE, NULL, 0);
	check_refused(c.bytes, c.len, "1,504 bytes");
}

/* ---- written ---------------------------------------------------------- */

static void check_success(const char *text)
{
	struct client_message c = start();
	struct stun_message request = parse_client(&c), m;
	struct udp_address from = address(text, 54321);
	struct stun_out out;

	stun_write_success(&out, &request, &from, PASSWORD);
	m = parse_out(&out);
	check_int("class", STUN_SUCCESS, m.class);
	check_int("method", STUN_BINDING, m.method);
	check_hex("transaction id", ID, m.transaction_id, 12);
	check_address(&from, &m.mapped);
	check_proofs(&m);
}

TEST("7.0.o", success, "a success says where the request came from",
     .native = true)
{
	check_success("10.0.7.1");
	check_success("255.254.253.252");
	check_success("fd00:7::1");
	check_success("2001:db8:1:2:3:4:5:6");
}

/* With these bytes: our own parser might make the same mistake. */
TEST("7.0.p", success_bytes, "a success, byte by byte", .native = true)
{
	static const uint8_t start[] =
		"\x01\x01\x00\x2c\x21\x12\xa4\x42" ID
		"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
		"\x00\x08\x00\x14";
	struct stun_message request = parse(rfc_request, SIZE(rfc_request));
	struct udp_address from = address("192.0.2.1", 32853);
	struct client_message c = client_start(SUCCESS, ID);
	struct stun_out out;

	memset(&out, 0xff, sizeof(out));
	stun_write_success(&out, &request, &from, PASSWORD);
	check_uint("length", 64, out.len);
	check_hex("up to the integrity", start, out.bytes, SIZE(start));
	client_add(&c, XOR_MAPPED, "\x00\x01\xa1\x47\xe1\x12\xa6\x43", 8);
	finish(&c);
	check_hex("all of it", c.bytes, out.bytes, out.len);
}

static struct stun_message refuse(struct stun_out *out, enum stun_error code,
				  const char *password)
{
	static struct client_message c;
	struct stun_message request, m;

	c = start();
	for (uint16_t type = 0x7000; type < 0x7003; type++)
		client_add(&c, type, NULL, 0);
	request = parse_client(&c);
	memset(out, 0xff, sizeof(*out));
	stun_write_error(out, &request, code, password);
	m = parse_out(out);
	check_int("class", STUN_ERROR, m.class);
	check_hex("transaction id", ID, m.transaction_id, 12);
	check_uint("code", code, m.error);
	return m;
}

TEST("7.0.q", errors, "errors have their code, and a proof where they can",
     .native = true)
{
	static const uint8_t list[] =
		"\x00\x0a\x00\x06\x70\x00\x70\x01\x70\x02\x00\x00";
	static const uint8_t code[] = "\x00\x09\x00\x04\x00\x00";
	static const enum stun_error codes[] = { 400, 401, 420, 487 };
	struct stun_message m;
	struct stun_out out;

	for (int i = 0; i < 4; i++) {
		m = refuse(&out, codes[i], PASSWORD);
		check_proofs(&m);
		check_true(out.len <= 76,
			   "%zu bytes are more than the "
			   "shortest check",
			   out.len);
		m = refuse(&out, codes[i], NULL);
		check_true(!m.integrity_at, "nobody has a password for it");
		check_true(stun_fingerprint_holds(&m), "the fingerprint");
		check_hex("ERROR-CODE", code, out.bytes + 20, SIZE(code));
		if (codes[i] == STUN_UNKNOWN_ATTRIBUTE)
			check_hex("UNKNOWN-ATTRIBUTES", list, out.bytes + 28,
				  SIZE(list));
	}
}

TEST("7.0.r", check_of_ours, "a check of ours, with the longest username",
     .native = true)
{
	char username[270];
	struct stun_check check = {
		.transaction_id = ID,
		.username = username,
		.priority = 0x6effffff,
		.tie_breaker = 0x0123456789abcdef,
	};
	struct stun_message m;
	struct stun_out out;

	for (size_t size = 5; size < sizeof(username); size++) {
		memset(username, 'u', size);
		username[size] = '\0';
		check.controlling = size % 2;
		stun_write_check(&out, &check, PASSWORD);
		m = parse_out(&out);
		check_int("class", STUN_REQUEST, m.class);
		check_hex("transaction id", ID, m.transaction_id, 12);
		check_uint("length of username", size, m.username_len);
		check_hex("username", username, m.username, size);
		check_uint("priority", check.priority, m.priority);
		check_int("controlled", !check.controlling, m.controlled);
		check_int("controlling", check.controlling, m.controlling);
		check_int("USE-CANDIDATE", check.controlling, m.use_candidate);
		check_uint("tie-breaker", check.tie_breaker, m.tie_breaker);
		check_proofs(&m);
	}
}
