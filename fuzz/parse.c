// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as a frame, of any length, of which any part lies at hand.  Not a
 * byte beyond is touched, and what is said of it lies inside of it.
 */
#include "fuzz/fuzz.h"
#include "lab01-xdp-parse/test_cursor.h"

static struct media_address media;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	media.port = htons(5004);
	return 0;
}

/* A packet of one of these classes has a payload, all of it in the frame. */
static bool has_payload(enum verdict verdict)
{
	return verdict >= CLASS_STUN && verdict <= CLASS_RTCP;
}

static void check(enum verdict verdict, const struct packet *p, size_t len)
{
	require(verdict < VERDICT_COUNT, "there is no verdict %d", verdict);
	require(verdict != CLASS_UDP, "it was not classified");
	if (!has_payload(verdict))
		return;
	require(p->ip_version == 4 || p->ip_version == 6, "it is of no IP");
	require(p->dport == media.port, "it is for another port");
	require(p->l3 < p->l4 && p->l4 < p->payload, "headers overlap");
	require((size_t)p->payload + p->payload_len <= len,
		"its payload ends at %u, the frame at %zu",
		p->payload + p->payload_len, len);
}

/* The first two bytes say how much of the rest lies at hand. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p, again;
	size_t linear;
	enum verdict verdict;

	if (size < 2)
		return 0;
	linear = data[0] << 8 | data[1];
	data += 2;
	size -= 2;
	linear = linear < size ? linear : size;
	verdict = judge_frame(data, size, linear, &p, &media);
	check(verdict, &p, size);
	require(judge_frame(data, size, linear, &again, &media) == verdict,
		"a second look says otherwise");
	verdict = judge_frame(data, size, size, &p, &media);
	check(verdict, &p, size);
	return 0;
}
