/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the control plane.  It decides, the data plane obeys.
 *
 * People join rooms, publish streams, say where they want the streams of
 * the others and which ones; control_commit() compiles all of that into
 * one flat list of legs per stream, and swaps the lists that changed.
 *
 *	control.h	people, streams, wishes
 *	transports.h	by which ways packets go
 *	commit.h	into force
 *	lookup.h	questions
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

#include "lab03-maps/commit.h"
#include "lab03-maps/lookup.h"
#include "lab03-maps/maps.h"
#include "lab03-maps/plane.h"
#include "lab03-maps/transports.h"

/*
 * A stream, and the payload types that it has: the codec's first, then those
 * of what goes with it.  Each stands for the format of the same index.
 */
struct publication {
	__be32 ssrc;
	enum media_kind kind;
	__u32 count; /* of payload types: 1 to 4 */
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

#endif
