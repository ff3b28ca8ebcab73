// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Nobody's share is so large that nothing is left for others.  Each test has
 * servers of its own, on dave's host.
 */
#include <bpf/bpf.h>
#include <errno.h>

#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_hosts)

#define MAX_MLINES    64
#define MAX_PUBLISHED 64

/* An offer of carol's with m-lines, and so many SSRCs in each of them. */
static char *long_offer(const struct caller *c, int mlines, int ssrcs)
{
	static char *text;
	static size_t size;
	FILE *f = open_memstream(&text, &size);

	print_session(f, c);
	for (int i = 0; i < mlines; i++) {
		fprintf(f, "m=audio %u RTP/AVP 0\r\na=sendonly\r\n",
			c->port + i);
		for (int k = 0; k < ssrcs; k++)
			fprintf(f, "a=ssrc:%u cname:c\r\n", i * 64 + k + 1);
	}
	fclose(f);
	return text;
}

static void try_offer(const struct caller *c, char *offer, int status,
		      const char *words)
{
	struct reply r = post_offer(c, "r", offer);

	step("%zu bytes: %d", strlen(offer), r.status);
	if (status == 201)
		check_true(r.status == 201, "%d: %s", r.status, r.body);
	else
		check_problem(&r, status, words);
	free(offer);
}

TEST_BOTH("4.0.la", mlines,
	  "64 m-lines are offered at most, and no answer has more than its "
	  "offer")
{
	struct server *own = start_own((struct server){});
	struct caller c = caller("carol"), alice;
	struct reply r;
	char *text;

	try_offer(&c, long_offer(&c, MAX_MLINES + 1, 1), 422, "64");
	text = long_offer(&c, MAX_MLINES + 1, 1);
	for (char *end = text; (end = strstr(end, "\r\n"));)
		memcpy(end, "\r\t", 2); /* an odd end */
	try_offer(&c, text, 422, "64");
	try_offer(&c, long_offer(&c, 4000, 0), 422, "64");
	check_true(!get_room("r"), "somebody is in the room");
	try_offer(&c, long_offer(&c, MAX_MLINES, 1), 201, "");
	alice = join_new("alice", "r");
	listen_to_events(&alice);
	next_offer(&alice);
	check_uint("m-lines", 2 + MAX_MLINES, alice.offer->n_media);
	text = long_offer(&alice, MAX_MLINES + 3, 0);
	r = put(&alice, "answer", "application/sdp", text);
	check_problem(&r, 422, "has 67 m-lines, the offer 66");
	answer(&alice);
	server_kill(own, SIGTERM);
	free(text);
}

TEST_BOTH("4.0.lb", streams, "64 streams are published at most")
{
	struct server *own = start_own((struct server){});
	struct caller c[2] = { caller("carol"), caller("carol") };

	try_offer(&c[0], long_offer(&c[0], 2, 33), 422, "66 sources");
	try_offer(&c[0], long_offer(&c[0], 5, 13), 422, "65 sources");
	try_offer(&c[0], long_offer(&c[0], 64, 64), 422, "4096 sources");
	check_true(!get_room("r"), "somebody is in the room");
	try_offer(&c[0], long_offer(&c[0], 4, 16), 201, "");
	try_offer(&c[1], long_offer(&c[1], 1, MAX_PUBLISHED), 201, "");
	check_uint("people", 2, people_in("r"));
	server_kill(own, SIGTERM);
}

/* ---- what is kept ------------------------------------------------------ */

/* Entries of the map that keeps the sessions, of 1 KiB each. */
static size_t kept_chunks(void)
{
	char key[64], *last = NULL;
	int fd = bpf_obj_get("/sys/fs/bpf/dave/sfu_sessions");
	size_t count = 0;

	check_true(fd >= 0, "the map of sessions: %s", strerror(errno));
	for (; !bpf_map_get_next_key(fd, last, key); last = key)
		count++;
	close(fd);
	return count;
}

/* The offer with much behind each of its m-lines. */
static char *with_lines(char *offer, const char *line, int times)
{
	static char *text;
	static size_t size;
	FILE *f = open_memstream(&text, &size);

	fputs(offer, f);
	while (times--)
		fputs(line, f);
	fclose(f);
	free(offer);
	return text;
}

TEST_BOTH("4.0.lc", unread, "what nobody will read of an offer is not kept")
{
	struct server *own = start_own((struct server){});
	struct caller c[2] = { caller("alice"), caller("carol") };
	char *offer = offer_text(&c[0]), media[64];

	offer = with_lines(offer, "a=x\r\n", 20000);
	offer = with_lines(offer, "a=candidate:and so on\r\n", 5000);
	snprintf(media, sizeof(media), "RTP/AVP %u", c[0].pt[VIDEO]);
	offer = edit(offer, media, "RTP/AVP 118 119");
	snprintf(media, sizeof(media), "a=rtpmap:%u", c[0].pt[VIDEO]);
	offer = edit(offer, media,
		     "a=fmtp:119 much=more\r\na=rtpmap:119 X/9\r\n"
		     "a=rtpmap:118");
	join_with(&c[0], "r", offer);
	c[0].pt[VIDEO] = 118;
	if (!own->user)
		check_true(kept_chunks() < 10, "%zu KiB are kept",
			   kept_chunks());
	join(&c[1], "r");
	listen_to_events(&c[1]);
	renegotiate(&c[1]);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(&c[0], kind, 1);
		hear(&c[1], &c[0], kind, 1);
	}
	server_kill(own, SIGTERM);
	free(offer);
}

TEST_BOTH("4.0.ld", kept, "413 for more than 32 KiB that would have to be kept")
{
	struct server *own = start_own((struct server){});
	struct caller c = caller("carol");
	char line[20 * 1024], *offer;

	snprintf(line, sizeof(line), "a=fmtp:%u x=%018000d\r\n", c.pt[VIDEO],
		 0);
	try_offer(&c, with_lines(offer_text(&c), line, 1), 201, "");
	c = caller("carol");
	snprintf(line, sizeof(line), "a=fmtp:%u x=%018000d\r\n", c.pt[VIDEO],
		 0);
	offer = with_lines(offer_text(&c), line, 1);
	snprintf(line, sizeof(line), "a=ssrc:7 cname:%018000d\r\n", 0);
	try_offer(&c, with_lines(offer, line, 1), 413, "32768 are the limit");
	check_uint("people", 1, people_in("r"));
	server_kill(own, SIGTERM);
}

/* ---- what an address has ----------------------------------------------- */

static struct reply try_join(const char *host, struct caller *c)
{
	struct reply r;
	char *offer;

	*c = caller(host);
	offer = offer_text(c);
	r = post_offer(c, "r", offer);
	snprintf(c->path, sizeof(c->path), "%s", header(&r, "Location"));
	step("%s joins: %d", c->name, r.status);
	free(offer);
	return r;
}

TEST_BOTH("4.0.le", one_address,
	  "429 for too many participants of one address; others may join")
{
	struct server *own = start_own((struct server){
		.extra = { "--address-limit=3" },
	});
	struct caller c[3], more;
	struct reply r;

	for (int i = 0; i < 3; i++)
		check_int("status", 201, try_join("carol", &c[i]).status);
	for (int i = 0; i < 2; i++) {
		r = try_join("carol", &more);
		check_problem(&r, 429, "has 3 participants");
	}
	check_int("status", 201, try_join("bob", &more).status);
	join(&c[1], "r"); /* comes back */
	check_uint("people", 4, people_in("r"));
	if (!own->user) {
		server_kill(own, SIGKILL);
		check_int("start again", 0, server_start(own));
	}
	r = try_join("carol", &more);
	check_problem(&r, 429, "has 3 participants");
	leave(&c[0]);
	check_int("status", 201, try_join("carol", &more).status);
	r = try_join("carol", &more);
	check_problem(&r, 429, "has 3 participants");
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.lf", streams_of_address,
	  "429 for too many streams of one address")
{
	struct server *own = start_own((struct server){
		.extra = { "--address-limit=10" },
	});
	struct caller c[3] = { caller("carol"), caller("carol"),
			       caller("bob") };

	try_offer(&c[0], long_offer(&c[0], 1, 39), 201, "");
	try_offer(&c[1], long_offer(&c[1], 1, 2), 429, "40 streams");
	try_offer(&c[2], long_offer(&c[2], 1, 2), 201, "");
	try_offer(&c[1], long_offer(&c[1], 1, 1), 201, "");
	check_uint("people", 3, people_in("r"));
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.lg", one_network, "a /64 of IPv6 is one address")
{
	struct server *own = start_own((struct server){
		.v6 = true,
		.extra = { "--address-limit=2" },
	});
	struct caller c;
	struct reply r;

	check_int("status", 201, try_join("alice", &c).status);
	check_int("status", 201, try_join("bob", &c).status);
	r = try_join("carol", &c);
	check_problem(&r, 429, "has 2 participants");
	server_kill(own, SIGTERM);
}
