/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Descriptions that tests read: made up in a line, or recorded in a file. */
#include "lab04-signalling/testlib/sdp.h"
#include "lab04-signalling/testlib/sdp_clean.h"
#include "lab04-signalling/testlib/sdp_equal.h"

struct in6_addr in6_address(const char *text)
{
	struct in6_addr a;

	check_int("inet_pton", 1, inet_pton(AF_INET6, text, &a));
	return a;
}

int parse_bytes(const char *text, size_t len, struct sdp **sdp,
		struct sdp_error *err)
{
	char *copy = malloc(len);
	int ret;

	if (len)
		memcpy(copy, text, len);
	ret = sdp_parse(copy, len, sdp, err);
	free(copy);
	return ret;
}

struct sdp *parse_at(const char *where, const char *text)
{
	struct sdp *sdp = NULL;
	struct sdp_error err;

	if (parse_bytes(text, strlen(text), &sdp, &err))
		test_fail(where, "a good description is refused: %s", err.text);
	return sdp;
}

const char *kept(const struct sdp_lines *lines)
{
	return lines->text ? lines->text : "";
}

void check_lines_at(const char *where, const char *expected, const char *got)
{
	unsigned int line;
	size_t len;

	for (line = 1; *expected && *got; line++) {
		len = strcspn(expected, "\n") + 1;
		if (strncmp(expected, got, len))
			break;
		expected += len;
		got += len;
	}
	if (strcmp(expected, got))
		test_fail(where,
			  "line %u: expected \"%.*s\" and CRLF, got \"%.*s\"",
			  line, (int)strcspn(expected, "\r\n"), expected,
			  (int)strcspn(got, "\r\n"), got);
}

void check_written_at(const char *where, const char *expected,
		      const struct sdp *sdp)
{
	char *text = NULL;

	check_int("sdp_write", 0, sdp_write(sdp, &text));
	check_lines_at(where, expected, text);
	free(text);
}

void check_reads_again_at(const char *where, const struct sdp *sdp, bool clean)
{
	struct sdp *again;
	char *text = NULL;

	check_int("sdp_write", 0, sdp_write(sdp, &text));
	if (clean && !sdp_is_clean(text))
		test_fail(where, "it is written like this: %s", text);
	again = parse_at(where, text);
	if (sdp_difference(sdp, again))
		test_fail(where, "written and read again, %s differs",
			  sdp_difference(sdp, again));
	sdp_free(again);
	free(text);
}

char *load(const char *name)
{
	char path[128], line[1024], *text = NULL;
	size_t size;
	FILE *in, *out = open_memstream(&text, &size);

	snprintf(path, sizeof(path), TESTDATA "%s.sdp", name);
	in = fopen(path, "re");
	check_true(in, "%s: %s; does this run in the root of the source tree?",
		   path, strerror(errno));
	while (fgets(line, sizeof(line), in))
		if (*line != '#')
			fprintf(out, "%.*s\r\n", (int)strcspn(line, "\r\n"),
				line);
	fclose(in);
	fclose(out);
	return text;
}

struct sdp *parse_recorded(const char *name)
{
	char *text = load(name);
	struct sdp *sdp;

	step("recorded: %s", name);
	sdp = parse(text);
	free(text);
	return sdp;
}
