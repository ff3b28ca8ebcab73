/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: what a DTLS datagram contains, as far as that is not encrypted (RFC
 * 6347, section 4.1; the header of a record is in protocols.h).
 *
 *	| header | fragment ... | header | fragment ... |
 */
#ifndef LAB07_DTLS_RECORDS_H
#define LAB07_DTLS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

enum dtls_content {
	DTLS_CHANGE_CIPHER_SPEC = 20,
	DTLS_ALERT = 21,
	DTLS_HANDSHAKE = 22,
	DTLS_APPLICATION_DATA = 23,
};

struct dtls_records {
	bool well_formed;     /* nothing but whole records, at least one */
	unsigned int speak;   /* records other than application data */
	unsigned int ciphers; /* encrypted records: those of a later epoch */
};

struct dtls_records dtls_records_count(const void *datagram, size_t len);

/* Does it begin with a ClientHello in clear, as a new connection does? */
bool dtls_records_is_hello(const void *datagram, size_t len);

#endif
