// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who is who: a participant's resource has a name that nobody else knows.
 */
#include "lab04-signalling/test_caller.h"

#include "lab04-signalling/session_internal.h"

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
		"", "-1", "+1", " 1", "1 ", "0x1", "1a", "alice",
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

TEST_BOTH("4.0.sb", ids_open_nothing, "what everybody sees of a participant "
	  "gives nobody the right to act as it")
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

TEST_BOTH("4.0.sc", secret, "each participant has another token, which is "
	  "told to nobody else")
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
