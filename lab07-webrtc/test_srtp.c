// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * SRTP and SRTCP: the vectors of the RFCs, then what somebody on the way may do
 * to a packet, then numbers that wrap and keys that are used up.
 */
#include <errno.h>
#include <string.h>

#include "common/test.h"
#include "common/protocols.h"
#include "lab07-webrtc/srtp_internal.h"
#include "lab07-webrtc/srtp_window.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

#define SSRC	  0x5501a0b2
#define MAX_SSRCS 4

/* A test for each profile; what it is about is in `profile`. */
static enum srtp_profile profile;

#define TEST_PROFILES(ID, NAME, TITLE, ...)                                    \
	static void NAME(void);                                                \
	TEST(ID "1", NAME##_gcm, TITLE ", GCM", .native = true, ##__VA_ARGS__) \
	{                                                                      \
		profile = SRTP_GCM_128;                                        \
		NAME();                                                        \
	}                                                                      \
	TEST(ID "2", NAME##_cm, TITLE ", CM", .native = true, ##__VA_ARGS__)   \
	{                                                                      \
		profile = SRTP_CM_SHA1_80;                                     \
		NAME();                                                        \
	}                                                                      \
	static void NAME(void)

static size_t from_hex(const char *hex, uint8_t *bytes)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++)
		sscanf(hex + 2 * i, "%2hhx", &bytes[i]);
	return len;
}

/* ---- the vectors of the RFCs ------------------------------------------- */

static struct srtp_master rfc3711_master(void)
{
	struct srtp_master master = { .profile = SRTP_CM_SHA1_80 };

	from_hex("E1F97A0D3E018BE0D64FA32C06DE4139", master.key);
	from_hex("0EC675AD498AFEEBB6960B3AABE6", master.salt);
	return master;
}

TEST("7.0.sa", derivation, "keys are derived as in RFC 3711, B.3",
     .native = true)
{
	static const struct {
		enum srtp_label label;
		const char *hex;
	} keys[] = {
		{ SRTP_LABEL_RTP_KEY, "C61E7A93744F39EE10734AFE3FF7A087" },
		{ SRTP_LABEL_RTP_SALT, "30CBBC08863D8C85D49DB34A9AE1" },
		{ SRTP_LABEL_RTP_AUTH,
		  "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6C"
		  "DBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5F"
		  "BCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB"
		  "60DBDFB2" },
	};
	struct srtp_master master = rfc3711_master();
	uint8_t expected[94], got[94];
	size_t len;

	for (int i = 0; i < 3; i++) {
		len = from_hex(keys[i].hex, expected);
		step("label %d", keys[i].label);
		check_int("srtp_derive", 0,
			  srtp_derive(&master, keys[i].label, got, len));
		check_hex("key", expected, got, len);
	}
}

/* Keys of a session that a vector gives as they are. */
static struct srtp_keys session_keys(enum srtp_profile profile, const char *key,
				     const char *salt)
{
	struct srtp_master master = { .profile = profile };
	struct srtp_keys keys;
	uint8_t bytes[SRTP_KEY_SIZE];

	check_int("srtp_keys_open", 0,
		  srtp_keys_open(&keys, &master, SRTP_LABEL_RTP_KEY));
	from_hex(key, bytes);
	EVP_EncryptInit_ex(keys.cipher, NULL, NULL, bytes, NULL);
	from_hex(salt, keys.salt);
	return keys;
}

TEST("7.0.sb", counter_mode, "AES-CM makes the key stream of RFC 3711, B.2",
     .native = true)
{
	struct srtp_keys keys = session_keys(SRTP_CM_SHA1_80,
					     "2B7E151628AED2A6ABF7158809CF4F3C",
					     "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
	static uint8_t zero[0xff02 * 16], out[sizeof(zero)], tag[10];
	struct srtp_text text = {
		.in = zero,
		.out = out,
		.len = sizeof(zero),
		.tag = tag,
	};
	uint8_t expected[48];

	check_int("srtp_seal", 0, srtp_seal(&keys, &text));
	from_hex("E03EAD0935C95E80E166B16DD92B4EB4"
		 "D23513162B02D0F72A43A2FE4A5F97AB"
		 "41E95B3BB0A2E8DD477901E4FCA894C0",
		 expected);
	check_hex("blocks 0 to 2", expected, out, 48);
	from_hex("EC8CDF7398607CB0F2D21675EA9EA1E4"
		 "362B7C3C6773516318A077D7FC5073AE"
		 "6A2CC3787889374FBEB4C81B17BA6C44",
		 expected);
	check_hex("blocks feff to ff01", expected, out + 0xfeff * 16, 48);
	srtp_keys_close(&keys);
}

/* Encrypts what is in `plain`, decrypts what is in `sealed`. */
static void check_gcm(const char *plain, const char *sealed,
		      const struct srtp_text *as, size_t cipher_ends)
{
	struct srtp_keys keys = session_keys(SRTP_GCM_128,
					     "000102030405060708090a0b0c0d0e0f",
					     "517569642070726f2071756f");
	uint8_t in[128], expected[128], out[128], tag[16];
	size_t len = from_hex(plain, in);
	struct srtp_text text = *as;

	from_hex(sealed, expected);
	text.header = in;
	text.in = in + text.header_len;
	text.out = out;
	text.len = len - text.header_len;
	text.tag = tag;
	check_int("srtp_seal", 0, srtp_seal(&keys, &text));
	check_hex("cipher", expected + text.header_len, out, text.len);
	check_hex("tag", expected + cipher_ends, tag, 16);
	text.in = expected + text.header_len;
	text.tag = expected + cipher_ends;
	check_int("srtp_unseal", 0, srtp_unseal(&keys, &text));
	check_hex("plain", in + text.header_len, out, text.len);
	srtp_keys_close(&keys);
}

TEST("7.0.sc", gcm_rtp, "GCM encrypts RTP as in RFC 7714, 16.1", .native = true)
{
	static const struct srtp_text text = {
		.ssrc = SSRC,
		.index = 0xf17b,
		.header_len = 12,
	};

	check_gcm("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206"
		  "4697669736120696e207061727465732074726573",
		  "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe6"
		  "33bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152"
		  "cf765ee4390cce",
		  &text, 50);
}

TEST("7.0.sd", gcm_rtcp, "GCM encrypts RTCP as in RFC 7714, 17.1",
     .native = true)
{
	static const uint8_t trailer[] = { 0x80, 0, 0x05, 0xd4 };
	static const struct srtp_text text = {
		.ssrc = 0x4d617273,
		.index = 0x5d4,
		.header_len = 8,
		.trailer = trailer,
	};

	check_gcm("81c8000d4d6172734e5450314e545032525450200000042a0000e9304c7"
		  "56e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
		  "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c0"
		  "6f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d"
		  "2fc5abf87245d9eade800005d4",
		  &text, 52);
}

/* ---- two ends ---------------------------------------------------------- */

/* Who sends and who receives, with the same keys. */
static struct srtp *sender, *receiver;
static struct srtp_master master;
static uint64_t state;

static struct srtp *open_end(const struct srtp_master *master)
{
	struct srtp *srtp;

	check_int("srtp_open", 0, srtp_open(master, MAX_SSRCS, &srtp));
	return srtp;
}

static void open_ends(void)
{
	master = draw_master(&state, profile);
	sender = open_end(&master);
	receiver = open_end(&master);
}

static void close_ends(void)
{
	srtp_close(sender);
	srtp_close(receiver);
}

static int encrypt(bool rtcp, const uint8_t *packet, size_t len, uint8_t *out,
		   size_t room)
{
	return rtcp ? srtp_encrypt_rtcp(sender, packet, len, out, room) :
		      srtp_encrypt_rtp(sender, packet, len, out, room);
}

static int decrypt(bool rtcp, const uint8_t *packet, size_t len, uint8_t *out,
		   size_t room)
{
	return rtcp ? srtp_decrypt_rtcp(receiver, packet, len, out, room) :
		      srtp_decrypt_rtp(receiver, packet, len, out, room);
}

/* A packet, and what the sender made of it. */
struct sent {
	uint8_t plain[PACKET_ROOM], sealed[PACKET_ROOM];
	size_t plain_len, len;
};

static struct sent *seal(bool rtcp, uint16_t sequence)
{
	static struct sent sent;
	size_t len = rtcp ? draw_plain_rtcp(&state, SSRC, sent.plain) :
			    draw_plain_rtp(&state, SSRC, sequence, sent.plain);
	int ret = encrypt(rtcp, sent.plain, len, sent.sealed, PACKET_ROOM);

	check_true(ret > (int)len && ret <= (int)len + SRTCP_OVERHEAD,
		   "%zu bytes became %d", len, ret);
	sent.plain_len = len;
	sent.len = ret;
	return &sent;
}

static int unseal(bool rtcp, const uint8_t *sealed, size_t len, uint8_t *out)
{
	return decrypt(rtcp, sealed, len, out, PACKET_ROOM);
}

static void check_arrives(bool rtcp, const struct sent *sent)
{
	uint8_t out[PACKET_ROOM];

	check_int("decrypted", (int)sent->plain_len,
		  unseal(rtcp, sent->sealed, sent->len, out));
	check_hex("packet", sent->plain, out, sent->plain_len);
}

TEST_PROFILES("7.0.se", there_and_back, "what is encrypted arrives")
{
	struct sent *sent;

	open_ends();
	for (int i = 0; i < 1000; i++) {
		sent = seal(i % 2, i);
		check_arrives(i % 2, sent);
		if (sent->plain_len > 300) /* no header is that long */
			check_true(memcmp(sent->plain + sent->plain_len - 8,
					  sent->sealed + sent->plain_len - 8,
					  8),
				   "packet %d is in clear", i);
	}
	close_ends();
}

TEST_PROFILES("7.0.sf", in_place, "a packet may be changed where it is")
{
	uint8_t plain[PACKET_ROOM], packet[PACKET_ROOM];
	int len, sealed;

	open_ends();
	for (int i = 0; i < 1000; i++) {
		bool rtcp = i % 2;

		len = rtcp ? draw_plain_rtcp(&state, SSRC, plain) :
			     draw_plain_rtp(&state, SSRC, i, plain);
		memcpy(packet, plain, len);
		sealed = encrypt(rtcp, packet, len, packet, PACKET_ROOM);
		check_int("decrypted", len,
			  unseal(rtcp, packet, sealed, packet));
		check_hex("packet", plain, packet, len);
	}
	close_ends();
}

TEST_PROFILES("7.0.sg", many_receivers,
	      "one payload for two receivers, with a header for each")
{
	static uint8_t payload[1000], out[2][PACKET_ROOM], got[PACKET_ROOM];
	struct rtp_hdr header = { .vpxcc = 0x80, .seq = htons(7) };
	int len = sizeof(header) + sizeof(payload);

	open_ends();
	draw_bytes(&state, payload, sizeof(payload));
	for (int i = 0; i < 2; i++) {
		header.ssrc = htonl(SSRC + i);
		memcpy(out[i], &header, sizeof(header));
		check_true(srtp_encrypt_payload(sender, payload,
						sizeof(payload), out[i],
						sizeof(header),
						PACKET_ROOM) > len,
			   "receiver %d", i);
		check_int("decrypted", len,
			  unseal(false, out[i],
				 len + (profile == SRTP_GCM_128 ? 16 : 10),
				 got));
		check_hex("header", &header, got, sizeof(header));
		check_hex("payload", payload, got + 12, sizeof(payload));
	}
	check_int("a header that is not as long as it says", -EINVAL,
		  srtp_encrypt_payload(sender, payload, 1, out[0], 16,
				       PACKET_ROOM));
	close_ends();
}

/* ---- what somebody on the way may do ----------------------------------- */

static int expected_error(bool rtcp, size_t len)
{
	size_t tag = profile == SRTP_GCM_128 ? 16 : 10;

	return len < (rtcp ? 8 + 4 : 12) + tag ? -EINVAL : 0;
}

TEST_PROFILES("7.0.sh", truncated, "a packet that is cut off is refused")
{
	open_ends();
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		struct sent *sent = seal(rtcp, 1);
		uint8_t out[PACKET_ROOM];

		for (size_t len = 0; len < sent->len; len++) {
			int ret = unseal(rtcp, sent->sealed, len, out);
			int expected = expected_error(rtcp, len);

			check_true(ret == -EINVAL ||
					   (!expected && ret == -EBADMSG),
				   "%zu of %zu bytes: %d", len, sent->len, ret);
		}
		check_arrives(rtcp, sent);
	}
	close_ends();
}

TEST_PROFILES("7.0.si", flipped, "a packet of which a bit differs is refused",
	      .seconds = 60)
{
	open_ends();
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		struct sent *sent = seal(rtcp, 1);
		uint8_t out[PACKET_ROOM];

		for (size_t bit = 0; bit < 8 * sent->len; bit++) {
			sent->sealed[bit / 8] ^= 1 << bit % 8;
			check_true(unseal(rtcp, sent->sealed, sent->len, out) <
					   0,
				   "bit %zu of %zu", bit, 8 * sent->len);
			sent->sealed[bit / 8] ^= 1 << bit % 8;
		}
		check_arrives(rtcp, sent);
	}
	close_ends();
}

TEST_PROFILES("7.0.sj", replayed, "a packet is taken once")
{
	uint8_t out[PACKET_ROOM];

	open_ends();
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		struct sent first = *seal(rtcp, 1);

		check_arrives(rtcp, &first);
		for (int i = 2; i < 2 + SRTP_WINDOW_WIDTH; i++) {
			check_int("again", -EEXIST,
				  unseal(rtcp, first.sealed, first.len, out));
			check_arrives(rtcp, seal(rtcp, i));
		}
		check_int("and much later", -ESTALE,
			  unseal(rtcp, first.sealed, first.len, out));
	}
	close_ends();
}

TEST_PROFILES("7.0.sk", forged, "who has no keys leaves nothing behind")
{
	struct srtp_master other = draw_master(&state, profile);
	struct srtp *stranger = open_end(&other), *ours;
	struct sent *sent;
	uint8_t packet[PACKET_ROOM], out[PACKET_ROOM];

	open_ends();
	ours = sender;
	sender = stranger;
	for (uint32_t i = 0; i < 100; i++) {
		size_t len = draw_plain_rtp(&state, i, i, packet);

		unseal(false, packet, len, out);
	}
	for (int i = 0; i < MAX_SSRCS; i++) {
		sent = seal(false, 30000 + i);
		check_int("from a stranger", -EBADMSG,
			  unseal(false, sent->sealed, sent->len, out));
	}
	sender = ours;
	check_arrives(false, seal(false, 1));
	check_arrives(true, seal(true, 0));
	srtp_close(stranger);
	close_ends();
}

TEST_PROFILES("7.0.sl", other_kind, "RTP is not taken for RTCP")
{
	struct sent *sent;
	uint8_t out[PACKET_ROOM];

	open_ends();
	sent = seal(false, 1);
	check_int("as RTCP", -EBADMSG,
		  unseal(true, sent->sealed, sent->len, out));
	sent = seal(true, 0);
	sent->sealed[0] &= ~0x1f; /* as RTP, it has no CSRCs */
	check_int("as RTP", -EBADMSG,
		  unseal(false, sent->sealed, sent->len, out));
	close_ends();
}

/* As the sender would make it, were it allowed to send without the bit E. */
static size_t seal_without_e(uint8_t packet[PACKET_ROOM])
{
	static const uint8_t trailer[4] = { 0, 0, 0, 7 };
	bool gcm = profile == SRTP_GCM_128;
	size_t len = draw_plain_rtcp(&state, SSRC, packet);
	struct srtp_text text = {
		.ssrc = SSRC,
		.index = 7,
		.header = packet,
		.header_len = 8,
		.in = packet + 8,
		.out = packet + 8,
		.len = len - 8,
		.trailer = trailer,
		.tag = packet + len + (gcm ? 0 : 4),
	};
	struct srtp_keys keys;

	srtp_keys_open(&keys, &master, SRTP_LABEL_RTCP_KEY);
	srtp_seal(&keys, &text);
	srtp_keys_close(&keys);
	memcpy(packet + len + (gcm ? 16 : 0), trailer, sizeof(trailer));
	return len + (gcm ? 20 : 14);
}

TEST_PROFILES("7.0.sm", in_clear,
	      "RTCP that says it is not encrypted is refused")
{
	uint8_t packet[PACKET_ROOM];
	size_t len;

	open_ends();
	len = seal_without_e(packet);
	check_int("without the bit E", -EBADMSG,
		  unseal(true, packet, len, packet));
	close_ends();
}

/* ---- numbers that wrap ------------------------------------------------- */

#define PACKETS 200 /* around a wrap */

/* Shuffles within 16; no packet comes from before the wrap too late for it. */
static void shuffle(int order[PACKETS])
{
	for (int i = 0; i < PACKETS; i++)
		order[i] = i;
	for (int i = 0; i < PACKETS - 16; i++) {
		int other = i + draw(&state, 16), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

/* Some 5 % of them are lost. */
static void send_around_wrap(uint16_t first, struct sent *sent)
{
	int order[PACKETS], arrived = 0;

	shuffle(order);
	for (int i = 0; i < PACKETS; i++)
		sent[i] = *seal(false, first + i);
	for (int i = 0; i < PACKETS; i++)
		if (draw(&state, 20)) {
			step("packet %d, sequence number %u", order[i],
			     (uint16_t)(first + order[i]));
			check_arrives(false, &sent[order[i]]);
			arrived++;
		}
	check_true(arrived > PACKETS / 2, "only %d arrived", arrived);
}

TEST_PROFILES("7.0.sn", wrap, "65535, 0: with loss and disorder around it",
	      .seconds = 60)
{
	static struct sent sent[PACKETS];

	for (int round = 0; round < 20; round++) {
		open_ends();
		send_around_wrap(0xffff - PACKETS / 2, sent);
		for (uint32_t seq = 100; seq < 0x10000; seq += 20000)
			check_arrives(false, seal(false, seq));
		send_around_wrap(0xffff - PACKETS / 2 + round, sent);
		close_ends();
	}
}

TEST("7.0.so", guess, "the index of a packet is the nearest one",
     .native = true)
{
	static const struct {
		uint64_t highest;
		uint16_t sequence;
		uint64_t index;
	} cases[] = {
		{ 0, 0, 0 },
		{ 0, 0xffff, 0xffff },
		{ 0xffff, 0, 0x10000 },
		{ 0x10000, 0xffff, 0xffff },
		{ 0x17fff, 0xffff, 0x1ffff },
		{ 0x17ffe, 0xffff, 0xffff },
		{ 0x18000, 0, 0x10000 },
		{ 0x18001, 0, 0x20000 },
		{ 0x7ffe, 0xffff, 0xffff },
		{ 0xffffffffffff, 0, 1ULL << 48 },
		{ 0x50000, 0x7fff, 0x57fff },
		{ 0x58000, 0x7fff, 0x57fff },
	};
	struct srtp_window w;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		w = (struct srtp_window){};
		srtp_window_add(&w, cases[i].highest);
		step("behind 0x%llx comes 0x%x",
		     (unsigned long long)cases[i].highest, cases[i].sequence);
		check_uint("index", cases[i].index,
			   srtp_window_guess(&w, cases[i].sequence));
	}
	w = (struct srtp_window){};
	check_uint("the first one", 0xfedc, srtp_window_guess(&w, 0xfedc));
}

TEST("7.0.sp", window, "the window remembers what a list of all would",
     .native = true)
{
	static bool seen[1 << 20];
	struct srtp_window w = {};
	uint64_t highest = 5000, index;
	int expected;

	srtp_window_add(&w, highest);
	seen[highest] = true;
	for (int i = 0; i < 100000; i++) {
		index = highest + draw(&state, 40) - draw(&state, 1200);
		if (!draw(&state, 100))
			index = highest + draw(&state, 5000);
		if (index >= sizeof(seen))
			break;
		expected = index + SRTP_WINDOW_WIDTH <= highest ? -ESTALE :
			   seen[index]				? -EEXIST :
								  0;
		check_int("check", expected, srtp_window_check(&w, index));
		if (expected)
			continue;
		srtp_window_add(&w, index);
		seen[index] = true;
		if (index > highest)
			highest = index;
	}
	check_true(highest > 500000, "it ended at %llu",
		   (unsigned long long)highest);
}

/* ---- limits ------------------------------------------------------------ */

TEST_PROFILES("7.0.sq", once, "nothing is encrypted twice under one number")
{
	uint8_t out[PACKET_ROOM];
	struct sent *sent;

	open_ends();
	sent = seal(false, 1);
	check_int("again", -EEXIST,
		  srtp_encrypt_rtp(sender, sent->plain, sent->plain_len, out,
				   PACKET_ROOM));
	seal(false, 1 + SRTP_WINDOW_WIDTH);
	sent->plain[2] = 0;
	sent->plain[3] = 1;
	check_int("and much later", -ESTALE,
		  srtp_encrypt_rtp(sender, sent->plain, sent->plain_len, out,
				   PACKET_ROOM));
	close_ends();
}

TEST_PROFILES("7.0.sr", used_up, "keys that are used up encrypt no more")
{
	uint8_t packet[PACKET_ROOM], out[PACKET_ROOM];
	size_t len;

	open_ends();
	for (int i = 0; i < 2; i++)
		check_int("srtp_skip_to", 0,
			  srtp_skip_to(i ? sender : receiver, SSRC,
				       0xfffffffffffe, 0x7ffffffe));
	check_arrives(false, seal(false, 0xffff));
	check_arrives(true, seal(true, 0));
	len = draw_plain_rtp(&state, SSRC, 0, packet);
	check_int("RTP", -EKEYEXPIRED,
		  srtp_encrypt_rtp(sender, packet, len, out, PACKET_ROOM));
	len = draw_plain_rtcp(&state, SSRC, packet);
	check_int("RTCP", -EKEYEXPIRED,
		  srtp_encrypt_rtcp(sender, packet, len, out, PACKET_ROOM));
	close_ends();
}

TEST_PROFILES("7.0.ss", too_many, "SSRCs are limited, and stay what they are")
{
	uint8_t packet[PACKET_ROOM], out[PACKET_ROOM];
	size_t len;
	int ret;

	open_ends();
	for (uint32_t ssrc = 0; ssrc <= MAX_SSRCS; ssrc++) {
		len = draw_plain_rtp(&state, ssrc, 1, packet);
		ret = srtp_encrypt_rtp(sender, packet, len, out, PACKET_ROOM);
		check_true(ssrc < MAX_SSRCS ? ret > 0 : ret == -ENOSPC,
			   "SSRC %u: %d", ssrc, ret);
	}
	len = draw_plain_rtp(&state, 0, 2, packet);
	check_true(srtp_encrypt_rtp(sender, packet, len, out, PACKET_ROOM) > 0,
		   "the first one is forgotten");
	close_ends();
}

TEST_PROFILES("7.0.st", no_room, "not a byte is written behind the room")
{
	uint8_t plain[PACKET_ROOM], out[PACKET_ROOM], expected[PACKET_ROOM];
	struct sent *sent;

	memset(expected, 0xaa, sizeof(expected));
	open_ends();
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		memcpy(out, expected, sizeof(out));
		sent = seal(rtcp, 1);
		memcpy(plain, sent->plain, sent->plain_len);
		plain[3] ^= !rtcp; /* another sequence number */
		check_int("encrypted", -EMSGSIZE,
			  encrypt(rtcp, plain, sent->plain_len, out,
				  sent->len - 1));
		check_int("decrypted", -EMSGSIZE,
			  decrypt(rtcp, sent->sealed, sent->len, out,
				  sent->plain_len - 1));
		check_hex("behind", expected, out + sent->len - 1, 64);
		check_arrives(rtcp, sent);
	}
	close_ends();
}

TEST_PROFILES("7.0.su", no_packet, "what is no RTP, or no RTCP, is refused")
{
	static const char *const rtp[] = {
		"",
		"8060000100000000000000",	  /* 11 bytes */
		"006000010000000000000001",	  /* version 0 */
		"c06000010000000000000001",	  /* version 3 */
		"816000010000000000000001",	  /* no room for a CSRC */
		"906000010000000000000001bede00", /* half an extension */
		"906000010000000000000001bede0001",
	};
	static const char *const rtcp[] = {
		"",
		"80c80000000000",
		"00c8000000000001",
		"c0c8000000000001",
	};
	uint8_t packet[32], out[PACKET_ROOM];
	size_t len;

	open_ends();
	for (size_t i = 0; i < sizeof(rtp) / sizeof(*rtp); i++) {
		len = from_hex(rtp[i], packet);
		check_int(rtp[i], -EINVAL,
			  srtp_encrypt_rtp(sender, packet, len, out,
					   PACKET_ROOM));
	}
	for (size_t i = 0; i < sizeof(rtcp) / sizeof(*rtcp); i++) {
		len = from_hex(rtcp[i], packet);
		check_int(rtcp[i], -EINVAL,
			  srtp_encrypt_rtcp(sender, packet, len, out,
					    PACKET_ROOM));
	}
	close_ends();
}

TEST("7.0.sv", other_profile, "another profile is refused", .native = true)
{
	struct srtp_master master = { .profile = 0x0002 };
	struct srtp *srtp = NULL;

	check_int("srtp_open", -EINVAL, srtp_open(&master, 1, &srtp));
	check_true(!srtp, "there is one all the same");
}
