/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What count.bpf.c and its reader agree on. */
#ifndef LAB05_COUNT_H
#define LAB05_COUNT_H

#define MAX_COUNTED 4096 /* ports */

#endif
