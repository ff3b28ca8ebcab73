// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Recorded descriptions survive the parser, and it survives damaged ones. */
#include "lab04-signalling/http/http.h"
#include "lab04-signalling/testlib/sdp.h"
#include "lab04-signalling/testlib/sdp_equal.h"

#define MUTATIONS 5000

static const char *const recorded[] = {
	"chromium-plain-offer",	    "chromium-plain-reoffer",
	"chromium-simulcast-offer", "chromium-srtp-offer",
	"chromium-srtp-reanswer",   "server-plain-answer",
	"server-plain-reanswer",    "server-simulcast-answer",
	"server-srtp-answer",	    "server-srtp-reoffer",
};

/* ---- recorded descriptions ----------------------------------------------- */

/* How often a line of this length, without its CRLF, is in a text. */
static size_t count_line(const char *text, const char *line, size_t len)
{
	size_t n = 0;

	for (; (text = strstr(text, "\r\n")); text += 2)
		n += !strncmp(text + 2, line, len) &&
		     !strncmp(text + 2 + len, "\r\n", 2);
	return n;
}

/* Lines may have changed places, but each is there; v= comes first. */
static void check_no_line_lost(const char *text, const char *written)
{
	const char *line;
	size_t len;

	for (line = strstr(text, "\r\n") + 2; *line; line += len + 2) {
		len = strcspn(line, "\r");
		check_true(count_line(text, line, len) ==
				   count_line(written, line, len),
			   "lost or doubled: %.*s", (int)len, line);
	}
}

TEST("4.0.v", all_recorded, "recorded descriptions lose no line",
     .native = true)
{
	char *text, *written;
	struct sdp *sdp;
	size_t i;

	for (i = 0; i < COUNT(recorded); i++) {
		step("recorded: %s", recorded[i]);
		text = load(recorded[i]);
		sdp = parse(text);
		check_int("sdp_write", 0, sdp_write(sdp, &written));
		sdp_free(sdp);
		check_no_line_lost(text, written);
		sdp = parse(written);
		check_written(written, sdp);
		sdp_free(sdp);
		free(written);
		free(text);
	}
}

TEST("4.0.w", recorded_fields, "a browser's offer becomes fields",
     .native = true)
{
	struct sdp *sdp = parse_recorded("chromium-plain-offer");
	const struct sdp_media *m = &sdp->media[1];

	check_uint("m-lines", 2, sdp->n_media);
	check_uint("audio formats", 8, sdp->media[0].n_formats);
	check_str("third", "G722", sdp->media[0].formats[2].encoding);
	check_uint("video formats", 23, m->n_formats);
	check_str("parameters of the second", "apt=96", m->formats[1].fmtp);
	check_true(!m->formats[2].encoding, "the third has no a=rtpmap");
	check_uint("port", 9, m->port);
	check_uint("sources", 2, m->n_ssrcs);
	check_uint("second source", 837608327, m->ssrcs[1].ssrc);
	check_str("its cname", "FILdqyc04MiV7GKe", m->ssrcs[1].cname);
	check_true(m->rtcp_mux && m->bundled, "rtcp-mux or BUNDLE lost");
	check_int("direction", SDP_SENDONLY, m->direction);
	sdp_free(sdp);
}

/* ---- damaged descriptions ------------------------------------------------ */

/* Written and read again, it is the same. */
static bool survives(const struct sdp *sdp)
{
	struct sdp *again = NULL;
	struct sdp_error err;
	char *text = NULL;
	bool good = !sdp_write(sdp, &text) &&
		    !parse_bytes(text, strlen(text), &again, &err) &&
		    !sdp_difference(sdp, again);

	sdp_free(again);
	free(text);
	return good;
}

static bool answerable(const struct sdp *offer)
{
	static const char *const plain[] = { "RTP/AVP", "RTP/AVPF", NULL };
	struct sdp_answer_options options = { .port = 1, .protos = plain };
	struct sdp *answer = NULL;
	struct sdp_error err;
	bool good = !sdp_answer(offer, &options, &answer, &err) &&
		    !sdp_answer_matches(offer, answer, &err) &&
		    survives(answer);

	sdp_free(answer);
	return good;
}

/* A text is refused with an error, or it is good for everything. */
static const char *defect(const char *text, size_t len)
{
	struct sdp *sdp = NULL;
	struct sdp_error err = { .line = 0 };
	const char *found = NULL;

	if (parse_bytes(text, len, &sdp, &err))
		return sdp || !err.line || strlen(err.text) < 8 ?
			       "refused without an error" :
			       NULL;
	if (!survives(sdp))
		found = "accepted, but written it reads otherwise";
	else if (!answerable(sdp))
		found = "accepted, but its answer is no good";
	sdp_free(sdp);
	return found;
}

/* Prints the text if it fails, for that is what one wants to try again. */
static void check_sound(const char *text, size_t len)
{
	const char *found = defect(text, len);

	if (!found)
		return;
	fwrite(text, 1, len, stdout);
	fail("%zu bytes that are printed below: %s", len, found);
}

TEST("4.0.x", cut_short, "cut short anywhere, or any one line missing",
     .native = true, .seconds = 120)
{
	char *text = load("chromium-srtp-offer"), *rest = strdup(text);
	size_t size = strlen(text), len, start, end;

	for (len = 0; len <= size; len++)
		check_sound(text, len);
	for (start = 0; start < size; start = end) {
		end = start + strcspn(text + start, "\n") + 1;
		memcpy(rest, text, start);
		strcpy(rest + start, text + end);
		check_sound(rest, strlen(rest));
	}
	free(rest);
	free(text);
}

/* Marsaglia's xorshift: the same numbers in each run. */
static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % limit;
}

/* Changes a byte, cuts or doubles a piece, or puts in something awkward. */
static size_t mutate(char *text, size_t len)
{
	static const char *const words[] = {
		"\r",
		"\n",
		"\r\n",
		" ",
		":",
		"/",
		"=",
		"0",
		"65536",
		"-1",
		"4294967296",
		"96",
		"a=mid:",
		"m=audio 9 RTP/AVP 0\r\n",
		"a=ssrc:1 cname:x\r\n",
		"\r\na=",
		"a=sendrecv\n",
	};
	size_t at = random_below(len), n = 1 + random_below(32);
	const char *word = words[random_below(COUNT(words))];

	if (n > len - at)
		n = len - at;
	switch (random_below(4)) {
	case 0:
		text[at] = random_below(256);
		return len;
	case 1:
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	case 2:
		memmove(text + at + n, text + at, len - at);
		return len + n;
	default:
		n = strlen(word);
		memmove(text + at + n, text + at, len - at);
		memcpy(text + at, word, n);
		return len + n;
	}
}

TEST("4.0.y", mutated, "changed at random, 5,000 times", .native = true,
     .seconds = 120)
{
	char text[sizeof(everything) + 8 * 32];
	size_t len;
	int i, changes;

	for (i = 0; i < MUTATIONS; i++) {
		len = sizeof(everything) - 1;
		memcpy(text, everything, len);
		for (changes = 1 + random_below(8); changes && len; changes--)
			len = mutate(text, len);
		check_sound(text, len);
	}
}

/* ---- descriptions made to cost a lot ------------------------------------- */

#define MOST 32 /* bytes kept for each byte of text */

/* Of the sanitizer that tests are built with; gcc has no header for it. */
size_t __sanitizer_get_current_allocated_bytes(void);

/* `piece` over and over, in 256 kB at most. */
static char *repeat(const char *head, const char *piece, size_t times)
{
	char *text = malloc(HTTP_MAX_BODY);
	size_t len = sprintf(text, "%s", head);

	while (times-- && len + strlen(piece) < HTTP_MAX_BODY)
		len += sprintf(text + len, "%s", piece);
	return text;
}

static void check_memory(char *text)
{
	size_t before = __sanitizer_get_current_allocated_bytes(), kept;
	struct sdp *sdp = parse(text);

	kept = __sanitizer_get_current_allocated_bytes() - before;
	step("%zu bytes of text are kept in %zu", strlen(text), kept);
	check_true(kept < MOST * strlen(text), "that is too much");
	sdp_free(sdp);
	free(text);
}

TEST("4.0.z", memory, "whatever it is, 32 times its length are kept at most",
     .native = true, .seconds = 60)
{
	check_memory(repeat(SESSION, "a=x\n", -1));
	check_memory(repeat(SESSION "m=a 1 b c\n", "a=x\n", -1));
	check_memory(repeat(SESSION, "m=a 1 b c\n", SDP_MAX_MEDIA));
	check_memory(repeat(SESSION, "m=a 1 RTP/AVP 0 1 2 3 4 5 6 7 8\n",
			    SDP_MAX_MEDIA));
	check_memory(repeat(SESSION, "m=a 1 RTP/AVP 0\na=ssrc:1 cname:\n",
			    SDP_MAX_MEDIA));
	check_memory(repeat(SESSION, "m=a 1 RTP/AVP 0\nx\n", SDP_MAX_MEDIA));
	check_memory(repeat(SESSION "m=a 1 RTP/AVP 0\n", "a=ssrc:1 x\n", -1));
	check_memory(repeat(SESSION "m=a 1 RTP/AVP 0\n", "a=fmtp:0 x\n", -1));
}
