// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is agreed on beside the codecs: header extensions (a=extmap), which may
 * be the session's or an m-line's, and RTCP feedback (a=rtcp-fb), which is
 * an m-line's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* ---- header extensions -------------------------------------------------- */

static void free_extension(struct sdp_extension *e)
{
	free(e->uri);
	free(e->attributes);
}

static bool has_id(const struct sdp_extensions *extensions, uint8_t id)
{
	for (unsigned int i = 0; i < extensions->n; i++)
		if (extensions->list[i].id == id)
			return true;
	return false;
}

int sdp_add_extension(struct sdp_extensions *extensions,
		      const struct sdp_extension *from)
{
	struct sdp_extension e = {
		.id = from->id,
		.direction = from->direction,
	};
	int err;

	if (!e.id || e.direction > SDP_SENDRECV)
		return -EINVAL;
	if (has_id(extensions, e.id))
		return -EEXIST;
	err = sdp_set_string(&e.uri, from->uri, sdp_is_word);
	if (!err && from->attributes)
		err = sdp_set_string(&e.attributes, from->attributes,
				     sdp_is_said);
	if (!err)
		err = SDP_ADD(extensions->list, extensions->n,
			      SDP_MAX_EXTENSIONS, e);
	if (err)
		free_extension(&e);
	return err;
}

/* <id>[/<direction>] <URI>[ <attributes>] */
int sdp_parse_extension(struct parser *p, char *value)
{
	struct sdp_extensions *extensions = p->media ? &p->media->extensions :
						       &p->sdp->extensions;
	char *direction = strsep(&value, " ");
	const char *number = strsep(&direction, "/");
	struct sdp_extension e = { .direction = SDP_SENDRECV };
	uint64_t id;

	if (!value || !sdp_number(number, '\0', UINT8_MAX, &id))
		return -EINVAL;
	if (direction)
		e.direction = sdp_find_word(sdp_directions,
					    ARRAY_SIZE(sdp_directions),
					    direction);
	e.id = id;
	e.uri = strsep(&value, " ");
	e.attributes = value;
	return sdp_add_extension(extensions, &e);
}

static const struct sdp_extension *
find_uri(const struct sdp_extensions *extensions, const char *uri)
{
	for (unsigned int i = 0; i < extensions->n; i++)
		if (!strcmp(extensions->list[i].uri, uri))
			return &extensions->list[i];
	return NULL;
}

const struct sdp_extension *sdp_find_extension(const struct sdp *sdp,
					       const struct sdp_media *m,
					       const char *uri)
{
	const struct sdp_extension *own = find_uri(&m->extensions, uri);

	return own ? own : find_uri(&sdp->extensions, uri);
}

void sdp_write_extensions(FILE *f, const struct sdp_extensions *extensions)
{
	if (extensions->allow_mixed)
		fputs("a=extmap-allow-mixed\r\n", f);
	for (unsigned int i = 0; i < extensions->n; i++) {
		const struct sdp_extension *e = &extensions->list[i];

		fprintf(f, "a=extmap:%u", e->id);
		if (e->direction != SDP_SENDRECV)
			fprintf(f, "/%s", sdp_directions[e->direction]);
		fprintf(f, " %s", e->uri);
		if (e->attributes)
			fprintf(f, " %s", e->attributes);
		fputs("\r\n", f);
	}
}

void sdp_forget_extensions(struct sdp_extensions *extensions)
{
	while (extensions->n)
		free_extension(&extensions->list[--extensions->n]);
	free(extensions->list);
	*extensions = (struct sdp_extensions){ 0 };
}

/* ---- feedback ----------------------------------------------------------- */

static bool has_type(const struct sdp_media *m, uint8_t payload_type)
{
	return payload_type == SDP_ANY_TYPE || sdp_find_format(m, payload_type);
}

int sdp_media_add_feedback(struct sdp_media *m, uint8_t payload_type,
			   const char *value)
{
	struct sdp_feedback fb = { .payload_type = payload_type };
	int err;

	if (!has_type(m, payload_type))
		return -EINVAL;
	err = sdp_set_string(&fb.value, value, sdp_is_said);
	if (!err)
		err = SDP_ADD(m->feedback, m->n_feedback, SDP_MAX_FEEDBACK, fb);
	if (err)
		free(fb.value);
	return err;
}

/* <payload type>|* <value> */
int sdp_parse_feedback(struct parser *p, char *value)
{
	const char *type = strsep(&value, " ");
	uint64_t number = SDP_ANY_TYPE;

	if (!value)
		return -EINVAL;
	if (strcmp(type, "*") &&
	    !sdp_number(type, '\0', SDP_MAX_PAYLOAD_TYPE, &number))
		return -EINVAL;
	return sdp_media_add_feedback(p->media, number, value);
}

void sdp_write_feedback(FILE *f, const struct sdp_media *m)
{
	for (unsigned int i = 0; i < m->n_feedback; i++) {
		const struct sdp_feedback *fb = &m->feedback[i];

		if (fb->payload_type == SDP_ANY_TYPE)
			fprintf(f, "a=rtcp-fb:* %s\r\n", fb->value);
		else
			fprintf(f, "a=rtcp-fb:%u %s\r\n", fb->payload_type,
				fb->value);
	}
}

/* Feedback about a format that is not there any more goes as well. */
void sdp_forget_stale_feedback(struct sdp_media *m)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->n_feedback; i++)
		if (has_type(m, m->feedback[i].payload_type))
			m->feedback[kept++] = m->feedback[i];
		else
			free(m->feedback[i].value);
	m->n_feedback = kept;
}

void sdp_forget_feedback(struct sdp_media *m)
{
	while (m->n_feedback)
		free(m->feedback[--m->n_feedback].value);
	free(m->feedback);
	m->feedback = NULL;
}
