// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Each ICE session has a ufrag of ours that no other has had: that is its ETag.
 *
 *	201	"f8Gk..."	the session of the answer
 *	PATCH	restart		agent->next, whose ufrag is the new ETag
 *	check	with it		agent->current: the same ETag
 */
#include <stdio.h>
#include <string.h>

#include "lab04-signalling/session/session_internal.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/whip_ice.h"
#include "lab07-webrtc/wire_webrtc.h"

/* NULL: it does not speak WebRTC. */
static struct wire_peer *peer_of(__u32 participant)
{
	const struct session *s = session_find(participant);

	return s && s->wire == &wire_webrtc ? s->wire_peer : NULL;
}

/* Those that were agreed upon last. */
static const struct ice_credentials *newest(const struct wire_peer *p)
{
	return *p->ice.next.ufrag ? &p->ice.next : &p->ice.current;
}

bool whip_etag(__u32 participant, char etag[WHIP_ETAG])
{
	const struct wire_peer *p = peer_of(participant);

	if (p)
		snprintf(etag, WHIP_ETAG, "\"%s\"", newest(p)->ufrag);
	return p;
}

enum whip_session whip_session(__u32 participant, const struct sdpfrag *f)
{
	const struct wire_peer *p = peer_of(participant);

	if (!p || !*f->ufrag || !strcmp(f->ufrag, p->ice.current.peer_ufrag))
		return WHIP_PRESENT;
	return strcmp(f->ufrag, p->ice.next.peer_ufrag) ? WHIP_NEW : WHIP_NEXT;
}

static bool is_known(const struct wire_peer *p, const struct sdpfrag *f)
{
	return !strcmp(f->ufrag, p->ice.next.peer_ufrag) &&
	       !strcmp(f->password, p->ice.next.peer_password);
}

/* The m-line whose transport is that of all. */
static const struct sdp_media *first_mline(const struct sdp *ours)
{
	const struct sdp_media *m = ours->media;

	while (!m->port)
		m++;
	return m;
}

static int write_answer(const struct session *s, const struct wire_peer *p,
			char **answer)
{
	const struct sdp_media *m = first_mline(s->local);
	const struct sdp_candidate *c = m->ice.candidates;
	struct sdpfrag_answer a = {
		.ufrag = p->ice.next.ufrag,
		.password = p->ice.next.password,
		.type = m->type,
		.protocol = m->proto,
		.mid = m->mid,
	};
	char candidate[256];

	snprintf(candidate, sizeof(candidate), "%s %u %s %u %s %u typ host",
		 c->foundation, c->component, c->transport, c->priority,
		 c->address, c->port);
	a.candidate = candidate;
	*answer = sdpfrag_write(&a);
	return *answer ? 0 : -1;
}

int whip_restart(__u32 participant, const struct sdpfrag *f, char **answer,
		 struct problem *why)
{
	struct wire_peer *p = peer_of(participant);
	int err = 0;

	if (!*f->password)
		return refuse(why, 400,
			      "The fragment has a new a=ice-ufrag and no "
			      "a=ice-pwd; an ICE restart needs both.");
	if (!is_known(p, f))
		err = peer_restart(p, f->ufrag, f->password);
	if (err)
		return refuse(why, 500, "ICE cannot be restarted: %s.",
			      strerror(-err));
	if (write_answer(session_find(participant), p, answer))
		return refuse(why, 500, "There is no memory for an answer.");
	return 0;
}
