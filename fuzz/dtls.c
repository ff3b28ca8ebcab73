// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Two ends shake hands; each byte is what the network does next.  The first one
 * says whether each of them expects the other, or somebody else.
 *
 * OpenSSL draws its own random numbers, so a run is never quite the same again.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab07-webrtc/testlib/dtls_pair.h"

static struct dtls_context *contexts[2], *stranger;

/* What is left of the input. */
struct steps {
	const uint8_t *at, *end;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	for (int i = 0; i < 2; i++)
		require(!dtls_context_open(NULL, &contexts[i]), "no context");
	require(!dtls_context_open(NULL, &stranger), "no context");
	return 0;
}

static uint8_t next(struct steps *steps)
{
	return steps->at < steps->end ? *steps->at++ : 0;
}

/* Whatever is in the input, to either end. */
static void inject(struct dtls_pair *pair, struct steps *steps)
{
	int to = next(steps) & 1;
	size_t len = next(steps), left = steps->end - steps->at;
	uint8_t *exact;

	if (len > left)
		len = left;
	exact = malloc(len);
	memcpy(exact, steps->at, len);
	dtls_receive(pair->end[to], exact, len);
	free(exact);
	steps->at += len;
}

static void change(struct parcel *parcel, struct steps *steps)
{
	size_t at = next(steps) << 8;

	at |= next(steps);
	if (parcel->len)
		parcel->bytes[at % parcel->len] ^= next(steps);
}

static void deliver(struct dtls_pair *pair, unsigned int which)
{
	struct parcel kept = pair->parcels[0];

	pair->parcels[0] = pair->parcels[which];
	pair->parcels[which] = kept;
	dtls_pair_deliver(pair);
}

static void one_step(struct dtls_pair *pair, struct steps *steps)
{
	struct parcel *first = &pair->parcels[0];
	uint8_t step = next(steps) % 8;

	if (step == 5) {
		inject(pair, steps);
		return;
	}
	if (!pair->count)
		return;
	switch (step) {
	case 1:
		*first = pair->parcels[--pair->count];
		return;
	case 2:
		dtls_receive(pair->end[first->to], first->bytes, first->len);
		return;
	case 3:
		deliver(pair, pair->count - 1);
		return;
	case 4:
		change(first, steps);
		return;
	case 6:
		first->len = next(steps) * first->len / 256;
		return;
	default:
		dtls_pair_deliver(pair);
	}
}

static void check_same(const struct srtp_master *a, const struct srtp_master *b)
{
	require(a->profile == b->profile, "two profiles");
	require(!memcmp(a->key, b->key, sizeof(a->key)), "two keys");
	require(!memcmp(a->salt, b->salt, sizeof(a->salt)), "two salts");
}

static void check(const struct dtls_pair *pair, uint8_t mode)
{
	const struct dtls_keys *server = dtls_keys(pair->end[PAIR_SERVER]);
	const struct dtls_keys *client = dtls_keys(pair->end[PAIR_CLIENT]);

	require(pair->longest <= DTLS_MTU, "a datagram of %u bytes",
		pair->longest);
	require(!mode || (!server && !client), "keys with a stranger");
	if (!server || !client)
		return;
	check_same(&server->send, &client->receive);
	check_same(&server->receive, &client->send);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dtls_pair pair;
	struct steps steps = { data, data + size };
	struct dtls_options options[2] = {};
	uint8_t mode = next(&steps) & 3;

	for (int i = 0; i < 2; i++) {
		pair.context[i] = contexts[i];
		if (mode & 1 << i)
			options[i].fingerprints[0] = dtls_context_fingerprint(
				stranger);
	}
	dtls_pair_open(&pair, &options[PAIR_SERVER], &options[PAIR_CLIENT]);
	dtls_start(pair.end[PAIR_CLIENT]);
	while (steps.at < steps.end)
		one_step(&pair, &steps);
	check(&pair, mode);
	dtls_pair_close(&pair);
	return 0;
}
