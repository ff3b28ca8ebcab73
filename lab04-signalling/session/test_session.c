// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who is who: a participant's resource has a name that nobody else knows, and
 * who comes back after a crash finds its place again.
 */
#include <errno.h>

#include "lab04-signalling/testlib/caller.h"

#include "lab04-signalling/session/session_internal.h"

TEST_SETUP(set_up_servers)

/* ---- tokens ------------------------------------------------------------ */

TEST("4.0.sa", tokens_as_text, "128 bits are printed and read as a number",
     .native = true)
{
	static const struct {
		struct token token;
		const char *text;
	} good[] = {
		{ { { 7, 0 } }, "7" },
		{ { { 0, 1 } }, "18446744073709551616" },
		{ { { UINT64_MAX, UINT64_MAX } },
		  "340282366920938463463374607431768211455" },
	};
	static const char *const bad[] = {
		"",
		"-1",
		"+1",
		" 1",
		"1 ",
		"0x1",
		"1a",
		"alice",
		"340282366920938463463374607431768211456",
		"3402823669209384634633746074317682114550",
	};
	char text[SESSION_TOKEN_TEXT];
	struct token token;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		token_print(text, &good[i].token);
		check_str("printed", good[i].text, text);
		check_true(token_parse(text, &token), "%s is refused", text);
		check_true(token_same(&token, &good[i].token),
			   "%s is read as another number", text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check_true(!token_parse(bad[i], &token), "\"%s\" is taken",
			   bad[i]);
}

/* What bob tries on a resource of that name must not work. */
static void check_opens_nothing(const char *room, const char *name)
{
	static const struct {
		const char *method, *what, *type, *body;
	} tries[] = {
		{ "GET", "/events", NULL, NULL },
		{ "PUT", "/answer", "application/sdp", "v=0\r\n" },
		{ "PUT", "/subscriptions", "application/json",
		  "{\"video\": false}" },
		{ "DELETE", "", NULL, NULL },
	};
	char path[160];
	struct reply r;

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		snprintf(path, sizeof(path), "/rooms/%s/participants/%s%s",
			 room, name, tries[i].what);
		step("%s %s", tries[i].method, path);
		r = http("bob", tries[i].method, path, tries[i].type,
			 tries[i].body);
		check_problem(&r, 404, "no participant with this token");
	}
}

TEST_BOTH("4.0.sb", ids_open_nothing,
	  "what everybody sees of a participant gives nobody the right to act "
	  "as it")
{
	struct caller c[2];
	const char *name = new_room();
	char *before, *after, id[32];
	json_t *room;

	c[0] = join_new("alice", name);
	c[1] = join_new("bob", name);
	room = get_room(name);
	snprintf(id, sizeof(id), "%d",
		 (int)number(find_participant(room, &c[0]), "id"));
	before = rooms_text();
	check_opens_nothing(name, id);
	check_opens_nothing(name, c[0].name);
	check_opens_nothing(name, "0");
	check_opens_nothing(name, "");
	after = rooms_text();
	check_str("GET /rooms", before, after);
	listen_to_events(&c[0]);
	renegotiate(&c[0]);
	json_decref(room);
	free(before);
	free(after);
}

static const char *token_of(const struct caller *c)
{
	return strrchr(c->path, '/') + 1;
}

/* The server tells it in Location, and nowhere else. */
static void check_secret(const char *token)
{
	static const char *const paths[] = { "/", "/rooms", "/metrics" };

	for (int i = 0; i < 3; i++) {
		struct reply r = http("bob", "GET", paths[i], NULL, NULL);

		check_int("status", 200, r.status);
		check_true(!strstr(r.body, token), "the token is in GET %s",
			   paths[i]);
	}
	check_true(!strstr(log_text(server), token), "the token is in the log");
}

TEST_BOTH("4.0.sc", secret,
	  "each participant has another token, which is told to nobody else")
{
	struct caller c[3];
	const char *room = three_call(c);

	for (int i = 0; i < 3; i++) {
		const char *token = token_of(&c[i]);

		check_true(strlen(token) > 20 && strlen(token) < 40 &&
				   strspn(token, "0123456789") == strlen(token),
			   "the token is \"%s\"", token);
		check_true(strcmp(token, token_of(&c[(i + 1) % 3])),
			   "two participants have one token");
		check_secret(token);
	}
	leave(&c[0]);
	check_opens_nothing(room, token_of(&c[0]));
}

TEST_BOTH("4.0.sd", stolen, "a token works from where its owner joined")
{
	struct caller c[3];
	char *before, *after, *text;
	struct reply r;

	three_join(c);
	listen_to_events(&c[0]);
	next_offer(&c[0]);
	before = rooms_text();
	text = answer_text(&c[0]);
	r = http("bob", "PUT", sub_path(&c[0], "answer"), "application/sdp",
		 text);
	check_problem(&r, 403, "joined from another address");
	r = http("bob", "GET", sub_path(&c[0], "events"), NULL, NULL);
	check_problem(&r, 403, "joined from another address");
	r = http("bob", "DELETE", c[0].path, NULL, NULL);
	check_problem(&r, 403, "joined from another address");
	after = rooms_text();
	check_str("GET /rooms", before, after);
	answer_with(&c[0], text);
	free(before);
	free(after);
	free(text);
}

/* ---- people come back -------------------------------------------------- */

/* The server ends it. */
static void check_events_end(struct caller *c)
{
	char *line = NULL;
	size_t size;

	while (getline(&line, &size, c->events) > 0)
		;
	check_true(feof(c->events), "the events of %s do not end: %s", c->name,
		   strerror(errno));
	free(line);
}

/*
 * Everybody else gets one offer, in which the streams have the m-lines that
 * they had, and hears again.
 */
static void check_back(struct caller c[3])
{
	uint64_t version[3];

	for (int i = 1; i < 3; i++) {
		int mline = mline_of(&c[i], &c[0], VIDEO);

		version[i] = c[i].offer->sess_version;
		renegotiate(&c[i]);
		check_uint("version", version[i] + 1, c[i].offer->sess_version);
		check_uint("m-lines", 6, c[i].offer->n_media);
		check_int("m-line of the video", mline,
			  mline_of(&c[i], &c[0], VIDEO));
	}
	listen_to_events(&c[0]);
	renegotiate(&c[0]);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(&c[0], kind, 1);
		hear(&c[1], &c[0], kind, 1);
		hear(&c[2], &c[0], kind, 1);
	}
	say(&c[1], VIDEO, 2);
	hear(&c[0], &c[1], VIDEO, 2);
	hear(&c[2], &c[1], VIDEO, 2);
}

TEST_BOTH("4.0.se", comes_back,
	  "who joins again from the same address and port takes over its "
	  "place, though its old events are open")
{
	struct caller c[3], old;
	const char *room = three_call(c);
	struct reply r;

	old = c[0];
	join(&c[0], room);
	check_uint("people", 3, people_in(room));
	c[0].events = NULL;
	check_events_end(&old);
	r = http("alice", "DELETE", old.path, NULL, NULL);
	check_problem(&r, 404, "no participant with this token");
	check_back(c);
}

TEST_BOTH("4.0.sf", comes_back_nameless,
	  "who comes back and gives no name has the name that it had")
{
	struct caller c[3];
	const char *room = three_call(c);
	char *offer = edit(offer_text(&c[0]), c[0].name, "-");
	json_t *now;

	join_with(&c[0], room, offer);
	now = get_room(room);
	check_uint("people", 3,
		   json_array_size(json_object_get(now, "participants")));
	check_true(find_participant(now, &c[0]), "nobody is called %s",
		   c[0].name);
	c[0].events = NULL;
	check_back(c);
	json_decref(now);
	free(offer);
}

/* An offer of alice, who is there already, does not change anything. */
static void comeback_refused(struct caller *alice, const char *room,
			     const char *query, char *offer, int status,
			     const char *words)
{
	char *before = rooms_text(), *after, path[128];
	struct reply r;

	snprintf(path, sizeof(path), "/rooms/%s/participants%s", room, query);
	r = http(alice->host, "POST", path, "application/sdp", offer);
	check_problem(&r, status, words);
	after = rooms_text();
	check_str("GET /rooms", before, after);
	free(before);
	free(after);
	free(offer);
}

TEST_BOTH("4.0.sg", half_way,
	  "who comes back with an offer that will not do changes nothing")
{
	struct caller c[3];
	const char *room = three_call(c);
	char was[32], is[32], *offer;

	offer = edit(offer_text(&c[0]), "v=0", "v=1");
	comeback_refused(&c[0], room, "", offer, 400, "malformed");
	/* the second m-line is refused when the first has been taken over */
	snprintf(was, sizeof(was), "m=video %u", sender_port(&c[0], VIDEO));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&c[0], AUDIO));
	offer = edit(offer_text(&c[0]), was, is);
	snprintf(was, sizeof(was), "a=ssrc:%u", c[0].ssrc[VIDEO]);
	snprintf(is, sizeof(is), "a=ssrc:%u", c[0].ssrc[AUDIO]);
	offer = edit(offer, was, is);
	comeback_refused(&c[0], room, "", offer, 422, "needs its own");
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	hear(&c[2], &c[0], VIDEO, 1);
	leave(&c[0]);
	renegotiate(&c[1]);
	check_uint("people", 2, people_in(room));
}

TEST_BOTH("4.0.sh", another,
	  "under another name, or in another room, or from somebody else's "
	  "port nobody comes back")
{
	struct caller c[3], other = caller("alice");
	const char *room = three_call(c);
	char was[32], is[32], *offer;

	comeback_refused(&c[0], room, "?name=other", offer_text(&c[0]), 409,
			 "somebody's already");
	comeback_refused(&c[0], "elsewhere", "", offer_text(&c[0]), 409,
			 "somebody's already");
	join(&other, room);
	snprintf(was, sizeof(was), "m=video %u", sender_port(&c[0], VIDEO));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&other, VIDEO));
	offer = edit(offer_text(&c[0]), was, is);
	comeback_refused(&c[0], room, "", offer, 409, "is taken");
}

/* The same person, whose programs have got other ports. */
static struct caller with_other_ports(const struct caller *c)
{
	struct caller new = caller(c->host);

	snprintf(new.name, sizeof(new.name), "%s", c->name);
	return new;
}

TEST_BOTH("4.0.si", other_ports,
	  "who comes back with other ports is let in when its old self has "
	  "hung up")
{
	struct caller c[3], new;
	const char *room = three_call(c);
	struct reply r;
	char *offer;

	new = with_other_ports(&c[0]);
	comeback_refused(&new, room, "", offer_text(&new), 409, "is taken");
	/* Somebody of that name on another host is somebody else. */
	fclose(c[0].events);
	c[0].events = NULL;
	new.host = "bob";
	comeback_refused(&new, room, "", offer_text(&new), 409, "is taken");
	new.host = "alice";
	offer = offer_text(&new);
	do /* until the server has seen that the events were closed */
		r = post_offer(&new, room, offer);
	while (r.status == 409);
	check_int("status", 201, r.status);
	check_uint("people", 3, people_in(room));
	for (int i = 1; i < 3; i++) {
		renegotiate(&c[i]);
		check_int("m-line of the old video", -1,
			  mline_of(&c[i], &c[0], VIDEO));
		check_int("m-line of the new video", 3,
			  mline_of(&c[i], &new, VIDEO));
	}
	free(offer);
}
