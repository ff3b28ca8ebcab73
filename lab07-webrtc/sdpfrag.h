/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: application/trickle-ice-sdpfrag (RFC 8840, section 9), in which a WHIP
 * client sends more candidates, or begins an ICE restart:
 *
 *	a=ice-ufrag:EsAw			of the session, or of an m-line
 *	a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
 *	m=audio 9 UDP/TLS/RTP/SAVPF 0		the first of the group
 *	a=mid:0
 *	a=candidate:1 1 udp 2130706431 198.51.100.1 39132 typ host
 *	a=end-of-candidates
 *
 * Candidates are only counted, because a lite agent waits for checks.
 */
#ifndef LAB07_SDPFRAG_H
#define LAB07_SDPFRAG_H

#include <stdbool.h>
#include <stddef.h>

#include "lab07-webrtc/ice.h"

#define SDPFRAG_TYPE  "application/trickle-ice-sdpfrag"
#define SDPFRAG_BYTES 65536 /* a fragment has no more */

struct sdpfrag {
	char ufrag[ICE_TEXT + 1]; /* "": not said; the same for the password */
	char password[ICE_TEXT + 1];
	unsigned int candidates;
	bool end_of_candidates;
};

/*
 * Reads a fragment.  It is liberal: lines end in CRLF, LF or CR, blanks at
 * either end of them do not matter, and unknown lines are skipped.  Returns 0;
 * or -EINVAL, and *why is the end of a sentence that begins with "The
 * fragment": it is empty or too long, has a NUL, a line that is not SDP, or a
 * ufrag or password that is odd or differs from the one before.
 */
int sdpfrag_parse(const char *text, size_t length, struct sdpfrag *fragment,
		  const char **why);

/* The contents of the answer to an ICE restart. */
struct sdpfrag_answer {
	const char *ufrag, *password; /* ours */
	const char *type, *protocol;  /* "audio", "UDP/TLS/RTP/SAVPF" */
	const char *mid;	      /* or NULL */
	const char *
		candidate; /* "1 1 udp 2130706431 198.51.100.1 5004 typ host" */
};

/* A string for the caller to free(); NULL: no memory. */
char *sdpfrag_write(const struct sdpfrag_answer *answer);

#endif
