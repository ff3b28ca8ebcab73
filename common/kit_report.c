// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What has become of a test, written for people (a headline and, if it failed,
 * its story) and for ./check (JSON).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/kit.h"
#include "common/log.h"

#define OUTPUT_LINES 20 /* of what a test prints, on the terminal */

static const char *const status_names[] = {
	"running", "passed",  "failed",	 "skipped",
	"crashed", "timeout", "flooded",
};

const char *kit_status_name(enum status status)
{
	return status_names[status];
}

static const struct {
	const char *sign, *colour;
} signs[] = {
	[RUNNING] = { "…", "" },	 [PASSED] = { "✓", "\033[32m" },
	[SKIPPED] = { "-", "\033[33m" }, [FAILED] = { "✗", "\033[31m" },
	[CRASHED] = { "✗", "\033[31m" }, [TIMEOUT] = { "✗", "\033[31m" },
	[FLOODED] = { "✗", "\033[31m" },
};

void kit_print_headline(const struct result *r)
{
	bool colour = log_colour(STDOUT_FILENO);

	printf("%s  %s%s%s %-8s %s", colour ? "\r\033[K" : "",
	       colour ? signs[r->status].colour : "", signs[r->status].sign,
	       colour ? "\033[0m" : "", r->test->id, r->test->title);
	fflush(stdout);
}

static void print_lines(const char *before, const char *lines)
{
	for (size_t len; *lines; lines += len + (lines[len] == '\n')) {
		len = strcspn(lines, "\n");
		printf("      %s%.*s\n", before, (int)len, lines);
	}
}

static void print_output(const struct result *r)
{
	const char *start = r->output + strlen(r->output);

	for (int lines = 0; start > r->output; start--)
		if (start[-1] == '\n' && lines++ == OUTPUT_LINES)
			break;
	printf("      it printed%s:\n",
	       start > r->output || r->printed > OUTPUT_KEPT ? ", at the end" :
							       "");
	print_lines("| ", start);
}

static void print_story(const struct result *r, const char *program)
{
	print_lines("", r->story);
	if (*r->output)
		print_output(r);
	if (r->status == PASSED)
		return;
	printf("      again: %s %s", program, r->test->id);
	if (*r->where)
		printf("      at: %s", r->where);
	if (*r->pcap)
		printf("      pcap: %s", r->pcap);
	printf("\n");
}

void kit_print_result(const struct result *r, const char *program, bool verbose)
{
	kit_print_headline(r);
	if (r->status == SKIPPED)
		printf(": skipped, %s", r->message);
	printf("\n");
	if ((r->status != PASSED && r->status != SKIPPED) || verbose)
		print_story(r, program);
}

/* RFC 8259 section 7; bytes that are not UTF-8 become U+FFFD. */
static void write_string(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		int len = mblen(text, MB_CUR_MAX);

		if (len <= 0)
			fputs("\\ufffd", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			fwrite(text, 1, len, out);
		text += len > 0 ? len : 1;
	}
	fputc('"', out);
}

static void write_member(FILE *out, const char *name, const char *value)
{
	fprintf(out, "\"%s\": ", name);
	write_string(out, value);
	fputs(", ", out);
}

int kit_write_json(const char *path, const struct result *results, size_t count)
{
	FILE *out = fopen(path, "we");

	if (!out)
		goto failed;
	fputs("[", out);
	for (size_t i = 0; i < count; i++) {
		const struct result *r = &results[i];

		fputs(i ? ",\n " : "\n ", out);
		fputs("{ ", out);
		write_member(out, "id", r->test->id);
		write_member(out, "title", r->test->title);
		write_member(out, "status", status_names[r->status]);
		write_member(out, "message", r->message);
		write_member(out, "story", r->story);
		write_member(out, "output", r->output);
		write_member(out, "where", r->where);
		write_member(out, "pcap", r->pcap);
		fprintf(out, "\"ms\": %ld }", r->ms);
	}
	fputs("\n]\n", out);
	if (!fclose(out))
		return 0;
failed:
	return log_errno(path, "is the directory there, is the disk full?");
}
