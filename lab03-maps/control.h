/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the control plane.  It decides, and the data plane obeys.
 *
 * People join rooms, publish streams, say where they want the streams of
 * the others and which ones; control_commit() compiles all of that into
 * one flat list of legs per stream, and swaps the lists that changed.
 *
 *	control.h	people, their streams and what they want
 *	transports.h	where packets come from and go to
 *	commit.h	puts it into force
 *	lookup.h	questions
 *
 * The tables are the whole state.  Whoever opens them later (sfuctl, a
 * restarted server) goes on where the last process stopped.  One process may
 * change them at a time; dataplane.h has the lock.
 *
 * An id is a participant's unless said otherwise.  All functions return 0 or
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
 * A stream and its payload types: the codec's first, then those of what goes
 * with it.  The format of the same index says what each means.
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
 * empty ones in memory if the plane has nothing in the kernel.  -ENOENT:
 * nothing is pinned there.  -ESTALE: the maps are of another TABLES_VERSION, or
 * serve another media port.
 */
int control_open(const struct plane *plane, const char *pin_dir,
		 __be16 media_port);

/*
 * Opens the tables to ask questions only, while another process may change
 * them.  The counters are live.  The tables may disagree for a moment: one may
 * know of a participant whom another one does not, and an entry of an array may
 * go at any time.  Errors as above.
 */
int control_open_to_read(const char *pin_dir);
void control_close(void);

/*
 * A participant enters a room, which is made if need be.  Names are 1 to
 * MAX_NAME - 1 printable ASCII characters without space, '/' or '"', not "."
 * or ".." (else -EINVAL), and unique in the room (else -EEXIST).  -ENOSPC: the
 * room has room_limit participants already; -E2BIG: a table is full.
 */
int control_join(const char *room, const char *name, __u32 room_limit,
		 __u32 *id);

/*
 * Somebody comes back: a new participant, id, is to take the place of old.  It
 * enters old's room under old's name.  Until old has left, both are there, and
 * control_bind() lets id claim the addresses that old has.  Media from there
 * stays old's until control_take_claims().  control_leave(id) gives up the
 * claims.  Only one participant at a time may have claims.
 */
int control_return(__u32 old, __u32 *id);
int control_take_claims(__u32 id);

/* Removes a participant, all that it has, and its room if that is empty now. */
int control_leave(__u32 id);

/*
 * A participant sends a stream by one of its transports.  -EEXIST: that SSRC is
 * there already.  -EINVAL: no payload type, more than four, one of them twice,
 * or one that looks_like_rtcp(); a clock of 0 Hz; a codec that is not printable
 * ASCII with a NUL.
 */
int control_publish(__u32 id, __u32 transport, const struct publication *p,
		    __u32 *stream);
int control_unpublish(__u32 stream);

/* Where a participant wants all streams for which it has set no sink. */
int control_set_address(__u32 id, const struct ip_addr *addr, __be16 port);

/*
 * Says by which of its transports a participant wants one stream (0: not now),
 * and with which payload types: as many as the stream has, NO_PT for those that
 * it does not take.  The sink's ssrc and leg are not taken from the caller; the
 * ssrc is the publisher's, unless the receiver knows that one from another
 * stream already.  mline, an index in the receiver's SDP, is kept for the
 * caller.  -EAFNOSUPPORT: the stream comes over the other IP version, and
 * packets are rewritten, not translated.
 */
int control_set_sink(__u32 id, __u32 stream, const struct sink *sink);

/*
 * What a participant wants (enum media_kind bits) of one publisher or, with
 * publisher 0, of every publisher for whom it has not said something else.
 */
int control_subscribe(__u32 id, __u32 publisher, __u32 wants);

#endif
