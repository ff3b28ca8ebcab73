/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files sdp_*.c offer to each other only. */
#ifndef LAB04_SDP_INTERNAL_H
#define LAB04_SDP_INTERNAL_H

#include <stdio.h>

#include "lab04-signalling/sdp/sdp_text.h"

/* ---- sdp_format.c ------------------------------------------------------- */

/* The format that RFC 3551 gives a payload type, or NULL. */
const struct sdp_format *sdp_static_format(unsigned int payload_type);

/* The m-line's format of this payload type, or NULL. */
struct sdp_format *sdp_find_format(const struct sdp_media *m,
				   unsigned int payload_type);

/*
 * Gives a format its codec; channels 0 means 1. Returns 0, -EEXIST (it has a
 * codec already that is not from RFC 3551), -EINVAL or -ENOMEM.
 */
int sdp_set_codec(struct sdp_format *format, const char *encoding,
		  uint32_t clock_rate, uint8_t channels);

void sdp_free_format(struct sdp_format *format);

/* ---- sdp_build.c -------------------------------------------------------- */

/* Refuses an m-line that cannot be read. Returns 0 or -ENOMEM. */
int sdp_set_fault(struct sdp_media *m, const struct sdp_error *fault);

/* ---- sdp_parse.c, sdp_attributes.c -------------------------------------- */

struct parser {
	struct sdp *sdp;
	struct sdp_media *media;      /* being read; NULL: the session is */
	struct sdp_error *err;	      /* its line is the one being read */
	enum sdp_direction direction; /* of m-lines that do not say */
	struct sdp_error connection;  /* of the session's c=; line 0: none */
	bool own_connection;	      /* the m-line has had a c= */
	bool own_direction;	      /* the part being read has said one */
	char *bundle;		      /* mids in a=group:BUNDLE, or NULL */
};

/* Where a line or an attribute may stand. */
enum {
	SESSION = 1,
	MEDIA = 2,
};

/*
 * A handler of an attribute that spoils only itself if it is odd. It may cut
 * `value` up, which is text without blanks at the ends. Returns 0 or -EEXIST
 * (done), -EINVAL or -ENOSPC (keep the line as it is), or -ENOMEM.
 */
typedef int sdp_handler(struct parser *p, char *value);

/* Reads the value of a=, which it may cut up. 0, or -errno and *p->err. */
int sdp_parse_attribute(struct parser *p, char *text);

/* ---- sdp_session.c ------------------------------------------------------ */

/* Values of v=, o=, s= and c=.  They return 0, or -errno and *p->err. */
int sdp_parse_version(struct parser *p, char *value);
int sdp_parse_origin(struct parser *p, char *value);
int sdp_parse_name(struct parser *p, char *value);
int sdp_parse_connection(struct parser *p, char *value);

/* At the end of the session part: are all lines there that must be? */
int sdp_check_session(struct parser *p);

/* ---- sdp_ice.c, sdp_dtls.c ---------------------------------------------- */

/* Whose ICE lines are being read: the session's or the m-line's. */
struct sdp_ice *sdp_ice_read(struct parser *p);

sdp_handler sdp_parse_ufrag, sdp_parse_password, sdp_parse_ice_options,
	sdp_parse_candidate, sdp_parse_fingerprint, sdp_parse_setup;

void sdp_write_ice(FILE *f, const struct sdp_ice *ice);
void sdp_write_dtls(FILE *f, const struct sdp_dtls *dtls);
void sdp_forget_candidates(struct sdp_ice *ice);
void sdp_forget_ice(struct sdp_ice *ice);
void sdp_forget_dtls(struct sdp_dtls *dtls);

/* ---- sdp_extension.c ---------------------------------------------------- */

sdp_handler sdp_parse_extension, sdp_parse_feedback;

void sdp_write_extensions(FILE *f, const struct sdp_extensions *extensions);
void sdp_write_feedback(FILE *f, const struct sdp_media *m);
void sdp_forget_extensions(struct sdp_extensions *extensions);
void sdp_forget_stale_feedback(struct sdp_media *m);
void sdp_forget_feedback(struct sdp_media *m);

/* ---- sdp_source.c ------------------------------------------------------- */

/*
 * Finds the m-line's source `ssrc`, or adds it without a cname: *source stays
 * the m-line's. Returns 0, -ENOSPC (SDP_MAX_SSRCS) or -ENOMEM.
 */
int sdp_source_of(struct sdp_media *m, uint32_t ssrc, struct sdp_ssrc **source);

sdp_handler sdp_parse_ssrc_msid, sdp_parse_ssrc_group;

void sdp_write_ssrcs(FILE *f, const struct sdp_media *m);
void sdp_write_ssrc_groups(FILE *f, const struct sdp_media *m);
void sdp_write_ssrc_msids(FILE *f, const struct sdp_media *m);
void sdp_forget_ssrcs(struct sdp_media *m);

/* ---- sdp_simulcast.c ---------------------------------------------------- */

sdp_handler sdp_parse_rid, sdp_parse_simulcast;

void sdp_write_layers(FILE *f, const struct sdp_media *m);
void sdp_forget_layers(struct sdp_media *m);

/* ---- sdp_group.c -------------------------------------------------------- */

/*
 * Call it when all m-lines are there. Sees that no two have the same mid, and
 * marks those of the BUNDLE group. 0, or -ENOMEM and *p->err.
 */
int sdp_group_media(struct parser *p);

#endif
