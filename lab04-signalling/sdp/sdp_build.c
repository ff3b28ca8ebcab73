// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A description made by hand, and what frees any description. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab04-signalling/sdp/sdp_internal.h"

static const char *const kinds[] = {
	[SDP_AUDIO] = "audio",
	[SDP_VIDEO] = "video",
	[SDP_APPLICATION] = "application",
};

int sdp_set_sess_id(struct sdp *sdp, uint64_t sess_id)
{
	char text[sizeof("18446744073709551615")], *copy;

	snprintf(text, sizeof(text), "%" PRIu64, sess_id);
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(sdp->sess_id);
	sdp->sess_id = copy;
	return 0;
}

struct sdp *sdp_new(uint64_t sess_id, const struct in6_addr *address)
{
	struct sdp *sdp = calloc(1, sizeof(*sdp));
	char buffer[SDP_ADDRESS_SIZE];

	if (!sdp)
		return NULL;
	sdp->sess_version = 1;
	sdp->has_connection = true;
	sdp->connection = *address;
	sdp->username = strdup("-");
	sdp->name = strdup("-");
	sdp->origin = strdup(sdp_print_address(address, buffer));
	if (!sdp_set_sess_id(sdp, sess_id) && sdp->username && sdp->name &&
	    sdp->origin)
		return sdp;
	sdp_free(sdp);
	return NULL;
}

static void forget_lines(struct sdp_lines *lines)
{
	free(lines->text);
	*lines = (struct sdp_lines){ 0 };
}

/* Attributes but those of formats and those of the transport. */
static void forget_attributes(struct sdp_media *m)
{
	sdp_forget_ssrcs(m);
	sdp_forget_layers(m);
	sdp_forget_feedback(m);
	sdp_forget_extensions(&m->extensions);
	forget_lines(&m->kept);
	free(m->msid);
	m->msid = NULL;
}

static void forget_transport(struct sdp_media *m)
{
	sdp_forget_ice(&m->ice);
	sdp_forget_dtls(&m->dtls);
}

void sdp_media_clear(struct sdp_media *m)
{
	while (m->n_formats)
		sdp_free_format(&m->formats[--m->n_formats]);
	free(m->formats);
	m->formats = NULL;
	forget_attributes(m);
}

static void forget_formats(struct sdp_media *m, const struct sdp_media *but)
{
	size_t kept = 0, last = m->n_formats;

	for (size_t i = 0; i < m->n_formats; i++) {
		struct sdp_format *f = &m->formats[i];

		if (sdp_find_format(but, f->payload_type) ||
		    (!kept && i + 1 == last))
			m->formats[kept++] = *f;
		else
			sdp_free_format(f);
	}
	m->n_formats = kept;
}

void sdp_forget_unanswered(struct sdp *offer, const struct sdp *answer)
{
	forget_lines(&offer->kept);
	sdp_forget_candidates(&offer->ice);
	for (size_t i = 0; i < offer->n_media; i++) {
		struct sdp_media *m = &offer->media[i];

		forget_lines(&m->kept);
		free(m->title);
		m->title = NULL;
		sdp_forget_candidates(&m->ice);
		forget_formats(m, &answer->media[i]);
		sdp_forget_stale_feedback(m);
	}
}

static void free_media(struct sdp_media *m)
{
	sdp_media_clear(m);
	forget_transport(m);
	free(m->fault);
	free(m->title);
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
	sdp_forget_ice(&sdp->ice);
	sdp_forget_dtls(&sdp->dtls);
	sdp_forget_extensions(&sdp->extensions);
	free(sdp->kept.text);
	free(sdp->media);
	free(sdp->username);
	free(sdp->sess_id);
	free(sdp->origin);
	free(sdp->name);
	free(sdp);
}

int sdp_set_fault(struct sdp_media *m, const struct sdp_error *fault)
{
	m->fault = malloc(sizeof(*m->fault));
	if (!m->fault)
		return -ENOMEM;
	*m->fault = *fault;
	m->port = 0;
	m->direction = SDP_INACTIVE;
	m->rtcp_mux = false;
	m->rtcp_mux_only = false;
	m->rtcp_rsize = false;
	m->bundle_only = false;
	forget_attributes(m);
	forget_transport(m);
	return 0;
}

/* The index of a word in kinds[]; if it is none of them, SDP_OTHER. */
static enum sdp_kind kind_of(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcasecmp(kinds[i], type))
			break;
	return i;
}

static int init_media(struct sdp_media *m, const char *type, const char *proto,
		      const char *mid)
{
	int ret = sdp_set_string(&m->type, type, sdp_is_token);

	if (!ret)
		ret = sdp_set_string(&m->proto, proto, sdp_is_protocol);
	if (!ret && mid)
		ret = sdp_set_string(&m->mid, mid, sdp_is_token);
	m->kind = kind_of(type);
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

int sdp_media_set_msid(struct sdp_media *m, const char *stream,
		       const char *track)
{
	size_t size = strlen(stream) + strlen(track) + 2;

	if (m->msid)
		return -EEXIST;
	if (!sdp_is_word(stream) || !sdp_is_word(track))
		return -EINVAL;
	m->msid = malloc(size);
	if (!m->msid)
		return -ENOMEM;
	snprintf(m->msid, size, "%s %s", stream, track);
	return 0;
}
