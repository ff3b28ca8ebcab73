// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What one participant may have, and what one address.  Nobody's share is so
 * large that nothing is left for others, and no request so heavy that others
 * have to wait for it.
 *
 *	offer         64 m-lines     counted before it is parsed
 *	participant   64 streams, 32 KiB of its offer are kept
 *	address       --address-limit participants, and 4 streams for each
 *
 * Many hosts may stand behind one IPv4 address, and one host has a whole /64
 * of IPv6: that much counts as one address.
 */
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/session/session_internal.h"

#define MAX_OFFERED    64	   /* m-lines */
#define MAX_PUBLISHED  64	   /* streams */
#define MAX_KEPT       (32 * 1024) /* bytes of a description */
#define STREAMS_EACH   4
#define LOOPBACK_TIMES 16 /* what this host itself may have more */

/* What an address has. */
struct share {
	struct ip_addr site;
	__u32 participants, streams;
	UT_hash_handle hh;
};

static struct share *shares;

/* ---- shares ----------------------------------------------------------- */

static struct share *find_share(const struct ip_addr *peer)
{
	struct ip_addr site = http_site_of(peer);
	struct share *share;

	HASH_FIND(hh, shares, &site, sizeof(site), share);
	return share;
}

static struct share *new_share(const struct ip_addr *peer)
{
	struct share *share = calloc(1, sizeof(*share));

	if (!share)
		return NULL;
	share->site = http_site_of(peer);
	HASH_ADD(hh, shares, site, sizeof(share->site), share);
	return share;
}

int limits_enter(const struct session *s)
{
	struct share *share = find_share(&s->peer) ?: new_share(&s->peer);

	if (!share)
		return -1;
	share->participants++;
	share->streams += s->published;
	return 0;
}

void limits_leave(const struct session *s)
{
	struct share *share = find_share(&s->peer);

	share->streams -= s->published;
	if (--share->participants)
		return;
	HASH_DEL(shares, share);
	free(share);
}

/* ---- checks ----------------------------------------------------------- */

int check_mline_count(const struct sdp_text *offer, struct problem *why)
{
	size_t count = count_mlines(offer);

	if (count <= MAX_OFFERED)
		return 0;
	return refuse(why, 422,
		      "The offer has %zu m-lines, and %d are the limit; offer "
		      "what you send, and no more.",
		      count, MAX_OFFERED);
}

size_t count_mlines(const struct sdp_text *sdp)
{
	const char *at = sdp->text;
	size_t count = 0;

	while (*(at += strspn(at, " \t\r\n"))) {
		count += !strncmp(at, "m=", 2);
		at += strcspn(at, "\r\n");
	}
	return count;
}

__u32 count_published(const struct newcomer *n)
{
	__u32 count = 0;

	for (size_t i = 0; i < n->offer->n_media; i++)
		if (is_published(&n->offer->media[i], &n->answer->media[i]))
			count += count_sources(&n->offer->media[i],
					       &n->answer->media[i]);
	return count;
}

static int check_kept(const struct sdp *offer, struct problem *why)
{
	char *text;
	size_t length;

	if (sdp_write(offer, &text))
		return refuse(why, 500, "There is no memory.");
	length = strlen(text);
	free(text);
	if (length <= MAX_KEPT)
		return 0;
	return refuse(why, 413,
		      "Of the offer, %zu bytes would have to be kept, and %d "
		      "are the limit; offer fewer sources, or shorter names "
		      "and parameters.",
		      length, MAX_KEPT);
}

static int check_share(const struct newcomer *n, __u32 streams, __u32 old,
		       struct problem *why)
{
	const struct share *share = find_share(n->peer);
	const struct session *gone = session_find(old);
	__u32 limit = session_options.address_limit;
	__u32 has = 1, has_streams = streams;

	if (is_loopback(n->peer))
		limit *= LOOPBACK_TIMES;
	if (share) {
		has += share->participants;
		has_streams += share->streams;
	}
	if (gone && share && share == find_share(&gone->peer)) {
		has--;
		has_streams -= gone->published;
	}
	if (has > limit)
		return refuse(why, 429,
			      "Your address has %u participants here, which is "
			      "the limit (--address-limit); try again when one "
			      "of them has left.",
			      limit);
	if (has_streams > limit * STREAMS_EACH)
		return refuse(why, 429,
			      "The participants of your address may publish %u "
			      "streams (%d times --address-limit); try again "
			      "when one of them has left.",
			      limit * STREAMS_EACH, STREAMS_EACH);
	return 0;
}

int check_limits(const struct newcomer *n, __u32 old, struct problem *why)
{
	__u32 streams = count_published(n);

	if (streams > MAX_PUBLISHED)
		return refuse(why, 422,
			      "The offer has %u sources (a=ssrc), and %d are "
			      "the limit.",
			      streams, MAX_PUBLISHED);
	if (check_kept(n->offer, why))
		return -1;
	return check_share(n, streams, old, why);
}
