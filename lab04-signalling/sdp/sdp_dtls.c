// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * DTLS: which certificates, and who begins.  And what counts for an m-line
 * that leaves it to its group or to the session:
 *
 *	the m-line  -->  the first of its BUNDLE group  -->  the session
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/sdp/sdp_internal.h"

/* The words of enum sdp_setup, in its order. */
static const char *const setups[] = {
	[SDP_SETUP_UNSAID] = "",     [SDP_ACTPASS] = "actpass",
	[SDP_ACTIVE] = "active",     [SDP_PASSIVE] = "passive",
	[SDP_HOLDCONN] = "holdconn",
};

static struct sdp_dtls *dtls_read(struct parser *p)
{
	return p->media ? &p->media->dtls : &p->sdp->dtls;
}

/* ---- fingerprints ------------------------------------------------------- */

/* Pairs of hexadecimal digits with a colon between two: "FE:27:6A". */
static bool is_fingerprint(const char *s)
{
	while (isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1])) {
		if (!s[2])
			return true;
		if (s[2] != ':')
			return false;
		s += 3;
	}
	return false;
}

int sdp_add_fingerprint(struct sdp_dtls *dtls, const char *hash,
			const char *bytes)
{
	struct sdp_fingerprint f = { 0 };
	int err = sdp_set_string(&f.hash, hash, sdp_is_token);

	if (!err)
		err = sdp_set_string(&f.bytes, bytes, is_fingerprint);
	if (!err)
		err = SDP_ADD(dtls->fingerprints, dtls->n_fingerprints,
			      SDP_MAX_FINGERPRINTS, f);
	if (err) {
		free(f.hash);
		free(f.bytes);
	}
	return err;
}

int sdp_parse_fingerprint(struct parser *p, char *value)
{
	const char *hash = strsep(&value, " ");

	return value ? sdp_add_fingerprint(dtls_read(p), hash, value) : -EINVAL;
}

int sdp_parse_setup(struct parser *p, char *value)
{
	struct sdp_dtls *dtls = dtls_read(p);
	size_t setup = sdp_find_word(setups, ARRAY_SIZE(setups), value);

	if (!*value || setup == ARRAY_SIZE(setups))
		return -EINVAL;
	if (!dtls->setup)
		dtls->setup = setup;
	return 0;
}

void sdp_write_dtls(FILE *f, const struct sdp_dtls *dtls)
{
	for (unsigned int i = 0; i < dtls->n_fingerprints; i++)
		fprintf(f, "a=fingerprint:%s %s\r\n",
			dtls->fingerprints[i].hash,
			dtls->fingerprints[i].bytes);
	if (dtls->setup)
		fprintf(f, "a=setup:%s\r\n", setups[dtls->setup]);
}

void sdp_forget_dtls(struct sdp_dtls *dtls)
{
	while (dtls->n_fingerprints) {
		struct sdp_fingerprint
			*f = &dtls->fingerprints[--dtls->n_fingerprints];

		free(f->hash);
		free(f->bytes);
	}
	free(dtls->fingerprints);
	*dtls = (struct sdp_dtls){ 0 };
}

/* ---- what counts -------------------------------------------------------- */

/* Fills in what nobody has said who comes before. */
static void consult_ice(struct sdp_endpoint *e, const struct sdp_ice *ice)
{
	if (!e->ufrag && !e->pwd) {
		e->ufrag = ice->ufrag;
		e->pwd = ice->pwd;
	}
	if (!e->options)
		e->options = ice->options;
	if (!e->candidates->n_candidates && ice->n_candidates)
		e->candidates = ice;
	e->lite |= ice->lite;
}

static void consult_dtls(struct sdp_endpoint *e, const struct sdp_dtls *dtls)
{
	if (!e->fingerprints->n_fingerprints && dtls->n_fingerprints)
		e->fingerprints = dtls;
	if (!e->setup)
		e->setup = dtls->setup;
}

/* The m-line whose transport is its whole group's (RFC 9143: it is tagged). */
static const struct sdp_media *first_of_group(const struct sdp *sdp)
{
	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		if (m->bundled && m->port && !m->bundle_only)
			return m;
	}
	return NULL;
}

void sdp_endpoint(const struct sdp *sdp, const struct sdp_media *m,
		  struct sdp_endpoint *e)
{
	const struct sdp_media *first = m->bundled ? first_of_group(sdp) : NULL;

	*e = (struct sdp_endpoint){
		.candidates = &m->ice,
		.fingerprints = &m->dtls,
	};
	consult_ice(e, &m->ice);
	consult_dtls(e, &m->dtls);
	if (first) {
		consult_ice(e, &first->ice);
		consult_dtls(e, &first->dtls);
	}
	consult_ice(e, &sdp->ice);
	consult_dtls(e, &sdp->dtls);
}

bool sdp_is_encrypted(const struct sdp *sdp, const struct sdp_media *m)
{
	struct sdp_endpoint e;

	if (strcasestr(m->proto, "SAVP") || strcasestr(m->proto, "TLS"))
		return true;
	sdp_endpoint(sdp, m, &e);
	return e.fingerprints->n_fingerprints;
}
