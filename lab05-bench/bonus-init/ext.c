// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * .BTF.ext: a header, which says where its tables are.  That of CO-RE:
 *
 *	size of a record
 *	name of a section, as offset into the strings of .BTF;
 *	number of records; the records, each beginning with an offset
 *	... the same for further sections
 */
#include <errno.h>
#include <linux/btf.h>
#include <string.h>

#include "lab05-bench/bonus-init/ext.h"

/* Offsets into .BTF.ext's header, and how long it is if it knows CO-RE. */
enum { EXT_HEADER_LENGTH = 4, EXT_CORE_OFFSET = 24, EXT_CORE_LENGTH = 28,
       EXT_CORE_KNOWN = 32 };

static __u32 word(const struct ext *x, const __u8 *at)
{
	__u32 value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | at[x->big_endian ? i : 3 - i];
	return value;
}

/* A part of a span; of no size if it is not all inside. */
static struct span part(const struct span *s, __u64 offset, __u64 size)
{
	if (offset > s->size || size > s->size - offset)
		return (struct span){};
	return (struct span){ s->bytes + offset, size };
}

static const char *string(const struct ext *x, __u32 offset)
{
	const __u8 *header = x->btf.bytes;
	struct span strings;

	if (x->btf.size < sizeof(struct btf_header))
		return NULL;
	strings = part(&x->btf,
		       (__u64)word(x, header + EXT_HEADER_LENGTH) +
		       word(x, header + offsetof(struct btf_header, str_off)),
		       word(x, header + offsetof(struct btf_header, str_len)));
	if (offset >= strings.size ||
	    !memchr(strings.bytes + offset, 0, strings.size - offset))
		return NULL;
	return (const char *)strings.bytes + offset;
}

/* The table of CO-RE; of no size if there is none. */
static struct span core_table(const struct ext *x)
{
	const __u8 *header = x->ext.bytes;
	__u32 length;

	if (x->ext.size < EXT_CORE_KNOWN)
		return (struct span){};
	length = word(x, header + EXT_HEADER_LENGTH);
	if (length < EXT_CORE_KNOWN)
		return (struct span){};
	return part(&x->ext,
		    (__u64)length + word(x, header + EXT_CORE_OFFSET),
		    word(x, header + EXT_CORE_LENGTH));
}

int ext_each_core(const struct ext *x,
		  void (*f)(void *arg, const char *section, __u32 offset),
		  void *arg)
{
	struct span table = core_table(x), records;
	const char *section;
	__u64 at = 4;
	__u32 size;

	if (table.size < 4)
		return 0;
	size = word(x, table.bytes);
	while (at + 8 <= table.size) {
		section = string(x, word(x, table.bytes + at));
		records = part(&table, at + 8, (__u64)size *
			       word(x, table.bytes + at + 4));
		if (!section || size < 4 || !records.size)
			return -EINVAL;
		for (size_t i = 0; i < records.size; i += size)
			f(arg, section, word(x, records.bytes + i));
		at += 8 + records.size;
	}
	return 0;
}
