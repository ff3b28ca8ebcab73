/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: text from clients, made fit to be told.  JSON is UTF-8, but what a
 * client sends may be anything, and "%.32s" cuts between any two bytes.
 */
#ifndef LAB04_UTF8_H
#define LAB04_UTF8_H

/*
 * Makes a string UTF-8 (RFC 3629), in place.  Of a letter that was cut, the
 * rest is left out; any other byte that is no part of a letter becomes '?'.
 */
void utf8_mend(char *text);

#endif
