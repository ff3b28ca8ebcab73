// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab05-bench/bonus-init/ext.h"
#include "lab05-bench/bonus-init/object.h"

struct elf {
	Elf *elf;
	GElf_Ehdr header;
	bool big_endian;
	struct object *object;
};

/* ---- files ------------------------------------------------------------ */

int object_read(struct object *o, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size;
	int err;

	*o = (struct object){};
	if (!file)
		return log_errno(path, "is the name right?");
	err = fseek(file, 0, SEEK_END);
	size = ftell(file);
	if (err || size <= 0) {
		log_error("%s: not a file with something in it", path);
		err = -EINVAL;
		goto out;
	}
	rewind(file);
	o->image = malloc(size);
	o->size = size;
	if (!o->image || fread(o->image, size, 1, file) != 1)
		err = log_errno(path, "try again");
out:
	fclose(file);
	return err;
}

int object_write(const struct object *o, const char *path)
{
	FILE *file = fopen(path, "wb");
	bool ok;

	if (!file)
		return log_errno(path, "write to where you may");
	ok = fwrite(o->image, o->size, 1, file) == 1;
	ok &= !fclose(file);
	return ok ? 0 : log_errno(path, "is the disk full?");
}

int object_copy(struct object *to, const struct object *from)
{
	*to = (struct object){ .image = malloc(from->size),
			       .size = from->size };
	if (!to->image)
		return -ENOMEM;
	memcpy(to->image, from->image, from->size);
	return 0;
}

void object_free(struct object *o)
{
	free(o->image);
	*o = (struct object){};
}

/* ---- sections --------------------------------------------------------- */

static int open_elf(struct elf *e, struct object *o)
{
	*e = (struct elf){ .object = o };
	elf_version(EV_CURRENT);
	e->elf = elf_memory((char *)o->image, o->size);
	if (e->elf && gelf_getehdr(e->elf, &e->header) &&
	    e->header.e_machine == EM_BPF &&
	    gelf_getclass(e->elf) == ELFCLASS64) {
		e->big_endian = e->header.e_ident[EI_DATA] == ELFDATA2MSB;
		return 0;
	}
	log_error("no BPF object; clang -target bpf -c makes one");
	elf_end(e->elf);
	return -EINVAL;
}

static const char *section_name(const struct elf *e, const GElf_Shdr *header)
{
	return elf_strptr(e->elf, e->header.e_shstrndx, header->sh_name) ?: "";
}

static __u8 *bytes_at(const struct elf *e, const GElf_Shdr *header)
{
	return e->object->image + header->sh_offset;
}

static bool is_inside(const struct elf *e, const GElf_Shdr *header)
{
	return header->sh_offset <= e->object->size &&
	       header->sh_size <= e->object->size - header->sh_offset;
}

static bool is_code(const struct elf *e, const GElf_Shdr *header)
{
	return header->sh_type == SHT_PROGBITS &&
	       header->sh_flags & SHF_EXECINSTR && header->sh_size &&
	       is_inside(e, header);
}

/* ---- what is known of the code beforehand ----------------------------- */

static void mark(struct code *c, __u64 offset, __u8 what)
{
	if (offset / INSN_BYTES < (__u64)c->count)
		c->marks[offset / INSN_BYTES] |= what;
}

/* "xdp", but "xdp/devmap" and "xdp.frags" too. */
static bool is_kind(const char *section, const char *kind)
{
	size_t len = strlen(kind);

	return !strncmp(section, kind, len) && strchr("/.", section[len]);
}

/*
 * What libbpf calls a program, of a kind whose r1 is known: subprograms and
 * what replaces them get pointers to anything there.
 */
static __u8 entry_mark(const char *section)
{
	bool packet = is_kind(section, "xdp") || is_kind(section, "tc") ||
		      is_kind(section, "classifier");

	return packet ? MARK_ENTRY | MARK_PACKET : MARK_ENTRY;
}

static void mark_functions(Elf_Scn *table, size_t section, const char *name,
			   struct code *c)
{
	Elf_Data *data = elf_getdata(table, NULL);
	GElf_Sym symbol;

	for (int i = 0; gelf_getsym(data, i, &symbol); i++)
		if (symbol.st_shndx == section &&
		    GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
			mark(c, symbol.st_value, entry_mark(name));
}

static void mark_relocations(Elf_Scn *table, struct code *c)
{
	Elf_Data *data = elf_getdata(table, NULL);
	GElf_Rel rel;

	for (int i = 0; gelf_getrel(data, i, &rel); i++)
		mark(c, rel.r_offset, MARK_FIXED);
}

struct core_marks {
	struct code *code;
	const char *section;
};

static void mark_core(void *arg, const char *section, __u32 offset)
{
	struct core_marks *m = arg;

	if (!strcmp(section, m->section))
		mark(m->code, offset, MARK_FIXED);
}

/* From BTF: what CO-RE will change.  Sections are found by their names. */
static int mark_core_all(const struct elf *e, const char *section,
			 struct code *c)
{
	struct core_marks m = { .code = c, .section = section };
	struct ext x = { .big_endian = e->big_endian };
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(e->elf, scn))) {
		gelf_getshdr(scn, &header);
		if (!is_inside(e, &header))
			continue;
		if (!strcmp(section_name(e, &header), ".BTF"))
			x.btf = (struct span){ bytes_at(e, &header),
					       header.sh_size };
		if (!strcmp(section_name(e, &header), ".BTF.ext"))
			x.ext = (struct span){ bytes_at(e, &header),
					       header.sh_size };
	}
	return ext_each_core(&x, mark_core, &m);
}

/* Functions without a symbol, as another tool may leave them. */
static void mark_callees(struct code *c)
{
	for (long i = 0; i < c->count; i++) {
		const struct insn *insn = &c->insns[i];

		if (insn->code == (BPF_JMP | BPF_CALL) &&
		    insn->src == BPF_PSEUDO_CALL &&
		    !(c->marks[i] & MARK_FIXED) && i + 1 + insn->imm >= 0)
			mark(c, (i + 1 + insn->imm) * (__u64)INSN_BYTES,
			     MARK_ENTRY);
	}
}

static int mark_all(const struct elf *e, size_t section, const char *name,
		    struct code *c)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(e->elf, scn))) {
		gelf_getshdr(scn, &header);
		if (header.sh_type == SHT_SYMTAB)
			mark_functions(scn, section, name, c);
		if (header.sh_type == SHT_REL && header.sh_info == section)
			mark_relocations(scn, c);
	}
	mark_callees(c);
	return mark_core_all(e, name, c);
}

/* ---- code ------------------------------------------------------------- */

static void free_code(struct code *c)
{
	free(c->insns);
	free(c->marks);
}

static int take_code(const struct elf *e, const GElf_Shdr *header,
		     struct code *c)
{
	c->count = header->sh_size / INSN_BYTES;
	/* One more, for an object that ends within an instruction of two. */
	c->insns = calloc(c->count + 1, sizeof(*c->insns));
	c->marks = calloc(c->count + 1, 1);
	if (!c->insns || !c->marks)
		return -ENOMEM;
	for (long i = 0; i < c->count; i++)
		c->insns[i] = insn_decode(bytes_at(e, header) +
					  i * INSN_BYTES, e->big_endian);
	return 0;
}

static void put_code(const struct elf *e, const GElf_Shdr *header,
		     const struct code *c)
{
	for (long i = 0; i < c->count; i++)
		insn_encode(&c->insns[i], bytes_at(e, header) +
			    i * INSN_BYTES, e->big_endian);
}

typedef int change(struct code *c, bool big_endian, struct widened *w);

static int change_section(const struct elf *e, Elf_Scn *scn,
			  const GElf_Shdr *header, change *how,
			  struct widened *w)
{
	struct code c = {};
	int err = take_code(e, header, &c);

	if (!err)
		err = mark_all(e, elf_ndxscn(scn), section_name(e, header),
			       &c);
	if (!err)
		err = how(&c, e->big_endian, w);
	if (!err)
		put_code(e, header, &c);
	free_code(&c);
	return err;
}

static int change_all(struct object *o, change *how, struct widened *w)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	struct elf e;
	int err = open_elf(&e, o);

	if (err)
		return err;
	while (!err && (scn = elf_nextscn(e.elf, scn))) {
		gelf_getshdr(scn, &header);
		if (is_code(&e, &header))
			err = change_section(&e, scn, &header, how, w);
	}
	elf_end(e.elf);
	if (err)
		log_error("cannot change the code: %s; is the object whole?",
			  strerror(-err));
	return err;
}

int object_widen(struct object *o, struct widened *w)
{
	return change_all(o, widen, w);
}

static bool never_the_same(__s32 helper)
{
	switch (helper) {
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_boot_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
	case BPF_FUNC_jiffies64:
	case BPF_FUNC_get_prandom_u32:
	case BPF_FUNC_get_smp_processor_id:
		return true;
	}
	return false;
}

static int freeze(struct code *c, bool big_endian, struct widened *w)
{
	(void)big_endian;
	(void)w;
	for (long i = 0; i < c->count; i++) {
		struct insn *insn = &c->insns[i];

		if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src &&
		    never_the_same(insn->imm))
			*insn = (struct insn){
				.code = BPF_ALU64 | BPF_MOV | BPF_K,
				.imm = 1,
			};
	}
	return 0;
}

int object_freeze(struct object *o)
{
	return change_all(o, freeze, NULL);
}
