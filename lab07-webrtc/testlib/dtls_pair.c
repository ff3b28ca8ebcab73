// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A network in memory: what an end sends waits in a list until it is delivered.
 * When nothing is on its way, time goes on until an end wants to send again.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lab07-webrtc/testlib/dtls_pair.h"

static void post(struct dtls_pair *pair, int from, const void *bytes,
		 size_t len)
{
	struct parcel *parcel = &pair->parcels[pair->count];

	if (pair->count == PAIR_PARCELS || len > PAIR_LONGEST)
		return;
	parcel->to = !from;
	parcel->len = len;
	memcpy(parcel->bytes, bytes, len);
	pair->count++;
}

/* The owner is one of self[], whose place says who it is. */
static void take(void *owner, const void *bytes, size_t len)
{
	struct dtls_pair **self = owner, *pair = *self;
	int from = self - pair->self;
	unsigned int copies = pair->copies ? pair->copies(pair) : 1;

	pair->sent[from]++;
	if (len > pair->longest)
		pair->longest = len;
	while (copies--)
		post(pair, from, bytes, len);
}

static void open_end(struct dtls_pair *pair, int which,
		     const struct dtls_options *given)
{
	struct dtls_options options = given ? *given : (struct dtls_options){};

	options.role = which;
	options.send = take;
	options.owner = &pair->self[which];
	if (!options.fingerprints[0])
		options.fingerprints[0] = dtls_context_fingerprint(
			pair->context[!which]);
	if (dtls_open(pair->context[which], &options, &pair->end[which]))
		abort();
}

void dtls_pair_open(struct dtls_pair *pair, const struct dtls_options *server,
		    const struct dtls_options *client)
{
	pair->self[0] = pair->self[1] = pair;
	pair->count = pair->longest = pair->sent[0] = pair->sent[1] = 0;
	open_end(pair, PAIR_SERVER, server);
	open_end(pair, PAIR_CLIENT, client);
}

void dtls_pair_close(struct dtls_pair *pair)
{
	dtls_close(pair->end[PAIR_CLIENT]);
	dtls_close(pair->end[PAIR_SERVER]);
}

void dtls_pair_replace(struct dtls_pair *pair, int which,
		       const struct dtls_options *options)
{
	dtls_close(pair->end[which]);
	pair->count = pair->sent[which] = 0;
	open_end(pair, which, options);
}

void dtls_pair_deliver(struct dtls_pair *pair)
{
	unsigned int which = pair->pick ? pair->pick(pair) : 0;
	struct parcel parcel = pair->parcels[which];

	pair->count--;
	memmove(&pair->parcels[which], &pair->parcels[which + 1],
		(pair->count - which) * sizeof(parcel));
	dtls_receive(pair->end[parcel.to], parcel.bytes, parcel.len);
}

void dtls_pair_deliver_all(struct dtls_pair *pair)
{
	while (pair->count)
		dtls_pair_deliver(pair);
}

/* The timer that is due first, in milliseconds; -1: there is none. */
static int next_timeout(const struct dtls_pair *pair)
{
	int server = dtls_timeout_ms(pair->end[PAIR_SERVER]);
	int client = dtls_timeout_ms(pair->end[PAIR_CLIENT]);

	if (server < 0 || client < 0)
		return server < 0 ? client : server;
	return server < client ? server : client;
}

void dtls_pair_shake_hands(struct dtls_pair *pair)
{
	int timeout;

	dtls_start(pair->end[PAIR_CLIENT]);
	dtls_pair_deliver_all(pair);
	while ((timeout = next_timeout(pair)) >= 0) {
		poll(NULL, 0, timeout);
		for (int i = 0; i < 2; i++)
			dtls_tick(pair->end[i]);
		dtls_pair_deliver_all(pair);
	}
}
