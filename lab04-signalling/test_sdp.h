/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Descriptions for tests: recorded or made up, read, compared. */
#ifndef LAB04_TEST_SDP_H
#define LAB04_TEST_SDP_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab04-signalling/sdp.h"

/* Tests run in the root of the source tree. */
#define TESTDATA "lab04-signalling/testdata/"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The shortest session part there is: four lines. */
#define SESSION "v=0\r\no=- 1 1 IN IP4 10.0.7.1\r\ns=-\r\nt=0 0\r\n"

/* One of everything that is understood, written as sdp_write() writes it. */
static const char everything[] =
	"v=0\r\n"
	"o=alice 18446744073709551615 7 IN IP4 10.0.7.1\r\n"
	"s=a call\r\n"
	"c=IN IP4 10.0.7.1\r\n"
	"t=0 0\r\n"
	"a=group:BUNDLE a v\r\n"
	"a=tool:test\r\n"
	"m=audio 5006 RTP/AVP 111 0\r\n"
	"a=mid:a\r\n"
	"a=sendrecv\r\n"
	"a=msid:alice mic\r\n"
	"a=rtcp-mux\r\n"
	"a=rtpmap:111 opus/48000/2\r\n"
	"a=fmtp:111 minptime=10;useinbandfec=1\r\n"
	"a=rtpmap:0 PCMU/8000\r\n"
	"a=ssrc:4294967295 cname:alice@example\r\n"
	"m=video 9 RTP/AVPF 96 97\r\n"
	"c=IN IP6 fd00:7::1\r\n"
	"a=mid:v\r\n"
	"a=sendonly\r\n"
	"a=msid:alice camera\r\n"
	"a=rtpmap:96 VP8/90000\r\n"
	"a=rtpmap:97 rtx/90000\r\n"
	"a=fmtp:97 apt=96\r\n"
	"a=ssrc:1 cname:alice@example\r\n"
	"a=ssrc:2 cname:alice@example\r\n"
	"a=rtcp-fb:96 nack pli\r\n"
	"a=ssrc-group:FID 1 2\r\n"
	"a=ssrc:1 msid:alice camera\r\n"
	"m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
	"a=mid:d\r\n"
	"a=inactive\r\n";

static inline struct in6_addr address(const char *text)
{
	struct in6_addr a;

	check_int("inet_pton", 1, inet_pton(AF_INET6, text, &a));
	return a;
}

/* Parses a copy without a terminator: a sanitizer sees every overrun. */
static inline int parse_bytes(const char *text, size_t len, struct sdp **sdp,
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

/* What a text that must be good says; the test frees it. */
#define parse(text) parse_at(TEST_HERE, text)

static inline struct sdp *parse_at(const char *where, const char *text)
{
	struct sdp *sdp = NULL;
	struct sdp_error err;

	if (parse_bytes(text, strlen(text), &sdp, &err))
		test_fail(where, "a good description is refused: %s",
			  err.text);
	return sdp;
}

/* The attributes that are kept, as a string. */
static inline const char *kept(const struct sdp_lines *lines)
{
	return lines->text ? lines->text : "";
}

/* Fails on the first line that differs, and shows it. */
#define check_lines(expected, got) check_lines_at(TEST_HERE, expected, got)

static inline void check_lines_at(const char *where, const char *expected,
				  const char *got)
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
		test_fail(where, "line %u: expected \"%.*s\" and CRLF, got "
			  "\"%.*s\"", line, (int)strcspn(expected, "\r\n"),
			  expected, (int)strcspn(got, "\r\n"), got);
}

#define check_written(expected, sdp) check_written_at(TEST_HERE, expected, sdp)

static inline void check_written_at(const char *where, const char *expected,
				    const struct sdp *sdp)
{
	char *text = NULL;

	check_int("sdp_write", 0, sdp_write(sdp, &text));
	check_lines_at(where, expected, text);
	free(text);
}

/* A recorded description, without the comments on top, with CRLF. */
static inline char *load(const char *name)
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

static inline struct sdp *parse_recorded(const char *name)
{
	char *text = load(name);
	struct sdp *sdp;

	step("recorded: %s", name);
	sdp = parse(text);
	free(text);
	return sdp;
}

#endif
