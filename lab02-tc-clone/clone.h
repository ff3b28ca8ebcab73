/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What clone.bpf.c and its loader agree on. */
#ifndef LAB02_CLONE_H
#define LAB02_CLONE_H

#include <linux/types.h>

#define RECEIVERS 2

/* Packets: received = (sent[0] + sent[1] + failed) / RECEIVERS. */
struct clone_counters {
	__u64 received;
	__u64 sent[RECEIVERS];
	__u64 failed;
};

#endif
