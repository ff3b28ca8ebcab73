// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A participant's offer: what it publishes, and from where. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

/* ---- what the offer says ---------------------------------------------- */

/* Parses an offer, finds whose wire it is, and has it answered. */
static int read_offer(const struct sdp_text *text, struct newcomer *n,
		      struct problem *why)
{
	struct sdp_error err;

	if (check_mline_count(text, why))
		return -1;
	if (sdp_parse(text->text, text->length, &n->offer, &err))
		return refuse(why, 400, "The SDP is malformed: %s.", err.text);
	if (n->watches && watch_choose(n, why))
		return -1;
	n->wire = wire_of(session_options.wires, n->offer);
	return n->wire->answer(n->offer, text, &n->answer, &n->wire_peer, why);
}

/* ---- into the tables -------------------------------------------------- */

static int publish_all(__u32 id, const struct newcomer *n, struct problem *why)
{
	__u32 transport;
	int err = 0;

	for (size_t i = 0; !err && i < n->offer->n_media; i++) {
		const struct sdp_media *m = &n->offer->media[i];
		const struct sdp_media *answered = &n->answer->media[i];

		//@todo 4.7 publish_all: a transport and streams for each m-line
		//@stub		(void)m, (void)answered, (void)id;
		//@stub		(void)why, (void)transport;
		if (!is_published(m, answered))
			continue;
		err = n->wire->bind(n->wire_peer, id, m, &transport, why);
		if (!err)
			err = publish_mline(id, transport, m, answered, why);
		//@end 4.7
	}
	return err;
}

/* ---- into the room ---------------------------------------------------- */

static int explain_join(int err, const char *room, const char *name,
			struct problem *why)
{
	switch (err) {
	case -EINVAL:
		return refuse(
			why, 400,
			"Names of rooms and participants are 1 to %d printable "
			"ASCII characters without space, '/' and '\"', and not "
			". or .., which URLs are read without; choose another "
			"one.",
			MAX_NAME - 1);
	case -EEXIST:
		return refuse(why, 409,
			      "The name %s is taken in %s; choose another name "
			      "with ?name=. If it is yours, send from the same "
			      "port as before.",
			      name, room);
	case -ENOSPC:
		return refuse(why, 503,
			      "The room is full: %u participants is the limit "
			      "(--room-limit).",
			      session_options.room_limit);
	case -E2BIG:
		return refuse(why, 503,
			      "The server is full: %d rooms and %d "
			      "participants are the limits.",
			      MAX_ROOMS, MAX_PARTICIPANTS);
	}
	return refuse_full(why, err, "participants");
}

/* "p1", "p2", ...: the first name after the last one that nobody has. */
static int join_unnamed(const char *room, __u32 *id)
{
	static unsigned int number;
	char name[MAX_NAME];
	int err;

	do {
		snprintf(name, sizeof(name), "p%u", ++number);
		err = control_join(room, name, session_options.room_limit, id);
	} while (err == -EEXIST);
	return err;
}

/* Enters the room; by the place of old, if there is one. */
static int join_room(const struct newcomer *n, __u32 old, __u32 *id,
		     struct problem *why)
{
	int err;

	if (old)
		err = control_return(old, id);
	else if (n->name)
		err = control_join(n->room, n->name, session_options.room_limit,
				   id);
	else
		err = join_unnamed(n->room, id);
	return err ? explain_join(err, n->room, n->name, why) : 0;
}

/* RFC 8866, section 5.2: a number that is not used again, below 2^63. */
static uint64_t new_session_id(__u32 id)
{
	return (uint64_t)time(NULL) << 20 | (id & 0xfffff);
}

static void turn_away(struct newcomer *n)
{
	sdp_free(n->offer);
	sdp_free(n->answer);
	if (n->wire_peer)
		n->wire->forget(n->wire_peer);
}

/* The session gets all that is the newcomer's, also when it fails. */
static int begin_session(__u32 id, struct newcomer *n)
{
	struct session *s = session_new(id);
	struct token token;

	if (!s) {
		turn_away(n);
		return -ENOMEM;
	}
	s->wire = n->wire;
	s->wire_peer = n->wire_peer;
	s->deaf = n->deaf;
	s->remote = n->offer;
	s->local = n->answer;
	s->streams = calloc(n->answer->n_media + 1, sizeof(*s->streams));
	s->published = count_published(n);
	if (!s->streams || token_make(&token) ||
	    session_set_owner(s, &token, n->peer))
		return -ENOMEM;
	return sdp_set_sess_id(n->answer, new_session_id(id));
}

static void undo_join(__u32 id)
{
	struct problem ignored;

	if (session_find(id))
		session_free(session_find(id));
	control_leave(id);
	session_commit(&ignored);
}

/* Takes over the offer and its answer. */
static int enter(struct newcomer *n, __u32 old, __u32 *id, char **text,
		 struct problem *why)
{
	int err = join_room(n, old, id, why);
	bool joined = !err;

	if (!err)
		err = publish_all(*id, n, why);
	if (!err)
		err = session_commit(why);
	if (err)
		turn_away(n);
	else if (begin_session(*id, n))
		err = refuse(why, 500, "There is no memory for a session.");
	else if (n->watched)
		err = watch_begin(session_find(*id), n, why);
	if (!err && sdp_write(n->answer, text))
		err = refuse(why, 500, "There is no memory for an answer.");
	if (!err && old && control_take_claims(*id))
		err = refuse(why, 500, "The addresses can't be taken over.");
	if (err && joined)
		undo_join(*id);
	return err;
}

/* s= is often "-" or "Session streamed by ...": then it is no name. */
static const char *name_in(const struct sdp *offer)
{
	bool none = !strcmp(offer->name, "-") || !control_is_name(offer->name);

	return none ? NULL : offer->name;
}

static void save(const struct session *s)
{
	session_store_save_owner(s);
	session_store_save_remote(s);
	session_store_save_local(s);
}

static int join(struct newcomer *n, const struct sdp_text *text,
		char token[SESSION_TOKEN_TEXT], char **answer,
		struct problem *why)
{
	__u32 id, old;

	if (read_offer(text, n, why))
		goto refused;
	sdp_forget_unanswered(n->offer, n->answer);
	if (!n->name && !n->deaf)
		n->name = name_in(n->offer);
	old = find_old_self(n);
	if (check_limits(n, old, why))
		goto refused;
	if (enter(n, old, &id, answer, why))
		return -1;
	token_print(token, &session_find(id)->token);
	save(session_find(id));
	log_info("%s %s %s", control_participant(id)->name,
		 old ? "comes back to" : "joins", n->room);
	if (old)
		remove_participant(old);
	else
		offer_news_to_room(control_room_of(id));
	return 0;
refused:
	turn_away(n);
	return -1;
}

int session_join(const char *room, const char *name,
		 const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		 char **answer, struct problem *why)
{
	struct newcomer n = {
		.room = room,
		.name = name,
		.peer = &offer->peer,
	};

	return join(&n, offer, token, answer, why);
}

int session_publish(const char *room, const char *name,
		    const struct sdp_text *offer,
		    char token[SESSION_TOKEN_TEXT], char **answer,
		    struct problem *why)
{
	struct newcomer n = {
		.room = room,
		.name = name,
		.peer = &offer->peer,
		.deaf = true,
	};

	return join(&n, offer, token, answer, why);
}

int session_watch(const char *room, const char *from,
		  const struct sdp_text *offer, char token[SESSION_TOKEN_TEXT],
		  char **answer, struct problem *why)
{
	struct newcomer n = {
		.room = room,
		.peer = &offer->peer,
		.deaf = true,
		.watches = from ?: "",
	};
	int err = join(&n, offer, token, answer, why);

	free(n.watched);
	return err;
}
