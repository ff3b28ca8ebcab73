/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: makes text from clients fit for JSON.  JSON is UTF-8, but a client may
 * send any bytes, and "%.32s" cuts between any two of them.
 */
#ifndef LAB04_UTF8_H
#define LAB04_UTF8_H

/*
 * Makes a string UTF-8 (RFC 3629), in place.  A letter that was cut at the end
 * is removed.  Any other byte that belongs to no letter becomes '?'.
 */
void utf8_mend(char *text);

#endif
