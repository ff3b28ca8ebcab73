/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: what a participant wants to receive, as JSON:
 *	{"audio": true, "video": true,
 *	 "participants": {"bob": {"audio": true, "video": false}}}
 */
#ifndef LAB04_SUBSCRIPTIONS_H
#define LAB04_SUBSCRIPTIONS_H

#include <jansson.h>

#include "lab04-signalling/session/session.h"

/*
 * Puts into force what the text says; all of it is optional, and what is not
 * there stays as it is.  0; or -1, *why is filled in and nothing has changed.
 */
int subscriptions_change(__u32 id, const char *text, size_t length,
			 struct problem *why);

/* All that is in force, everybody else in the room by name; to be freed. */
json_t *subscriptions_json(__u32 id);

#endif
