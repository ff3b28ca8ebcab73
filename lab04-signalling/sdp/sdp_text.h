/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What sdp_text.c does for the other files sdp_*.c: errors, strings, lists,
 * numbers, words and addresses.
 */
#ifndef LAB04_SDP_TEXT_H
#define LAB04_SDP_TEXT_H

#include "lab04-signalling/sdp/sdp.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define SDP_MAX_PAYLOAD_TYPE 127
#define SDP_ADDRESS_SIZE     (sizeof("IN IP6 ") + INET6_ADDRSTRLEN)

/* The words of enum sdp_direction, in its order. */
extern const char *const sdp_directions[SDP_SENDRECV + 1];

/* Fills in *err, whose line is already there. Returns -EINVAL. */
int sdp_fail(struct sdp_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Fills in *err with what `ret`, a return value of the functions below or of
 * sdp.h, means for `what`. Returns -EINVAL or -ENOMEM; or `ret` if that is no
 * error. -EEXIST is no error: of two lines that say the same, the first counts.
 */
int sdp_explain(struct sdp_error *err, int ret, const char *what);

/*
 * The length of the byte order mark that the text begins with; and the length
 * of the text without the line ends and NULs at its end.
 */
size_t sdp_byte_order_mark(const char *text, size_t len);
size_t sdp_trim_end(const char *text, size_t len);

/* Refuses a text with a NUL: 0, or -EINVAL and *err. */
int sdp_check_bytes(const char *text, size_t len, struct sdp_error *err);

/* A copy in which every line ends in LF or CRLF; NULL: no memory. */
char *sdp_copy_lines(const char *text, size_t len);

/*
 * Text has no control characters. The others are defined in RFC 8866, and are
 * not empty: a word (non-ws-string) has no blank, a token has only some
 * punctuation, and a protocol is tokens with slashes between them.
 */
bool sdp_is_text(const char *s);
bool sdp_is_word(const char *s);
bool sdp_is_token(const char *s);
bool sdp_is_protocol(const char *s);
bool sdp_is_tokens(const char *s); /* tokens with a blank between them */
bool sdp_is_said(const char *s);   /* text that is not empty */

/* Removes blanks and tabs from both ends; *s is the first byte that stays. */
void sdp_trim(char **s);

/* Replaces each run of blanks and tabs by one blank, in place. */
void sdp_squeeze(char *s);

/*
 * Sets *field, which must be NULL, to a copy. Returns 0, -EINVAL (not valid),
 * -EEXIST (it is valid, and *field is not NULL) or -ENOMEM. The same order
 * holds for all that is read: an odd line is odd, whatever stands before it.
 */
int sdp_set_string(char **field, const char *s, bool (*valid)(const char *));

/*
 * Appends a copy of `element`, `size` bytes, to an array of *n of them and
 * counts it. Returns the array, which may have moved; NULL if there is no
 * memory, and then the old one is as it was.
 */
void *sdp_append(void *array, size_t *n, const void *element, size_t size);

/*
 * The same for an array that may have `max` elements: array, n and element are
 * lvalues. 0, -ENOSPC or -ENOMEM.
 */
#define SDP_ADD(array, n, max, element)                                        \
	({                                                                     \
		size_t n_ = (n);                                               \
		void *all_ = NULL;                                             \
		if (n_ < (max))                                                \
			all_ = sdp_append((array), &n_, &(element),            \
					  sizeof(element));                    \
		if (all_) {                                                    \
			(array) = all_;                                        \
			(n) = n_;                                              \
		}                                                              \
		all_ ? 0 : n_ < (max) ? -ENOMEM : -ENOSPC;                     \
	})

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

#endif
