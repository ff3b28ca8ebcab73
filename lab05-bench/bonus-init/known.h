/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What our own programs need before they do their work: without it they
 * would let every packet pass, and to compare that would prove little.
 */
#ifndef BONUS_KNOWN_H
#define BONUS_KNOWN_H

#include <bpf/libbpf.h>

/*
 * Constants: media is port 5004; clone's sender is that of tools/rtpgen.py,
 * and both its receivers are reached through lo.  Objects that have none of
 * this stay as they are.  0.
 */
int known_constants(struct bpf_object *object);

/*
 * Maps of forward: a room in which rtpgen.py's sender, with IPv4 and IPv6,
 * publishes its four SSRCs to three receivers each, through lo.  0, or
 * negative errno, which has been logged.
 */
int known_room(struct bpf_object *object);

#endif
