// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Compares two frames field by field, so that a test that fails names the
 * field that is wrong, and marks its bytes in a dump of the whole frame.
 */
#include <string.h>

#include "common/packet.h"

static struct packet_field *find(struct packet_field *fields, size_t count,
				 const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

/*
 * Long fields are narrowed to the first byte that differs, and named by its
 * index.
 */
static void narrow(struct packet_field *f, const struct frame *p, size_t i)
{
	size_t used = strlen(f->name);

	snprintf(f->name + used, sizeof(f->name) - used, "[%zu]", i);
	if (i < f->len)
		snprintf(f->value, sizeof(f->value), "0x%02x",
			 p->data[f->at + i]);
	else
		snprintf(f->value, sizeof(f->value), "end, %zu bytes", f->len);
	f->at += i;
	f->len = i < f->len;
}

static bool same(const struct frame *expected, struct packet_field *e,
		 const struct frame *got, struct packet_field *g)
{
	size_t i = 0;

	if (!e->opaque)
		return !strcmp(e->value, g->value);
	while (i < e->len && i < g->len &&
	       expected->data[e->at + i] == got->data[g->at + i])
		i++;
	if (i == e->len && i == g->len)
		return true;
	narrow(e, expected, i);
	narrow(g, got, i);
	return false;
}

static void print_difference(FILE *out, const char *name,
			     const struct packet_field *e,
			     const struct packet_field *g)
{
	/* the dash takes three bytes, but one column */
	fprintf(out, "%-20s expected %-*s got %s\n", name, e ? 18 : 20,
		e ? e->value : "—", g ? g->value : "—");
}

void packet_hex_row(FILE *out, const uint8_t *data, size_t len, size_t at)
{
	fprintf(out, "%04zx ", at);
	for (size_t i = at; i < at + 16; i++) {
		fputs(i - at == 8 ? "  " : " ", out);
		if (i < len)
			fprintf(out, "%02x", data[i]);
		else
			fprintf(out, "  ");
	}
	fprintf(out, "  ");
	for (size_t i = at; i < at + 16 && i < len; i++)
		fputc(data[i] >= ' ' && data[i] <= '~' ? data[i] : '.', out);
	fputc('\n', out);
}

static int column(size_t i)
{
	return 6 + 3 * i + (i >= 8);
}

/* Underlines the part of a field that is in the row that starts at `at`. */
static void mark(FILE *out, const struct packet_field *f, size_t at)
{
	size_t first = f->at > at ? f->at - at : 0;
	size_t last = f->at + f->len < at + 16 ? f->at + f->len - at - 1 : 15;

	fprintf(out, "%*s", column(first), "");
	for (int i = column(first); i < column(last) + 2; i++)
		fputc('^', out);
	fprintf(out, " %s\n", strchr(f->name, '.') + 1);
}

/* Prints only rows that have a wrong field: a whole frame would hide them. */
static void dump_marked(FILE *out, const struct frame *p,
			const struct packet_field *fields, size_t count)
{
	for (size_t at = 0; at < p->len; at += 16) {
		bool shown = false;

		for (const struct packet_field *f = fields; f < fields + count;
		     f++) {
			if (f->at >= at + 16 || f->at + f->len <= at)
				continue;
			if (!shown)
				packet_hex_row(out, p->data, p->len, at);
			shown = true;
			mark(out, f, at);
		}
	}
}

size_t packet_diff(FILE *out, const struct frame *expected,
		   const struct frame *got)
{
	struct packet_field e[PACKET_FIELDS], g[PACKET_FIELDS];
	struct packet_field wrong[PACKET_FIELDS]; /* in got */
	size_t e_count = packet_describe(expected, e);
	size_t g_count = packet_describe(got, g);
	size_t differ = 0, marks = 0;

	for (size_t i = 0; i < e_count; i++) {
		struct packet_field *f = find(g, g_count, e[i].name);

		if (f && same(expected, &e[i], got, f))
			continue;
		print_difference(out, e[i].name, &e[i], f);
		differ++;
		if (f)
			wrong[marks++] = *f;
	}
	for (size_t i = 0; i < g_count; i++) {
		if (find(e, e_count, g[i].name))
			continue;
		print_difference(out, g[i].name, NULL, &g[i]);
		differ++;
		wrong[marks++] = g[i];
	}
	dump_marked(out, got, wrong, marks);
	return differ;
}
