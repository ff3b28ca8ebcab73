/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files sdp_*.c say to each other, and no one else. */
#ifndef LAB04_SDP_INTERNAL_H
#define LAB04_SDP_INTERNAL_H

#include "lab04-signalling/sdp/sdp.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define SDP_MAX_PAYLOAD_TYPE 127
#define SDP_ADDRESS_SIZE     (sizeof("IN IP6 ") + INET6_ADDRSTRLEN)

/* ---- sdp_text.c --------------------------------------------------------- */

/* The words of enum sdp_direction, in its order. */
extern const char *const sdp_directions[SDP_SENDRECV + 1];

/* Fills in *err, whose line is already there. Returns -EINVAL. */
int sdp_fail(struct sdp_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Fills in *err with what `ret`, a return value of the functions below or of
 * sdp.h, means for `what`. Returns -EINVAL or -ENOMEM; or `ret` if that is no
 * error. -EEXIST is none: what is said twice counts as it was said first.
 */
int sdp_explain(struct sdp_error *err, int ret, const char *what);

/*
 * Text has no control characters. The others are RFC 8866's, and not empty: a
 * word (non-ws-string) has no blank, a token only some punctuation, a protocol
 * is tokens with slashes between them.
 */
bool sdp_is_text(const char *s);
bool sdp_is_word(const char *s);
bool sdp_is_token(const char *s);
bool sdp_is_protocol(const char *s);
bool sdp_is_tokens(const char *s); /* with a blank between them */

/* Takes blanks and tabs from both ends; *s is the first byte that stays. */
void sdp_trim(char **s);

/* Leaves one blank of each run of blanks and tabs, in place. */
void sdp_squeeze(char *s);

/*
 * Sets *field, which must be NULL, to a copy. Returns 0, -EEXIST (it is not
 * NULL), -EINVAL (not valid) or -ENOMEM.
 */
int sdp_set_string(char **field, const char *s, bool (*valid)(const char *));

/*
 * Appends a copy of `element`, `size` bytes, to an array of *n of them and
 * counts it. Returns the array, which may have moved; NULL if there is no
 * memory, and then the old one is as it was.
 */
void *sdp_append(void *array, size_t *n, const void *element, size_t size);

/* Appends a=<name>[:<value>] and a line end; value may be NULL.  0, -ENOMEM. */
int sdp_keep(struct sdp_lines *lines, const char *name, const char *value);

/*
 * Reads a decimal number that goes up to the character `end`. False if `s` is
 * NULL or no such number, or if it is more than `max`.
 */
bool sdp_number(const char *s, char end, uint64_t max, uint64_t *value);

/* The index of `word` in an array of n words; n if it is not there. */
size_t sdp_find_word(const char *const *words, size_t n, const char *word);

/* "IN IP4 192.0.2.1", in buffer[SDP_ADDRESS_SIZE], which it returns. */
const char *sdp_print_address(const struct in6_addr *address, char *buffer);

/* ---- sdp_format.c ------------------------------------------------------- */

/* The format that RFC 3551 gives a payload type, or NULL. */
const struct sdp_format *sdp_static_format(unsigned int payload_type);

/* The m-line's format of this payload type, or NULL. */
struct sdp_format *sdp_find_format(const struct sdp_media *m,
				   unsigned int payload_type);

/*
 * Gives a format its codec; channels 0 is 1. Returns 0, -EEXIST (it has one
 * that is not RFC 3551's), -EINVAL or -ENOMEM.
 */
int sdp_set_codec(struct sdp_format *format, const char *encoding,
		  uint32_t clock_rate, uint8_t channels);

void sdp_free_format(struct sdp_format *format);

/* ---- sdp_build.c -------------------------------------------------------- */

/*
 * Finds the m-line's source `ssrc`, or adds it without a cname: *source stays
 * the m-line's. Returns 0, -ENOSPC (SDP_MAX_SSRCS) or -ENOMEM.
 */
int sdp_source_of(struct sdp_media *m, uint32_t ssrc, struct sdp_ssrc **source);

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
	bool own_direction;	      /* what is being read has said one */
	char *bundle;		      /* mids in a=group:BUNDLE, or NULL */
};

/* Where a line or an attribute may stand. */
enum {
	SESSION = 1,
	MEDIA = 2,
};

/* Reads the value of a=, which it may cut up. 0, or -errno and *p->err. */
int sdp_parse_attribute(struct parser *p, char *text);

/* ---- sdp_group.c -------------------------------------------------------- */

/*
 * When all m-lines are there: sees that no two have one mid, and marks those
 * of the BUNDLE group. 0, or -ENOMEM and *p->err.
 */
int sdp_group_media(struct parser *p);

#endif
