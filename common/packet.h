/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Test frames: built from a specification, described field by field, compared.
 *
 * Shares no code with the parsers it tests. Every length and checksum is
 * computed in full, and right unless the specification gives another:
 *
 *	packet_build(&p, &(struct packet_spec){
 *		.ip = { .src = "10.0.7.1", .dst = "10.0.7.254", .ttl = 1 },
 *		.udp = { .sport = 5004, .dport = 5004, .check = PACKET_ZERO },
 *		.rtp = { .payload_type = 111, .ssrc = 0x14e6e8a5 },
 *		.payload_len = 160,
 *	});
 *
 * Numbers in a specification are in host byte order.
 */
#ifndef COMMON_PACKET_H
#define COMMON_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PACKET_MAX 2048 /* bytes of a frame */

struct frame {
	size_t len;
	bool partial; /* captured with a UDP checksum yet to be completed */
	uint8_t data[PACKET_MAX]
		__attribute__((aligned(2))); /* from the Ethernet header on */
};

/* In a number that is right by itself if left at 0: really 0. */
#define PACKET_ZERO 0x80000000u

/* The last header of a frame: the payload follows it. */
enum packet_layer { PACKET_RTP, PACKET_UDP, PACKET_IP, PACKET_ETH };

#define PACKET_VLANS	4
#define PACKET_IP6_EXTS 16
#define PACKET_CSRCS	15

/* Numbers marked = are right by themselves. Pointers are only read. */
struct packet_spec {
	struct {			  /* IEEE 802.3 */
		const uint8_t *dst, *src; /* 6 bytes; NULL: all zero */
		uint32_t type;		  /* = also if tagged */
	} eth;
	struct {		  /* IEEE 802.1Q, outermost first */
		uint32_t type;	  /* = 0x8100 */
		uint16_t id;	  /* 12 bits */
		uint8_t priority; /* 3 bits */
	} vlan[PACKET_VLANS];
	unsigned int vlans;
	struct {		       /* RFC 791; RFC 8200 */
		const char *src, *dst; /* text, which decides 4 or 6 */
		uint32_t version;      /* = */
		uint8_t tos;	       /* or traffic class */
		uint32_t length;       /* = total or payload length */
		uint32_t ttl;	       /* = 64; or hop limit */
		uint32_t protocol;     /* = UDP; or last next header */

		uint32_t ihl; /* = IPv4 only, to `options` */
		uint16_t id;
		bool dont_fragment, more_fragments;
		uint16_t fragment_offset; /* in 8 bytes */
		uint32_t check;		  /* = */
		const uint8_t *options;
		size_t options_len; /* filled up to 4 bytes by 0 */

		uint32_t flow_label; /* IPv6 only, to `exts` */
		struct {
			uint8_t type;	      /* IPPROTO_HOPOPTS, ... */
			size_t len;	      /* in bytes, all; 0: 8 */
			uint32_t hdr_ext_len; /* = in units of the type */
			const uint8_t *body;  /* len - 2 bytes; NULL: 0 */
		} ext[PACKET_IP6_EXTS];
		unsigned int exts;
	} ip;
	struct { /* RFC 768 */
		uint16_t sport, dport;
		uint32_t length; /* = */
		uint32_t check;	 /* = */
	} udp;
	struct {		  /* RFC 3550 section 5.1 */
		uint32_t version; /* = 2 */
		bool marker;
		uint8_t payload_type;
		uint16_t sequence;
		uint32_t timestamp, ssrc;
		uint32_t csrc[PACKET_CSRCS];
		unsigned int csrcs;
		uint32_t csrc_count; /* = */
		bool extension;	     /* section 5.3.1 */
		uint16_t ext_profile;
		const uint8_t *ext;
		size_t ext_len;		/* in bytes, a multiple of 4 */
		uint32_t ext_words;	/* = ext_len / 4 */
		uint8_t padding;	/* in bytes; 0: bit P not set */
		uint32_t padding_count; /* = the last byte of it */
	} rtp;
	const void *payload; /* NULL: 0, 1, 2, ... 255, 0, ... */
	size_t payload_len;
	enum packet_layer last;
};

/* 0, -EINVAL for addresses that are none, or -EMSGSIZE above PACKET_MAX. */
int packet_build(struct frame *p, const struct packet_spec *spec);

/*
 * Internet checksums in full (RFC 1071), in host byte order; 0 over data that
 * holds its right sum. That of UDP counts its pseudo-header in (RFC 768; RFC
 * 8200 section 8.1); len is that of the UDP header and what follows.
 */
uint16_t packet_sum(const uint8_t *data, size_t len);
uint16_t packet_udp_sum(bool ip4, const uint8_t *ip, const uint8_t *udp,
			size_t len);

/*
 * Sums up again what is there: the IPv4 header and UDP unless it is a fragment
 * or uses none (RFC 768; over IPv6 that is wrong). NULL if all is right, or
 * the name of the first wrong field.
 */
const char *packet_bad_checksum(const struct frame *p);

struct packet_field {
	char name[24];	/* ETH.dst, VLAN1.id, IP.ttl, UDP.dport */
	char value[40]; /* as text */
	bool opaque;	/* the text shows only how it starts */
	size_t at, len; /* the bytes of the frame that hold it */
};

#define PACKET_FIELDS 128

/* The fields in the order of the frame, as far as it goes. Returns how many. */
size_t packet_describe(const struct frame *p,
		       struct packet_field fields[PACKET_FIELDS]);

/*
 * Writes a line for each field that differs, and those lines of the hex dump
 * of `got` where it does, marked. Returns the number of such fields.
 */
size_t packet_diff(FILE *out, const struct frame *expected,
		   const struct frame *got);

/* A line of a hex dump: the up to 16 of len bytes that start at `at`. */
void packet_hex_row(FILE *out, const uint8_t *data, size_t len, size_t at);

#endif
