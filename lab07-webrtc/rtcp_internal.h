/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What reading and writing of RTCP share: numbers of types, and sizes. */
#ifndef LAB07_RTCP_INTERNAL_H
#define LAB07_RTCP_INTERNAL_H

#include "lab07-webrtc/rtcp_write.h"

/* IANA's packet types. */
enum rtcp_type {
	RTCP_TYPE_SR = 200,
	RTCP_TYPE_RR = 201,
	RTCP_TYPE_SDES = 202,
	RTCP_TYPE_BYE = 203,
	RTCP_TYPE_TRANSPORT = 205, /* feedback about packets */
	RTCP_TYPE_PAYLOAD = 206,   /* feedback about pictures */
};

/* Formats of feedback, by type. */
enum rtcp_format {
	RTCP_FORMAT_NACK = 1, /* RTCP_TYPE_TRANSPORT */
	RTCP_FORMAT_TWCC = 15,
	RTCP_FORMAT_PLI = 1, /* RTCP_TYPE_PAYLOAD */
	RTCP_FORMAT_FIR = 4,
	RTCP_FORMAT_APPLICATION = 15, /* whose name follows: REMB */
};

#define RTCP_VERSION	 0x80 /* in the first byte */
#define RTCP_COUNT	 0x1f
#define RTCP_PADDING	 0x20
#define RTCP_HEADER	 4 /* bytes, like all sizes below */
#define RTCP_SR_SIZE	 28
#define RTCP_RR_SIZE	 8
#define RTCP_BLOCK_SIZE	 24
#define RTCP_FEEDBACK	 12 /* where the part of its kind begins */
#define RTCP_NACK_ENTRY	 4
#define RTCP_FIR_ENTRY	 8
#define RTCP_REMB_LISTED 20 /* where its SSRCs begin */
#define RTCP_TWCC_LISTED 20 /* where its chunks begin */
#define RTCP_ITEM_CNAME	 1

#define RTCP_REMB_NAME 0x52454d42 /* "REMB" */

/*
 * Adds feedback of the given size, a multiple of 4: its header and its SSRCs,
 * then zeros.  NULL: there is no room.
 */
uint8_t *rtcp_add_feedback(struct rtcp_out *out, enum rtcp_type type,
			   enum rtcp_format format, uint32_t sender,
			   uint32_t media, size_t size);

#endif
