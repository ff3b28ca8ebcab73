/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: STUN (RFC 8489) as ICE uses it: requests come in, responses go out.
 *
 * The header, struct stun_hdr, is in common/protocols.h.  Class and method
 * share its type; the bits of the class lie between those of the method
 * (section 5):
 *
 *     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *    +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *    | 0  0|   method 11..7  |C1|m. 6..4 |C0|meth. 3..0|
 *    +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *
 * Attributes follow (section 14).  Each starts at a multiple of 4 bytes:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-------------------------------+-------------------------------+
 *    |             type              |    length of value, bytes     |
 *    +-------------------------------+-------------------------------+
 *    |          value, filled up to a multiple of 4 bytes        ....
 *    +---------------------------------------------------------------+
 *
 * Numbers are in host byte order, except where a type says __be.
 */
#ifndef LAB07_STUN_H
#define LAB07_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocols.h"

#define STUN_MAX      1500 /* bytes of the longest message that we read */
#define STUN_UNKNOWN  8	   /* unknown attributes that are remembered */
#define STUN_USERNAME 513  /* bytes, section 14.3 */
#define STUN_BINDING  1	   /* the only method that ICE has */

/* The values of the two bits of the class. */
enum stun_class { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };

enum stun_error {
	STUN_BAD_REQUEST = 400,
	STUN_UNAUTHENTICATED = 401,
	STUN_UNKNOWN_ATTRIBUTE = 420,
	STUN_ROLE_CONFLICT = 487, /* RFC 8445, section 7.3.1.1 */
};

/* Where a datagram comes from or goes to.  All bytes count: it is a key. */
struct udp_address {
	struct ip_addr addr;
	__be16 port;
	__u16 zero;
};

/*
 * What a message says.  bytes and username lie in the caller's datagram.  Of
 * an attribute that is there twice, the first counts (section 14); of those
 * behind MESSAGE-INTEGRITY, only FINGERPRINT does (section 14.5).
 */
struct stun_message {
	const uint8_t *bytes;
	size_t len;
	const uint8_t *transaction_id; /* 12 bytes */
	enum stun_class class;
	uint16_t method;
	const char *username; /* not ended by NUL; NULL: none */
	size_t username_len;
	uint32_t seen; /* which known attributes: stun.c */
	uint32_t priority;
	uint64_t tie_breaker; /* of whichever is there: */
	bool controlled, controlling;
	bool use_candidate;
	struct udp_address mapped; /* XOR-MAPPED-ADDRESS; port 0: none */
	uint16_t error;		   /* 300 .. 699; 0: none */
	bool unreadable;	   /* a known attribute of a wrong size */
	size_t integrity_at;	   /* offsets; 0: none */
	size_t fingerprint_at;
	size_t unknown_count; /* attributes that must be understood: */
	uint16_t unknown[STUN_UNKNOWN];
};

/* A message on its way out.  Every message that we write fits into it. */
#define STUN_OUT 352
struct stun_out {
	size_t len; /* 0: there is none */
	uint8_t bytes[STUN_OUT];
};

/*
 * Reads a datagram of any length, whose address is a multiple of 4.  0, or
 * -EBADMSG: it is no STUN message.  Believe what a message says only if its
 * integrity holds.
 */
int stun_parse(const void *bytes, size_t len, struct stun_message *m);

/*
 * Is FINGERPRINT there, and right?  Is MESSAGE-INTEGRITY there, and made with
 * this password (the key of short-term credentials, section 9.1)?
 */
bool stun_fingerprint_holds(const struct stun_message *m);
bool stun_integrity_holds(const struct stun_message *m, const char *password);

/* The answer to a request that came from an address. */
void stun_write_success(struct stun_out *out, const struct stun_message *m,
			const struct udp_address *from, const char *password);

/*
 * Refuses a request.  420 lists the attributes that are unknown.  Without a
 * password (400, 401) the answer has no MESSAGE-INTEGRITY.  It has no reason
 * phrase either, so that it is not longer than the request.
 */
void stun_write_error(struct stun_out *out, const struct stun_message *m,
		      enum stun_error code, const char *password);

/*
 * A check of ours (RFC 8445, section 7.2), as the controlled side, or as the
 * controlling side, which selects the address by it as well.
 */
struct stun_check {
	uint8_t transaction_id[12];
	const char *username; /* up to 269 bytes */
	uint32_t priority;
	uint64_t tie_breaker;
	bool controlling;
};

void stun_write_check(struct stun_out *out, const struct stun_check *check,
		      const char *password);

#endif
