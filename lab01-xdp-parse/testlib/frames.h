/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tests of the core add to the kit: a native cursor over a frame,
 * verdicts by name, and frames at random that are the same in every run.
 */
#ifndef LAB01_TESTLIB_FRAMES_H
#define LAB01_TESTLIB_FRAMES_H

#include "common/test.h"
#include "lab01-xdp-parse/test_cursor.h"

#define MEDIA_PORT 5004

/* What the native parser says of a whole frame. */
enum verdict parse_native(const struct frame *f, struct packet *p,
			  const struct media_address *media);

/* ---- checks ----------------------------------------------------------- */

#define check_verdict(expected, got, ...)                                      \
	check_verdict_at(TEST_HERE, expected, got, __VA_ARGS__)

void check_verdict_at(const char *where, enum verdict expected,
		      enum verdict got, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- frames ----------------------------------------------------------- */

/*
 * RTP from alice to the media port.  The SSRC reads the same from both ends,
 * so that a mistaken byte order fails only the tests that are about it.
 */
struct packet_spec rtp_spec(void);

/* The same over UDP, with a payload of any kind. */
struct packet_spec udp_spec(const void *payload, size_t len);

struct frame build(const struct packet_spec *spec);

/* Adds len bytes behind the IP packet, as Ethernet does to short frames. */
void add_trailer(struct frame *f, size_t len);

extern const uint8_t stun_request[20];
extern const uint8_t dtls_record[16];
extern const uint8_t rtcp_compound[16]; /* a report, then goodbye */

/* Parts of a struct packet_spec. */
#define SAMPLE_IP4 .ip = { .src = "10.0.7.1", .dst = "10.0.7.254" }
#define SAMPLE_UDP .udp = { .sport = 6000, .dport = MEDIA_PORT }
#define SAMPLE_RTP SAMPLE_IP4, SAMPLE_UDP, .payload_len = 20
/* clang-format off */
#define SAMPLE_BYTES(...)						\
	SAMPLE_IP4, SAMPLE_UDP, .last = PACKET_UDP,			\
	.payload = (const uint8_t[]){ __VA_ARGS__ },			\
	.payload_len = sizeof((const uint8_t[]){ __VA_ARGS__ })
/* clang-format on */

struct sample {
	const char *name;
	enum verdict verdict;
	bool for_socket;
	struct packet_spec spec;
};

/*
 * One frame of each kind.  Those whose IP and UDP headers are right would
 * reach a socket on the media port if nobody dropped them.
 */
extern const struct sample samples[];
extern const size_t samples_count;

/* ---- frames at random ------------------------------------------------- */

/* 0 .. below - 1, from a sequence that *state starts. */
uint32_t draw(uint64_t *state, uint32_t below);

bool one_in(uint64_t *state, uint32_t n);

void draw_rtp(uint64_t *state, struct packet_spec *spec);

/* A frame of any kind, most often well-formed or almost: 15 bytes or more. */
struct frame draw_frame(uint64_t *state);

#endif
