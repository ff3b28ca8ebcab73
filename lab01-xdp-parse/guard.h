/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What guard.bpf.c and its readers agree on. */
#ifndef LAB01_GUARD_H
#define LAB01_GUARD_H

#include <linux/types.h>

#define DEFAULT_MEDIA_PORT 5004 /* RFC 3551, section 8 */
#define MAX_SOURCES	   16384

struct traffic {
	__u64 packets;
	__u64 bytes; /* of the whole frame */
};

#endif
