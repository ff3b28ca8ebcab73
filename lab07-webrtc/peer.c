// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Peers: what comes from the network is given to the right one's ICE agent or
 * handshake, and what that changes goes into the tables.
 *
 *	        ICE: selected   DTLS: connected   transport
 *	joined	     no		     no		  open
 *	checks	     yes	     no		  open
 *	keys	     yes	     yes	  bound: the relay may use the keys
 *	silent	     no		     yes	  open, until checks come again
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/options.h"
#include "lab03-maps/control.h"
#include "lab03-maps/extension.h"
#include "lab06-xdp-fanout/consent.h"
#include "lab07-webrtc/feedback.h"
#include "lab07-webrtc/ice_agents.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/peer_store.h"

#define EXPIRE_MS   1000
#define KEEP_MS	    1000
#define MAX_SSRCS   4096 /* that one peer sends, or is sent */
#define MAX_PEERS   MAX_ICE_AGENTS
#define FINGERPRINT 256 /* bytes of its text: SHA-512 has 203 */
#define RTCP_IN	    2048

static struct wire_options options;
static struct dtls_context *context;
static struct ice_agents agents;
struct peer_list peers = TAILQ_HEAD_INITIALIZER(peers);
static struct timer expiry;

/* Of the cipher: whose keys are a transport's? */
static struct table by_transport = TABLE_INIT("peers", TABLE_HASH, __u32,
					      struct wire_peer *, MAX_PEERS);

struct wire_peer *peers_find(__u32 transport)
{
	struct wire_peer *const *found = table_find(&by_transport, &transport);

	return found ? *found : NULL;
}

static const char *name_of(const struct wire_peer *p)
{
	const struct participant *who = control_participant(p->participant);

	return who ? who->name : "somebody";
}

static void send_to(const struct udp_address *to, const void *bytes, size_t len)
{
	if (len)
		options.send(options.ctx, &to->addr, to->port, bytes, len);
}

/* ---- into the tables ---------------------------------------------------- */

static void commit(void)
{
	__u32 unreachable;
	int err = control_commit(&unreachable);

	if (err && err != -ETIMEDOUT)
		log_warn("not everybody gets everything: %s", strerror(-err));
}

/* What has no keys is kept from its first address on. */
static void keep(struct wire_peer *p)
{
	if (!p->place && !p->dtls)
		peer_store_begin(p);
	else
		peer_store_save(p);
}

/* For the next server: how old is the consent? */
static void note_heard(struct wire_peer *p)
{
	if (p->place)
		p->place->heard = ice_heard(&p->ice);
}

/* Whoever has just proved itself agrees to get media where ICE says. */
static int take_consent(struct wire_peer *p)
{
	struct consent consent = {
		.renewed_ns = ice_heard(&p->ice) * 1000000,
		.settled = ice_is_settled(&p->ice),
	};
	int err = consent_set_key(&consent, p->ice.current.ufrag,
				  p->ice.current.password);

	err = err ?: control_set_consent(p->transport, &consent);
	p->ice.consent = err ? NULL : control_consent(p->transport);
	return err;
}

static const char *explain_path(int err)
{
	if (err == -EADDRINUSE)
		return "somebody else sends from there";
	if (err == -ENOSPC)
		return "there is no room for its consent (MAX_CONSENTS)";
	return strerror(-err);
}

/*
 * Nothing is sent without a consent that can run out (RFC 7675), not even to
 * the address before: who is there now?  expire() tries again.
 */
static void give_up_path(struct wire_peer *p, int err)
{
	const struct udp_address *at = &p->ice.selected;
	char text[ADDRESS_TEXT];

	if (!p->waits)
		log_warn("%s can't have media at %s: %s; it gets none until "
			 "it can",
			 name_of(p), address_format(text, &at->addr, at->port),
			 explain_path(err));
	control_unbind(p->transport);
	p->ice.consent = NULL;
	p->waits = err == -EADDRINUSE || err == -ENOSPC;
}

/* The way of all media is where ICE says. */
static void bind_path(struct wire_peer *p)
{
	const struct udp_address *at = &p->ice.selected;
	int err = take_consent(p);

	err = err ?: control_bind(p->transport, &at->addr, at->port);
	if (err)
		give_up_path(p, err);
	else
		p->waits = false;
	commit();
}

/* Has the reason gone why it can't have media? */
static bool may_bind_now(const struct wire_peer *p)
{
	const struct udp_address *at = &p->ice.selected;

	return p->waits && at->port &&
	       !control_find_transport(&at->addr, at->port);
}

/* Media comes and goes, once there is a way and both ends can read it. */
static void follow(struct wire_peer *p)
{
	if (!p->transport || !p->ice.selected.port || (p->dtls && !p->in))
		return;
	bind_path(p);
	keep(p);
	feedback_begin(p->participant);
}

static void lose(struct wire_peer *p)
{
	log_info("%s has not been heard for %d s: nothing is sent to it",
		 name_of(p), ICE_CONSENT_MS / 1000);
	control_unbind(p->transport);
	commit();
}

static void leave(struct wire_peer *p)
{
	struct problem ignored;

	if (p->participant)
		session_leave(p->participant, &ignored);
}

/* ---- ICE ---------------------------------------------------------------- */

static void take_outcome(struct wire_peer *p, const struct ice_outcome *out)
{
	if (out->events & ICE_LOST)
		lose(p);
	if (out->events & ICE_RESTARTED)
		peer_store_save(p);
	if (out->events & ICE_RESTARTED && p->ice.consent)
		bind_path(p); /* checks come with another password now */
	if (!(out->events & ICE_SELECTED) || !p->ice.selected.port)
		return;
	if (p->dtls && !p->dtls_at.port) {
		p->dtls_at = p->ice.selected;
		dtls_start(p->dtls);
	}
	follow(p);
}

static bool hear_stun(const struct udp_address *from, const void *bytes,
		      __u32 length)
{
	struct ice_outcome out;
	struct ice_agent *a = ice_agents_receive(&agents, bytes, length, from,
						 clock_now_ms(), &out);

	if (!a)
		return false;
	send_to(from, out.answer.bytes, out.answer.len);
	send_to(from, out.check.bytes, out.check.len);
	note_heard((struct wire_peer *)a);
	take_outcome((struct wire_peer *)a, &out);
	if (a->consent)
		a->consent->settled = ice_is_settled(a);
	session_heard(&from->addr, from->port);
	return true;
}

/* Once a second. */
static void expire(void *ctx, int64_t now)
{
	struct wire_peer *p;

	(void)ctx;
	peer_store_sweep();
	TAILQ_FOREACH(p, &peers, entry) {
		if (ice_expire(&p->ice, now))
			lose(p);
		else if (may_bind_now(p))
			bind_path(p);
	}
	timer_start(&expiry, now + EXPIRE_MS);
}

/* ---- DTLS --------------------------------------------------------------- */

static void send_dtls(void *owner, const void *datagram, size_t len)
{
	const struct wire_peer *p = owner;

	send_to(&p->dtls_at, datagram, len);
}

static int take_keys(struct wire_peer *p)
{
	const struct dtls_keys *keys = dtls_keys(p->dtls);
	int err;

	srtp_close(p->in);
	srtp_close(p->out);
	p->in = p->out = NULL;
	p->handshakes = dtls_handshakes(p->dtls);
	err = srtp_open(&keys->receive, MAX_SSRCS, &p->in);
	return err ?: srtp_open(&keys->send, MAX_SSRCS, &p->out);
}

static void connected(struct wire_peer *p)
{
	int err = take_keys(p);

	if (err) {
		log_error("%s can't have encrypted media: %s", name_of(p),
			  strerror(-err));
		leave(p);
		return;
	}
	peer_store_begin(p);
	follow(p);
}

/* The peer may be gone when this returns. */
static void look_at_dtls(struct wire_peer *p)
{
	int timeout = dtls_timeout_ms(p->dtls);

	if (timeout < 0)
		timer_stop(&p->timer);
	else
		timer_start(&p->timer, clock_now_ms() + timeout + 1);
	switch (dtls_state(p->dtls)) {
	case DTLS_SHAKING_HANDS:
		return;
	case DTLS_CONNECTED:
		if (!p->in || p->handshakes != dtls_handshakes(p->dtls))
			connected(p);
		return;
	case DTLS_FAILED:
		log_warn("the DTLS handshake of %s has failed: %s", name_of(p),
			 dtls_reason(p->dtls));
		break;
	case DTLS_CLOSED:
		break;
	}
	timer_stop(&p->timer);
	leave(p);
}

static void resend_dtls(void *ctx, int64_t now)
{
	struct wire_peer *p = ctx;

	(void)now;
	dtls_tick(p->dtls);
	look_at_dtls(p);
}

/* A handshake from an address that ICE does not know is not answered. */
static void hear_dtls(const struct udp_address *from, const void *bytes,
		      __u32 length)
{
	struct ice_agent *a = ice_agents_find(&agents, from, clock_now_ms());
	struct wire_peer *p = (struct wire_peer *)a;

	if (!a || !p->dtls)
		return;
	p->dtls_at = *from;
	dtls_receive(p->dtls, bytes, length);
	look_at_dtls(p);
}

/* ---- who comes and goes --------------------------------------------------- */

static int open_dtls(struct wire_peer *p, const struct peer_options *o)
{
	struct dtls_options wanted = {
		.role = p->role,
		.send = send_dtls,
		.owner = p,
	};
	char text[DTLS_FINGERPRINTS][FINGERPRINT];

	for (unsigned int i = 0;
	     i < o->fingerprints->n_fingerprints && i < DTLS_FINGERPRINTS;
	     i++) {
		const struct sdp_fingerprint *f = &o->fingerprints
							   ->fingerprints[i];

		snprintf(text[i], FINGERPRINT, "%s %s", f->hash, f->bytes);
		wanted.fingerprints[i] = text[i];
	}
	return dtls_open(context, &wanted, &p->dtls);
}

static struct wire_peer *new_peer(void)
{
	struct wire_peer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->timer.fire = resend_dtls;
	p->budget = repair_budget_open(RESEND_RATE, clock_now_ms());
	p->timer.ctx = p;
	TAILQ_INSERT_TAIL(&peers, p, entry);
	return p;
}

int peer_open(const struct peer_options *o, struct wire_peer **peer)
{
	struct wire_peer *p = new_peer();
	int err;

	if (!p)
		return -ENOMEM;
	if (getrandom(&p->ssrc, sizeof(p->ssrc), 0) != sizeof(p->ssrc))
		p->ssrc = 1;
	p->role = o->role;
	err = ice_open(&p->ice);
	err = err ?: ice_set_peer(&p->ice, o->ufrag, o->password);
	if (!err && o->fingerprints)
		err = open_dtls(p, o);
	err = err ?: ice_agents_add(&agents, &p->ice);
	if (err) {
		peer_close(p);
		return err;
	}
	ice_trust(&p->ice, &o->trusted);
	*peer = p;
	return 0;
}

void peer_close(struct wire_peer *p)
{
	timer_stop(&p->timer);
	resend_forget(p);
	awaited_forget(p);
	if (p->dtls)
		dtls_close(p->dtls);
	srtp_close(p->in);
	srtp_close(p->out);
	peer_store_forget(p);
	if (p->transport)
		table_remove(&by_transport, &p->transport);
	if (p->ice.number)
		ice_agents_remove(&agents, &p->ice);
	TAILQ_REMOVE(&peers, p, entry);
	free(p);
}

int peer_restart(struct wire_peer *p, const char *ufrag, const char *password)
{
	struct ice_agent probe = {};
	int err = ice_set_peer(&probe, ufrag, password); /* are they of use? */

	err = err ?: ice_agents_restart(&agents, &p->ice);
	err = err ?: ice_set_peer(&p->ice, ufrag, password);
	if (!err)
		peer_store_save(p);
	return err;
}

int peer_enter(struct wire_peer *p, __u32 participant)
{
	int err;

	if (p->transport)
		return 0;
	err = control_open_transport(participant, p->dtls, &p->transport);
	if (err)
		return err;
	p->participant = participant;
	control_set_rtcp_mux(p->transport, true); /* as all of WebRTC */
	err = table_set(&by_transport, &p->transport, &p);
	return err ?: awaited_begin(p);
}

/* ---- after a restart ------------------------------------------------------- */

static void read_record(struct wire_peer *p, const struct kept_peer *r)
{
	p->role = r->role;
	p->ssrc = r->ssrc;
	p->transport = r->transport;
	p->twcc_id = r->twcc_id;
	p->wants_remb = r->wants_remb;
	p->n_resent = r->n_resent;
	memcpy(p->resent, r->resent, sizeof(p->resent));
	p->ice.current = r->current;
	p->ice.next = r->next;
	p->ice.tie_breaker = r->tie_breaker;
	ice_trust(&p->ice, &r->trusted);
}

static int resume_keys(struct wire_peer *p, const struct peer_options *o)
{
	int err = o->fingerprints ? open_dtls(p, o) : -EINVAL;

	if (err)
		return err;
	dtls_resume(p->dtls, &p->place->keys);
	err = take_keys(p);
	return err ?: key_memory_resume(p->place, p->in, p->out);
}

/* The data plane may have answered checks since the server was gone. */
static int64_t last_heard(const struct wire_peer *p)
{
	const struct consent *c = control_consent(p->transport);
	int64_t elsewhere = c ? c->renewed_ns / 1000000 : 0;

	return elsewhere > p->place->heard ? elsewhere : p->place->heard;
}

/* Nobody has consented for too long: the next check finds the way again. */
static void resume_path(struct wire_peer *p, const struct udp_address *at)
{
	int64_t heard = last_heard(p), age = clock_now_ms() - heard;

	if (at->port && age >= 0 && age < ICE_CONSENT_MS)
		ice_resume(&p->ice, at, heard);
	p->dtls_at = p->ice.selected;
	if (p->ice.selected.port) {
		bind_path(p);
	} else {
		control_unbind(p->transport);
		commit();
	}
}

static int resume(struct wire_peer *p, const struct kept_peer *r,
		  const struct peer_options *o)
{
	int err = r->encrypted ? resume_keys(p, o) : 0;

	err = err ?: ice_agents_add(&agents, &p->ice);
	err = err ?: table_set(&by_transport, &p->transport, &p);
	if (err)
		return err;
	resend_read(p, r->legs, r->n_legs);
	resume_path(p, &r->selected);
	return 0;
}

int peer_resume(const struct peer_options *o, __u32 participant,
		struct wire_peer **peer)
{
	struct kept_keys *place;
	const struct kept_peer *found = peer_store_find(participant, &place);
	struct kept_peer r;
	struct wire_peer *p;
	int err;

	if (!found)
		return -ENOENT;
	r = *found;
	p = new_peer();
	if (!p)
		return -ENOMEM;
	p->participant = participant;
	p->place = place;
	read_record(p, &r);
	err = resume(p, &r, o);
	if (err) {
		log_warn("%s cannot go on with what is kept of it: %s; it has "
			 "to join again",
			 name_of(p), strerror(-err));
		peer_close(p);
		return err;
	}
	log_info("%s goes on%s", name_of(p), p->dtls ? " with its keys" : "");
	*peer = p;
	return 0;
}

/* ---- the keys -------------------------------------------------------------- */

/* Once a second is enough, and costs nothing. */
static void keep_path(struct wire_peer *p, int64_t now)
{
	if (now - p->kept < KEEP_MS)
		return;
	p->kept = now;
	ice_keep(&p->ice, now);
	note_heard(p);
}

/* The sender counts its packets in a header extension, which is in clear. */
static void note_arrival(struct wire_peer *p, const void *packet, __u64 now)
{
	__u32 length;
	const __u8 *n = p->twcc_id ?
				find_extension(packet, p->twcc_id, &length) :
				NULL;

	if (!n || length < 2)
		return;
	twcc_arrived(&p->twcc, n[0] << 8 | n[1], now / 1000);
	p->twcc_ssrc = ntohl(((const struct rtp_hdr *)packet)->ssrc);
}

static int decrypt(__u32 transport, void *packet, __u32 length, __u64 now)
{
	struct wire_peer *p = peers_find(transport);
	int err;

	if (!p || !p->in)
		return -ENOKEY;
	err = srtp_decrypt_rtp(p->in, packet, length, packet, length);
	if (err <= 0)
		return err;
	keep_path(p, now / 1000000);
	note_arrival(p, packet, now);
	return resend_unwrap(p, packet, err, now);
}

static enum verdict hear_unknown(__u32 transport, const void *packet, __u64 now)
{
	struct wire_peer *p = peers_find(transport);

	return p ? awaited_hear(p, packet, now) : DROP_UNKNOWN_SSRC;
}

static int encrypt(__u32 transport, const void *payload, __u32 length,
		   void *out, __u32 header_length)
{
	struct wire_peer *p = peers_find(transport);

	if (!p || !p->out)
		return -ENOKEY;
	return srtp_encrypt_payload(p->out, payload, length, out, header_length,
				    CIPHER_PACKET);
}

const struct media_cipher peers_cipher = {
	.decrypt = decrypt,
	.encrypt = encrypt,
	.unknown = hear_unknown,
	.forwarded = resend_keep,
};

/* ---- RTCP ------------------------------------------------------------------ */

/* RFC 3550, section 11: without rtcp-mux, RTCP has the port above RTP's. */
static __u32 find_transport(const struct udp_address *from)
{
	return control_find_transport(&from->addr, from->port) ?:
		       control_find_transport(&from->addr,
					      htons(ntohs(from->port) - 1));
}

static void hear_rtcp(const struct udp_address *from, const void *bytes,
		      __u32 length)
{
	__u32 transport = find_transport(from);
	struct wire_peer *p = peers_find(transport);
	__u8 clear[RTCP_IN];
	int got = length;

	if (!transport || length > sizeof(clear))
		return;
	if (p && p->dtls)
		got = p->in ? srtp_decrypt_rtcp(p->in, bytes, length, clear,
						sizeof(clear)) :
			      -ENOKEY;
	else
		memcpy(clear, bytes, length);
	if (got <= 0)
		return;
	if (p && p->dtls)
		keep_path(p, clock_now_ms());
	feedback_hear(transport, clear, got);
}

void peers_send_rtcp(__u32 transport, struct rtcp_out *out)
{
	const struct transport *t = control_transport(transport);
	struct wire_peer *p = peers_find(transport);
	int length = out->len;

	if (!t || !t->port || !length)
		return;
	if (t->encrypted)
		length = p && p->out ? srtp_encrypt_rtcp(p->out, out->bytes,
							 out->len, out->bytes,
							 sizeof(out->bytes)) :
				       -ENOKEY;
	if (length > 0)
		options.send(options.ctx, &t->addr, control_rtcp_port(t),
			     out->bytes, length);
}

int peers_send_rtp(const struct wire_peer *p, void *packet, size_t length,
		   size_t room)
{
	const struct transport *t = control_transport(p->transport);
	int len = length;

	if (!t || !t->port)
		return -ENOTCONN;
	if (t->encrypted)
		len = p->out ? srtp_encrypt_rtp(p->out, packet, length, packet,
						room) :
			       -ENOKEY;
	if (len > 0)
		options.send(options.ctx, &t->addr, t->port, packet, len);
	return len < 0 ? len : 0;
}

__u32 peers_ssrc(__u32 transport)
{
	const struct wire_peer *p = peers_find(transport);

	return p ? p->ssrc : 1;
}

/* ---- all of them ----------------------------------------------------------- */

bool peers_hear(enum verdict class, const struct ip_addr *from, __be16 port,
		const void *bytes, __u32 length)
{
	struct udp_address at = { .addr = *from, .port = port };

	switch (class) {
	case CLASS_STUN:
		return hear_stun(&at, bytes, length);
	case CLASS_DTLS:
		hear_dtls(&at, bytes, length);
		return true;
	case CLASS_RTCP:
		hear_rtcp(&at, bytes, length);
		return false; /* it is a sign of life, too */
	default:
		return false;
	}
}

const char *peers_fingerprint(void)
{
	return dtls_context_fingerprint(context);
}

/* libcrypto reads its files when it is used first: while we may open files. */
static int warm_up(void)
{
	struct ice_agent probe = {};

	return ice_open(&probe);
}

/*
 * Peers know this server by the fingerprint of its certificate, so calls go on
 * only with the same.
 */
static int take_certificate(void)
{
	struct dtls_context *kept;
	const void *bytes;
	int length = key_memory_certificate(&bytes);
	int err = length < 0 ? length : dtls_context_read(bytes, length, &kept);

	if (err)
		return err;
	if (options.certificate && strcmp(dtls_context_fingerprint(kept),
					  dtls_context_fingerprint(context))) {
		dtls_context_close(kept);
		return -EKEYREJECTED;
	}
	dtls_context_close(context);
	context = kept;
	return 0;
}

static int give_certificate(void)
{
	__u8 bytes[KEY_MEMORY_CERTIFICATE];
	int length = dtls_context_write(context, bytes, sizeof(bytes));
	int err = length < 0 ? length :
			       key_memory_set_certificate(bytes, length);

	OPENSSL_cleanse(bytes, sizeof(bytes));
	return err;
}

static void change_certificate(int why)
{
	int err;

	if (why == -EKEYREJECTED)
		log_warn("the certificate is not the one of the calls that "
			 "were going on; those with WebRTC have to join again");
	else if (why != -ENOENT)
		log_warn("the certificate that was kept makes no sense; those "
			 "with WebRTC have to join again");
	peer_store_clear();
	err = give_certificate();
	if (!err)
		return;
	log_warn("cannot keep the certificate: %s; WebRTC calls will end with "
		 "this server",
		 strerror(-err));
	peer_store_close();
}

void peers_keep(const char *pin_dir)
{
	int err;

	if (!pin_dir) {
		peer_store_freeze();
		return;
	}
	if (peer_store_open(pin_dir))
		return;
	err = take_certificate();
	if (err)
		change_certificate(err);
}

int peers_open(const struct wire_options *o)
{
	int err = warm_up();

	options = *o;
	err = err ?: dtls_context_open(o->certificate, &context);
	err = err ?: ice_agents_open(&agents);
	err = err ?: table_open(&by_transport, -1);
	err = err ?: resend_open();
	if (err) {
		peers_close();
		return err;
	}
	feedback_open();
	expiry.fire = expire;
	timer_start(&expiry, clock_now_ms() + EXPIRE_MS);
	return 0;
}

void peers_close(void)
{
	timer_stop(&expiry);
	feedback_close();
	resend_close();
	ice_agents_close(&agents);
	table_close(&by_transport);
	peer_store_close();
	dtls_context_close(context);
	context = NULL;
}
