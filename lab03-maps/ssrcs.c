// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which SSRCs does a participant know: those that it sends, and those that it
 * was told of?  No two of them may be the same, or its RTP stack would take
 * two streams for one (RFC 3550, section 8.2).  Publishers choose theirs
 * without asking each other, and some always choose the same.
 */
#include <sys/random.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

struct known_key {
	__u32 participant;
	__be32 ssrc;
};

struct known {
	__u32 count;  /* > 1: two transports send the same SSRC */
	__u32 stream; /* the latest one with this SSRC */
};

static struct table known = TABLE_INIT("known", TABLE_HASH, struct known_key,
				       struct known, MAX_LEGS + MAX_STREAMS);

void ssrcs_add(__u32 participant, __be32 ssrc, __u32 stream)
{
	struct known_key key = { .participant = participant, .ssrc = ssrc };
	const struct known *old = table_find(&known, &key);
	struct known now = {
		.count = old ? old->count + 1 : 1,
		.stream = stream,
	};

	table_set(&known, &key, &now);
}

void ssrcs_remove(__u32 participant, __be32 ssrc)
{
	struct known_key key = { .participant = participant, .ssrc = ssrc };
	const struct known *old = table_find(&known, &key);
	struct known now;

	if (!old)
		return;
	now = *old;
	if (--now.count)
		table_set(&known, &key, &now);
	else
		table_remove(&known, &key);
}

__u32 control_find_told(__u32 id, __be32 ssrc)
{
	struct known_key key = { .participant = id, .ssrc = ssrc };
	const struct known *k = table_find(&known, &key);

	return k && control_stream(k->stream) ? k->stream : 0;
}

/* A participant who comes back may use the SSRCs of its old self again. */
static bool is_taken(__u32 receiver, __be32 ssrc, const struct stream *s)
{
	struct known_key key = { .participant = receiver, .ssrc = ssrc };
	const struct known *k = table_find(&known, &key);
	const struct stream *other = k ? control_stream(k->stream) : NULL;

	return k && !(k->count == 1 && other &&
		      control_replaces(s->participant, other->participant));
}

__be32 ssrcs_choose(__u32 receiver, __u32 stream)
{
	const struct stream *s = control_stream(stream);
	__be32 ssrc = s->ssrc;

	while (is_taken(receiver, ssrc, s))
		if (getrandom(&ssrc, sizeof(ssrc), 0) != sizeof(ssrc))
			ssrc++;
	return ssrc;
}

void ssrcs_close(void)
{
	table_close(&known);
}
