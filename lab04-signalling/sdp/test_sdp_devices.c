// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Offers with the habits of real telephones, room systems, PBXs, cameras and
 * browsers, in testdata/offers: each is taken, and answered line by line.
 */
#include <glob.h>

#include "lab04-signalling/testlib/sdp.h"

#define OFFERS TESTDATA "offers/*.sdp"
#define ANSWER "# answer: " /* before "audio 5004, video 0" */

static const char *const plain[] = { "RTP/AVP", "RTP/AVPF", NULL };

/* The offer as it is sent, and what the file says of the answer. */
struct device {
	char *offer;
	char expected[256];
};

static struct device read_device(const char *path)
{
	struct device d = { 0 };
	char line[1024];
	size_t size;
	FILE *in = fopen(path, "re"), *out = open_memstream(&d.offer, &size);

	check_true(in, "%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strncmp(line, ANSWER, strlen(ANSWER)))
			snprintf(d.expected, sizeof(d.expected), "%s",
				 line + strlen(ANSWER));
		else if (*line != '#')
			fprintf(out, "%s\r\n", line);
	}
	fclose(in);
	fclose(out);
	return d;
}

/* Its types and ports: "audio 5004, video 0". */
static void check_ports(const char *expected, const struct sdp *answer)
{
	char got[256] = "";
	size_t i;

	for (i = 0; i < answer->n_media; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s%s %u", i ? ", " : "", answer->media[i].type,
			 answer->media[i].port);
	check_str("answer", expected, got);
}

static void check_device(const char *path)
{
	struct sdp_answer_options options = {
		.address = in6_address("::ffff:10.0.7.254"),
		.port = 5004,
		.protos = plain,
	};
	struct device d = read_device(path);
	struct sdp *offer, *answer = NULL;
	struct sdp_error err;
	size_t i;

	step("%s", path);
	offer = parse(d.offer);
	for (i = 0; i < offer->n_media; i++)
		check_true(!offer->media[i].fault, "m-line %zu is refused: %s",
			   i, offer->media[i].fault->text);
	check_round_trip(offer);
	check_int("sdp_answer", 0, sdp_answer(offer, &options, &answer, &err));
	check_ports(d.expected, answer);
	check_round_trip(answer);
	if (sdp_answer_matches(offer, answer, &err))
		fail("the answer does not match: %s", err.text);
	sdp_free(answer);
	sdp_free(offer);
	free(d.offer);
}

TEST("4.0.gj", devices, "what devices and programs of many kinds offer",
     .native = true)
{
	glob_t found;
	size_t i;

	check_int("glob " OFFERS, 0, glob(OFFERS, 0, NULL, &found));
	check_true(found.gl_pathc >= 20, "only %zu are there", found.gl_pathc);
	for (i = 0; i < found.gl_pathc; i++)
		check_device(found.gl_pathv[i]);
	globfree(&found);
}
