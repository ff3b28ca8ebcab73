// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first byte of a letter says how many follow.  If one of them is missing,
 * the letter was cut, and a part of a letter tells nobody anything.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lab04-signalling/utf8.h"

/* Bytes of the letters that begin with this byte; 0: none does. */
static size_t letter_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/*
 * May this byte follow that one?  No letter has two spellings, none is a
 * half of UTF-16, and none is beyond U+10FFFF (RFC 3629, section 4).
 */
static bool may_follow(unsigned char first, unsigned char second)
{
	unsigned char min = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char max = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= min && second <= max;
}

/* As many bytes of a letter as are there, one after the other. */
static size_t present(const char *text, size_t length)
{
	size_t n = 1;

	if (length > 1 && may_follow(text[0], text[1]))
		for (n = 2; n < length && may_follow(0, text[n]); n++)
			;
	return n;
}

void utf8_mend(char *text)
{
	char *out = text;
	size_t length, there;

	for (; *text; text += there) {
		length = letter_length(*text);
		there = present(text, length);
		if (length == there) {
			memmove(out, text, length);
			out += length;
		} else if (!length) {
			*out++ = '?';
		}
	}
	*out = '\0';
}
