/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: the ICE session of a WHIP resource, as HTTP sees it: a version of the
 * resource, which ETag names and If-Match asks for.
 */
#ifndef LAB07_WHIP_ICE_H
#define LAB07_WHIP_ICE_H

#include "lab04-signalling/session/session.h"
#include "lab07-webrtc/sdpfrag.h"

#define WHIP_ETAG (ICE_UFRAG + 3) /* with quotes, and the NUL */

/* Writes the ETag of a participant.  False: its media comes without ICE. */
bool whip_etag(__u32 participant, char etag[WHIP_ETAG]);

/* Which session is a fragment about?  Its ufrag says so. */
enum whip_session {
	WHIP_PRESENT, /* the one in use, or the fragment has no ufrag */
	WHIP_NEXT,    /* the last restart's, which is not in use yet */
	WHIP_NEW,     /* one that the fragment asks to begin */
};
enum whip_session whip_session(__u32 participant,
			       const struct sdpfrag *fragment);

/*
 * Begins a new session, and answers with a fragment that the caller frees.  The
 * old session goes on until the client uses the new one.  A client that asks
 * again, because it has not got the answer, gets the same answer.  0; or -1,
 * *why.
 */
int whip_restart(__u32 participant, const struct sdpfrag *fragment,
		 char **answer, struct problem *why);

#endif
