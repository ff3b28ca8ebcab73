/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the control plane.  It decides, the data plane obeys.
 *
 * People join rooms, publish streams, say where they want the streams of
 * the others and which ones; control_commit() compiles all of that into
 * one flat list of legs per stream, and swaps the lists that changed.
 *
 * The tables are the state: there is no other.  Whoever opens them later
 * (sfuctl, a restarted server) goes on where the last one stopped.  One
 * process may change them at a time; dataplane.h has the lock.
 *
 * Ids are of participants unless said otherwise.  All functions return 0 or
 * negative errno and log nothing; on error nothing has changed.
 */
#ifndef LAB03_CONTROL_H
#define LAB03_CONTROL_H

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "lab01-xdp-parse/verdict.h"
#include "lab03-maps/id_lists.h"
#include "lab03-maps/maps.h"
#include "lab03-maps/plane.h"

/*
 * A stream, and the payload types that it has: the codec's first, then those
 * of what goes with it.  Each stands for the format of the same index.
 */
struct publication {
	__be32 ssrc;
	enum media_kind kind;
	__u32 count;			/* of payload types: 1 to 4 */
	__u8 pt[MAX_PAYLOAD_TYPES];
	struct stream_format formats[MAX_PAYLOAD_TYPES];
};

/*
 * Opens the tables that a plane forwards by: the maps pinned in pin_dir, or
 * empty ones in memory if it has nothing in the kernel.  -ENOENT: nothing is
 * pinned there.  -ESTALE: it is of another TABLES_VERSION, or
 * serves another media port.
 */
int control_open(const struct plane *plane, const char *pin_dir,
		 __be16 media_port);

/*
 * Opens the tables to ask questions only, beside whoever changes them: a
 * picture of who is there, with live counters.  One table may know of somebody
 * whom another one does not, and what lies in arrays may go at any moment.
 * Errors as above.
 */
int control_open_to_read(const char *pin_dir);
void control_close(void);

/*
 * A participant enters a room, which is made if need be.  Names are 1 to
 * MAX_NAME - 1 printable ASCII characters without space, '/' or '"', not "."
 * or ".." (-EINVAL), and unique in the room (-EEXIST).  -ENOSPC: there are
 * room_limit participants in the room; -E2BIG: a table is full.
 */
int control_join(const char *room, const char *name, __u32 room_limit,
		 __u32 *id);

/*
 * Somebody comes back, and a new participant, id, is to take the place of an
 * old one: it enters old's room under old's name.  Until old has left, both
 * are there, and control_bind() lets id claim the addresses that old has.  Media
 * from there stays old's until control_take_claims().  control_leave(id) gives
 * up the claims; one such id at a time may have some.
 */
int control_return(__u32 old, __u32 *id);
int control_take_claims(__u32 id);

/* Everything that it has goes: transports, streams, legs, an empty room. */
int control_leave(__u32 id);

/*
 * A transport of a participant, by which its packets come and go.  It leads
 * nowhere until it is bound, and goes with the participant.  -E2BIG: the table
 * is full.
 */
int control_open_transport(__u32 id, __u32 *transport);

/*
 * Binds a transport to an address and a port (big-endian), or moves it there:
 * media from there is the participant's, and copies go there.  -EADDRINUSE: it
 * is somebody's already.  -EAFNOSUPPORT: the participant sends from an address
 * of the other IP version already.
 */
int control_bind(__u32 transport, const struct ip_addr *addr, __be16 port);

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

/*
 * A stream from a transport.  -EEXIST: that SSRC is there already;
 * -EINVAL: no payload type, one too many, twice the same, or one that
 * looks_like_rtcp(); a clock of 0 Hz; a codec that is not printable ASCII with
 * a NUL.
 */
int control_publish(__u32 id, __u32 transport, const struct publication *p,
		    __u32 *stream);
int control_unpublish(__u32 stream);

/* Where it wants the streams for which control_set_sink() said nothing. */
int control_set_address(__u32 id, const struct ip_addr *addr, __be16 port);

/*
 * By which of its transports it wants one stream, with which payload types: as
 * many as the stream has, NO_PT for those that it does not take.  Transport 0:
 * not now.  ssrc and leg stay what they are: the publisher's SSRC, unless the
 * receiver knows that one from another stream already, and then another one.
 * mline is the caller's to keep: an index in the receiver's SDP.
 * -EAFNOSUPPORT: the stream comes over the other IP version, and packets are
 * rewritten, not translated.
 */
int control_set_sink(__u32 id, __u32 stream, const struct sink *sink);

/*
 * What it wants (enum media_kind bits) of one publisher, or, with publisher
 * 0, of everybody for whom nothing else was said.
 */
int control_subscribe(__u32 id, __u32 publisher, __u32 wants);

/*
 * Puts into force what was said since the last call, and waits until no
 * packet is on its way by the old lists.  A leg whose receiver can't be
 * reached is left out: then -EHOSTUNREACH (or what route.h says), or
 * -EAFNOSUPPORT as above, after all the others are in force, and *unreachable
 * is the first such participant; the next commit that touches its room tries
 * again.  A leg that was in force keeps the route it had.  -ETIMEDOUT: the
 * receiver's neighbour was asked for its MAC address, and has not answered.
 */
int control_commit(__u32 *unreachable);

/*
 * How many streams have been compiled so far, if only to find that their legs
 * are as they were: what a change has cost, in tests and in /metrics.
 */
__u64 control_compiled(void);

/*
 * Is there a leg somewhere for which no way was found?  Then the rooms of such
 * legs are compiled again, by control_refresh().
 */
bool control_has_unreachable(void);
void control_retry_unreachable(void);

/*
 * A neighbour has this MAC address, says the kernel.  Do legs go by it that
 * have another one?  Then control_forget_routes().
 */
bool control_neighbour_matters(const struct in6_addr *addr, int ifindex,
			       const __u8 mac[ETH_ALEN]);

/*
 * How long control_commit() may wait for a neighbour to answer, for each
 * address that is new to it; 500 ms at first.  With 0 it never blocks.
 */
void control_route_timeout(int ms);

/*
 * The ways to the receivers may have changed: a link, an address, a route, a
 * neighbour has.  Every room is compiled again, by control_refresh(), which
 * works for about ms milliseconds and puts into force what it got done, as
 * control_commit() does.  True: there is more, so call it again soon.  Legs
 * that have no way now keep the one that they had.
 */
void control_forget_routes(void);
bool control_refresh(int ms);

/* ---- questions -------------------------------------------------------- */

const struct room *control_room(__u32 room);
const struct participant *control_participant(__u32 id);
const struct stream *control_stream(__u32 stream);
const struct transport *control_transport(__u32 transport);
__u32 control_room_of(__u32 id);			/* id, or 0 */
__u32 control_find_room(const char *name);
__u32 control_find_participant(__u32 room, const char *name);
__u32 control_find_sender(const struct ip_addr *addr, __be16 port);
bool control_is_name(const char *name);
const struct sink *control_find_sink(__u32 id, __u32 stream);

/* Where a receiver's end leads to; NULL: nowhere now. */
const struct transport *control_destination(const struct sink *sink);

/* Who is in a room, and what is published there, the oldest first. */
struct id_list control_members(__u32 room);
struct id_list control_streams(__u32 room);

/* for each of their ids; nobody may come or go inside. */
#define each_member(id, room) id_list_each(id, control_members(room))
#define each_stream(id, room) id_list_each(id, control_streams(room))

/* for each struct leg of a struct leg_list. */
#define each_leg(l, list)						\
	for (const struct leg *l = control_legs(list),			\
	     *l##_end = l + (list).count; l < l##_end; l++)
const struct leg *control_legs(struct leg_list list);

/* What receiver wants of publisher: enum media_kind bits. */
__u32 control_wants(__u32 receiver, __u32 publisher);

/* What packets have counted for a stream; they go on meanwhile. */
const struct stream_counters *control_counters(__u32 stream);

/*
 * The law of conservation, for tests and for /metrics: over every stream
 * that is or was, copies due and what became of them.
 */
struct control_totals {
	__u64 packets;		/* RTP packets of known streams */
	__u64 user_packets;	/* of these, forwarded by user space */
	__u64 copies;		/* == sent + skipped + failed + stale */
	__u64 sent;
	__u64 skipped;		/* payload types not taken */
	__u64 failed;
	__u64 stale;
};
void control_totals(struct control_totals *out);

#endif
