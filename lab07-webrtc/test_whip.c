// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * WHIP as the standard has it, and as clients that do not keep to all of it
 * need it.  The server's HTTP side runs in this process, over tables in memory.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/test.h"
#include "lab03-maps/control.h"
#include "lab04-signalling/api.h"
#include "lab04-signalling/http/http_internal.h"
#include "lab04-signalling/session/wire.h"
#include "lab07-webrtc/sdpfrag.h"
#include "lab07-webrtc/testlib/stun_client.h"
#include "lab07-webrtc/whip.h"
#include "lab07-webrtc/wire_webrtc.h"

#define SDP  "Content-Type: application/sdp\r\n"
#define FRAG "Content-Type: " SDPFRAG_TYPE "\r\n"

/* ---- a server, in this process ------------------------------------------ */

static const struct http_route *const tables[] = { api_routes, whip_routes,
						   NULL };
static const struct wire *const wires[] = { &wire_webrtc, &wire_plain, NULL };
static struct http *http;
static unsigned int datagrams; /* that the wires have sent */

static void count_datagram(void *ctx, const struct ip_addr *to, __be16 port,
			   const void *bytes, __u32 length)
{
	(void)ctx, (void)to, (void)port, (void)bytes, (void)length;
	datagrams++;
}

static void open_server(void)
{
	static const struct http_options none;
	static const struct wire_options wire = { .send = count_datagram };
	static const struct metrics_sources sources;
	const struct ip_addr any = {};
	struct session_options session = {
		.media = { .addr = ip_addr_v4(htonl(INADDR_LOOPBACK)),
			   .port = htons(5004) },
		.room_limit = 16,
		.address_limit = 64,
		.timeout = 30,
		.wires = wires,
	};

	api_open(&sources);
	check_int("wires_open", 0, wires_open(wires, &wire));
	check_int("control_open", 0,
		  control_open(&plane_user, NULL, session.media.port));
	check_int("session_open", 0, session_open(&session));
	check_int("http_open", 0, http_open(&any, 0, tables, &none, &http));
}

static void close_server(void)
{
	session_close();
	control_close();
	http_close(http);
	wires_close(wires);
}

/* ---- a client ------------------------------------------------------------ */

static int dial(void)
{
	struct sockaddr_in6 at;
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	getsockname(door_socket(http->door), (struct sockaddr *)&at, &size);
	to.sin_port = at.sin6_port;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static char reply[65536]; /* head and body */
static const char *body;

/* Serves until the reply is there, as long as its head says. */
static int hear(int fd)
{
	struct pollfd ready[] = {
		{ .fd = http_fd(http), .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	size_t length = 0, wanted = 1;
	int status = 0;
	ssize_t n;

	while (length < wanted) {
		check_true(poll(ready, 2, patient_ms(5000)) > 0, "no reply");
		http_run(http);
		if (!ready[1].revents)
			continue;
		n = recv(fd, reply + length, sizeof(reply) - 1 - length, 0);
		check_true(n > 0, "it ends after \"%s\"", reply);
		length += n;
		reply[length] = '\0';
		body = strstr(reply, "\r\n\r\n");
		wanted = length + 1;
		if (!body)
			continue;
		body += 4;
		wanted = body - reply;
		if (strcasestr(reply, "Content-Length: "))
			wanted += atoi(strcasestr(reply, "Content-Length: ") +
				       strlen("Content-Length: "));
	}
	sscanf(reply, "HTTP/1.1 %d", &status);
	step("%.700s", reply);
	return status;
}

static int ask_on(int fd, const char *first, const char *headers,
		  const char *text)
{
	char *request;
	int length = asprintf(&request,
			      "%s HTTP/1.1\r\nHost: sfu\r\n"
			      "Content-Length: %zu\r\n%s\r\n%s",
			      first, strlen(text), headers, text);

	step("%.300s", request);
	check_int("send", length, send(fd, request, length, MSG_NOSIGNAL));
	free(request);
	return hear(fd);
}

static int ask(const char *first, const char *headers, const char *text)
{
	int fd = dial(), status = ask_on(fd, first, headers, text);

	close(fd);
	return status;
}

/* A header of the reply, "" if it is not there; valid until the next one. */
static const char *header(const char *name)
{
	static char value[512];
	const char *line = reply;
	size_t length = strlen(name);

	*value = '\0';
	while ((line = strstr(line, "\r\n")) && line < body - 4) {
		line += 2;
		if (!strncasecmp(line, name, length) && line[length] == ':')
			sscanf(line + length + 1, " %511[^\r]", value);
	}
	return value;
}

static void check_problem(int status, int got, const char *words)
{
	check_int("status", status, got);
	check_str("Content-Type", "application/problem+json",
		  header("Content-Type"));
	check_true(strstr(body, words), "it does not say \"%s\"", words);
	check_str("Access-Control-Allow-Origin", "*",
		  header("Access-Control-Allow-Origin"));
}

/* ---- offers -------------------------------------------------------------- */

#define UFRAG	 "Q5YV"
#define PASSWORD "jzBPLsddsXcaYANqr7Z1xsP1"
#define SESSION                                                                \
	"v=0\r\no=rtc 4235223412 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"       \
	"a=group:BUNDLE 0 1\r\na=msid-semantic:WMS *\r\n"
#define SETUP "a=setup:actpass\r\n"
#define ICE                                                                    \
	"a=ice-ufrag:" UFRAG "\r\na=ice-pwd:" PASSWORD "\r\n"                  \
	"a=ice-options:ice2,trickle\r\n"                                       \
	"a=fingerprint:sha-256 "                                               \
	"75:19:11:4A:FA:BF:1E:60:3E:FC:F4:55:B2:97:C8:37:76:FF:90:15:F1:F9:"   \
	"29:04:14:6C:06:6F:30:59:BA:E8\r\n"
#define AUDIO                                                                  \
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"   \
	"a=sendonly\r\na=ssrc:1203933145 cname:5c\r\na=msid:5c 5c-audio\r\n"   \
	"a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
#define VIDEO                                                                  \
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"    \
	"a=sendonly\r\na=ssrc:1203933146 cname:5c\r\na=msid:5c 5c-video\r\n"   \
	"a=rtcp-mux\r\na=rtpmap:96 H264/90000\r\na=rtcp-fb:96 nack pli\r\n"    \
	"a=fmtp:96 profile-level-id=42e01f;packetization-mode=1\r\n"
#define OFFER SESSION SETUP ICE AUDIO VIDEO

#define PLAIN                                                                  \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"     \
	"t=0 0\r\nm=video 6002 RTP/AVP 96\r\na=sendonly\r\n"                   \
	"a=rtpmap:96 VP8/90000\r\na=ssrc:7 cname:a\r\n"

static char resource[128], etag[64];

/* It must be taken; the resource and the ETag are what came. */
static void publish(const char *to, const char *offer)
{
	char first[128];
	regex_t location;

	snprintf(first, sizeof(first), "POST %s", to);
	check_int("status", 201, ask(first, SDP, offer));
	snprintf(resource, sizeof(resource), "%s", header("Location"));
	snprintf(etag, sizeof(etag), "%s", header("ETag"));
	check_str("Content-Type", "application/sdp", header("Content-Type"));
	check_true(!strncmp(body, "v=0\r\n", 5), "the answer is %s", body);
	regcomp(&location, "^/whip/[^/?]+/[0-9]+$", REG_EXTENDED | REG_NOSUB);
	check_int("Location, a path without a query", 0,
		  regexec(&location, resource, 0, NULL, 0));
	regfree(&location);
}

/* A request to the resource. */
static int to_resource(const char *method, const char *headers,
		       const char *text)
{
	char first[160];

	snprintf(first, sizeof(first), "%s %s", method, resource);
	return ask(first, headers, text);
}

/* OFFER, or another text, with one thing instead of another; to be freed. */
static char *edited(const char *text, const char *what, const char *instead)
{
	const char *at = strstr(text, what);
	char *out;

	check_true(at, "there is no %s", what);
	check_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, instead,
			    at + strlen(what)) > 0,
		   "no memory");
	return out;
}

static void check_answer_has(const char *text)
{
	check_true(strstr(body, text), "the answer has no %s", text);
}

/* ---- POST ---------------------------------------------------------------- */

TEST("7.0.ha", created, "POST: 201, a resource, an ETag, an answer",
     .native = true)
{
	open_server();
	publish("/whip/room", OFFER);
	check_true(strlen(etag) > 2 && etag[0] == '"' &&
			   etag[strlen(etag) - 1] == '"',
		   "this is no strong ETag: %s", etag);
	check_true(strlen(body) < 8192, "FFmpeg reads no more than 8 KiB");
	check_answer_has("a=ice-lite\r\n");
	check_answer_has("a=candidate:1 1 udp 2130706431 127.0.0.1 5004 typ "
			 "host\r\n");
	check_answer_has("a=setup:passive\r\n");
	check_answer_has("a=recvonly\r\n");
	check_answer_has("m=video 5004 ");
	check_str("Accept-Patch", SDPFRAG_TYPE, header("Accept-Patch"));
	check_str("Access-Control-Allow-Origin", "*",
		  header("Access-Control-Allow-Origin"));
	publish("/whip/a%2Bb?name=x", OFFER);
	close_server();
}

#define UNUSED                                                                 \
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n"    \
	"a=inactive\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"

static void check_taken(const char *what, const char *text, const char *what2,
			const char *instead)
{
	char *offer = edited(text, what2, instead);

	step("%s", what);
	publish("/whip/room", offer);
	check_true(!strstr(body, "m=audio 0 ") && !strstr(body, "m=video 0 "),
		   "an m-line is refused");
	free(offer);
}

TEST("7.0.hb", shapes, "offers of all clients' shapes are taken",
     .native = true)
{
	open_server();
	check_taken("FFmpeg's", OFFER, "actpass", "passive");
	check_answer_has("a=setup:active\r\n");
	check_taken("an active one", OFFER, "actpass", "active");
	check_answer_has("a=setup:passive\r\n");
	check_taken("sendrecv", OFFER, "a=sendonly", "a=sendrecv");
	check_answer_has("a=recvonly\r\n");
	check_taken("High", OFFER, "42e01f", "64001f");
	check_taken("video first", SESSION SETUP ICE VIDEO AUDIO, "BUNDLE 0 1",
		    "BUNDLE 1 0");
	check_taken("video alone", SESSION SETUP ICE VIDEO, " 0 1", " 1");
	check_taken("OBS's AV1", OFFER, "96 H264/", "96 AV1/");
	check_taken("OBS's HEVC", OFFER, "96 H264/", "96 H265/");
	check_taken("no a=rtcp-mux", OFFER, "a=rtcp-mux\r\n", "");
	check_answer_has("a=rtcp-mux\r\n");
	check_taken("no stream", OFFER, "a=msid:5c 5c-audio", "a=msid:- x");
	check_taken("a data channel",
		    OFFER "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
			  "a=mid:2\r\na=sctp-port:5000\r\n",
		    "0 1", "0 1 2");
	check_answer_has("m=application 0 ");
	check_taken("one that is not used", OFFER UNUSED, "0 1", "0 1 2");
	check_answer_has("a=inactive\r\n");
	close_server();
}

static void check_refused(int status, const char *offer, const char *words)
{
	check_problem(status, ask("POST /whip/room", SDP, offer), words);
}

TEST("7.0.hc", refused, "POST: 400, 415, 422", .native = true)
{
	char *other = edited(VIDEO, "a=msid:5c ", "a=msid:6d ");
	char *second = edited(VIDEO, "a=mid:1", "a=mid:2");
	char offer[8192];

	open_server();
	check_refused(400, "", "malformed");
	check_refused(400, "{\"sdp\": \"v=0\"}", "malformed");
	snprintf(offer, sizeof(offer), "%s%s", OFFER, second);
	check_refused(422, offer, "2 of video");
	free(second);
	snprintf(offer, sizeof(offer), "%s%s", SESSION SETUP ICE AUDIO, other);
	check_refused(422, offer, "of 2 streams");
	free(other);
	other = edited(SESSION SETUP ICE VIDEO, "sendonly", "recvonly");
	check_refused(422, other, "/whep/{room}");
	free(other);
	check_problem(415, ask("POST /whip/room", "", OFFER),
		      "application/sdp");
	check_str("Accept-Post", "application/sdp", header("Accept-Post"));
	check_problem(415,
		      ask("POST /whip/room",
			  "Content-Type: application/json\r\n", "{}"),
		      "application/sdp");
	check_int("status with a charset", 201,
		  ask("POST /whip/room",
		      "Content-Type: application/sdp; charset=utf-8\r\n",
		      OFFER));
	check_int("status of GET", 405, ask("GET /whip/room", "", ""));
	check_str("Allow", "POST, OPTIONS", header("Allow"));
	close_server();
}

/* ---- PATCH --------------------------------------------------------------- */

#define CANDIDATES                                                             \
	"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"                         \
	"a=candidate:1 1 udp 2130706431 127.0.0.1 39132 typ host\r\n"          \
	"a=end-of-candidates\r\n"
#define WORDS(u, p) "a=ice-ufrag:" u "\r\na=ice-pwd:" p "\r\n"
#define SAME	    WORDS(UFRAG, PASSWORD)
#define OTHER	    WORDS("other", "0123456789012345678901234")

static void check_trickle(const char *headers, const char *text)
{
	check_int("status", 204, to_resource("PATCH", headers, text));
	check_str("body", "", body);
	check_str("ETag", "", header("ETag"));
}

/* If-Match with the ETag, written like this. */
static const char *matching(const char *format)
{
	static char headers[256];
	char bare[64];

	snprintf(bare, sizeof(bare), "%.*s", (int)strlen(etag) - 2, etag + 1);
	snprintf(headers, sizeof(headers), FRAG "If-Match: ");
	snprintf(headers + strlen(headers), sizeof(headers) - strlen(headers),
		 format, bare);
	return headers;
}

TEST("7.0.hd", trickle, "PATCH with candidates: 204, If-Match or not",
     .native = true)
{
	open_server();
	publish("/whip/room", OFFER);
	check_trickle(FRAG, SAME CANDIDATES);
	check_trickle(FRAG, CANDIDATES);
	check_trickle(FRAG, "a=end-of-candidates");
	check_trickle(FRAG "If-Match: *\r\n", SAME CANDIDATES);
	check_trickle(matching("\"%s\"\r\n"), SAME CANDIDATES);
	check_trickle(matching("\"x\", \"%s\"\r\n"), SAME CANDIDATES);
	check_trickle(matching("%s\r\n"), SAME CANDIDATES);
	check_trickle("Content-Type: " SDPFRAG_TYPE ";charset=utf-8\r\n", SAME);
	check_problem(412,
		      to_resource("PATCH", FRAG "If-Match: \"x\"\r\n",
				  SAME CANDIDATES),
		      "has been replaced");
	close_server();
}

TEST("7.0.he", bad_fragments, "PATCH: 400, 404, 415", .native = true)
{
	open_server();
	publish("/whip/room", OFFER);
	check_problem(400, to_resource("PATCH", FRAG, ""), "is empty");
	check_problem(400, to_resource("PATCH", FRAG, "{\"candidate\": \"x\"}"),
		      "a line that is not like");
	check_problem(415,
		      to_resource("PATCH", "Content-Type: application/json\r\n",
				  "{}"),
		      SDPFRAG_TYPE);
	check_str("Accept-Patch", SDPFRAG_TYPE, header("Accept-Patch"));
	check_problem(400,
		      to_resource("PATCH", FRAG "If-Match: *\r\n",
				  "a=ice-ufrag:other\r\n"),
		      "no a=ice-pwd");
	check_problem(404, ask("PATCH /whip/room/1", FRAG, SAME),
		      "no participant");
	check_problem(404, ask("PATCH /whip/other/1", FRAG, SAME),
		      "no such room");
	check_int("status of PUT", 405, to_resource("PUT", SDP, OFFER));
	check_str("Allow", "PATCH, DELETE, OPTIONS", header("Allow"));
	close_server();
}

/* A check from the peer, with these words of ours.  Is it answered? */
static bool check_comes(const char *ours, const char *password,
			const char *theirs)
{
	struct udp_address from = address("127.0.0.1", 39132);
	struct client_message m = client_start(REQUEST, "0123456789ab");
	unsigned int before = datagrams;
	char username[600];

	snprintf(username, sizeof(username), "%s:%s", ours, theirs);
	client_add_username(&m, username);
	client_add(&m, PRIORITY, "\x6e\x00\x01\xff", 4);
	client_add(&m, ICE_CONTROLLING, "\1\2\3\4\5\6\7\x8", 8);
	client_add(&m, USE_CANDIDATE, "", 0);
	client_add_integrity(&m, password);
	client_add_fingerprint(&m);
	wires_hear(wires, CLASS_STUN, &from.addr, from.port, m.bytes, m.len);
	return datagrams > before;
}

/* The words in a description or a fragment. */
static void read_words(char ufrag[64], char password[64])
{
	const char *u = strstr(body, "a=ice-ufrag:");
	const char *p = strstr(body, "a=ice-pwd:");

	check_true(u && p, "there are no words in %s", body);
	sscanf(u, "a=ice-ufrag:%63[^\r]", ufrag);
	sscanf(p, "a=ice-pwd:%63[^\r]", password);
}

static void check_restart_conditions(void)
{
	check_problem(428, to_resource("PATCH", FRAG, OTHER), "If-Match: *");
	check_problem(412,
		      to_resource("PATCH", FRAG "If-Match: \"x\"\r\n", OTHER),
		      "has been replaced");
}

TEST("7.0.hf", restart,
     "PATCH with a new ufrag: 200, a fragment, another ETag; the old one holds "
     "until the new one is used",
     .native = true)
{
	char ufrag[64], password[64], next_ufrag[64], next_password[64];
	char first_etag[64], again[4096];

	open_server();
	publish("/whip/room", OFFER);
	read_words(ufrag, password);
	snprintf(first_etag, sizeof(first_etag), "%s", etag);
	check_restart_conditions();
	check_int("status", 200,
		  to_resource("PATCH", FRAG "If-Match: *\r\n",
			      OTHER CANDIDATES));
	check_str("Content-Type", SDPFRAG_TYPE, header("Content-Type"));
	snprintf(etag, sizeof(etag), "%s", header("ETag"));
	check_true(*etag && strcmp(etag, first_etag), "the ETag is %s", etag);
	check_answer_has("a=ice-lite\r\n");
	check_answer_has("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n");
	check_answer_has("a=candidate:1 1 udp 2130706431 127.0.0.1 5004 typ "
			 "host\r\n");
	read_words(next_ufrag, next_password);
	snprintf(again, sizeof(again), "%s", body);
	/* Who has not heard it asks again. */
	check_int("status", 200,
		  to_resource("PATCH", FRAG "If-Match: *\r\n", OTHER));
	check_str("the same answer", again, body);
	check_str("ETag", etag, header("ETag"));
	/* Both work, and then only the new one. */
	check_true(check_comes(ufrag, password, UFRAG), "the old one is dead");
	check_trickle(matching("\"%s\"\r\n"), OTHER CANDIDATES);
	check_true(check_comes(next_ufrag, next_password, "other"),
		   "the new one is dead");
	check_true(!check_comes(ufrag, password, UFRAG), "the old one lives");
	check_trickle(matching("\"%s\"\r\n"), OTHER CANDIDATES);
	check_problem(428, to_resource("PATCH", FRAG, SAME), "If-Match: *");
	close_server();
}

TEST("7.0.hg", no_ice, "plain RTP has no ICE: no ETag, and PATCH is a 422",
     .native = true)
{
	open_server();
	publish("/whip/room", PLAIN);
	check_str("ETag", "", etag);
	check_problem(422, to_resource("PATCH", FRAG, SAME), "no ICE");
	check_int("status of DELETE", 200, to_resource("DELETE", "", ""));
	close_server();
}

/* ---- the others ---------------------------------------------------------- */

TEST("7.0.hh", deleted, "DELETE: 200, and then it is gone", .native = true)
{
	open_server();
	publish("/whip/room", OFFER);
	check_int("status", 200,
		  to_resource("DELETE", "If-Match: \"x\"\r\n", ""));
	check_str("body", "", body);
	check_int("status", 404, to_resource("DELETE", "", ""));
	check_int("status", 404, to_resource("PATCH", FRAG, SAME));
	close_server();
}

#define PAGE "Origin: https://player.example\r\nSec-Fetch-Site: cross-site\r\n"

TEST("7.0.hi", pages, "pages of other sites publish", .native = true)
{
	open_server();
	check_int("status", 204,
		  ask("OPTIONS /whip/room",
		      PAGE "Access-Control-Request-Method: POST\r\n"
			   "Access-Control-Request-Headers: authorization,"
			   "content-type\r\n",
		      ""));
	check_str("Accept-Post", "application/sdp", header("Accept-Post"));
	check_str("Access-Control-Allow-Methods", "POST, OPTIONS",
		  header("Access-Control-Allow-Methods"));
	check_true(strstr(header("Access-Control-Allow-Headers"),
			  "Authorization"),
		   "no Authorization");
	check_int("status", 201, ask("POST /whip/room", PAGE SDP, OFFER));
	check_true(strstr(header("Access-Control-Expose-Headers"), "Location"),
		   "no Location");
	snprintf(resource, sizeof(resource), "%s", header("Location"));
	check_int("status", 204, to_resource("OPTIONS", PAGE, ""));
	check_str("Accept-Patch", SDPFRAG_TYPE, header("Accept-Patch"));
	check_str("Access-Control-Allow-Methods", "PATCH, DELETE, OPTIONS",
		  header("Access-Control-Allow-Methods"));
	check_int("status", 204, to_resource("PATCH", PAGE FRAG, SAME));
	check_int("status", 200, to_resource("DELETE", PAGE, ""));
	close_server();
}

TEST("7.0.hj", one_connection, "a client keeps one connection for all of it",
     .native = true)
{
	char first[160];
	int fd;

	open_server();
	fd = dial();
	check_int("POST", 415, ask_on(fd, "POST /whip/room", "", OFFER));
	check_int("POST", 201, ask_on(fd, "POST /whip/room", SDP, OFFER));
	snprintf(resource, sizeof(resource), "%s", header("Location"));
	snprintf(first, sizeof(first), "PATCH %s", resource);
	check_int("PATCH", 204, ask_on(fd, first, FRAG, SAME));
	snprintf(first, sizeof(first), "DELETE %s", resource);
	check_int("DELETE", 200, ask_on(fd, first, "", ""));
	check_int("DELETE", 404, ask_on(fd, first, "", ""));
	close(fd);
	close_server();
}

static void tick(int times)
{
	while (times--)
		session_tick();
}

TEST("7.0.hk", stale,
     "a client that has died keeps nobody from publishing by its name",
     .native = true)
{
	char old[128];

	open_server();
	publish("/whip/room?name=cam", OFFER);
	snprintf(old, sizeof(old), "%s", resource);
	check_problem(409, ask("POST /whip/room?name=cam", SDP, OFFER),
		      "is taken");
	tick(3);
	publish("/whip/room?name=cam", OFFER);
	check_true(strcmp(old, resource), "it is the old one");
	snprintf(resource, sizeof(resource), "%s", old);
	check_int("status of the old one", 404, to_resource("DELETE", "", ""));
	close_server();
}

TEST("7.0.hz", silent, "the loss of consent is no sign of life", .native = true)
{
	const struct ip_addr addr = ip_addr_v4(htonl(INADDR_LOOPBACK));
	const struct consent agreed = { .renewed_ns = clock_now_ns() };
	__u32 room, cam, transport;

	open_server();
	publish("/whip/room?name=cam", OFFER);
	room = control_find_room("room");
	cam = control_find_participant(room, "cam");
	check_int("open", 0, control_open_transport(cam, false, &transport));
	check_int("bind", 0, control_bind(transport, &addr, htons(4000)));
	check_int("consent", 0, control_set_consent(transport, &agreed));
	tick(1);
	control_unbind(transport);
	tick(30);
	check_true(control_find_participant(room, "cam"),
		   "it is gone too early");
	tick(1);
	check_true(!control_find_participant(room, "cam"), "it is still there");
	close_server();
}

TEST("7.0.hl", nameless, "what a client calls its sessions is nobody's name",
     .native = true)
{
	char *offer = edited(OFFER, "s=-", "s=FFmpegPublishSession");

	open_server();
	publish("/whip/room", offer);
	publish("/whip/room", offer);
	ask("GET /rooms", "", "");
	check_true(!strstr(body, "FFmpeg"), "somebody is called so");
	check_true(strstr(body, "\"p1\"") && strstr(body, "\"p2\""),
		   "there are no p1 and p2");
	free(offer);
	close_server();
}

/* ---- WHEP ---------------------------------------------------------------- */

#define VIEWER_AUDIO                                                           \
	"m=audio 9 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\n"   \
	"a=recvonly\r\na=rtpmap:109 opus/48000/2\r\n"
#define VIEWER_VIDEO                                                           \
	"m=video 9 UDP/TLS/RTP/SAVPF 120 126\r\nc=IN IP4 0.0.0.0\r\n"          \
	"a=mid:b\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:120 VP8/90000\r\n"    \
	"a=rtpmap:126 H264/90000\r\na=fmtp:126 profile-level-id=64001f\r\n"
#define VIEWER_SESSION                                                         \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"                  \
	"a=group:BUNDLE a b\r\n" SETUP ICE
#define VIEWER VIEWER_SESSION VIEWER_AUDIO VIEWER_VIDEO

static void check_not_live(const char *first)
{
	check_problem(409, ask(first, SDP, VIEWER), "yet");
	check_true(atoi(header("Retry-After")) > 0, "no Retry-After");
}

TEST("7.0.hm", viewer, "WHEP: streams in the answer, under the offer's numbers",
     .native = true)
{
	open_server();
	check_not_live("POST /whep/room");
	publish("/whip/room?name=cam", OFFER);
	check_not_live("POST /whep/room/nobody");
	check_int("status", 201, ask("POST /whep/room/cam", SDP, VIEWER));
	check_answer_has("m=audio 5004 UDP/TLS/RTP/SAVPF 109\r\na=mid:a\r\n"
			 "a=sendonly\r\n");
	check_answer_has("m=video 5004 UDP/TLS/RTP/SAVPF 126\r\na=mid:b\r\n"
			 "a=sendonly\r\n");
	check_answer_has("a=msid:cam ");
	check_true(strstr(strstr(body, "m=video"), "a=ssrc:"), "no source");
	snprintf(resource, sizeof(resource), "%s", header("Location"));
	check_true(!strncmp(resource, "/whep/room/", 11), "%s", resource);
	check_true(*header("ETag"), "no ETag");
	check_int("status of GET", 204, to_resource("GET", "", ""));
	check_int("status of PATCH", 204, to_resource("PATCH", FRAG, SAME));
	check_int("status of DELETE", 200, to_resource("DELETE", "", ""));
	close_server();
}

TEST("7.0.hn", other_offers, "WHEP: sendrecv, no codec in common, one m-line",
     .native = true)
{
	char *both = edited(VIEWER, "a=recvonly",
			    "a=sendrecv\r\na=ssrc:77 cname:viewer");
	char *other = edited(VIEWER_SESSION VIEWER_VIDEO, "126 H264",
			     "126 AV1");

	open_server();
	publish("/whip/room", OFFER);
	check_int("status", 201, ask("POST /whep/room", SDP, both));
	check_answer_has("a=sendonly\r\n");
	check_true(!strstr(body, "recvonly"), "it publishes");
	ask("GET /rooms", "", "");
	check_true(!strstr(body, "77"), "it publishes: %s", body);
	check_problem(422, ask("POST /whep/room", SDP, other), "codecs");
	check_int("status", 201,
		  ask("POST /whep/room", SDP, VIEWER_SESSION VIEWER_AUDIO));
	free(both);
	free(other);
	close_server();
}
