/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the tables, for code that runs in the kernel and in user space.
 *
 * They have the same names everywhere.  In the kernel they are BPF maps
 * (maps.bpf.h).  In user space they are those of maps.h, and
 * bpf_map_lookup_elem() stands for a function of ours.
 */
#ifndef LAB03_MAPS_ANY_H
#define LAB03_MAPS_ANY_H

#ifdef __bpf__
#include "lab03-maps/maps.bpf.h"
#define IN_KERNEL 1
#else
#define IN_KERNEL 0
#include "lab03-maps/maps.h"
#define bpf_map_lookup_elem(map, key) table_find(map, key)
#endif

#endif
