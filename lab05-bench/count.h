/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The limit that count.bpf.c and link_sink.c share. */
#ifndef LAB05_COUNT_H
#define LAB05_COUNT_H

#define MAX_COUNTED 8192 /* ports */

#endif
