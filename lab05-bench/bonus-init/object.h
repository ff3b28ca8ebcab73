/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* BPF objects (ELF files) as files and as code. */
#ifndef BONUS_OBJECT_H
#define BONUS_OBJECT_H

#include "lab05-bench/bonus-init/widen.h"

struct object {
	__u8 *image;		/* the file */
	size_t size;
};

/*
 * Reads a file.  Logs its errors and returns negative errno.  The caller
 * frees by object_free(), after an error too.
 */
int object_read(struct object *o, const char *path);
int object_write(const struct object *o, const char *path);
int object_copy(struct object *to, const struct object *from);
void object_free(struct object *o);

/*
 * widen() for each section of code; nothing of the file but instructions
 * changes, and none of them moves: symbols, relocations, BTF and line info
 * stay true.  Logs its errors; -EINVAL: no BPF object; -ENOMEM.
 */
int object_widen(struct object *o, struct widened *w);

/*
 * Replaces each call of a helper that answers differently every time (clocks,
 * random numbers, which CPU) by one and the same constant, so that two
 * programs can be compared.  Errors as above.
 */
int object_freeze(struct object *o);

#endif
