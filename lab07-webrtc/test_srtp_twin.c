// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * SRTP as somebody else has written it: libsrtp2 and ours get the same packets,
 * and each of them reads what the other one wrote.
 *
 *	packet --> ours   --> cipher --> libsrtp2 --> packet
 *	       --> libsrtp2 --> cipher --> ours   --> packet
 *
 * SRTP_TWIN_PACKETS of the environment says how many (10,000).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "common/clock.h"
#include "common/test.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

#define SSRCS	    5
#define ROUND	    1000 /* packets under one pair of keys */
#define TWIN_WINDOW 1024

static uint64_t state = 1;
static size_t compared, refused; /* packets */

static size_t how_many(void)
{
	const char *text = getenv("SRTP_TWIN_PACKETS");

	return text ? strtoul(text, NULL, 10) : 10000;
}

/* ---- both of them ------------------------------------------------------ */

/* Each of them sends and receives. */
struct twins {
	struct srtp *ours[2];
	srtp_t theirs[2];
};

enum { SENDS, RECEIVES };

static srtp_t open_theirs(const struct srtp_master *master, int end)
{
	uint8_t key[SRTP_KEY_SIZE + SRTP_SALT_SIZE];
	srtp_policy_t policy = {
		.ssrc.type = end == SENDS ? ssrc_any_outbound :
					    ssrc_any_inbound,
		.key = key,
		.window_size = TWIN_WINDOW,
	};
	srtp_profile_t profile = master->profile == SRTP_GCM_128 ?
					 srtp_profile_aead_aes_128_gcm :
					 srtp_profile_aes128_cm_sha1_80;
	srtp_t theirs = NULL;

	memcpy(key, master->key, SRTP_KEY_SIZE);
	memcpy(key + SRTP_KEY_SIZE, master->salt, SRTP_SALT_SIZE);
	srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile);
	check_int("srtp_create", 0, srtp_create(&theirs, &policy));
	return theirs;
}

static struct twins open_twins(enum srtp_profile profile)
{
	struct srtp_master master = draw_master(&state, profile);
	struct twins twins;

	for (int end = 0; end < 2; end++) {
		check_int("srtp_open", 0,
			  srtp_open(&master, SSRCS, &twins.ours[end]));
		twins.theirs[end] = open_theirs(&master, end);
	}
	return twins;
}

static void close_twins(struct twins *twins)
{
	for (int end = 0; end < 2; end++) {
		srtp_close(twins->ours[end]);
		srtp_dealloc(twins->theirs[end]);
	}
}

/* ---- what a packet becomes --------------------------------------------- */

struct rtp_or_rtcp {
	bool rtcp;
	int len; /* or an error */
	uint8_t bytes[PACKET_ROOM] __attribute__((aligned(4)));
};

static void ours(struct rtp_or_rtcp *p, struct srtp *srtp, bool encrypt)
{
	int (*how)(struct srtp *, const void *, size_t, void *,
		   size_t) = p->rtcp ? encrypt ? srtp_encrypt_rtcp :
						 srtp_decrypt_rtcp :
			     encrypt ? srtp_encrypt_rtp :
				       srtp_decrypt_rtp;

	p->len = how(srtp, p->bytes, p->len, p->bytes, sizeof(p->bytes));
}

/* The errors of theirs that ours has as well. */
static int error_of(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_replay_fail:
		return -EEXIST;
	case srtp_err_status_replay_old:
		return -ESTALE;
	case srtp_err_status_auth_fail:
	case srtp_err_status_cant_check: /* RTCP without the bit E */
		return -EBADMSG;
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err:
		return -EINVAL;
	default:
		fail("libsrtp2 says %d", status);
	}
}

static void theirs(struct rtp_or_rtcp *p, srtp_t srtp, bool encrypt)
{
	srtp_err_status_t (*how)(srtp_t, void *,
				 int *) = p->rtcp ? encrypt ?
						    srtp_protect_rtcp :
						    srtp_unprotect_rtcp :
					  encrypt ? srtp_protect :
						    srtp_unprotect;
	srtp_err_status_t status = how(srtp, p->bytes, &p->len);

	if (status)
		p->len = error_of(status);
}

static void check_same(const char *what, const struct rtp_or_rtcp *a,
		       const struct rtp_or_rtcp *b)
{
	if (a->len != b->len)
		step("packet %zu, %s", compared, a->rtcp ? "RTCP" : "RTP");
	check_int(what, a->len, b->len);
	if (a->len > 0)
		check_hex(what, a->bytes, b->bytes, a->len);
}

/* ---- random packets ---------------------------------------------------- */

/* Mostly the next one; sometimes an old one again, or a jump. */
static uint16_t draw_sequence(uint16_t *next)
{
	switch (draw(&state, 100)) {
	case 0:
		return *next += draw(&state, 30000);
	case 1 ... 4:
		return *next - draw(&state, 1100);
	case 5 ... 9:
		return *next - draw(&state, 8);
	default:
		return ++*next;
	}
}

static void draw_packet(struct rtp_or_rtcp *p, uint16_t next[SSRCS])
{
	uint32_t ssrc = draw(&state, SSRCS);

	p->rtcp = !draw(&state, 8);
	p->len = p->rtcp ? draw_plain_rtcp(&state, ssrc, p->bytes) :
			   draw_plain_rtp(&state, ssrc,
					  draw_sequence(&next[ssrc]), p->bytes);
}

/* Somebody on the way changes a bit of one in twenty. */
static void spoil(struct rtp_or_rtcp *p)
{
	if (p->len > 0 && !draw(&state, 20))
		p->bytes[12 + draw(&state, p->len - 12)] ^= 1
							    << draw(&state, 8);
}

/* Numbers of RTCP: theirs begins at 1, ours at 0 (RFC 3711, 3.2.1). */
static void begin_at_1(struct twins *twins)
{
	struct rtp_or_rtcp p;

	for (uint32_t ssrc = 0; ssrc < SSRCS; ssrc++) {
		p.rtcp = true;
		p.len = draw_plain_rtcp(&state, ssrc, p.bytes);
		ours(&p, twins->ours[SENDS], true);
		check_true(p.len > 0, "RTCP of SSRC %u: %d", ssrc, p.len);
	}
}

static void compare(struct twins *twins, uint16_t next[SSRCS])
{
	struct rtp_or_rtcp plain, by_ours, by_theirs;

	draw_packet(&plain, next);
	by_ours = by_theirs = plain;
	ours(&by_ours, twins->ours[SENDS], true);
	theirs(&by_theirs, twins->theirs[SENDS], true);
	check_same("encrypted", &by_theirs, &by_ours);
	if (by_ours.len < 0) {
		refused++;
		return;
	}
	spoil(&by_ours);
	by_theirs = by_ours;
	ours(&by_ours, twins->ours[RECEIVES], false);
	theirs(&by_theirs, twins->theirs[RECEIVES], false);
	check_same("decrypted", &by_theirs, &by_ours);
	if (by_ours.len > 0)
		check_same("there and back", &plain, &by_ours);
	else
		refused++;
}

static void compare_all(enum srtp_profile profile)
{
	size_t count = how_many();
	uint16_t next[SSRCS];
	struct twins twins;

	check_int("srtp_init", 0, srtp_init());
	for (compared = 0; compared < count; compared++) {
		if (compared % ROUND == 0) {
			twins = open_twins(profile);
			begin_at_1(&twins);
			draw_bytes(&state, next, sizeof(next));
		}
		compare(&twins, next);
		if (compared % ROUND == ROUND - 1 || compared == count - 1)
			close_twins(&twins);
	}
	check_true(refused > count / 50 && refused < count / 5,
		   "%zu of %zu were refused", refused, count);
	printf("%zu packets, of which both refused %zu\n", count, refused);
}

TEST("7.0.sw1", gcm_twin, "libsrtp2 and ours agree on packets at random, GCM",
     .native = true, .seconds = 600)
{
	compare_all(SRTP_GCM_128);
}

TEST("7.0.sw2", cm_twin, "libsrtp2 and ours agree on packets at random, CM",
     .native = true, .seconds = 600)
{
	compare_all(SRTP_CM_SHA1_80);
}
