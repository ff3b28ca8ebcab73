// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A look at the headers, before anything costs more than that: what is no DTLS,
 * what is not for us, and what would have to be kept until later.
 *
 *	datagram --> header, header, ... --> how many of which kind
 */
#include "common/protocols.h"
#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/dtls_records.h"

/* AES-GCM: 8 bytes of the IV, a tag, and at least one byte that means a thing.
 */
#define SHORTEST_CIPHER (8 + 16 + 1)
#define MESSAGE_HEADER	12
#define CLIENT_HELLO	1

static bool is_cipher(const struct dtls_record_hdr *h)
{
	return get_be16(h->epoch) != 0;
}

/*
 * RFC 6347, section 4.2.2: what a handshake record in clear begins with, which
 * must lie inside of its message.
 *
 *	| type | length (3) | number (2) | offset (3) | bytes here (3) |
 */
static bool is_fragment(const __u8 *at, size_t len)
{
	return len >= MESSAGE_HEADER &&
	       get_be24(at + 9) <= len - MESSAGE_HEADER &&
	       get_be24(at + 6) + get_be24(at + 9) <= get_be24(at + 1);
}

/*
 * OpenSSL 3.0 gives up a whole connection for one record that is too short to
 * be a cipher, or for such a fragment, though nobody knows who has sent it.
 */
static bool makes_sense(const struct dtls_record_hdr *h, size_t len)
{
	if (is_cipher(h))
		return len >= SHORTEST_CIPHER;
	return h->content_type != DTLS_HANDSHAKE ||
	       is_fragment((const __u8 *)(h + 1), len);
}

static bool is_record(const struct dtls_record_hdr *h)
{
	return h->content_type >= DTLS_CHANGE_CIPHER_SPEC &&
	       h->content_type <= DTLS_APPLICATION_DATA &&
	       h->version[0] == 0xfe;
}

/* The bytes of a record that begins here; 0: there is none. */
static size_t record_size(const __u8 *at, size_t len)
{
	const struct dtls_record_hdr *h = (const void *)at;
	size_t size;

	if (len < sizeof(*h) || !is_record(h))
		return 0;
	size = get_be16(h->length);
	if (size > len - sizeof(*h) || !makes_sense(h, size))
		return 0;
	return sizeof(*h) + size;
}

struct dtls_records dtls_records_count(const void *datagram, size_t len)
{
	struct dtls_records records = {};
	const struct dtls_record_hdr *h;
	const __u8 *at = datagram;
	size_t size;

	for (; (size = record_size(at, len)); at += size, len -= size) {
		h = (const void *)at;
		records.speak += h->content_type != DTLS_APPLICATION_DATA;
		records.ciphers += is_cipher(h);
	}
	records.well_formed = at != datagram && !len;
	return records;
}

bool dtls_records_is_hello(const void *datagram, size_t len)
{
	const struct dtls_record_hdr *h = datagram;

	return record_size(datagram, len) > sizeof(*h) &&
	       h->content_type == DTLS_HANDSHAKE && !is_cipher(h) &&
	       *(const __u8 *)(h + 1) == CLIENT_HELLO;
}
