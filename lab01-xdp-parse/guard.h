/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The values that guard.bpf.c writes and user space reads. */
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
