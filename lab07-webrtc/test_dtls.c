// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Two of our ends shake hands over a network in memory, which loses, doubles
 * and disorders what they say; or one of them is a bad one.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/log.h"
#include "common/test.h"
#include "common/protocols.h"
#include "lab07-webrtc/dtls_internal.h"
#include "lab07-webrtc/dtls_records.h"
#include "lab07-webrtc/testlib/dtls_pair.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct dtls_pair pair;
static uint64_t state = 1;

/* ---- what OpenSSL keeps ------------------------------------------------ */

static size_t kept;

static void *count_malloc(size_t size, const char *file, int line)
{
	void *p = malloc(size);

	(void)file, (void)line;
	kept += malloc_usable_size(p);
	return p;
}

static void *count_realloc(void *old, size_t size, const char *file, int line)
{
	size_t before = malloc_usable_size(old);
	void *p = realloc(old, size);

	(void)file, (void)line;
	kept += malloc_usable_size(p) - before;
	return p;
}

static void count_free(void *p, const char *file, int line)
{
	(void)file, (void)line;
	kept -= malloc_usable_size(p);
	free(p);
}

/* Before OpenSSL asks for its first byte. */
__attribute__((constructor)) static void count_memory(void)
{
	CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free);
}

/* ---- ends -------------------------------------------------------------- */

static struct dtls_context *open_context(void)
{
	struct dtls_context *context;

	check_int("dtls_context_open", 0, dtls_context_open(NULL, &context));
	return context;
}

static void open_contexts(void)
{
	for (int i = 0; i < 2; i++)
		pair.context[i] = open_context();
}

static void close_contexts(void)
{
	for (int i = 0; i < 2; i++)
		dtls_context_close(pair.context[i]);
}

static void check_state(int which, enum dtls_state expected)
{
	static const char *const names[] = { "shaking hands", "connected",
					     "closed", "failed" };

	step("the %s says: %s", which == PAIR_SERVER ? "server" : "client",
	     dtls_reason(pair.end[which]));
	check_str("state", names[expected], names[dtls_state(pair.end[which])]);
	check_true((expected == DTLS_CONNECTED) == !!dtls_keys(pair.end[which]),
		   "there are keys: %d", !!dtls_keys(pair.end[which]));
}

/* Its words are for people. */
static void check_reason(int which)
{
	const char *reason = dtls_reason(pair.end[which]);

	check_true(reason && *reason, "it does not say why");
}

static void check_master(const char *what, enum srtp_profile profile,
			 const struct srtp_master *a,
			 const struct srtp_master *b)
{
	check_int("profile", profile, a->profile);
	check_int("profile of the other", profile, b->profile);
	check_hex(what, a->key, b->key, sizeof(a->key));
	check_hex(what, a->salt, b->salt, sizeof(a->salt));
}

/* Each has the keys of the other, and another one for each direction. */
static void check_connected(enum srtp_profile profile)
{
	const struct dtls_keys *server, *client;

	check_state(PAIR_SERVER, DTLS_CONNECTED);
	check_state(PAIR_CLIENT, DTLS_CONNECTED);
	server = dtls_keys(pair.end[PAIR_SERVER]);
	client = dtls_keys(pair.end[PAIR_CLIENT]);
	check_master("to the client", profile, &server->send, &client->receive);
	check_master("to the server", profile, &client->send, &server->receive);
	check_true(memcmp(&client->send, &client->receive,
			  sizeof(client->send)),
		   "both directions have the same keys");
}

/* One whole handshake with these options. */
static void shake_hands(const struct dtls_options *server,
			const struct dtls_options *client)
{
	dtls_pair_open(&pair, server, client);
	dtls_pair_shake_hands(&pair);
}

static void check_handshake(const struct dtls_options *both)
{
	shake_hands(both, both);
	check_connected(SRTP_GCM_128);
	dtls_pair_close(&pair);
}

TEST("7.0.da", connect_ends, "two ends agree on keys", .native = true)
{
	open_contexts();
	shake_hands(NULL, NULL);
	check_connected(SRTP_GCM_128);
	for (int i = 0; i < 2; i++)
		check_int("timer", -1, dtls_timeout_ms(pair.end[i]));
	check_true(pair.longest <= DTLS_MTU, "a datagram of %u bytes",
		   pair.longest);
	dtls_pair_close(&pair);
	close_contexts();
}

TEST("7.0.db", media, "what one encrypts with them, the other decrypts",
     .native = true)
{
	uint8_t plain[PACKET_ROOM], packet[PACKET_ROOM];
	struct srtp *sends, *receives;
	int len, sealed;

	open_contexts();
	shake_hands(NULL, NULL);
	for (int i = 0; i < 2; i++) {
		srtp_open(&dtls_keys(pair.end[i])->send, 1, &sends);
		srtp_open(&dtls_keys(pair.end[!i])->receive, 1, &receives);
		len = draw_plain_rtp(&state, 7, 7, plain);
		sealed = srtp_encrypt_rtp(sends, plain, len, packet,
					  PACKET_ROOM);
		check_int("decrypted", len,
			  srtp_decrypt_rtp(receives, packet, sealed, packet,
					   PACKET_ROOM));
		check_hex("packet", plain, packet, len);
		srtp_close(sends);
		srtp_close(receives);
	}
	dtls_pair_close(&pair);
	close_contexts();
}

static void offer_profiles(int which, const char *profiles)
{
	check_int("profiles", 0,
		  SSL_CTX_set_tlsext_use_srtp(pair.context[which]->ssl,
					      profiles));
}

TEST("7.0.dc", profiles, "GCM if the peer has it, SHA1_80 if not, else nothing",
     .native = true)
{
	open_contexts();
	for (int peer = 0; peer < 2; peer++) {
		offer_profiles(peer,
			       "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");
		shake_hands(NULL, NULL);
		check_connected(peer == PAIR_CLIENT ? SRTP_GCM_128 :
						      SRTP_CM_SHA1_80);
		dtls_pair_close(&pair);
		offer_profiles(peer, "SRTP_AES128_CM_SHA1_80");
		shake_hands(NULL, NULL);
		check_connected(SRTP_CM_SHA1_80);
		dtls_pair_close(&pair);
		offer_profiles(peer, "SRTP_AEAD_AES_256_GCM");
		shake_hands(NULL, NULL);
		check_state(PAIR_SERVER, DTLS_FAILED);
		check_state(PAIR_CLIENT, DTLS_FAILED);
		check_reason(PAIR_SERVER);
		dtls_pair_close(&pair);
		offer_profiles(peer,
			       "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80");
	}
	close_contexts();
}

/* ---- who it is --------------------------------------------------------- */

TEST("7.0.dd", other_certificate,
     "another certificate than SDP's: no keys, "
     "on either side",
     .native = true)
{
	struct dtls_context *other = open_context();
	struct dtls_options expects = {
		.fingerprints[0] = dtls_context_fingerprint(other),
		.resend_ms = 5,
		.give_up_ms = 100,
	};

	open_contexts();
	for (int which = 0; which < 2; which++) {
		shake_hands(which == PAIR_SERVER ? &expects : NULL,
			    which == PAIR_CLIENT ? &expects : NULL);
		check_state(which, DTLS_FAILED);
		check_reason(which);
		check_state(!which, DTLS_FAILED);
		dtls_pair_close(&pair);
	}
	close_contexts();
	dtls_context_close(other);
}

TEST("7.0.de", no_certificate, "a client without a certificate gets no keys",
     .native = true)
{
	SSL_CTX *bare = SSL_CTX_new(DTLS_method()), *whole;

	open_contexts();
	whole = pair.context[PAIR_CLIENT]->ssl;
	pair.context[PAIR_CLIENT]->ssl = bare;
	offer_profiles(PAIR_CLIENT, "SRTP_AEAD_AES_128_GCM");
	shake_hands(NULL, NULL);
	check_state(PAIR_SERVER, DTLS_FAILED);
	dtls_pair_close(&pair);
	pair.context[PAIR_CLIENT]->ssl = whole;
	SSL_CTX_free(bare);
	close_contexts();
}

/* The fingerprint of a context with another hash function. */
static const char *fingerprint(const struct dtls_context *context,
			       const char *name, const EVP_MD *md, bool upper)
{
	static char text[2][256];
	static int turn;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size;
	char *to = text[turn ^= 1];

	X509_digest(context->certificate.x509, md, bytes, &size);
	to += sprintf(to, "%s ", name);
	for (unsigned int i = 0; i < size; i++)
		to += sprintf(to, upper ? "%02X:" : "%02x:", bytes[i]);
	to[-1] = '\0';
	return text[turn];
}

TEST("7.0.df", hashes, "fingerprints of five hash functions, in any case",
     .native = true)
{
	const struct {
		const char *name;
		const EVP_MD *md;
	} hashes[] = {
		{ "sha-1", EVP_sha1() },     { "SHA-224", EVP_sha224() },
		{ "Sha-256", EVP_sha256() }, { "sha-384", EVP_sha384() },
		{ "SHA-512", EVP_sha512() },
	};
	struct dtls_options options = {};

	open_contexts();
	for (size_t i = 0; i < COUNT(hashes); i++) {
		options.fingerprints[0] = fingerprint(pair.context[PAIR_CLIENT],
						      hashes[i].name,
						      hashes[i].md, i % 2);
		step("%s", options.fingerprints[0]);
		shake_hands(&options, NULL);
		check_connected(SRTP_GCM_128);
		dtls_pair_close(&pair);
	}
	close_contexts();
}

TEST("7.0.dg", several, "of several fingerprints the strongest ones count",
     .native = true)
{
	struct dtls_context *other = open_context();
	struct dtls_options options = { .resend_ms = 5, .give_up_ms = 100 };
	const char *right, *wrong = dtls_context_fingerprint(other);
	const char **list = options.fingerprints;

	open_contexts();
	right = dtls_context_fingerprint(pair.context[PAIR_CLIENT]);
	list[0] = "md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
	list[1] = wrong;
	list[2] = right;
	shake_hands(&options, NULL);
	check_connected(SRTP_GCM_128);
	dtls_pair_close(&pair);

	list[1] = fingerprint(pair.context[PAIR_CLIENT], "sha-1", EVP_sha1(),
			      true);
	list[2] = wrong;
	shake_hands(&options, NULL);
	check_state(PAIR_SERVER, DTLS_FAILED);
	dtls_pair_close(&pair);
	close_contexts();
	dtls_context_close(other);
}

TEST("7.0.dh", no_fingerprint, "what is no fingerprint is refused",
     .native = true)
{
	static const char *const texts[] = {
		"",
		" ",
		"sha-1",
		"sha-1 ",
		"sha-1 00",
		"sha-256",
		"sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:"
		"12",
		"sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:"
		"12:13:14",
		"sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:"
		"12:1g",
		"sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:"
		"12:13 ",
		"sha-1 000102030405060708090A0B0C0D0E0F10111213",
		"sha-2 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:"
		"12:13",
		"00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13",
	};
	struct dtls_context *context = open_context();
	struct dtls_options options = {};
	struct dtls *d = NULL;

	for (size_t i = 0; i < COUNT(texts); i++) {
		options.fingerprints[0] = texts[i];
		step("\"%s\"", texts[i]);
		check_int("dtls_open", -EINVAL,
			  dtls_open(context, &options, &d));
	}
	options.fingerprints[0] = NULL;
	check_int("none", -EINVAL, dtls_open(context, &options, &d));
	check_true(!d, "there is one all the same");
	dtls_context_close(context);
}

/* ---- a network that loses, doubles, disorders -------------------------- */

static unsigned int lost; /* which datagram; of which ones, in a thousand */
static unsigned int said;

static unsigned int lose_one(struct dtls_pair *p)
{
	(void)p;
	return said++ != lost;
}

static unsigned int lose_some(struct dtls_pair *p)
{
	(void)p;
	return draw(&state, 1000) >= lost;
}

static unsigned int double_some(struct dtls_pair *p)
{
	(void)p;
	return 1 + !draw(&state, 3);
}

static unsigned int pick_any(struct dtls_pair *p)
{
	return draw(&state, p->count);
}

static unsigned int pick_last(struct dtls_pair *p)
{
	return p->count - 1;
}

TEST("7.0.di", lose_each, "whichever datagram is lost, they connect",
     .native = true, .seconds = 60)
{
	struct dtls_options options = { .resend_ms = 20, .mtu = 400 };

	open_contexts();
	pair.copies = lose_one;
	for (lost = 0; lost < 20; lost++) {
		step("datagram %u is lost", lost);
		said = 0;
		check_handshake(&options);
	}
	close_contexts();
}

TEST("7.0.dj", lose_many, "a quarter is lost", .native = true, .seconds = 120)
{
	struct dtls_options options = { .resend_ms = 20 };

	open_contexts();
	pair.copies = lose_some;
	lost = 250;
	for (int round = 0; round < 10; round++) {
		step("round %d", round);
		check_handshake(&options);
	}
	close_contexts();
}

TEST("7.0.dk", disorder, "small fragments in any order, some of them twice",
     .native = true, .seconds = 60)
{
	struct dtls_options options = { .resend_ms = 20, .mtu = 256 };

	open_contexts();
	pair.copies = double_some;
	for (int round = 0; round < 20; round++) {
		step("round %d", round);
		pair.pick = round ? pick_any : pick_last;
		check_handshake(&options);
	}
	close_contexts();
}

/* A list of protocols that makes a ClientHello as long as a post-quantum one.
 */
static void make_hello_long(struct dtls_context *context)
{
	uint8_t protocols[1280];

	for (size_t i = 0; i < sizeof(protocols); i++)
		protocols[i] = i % 128 ? 'a' : 127;
	check_int("protocols", 0,
		  SSL_CTX_set_alpn_protos(context->ssl, protocols,
					  sizeof(protocols)));
}

TEST("7.0.dl", long_hello, "a ClientHello that does not fit in one datagram",
     .native = true)
{
	open_contexts();
	make_hello_long(pair.context[PAIR_CLIENT]);
	for (int round = 0; round < 2; round++) {
		pair.pick = round ? pick_last : NULL;
		dtls_pair_open(&pair, NULL, NULL);
		dtls_start(pair.end[PAIR_CLIENT]);
		check_uint("datagrams of the first flight", 2,
			   pair.sent[PAIR_CLIENT]);
		dtls_pair_shake_hands(&pair);
		check_connected(SRTP_GCM_128);
		dtls_pair_close(&pair);
	}
	close_contexts();
}

TEST("7.0.dm", silence, "nobody answers: some datagrams, then it fails",
     .native = true, .seconds = 30)
{
	struct dtls_options options = { .resend_ms = 20, .give_up_ms = 200 };

	open_contexts();
	pair.copies = lose_some;
	lost = 1000;
	shake_hands(&options, &options);
	check_state(PAIR_CLIENT, DTLS_FAILED);
	check_reason(PAIR_CLIENT);
	check_true(pair.sent[PAIR_CLIENT] >= 2 && pair.sent[PAIR_CLIENT] <= 5,
		   "%u datagrams", pair.sent[PAIR_CLIENT]);
	check_state(PAIR_SERVER, DTLS_SHAKING_HANDS);
	check_int("a server that waits has no timer", -1,
		  dtls_timeout_ms(pair.end[PAIR_SERVER]));
	dtls_pair_close(&pair);
	close_contexts();
}

/* ---- a peer that is connected ------------------------------------------ */

TEST("7.0.dn", leave, "who leaves says so, and the other one's keys are gone",
     .native = true)
{
	open_contexts();
	for (int who = 0; who < 2; who++) {
		shake_hands(NULL, NULL);
		check_connected(SRTP_GCM_128);
		dtls_close(pair.end[who]);
		check_uint("datagrams", 1, pair.count);
		dtls_pair_deliver_all(&pair);
		check_state(!who, DTLS_CLOSED);
		pair.end[who] = NULL;
		dtls_pair_close(&pair);
		check_uint("nothing is answered", 0, pair.count);
	}
	close_contexts();
}

TEST("7.0.do", application_data, "application data is ignored", .native = true)
{
	unsigned int sent;

	open_contexts();
	shake_hands(NULL, NULL);
	sent = pair.sent[PAIR_SERVER];
	for (int i = 0; i < 1000; i++) {
		SSL_write(pair.end[PAIR_CLIENT]->ssl, "hello", 5);
		dtls_pair_deliver_all(&pair);
	}
	check_connected(SRTP_GCM_128);
	check_uint("datagrams of the server", sent, pair.sent[PAIR_SERVER]);
	dtls_pair_close(&pair);
	close_contexts();
}

/* Whatever is answered must be an alert, and is lost. */
static void deliver_to(int who)
{
	for (unsigned int i = 0; i < pair.count; i++)
		if (pair.parcels[i].to == who)
			dtls_receive(pair.end[who], pair.parcels[i].bytes,
				     pair.parcels[i].len);
		else
			check_uint("content type of the answer", DTLS_ALERT,
				   pair.parcels[i].bytes[0]);
	pair.count = 0;
}

TEST("7.0.dp", shake_again,
     "a peer that wants to shake hands again, and again "
     "and again, gets few answers",
     .native = true)
{
	unsigned int sent;
	struct dtls *bad;

	open_contexts();
	for (int who = 0; who < 2; who++) {
		shake_hands(NULL, NULL);
		sent = pair.sent[!who];
		bad = pair.end[who];
		SSL_clear_options(bad->ssl, SSL_OP_NO_RENEGOTIATION);
		for (int i = 0; i < 1000; i++) {
			SSL_renegotiate(bad->ssl);
			bad->answers = 0;
			SSL_do_handshake(bad->ssl);
			deliver_to(!who);
		}
		check_state(!who, DTLS_CONNECTED);
		check_true(pair.sent[!who] - sent <= 64, "%u answers",
			   pair.sent[!who] - sent);
		dtls_pair_close(&pair);
	}
	close_contexts();
}

/* ---- garbage ----------------------------------------------------------- */

static void check_undisturbed(void)
{
	check_connected(SRTP_GCM_128);
	dtls_close(pair.end[PAIR_CLIENT]);
	dtls_pair_deliver_all(&pair);
	pair.end[PAIR_CLIENT] = NULL;
	check_state(PAIR_SERVER, DTLS_CLOSED);
	dtls_pair_close(&pair);
}

static void put_be16(uint8_t *bytes, unsigned int value)
{
	bytes[0] = value >> 8;
	bytes[1] = value;
}

/* Often with the header of a record that fits. */
static size_t draw_garbage(uint8_t bytes[PAIR_LONGEST])
{
	size_t len = draw(&state, draw(&state, 2) ? 60 : PAIR_LONGEST + 1);

	draw_bytes(&state, bytes, len);
	if (len < 13 || !draw(&state, 4))
		return len;
	bytes[0] = 20 + draw(&state, 4);
	bytes[1] = 0xfe;
	bytes[2] = draw(&state, 2) ? 0xfd : 0xff;
	bytes[3] = 0;
	bytes[4] = draw(&state, 2);
	put_be16(bytes + 11, len - 13);
	return len;
}

TEST("7.0.dq", garbage, "garbage harms nobody, and is not answered for long",
     .native = true, .seconds = 60)
{
	uint8_t bytes[PAIR_LONGEST];

	open_contexts();
	shake_hands(NULL, NULL);
	for (int i = 0; i < 20000; i++)
		dtls_receive(pair.end[i % 2], bytes, draw_garbage(bytes));
	check_uint("datagrams", 0, pair.count);
	check_undisturbed();
	for (int i = 0; i < 500; i++) {
		dtls_pair_open(&pair, NULL, NULL);
		dtls_start(pair.end[PAIR_CLIENT]);
		for (int n = 0; n < 20; n++)
			dtls_receive(pair.end[n % 2], bytes,
				     draw_garbage(bytes));
		check_true(pair.sent[PAIR_SERVER] <= 1, "%u answers",
			   pair.sent[PAIR_SERVER]);
		dtls_pair_close(&pair);
	}
	close_contexts();
}

/* Somebody on the way changes or cuts what is said. */
static void spoil(struct parcel *parcel)
{
	if (draw(&state, 2))
		parcel->len = draw(&state, parcel->len);
	else
		parcel->bytes[draw(&state, parcel->len)] ^= 1
							    << draw(&state, 8);
}

TEST("7.0.dr", spoilt, "handshakes of which something is changed on the way",
     .native = true, .seconds = 120)
{
	struct dtls_options options = { .resend_ms = 20, .give_up_ms = 100 };
	int connected = 0;

	open_contexts();
	for (int i = 0; i < 300; i++) {
		dtls_pair_open(&pair, &options, &options);
		dtls_start(pair.end[PAIR_CLIENT]);
		while (pair.count) {
			if (!draw(&state, 4))
				spoil(&pair.parcels[0]);
			dtls_pair_deliver(&pair);
		}
		if (dtls_keys(pair.end[0]) && dtls_keys(pair.end[1])) {
			check_connected(SRTP_GCM_128);
			connected++;
		}
		dtls_pair_close(&pair);
	}
	check_true(connected > 10 && connected < 290, "%d connected",
		   connected);
	close_contexts();
}

/* ---- an end that goes on after a restart -------------------------------- */

/* The server is another process now, and has nothing but the keys. */
static struct dtls_keys resume_server(void)
{
	struct dtls_options options = { .give_up_ms = 50 };
	struct dtls_keys keys;

	open_contexts();
	shake_hands(NULL, NULL);
	keys = *dtls_keys(pair.end[PAIR_SERVER]);
	dtls_pair_replace(&pair, PAIR_SERVER, &options);
	dtls_resume(pair.end[PAIR_SERVER], &keys);
	return keys;
}

static void check_same_keys(const struct dtls_keys *keys)
{
	check_state(PAIR_SERVER, DTLS_CONNECTED);
	check_hex("keys", keys, dtls_keys(pair.end[PAIR_SERVER]),
		  sizeof(*keys));
	check_uint("handshakes", 0, dtls_handshakes(pair.end[PAIR_SERVER]));
}

/* Its peer speaks on the old connection, and garbage comes as well. */
TEST("7.0.kp", resumed, "an end that goes on has its keys, and answers nothing",
     .native = true)
{
	struct dtls_keys keys = resume_server();
	uint8_t bytes[PAIR_LONGEST];
	size_t length;

	check_same_keys(&keys);
	check_int("timer", -1, dtls_timeout_ms(pair.end[PAIR_SERVER]));
	for (int i = 0; i < 100; i++) {
		SSL_write(pair.end[PAIR_CLIENT]->ssl, "hello", 5);
		length = draw_garbage(bytes);
		if (!dtls_records_is_hello(bytes, length))
			dtls_receive(pair.end[PAIR_SERVER], bytes, length);
		dtls_pair_deliver_all(&pair);
	}
	dtls_close(pair.end[PAIR_CLIENT]);
	pair.end[PAIR_CLIENT] = NULL;
	dtls_pair_deliver_all(&pair);
	check_same_keys(&keys);
	dtls_pair_close(&pair);
	check_uint("what it has said", 0, pair.sent[PAIR_SERVER]);
	close_contexts();
}

/* Anybody can write the peer's address on a ClientHello. */
TEST("7.0.kq", not_again, "a handshake that fails leaves an end its old keys",
     .native = true)
{
	struct dtls_keys keys = resume_server();
	struct dtls_context *hers = pair.context[PAIR_CLIENT];

	step("it does not go on");
	dtls_pair_replace(&pair, PAIR_CLIENT, NULL);
	dtls_start(pair.end[PAIR_CLIENT]);
	dtls_pair_deliver(&pair);
	check_state(PAIR_SERVER, DTLS_SHAKING_HANDS);
	while (dtls_state(pair.end[PAIR_SERVER]) == DTLS_SHAKING_HANDS) {
		poll(NULL, 0, dtls_timeout_ms(pair.end[PAIR_SERVER]));
		dtls_tick(pair.end[PAIR_SERVER]);
	}
	check_same_keys(&keys);
	step("somebody else shakes hands");
	pair.context[PAIR_CLIENT] = open_context();
	dtls_pair_replace(&pair, PAIR_CLIENT, NULL);
	dtls_start(pair.end[PAIR_CLIENT]);
	dtls_pair_deliver_all(&pair);
	check_state(PAIR_CLIENT, DTLS_FAILED);
	check_same_keys(&keys);
	dtls_context_close(hers);
	dtls_pair_close(&pair);
	close_contexts();
}

TEST("7.0.kr", anew, "the peer itself may shake hands anew, and gets new keys",
     .native = true, .seconds = 30)
{
	struct dtls_keys keys = resume_server();

	dtls_pair_replace(&pair, PAIR_CLIENT, NULL);
	dtls_pair_shake_hands(&pair);
	check_connected(SRTP_GCM_128);
	check_uint("handshakes", 1, dtls_handshakes(pair.end[PAIR_SERVER]));
	check_true(memcmp(&keys, dtls_keys(pair.end[PAIR_SERVER]),
			  sizeof(keys)),
		   "they are the old ones");
	check_undisturbed();
	close_contexts();
}

/* ---- a certificate in memory -------------------------------------------------- */

TEST("7.0.ks", certificate_bytes, "a certificate becomes bytes, and back",
     .native = true)
{
	struct dtls_context *first = open_context(), *again;
	uint8_t bytes[4096];
	int length = dtls_context_write(first, bytes, sizeof(bytes));

	check_true(length > 0, "it can't be written: %s", strerror(-length));
	check_int("no room", -EMSGSIZE,
		  dtls_context_write(first, bytes, length - 1));
	check_int("read", 0, dtls_context_read(bytes, length, &again));
	check_str("fingerprint", dtls_context_fingerprint(first),
		  dtls_context_fingerprint(again));
	for (int i = 0; i < length; i++)
		check_int("a part of it", -EINVAL,
			  dtls_context_read(bytes, i, &again));
	dtls_context_close(first);
	dtls_context_close(again);
}

/* ---- floods ------------------------------------------------------------ */

/* A record of epoch 1, or a fragment of a long message that never comes. */
static size_t make_flood(uint32_t number, bool cipher, uint8_t bytes[1200])
{
	struct dtls_record_hdr record = {
		.content_type = DTLS_HANDSHAKE,
		.version = { 0xfe, 0xfd },
		.epoch = { 0, cipher },
	};
	/* a certificate of 16,383 bytes; its number, and where in it we are */
	uint8_t message[12] = { 11, 0, 0x3f, 0xff };

	put_be16(record.length, 1200 - sizeof(record));
	put_be16(record.sequence_number + 4, number);
	put_be16(message + 4, 2 + number % 9);
	put_be16(message + 6, number % 60);
	put_be16(message + 10, 1200 - sizeof(record) - sizeof(message));
	draw_bytes(&state, bytes, 1200);
	memcpy(bytes, &record, sizeof(record));
	memcpy(bytes + sizeof(record), message, sizeof(message));
	return 1200;
}

TEST("7.0.ds", flood, "what comes too early is kept, but not without a limit",
     .native = true, .seconds = 60)
{
	uint8_t bytes[1200];
	size_t before;

	open_contexts();
	for (int cipher = 0; cipher < 2; cipher++) {
		dtls_pair_open(&pair, NULL, NULL);
		dtls_start(pair.end[PAIR_CLIENT]);
		dtls_pair_deliver(&pair);
		before = kept;
		for (uint32_t i = 1; i <= 20000; i++)
			dtls_receive(pair.end[PAIR_SERVER], bytes,
				     make_flood(i, cipher, bytes));
		step("%zu bytes are kept", kept - before);
		check_true(kept - before < 400000, "%zu bytes are kept",
			   kept - before);
		check_state(PAIR_SERVER, DTLS_SHAKING_HANDS);
		dtls_pair_close(&pair);
	}
	close_contexts();
}

TEST("7.0.dsa", nonsense,
     "a fragment that lies outside of its message is "
     "dropped",
     .native = true)
{
	struct dtls_options options = { .resend_ms = 20 };
	uint8_t bytes[1200];

	open_contexts();
	dtls_pair_open(&pair, &options, &options);
	dtls_start(pair.end[PAIR_CLIENT]);
	for (uint32_t number = 40; number < 42; number++) {
		make_flood(number, false, bytes);
		bytes[sizeof(struct dtls_record_hdr) + 6] = 0xff;
		dtls_receive(pair.end[PAIR_SERVER], bytes, sizeof(bytes));
		if (pair.count)
			dtls_pair_deliver(&pair);
	}
	dtls_pair_shake_hands(&pair);
	check_connected(SRTP_GCM_128);
	dtls_pair_close(&pair);
	close_contexts();
}

TEST("7.0.dt", leaks, "an end that is closed leaves nothing behind",
     .native = true, .seconds = 30)
{
	size_t before = 0;

	open_contexts();
	for (int i = 0; i < 100; i++) {
		if (i == 50)
			before = kept;
		check_handshake(NULL);
	}
	check_uint("bytes that OpenSSL keeps", before, kept);
	close_contexts();
}

/* ---- the certificate --------------------------------------------------- */

static const char *in_folder(void)
{
	static char folder[64], file[80];

	strcpy(folder, "/tmp/test_dtls-XXXXXX");
	check_true(mkdtemp(folder), "mkdtemp: %s", strerror(errno));
	snprintf(file, sizeof(file), "%s/key.pem", folder);
	return file;
}

static void remove_folder(const char *file)
{
	char folder[80];

	snprintf(folder, sizeof(folder), "%s", file);
	unlink(file);
	*strrchr(folder, '/') = '\0';
	check_int("nothing else is there", 0, rmdir(folder));
}

TEST("7.0.du", kept_certificate,
     "a certificate is kept in a file, for its "
     "owner only",
     .native = true)
{
	const char *file = in_folder();
	struct dtls_context *first, *again;
	struct stat st;

	umask(0);
	check_int("made", 0, dtls_context_open(file, &first));
	check_int("stat", 0, stat(file, &st));
	check_uint("mode", 0600, st.st_mode & 07777);
	check_int("read", 0, dtls_context_open(file, &again));
	check_str("fingerprint", dtls_context_fingerprint(first),
		  dtls_context_fingerprint(again));
	dtls_context_close(first);
	dtls_context_close(again);
	remove_folder(file);
}

TEST("7.0.dv", new_certificate, "without a file each start has its own",
     .native = true)
{
	struct dtls_context *a = open_context(), *b = open_context();

	check_true(strcmp(dtls_context_fingerprint(a),
			  dtls_context_fingerprint(b)),
		   "they are the same");
	check_true(!strncmp(dtls_context_fingerprint(a), "sha-256 ", 8) &&
			   strlen(dtls_context_fingerprint(a)) == 7 + 32 * 3,
		   "\"%s\" is not for SDP", dtls_context_fingerprint(a));
	dtls_context_close(a);
	dtls_context_close(b);
}

TEST("7.0.dw", bad_certificate,
     "a file that is no certificate is refused, and "
     "left as it is",
     .native = true)
{
	const char *file = in_folder();
	struct dtls_context *context = NULL;
	char text[8] = "";
	int fd = open(file, O_RDWR | O_CREAT, 0600);

	check_int("write", 5, write(fd, "hello", 5));
	check_int("refused", -EINVAL, dtls_context_open(file, &context));
	check_true(strstr(log_last_error(), file), "the error is \"%s\"",
		   log_last_error());
	check_int("read", 5, pread(fd, text, sizeof(text), 0));
	check_str("text", "hello", text);
	close(fd);
	remove_folder(file);
	check_int("no such folder", -ENOENT,
		  dtls_context_open("/nowhere/key.pem", &context));
	check_true(!context, "there is one all the same");
}
