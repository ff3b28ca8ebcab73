// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Streams: what participants publish.
 *
 *	control_publish()	stream, statistics, counters -> SSRC's key
 *	control_unpublish()	SSRC's key -> sinks -> stream
 *
 * Packets find a stream by its SSRC's key, which is written last and removed
 * first.
 */
#include <errno.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static bool formats_ok(const struct publication *p)
{
	if (!p->count || p->count > MAX_PAYLOAD_TYPES)
		return false;
	for (__u32 i = 0; i < p->count; i++)
		if (p->pt[i] > RTP_PT || looks_like_rtcp(p->pt[i]) ||
		    memchr(p->pt, p->pt[i], i) || !p->formats[i].clock_hz ||
		    !control_is_printable(p->formats[i].codec, MAX_CODEC))
			return false;
	return true;
}

/*
 * Clears the counters: those of an earlier stream of this id are in the totals.
 */
static void fill_stream(__u32 id, __u32 participant, const struct ssrc_key *key,
			const struct publication *p)
{
	struct stream stream = {
		.transport = key->transport,
		.ssrc = key->ssrc,
		.participant = participant,
		.kind = p->kind,
		.room = control_room_of(participant),
	};
	struct stream_counters counters = {};
	struct stream_feedback feedback = {};
	struct rtp_stats stats = {
		.pt = p->pt[0],
		.clock_hz = p->formats[0].clock_hz,
	};

	memset(stream.pt, NO_PT, sizeof(stream.pt));
	memcpy(stream.pt, p->pt, p->count);
	memcpy(stream.formats, p->formats,
	       p->count * sizeof(stream.formats[0]));
	table_set(&sfu_stream_counters, &id, &counters);
	table_set(&sfu_stats, &id, &stats);
	table_set(&sfu_feedback, &id, &feedback);
	table_set(&sfu_streams, &id, &stream);
}

static void forget_stream(__u32 room, __u32 id)
{
	id_lists_remove(&index_streams, room, id);
	compile_remove_stream(id);
}

int control_publish(__u32 id, __u32 transport, const struct publication *p,
		    __u32 *stream)
{
	const struct participant *participant = control_participant(id);
	struct ssrc_key key = { .transport = transport, .ssrc = p->ssrc };
	long new_stream;
	int err;

	if (!participant)
		return -ENOENT;
	if (!formats_ok(p))
		return -EINVAL;
	if (table_find(&sfu_ssrcs, &key))
		return -EEXIST;
	new_stream = pool_take(&pool_of_streams, 1);
	if (new_stream < 0)
		return -E2BIG;
	*stream = new_stream;
	fill_stream(*stream, id, &key, p);
	reclaim_wait_for_removed();
	err = id_lists_add(&index_streams, participant->room, *stream);
	err = err ?: table_set(&sfu_ssrcs, &key, stream);
	if (!err)
		ssrcs_add(id, p->ssrc, *stream);
	else
		forget_stream(participant->room, *stream);
	commit_note_change(participant->room);
	return err;
}

int control_unpublish(__u32 id)
{
	const struct stream *stream = control_stream(id);
	struct ssrc_key key;

	if (!stream)
		return -ENOENT;
	key = (struct ssrc_key){
		.transport = stream->transport,
		.ssrc = stream->ssrc,
	};
	table_remove(&sfu_ssrcs, &key);
	reclaim_note_removal();
	ssrcs_remove(stream->participant, stream->ssrc);
	each_member(receiver, stream->room)
		sinks_remove(receiver, id);
	forget_stream(stream->room, id);
	return 0;
}

/* Starts from the end, because each removal makes the list shorter. */
void streams_remove_of(__u32 participant)
{
	struct id_list all = control_streams(control_room_of(participant));

	for (__u32 i = all.count; i--;)
		if (control_stream(all.ids[i])->participant == participant)
			control_unpublish(all.ids[i]);
}
