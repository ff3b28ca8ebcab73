/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The grammar as regular expressions, one for each letter that a line begins
 * with, and one for the letters of all lines.
 */
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/testlib/sdp_clean.h"

#define SDP_TOKEN "[!#-'*+.0-9A-Z^-~-]+"
#define SDP_WORD  "[^[:cntrl:] ]+"

/* What was compiled for a letter stays.  In "C" every byte is a character. */
static bool sdp_matches(char letter, const char *grammar, const char *text)
{
	static regex_t compiled[128];
	static bool done[128];
	regex_t *regex = &compiled[letter & 127];
	static locale_t bytes;
	locale_t before;
	bool match;

	if (!bytes)
		bytes = newlocale(LC_ALL_MASK, "C", NULL);
	before = uselocale(bytes);
	if (!done[letter & 127])
		done[letter & 127] = !regcomp(regex, grammar,
					      REG_EXTENDED | REG_NOSUB);
	match = done[letter & 127] && !regexec(regex, text, 0, NULL, 0);
	uselocale(before);
	return match;
}

/* What a line of this letter must be; NULL: there is no such line. */
static const char *sdp_grammar_of(char letter)
{
	switch (letter) {
	case 'v':
		return "^0$";
	case 'o':
		return "^" SDP_WORD " [0-9]+ [0-9]+ " SDP_TOKEN " " SDP_TOKEN
		       " " SDP_WORD "$";
	case 's':
	case 'i':
		return "^.+$";
	case 'c':
		return "^IN (IP4 [0-9.]+|IP6 [0-9a-f:.]+)$";
	case 't':
		return "^0 0$";
	case 'm':
		return "^" SDP_TOKEN " [0-9]{1,5} " SDP_TOKEN "(/" SDP_TOKEN
		       ")*( " SDP_TOKEN ")+$";
	case 'a':
		return "^" SDP_TOKEN "(:.+)?$";
	}
	return NULL;
}

/* One line: cut off, checked, its letter appended to `letters`. */
static bool sdp_take_line(char **text, char *letters)
{
	char *line = *text, *end = strstr(line, "\r\n");

	if (!end || line[0] == '\0' || line[1] != '=' || !sdp_grammar_of(*line))
		return false;
	*end = '\0';
	*text = end + 2;
	letters[strlen(letters)] = *line;
	return !strpbrk(line, "\r\n") &&
	       sdp_matches(*line, sdp_grammar_of(*line), line + 2);
}

bool sdp_is_clean(const char *text)
{
	char *copy = strdup(text), *rest = copy;
	char *letters = calloc(1, strlen(text) + 2);
	bool clean = copy && letters;

	while (clean && *rest)
		clean = sdp_take_line(&rest, letters);
	clean = clean && sdp_matches(0, "^vosc?ta*(mi?c?a*)*$", letters);
	free(letters);
	free(copy);
	return clean;
}
