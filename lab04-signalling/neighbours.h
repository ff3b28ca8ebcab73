/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: a leg holds the MAC address of its next hop.  When a neighbour gets
 * another one, or is found at last, the legs are compiled anew.
 */
#ifndef LAB04_NEIGHBOURS_H
#define LAB04_NEIGHBOURS_H

/* A descriptor to poll, or negative errno, logged. */
int neighbours_open(void);
void neighbours_close(int fd);

/* To be called when it is readable. */
void neighbours_read(int fd);

/* To be called once a second: new neighbours come in crowds. */
void neighbours_tick(void);

#endif
