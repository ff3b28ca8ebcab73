// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Writes STUN messages for tests; a test adds what its client would. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/test.h"
#include "lab07-webrtc/testlib/stun_client.h"

#define HEADER 20 /* bytes */

static void set16(uint8_t *at, size_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void count_on(struct client_message *c, size_t more)
{
	set16(c->bytes + 2, c->len + more - HEADER);
}

struct client_message client_start(uint16_t type, const char id[12])
{
	struct client_message c = { .len = HEADER };

	set16(c.bytes, type);
	memcpy(c.bytes + 4, "\x21\x12\xa4\x42", 4);
	memcpy(c.bytes + 8, id, 12);
	return c;
}

void client_add(struct client_message *c, uint16_t type, const void *value,
		size_t size)
{
	set16(c->bytes + c->len, type);
	set16(c->bytes + c->len + 2, size);
	if (size)
		memcpy(c->bytes + c->len + 4, value, size);
	c->len += 4 + (size + 3) / 4 * 4;
	count_on(c, 0);
}

void client_add_username(struct client_message *c, const char *username)
{
	client_add(c, USERNAME, username, strlen(username));
}

void client_add_integrity(struct client_message *c, const char *password)
{
	uint8_t mac[20];

	count_on(c, 4 + sizeof(mac));
	HMAC(EVP_sha1(), password, strlen(password), c->bytes, c->len, mac,
	     NULL);
	client_add(c, INTEGRITY, mac, sizeof(mac));
}

void client_add_fingerprint(struct client_message *c)
{
	uint32_t crc;

	count_on(c, 4 + sizeof(crc));
	crc = htonl(crc32(0, c->bytes, c->len) ^ 0x5354554e);
	client_add(c, FINGERPRINT, &crc, sizeof(crc));
}

uint8_t *client_exact(const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len ?: 1);

	check_true(copy, "There is no memory.");
	memcpy(copy, bytes, len);
	return copy;
}

struct udp_address address(const char *text, uint16_t port)
{
	struct udp_address at = { .port = htons(port) };
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4))
		at.addr = ip_addr_v4(v4.s_addr);
	else
		check_int(text, 1, inet_pton(AF_INET6, text, &at.addr));
	return at;
}
