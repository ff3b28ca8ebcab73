// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One picture in several layers (RFC 8851, RFC 8853): a=rid names each layer,
 * and a=simulcast says which of them are sent or received, in an order of their
 * author's:
 *
 *	a=rid:q send
 *	a=rid:h send
 *	a=simulcast:send q;~h,f		q, and h or f, which is paused
 *
 * The line of a=simulcast stays as it is; beside it stand the layers that its
 * author sends.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* RFC 8851's rid-id. */
static bool is_rid(const char *s)
{
	size_t len = 0;

	while (isalnum((unsigned char)s[len]) || s[len] == '-' || s[len] == '_')
		len++;
	return len && !s[len] && len <= SDP_MAX_RID;
}

/* "send" or "recv"; SDP_INACTIVE: neither. */
static enum sdp_direction direction_of(const char *word)
{
	if (!strcmp(word, "send"))
		return SDP_SENDONLY;
	return strcmp(word, "recv") ? SDP_INACTIVE : SDP_RECVONLY;
}

/* ---- a=rid -------------------------------------------------------------- */

static void free_rid(struct sdp_rid *rid)
{
	free(rid->id);
	free(rid->restrictions);
}

static const struct sdp_rid *find_rid(const struct sdp_media *m, const char *id)
{
	for (unsigned int i = 0; i < m->n_rids; i++)
		if (!strcmp(m->rids[i].id, id))
			return &m->rids[i];
	return NULL;
}

int sdp_media_add_rid(struct sdp_media *m, const struct sdp_rid *from)
{
	struct sdp_rid rid = { .direction = from->direction };
	int err;

	if (rid.direction != SDP_SENDONLY && rid.direction != SDP_RECVONLY)
		return -EINVAL;
	if (find_rid(m, from->id))
		return -EEXIST;
	err = sdp_set_string(&rid.id, from->id, is_rid);
	if (!err && from->restrictions)
		err = sdp_set_string(&rid.restrictions, from->restrictions,
				     sdp_is_said);
	if (!err)
		err = SDP_ADD(m->rids, m->n_rids, SDP_MAX_RIDS, rid);
	if (err)
		free_rid(&rid);
	return err;
}

/* <id> send|recv[ <restrictions>] */
int sdp_parse_rid(struct parser *p, char *value)
{
	struct sdp_rid rid = { .id = strsep(&value, " ") };
	const char *direction = strsep(&value, " ");

	if (!direction)
		return -EINVAL;
	rid.direction = direction_of(direction);
	rid.restrictions = value;
	return sdp_media_add_rid(p->media, &rid);
}

/* ---- a=simulcast -------------------------------------------------------- */

static void forget_simulcast(struct sdp_simulcast *simulcast)
{
	while (simulcast->n_send)
		free(simulcast->send[--simulcast->n_send].rid);
	free(simulcast->send);
	free(simulcast->value);
	*simulcast = (struct sdp_simulcast){ 0 };
}

/* A layer may be one of several: "q", "~q", "1,~2".  The first one counts. */
static int read_layer(char *alternatives, struct sdp_layer *layer)
{
	char *rid = alternatives;

	*layer = (struct sdp_layer){ 0 };
	while ((rid = strsep(&alternatives, ","))) {
		bool paused = *rid == '~';

		if (!is_rid(rid + paused))
			return -EINVAL;
		if (!layer->rid)
			*layer = (struct sdp_layer){ rid + paused, paused };
	}
	return 0;
}

static int add_layer(struct sdp_simulcast *simulcast, struct sdp_layer layer)
{
	int err;

	layer.rid = strdup(layer.rid);
	if (!layer.rid)
		return -ENOMEM;
	err = SDP_ADD(simulcast->send, simulcast->n_send, SDP_MAX_RIDS, layer);
	if (err)
		free(layer.rid);
	return err;
}

/* "q;h;f"; those that are sent are added. */
static int read_layers(struct sdp_simulcast *simulcast, char *list, bool sent)
{
	struct sdp_layer layer;
	char *one;
	int err = 0;

	while (!err && (one = strsep(&list, ";"))) {
		err = read_layer(one, &layer);
		if (!err && sent)
			err = add_layer(simulcast, layer);
	}
	return err;
}

/* <direction> <layers>[ <other direction> <layers>], in pieces. */
static int read_simulcast(struct sdp_simulcast *simulcast, char *value)
{
	enum sdp_direction seen = SDP_INACTIVE, direction;
	const char *word;
	char *list;
	int err = *value ? 0 : -EINVAL;

	while (!err && (word = strsep(&value, " "))) {
		direction = direction_of(word);
		list = strsep(&value, " ");
		if (!direction || direction & seen || !list)
			return -EINVAL;
		seen |= direction;
		err = read_layers(simulcast, list, direction == SDP_SENDONLY);
	}
	return err;
}

int sdp_media_set_simulcast(struct sdp_media *m, const char *value)
{
	struct sdp_simulcast new = { 0 };
	int err = sdp_set_string(&new.value, value, sdp_is_said);
	char *pieces;

	if (err)
		return err;
	pieces = strdup(value);
	err = pieces ? read_simulcast(&new, pieces) : -ENOMEM;
	free(pieces);
	if (!err && m->simulcast.value)
		err = -EEXIST;
	if (err)
		forget_simulcast(&new);
	else
		m->simulcast = new;
	return err;
}

int sdp_parse_simulcast(struct parser *p, char *value)
{
	return sdp_media_set_simulcast(p->media, value);
}

const char *sdp_first_rid(const struct sdp_media *m)
{
	for (unsigned int i = 0; i < m->simulcast.n_send; i++) {
		const struct sdp_layer *layer = &m->simulcast.send[i];
		const struct sdp_rid *rid = find_rid(m, layer->rid);

		if (rid && rid->direction == SDP_SENDONLY && !layer->paused)
			return rid->id;
	}
	return NULL;
}

/* ---- both --------------------------------------------------------------- */

void sdp_write_layers(FILE *f, const struct sdp_media *m)
{
	for (unsigned int i = 0; i < m->n_rids; i++) {
		const struct sdp_rid *rid = &m->rids[i];

		fprintf(f, "a=rid:%s %s", rid->id,
			rid->direction == SDP_SENDONLY ? "send" : "recv");
		if (rid->restrictions)
			fprintf(f, " %s", rid->restrictions);
		fputs("\r\n", f);
	}
	if (m->simulcast.value)
		fprintf(f, "a=simulcast:%s\r\n", m->simulcast.value);
}

void sdp_forget_layers(struct sdp_media *m)
{
	while (m->n_rids)
		free_rid(&m->rids[--m->n_rids]);
	free(m->rids);
	m->rids = NULL;
	forget_simulcast(&m->simulcast);
}
