// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sources of an m-line: each has a number, perhaps a cname and an msid, and
 * some are groups (a source and its RTX).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

int sdp_source_of(struct sdp_media *m, uint32_t ssrc, struct sdp_ssrc **source)
{
	struct sdp_ssrc new = { .ssrc = ssrc }, *ssrcs;
	size_t i;

	for (i = 0; i < m->n_ssrcs && m->ssrcs[i].ssrc != ssrc; i++)
		;
	if (i == SDP_MAX_SSRCS)
		return -ENOSPC;
	if (i == m->n_ssrcs) {
		ssrcs = sdp_append(m->ssrcs, &m->n_ssrcs, &new, sizeof(new));
		if (!ssrcs)
			return -ENOMEM;
		m->ssrcs = ssrcs;
	}
	*source = &m->ssrcs[i];
	return 0;
}

int sdp_media_add_ssrc(struct sdp_media *m, uint32_t ssrc, const char *cname)
{
	struct sdp_ssrc *source;
	int ret;

	if (!sdp_is_text(cname))
		return -EINVAL;
	ret = sdp_source_of(m, ssrc, &source);
	return ret ? ret : sdp_set_string(&source->cname, cname, sdp_is_text);
}

int sdp_media_add_ssrc_msid(struct sdp_media *m, uint32_t ssrc,
			    const char *msid)
{
	struct sdp_ssrc *source;
	int err;

	if (!sdp_is_said(msid))
		return -EINVAL;
	err = sdp_source_of(m, ssrc, &source);
	return err ? err : sdp_set_string(&source->msid, msid, sdp_is_said);
}

/* "1 cname:x" is not for here: <ssrc> msid:<stream> <track> is. */
int sdp_parse_ssrc_msid(struct parser *p, char *value)
{
	const char *msid = strstr(value, " msid:");
	uint64_t ssrc;

	if (!msid || !sdp_number(value, ' ', UINT32_MAX, &ssrc) ||
	    msid != strchr(value, ' '))
		return -EINVAL;
	return sdp_media_add_ssrc_msid(p->media, ssrc, msid + strlen(" msid:"));
}

void sdp_write_ssrcs(FILE *f, const struct sdp_media *m)
{
	for (size_t i = 0; i < m->n_ssrcs; i++)
		if (m->ssrcs[i].cname)
			fprintf(f, "a=ssrc:%" PRIu32 " cname:%s\r\n",
				m->ssrcs[i].ssrc, m->ssrcs[i].cname);
}

void sdp_write_ssrc_msids(FILE *f, const struct sdp_media *m)
{
	for (size_t i = 0; i < m->n_ssrcs; i++)
		if (m->ssrcs[i].msid)
			fprintf(f, "a=ssrc:%" PRIu32 " msid:%s\r\n",
				m->ssrcs[i].ssrc, m->ssrcs[i].msid);
}

/* ---- groups ------------------------------------------------------------- */

static void free_group(struct sdp_ssrc_group *g)
{
	free(g->semantics);
	free(g->ssrcs);
}

int sdp_media_add_ssrc_group(struct sdp_media *m, const char *semantics,
			     const uint32_t *ssrcs, size_t n)
{
	struct sdp_ssrc_group g = { .n = n };
	int err;

	if (!n || n > SDP_MAX_SSRCS)
		return -EINVAL;
	err = sdp_set_string(&g.semantics, semantics, sdp_is_token);
	if (err)
		return err;
	g.ssrcs = malloc(n * sizeof(*ssrcs));
	if (g.ssrcs) {
		memcpy(g.ssrcs, ssrcs, n * sizeof(*ssrcs));
		err = SDP_ADD(m->ssrc_groups, m->n_ssrc_groups,
			      SDP_MAX_SSRC_GROUPS, g);
	} else {
		err = -ENOMEM;
	}
	if (err)
		free_group(&g);
	return err;
}

/* <semantics> <ssrc> ... */
int sdp_parse_ssrc_group(struct parser *p, char *value)
{
	const char *semantics = strsep(&value, " "), *word;
	uint32_t ssrcs[SDP_MAX_SSRCS];
	uint64_t ssrc;
	size_t n = 0;

	while ((word = strsep(&value, " "))) {
		if (n == SDP_MAX_SSRCS ||
		    !sdp_number(word, '\0', UINT32_MAX, &ssrc))
			return -EINVAL;
		ssrcs[n++] = ssrc;
	}
	return sdp_media_add_ssrc_group(p->media, semantics, ssrcs, n);
}

void sdp_write_ssrc_groups(FILE *f, const struct sdp_media *m)
{
	for (unsigned int i = 0; i < m->n_ssrc_groups; i++) {
		const struct sdp_ssrc_group *g = &m->ssrc_groups[i];

		fprintf(f, "a=ssrc-group:%s", g->semantics);
		for (unsigned int k = 0; k < g->n; k++)
			fprintf(f, " %" PRIu32, g->ssrcs[k]);
		fputs("\r\n", f);
	}
}

/* ---- all of it ---------------------------------------------------------- */

void sdp_forget_ssrcs(struct sdp_media *m)
{
	while (m->n_ssrcs) {
		struct sdp_ssrc *source = &m->ssrcs[--m->n_ssrcs];

		free(source->cname);
		free(source->msid);
	}
	while (m->n_ssrc_groups)
		free_group(&m->ssrc_groups[--m->n_ssrc_groups]);
	free(m->ssrcs);
	free(m->ssrc_groups);
	m->ssrcs = NULL;
	m->ssrc_groups = NULL;
}
