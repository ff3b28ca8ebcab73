// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The wires of a server, asked one after the other. */
#include "lab04-signalling/session/wire.h"

const struct wire *wire_of(const struct wire *const *wires,
			   const struct sdp *offer)
{
	for (const struct wire *const *w = wires; *w; w++)
		if ((*w)->recognise(offer))
			return *w;
	return *wires;
}

void wires_hear(const struct wire *const *wires, enum verdict class,
		const struct ip_addr *from, __be16 port, const void *bytes,
		__u32 length)
{
	for (; *wires; wires++)
		if ((*wires)->datagram(class, from, port, bytes, length))
			return;
}
