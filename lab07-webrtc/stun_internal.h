/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What reading and writing of STUN messages share. */
#ifndef LAB07_STUN_INTERNAL_H
#define LAB07_STUN_INTERNAL_H

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/stun.h"

enum stun_attribute {
	STUN_ATTR_MAPPED_ADDRESS = 0x0001,
	STUN_ATTR_USERNAME = 0x0006,
	STUN_ATTR_INTEGRITY = 0x0008,
	STUN_ATTR_ERROR_CODE = 0x0009,
	STUN_ATTR_UNKNOWN = 0x000a,
	STUN_ATTR_REALM = 0x0014,
	STUN_ATTR_NONCE = 0x0015,
	STUN_ATTR_INTEGRITY_SHA256 = 0x001c,
	STUN_ATTR_PASSWORD_ALGORITHM = 0x001d,
	STUN_ATTR_USERHASH = 0x001e,
	STUN_ATTR_XOR_MAPPED = 0x0020,
	STUN_ATTR_PRIORITY = 0x0024, /* RFC 8445, section 16.1 */
	STUN_ATTR_USE_CANDIDATE = 0x0025,
	STUN_ATTR_OPTIONAL = 0x8000, /* from here on */
	STUN_ATTR_FINGERPRINT = 0x8028,
	STUN_ATTR_CONTROLLED = 0x8029,
	STUN_ATTR_CONTROLLING = 0x802a,
};

#define STUN_ATTR_HEADER      4	 /* bytes */
#define STUN_INTEGRITY_SIZE   20 /* of the value: HMAC-SHA1 */
#define STUN_FINGERPRINT_SIZE 4

#define STUN_IPV4 1 /* families of an address */
#define STUN_IPV6 2

/* The value of FINGERPRINT for the len bytes before it (section 14.7). */
uint32_t stun_fingerprint(const uint8_t *bytes, size_t len);

/*
 * The value of MESSAGE-INTEGRITY for the len bytes before it (section 14.5), up
 * to STUN_MAX.  0, or -EIO: libcrypto has failed, and mac means nothing.
 */
int stun_integrity(uint8_t mac[STUN_INTEGRITY_SIZE], const uint8_t *bytes,
		   size_t len, const char *password);

/*
 * XOR-MAPPED-ADDRESS (section 14.2) hides an address from routers that change
 * whatever looks like one, by XOR with the cookie and the transaction id.  The
 * same function takes the mask off again.
 */
void stun_mask(uint8_t *addr, size_t len, const uint8_t *transaction_id);

#endif
