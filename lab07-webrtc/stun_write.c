// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes STUN messages: the header, one attribute behind the other, and what
 * proves them.
 *
 *	start()  add()  add()  ...  finish()
 *	                            MESSAGE-INTEGRITY, FINGERPRINT
 *
 * The header's length is set anew with each attribute, as it has to be right
 * when the proofs are computed.
 */
#include <string.h>

#include "lab07-webrtc/stun_internal.h"

static void set_length(struct stun_out *out)
{
	put_be16(out->bytes + offsetof(struct stun_hdr, length),
		 out->len - sizeof(struct stun_hdr));
}

/* Where the class lies in the type: the picture is in stun.h. */
static uint16_t type_of(enum stun_class class, uint16_t method)
{
	return (method & 0xf80) << 2 | (method & 0x70) << 1 | (method & 0xf) |
	       (class & 2) << 7 | (class & 1) << 4;
}

static void start(struct stun_out *out, enum stun_class class, uint16_t method,
		  const uint8_t *transaction_id)
{
	struct stun_hdr header = {
		.type = htons(type_of(class, method)),
		.magic_cookie = htonl(STUN_MAGIC_COOKIE),
	};

	memcpy(header.transaction_id, transaction_id,
	       sizeof(header.transaction_id));
	memcpy(out->bytes, &header, sizeof(header));
	out->len = sizeof(header);
}

/* Returns where its value goes: size bytes of zeros. */
static uint8_t *add(struct stun_out *out, uint16_t type, size_t size)
{
	uint8_t *at = out->bytes + out->len;
	size_t padded = (size + 3) & ~(size_t)3;

	memset(at, 0, STUN_ATTR_HEADER + padded);
	put_be16(at, type);
	put_be16(at + 2, size);
	out->len += STUN_ATTR_HEADER + padded;
	set_length(out);
	return at + STUN_ATTR_HEADER;
}

static int add_integrity(struct stun_out *out, const char *password)
{
	size_t before = out->len;
	uint8_t *value = add(out, STUN_ATTR_INTEGRITY, STUN_INTEGRITY_SIZE);

	return stun_integrity(value, out->bytes, before, password);
}

/* A message that cannot be proven is none. */
static void finish(struct stun_out *out, const char *password)
{
	size_t before;
	uint8_t *value;

	if (password && add_integrity(out, password)) {
		out->len = 0;
		return;
	}
	before = out->len;
	value = add(out, STUN_ATTR_FINGERPRINT, STUN_FINGERPRINT_SIZE);
	put_be32(value, stun_fingerprint(out->bytes, before));
}

static void add_mapped(struct stun_out *out, const struct udp_address *from,
		       const uint8_t *transaction_id)
{
	bool v4 = ip_addr_is_v4(&from->addr);
	size_t len = v4 ? 4 : 16;
	uint8_t *value = add(out, STUN_ATTR_XOR_MAPPED, 4 + len);

	value[1] = v4 ? STUN_IPV4 : STUN_IPV6;
	put_be16(value + 2, ntohs(from->port) ^ STUN_MAGIC_COOKIE >> 16);
	memcpy(value + 4, &from->addr.word[v4 ? 3 : 0], len);
	stun_mask(value + 4, len, transaction_id);
}

void stun_write_success(struct stun_out *out, const struct stun_message *m,
			const struct udp_address *from, const char *password)
{
	start(out, STUN_SUCCESS, m->method, m->transaction_id);
	add_mapped(out, from, m->transaction_id);
	finish(out, password);
}

static void add_unknown(struct stun_out *out, const struct stun_message *m)
{
	uint8_t *value = add(out, STUN_ATTR_UNKNOWN, 2 * m->unknown_count);

	for (size_t i = 0; i < m->unknown_count; i++)
		put_be16(value + 2 * i, m->unknown[i]);
}

void stun_write_error(struct stun_out *out, const struct stun_message *m,
		      enum stun_error code, const char *password)
{
	uint8_t *value;

	start(out, STUN_ERROR, m->method, m->transaction_id);
	value = add(out, STUN_ATTR_ERROR_CODE, 4);
	value[2] = code / 100;
	value[3] = code % 100;
	if (code == STUN_UNKNOWN_ATTRIBUTE)
		add_unknown(out, m);
	finish(out, password);
}

void stun_write_check(struct stun_out *out, const struct stun_check *check,
		      const char *password)
{
	size_t username = strlen(check->username);
	uint8_t *value;

	start(out, STUN_REQUEST, STUN_BINDING, check->transaction_id);
	memcpy(add(out, STUN_ATTR_USERNAME, username), check->username,
	       username);
	put_be32(add(out, STUN_ATTR_PRIORITY, 4), check->priority);
	if (check->controlling)
		add(out, STUN_ATTR_USE_CANDIDATE, 0);
	value = add(out,
		    check->controlling ? STUN_ATTR_CONTROLLING :
					 STUN_ATTR_CONTROLLED,
		    8);
	put_be32(value, check->tie_breaker >> 32);
	put_be32(value + 4, check->tie_breaker);
	finish(out, password);
}
