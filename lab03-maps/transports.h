/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03, a part of control.h: by which ways packets of a participant go. */
#ifndef LAB03_TRANSPORTS_H
#define LAB03_TRANSPORTS_H

#include <stdbool.h>

#include "lab03-maps/tables.h"

/*
 * A transport of a participant, by which its packets come and go.  It leads
 * nowhere until it is bound, and goes with the participant.  If it is encrypted
 * (SRTP), user space forwards what comes and goes by it.  -E2BIG: the table is
 * full.
 */
int control_open_transport(__u32 id, bool encrypted, __u32 *transport);

/*
 * Binds a transport to an address and a port (big-endian), or moves it there:
 * media from there is the participant's, and copies go there.  -EADDRINUSE: it
 * is somebody's already.  -EAFNOSUPPORT: the participant sends from an address
 * of the other IP version already.
 */
int control_bind(__u32 transport, const struct ip_addr *addr, __be16 port);

/* Whether its RTCP goes to the port of its RTP (RFC 5761), or to the next one. */
void control_set_rtcp_mux(__u32 transport, bool mux);
__be16 control_rtcp_port(const struct transport *transport);

/* It leads nowhere again: nothing is sent there, and nothing taken. */
void control_unbind(__u32 transport);

/*
 * By which SSRCs some streams will come, packets are to tell: what are they?
 * enum media_kind bits, and AWAITS_LAYERS.  Until it is 0, the kernel passes on
 * what has an unknown SSRC and comes by this transport.
 */
int control_await(__u32 transport, __u32 awaited);

/* The kinds of streams that a participant will send so. */
__u32 control_awaited(__u32 id);

/*
 * What has this SSRC is a layer of which nobody gets anything: it is counted as
 * such.  It goes with the transport.
 */
int control_set_aside(__u32 transport, __be32 ssrc);

/*
 * The transport of a participant that is bound to an address: one that there
 * is, or a new one.  Errors as above.
 */
int control_add_transport(__u32 id, const struct ip_addr *addr, __be16 port,
			  __u32 *transport);

/*
 * Only copies will go there: finds a transport of the participant that leads
 * to this address and port, or makes one.  A new one goes with the last sink
 * that has it.
 */
int control_direct(__u32 id, const struct ip_addr *addr, __be16 port,
		   __u32 *transport);

/* NULL: there is no such transport; 0: nobody sends from there. */
const struct transport *control_transport(__u32 transport);
__u32 control_find_transport(const struct ip_addr *addr, __be16 port);
__u32 control_find_sender(const struct ip_addr *addr, __be16 port);

/* Where a receiver's end leads to; NULL: nowhere now. */
const struct transport *control_destination(const struct sink *sink);

#endif
