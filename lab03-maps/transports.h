/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03, a part of control.h: where packets come from and where they go. */
#ifndef LAB03_TRANSPORTS_H
#define LAB03_TRANSPORTS_H

#include <stdbool.h>

#include "lab03-maps/tables.h"

/*
 * Opens a transport, by which packets of a participant come and go.  It has no
 * address until it is bound, and goes with the participant.  If it is encrypted
 * (SRTP), user space forwards all packets that come or go by it.  -E2BIG: the
 * table is full.
 */
int control_open_transport(__u32 id, bool encrypted, __u32 *transport);

/*
 * Binds a transport to an address and a port (big-endian), or moves it there:
 * media from there is the participant's, and copies go there.  -EADDRINUSE: it
 * is somebody's already.  -EAFNOSUPPORT: the participant sends from an address
 * of the other IP version already.
 */
int control_bind(__u32 transport, const struct ip_addr *addr, __be16 port);

/* Does RTCP go to the port of RTP (mux, RFC 5761) or to the next one? */
void control_set_rtcp_mux(__u32 transport, bool mux);
__be16 control_rtcp_port(const struct transport *transport);

/*
 * Takes its address away: nothing is sent to it or accepted from it any more.
 */
void control_unbind(__u32 transport);

/*
 * Who is at the transport's address agrees to get media there, as this consent
 * says, from now on: copies go there as long as somebody renews it, and checks
 * may be answered before they come up.  It takes the place of an older one, and
 * goes when the address is taken away; a move keeps it.  After the next
 * control_commit() it counts for all.  On error the older one is in force.
 * -ENOSPC: there are too many.
 */
int control_set_consent(__u32 transport, const struct consent *consent);

/*
 * The consent in force, in the tables: valid until it is set again or ended.
 * Packets renew it, and so may you.  NULL: there is none.
 */
struct consent *control_consent(__u32 transport);
void control_renew(struct consent *consent, __u64 now);

/* When a participant has last renewed one: ns, monotonic clock; 0: never. */
__u64 control_renewed(__u32 id);

/*
 * Some streams are announced without an SSRC: packets will show it.  awaited
 * has their kinds (enum media_kind bits), and AWAITS_LAYERS.  As long as it is
 * not 0, the kernel hands packets of this transport with an unknown SSRC up.
 */
int control_await(__u32 transport, __u32 awaited);

/* The kinds that a participant will send by SSRCs that are not known yet. */
__u32 control_awaited(__u32 id);

/*
 * Packets with this SSRC are a layer that nobody gets: they are dropped, and
 * counted as such.  The entry goes with the transport.
 */
int control_set_aside(__u32 transport, __be32 ssrc);

/*
 * Finds the transport of a participant that is bound to an address, or opens
 * and binds a new one.  Errors as above.
 */
int control_add_transport(__u32 id, const struct ip_addr *addr, __be16 port,
			  __u32 *transport);

/*
 * Finds a transport of the participant that leads to this address and port, or
 * makes one to which only copies go.  A new one goes with the last sink that
 * uses it.
 */
int control_direct(__u32 id, const struct ip_addr *addr, __be16 port,
		   __u32 *transport);

/*
 * The first: NULL if there is no such transport.  The second: the transport
 * that is bound to an address, or 0.
 */
const struct transport *control_transport(__u32 transport);
__u32 control_find_transport(const struct ip_addr *addr, __be16 port);
__u32 control_find_sender(const struct ip_addr *addr, __be16 port);

/* The transport by which a sink's copies go; NULL: it has no address now. */
const struct transport *control_destination(const struct sink *sink);

#endif
