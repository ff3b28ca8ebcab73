// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What m-lines are to each other: each has a mid of its own, some a group. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* ---- mids --------------------------------------------------------------- */

static int compare_mids(const void *a, const void *b)
{
	const struct sdp_media *const *x = a, *const *y = b;

	return strcmp((*x)->mid, (*y)->mid);
}

/* Of two with one mid, the one that comes first in the text is first. */
static int compare_places(const void *a, const void *b)
{
	const struct sdp_media *const *x = a, *const *y = b;
	int by_mid = compare_mids(a, b);

	return by_mid ? by_mid : (*x > *y) - (*x < *y);
}

/* The mid stays that of the m-line that had it first. */
static int take_mid(struct parser *p, struct sdp_media *m,
		    const struct sdp_media *first)
{
	p->err->line = m->line;
	sdp_fail(p->err, "its mid '%.32s' is that of line %u too", m->mid,
		 first->line);
	free(m->mid);
	m->mid = NULL;
	return m->port ? sdp_set_fault(m, p->err) : 0;
}

/* Leaves one of each mid in the array, whose length is *n. */
static int drop_twins(struct parser *p, struct sdp_media **by_mid, size_t *n)
{
	size_t i, kept = 0;
	int ret = 0;

	for (i = 0; i < *n && !ret; i++)
		if (kept && !strcmp(by_mid[kept - 1]->mid, by_mid[i]->mid))
			ret = take_mid(p, by_mid[i], by_mid[kept - 1]);
		else
			by_mid[kept++] = by_mid[i];
	*n = kept;
	return ret;
}

/* ---- BUNDLE ------------------------------------------------------------- */

/*
 * Marks the members of the BUNDLE group; a mid that nobody has is ignored.
 * Returns the first that has a port: the group's address and port are there.
 */
static const struct sdp_media *mark_bundle(struct parser *p,
					   struct sdp_media **by_mid, size_t n)
{
	struct sdp_media key, *wanted = &key, **found, *first = NULL;

	while ((key.mid = strsep(&p->bundle, " "))) {
		found = bsearch(&wanted, by_mid, n, sizeof(*by_mid),
				compare_mids);
		if (!found)
			continue;
		(*found)->bundled = true;
		if (!first && (*found)->port)
			first = *found;
	}
	return first;
}

/* RFC 9143: an m-line that exists only in a bundle is offered with port 0. */
static void place_bundle_only(struct sdp *sdp, const struct sdp_media *group)
{
	struct sdp_media *m;

	for (m = sdp->media; m < sdp->media + sdp->n_media; m++) {
		if (m->port || !m->bundled || !m->bundle_only)
			continue;
		m->port = group->port;
		m->has_connection = group->has_connection;
		m->connection = group->connection;
	}
}

/* ---- all of them -------------------------------------------------------- */

/* Sorts the m-lines by mid: with 2,000 of them, comparing all would be slow. */
int sdp_group_media(struct parser *p)
{
	struct sdp_media **by_mid = calloc(p->sdp->n_media + 1,
					   sizeof(*by_mid));
	const struct sdp_media *group = NULL;
	size_t i, n = 0;
	int ret;

	if (!by_mid)
		return sdp_explain(p->err, -ENOMEM, "a=mid");
	for (i = 0; i < p->sdp->n_media; i++)
		if (p->sdp->media[i].mid)
			by_mid[n++] = &p->sdp->media[i];
	qsort(by_mid, n, sizeof(*by_mid), compare_places);
	ret = drop_twins(p, by_mid, &n);
	if (!ret)
		group = mark_bundle(p, by_mid, n);
	if (group)
		place_bundle_only(p->sdp, group);
	free(by_mid);
	return sdp_explain(p->err, ret, "a=mid");
}
