// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A packet on its way through SRTP, in either direction:
 *
 *	packet --> where is its payload? --> which index has it?
 *	                                          |
 *	           window of its SSRC  <-- was it there already?
 *	                   ^                      |
 *	                   |              encrypt, or decrypt
 *	                   +--- note it, if all went well
 *
 * An SSRC gets its window with the first packet that is what it says it is: a
 * stranger who makes up SSRCs leaves nothing here.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
/* Out of memory is an error of ours to report, not a reason to exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/protocols.h"
#include "lab07-webrtc/rtp_header.h"
#include "lab07-webrtc/srtp_internal.h"
#include "lab07-webrtc/srtp_window.h"

#define VERSION_MASK 0xc0
#define VERSION	     0x80
#define RTCP_CLEAR   8 /* bytes before the cipher */
#define TRAILER	     4
#define ENCRYPTED    0x80000000 /* the bit E of the trailer */
#define RTP_LIFE     (1ULL << 48)
#define RTCP_LIFE    (1ULL << 31)

struct ssrc {
	uint32_t ssrc;
	struct srtp_window rtp, rtcp;
	struct srtp_mark *mark; /* NULL: it has none */
	UT_hash_handle hh;
};

struct srtp {
	struct srtp_keys rtp, rtcp;
	unsigned int max_ssrcs;
	struct ssrc *ssrcs;
	srtp_take_mark take; /* NULL: nothing is kept */
	void *ctx;
};

/* ---- opened, closed ---------------------------------------------------- */

int srtp_open(const struct srtp_master *master, unsigned int max_ssrcs,
	      struct srtp **out)
{
	struct srtp *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->max_ssrcs = max_ssrcs;
	err = srtp_keys_open(&s->rtp, master, SRTP_LABEL_RTP_KEY);
	err = err ?: srtp_keys_open(&s->rtcp, master, SRTP_LABEL_RTCP_KEY);
	if (err)
		srtp_close(s);
	else
		*out = s;
	return err;
}

void srtp_close(struct srtp *s)
{
	struct ssrc *ssrc, *next;

	if (!s)
		return;
	HASH_ITER(hh, s->ssrcs, ssrc, next) {
		HASH_DEL(s->ssrcs, ssrc);
		free(ssrc);
	}
	srtp_keys_close(&s->rtp);
	srtp_keys_close(&s->rtcp);
	free(s);
}

/* ---- SSRCs ------------------------------------------------------------- */

/* NULL: it has not been here yet. */
static struct ssrc *find_ssrc(const struct srtp *s, uint32_t number)
{
	struct ssrc *ssrc;

	HASH_FIND(hh, s->ssrcs, &number, sizeof(number), ssrc);
	return ssrc;
}

static int insert_ssrc(struct srtp *s, uint32_t number, struct ssrc **out)
{
	struct ssrc *ssrc;

	if (HASH_COUNT(s->ssrcs) >= s->max_ssrcs)
		return -ENOSPC;
	ssrc = calloc(1, sizeof(*ssrc));
	if (!ssrc)
		return -ENOMEM;
	ssrc->ssrc = number;
	HASH_ADD(hh, s->ssrcs, ssrc, sizeof(ssrc->ssrc), ssrc);
	if (!ssrc->hh.tbl) {
		free(ssrc);
		return -ENOMEM;
	}
	*out = ssrc;
	return 0;
}

static int add_ssrc(struct srtp *s, uint32_t number, struct ssrc **out)
{
	int err = insert_ssrc(s, number, out);

	if (!err && s->take)
		(*out)->mark = s->take(s->ctx, number);
	return err;
}

static int find_or_add_ssrc(struct srtp *s, uint32_t number, struct ssrc **out)
{
	*out = find_ssrc(s, number);
	return *out ? 0 : add_ssrc(s, number, out);
}

/* The window of an SSRC that has not been here yet. */
static const struct srtp_window nothing_yet;

/* A store that no crash can tear: the mark is the old one, or the new one. */
static void note_rtp(struct ssrc *ssrc, uint64_t index)
{
	srtp_window_add(&ssrc->rtp, index);
	if (ssrc->mark)
		__atomic_store_n(&ssrc->mark->rtp, ssrc->rtp.highest + 1,
				 __ATOMIC_RELEASE);
}

static void note_rtcp(struct ssrc *ssrc, uint64_t index)
{
	srtp_window_add(&ssrc->rtcp, index);
	if (ssrc->mark)
		__atomic_store_n(&ssrc->mark->rtcp, ssrc->rtcp.highest + 1,
				 __ATOMIC_RELEASE);
}

/* *ssrc is NULL if it is new: it is added once a packet has proven itself. */
static int unseal(struct srtp *s, const struct srtp_keys *keys,
		  struct srtp_text *text, struct ssrc **ssrc)
{
	int err = srtp_unseal(keys, text);

	if (!err && !*ssrc)
		err = add_ssrc(s, text->ssrc, ssrc);
	return err;
}

int srtp_skip_to(struct srtp *s, uint32_t number, uint64_t rtp, uint32_t rtcp)
{
	struct ssrc *ssrc;
	int err = find_or_add_ssrc(s, number, &ssrc);

	if (err)
		return err;
	note_rtp(ssrc, rtp);
	note_rtcp(ssrc, rtcp);
	return 0;
}

/* ---- what outlives the process ------------------------------------------- */

void srtp_keep(struct srtp *s, srtp_take_mark take, void *ctx)
{
	s->take = take;
	s->ctx = ctx;
}

int srtp_resume(struct srtp *s, struct srtp_mark *mark)
{
	struct ssrc *ssrc;
	int err;

	if (mark->rtp > RTP_LIFE || mark->rtcp > RTCP_LIFE)
		return -EINVAL;
	if (find_ssrc(s, mark->ssrc))
		return -EEXIST;
	err = insert_ssrc(s, mark->ssrc, &ssrc);
	if (err)
		return err;
	if (mark->rtp)
		srtp_window_resume(&ssrc->rtp, mark->rtp - 1);
	if (mark->rtcp)
		srtp_window_resume(&ssrc->rtcp, mark->rtcp - 1);
	ssrc->mark = mark;
	return 0;
}

uint64_t srtp_next(const struct srtp *s, uint32_t number)
{
	const struct ssrc *ssrc = find_ssrc(s, number);

	return ssrc && ssrc->rtp.started ? ssrc->rtp.highest + 1 : 0;
}

bool srtp_has(const struct srtp *s, uint32_t number, uint16_t sequence)
{
	const struct ssrc *ssrc = find_ssrc(s, number);
	const struct srtp_window *w = ssrc ? &ssrc->rtp : NULL;

	return w && w->started &&
	       srtp_window_check(w, srtp_window_guess(w, sequence)) == -EEXIST;
}

/* ---- where the payload is ---------------------------------------------- */

static bool is_rtcp(const uint8_t *packet, size_t len)
{
	return len >= RTCP_CLEAR && (packet[0] & VERSION_MASK) == VERSION;
}

/* ---- RTP --------------------------------------------------------------- */

static uint32_t rtp_ssrc(const uint8_t *header)
{
	return get_be32(header + offsetof(struct rtp_hdr, ssrc));
}

/* The index of a packet that may be sent, or taken. */
static int next_index(const struct srtp_window *w, const uint8_t *header,
		      uint64_t *index)
{
	*index = srtp_window_guess(w, rtp_sequence(header));
	if (*index >= RTP_LIFE)
		return -EKEYEXPIRED;
	return srtp_window_check(w, *index);
}

static int seal_rtp(struct srtp *s, struct srtp_text *text)
{
	struct ssrc *ssrc;
	int err = find_or_add_ssrc(s, text->ssrc, &ssrc);

	if (err)
		return err;
	err = next_index(&ssrc->rtp, text->header, &text->index);
	err = err ?: srtp_seal(&s->rtp, text);
	if (!err)
		note_rtp(ssrc, text->index);
	return err;
}

int srtp_encrypt_payload(struct srtp *s, const void *payload, size_t len,
			 void *out, size_t header_len, size_t room)
{
	uint8_t *header = out, *cipher = header + header_len;
	size_t tag_size = srtp_keys_tag_size(&s->rtp);
	struct srtp_text text = {
		.header = header,
		.header_len = header_len,
		.in = payload,
		.out = cipher,
		.len = len,
		.tag = cipher + len,
	};
	int err;

	if (!header_len || rtp_header_size(header, header_len) != header_len)
		return -EINVAL;
	if (header_len + len + tag_size > room)
		return -EMSGSIZE;
	text.ssrc = rtp_ssrc(header);
	err = seal_rtp(s, &text);
	return err ?: (int)(header_len + len + tag_size);
}

int srtp_encrypt_rtp(struct srtp *s, const void *packet, size_t len, void *out,
		     size_t room)
{
	size_t header_len = rtp_header_size(packet, len);

	if (!header_len)
		return -EINVAL;
	if (len > room)
		return -EMSGSIZE;
	if (out != packet)
		memcpy(out, packet, header_len);
	return srtp_encrypt_payload(s, (const uint8_t *)packet + header_len,
				    len - header_len, out, header_len, room);
}

static int unseal_rtp(struct srtp *s, struct srtp_text *text)
{
	struct ssrc *ssrc = find_ssrc(s, text->ssrc);
	int err = next_index(ssrc ? &ssrc->rtp : &nothing_yet, text->header,
			     &text->index);

	err = err ?: unseal(s, &s->rtp, text, &ssrc);
	if (!err)
		note_rtp(ssrc, text->index);
	return err;
}

int srtp_decrypt_rtp(struct srtp *s, const void *packet, size_t len, void *out,
		     size_t room)
{
	const uint8_t *in = packet;
	size_t tag_size = srtp_keys_tag_size(&s->rtp);
	size_t plain = len > tag_size ? len - tag_size : 0;
	size_t header_len = rtp_header_size(packet, plain);
	struct srtp_text text = {
		.header = in,
		.header_len = header_len,
		.in = in + header_len,
		.out = (uint8_t *)out + header_len,
		.len = plain - header_len,
		.tag = (uint8_t *)in + plain,
	};
	int err;

	if (!header_len)
		return -EINVAL;
	if (plain > room)
		return -EMSGSIZE;
	text.ssrc = rtp_ssrc(in);
	err = unseal_rtp(s, &text);
	if (!err && out != packet)
		memcpy(out, packet, header_len);
	return err ?: (int)plain;
}

/* ---- RTCP -------------------------------------------------------------- */

/* Tag and trailer have other places in each profile. */
static void place_trailer(const struct srtp_keys *k, uint8_t *behind_cipher,
			  struct srtp_text *text)
{
	bool tag_is_last = srtp_keys_tag_is_last(k);

	text->tag = behind_cipher + (tag_is_last ? TRAILER : 0);
	text->trailer = behind_cipher +
			(tag_is_last ? 0 : srtp_keys_tag_size(k));
}

static int seal_rtcp(struct srtp *s, struct srtp_text *text)
{
	struct ssrc *ssrc;
	int err = find_or_add_ssrc(s, text->ssrc, &ssrc);

	if (err)
		return err;
	text->index = ssrc->rtcp.started ? ssrc->rtcp.highest + 1 : 0;
	if (text->index >= RTCP_LIFE)
		return -EKEYEXPIRED;
	put_be32((uint8_t *)text->trailer, ENCRYPTED | text->index);
	err = srtp_seal(&s->rtcp, text);
	if (!err)
		note_rtcp(ssrc, text->index);
	return err;
}

int srtp_encrypt_rtcp(struct srtp *s, const void *packet, size_t len, void *out,
		      size_t room)
{
	uint8_t *to = out;
	size_t size = len + srtp_keys_tag_size(&s->rtcp) + TRAILER;
	struct srtp_text text = {
		.header = to,
		.header_len = RTCP_CLEAR,
		.in = (const uint8_t *)packet + RTCP_CLEAR,
		.out = to + RTCP_CLEAR,
		.len = len - RTCP_CLEAR,
	};
	int err;

	if (!is_rtcp(packet, len))
		return -EINVAL;
	if (size > room)
		return -EMSGSIZE;
	if (out != packet)
		memcpy(out, packet, RTCP_CLEAR);
	place_trailer(&s->rtcp, to + len, &text);
	text.ssrc = get_be32(to + sizeof(struct rtcp_hdr));
	err = seal_rtcp(s, &text);
	return err ?: (int)size;
}

/* Without the bit E it is not encrypted, as everything here has to be. */
static int unseal_rtcp(struct srtp *s, struct srtp_text *text)
{
	struct ssrc *ssrc = find_ssrc(s, text->ssrc);
	uint32_t trailer = get_be32(text->trailer);
	int err;

	if (!(trailer & ENCRYPTED))
		return -EBADMSG;
	text->index = trailer & ~ENCRYPTED;
	err = srtp_window_check(ssrc ? &ssrc->rtcp : &nothing_yet, text->index);
	err = err ?: unseal(s, &s->rtcp, text, &ssrc);
	if (!err)
		note_rtcp(ssrc, text->index);
	return err;
}

int srtp_decrypt_rtcp(struct srtp *s, const void *packet, size_t len, void *out,
		      size_t room)
{
	const uint8_t *in = packet;
	size_t overhead = srtp_keys_tag_size(&s->rtcp) + TRAILER;
	size_t plain = len > overhead ? len - overhead : 0;
	struct srtp_text text = {
		.header = in,
		.header_len = RTCP_CLEAR,
		.in = in + RTCP_CLEAR,
		.out = (uint8_t *)out + RTCP_CLEAR,
		.len = plain - RTCP_CLEAR,
	};
	int err;

	if (!is_rtcp(in, plain))
		return -EINVAL;
	if (plain > room)
		return -EMSGSIZE;
	place_trailer(&s->rtcp, (uint8_t *)in + plain, &text);
	text.ssrc = get_be32(in + sizeof(struct rtcp_hdr));
	err = unseal_rtcp(s, &text);
	if (!err && out != packet)
		memcpy(out, packet, RTCP_CLEAR);
	return err ?: (int)plain;
}
