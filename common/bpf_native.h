/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the packet code needs so that user space can compile it too: the
 * names that bpf_helpers.h and bpf_endian.h give things in the kernel.
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

#endif
