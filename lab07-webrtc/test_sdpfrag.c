// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fragments as clients send them, odd ones, and broken ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab07-webrtc/sdpfrag.h"

#define UFRAG	 "EsAw"
#define PASSWORD "P2uYro0UCOQ4zxjKXaWCBui1"
#define WORDS	 "a=ice-ufrag:" UFRAG "\r\na=ice-pwd:" PASSWORD "\r\n"
#define CANDIDATE                                                              \
	"a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host "    \
	"generation 0 ufrag EsAw network-id 1\r\n"

#define BYTES(text) (text), sizeof(text) - 1

static struct sdpfrag parsed;
static const char *why;

/* The text is copied to where a byte behind its end is noticed. */
static int parse(const char *text, size_t length)
{
	char *copy = malloc(length ?: 1);
	int err;

	memcpy(copy, text, length);
	err = sdpfrag_parse(copy, length, &parsed, &why);
	free(copy);
	return err;
}

static void check_parsed(const char *text, unsigned int candidates, bool end)
{
	step("%.200s", text);
	check_int("sdpfrag_parse", 0, parse(text, strlen(text)));
	check_str("ufrag", UFRAG, parsed.ufrag);
	check_str("password", PASSWORD, parsed.password);
	check_uint("candidates", candidates, parsed.candidates);
	check_int("end of candidates", end, parsed.end_of_candidates);
}

TEST("7.0.ga", as_in_rfc, "a fragment as RFC 9725 shows it", .native = true)
{
	check_parsed("a=group:BUNDLE 0 1\r\n"
		     "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
		     "a=mid:0\r\n" WORDS CANDIDATE CANDIDATE
		     "a=end-of-candidates\r\n",
		     2, true);
	check_parsed(WORDS "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n" CANDIDATE, 1,
		     false);
}

TEST("7.0.gb", liberal, "line ends, blanks, case and what is unknown",
     .native = true)
{
	check_parsed("a=ice-ufrag:" UFRAG "\na=ice-pwd:" PASSWORD, 0, false);
	check_parsed("a=ice-ufrag:" UFRAG "\ra=ice-pwd:" PASSWORD "\r", 0,
		     false);
	check_parsed("\r\n \r\n\t a=ice-ufrag:" UFRAG
		     " \r\n  a=ice-pwd:" PASSWORD "\t\n\n",
		     0, false);
	check_parsed("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
		     "a=x-unknown:1\r\na=\r\n" WORDS
		     "a=ICE-OPTIONS:trickle\r\na=End-Of-Candidates\r\n",
		     0, true);
	/* The same twice, as each m-line of a group may say it. */
	check_parsed("m=audio 9 RTP/AVP 0\r\n" WORDS
		     "m=video 9 RTP/AVP 96\r\n" WORDS,
		     0, false);
}

TEST("7.0.gc", without_words, "candidates alone name no ICE session",
     .native = true)
{
	check_int("sdpfrag_parse", 0, parse(BYTES(CANDIDATE)));
	check_str("ufrag", "", parsed.ufrag);
	check_uint("candidates", 1, parsed.candidates);
	check_int("sdpfrag_parse", 0, parse(BYTES("a=ice-ufrag:abcd")));
	check_str("ufrag", "abcd", parsed.ufrag);
	/* Names that only begin so are others. */
	check_int("sdpfrag_parse", 0,
		  parse(BYTES("a=ice-ufragment:abcd\na=candidates:1")));
	check_str("ufrag", "", parsed.ufrag);
	check_uint("candidates", 0, parsed.candidates);
}

static void check_refused(const char *text, size_t length, const char *words)
{
	step("%.100s", text);
	check_int("sdpfrag_parse", -EINVAL, parse(text, length));
	check_true(strstr(why, words), "why: %s", why);
}

TEST("7.0.gd", broken, "what is no fragment is refused, with a reason",
     .native = true)
{
	static char long_one[SDPFRAG_BYTES + 1];
	char word[ICE_TEXT + 64];

	memset(long_one, '\n', sizeof(long_one));
	check_refused(long_one, sizeof(long_one), "longer");
	check_refused(long_one, sizeof(long_one) - 1, "empty");
	check_refused(BYTES(""), "empty");
	check_refused(BYTES(" \r\n\t\n"), "empty");
	check_refused(BYTES("a=mid:0\0"), "NUL");
	check_refused(BYTES("{\"candidate\": \"1 1 udp\"}"), "not like");
	check_refused(BYTES("a\r\n"), "not like");
	check_refused(BYTES("A=mid:0\r\n"), "not like");
	check_refused(BYTES("a=ice-pwd:" PASSWORD), "no a=ice-ufrag");
	check_refused(BYTES("a=ice-ufrag:abc"), "too short");
	check_refused(BYTES("a=ice-ufrag:ab cd"), "too short");
	check_refused(BYTES("a=ice-ufrag:ab:cd"), "too short");
	check_refused(BYTES("a=ice-ufrag"), "too short");
	check_refused(BYTES("a=ice-ufrag:abcd\r\na=ice-pwd:short"),
		      "too short");
	check_refused(BYTES("a=ice-ufrag:caf\xc3\xa9"), "too short");
	check_refused(BYTES(WORDS "a=ice-ufrag:other\r\n"), "differ");
	check_refused(BYTES(WORDS "a=ice-ufrag:EsA\r\n"), "too short");
	check_refused(BYTES(WORDS "a=ice-ufrag:EsAwx\r\n"), "differ");
	check_refused(BYTES("a=ice-ufrag:EsAwx\r\n" WORDS), "differ");
	memset(word, 'x', sizeof(word));
	memcpy(word, BYTES("a=ice-ufrag:"));
	check_int("sdpfrag_parse", 0,
		  parse(word, strlen("a=ice-ufrag:") + ICE_TEXT));
	check_refused(word, strlen("a=ice-ufrag:") + ICE_TEXT + 1,
		      "too short, too long");
}

TEST("7.0.ge", cut, "a fragment that is cut anywhere is read within its bounds",
     .native = true)
{
	static const char whole[] = "m=audio 9 RTP/AVP 0\r\n" WORDS CANDIDATE
				    "a=end-of-candidates\r\n";

	for (size_t length = 0; length < sizeof(whole); length++) {
		parse(whole, length);
		check_true(strlen(parsed.ufrag) <= strlen(UFRAG), "%s",
			   parsed.ufrag);
	}
}

TEST("7.0.gf", written, "what is written reads as it was meant", .native = true)
{
	struct sdpfrag_answer answer = {
		.ufrag = UFRAG,
		.password = PASSWORD,
		.type = "audio",
		.protocol = "UDP/TLS/RTP/SAVPF",
		.mid = "0",
		.candidate = "1 1 udp 2130706431 198.51.100.1 5004 typ host",
	};
	char *text = sdpfrag_write(&answer);

	check_parsed(text, 1, true);
	check_true(strstr(text, "\r\na=mid:0\r\n"), "no mid: %s", text);
	free(text);
	answer.mid = NULL;
	text = sdpfrag_write(&answer);
	check_parsed(text, 1, true);
	check_true(!strstr(text, "mid"), "a mid: %s", text);
	free(text);
}
