/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Descriptions for tests: recorded or made up, read, compared. */
#ifndef LAB04_TESTLIB_SDP_H
#define LAB04_TESTLIB_SDP_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/test.h"
#include "lab04-signalling/sdp/sdp.h"

/* Tests run in the root of the source tree. */
#define TESTDATA     "lab04-signalling/testdata/"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The shortest session part there is: four lines. */
#define SESSION "v=0\r\no=- 1 1 IN IP4 10.0.7.1\r\ns=-\r\nt=0 0\r\n"

/*
 * One of everything that is understood, written as sdp_write() writes it.
 * Here, so that a test can ask for its size.
 */
static const char everything[] =
	"v=0\r\n"
	"o=alice 18446744073709551615 7 IN IP4 10.0.7.1\r\n"
	"s=a call\r\n"
	"c=IN IP4 10.0.7.1\r\n"
	"t=0 0\r\n"
	"a=group:BUNDLE a v\r\n"
	"a=ice-lite\r\n"
	"a=ice-options:ice2 trickle\r\n"
	"a=fingerprint:sha-256 4A:AD:B9\r\n"
	"a=extmap-allow-mixed\r\n"
	"a=extmap:15/sendonly urn:x with attributes\r\n"
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
	"a=ice-ufrag:F7gI\r\n"
	"a=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\n"
	"a=candidate:1 1 udp 2130706431 h.local 5008 typ host\r\n"
	"a=candidate:2 1 tcp 9 fd00:7::1 9 typ relay raddr ::1 rport 1\r\n"
	"a=end-of-candidates\r\n"
	"a=setup:actpass\r\n"
	"a=rtcp-mux-only\r\n"
	"a=rtcp-rsize\r\n"
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
	"a=rtpmap:96 VP8/90000\r\n"
	"a=rtpmap:97 rtx/90000\r\n"
	"a=fmtp:97 apt=96\r\n"
	"a=ssrc:1 cname:alice@example\r\n"
	"a=ssrc:2 cname:alice@example\r\n"
	"a=rtcp-fb:96 nack pli\r\n"
	"a=rtcp-fb:* transport-cc\r\n"
	"a=rid:q send\r\n"
	"a=rid:h send pt=96;max-width=640\r\n"
	"a=simulcast:send q;~h\r\n"
	"a=ssrc-group:FID 1 2\r\n"
	"a=ssrc:1 msid:alice camera\r\n"
	"m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
	"a=mid:d\r\n"
	"a=inactive\r\n";

struct in6_addr in6_address(const char *text);

/* Parses a copy without a terminator: a sanitizer sees every overrun. */
int parse_bytes(const char *text, size_t len, struct sdp **sdp,
		struct sdp_error *err);

/* What a text that must be good says; the test frees it. */
#define parse(text) parse_at(TEST_HERE, text)

struct sdp *parse_at(const char *where, const char *text);

/* The attributes that are kept, as a string. */
const char *kept(const struct sdp_lines *lines);

/* Fails on the first line that differs, and shows it. */
#define check_lines(expected, got) check_lines_at(TEST_HERE, expected, got)

void check_lines_at(const char *where, const char *expected, const char *got);

#define check_written(expected, sdp) check_written_at(TEST_HERE, expected, sdp)

void check_written_at(const char *where, const char *expected,
		      const struct sdp *sdp);

/* Written and read again, it is the same; and what is written is clean. */
#define check_reads_again(sdp) check_reads_again_at(TEST_HERE, sdp, false)
#define check_round_trip(sdp)  check_reads_again_at(TEST_HERE, sdp, true)

void check_reads_again_at(const char *where, const struct sdp *sdp, bool clean);

/* A recorded description, without the comments on top, with CRLF. */
char *load(const char *name);

struct sdp *parse_recorded(const char *name);

#endif
