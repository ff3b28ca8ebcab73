// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The door of the server: whatever comes in by HTTP, however broken or slow,
 * gets a clear error, and the calls that are there go on.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <regex.h>

#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

/* A call of two, which nothing that comes in may disturb. */
static struct {
	char room[32];
	struct caller alice, bob;
	__u16 seq;
} call;

static void open_call(void)
{
	snprintf(call.room, sizeof(call.room), "%s", new_room());
	call.alice = join_new("alice", call.room);
	call.bob = join_new("bob", call.room);
	listen_to_events(&call.alice);
	renegotiate(&call.alice);
	listen_to_events(&call.bob);
	renegotiate(&call.bob);
}

static void check_call_goes_on(void)
{
	call.seq++;
	say(&call.alice, VIDEO, call.seq);
	hear(&call.bob, &call.alice, VIDEO, call.seq);
}

/* An error as RFC 9457 has it, and nothing has changed for anybody. */
static void check_refused(const char *before, const struct reply *r, int status,
			  const char *words)
{
	char *after;

	check_problem(r, status, words);
	after = rooms_text();
	check_str("GET /rooms", before, after);
	free(after);
}

/* A host tries this, and gets that. */
static void refused_to(const char *host, const char *method, const char *path,
		       const char *type, const char *body, int status,
		       const char *words)
{
	char *before = rooms_text();
	struct reply r;

	step("%s %s (%s)", method, path, type ?: "no type");
	r = http(host, method, path, type, body);
	check_refused(before, &r, status, words);
	free(before);
}

static void refused(const char *method, const char *path, const char *type,
		    const char *body, int status, const char *words)
{
	refused_to("carol", method, path, type, body, status, words);
}

/* An offer of carol's with something else in it. */
static void offer_refused(const char *what, const char *instead, int status,
			  const char *words)
{
	struct caller c = caller("carol");
	char *before = rooms_text(), *offer = offer_text(&c), was[64];
	struct reply r;

	snprintf(was, sizeof(was), what, sender_port(&c, AUDIO));
	step("\"%s\" instead of \"%s\"", instead, was);
	offer = edit(offer, was, instead);
	r = post_offer(&c, call.room, offer);
	check_refused(before, &r, status, words);
	free(before);
	free(offer);
}

/* ---- the door ---------------------------------------------------------- */

TEST_BOTH("4.0.ha", help, "GET /help tells how to talk to it; HEAD has no body")
{
	static const char *const paths[] = { "/help", "/" };
	struct reply r;

	for (size_t i = 0; i < 2; i++) {
		r = http("alice", "GET", paths[i], NULL, NULL);
		check_int("status", 200, r.status);
		check_true(strstr(r.body, "POST   /rooms/{room}/participants"),
			   "it does not: %s", r.body);
	}
	r = http("alice", "HEAD", "/rooms", NULL, NULL);
	check_int("status of HEAD", 200, r.status);
	check_str("Content-Type", "application/json",
		  header(&r, "Content-Type"));
	check_str("body of HEAD", "", r.body);
}

/* What a shell on carol's host prints, in one line. */
static const char *shell_says(const char *format, ...)
{
	static char line[65536], command[1024];
	va_list args;
	FILE *f;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	step("%s", command);
	check_int("join", 0, sandbox_join("carol"));
	f = popen(command, "r");
	check_int("join", 0, sandbox_join(SANDBOX_SERVER));
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	check_int("exit status", 0, pclose(f));
	return line;
}

TEST_BOTH("4.0.hb", with_curl, "curl is all that it takes")
{
	struct caller c = caller("carol");
	char *offer, url[64], events[8192];
	FILE *f;

	open_call();
	offer = offer_text(&c);
	f = fopen("/run/offer", "w");
	fputs(offer, f);
	fclose(f);
	snprintf(url, sizeof(url), "http://%s:%d", server_ip(server),
		 HTTP_PORT);
	check_str("what it prints", "v=0",
		  shell_says("curl -sS --fail-with-body -D /run/head "
			     "-H 'Content-Type: application/sdp' --data-binary "
			     "@/run/offer %s/rooms/%s/participants",
			     url, call.room));
	snprintf(c.path, sizeof(c.path), "%s",
		 shell_says("sed -n 's/^Location: //p' /run/head"));
	snprintf(events, sizeof(events), "curl -sSN %s%s/events", url, c.path);
	check_int("join", 0, sandbox_join("carol"));
	f = popen(events, "r");
	check_int("join", 0, sandbox_join(SANDBOX_SERVER));
	while (fgets(events, sizeof(events), f) && *events != 'd')
		;
	check_true(!strncmp(events, "data: {", 7), "curl prints \"%s\"",
		   events);
	json_decref(read_json(events + 6));
	check_str("what it prints", "204",
		  shell_says("curl -sS -o /dev/null -w '%%{http_code}\\n' "
			     "-X DELETE %s%s",
			     url, c.path));
	while (fgets(events, sizeof(events), f))
		;
	check_int("exit status of curl when the events end", 0, pclose(f));
	free(offer);
}

TEST_BOTH("4.0.hc", not_found, "404 for what is not there")
{
	char path[160];

	open_call();
	refused("GET", "/nothing", NULL, NULL, 404, "GET /help lists");
	refused("GET", "/rooms/", NULL, NULL, 404, "GET /help lists");
	refused("GET", "/rooms/a/b/c/d/e/f/g/h/i/j", NULL, NULL, 404,
		"GET /help lists");
	refused("DELETE", "/rooms/no/participants/1", NULL, NULL, 404,
		"no such room");
	refused("GET", "/rooms/no/participants/1/events", NULL, NULL, 404,
		"no such room");
	snprintf(path, sizeof(path), "/rooms/%s/participants/4294967295",
		 call.room);
	refused("DELETE", path, NULL, NULL, 404, "no participant");
	snprintf(path, sizeof(path), "/rooms/%s/participants/%s", call.room,
		 call.alice.name);
	refused("DELETE", path, NULL, NULL, 404, "no participant");
	snprintf(path, sizeof(path), "%s0/answer", call.alice.path);
	refused("PUT", path, "application/sdp", "", 404, "no participant");
	/* somebody of another room */
	join_new("carol", "elsewhere");
	snprintf(path, sizeof(path), "/rooms/elsewhere%s",
		 strstr(call.alice.path, "/participants"));
	refused("DELETE", path, NULL, NULL, 404, "no participant");
	check_call_goes_on();
}

static void method_refused(const char *method, const char *path,
			   const char *allow)
{
	char *before = rooms_text(), with_options[64];
	struct reply r;

	step("%s %s", method, path);
	snprintf(with_options, sizeof(with_options), "%s, OPTIONS", allow);
	r = http("carol", method, path, NULL, NULL);
	check_str("Allow", with_options, header(&r, "Allow"));
	check_refused(before, &r, 405, allow);
	free(before);
}

TEST_BOTH("4.0.hd", methods, "405 and Allow for what a path cannot do")
{
	char path[128];

	open_call();
	method_refused("POST", "/", "GET, HEAD");
	method_refused("DELETE", "/rooms", "GET, HEAD");
	method_refused("PUT", "/metrics", "GET, HEAD");
	method_refused("BREW", "/rooms", "GET, HEAD");
	snprintf(path, sizeof(path), "/rooms/%s/participants", call.room);
	method_refused("GET", path, "POST");
	method_refused("GET", call.alice.path, "DELETE");
	method_refused("GET", sub_path(&call.alice, "answer"), "PUT");
	method_refused("DELETE", sub_path(&call.alice, "events"), "GET, HEAD");
	check_call_goes_on();
}

TEST_BOTH("4.0.he", types, "415 for a body of another type")
{
	struct caller c = caller("carol");
	char *offer = offer_text(&c), path[128];

	open_call();
	snprintf(path, sizeof(path), "/rooms/%s/participants", call.room);
	refused("POST", path, NULL, offer, 415, "application/sdp");
	refused("POST", path, "text/plain", offer, 415, "application/sdp");
	refused("POST", path, "application/sdpx", offer, 415,
		"application/sdp");
	refused("PUT", sub_path(&call.alice, "subscriptions"),
		"application/sdp", "{}", 415, "application/json");
	check_int("status with a parameter", 201,
		  http("carol", "POST", path, "Application/SDP; charset=utf-8",
		       offer)
			  .status);
	free(offer);
}

/* ---- bodies ------------------------------------------------------------ */

#define MAX_BODY (256 * 1024)

static int begin_post(const char *headers)
{
	int fd = http_connect("carol");

	http_print(fd,
		   "POST /rooms/%s/participants HTTP/1.1\r\nHost: sfu\r\n"
		   "Connection: close\r\nContent-Type: application/sdp\r\n"
		   "%s\r\n\r\n",
		   call.room, headers);
	return fd;
}

TEST_BOTH("4.0.hf", too_long, "413 for a body that promises to be too long")
{
	char *before, headers[64];
	struct reply r;

	open_call();
	before = rooms_text();
	snprintf(headers, sizeof(headers), "Content-Length: %d", MAX_BODY + 1);
	r = http_read(begin_post(headers));
	check_refused(before, &r, 413, "262144 bytes");
	snprintf(headers, sizeof(headers),
		 "Content-Length: %d\r\n"
		 "Expect: 100-continue",
		 MAX_BODY + 1);
	r = http_read(begin_post(headers));
	check_refused(before, &r, 413, "262144 bytes");
	check_call_goes_on();
}

/* A body of length bytes in chunks of ever other sizes. */
static struct reply post_chunked(size_t length)
{
	static char bytes[16384];
	int fd = begin_post("Transfer-Encoding: chunked");

	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 1, size; length; i++, length -= size) {
		size = i * 4099 % sizeof(bytes) + 1;
		if (size > length)
			size = length;
		http_print(fd, "%zx\r\n%.*s\r\n", size, (int)size, bytes);
	}
	http_print(fd, "0\r\n\r\n");
	return http_read(fd);
}

TEST_BOTH("4.0.hg", chunked, "413 for chunks that sum up to too much")
{
	struct caller c = caller("carol");
	char *before, *offer = offer_text(&c);
	struct reply r;
	int fd;

	open_call();
	before = rooms_text();
	r = post_chunked(MAX_BODY + 1);
	check_refused(before, &r, 413, "262144 bytes");
	r = post_chunked(MAX_BODY); /* it is no SDP, though */
	check_refused(before, &r, 400, "line 1");
	check_call_goes_on();
	fd = begin_post("Transfer-Encoding: chunked");
	for (const char *p = offer; *p; p++)
		http_print(fd, "1\r\n%c\r\n", *p);
	http_print(fd, "0\r\n\r\n");
	check_int("status of a join in chunks", 201, http_read(fd).status);
	free(offer);
}

TEST_BOTH("4.0.hh", malformed_sdp, "400 for malformed SDP names the line")
{
	open_call();
	offer_refused("v=0", "v=1", 400, "line 1");
	offer_refused("v=0", "", 400, "line 2");
	offer_refused("o=- 1 1", "o=", 400, "line 2");
	offer_refused("t=0 0", "t=0 0\r\nnonsense", 400, "line 6");
	offer_refused("m=audio %u", "m=audio 65536", 400, "line 6");
	offer_refused("10.0.7.3\r\nt=", "example.org\r\nt=", 400, "line 4");
	check_call_goes_on();
}

/* An offer of carol's that she has edited herself. */
static void edited_refused(struct caller *c, char *offer, int status,
			   const char *words)
{
	char *before = rooms_text();
	struct reply r = post_offer(c, new_room(), offer);

	check_refused(before, &r, status, words);
	free(before);
	free(offer);
}

TEST_BOTH("4.0.hi", useless_sdp, "422 for SDP that says no place for media")
{
	struct caller c = caller("carol");
	char *offer, was[64], media[64];

	open_call();
	offer_refused("m=audio %u", "m=audio 9", 422, "port 9");
	offer_refused("a=ssrc", "a=no-ssrc", 422, "no a=ssrc");
	offer_refused("c=IN IP4 10.0.7.3\r\n", "", 422, "no address");
	offer_refused("c=IN IP4 10.0.7.3", "c=IN IP4 0.0.0.0", 422, "zeros");
	offer = edit(offer_text(&c), "RTP/AVP", "RTP/SAVP");
	edited_refused(&c, edit(offer, "RTP/AVP", "RTP/SAVP"), 422,
		       "no other line is of use");
	snprintf(was, sizeof(was), "m=audio %u", sender_port(&c, AUDIO));
	snprintf(media, sizeof(media), "c=IN IP4 %s", server_ip(server));
	offer = edit(offer_text(&c), was, "m=audio 5004");
	edited_refused(&c, edit(offer, "c=IN IP4 10.0.7.3", media), 422,
		       "the server's own media port");
	check_call_goes_on();
}

TEST_BOTH("4.0.hj", twins_refused, "422 for one SSRC twice from one port")
{
	struct caller c = caller("carol");
	char *offer, was[64], is[64];

	open_call();
	snprintf(was, sizeof(was), "m=video %u", sender_port(&c, VIDEO));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&c, AUDIO));
	offer = edit(offer_text(&c), was, is);
	snprintf(was, sizeof(was), "a=ssrc:%u", c.ssrc[VIDEO]);
	snprintf(is, sizeof(is), "a=ssrc:%u", c.ssrc[AUDIO]);
	edited_refused(&c, edit(offer, was, is), 422, "needs its own");
	check_call_goes_on();
}

/* ---- who may do what --------------------------------------------------- */

TEST_BOTH("4.0.hk", taken,
	  "409 for an address and port, or a name, that is somebody's")
{
	struct caller c = caller("carol");
	char *before, *offer, path[128];
	struct reply r;

	open_call();
	before = rooms_text();
	offer = offer_text(&call.alice);
	r = post_offer(&call.alice, "another", offer);
	check_refused(before, &r, 409, "somebody's already");
	free(offer);
	offer = offer_text(&c);
	snprintf(path, sizeof(path), "/rooms/%s/participants?name=%s",
		 call.room, call.alice.name);
	refused("POST", path, "application/sdp", offer, 409, "is taken");
	check_call_goes_on();
	free(before);
	free(offer);
}

TEST_BOTH("4.0.hl", bad_names, "400 for what cannot be a name")
{
	static const char *const paths[] = {
		"/rooms//participants",
		"/rooms/a%20b/participants",
		"/rooms/a%22b/participants",
		"/rooms/a%C3%A4b/participants",
		"/rooms/x2345678901234567890123456789012/participants",
		"/rooms/./participants",
		"/rooms/../participants",
		"/rooms/%2E%2e/participants",
		"/rooms/r/participants?name=.",
		"/rooms/r/participants?name=%2e%2E",
		"/rooms/r/participants?name=",
		"/rooms/r/participants?name=a+b",
		"/rooms/r/participants?name=a%00b",
		"/rooms/r/participants?name=x2345678901234567890123456789012",
	};
	struct caller c = caller("carol");
	char *offer = offer_text(&c);

	open_call();
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		refused("POST", paths[i], "application/sdp", offer, 400,
			"1 to 31 printable");
	check_call_goes_on();
	free(offer);
}

TEST_BOTH("4.0.hm", third_party, "403 for media to somebody else")
{
	char *before, *text;
	struct caller c;
	struct reply r;

	open_call();
	offer_refused("c=IN IP4 10.0.7.3", "c=IN IP4 10.0.7.2", 403,
		      "media goes only to who asks");
	c = join_new("carol", call.room);
	listen_to_events(&c);
	next_offer(&c);
	before = rooms_text();
	text = edit(answer_text(&c), "c=IN IP4 10.0.7.3", "c=IN IP4 10.0.7.2");
	r = put(&c, "answer", "application/sdp", text);
	check_refused(before, &r, 403, "media goes only to who asks");
	answer(&c);
	say(&call.alice, AUDIO, 9);
	renegotiate(&call.bob);
	hear(&call.bob, &call.alice, AUDIO, 9);
	hear(&c, &call.alice, AUDIO, 9);
	free(before);
	free(text);
}

/* An answer of bob's that will not do. */
static void answer_refused(char *answer, int status, const char *words)
{
	char *before = rooms_text();
	struct reply r = put(&call.bob, "answer", "application/sdp", answer);

	check_refused(before, &r, status, words);
	free(before);
	free(answer);
}

static char *bobs_answer(const char *what, __u16 port, const char *instead)
{
	char was[64];

	snprintf(was, sizeof(was), what, port);
	return edit(answer_text(&call.bob), was, instead);
}

TEST_BOTH("4.0.hn", bad_answers,
	  "an answer that nobody waits for is a 409, one that does not fit a "
	  "422")
{
	__u16 port;
	char *text;

	open_call();
	port = receiver_port(&call.bob, 2);
	answer_refused(answer_text(&call.bob), 409, "No offer is waiting");
	join_new("carol", call.room);
	answer_refused(strdup("v=0\r\nnonsense"), 400, "line 2");
	answer_refused(answer_text(&call.bob), 422, "does not fit the offer");
	next_offer(&call.bob);
	answer_refused(bobs_answer("m=audio %u", port, "m=video 4"), 422,
		       "does not fit the offer");
	answer_refused(bobs_answer("mid:s1", 0, "mid:s9"), 422,
		       "does not fit the offer");
	answer_refused(bobs_answer("a=recvonly", 0, "a=sendonly"), 422,
		       "does not fit the offer");
	answer_refused(bobs_answer("m=audio %u", port, "m=audio 9"), 422,
		       "port 9");
	text = bobs_answer("m=audio %u RTP/AVP", port, "m=audio 4 RTP/AVPF");
	answer_refused(text, 422, "does not fit the offer");
	check_call_goes_on();
	answer(&call.bob);
	answer_refused(answer_text(&call.bob), 409, "No offer is waiting");
	check_call_goes_on();
}

TEST_BOTH("4.0.ho", bad_json,
	  "400 for wishes that make no sense, 404 for somebody who is not "
	  "there")
{
	static const char *const wishes[] = {
		"",
		"{",
		"[]",
		"null",
		"true",
		"{\"video\": 1}",
		"{\"video\": null}",
		"{\"vide0\": true}",
		"{\"video\": true",
		"{\"participants\": []}",
		"{\"video\":true,\"video\":false}",
		"{\"participants\": {\"%s\": true}}",
		"{\"video\":false,\"participants\":{\"%s\":{\"video\":1}}}",
		"{\"participants\": {\"%s\": {\"participants\": {}}}}",
	};
	char path[160], json[128];

	open_call();
	snprintf(path, sizeof(path), "%s",
		 sub_path(&call.bob, "subscriptions"));
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
		snprintf(json, sizeof(json), wishes[i], call.alice.name);
		refused_to("bob", "PUT", path, "application/json", json, 400,
			   "");
		check_call_goes_on();
	}
	refused_to("bob", "PUT", path, "application/json",
		   "{\"video\": false, \"participants\": {\"nobody\": {}}}",
		   404, "nobody else called nobody");
	snprintf(json, sizeof(json),
		 "{\"video\": false, \"participants\": {\"%s\": {}}}",
		 call.bob.name);
	refused_to("bob", "PUT", path, "application/json", json, 404,
		   "nobody else");
	check_call_goes_on();
}

/* An "e" with an accent, which %.32s cuts in two behind 31 letters. */
#define LETTERS "abcdefghijklmnopqrstuvwxyzabcde"
#define CUT	LETTERS "\xc3\xa9"

TEST_BOTH("4.0.hv", not_ours,
	  "odd bytes are the client's mistake, and not a 500")
{
	char path[160];

	open_call();
	snprintf(path, sizeof(path), "/rooms/%s/participants/%%FF", call.room);
	refused("DELETE", path, NULL, NULL, 404, "no participant");
	snprintf(path, sizeof(path), "/rooms/%s/participants/%s%%C3%%A9",
		 call.room, LETTERS);
	refused("DELETE", path, NULL, NULL, 404, "no participant");
	refused("\xff\xfe", "/rooms", NULL, NULL, 405, "??");
	snprintf(path, sizeof(path), "%s",
		 sub_path(&call.bob, "subscriptions"));
	refused_to("bob", "PUT", path, "application/json",
		   "{\"" CUT "\": true}", 400, LETTERS "\" is not known");
	refused_to("bob", "PUT", path, "application/json",
		   "{\"participants\": {\"" CUT "\": {}}}", 404, LETTERS " in");
	refused_to("bob", "PUT", path, "application/json", "{\"\xff\": true}",
		   400, "malformed");
	refused("GET", "?", NULL, NULL, 400, "begins with '/'");
	check_call_goes_on();
}

TEST_BOTH("4.0.hw", odd_sdp,
	  "SDP that cannot be stored is a 4xx, and not a 500")
{
	struct caller c = caller("carol");
	char *offer = edit(offer_text(&c), "opus/", "op\"us/");

	open_call();
	edited_refused(&c, edit(offer, "VP8/", "VP\"8/"), 400, "line 9");
	offer_refused("v=0", CUT, 400, "line 1");
	check_call_goes_on();
}

TEST("4.0.hx", two_versions, "422 for addresses of both IP versions")
{
	static struct server any = { .host = "dave",
				     .user = true,
				     .extra = { "--allow-any-address" } };
	struct caller c = caller("carol");
	char *offer = offer_text(&c), was[64], is[64];

	server_own(&any);
	snprintf(was, sizeof(was), "RTP/AVP %u\r\na=mid:video", c.pt[VIDEO]);
	snprintf(is, sizeof(is),
		 "RTP/AVP %u\r\nc=IN IP6 fd00:7::3\r\n"
		 "a=mid:video",
		 c.pt[VIDEO]);
	edited_refused(&c, edit(offer, was, is), 422, "other IP version");
}

/* ---- slow, broken and silent clients ----------------------------------- */

/* Ends a connection without a word: the server gets a RST. */
static void hang_up(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

TEST_BOTH("4.0.hp", cut, "requests that are cut anywhere change nothing")
{
	struct caller c = caller("carol");
	char *before, *after, *offer = offer_text(&c), *request;
	size_t length;
	int fd;

	open_call();
	before = rooms_text();
	check_true(asprintf(&request,
			    "POST /rooms/%s/participants HTTP/1.1"
			    "\r\nHost: sfu\r\nConnection: close\r\nContent-"
			    "Type: application/sdp\r\nContent-Length: %zu\r\n"
			    "\r\n%s",
			    call.room, strlen(offer), offer) > 0,
		   "no memory");
	length = strlen(request);
	for (size_t cut = 0; cut < length; cut += 7) {
		fd = http_connect("carol");
		http_write(fd, request, cut);
		if (cut & 1)
			hang_up(fd);
		else
			close(fd);
	}
	fd = http_connect("carol");
	http_print(fd, "%s", "\x16\x03\x01 this is not HTTP\r\n\r\n");
	close(fd);
	after = rooms_text();
	check_str("GET /rooms", before, after);
	check_call_goes_on();
	fd = http_connect("carol");
	http_write(fd, request, length);
	shutdown(fd, SHUT_WR); /* that is not a cut */
	check_int("status of a whole request", 201, http_read(fd).status);
	free(before);
	free(after);
	free(offer);
	free(request);
}

TEST_BOTH("4.0.hq", slow, "slow clients cost nobody else any time")
{
	struct caller c = caller("carol");
	char *offer = offer_text(&c), headers[64];
	int fd, slow[64], on = 1;

	open_call();
	for (int i = 0; i < 64; i++) {
		slow[i] = http_connect("carol");
		http_print(slow[i], "GET /ro");
	}
	snprintf(headers, sizeof(headers), "Content-Length: %zu",
		 strlen(offer));
	fd = begin_post(headers);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (size_t i = 0; i < strlen(offer); i++) {
		http_write(fd, offer + i, 1);
		if (i % 32)
			continue;
		check_uint("people", 2, people_in(call.room));
		check_call_goes_on();
	}
	check_int("status of the slow join", 201, http_read(fd).status);
	http_print(slow[7], "oms HTTP/1.1\r\nHost: sfu\r\n"
			    "Connection: close\r\n\r\n");
	check_int("status of a slow GET", 200, http_read(slow[7]).status);
	free(offer);
}

TEST_BOTH("4.0.hr", deaf, "who opens events and never reads disturbs nobody")
{
	struct caller c;
	int deaf[64], size = 1;

	open_call();
	c = join_new("carol", call.room);
	for (int i = 0; i < 64; i++) {
		deaf[i] = http_connect("carol");
		setsockopt(deaf[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		http_print(deaf[i], "GET %s HTTP/1.1\r\nHost: sfu\r\n\r\n",
			   sub_path(&c, "events"));
	}
	renegotiate(&call.alice);
	renegotiate(&call.bob);
	for (int i = 0; i < 15; i++) {
		check_call_goes_on();
		join_new("carol", call.room);
		if (i == 10)
			hang_up(deaf[63]);
	}
	listen_to_events(&c);
	renegotiate(&c);
	say(&call.alice, AUDIO, 3);
	hear(&call.bob, &call.alice, AUDIO, 3);
	hear(&c, &call.alice, AUDIO, 3);
}

/* ---- metrics ----------------------------------------------------------- */

/* The text format 0.0.4 of Prometheus, as far as this server uses it. */
#define NAME  "swiftcall_[a-z_]+"
#define LABEL "[a-z_]+=\"([^\"\\]|\\\\[\\n\"])*\""
#define HELP  "^# HELP (" NAME ") .+$"
#define TYPE  "^# TYPE (" NAME ") (counter|gauge)$"
#define SAMPLE                                                                 \
	"^(" NAME ")([{]" LABEL "(," LABEL ")*[}])? "                          \
	"[0-9]+([.][0-9]+)?$"

static bool matches(const char *pattern, const char *line, char *name,
		    size_t size)
{
	regmatch_t found[3];
	regex_t regex;
	bool ok;

	check_int("regcomp", 0, regcomp(&regex, pattern, REG_EXTENDED));
	ok = !regexec(&regex, line, 3, found, 0);
	if (ok)
		snprintf(name, size, "%.*s",
			 (int)(found[1].rm_eo - found[1].rm_so),
			 line + found[1].rm_so);
	regfree(&regex);
	return ok;
}

/* HELP, TYPE, and then samples of that name; a name comes only once. */
static void check_exposition(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line, *space;
	char help[128] = "", type[128] = "", name[128], before[256];
	size_t samples = 0;

	check_true(text[strlen(text) - 1] == '\n', "the last line has no end");
	while ((line = strsep(&rest, "\n")) && *line) {
		if (matches(HELP, line, help, sizeof(help))) {
			snprintf(before, sizeof(before), "# HELP %s ", help);
			check_true(strstr(text, before) - text == line - copy,
				   "a second \"%s\"", line);
			continue;
		}
		if (matches(TYPE, line, type, sizeof(type))) {
			check_str("name in TYPE", help, type);
			check_true(!strstr(line, " counter") ==
					   !strstr(type, "_total"),
				   "%s", line);
			continue;
		}
		check_true(matches(SAMPLE, line, name, sizeof(name)),
			   "no sample: \"%s\"", line);
		check_str("name of a sample", type, name);
		space = strrchr(line, ' ');
		snprintf(before, sizeof(before), "\n%.*s ", (int)(space - line),
			 line);
		check_true(strstr(text, before) + 1 - text == line - copy,
			   "a second \"%s\"", line);
		samples++;
	}
	check_true(samples > 40, "only %zu samples", samples);
	free(copy);
}

TEST_BOTH("4.0.hs", metrics, "GET /metrics is what Prometheus reads")
{
	struct server *own = start_own((struct server){});
	struct reply r;
	char *text;

	open_call();
	check_int("join as a\\b{c", 201,
		  http("bob", "POST", "/rooms/a%5Cn%7B/participants?name=b%5C",
		       "application/sdp",
		       "v=0\r\no=- 1 1 IN IP4 10.0.7.2\r\n"
		       "s=-\r\nc=IN IP4 10.0.7.2\r\nt=0 0\r\nm=audio 4000 "
		       "RTP/AVP 0\r\na=ssrc:1 cname:x\r\n")
			  .status);
	check_call_goes_on();
	r = http("alice", "GET", "/metrics", NULL, NULL);
	check_str("Content-Type", "text/plain; version=0.0.4; charset=utf-8",
		  header(&r, "Content-Type"));
	text = strdup(r.body);
	check_exposition(text);
	check_true(strstr(text, "room=\"a\\\\n{\",participant=\"b\\\\\""),
		   "a backslash is not escaped");
	free(text);
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.ht", books, "sent + skipped + failed + stale = due")
{
	__u64 before = metric("swiftcall_copies_due_total");

	open_call();
	for (int i = 0; i < 25; i++)
		check_call_goes_on();
	check_uint("due", before + 25, metric("swiftcall_copies_due_total"));
	check_uint(
		"sent, skipped, failed and stale", before + 25,
		metric("swiftcall_copies_total{result=\"sent\"}") +
			metric("swiftcall_copies_total{result=\"skipped\"}") +
			metric("swiftcall_copies_total{result=\"failed\"}") +
			metric("swiftcall_copies_total{result=\"stale\"}"));
	check_uint("RTP that came up to the server", 0,
		   metric("swiftcall_unexpected_rtp_packets_total"));
	check_uint("mode", 1,
		   metric(server->user ? "swiftcall_info{mode=\"user\"}" :
					 "swiftcall_info{mode=\"tc\"}"));
}

TEST_BOTH("4.0.hu", statuses, "requests are counted by status")
{
	__u64 before;

	http("alice", "GET", "/nothing", NULL, NULL);
	before = metric("swiftcall_http_requests_total{code=\"404\"}");
	http("alice", "GET", "/nothing", NULL, NULL);
	check_uint("404s", before + 1,
		   metric("swiftcall_http_requests_total{code=\"404\"}"));
}
