/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the forwarding core needs so that user space can compile it too:
 * the byte-order macros and the map look-up of libbpf, on plain memory.
 *
 * In the kernel bpf_map_lookup_elem() finds a value in a BPF map; here it
 * finds it in a struct table of the same name (common/table.h).
 */
#ifndef COMMON_BPF_NATIVE_H
#define COMMON_BPF_NATIVE_H

#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define bpf_htons htons
#define bpf_ntohs ntohs
#define bpf_htonl htonl
#define bpf_ntohl ntohl

struct table;
void *table_find(const struct table *table, const void *key);

#define bpf_map_lookup_elem(map, key) table_find(map, key)

#endif
