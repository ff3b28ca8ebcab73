// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The client's half of what lab07's server does, with the same STUN, DTLS and
 * SRTP:
 *
 *	check, with USE-CANDIDATE -->
 *	               <-- answered: there it is
 *	DTLS           <->
 *	SRTP           <->		a check every 2 s: consent
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "lab07-webrtc/bench/agent.h"
#include "lab07-webrtc/bytes.h"

#define CHECK_MS   50
#define CONSENT_MS 2000
#define MAX_SSRCS  64
#define PRIORITY   0x7effffff /* a host's: RFC 8445, section 5.1.2 */

/* RFC 7983: what the first byte says. */
#define STUN_LAST  3
#define DTLS_FIRST 20
#define DTLS_LAST  63
#define RTP_FIRST  128
#define RTP_LAST   191

/* ---- ICE -------------------------------------------------------------- */

static void send_check(struct agent *a, int64_t now)
{
	char username[2 * AGENT_TEXT];
	struct stun_check check = {
		.username = username,
		.priority = PRIORITY,
		.tie_breaker = 1,
		.controlling = true,
	};
	struct stun_out out;

	snprintf(username, sizeof(username), "%.200s:" AGENT_UFRAG,
		 a->remote.ufrag);
	a->checks++;
	memcpy(check.transaction_id, &a->checks, sizeof(a->checks));
	stun_write_check(&out, &check, a->remote.password);
	send(a->fd, out.bytes, out.len, MSG_DONTWAIT);
	a->check_at = now + (a->state == AGENT_FINDING ? CHECK_MS : CONSENT_MS);
}

/* A server that does not believe an address asks for a proof of it. */
static void answer_check(struct agent *a, const struct stun_message *m)
{
	struct stun_out out;

	if (!stun_integrity_holds(m, AGENT_PASSWORD))
		return;
	stun_write_success(&out, m, &a->remote.at, AGENT_PASSWORD);
	send(a->fd, out.bytes, out.len, MSG_DONTWAIT);
}

static void hear_stun(struct agent *a, const void *bytes, size_t len)
{
	struct stun_message m;

	if (stun_parse(bytes, len, &m))
		return;
	if (m.class == STUN_REQUEST)
		answer_check(a, &m);
	if (m.class != STUN_SUCCESS || a->state != AGENT_FINDING ||
	    !stun_integrity_holds(&m, a->remote.password))
		return;
	a->state = AGENT_SHAKING_HANDS;
	dtls_start(a->dtls);
}

/* ---- DTLS ------------------------------------------------------------- */

static void send_dtls(void *owner, const void *datagram, size_t len)
{
	const struct agent *a = owner;

	send(a->fd, datagram, len, MSG_DONTWAIT);
}

static void take_keys(struct agent *a)
{
	const struct dtls_keys *keys = dtls_keys(a->dtls);
	int err = srtp_open(&keys->receive, MAX_SSRCS, &a->in);

	err = err ?: srtp_open(&keys->send, MAX_SSRCS, &a->out);
	a->state = err ? AGENT_FAILED : AGENT_CONNECTED;
}

static void look_at_dtls(struct agent *a)
{
	enum dtls_state state = dtls_state(a->dtls);

	if (state == DTLS_CONNECTED && a->state == AGENT_SHAKING_HANDS)
		take_keys(a);
	if (state == DTLS_CLOSED || state == DTLS_FAILED)
		a->state = AGENT_FAILED;
}

/* ---- all of it -------------------------------------------------------- */

int agent_open(struct agent *a, struct dtls_context *context)
{
	struct dtls_options options = {
		.role = a->remote.role,
		.fingerprints = { a->remote.fingerprint },
		.send = send_dtls,
		.owner = a,
	};

	return dtls_open(context, &options, &a->dtls);
}

void agent_close(struct agent *a)
{
	if (a->dtls)
		dtls_close(a->dtls);
	srtp_close(a->in);
	srtp_close(a->out);
}

static bool looks_like_rtp(const uint8_t *bytes, size_t len)
{
	return len > 1 && bytes[0] >= RTP_FIRST && bytes[0] <= RTP_LAST &&
	       !looks_like_rtcp(bytes[1] & RTP_PT);
}

int agent_receive(struct agent *a, void *datagram, size_t len)
{
	const uint8_t *bytes = datagram;

	if (!len)
		return 0;
	if (bytes[0] <= STUN_LAST)
		hear_stun(a, datagram, len);
	if (bytes[0] >= DTLS_FIRST && bytes[0] <= DTLS_LAST) {
		dtls_receive(a->dtls, datagram, len);
		look_at_dtls(a);
	}
	if (!a->in || !looks_like_rtp(bytes, len))
		return 0;
	return srtp_decrypt_rtp(a->in, datagram, len, datagram, len);
}

void agent_tick(struct agent *a, int64_t now)
{
	if (now >= a->check_at)
		send_check(a, now);
	if (a->state != AGENT_SHAKING_HANDS)
		return;
	dtls_tick(a->dtls);
	look_at_dtls(a);
}
