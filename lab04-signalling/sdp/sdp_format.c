// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Payload types and the codecs they stand for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* RFC 3551 section 6, tables 4 and 5. */
static const struct sdp_format static_formats[] = {
	{ 0, "PCMU", 8000, 1, NULL },	{ 3, "GSM", 8000, 1, NULL },
	{ 4, "G723", 8000, 1, NULL },	{ 5, "DVI4", 8000, 1, NULL },
	{ 6, "DVI4", 16000, 1, NULL },	{ 7, "LPC", 8000, 1, NULL },
	{ 8, "PCMA", 8000, 1, NULL },	{ 9, "G722", 8000, 1, NULL },
	{ 10, "L16", 44100, 2, NULL },	{ 11, "L16", 44100, 1, NULL },
	{ 12, "QCELP", 8000, 1, NULL }, { 13, "CN", 8000, 1, NULL },
	{ 14, "MPA", 90000, 1, NULL },	{ 15, "G728", 8000, 1, NULL },
	{ 16, "DVI4", 11025, 1, NULL }, { 17, "DVI4", 22050, 1, NULL },
	{ 18, "G729", 8000, 1, NULL },	{ 25, "CelB", 90000, 1, NULL },
	{ 26, "JPEG", 90000, 1, NULL }, { 28, "nv", 90000, 1, NULL },
	{ 31, "H261", 90000, 1, NULL }, { 32, "MPV", 90000, 1, NULL },
	{ 33, "MP2T", 90000, 1, NULL }, { 34, "H263", 90000, 1, NULL },
};

const struct sdp_format *sdp_static_format(unsigned int payload_type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(static_formats); i++)
		if (static_formats[i].payload_type == payload_type)
			return &static_formats[i];
	return NULL;
}

struct sdp_format *sdp_find_format(const struct sdp_media *m,
				   unsigned int payload_type)
{
	size_t i;

	for (i = 0; i < m->n_formats; i++)
		if (m->formats[i].payload_type == payload_type)
			return &m->formats[i];
	return NULL;
}

/* It has a codec only because its payload type is static. */
static bool is_presumed(const struct sdp_format *format)
{
	const struct sdp_format *known = sdp_static_format(
		format->payload_type);

	return known && format->encoding &&
	       !strcmp(format->encoding, known->encoding) &&
	       format->clock_rate == known->clock_rate &&
	       format->channels == known->channels;
}

int sdp_set_codec(struct sdp_format *format, const char *encoding,
		  uint32_t clock_rate, uint8_t channels)
{
	if (!clock_rate || !sdp_is_token(encoding))
		return -EINVAL;
	if (is_presumed(format)) {
		free(format->encoding);
		format->encoding = NULL;
	}
	if (format->encoding)
		return -EEXIST;
	format->clock_rate = clock_rate;
	format->channels = channels ? channels : 1;
	return sdp_set_string(&format->encoding, encoding, sdp_is_token);
}

void sdp_free_format(struct sdp_format *format)
{
	free(format->encoding);
	free(format->fmtp);
}

int sdp_media_add_format(struct sdp_media *m, const struct sdp_format *from)
{
	struct sdp_format f = {
		.payload_type = from->payload_type,
		.channels = 1,
	};
	struct sdp_format *formats = NULL;
	int ret = 0;

	if (f.payload_type > SDP_MAX_PAYLOAD_TYPE)
		return -EINVAL;
	if (sdp_find_format(m, f.payload_type))
		return -EEXIST;
	if (from->encoding)
		ret = sdp_set_codec(&f, from->encoding, from->clock_rate,
				    from->channels);
	if (!ret && from->fmtp)
		ret = sdp_set_string(&f.fmtp, from->fmtp, sdp_is_text);
	if (!ret) {
		formats = sdp_append(m->formats, &m->n_formats, &f, sizeof(f));
		ret = formats ? 0 : -ENOMEM;
	}
	if (ret)
		sdp_free_format(&f);
	else
		m->formats = formats;
	return ret;
}
