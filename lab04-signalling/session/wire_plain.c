// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Plain RTP: an m-line says from which address and port its media comes, or
 * to which it is to go, and there is nothing to agree upon besides.
 *
 *	c=IN IP4 10.0.7.1	the address, of all m-lines or of one
 *	m=video 6002 RTP/AVP 96	the port, and who speaks it
 *	a=ssrc:5 cname:alice	the stream that will come from there
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/options.h"
#include "common/route.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

static const char *const protocols[] = { "RTP/AVP", "RTP/AVPF", NULL };

static bool recognise(const struct sdp *offer)
{
	for (size_t i = 0; i < offer->n_media; i++)
		for (const char *const *p = protocols; *p; p++)
			if (!strcasecmp(*p, offer->media[i].proto))
				return true;
	return false;
}

/* ---- what it sends ---------------------------------------------------- */

static int check_mline(const struct sdp_media *m, const struct ip_addr *peer,
		       struct problem *why)
{
	if (!(m->direction & SDP_SENDONLY))
		return 0;
	if (check_media_address(m, peer, why))
		return -1;
	if (!m->n_ssrcs)
		return refuse(why, 422,
			      "m=%s (line %u) has no a=ssrc; add a=ssrc:<SSRC "
			      "of your RTP> cname:<any name>.",
			      m->type, m->line);
	return 0;
}

/* Whoever offers an m-line with port 0 does not want it to be used. */
static bool is_stopped(const struct sdp_media *m)
{
	return !m->port && !m->fault;
}

static int explain_refusal(const struct sdp_media *m,
			   const struct sdp_answer_options *options,
			   struct problem *why)
{
	if (m->fault)
		return refuse(why, 400, "The SDP is malformed: %s.",
			      m->fault->text);
	return refuse(why, 422,
		      "m=%s (line %u) %s, and no other line is of use; offer "
		      "audio or video over RTP/AVP or RTP/AVPF.",
		      m->type, m->line, sdp_refusal(m, options));
}

/* RFC 3264, section 6: who refuses every m-line refuses the offer. */
static int check_offer(const struct sdp *offer,
		       const struct sdp_answer_options *options,
		       const struct ip_addr *peer, struct problem *why)
{
	const struct sdp_media *m = offer->media, *first = m;
	size_t refused = 0, stopped = 0;
	int err = 0;

	for (size_t i = 0; !err && i < offer->n_media; i++) {
		if (is_stopped(&m[i]))
			stopped++;
		else if (!sdp_refusal(&m[i], options))
			err = check_mline(&m[i], peer, why);
		else if (!refused++ || (m[i].fault && !first->fault))
			first = &m[i];
	}
	if (!err && refused && refused + stopped == offer->n_media)
		return explain_refusal(first, options, why);
	return err;
}

static int answer_offer(const struct sdp *offer, const struct sdp_text *text,
			struct sdp **answer, struct wire_peer **peer,
			struct problem *why)
{
	struct sdp_answer_options options = {
		.address = wire_media_address(text),
		.port = ntohs(session_options.media.port),
		.protos = protocols,
	};
	struct sdp_error err;

	*peer = NULL; /* all of it is in the tables */
	if (check_offer(offer, &options, &text->peer, why))
		return -1;
	if (sdp_answer(offer, &options, answer, &err))
		return refuse(why, 500, "There is no answer: %s.", err.text);
	return 0;
}

/* One socket may send for several m-lines: they have one transport then. */
static int bind_transport(struct wire_peer *peer, __u32 participant,
			  const struct sdp_media *m, __u32 *transport,
			  struct problem *why)
{
	struct ip_addr addr = media_ip(m);
	int err = control_add_transport(participant, &addr, htons(m->port),
					transport);

	(void)peer;
	if (err == -EADDRINUSE)
		return refuse(why, 409,
			      "Media from the address and port of m=%s (line "
			      "%u) is somebody's already; leave first, or send "
			      "from another port.",
			      m->type, m->line);
	if (err == -EAFNOSUPPORT)
		return refuse(why, 422,
			      "m=%s (line %u) has an address of the other IP "
			      "version than an m-line above it; give all of "
			      "them addresses of one version.",
			      m->type, m->line);
	if (err)
		return refuse_full(why, err, "transports");
	control_set_rtcp_mux(*transport, m->rtcp_mux);
	return 0;
}

/* ---- what it is told ---------------------------------------------------- */

/* The address is that of the answer's session. */
static int fill_in(const struct wire_peer *peer, struct sdp *description,
		   struct sdp_media *ours, const struct sdp_media *published)
{
	(void)peer;
	(void)description;
	(void)published;
	ours->port = ntohs(session_options.media.port);
	return 0;
}

/* ---- what it receives ------------------------------------------------- */

/* What route.h says, in words for somebody who wants media there. */
static const char *explain_route(int err)
{
	switch (err) {
	case -ENETUNREACH:
		return "this host has no route to it";
	case -EHOSTUNREACH:
		return "nobody answers there (ARP, or neighbour discovery)";
	case -EINVAL:
		return "it is not the address of one host";
	}
	return strerror(-err);
}

/*
 * A neighbour that has not answered yet does not hold up everybody else: its
 * legs come when it does (network.c).
 */
static int check_route(const struct sdp_media *m, const struct ip_addr *addr,
		       struct problem *why)
{
	char text[ADDRESS_TEXT];
	struct route route;
	int err = route_resolve(&m->connection, 0, &route);

	if (!err || err == -ETIMEDOUT)
		return 0;
	return refuse(why, 422,
		      "The address of m=%s (line %u), %s, can't be reached: "
		      "%s. Give another one in c=.",
		      m->type, m->line,
		      address_format(text, addr, htons(m->port)),
		      explain_route(err));
}

/* Most answers name one address only: its route is looked up once. */
static int check_answer(const struct sdp *answer, size_t first,
			const struct ip_addr *peer, struct problem *why)
{
	struct ip_addr addr, reached = {};

	for (size_t i = first; i < answer->n_media; i++) {
		const struct sdp_media *m = &answer->media[i];

		if (!is_wanted(m))
			continue;
		if (check_media_address(m, peer, why))
			return -1;
		addr = media_ip(m);
		if (ip_addr_equal(&addr, &reached))
			continue;
		if (check_route(m, &addr, why))
			return -1;
		reached = addr;
	}
	return 0;
}

static int direct(struct wire_peer *peer, __u32 participant,
		  const struct sdp_media *wanted, __u32 *transport)
{
	struct ip_addr addr = media_ip(wanted);

	(void)peer;
	return control_direct(participant, &addr, htons(wanted->port),
			      transport);
}

/* ---- what is no RTP --------------------------------------------------- */

/* RTCP ends here, but it is a sign of life of its sender. */
static bool hear(enum verdict class, const struct ip_addr *from, __be16 port,
		 const void *bytes, __u32 length)
{
	(void)class;
	(void)bytes;
	(void)length;
	return session_heard(from, port);
}

const struct wire wire_plain = {
	.recognise = recognise,
	.answer = answer_offer,
	.bind = bind_transport,
	.fill_in = fill_in,
	.check = check_answer,
	.direct = direct,
	.datagram = hear,
};
