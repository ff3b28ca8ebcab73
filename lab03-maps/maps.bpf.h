/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the tables of tables.h as BPF maps, under the same names.
 *
 * User space maps each array into its memory (BPF_F_MMAPABLE), so that reading
 * a counter costs no system call.  A sparse hash takes memory only for the
 * entries that it has, not for all that it may have.
 */
#ifndef LAB03_MAPS_BPF_H
#define LAB03_MAPS_BPF_H

#include "lab03-maps/tables.h"

/*
 * clang-format expects a semicolon at the end of a line; some have none here.
 */
/* clang-format off */
#define MAP_OF_ARRAY							\
	__uint(type, BPF_MAP_TYPE_ARRAY);				\
	__uint(map_flags, BPF_F_MMAPABLE);
#define MAP_OF_HASH							\
	__uint(type, BPF_MAP_TYPE_HASH);
#define MAP_OF_SPARSE							\
	__uint(type, BPF_MAP_TYPE_HASH);				\
	__uint(map_flags, BPF_F_NO_PREALLOC);

#define DEFINE_MAP(name, kind, key_type, value_type, entries)		\
	struct {							\
		MAP_OF_##kind						\
		__uint(max_entries, entries);				\
		__type(key, key_type);					\
		__type(value, value_type);				\
	} name SEC(".maps");
/* clang-format on */

SFU_TABLES(DEFINE_MAP)

#endif
