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
 * Puts into force what the text says.  Every part is optional, and what is left
 * out stays as it is.  Returns 0, or -1 with *why filled in and nothing
 * changed.
 */
int subscriptions_change(__u32 id, const char *text, size_t length,
			 struct problem *why);

/*
 * What is in force, with every other participant by name.  The caller frees it.
 */
json_t *subscriptions_json(__u32 id);

#endif
