// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The wires of a server, asked one after the other:
 *
 *	an offer     --> recognise()? --> recognise()?	the last one must take it
 *	a datagram   --> datagram()?  --> datagram()?	until one says: mine
 */
#include <arpa/inet.h>
#include <string.h>

#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

const struct wire *wire_of(const struct wire *const *wires,
			   const struct sdp *offer)
{
	while (wires[1] && !(*wires)->recognise(offer))
		wires++;
	return *wires;
}

int wires_open(const struct wire *const *wires,
	       const struct wire_options *options)
{
	const struct wire *const *w = wires;
	int err = 0;

	for (; !err && *w; w++)
		if ((*w)->open)
			err = (*w)->open(options);
	while (err && --w > wires)
		if (w[-1]->close)
			w[-1]->close();
	return err;
}

void wires_close(const struct wire *const *wires)
{
	for (; *wires; wires++)
		if ((*wires)->close)
			(*wires)->close();
}

void wires_keep(const struct wire *const *wires, const char *pin_dir)
{
	for (; *wires; wires++)
		if ((*wires)->keep)
			(*wires)->keep(pin_dir);
}

void wires_hear(const struct wire *const *wires, enum verdict class,
		const struct ip_addr *from, __be16 port, const void *bytes,
		__u32 length)
{
	for (; *wires; wires++)
		if ((*wires)->datagram(class, from, port, bytes, length))
			return;
}

void wires_begun(const struct wire *const *wires, __u32 participant)
{
	for (; *wires; wires++)
		if ((*wires)->begun)
			(*wires)->begun(participant);
}

const struct media_cipher *wires_cipher(const struct wire *const *wires)
{
	for (; *wires; wires++)
		if ((*wires)->cipher)
			return (*wires)->cipher;
	return NULL;
}

struct in6_addr wire_media_address(const struct sdp_text *offer)
{
	static const struct ip_addr any;
	const struct ip_addr *addr = &session_options.media.addr;
	struct in6_addr address;

	if (ip_addr_equal(addr, &any))
		addr = &offer->local;
	memcpy(&address, addr, sizeof(address));
	return address;
}
