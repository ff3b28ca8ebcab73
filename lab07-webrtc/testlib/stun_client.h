/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * STUN messages as clients write them, right or wrong, byte by byte.  Shares no
 * code with what is tested.
 */
#ifndef LAB07_TESTLIB_STUN_CLIENT_H
#define LAB07_TESTLIB_STUN_CLIENT_H

#include "lab07-webrtc/stun.h"

#define REQUEST	   0x0001 /* types of a message */
#define INDICATION 0x0011
#define SUCCESS	   0x0101
#define ERROR	   0x0111

#define USERNAME	0x0006 /* attributes */
#define INTEGRITY	0x0008
#define REALM		0x0014
#define INTEGRITY_256	0x001c
#define XOR_MAPPED	0x0020
#define PRIORITY	0x0024
#define USE_CANDIDATE	0x0025
#define SOFTWARE	0x8022
#define FINGERPRINT	0x8028
#define ICE_CONTROLLED	0x8029
#define ICE_CONTROLLING 0x802a

struct client_message {
	uint8_t bytes[4096] __attribute__((aligned(8)));
	size_t len;
};

/* A header with this transaction id; each add keeps its length right. */
struct client_message client_start(uint16_t type, const char id[12]);
void client_add(struct client_message *c, uint16_t type, const void *value,
		size_t size);
void client_add_username(struct client_message *c, const char *username);
void client_add_integrity(struct client_message *c, const char *password);
void client_add_fingerprint(struct client_message *c);

/* A copy of just that size, which the caller frees. */
uint8_t *client_exact(const void *bytes, size_t len);

/* "10.0.7.1", "fd00:7::1" */
struct udp_address address(const char *text, uint16_t port);

#endif
