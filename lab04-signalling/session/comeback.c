// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * People come back: a client that crashed joins again, and finds its old self
 * in the room, which has its name and its ports.
 *
 *	old self   alice, 10.0.7.1:6000, its events perhaps still open
 *	             ^
 *	offer      alice (or no name), 10.0.7.1:6000, by TCP from 10.0.7.1
 *
 * Nobody else can send from that address and port, so it is the same one, and
 * takes its old place at once.  A client that comes back with other ports can
 * prove nothing; it gets the place if its old self has hung up.
 */
#include "lab04-signalling/session/session_internal.h"

/*
 * The participant who has the addresses that the offer sends from.  0: nobody
 * has, several have, or the peer has another address.
 */
static __u32 find_sender(const struct newcomer *n)
{
	__u32 found = 0;

	for (size_t i = 0; i < n->offer->n_media; i++) {
		const struct sdp_media *m = &n->offer->media[i];
		struct ip_addr addr = media_ip(m);
		__u32 id;

		if (!is_published(m, &n->answer->media[i]))
			continue;
		id = control_find_sender(&addr, htons(m->port));
		if (!id)
			continue;
		if (!ip_addr_equal(&addr, n->peer) || (found && found != id))
			return 0;
		found = id;
	}
	return found;
}

static bool has_hung_up(__u32 id, const struct ip_addr *peer)
{
	const struct session *s = session_find(id);

	return s && ip_addr_equal(&s->peer, peer) && session_is_silent(s);
}

__u32 find_old_self(const struct newcomer *n)
{
	__u32 room = control_find_room(n->room), sender = find_sender(n);
	__u32 namesake = n->name ? control_find_participant(room, n->name) : 0;

	if (sender && control_room_of(sender) == room &&
	    (!n->name || sender == namesake))
		return sender;
	return has_hung_up(namesake, n->peer) ? namesake : 0;
}
