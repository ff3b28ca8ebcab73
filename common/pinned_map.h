/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * common: a BPF map that a program makes once, and finds again after a restart:
 * it is pinned, by its name, in a directory of a bpffs.
 */
#ifndef COMMON_PINNED_MAP_H
#define COMMON_PINNED_MAP_H

#include <linux/bpf.h>
#include <linux/types.h>

struct pinned_map {
	const char *name; /* of the map and of its pin */
	enum bpf_map_type type;
	__u32 key_size, value_size, max_entries, flags;
};

/*
 * The map in that directory, which is made if it is not there: a descriptor of
 * the caller's.  Negative errno; -ESTALE: one of another shape has the name.
 */
int pinned_map_open(const struct pinned_map *map, const char *dir);

/* Removes the pin; the map lives on for who has opened it.  0 or -errno. */
int pinned_map_remove(const struct pinned_map *map, const char *dir);

#endif
