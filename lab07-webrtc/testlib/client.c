// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a WebRTC client does, and no more: it never loses a packet, is always the
 * one who begins, and takes whatever it is offered.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/testlib/client.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define UFRAG	 "Q5YV"
#define PASSWORD "jzBPLsddsXcaYANqr7Z1xsP1"
#define SSRCS	 1024
#define AGAIN_MS 100 /* until a check is sent again, if it is not answered */

/* What a datagram is (RFC 7983). */
enum { IS_STUN, IS_DTLS, IS_RTP, IS_RTCP };

static int kind_of(const __u8 *bytes)
{
	if (bytes[0] < 20)
		return IS_STUN;
	if (bytes[0] < 128)
		return IS_DTLS;
	return bytes[1] >= 192 && bytes[1] < 224 ? IS_RTCP : IS_RTP;
}

/* ---- joining ---------------------------------------------------------------- */

struct client client(const char *host, bool encrypted)
{
	struct client c = {
		.caller = caller(host),
		.encrypted = encrypted,
		.fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0),
	};
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
	};

	inet_pton(AF_INET, server_ip(server), &to.sin_addr);
	check_int("connect", 0,
		  connect(c.fd, (struct sockaddr *)&to, sizeof(to)));
	if (encrypted)
		check_int("certificate", 0,
			  dtls_context_open(NULL, &c.context));
	return c;
}

static const char *protocol(const struct client *c)
{
	return c->encrypted ? "UDP/TLS/RTP/SAVPF" : "RTP/AVPF";
}

/* Of the session: they count for all m-lines. */
static void print_transport(FILE *f, const struct client *c)
{
	fprintf(f, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", UFRAG, PASSWORD);
	if (c->encrypted)
		fprintf(f, "a=fingerprint:%s\r\na=setup:actpass\r\n",
			dtls_context_fingerprint(c->context));
}

static void print_bundle(FILE *f, const char *mlines)
{
	const char *mid = mlines;

	fputs("a=group:BUNDLE", f);
	while ((mid = strstr(mid, "a=mid:"))) {
		mid += strlen("a=mid:");
		fprintf(f, " %.*s", (int)strcspn(mid, "\n"), mid);
	}
	fputs("\r\n", f);
}

static void print_mlines(FILE *f, const struct client *c, const char *mlines)
{
	while (*mlines) {
		if (!strncmp(mlines, "PROTO", 5)) {
			fputs(protocol(c), f);
			mlines += 5;
			continue;
		}
		if (*mlines == '\n')
			fputc('\r', f);
		fputc(*mlines++, f);
	}
}

void client_join(struct client *c, const char *room, const char *mlines)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	print_session(f, &c->caller);
	print_bundle(f, mlines);
	print_transport(f, c);
	print_mlines(f, c, mlines);
	fclose(f);
	join_with(&c->caller, room, text);
	free(text);
}

/* ---- an address, and keys ------------------------------------------------------ */

static const struct sdp_media *accepted(const struct client *c)
{
	const struct sdp *answer = c->caller.answer;

	for (size_t i = 0; i < answer->n_media; i++)
		if (answer->media[i].port)
			return &answer->media[i];
	return NULL;
}

static void send_check(struct client *c)
{
	const struct sdp_ice *ice = &accepted(c)->ice;
	struct client_message m;
	char username[256], id[13];

	snprintf(username, sizeof(username), "%s:%s", ice->ufrag, UFRAG);
	snprintf(id, sizeof(id), "check%07u", c->checks++);
	memcpy(c->check, id, sizeof(c->check));
	m = client_start(REQUEST, id);
	client_add_username(&m, username);
	client_add(&m, PRIORITY, "\x6e\x7f\x00\xff", 4);
	client_add(&m, ICE_CONTROLLING, "tiebreak", 8);
	client_add(&m, USE_CANDIDATE, NULL, 0);
	client_add_integrity(&m, ice->pwd);
	client_add_fingerprint(&m);
	check_int("check", m.len, send(c->fd, m.bytes, m.len, 0));
}

/* A datagram, or 0 if none comes in that time. */
static size_t receive(struct client *c, void *bytes, int ms)
{
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };
	ssize_t length;

	if (poll(&ready, 1, ms) <= 0)
		return 0;
	length = recv(c->fd, bytes, CLIENT_PACKET, 0);
	return length > 0 ? length : 0;
}

/* Is it the answer to the latest check? */
static bool is_answer(const struct client *c, const __u8 *bytes, size_t length)
{
	return length >= 20 && get_be16(bytes) == SUCCESS &&
	       !memcmp(bytes + 8, c->check, sizeof(c->check));
}

/* Until the server has answered a check. */
void client_consent(struct client *c)
{
	__u8 bytes[CLIENT_PACKET];
	size_t length;

	do {
		send_check(c);
		do
			length = receive(c, bytes, AGAIN_MS);
		while (length && !is_answer(c, bytes, length));
	} while (!length);
}

struct consent *client_kept_consent(const struct client *c)
{
	char pins[64];

	snprintf(pins, sizeof(pins), "/sys/fs/bpf/%s", server->host);
	check_int("tables", 0, control_open_to_read(pins));
	table_each(e, &sfu_participants) {
		const struct participant *p = table_value(e);

		if (strcmp(p->name, c->caller.name))
			continue;
		table_each(t, &sfu_transports) {
			const struct transport *transport = table_value(t);

			if (transport->participant == table_id(e) &&
			    transport->consent)
				return control_consent(table_id(t));
		}
	}
	fail("%s has no consent", c->caller.name);
}

static void send_dtls(void *owner, const void *bytes, size_t length)
{
	const struct client *c = owner;

	check_int("DTLS", length, send(c->fd, bytes, length, 0));
}

static void take_keys(struct client *c)
{
	const struct dtls_keys *keys = dtls_keys(c->dtls);

	check_true(keys, "the handshake has failed: %s", dtls_reason(c->dtls));
	check_int("keys", 0, srtp_open(&keys->receive, SSRCS, &c->in));
	check_int("keys", 0, srtp_open(&keys->send, SSRCS, &c->out));
}

static void shake_hands(struct client *c)
{
	const struct sdp_fingerprint *f = accepted(c)->dtls.fingerprints;
	struct dtls_options options = {
		.role = DTLS_CLIENT,
		.send = send_dtls,
		.owner = c,
	};
	__u8 bytes[CLIENT_PACKET];
	char text[256];

	snprintf(text, sizeof(text), "%s %s", f->hash, f->bytes);
	options.fingerprints[0] = text;
	check_int("DTLS", 0, dtls_open(c->context, &options, &c->dtls));
	dtls_start(c->dtls);
	while (dtls_state(c->dtls) == DTLS_SHAKING_HANDS) {
		int timeout = dtls_timeout_ms(c->dtls);
		size_t length = receive(c, bytes,
					timeout < 0 ? AGAIN_MS : timeout);

		if (length && kind_of(bytes) == IS_DTLS)
			dtls_receive(c->dtls, bytes, length);
		dtls_tick(c->dtls);
	}
	take_keys(c);
}

/*
 * The server answers before it lets media in.  It does one thing after the other,
 * so that who has another answer may send.
 */
void client_connect(struct client *c)
{
	client_consent(c);
	if (c->encrypted)
		shake_hands(c);
	client_consent(c);
	step("%s is connected", c->caller.name);
}

void client_close(struct client *c)
{
	if (c->dtls)
		dtls_close(c->dtls);
	srtp_close(c->in);
	srtp_close(c->out);
	if (c->context)
		dtls_context_close(c->context);
	close(c->fd);
}

/* ---- RTP ------------------------------------------------------------------ */

static size_t put_extensions(__u8 *at, const struct client_extension *e)
{
	size_t length = 4;

	put_be16(at, 0xbede);
	for (; e->id; e++) {
		size_t size = strlen(e->text);

		at[length++] = e->id << 4 | (size - 1);
		memcpy(at + length, e->text, size);
		length += size;
	}
	while (length % 4)
		at[length++] = 0;
	put_be16(at + 2, length / 4 - 1);
	return length;
}

static size_t build_rtp(__u8 *to, const struct client_rtp *p)
{
	size_t length = 12, size = strlen(p->payload);

	memset(to, 0, length);
	to[0] = p->extensions ? 0x90 : 0x80;
	to[1] = p->pt;
	put_be16(to + 2, p->number);
	put_be32(to + 8, p->ssrc);
	if (p->extensions)
		length += put_extensions(to + length, p->extensions);
	memcpy(to + length, p->payload, size);
	return length + size;
}

void client_send(struct client *c, const struct client_rtp *p)
{
	__u8 bytes[CLIENT_PACKET];
	int length = build_rtp(bytes, p);

	if (c->out)
		length = srtp_encrypt_rtp(c->out, bytes, length, bytes,
					  sizeof(bytes));
	check_int("RTP", length, send(c->fd, bytes, length, 0));
}

size_t client_hear(struct client *c, __u8 packet[CLIENT_PACKET])
{
	__u8 bytes[CLIENT_PACKET];
	int length;

	do {
		length = receive(c, bytes, PATIENCE_MS);
		check_true(length, "%s hears nothing", c->caller.name);
	} while (kind_of(bytes) != IS_RTP);
	if (!c->in) {
		memcpy(packet, bytes, length);
		return length;
	}
	length = srtp_decrypt_rtp(c->in, bytes, length, packet, CLIENT_PACKET);
	check_true(length > 0, "it can't be decrypted: %s", strerror(-length));
	return length;
}

/* ---- what it is offered ----------------------------------------------------- */

static void print_formats(FILE *f, const struct sdp_media *m)
{
	for (size_t i = 0; i < m->n_formats; i++) {
		const struct sdp_format *p = &m->formats[i];

		fprintf(f, "a=rtpmap:%u %s/%u/%u\r\n", p->payload_type,
			p->encoding, p->clock_rate, p->channels);
		if (p->fmtp)
			fprintf(f, "a=fmtp:%u %s\r\n", p->payload_type,
				p->fmtp);
	}
	for (unsigned int i = 0; i < m->extensions.n; i++)
		fprintf(f, "a=extmap:%u %s\r\n", m->extensions.list[i].id,
			m->extensions.list[i].uri);
}

static void print_answer(FILE *f, const struct client *c)
{
	const struct sdp *offer = c->caller.offer;

	for (size_t i = 0; i < offer->n_media; i++) {
		const struct sdp_media *m = &offer->media[i];

		fprintf(f, "m=%s 9 %s", m->type, m->proto);
		for (size_t k = 0; k < m->n_formats; k++)
			fprintf(f, " %u", m->formats[k].payload_type);
		fprintf(f, "\r\na=mid:%s\r\na=%s\r\n", m->mid,
			m->direction == SDP_SENDONLY ? "recvonly" :
			m->direction == SDP_RECVONLY ? "sendonly" :
						       "inactive");
		print_formats(f, m);
	}
}

void client_accept(struct client *c)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	print_session(f, &c->caller);
	print_transport(f, c);
	print_answer(f, c);
	fclose(f);
	answer_with(&c->caller, text);
	free(text);
}

int client_mline(const struct client *c, const char *type)
{
	const struct sdp *offer = c->caller.offer;

	for (size_t i = 0; offer && i < offer->n_media; i++)
		if (offer->media[i].direction == SDP_SENDONLY &&
		    !strcmp(offer->media[i].type, type))
			return i;
	return -1;
}
