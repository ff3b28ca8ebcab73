// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A description made by hand, and what frees any description. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp_internal.h"

static const char *const kinds[] = {
	[SDP_AUDIO] = "audio",
	[SDP_VIDEO] = "video",
	[SDP_APPLICATION] = "application",
};

struct sdp *sdp_new(uint64_t sess_id, const struct in6_addr *address)
{
	struct sdp *sdp = calloc(1, sizeof(*sdp));
	char buffer[SDP_ADDRESS_SIZE];

	if (!sdp)
		return NULL;
	sdp->sess_id = sess_id;
	sdp->sess_version = 1;
	sdp->has_connection = true;
	sdp->connection = *address;
	sdp->username = strdup("-");
	sdp->name = strdup("-");
	sdp->origin = strdup(sdp_print_address(address, buffer));
	if (sdp->username && sdp->name && sdp->origin)
		return sdp;
	sdp_free(sdp);
	return NULL;
}

static void free_strings(char **strings, size_t n)
{
	while (n)
		free(strings[--n]);
	free(strings);
}

void sdp_media_clear(struct sdp_media *m)
{
	while (m->n_formats)
		sdp_free_format(&m->formats[--m->n_formats]);
	while (m->n_ssrcs)
		free(m->ssrcs[--m->n_ssrcs].cname);
	free_strings(m->attributes, m->n_attributes);
	free(m->formats);
	free(m->ssrcs);
	free(m->msid);
	m->n_attributes = 0;
	m->attributes = NULL;
	m->formats = NULL;
	m->ssrcs = NULL;
	m->msid = NULL;
}

static void free_media(struct sdp_media *m)
{
	sdp_media_clear(m);
	free(m->type);
	free(m->proto);
	free(m->fmt);
	free(m->mid);
}

void sdp_free(struct sdp *sdp)
{
	if (!sdp)
		return;
	while (sdp->n_media)
		free_media(&sdp->media[--sdp->n_media]);
	free_strings(sdp->attributes, sdp->n_attributes);
	free(sdp->media);
	free(sdp->username);
	free(sdp->origin);
	free(sdp->name);
	free(sdp);
}

static int init_media(struct sdp_media *m, const char *type, const char *proto,
		      const char *mid)
{
	int ret = sdp_set_string(&m->type, type, sdp_is_token);

	if (!ret)
		ret = sdp_set_string(&m->proto, proto, sdp_is_token);
	if (!ret && mid)
		ret = sdp_set_string(&m->mid, mid, sdp_is_token);
	/* a word that is none of the kinds has the index SDP_OTHER */
	m->kind = sdp_find_word(kinds, ARRAY_SIZE(kinds), type);
	m->direction = SDP_SENDRECV;
	return ret;
}

struct sdp_media *sdp_add_media(struct sdp *sdp, const char *type,
				const char *proto, const char *mid)
{
	struct sdp_media m = {
		.has_connection = sdp->has_connection,
		.connection = sdp->connection,
	};
	struct sdp_media *media = NULL;
	int ret = -ENOSPC;

	if (sdp->n_media < SDP_MAX_MEDIA)
		ret = init_media(&m, type, proto, mid);
	if (!ret) {
		media = sdp_append(sdp->media, &sdp->n_media, &m, sizeof(m));
		ret = media ? 0 : -ENOMEM;
	}
	if (ret) {
		free_media(&m);
		errno = -ret;
		return NULL;
	}
	sdp->media = media;
	return &media[sdp->n_media - 1];
}
int sdp_source_of(struct sdp_media *m, uint32_t ssrc,
		  struct sdp_ssrc **source)
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

int sdp_media_set_msid(struct sdp_media *m, const char *stream,
		       const char *track)
{
	size_t size = strlen(stream) + strlen(track) + 2;

	if (m->msid)
		return -EEXIST;
	if (!sdp_is_token(stream) || !sdp_is_token(track))
		return -EINVAL;
	m->msid = malloc(size);
	if (!m->msid)
		return -ENOMEM;
	snprintf(m->msid, size, "%s %s", stream, track);
	return 0;
}
