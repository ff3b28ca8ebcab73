// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any text as a description.  What is taken can be written, what is written is
 * RFC 8866's, and reads as before; its answer fits, and what is kept of it then
 * reads as before as well.  What counts for an m-line can be asked.  A form feed
 * parts an offer from an answer that somebody gives to it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab04-signalling/testlib/sdp_clean.h"
#include "lab04-signalling/testlib/sdp_equal.h"

static void check_error(const struct sdp_error *err, int ret)
{
	const char *c;

	require(ret == -EINVAL, "it returned %d", ret);
	require(strlen(err->text) > 8, "the error is \"%s\"", err->text);
	for (c = err->text; *c; c++)
		require(*c >= ' ' && *c <= '~', "byte 0x%02x in an error",
			(unsigned char)*c);
}

/* NULL: it is refused. */
static struct sdp *parse(const char *text, size_t size)
{
	struct sdp *sdp = NULL;
	struct sdp_error err = { .line = 0 };
	int ret = sdp_parse(text, size, &sdp, &err);

	if (!ret)
		return sdp;
	check_error(&err, ret);
	require(err.line, "no line is to blame: %s", err.text);
	require(!sdp, "*out was touched");
	return NULL;
}

/* What is written of it, and reads then. */
static struct sdp *rewrite(const struct sdp *sdp)
{
	struct sdp *again;
	char *text;

	require(!sdp_write(sdp, &text), "sdp_write failed");
	require(sdp_is_clean(text), "this is not RFC 8866's:\n%s", text);
	again = parse(text, strlen(text));
	require(again, "written, it is refused:\n%s", text);
	free(text);
	return again;
}

static void check_round_trip(const struct sdp *sdp)
{
	struct sdp *again = rewrite(sdp);

	require(!sdp_difference(sdp, again), "written and read, %s differs",
		sdp_difference(sdp, again));
	sdp_free(again);
}

static struct sdp *check_answer(const struct sdp *offer)
{
	static const char *const plain[] = { "RTP/AVP", "RTP/AVPF", NULL };
	struct sdp_answer_options options = { .port = 1, .protos = plain };
	struct sdp *answer = NULL;
	struct sdp_error err;
	int ret = sdp_answer(offer, &options, &answer, &err);

	require(!ret, "it has no answer: %s", err.text);
	check_round_trip(answer);
	ret = sdp_answer_matches(offer, answer, &err);
	require(!ret, "its answer does not match: %s", err.text);
	return answer;
}

/* What is said of its transport and of its layers fits together. */
static void check_media(const struct sdp *sdp, const struct sdp_media *m)
{
	const char *rid = sdp_first_rid(m);
	struct sdp_endpoint e;

	sdp_endpoint(sdp, m, &e);
	require(e.candidates && e.fingerprints, "nobody's");
	require(!e.fingerprints->n_fingerprints || sdp_is_encrypted(sdp, m),
		"it has a fingerprint and is not encrypted");
	require(!rid || m->simulcast.n_send, "rid %s without simulcast", rid);
	for (unsigned int i = 0; i < m->extensions.n; i++)
		require(sdp_find_extension(sdp, m, m->extensions.list[i].uri),
			"there is no %s", m->extensions.list[i].uri);
}

static void check_offer(struct sdp *offer)
{
	struct sdp *answer, *again;

	check_round_trip(offer);
	for (size_t i = 0; i < offer->n_media && i < 64; i++)
		check_media(offer, &offer->media[i]);
	answer = check_answer(offer);
	sdp_forget_unanswered(offer, answer);
	again = rewrite(offer); /* sources of which only kept lines told go */
	check_round_trip(again);
	sdp_free(again);
	sdp_free(answer);
}

static void check_match(const struct sdp *offer, const struct sdp *answer)
{
	struct sdp_error err = { .line = 0 };
	int ret = sdp_answer_matches(offer, answer, &err);

	if (ret)
		check_error(&err, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *gap = size ? memchr(text, '\f', size) : NULL;
	struct sdp *offer = parse(text, gap ? (size_t)(gap - text) : size);
	struct sdp *answer = gap ? parse(gap + 1, text + size - gap - 1) : NULL;

	if (offer && answer)
		check_match(offer, answer);
	if (offer)
		check_offer(offer);
	sdp_free(answer);
	sdp_free(offer);
	return 0;
}
