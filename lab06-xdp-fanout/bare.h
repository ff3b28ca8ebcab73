/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What bare.bpf.c and bare_broadcast share. */
#ifndef LAB06_BARE_H
#define LAB06_BARE_H

#include "common/protocols.h"

/* What each copy says, whoever it is for. */
struct bare_copy {
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	__be32 saddr, daddr;
	__be16 sport, dport;
	__be32 ssrc;
	__u8 pt;
	__u8 zero[3];
};

#endif
