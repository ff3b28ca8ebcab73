// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static __be16 media_port;

static struct settings *settings(void)
{
	__u32 index = 0;

	return table_find(&sfu_settings, &index);
}

static struct stream *find_stream(__u32 stream)
{
	struct stream *s = table_find(&sfu_streams, &stream);

	return s && s->participant ? s : NULL;
}

/* ---- opening ---------------------------------------------------------- */

/* Tables that nobody has used yet are ours; others must fit. */
static int check_settings(void)
{
	struct settings *s = settings();

	if (!s->version) {
		s->version = TABLES_VERSION;
		s->media_port = media_port;
	}
	if (s->version != TABLES_VERSION || s->media_port != media_port)
		return -ESTALE;
	return 0;
}

int control_open(const struct plane *plane, const char *pin_dir, __be16 port)
{
	int err = tables_open(plane->kernel ? pin_dir : NULL);

	if (err)
		return err;
	media_port = port;
	err = check_settings();
	err = err ?: compile_open(plane);
	err = err ?: index_open();
	err = err ?: transports_open(port);
	if (err)
		control_close();
	return err;
}

int control_open_to_read(const char *pin_dir)
{
	int err = tables_open(pin_dir);

	/* 0: nobody has used them yet. */
	if (!err && settings()->version &&
	    settings()->version != TABLES_VERSION)
		err = -ESTALE;
	err = err ?: index_open();
	if (err)
		control_close();
	return err;
}

void control_close(void)
{
	compile_close();
	transports_close_all();
	index_close();
	tables_close();
}

/* ---- rooms and participants ------------------------------------------- */

static bool printable(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)text[i]) || strchr("/\"", text[i]))
			return false;
	return length < size;
}

/* "." and ".." are taken out of a URL, whoever writes them and however. */
bool control_is_name(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") &&
	       printable(name, MAX_NAME);
}

/*
 * Rooms, participants and transports are numbered on and on.  After the last
 * number comes the first one that nobody has.
 */
__u32 control_new_id(void)
{
	__u32 *last = &settings()->last_id;

	do
		++*last;
	while (!*last || control_room(*last) || control_participant(*last) ||
	       control_transport(*last));
	return *last;
}

static int add_room(const char *name, __u32 *id)
{
	struct room room = {};
	int err;

	snprintf(room.name, sizeof(room.name), "%s", name);
	*id = control_new_id();
	err = table_set(&sfu_rooms, id, &room);
	if (err)
		return err;
	err = index_add_room(*id, &room);
	if (err)
		table_remove(&sfu_rooms, id);
	return err;
}

static int add_participant(__u32 room, const char *name, __u32 *id)
{
	struct participant p = { .room = room, .wants = MEDIA_ALL };
	int err;

	snprintf(p.name, sizeof(p.name), "%s", name);
	*id = control_new_id();
	err = table_set(&sfu_participants, id, &p);
	if (err)
		return err;
	err = id_lists_add(&index_members, room, *id);
	if (err)
		table_remove(&sfu_participants, id);
	return err;
}

/* The table says who is there; the list follows. */
static void forget_who_left(__u32 room)
{
	struct id_list members = control_members(room);

	for (__u32 i = members.count; i--; )
		if (!control_participant(members.ids[i]))
			id_lists_remove(&index_members, room, members.ids[i]);
}

static void drop_room_if_empty(__u32 room)
{
	forget_who_left(room);
	if (control_members(room).count || !control_room(room))
		return;
	index_remove_room(control_room(room));
	table_remove(&sfu_rooms, &room);
}

int control_join(const char *room_name, const char *name, __u32 room_limit,
		 __u32 *id)
{
	__u32 room;
	int err = 0;

	if (!control_is_name(room_name) || !control_is_name(name))
		return -EINVAL;
	room = control_find_room(room_name);
	if (room && control_find_participant(room, name))
		return -EEXIST;
	/* One list of legs holds all the others. */
	if (room_limit > MAX_LEGS_PER_STREAM + 1)
		room_limit = MAX_LEGS_PER_STREAM + 1;
	if (room && control_members(room).count >= room_limit)
		return -ENOSPC;
	if (!room)
		err = add_room(room_name, &room);
	if (!err)
		err = add_participant(room, name, id);
	if (err)
		drop_room_if_empty(room);
	else
		compile_room(room);
	return err;
}

int control_return(__u32 old, __u32 *id)
{
	const struct participant *p = control_participant(old);
	__u32 room;
	int err;

	if (!p)
		return -ENOENT;
	room = p->room;
	err = add_participant(room, p->name, id);
	if (err)
		return err;
	transports_claim(*id, old);
	compile_room(room);
	return 0;
}

static void remove_subscriptions(__u32 id)
{
	const struct participant *p = control_participant(id);
	struct id_list others = control_members(p ? p->room : 0);

	for (__u32 i = 0; i < others.count; i++) {
		struct subscription_key key = { id, others.ids[i] };

		table_remove(&sfu_subscriptions, &key);
		key = (struct subscription_key){ others.ids[i], id };
		table_remove(&sfu_subscriptions, &key);
	}
}

static void remove_sink(__u32 receiver, __u32 stream)
{
	struct sink_key key = { .receiver = receiver, .stream = stream };
	struct sink *sink = table_find(&sfu_sinks, &key);

	if (!sink)
		return;
	ssrcs_remove(receiver, sink->ssrc);
	compile_retire_sink(stream, sink);
	transports_change_user(sink->transport, 0);
	table_remove(&sfu_sinks, &key);
}

static void remove_sinks(__u32 id)
{
	struct stream_ids streams;

	if (control_streams_for(id, &streams))
		return;
	for (__u32 i = 0; i < streams.count; i++)
		remove_sink(id, streams.ids[i]);
	free(streams.ids);
}

static void remove_streams(__u32 id)
{
	struct stream_ids streams;

	if (control_streams_of(id, &streams))
		return;
	for (__u32 i = 0; i < streams.count; i++)
		control_unpublish(streams.ids[i]);
	free(streams.ids);
}

int control_leave(__u32 id)
{
	const struct participant *p = control_participant(id);
	__u32 room;

	if (!p)
		return -ENOENT;
	room = p->room;
	transports_give_up_claims(id);
	//@todo 3.8 control_leave: whatever it had goes, in the right order
	//@stub	(void)remove_streams;
	//@stub	(void)remove_sinks, (void)remove_subscriptions;
	transports_close(id);
	remove_streams(id);
	remove_sinks(id);
	remove_subscriptions(id);
	table_remove(&sfu_participants, &id);
	drop_room_if_empty(room);
	//@end 3.8
	forget_who_left(room);
	compile_room(room);
	return 0;
}

/* ---- streams ---------------------------------------------------------- */

static bool formats_ok(const struct publication *p)
{
	if (!p->count || p->count > MAX_PAYLOAD_TYPES)
		return false;
	for (__u32 i = 0; i < p->count; i++)
		if (p->pt[i] > RTP_PT || looks_like_rtcp(p->pt[i]) ||
		    memchr(p->pt, p->pt[i], i) || !p->formats[i].clock_hz ||
		    !printable(p->formats[i].codec, MAX_CODEC))
			return false;
	return true;
}

static void fill_stream(__u32 id, __u32 participant,
			const struct ssrc_key *key,
			const struct publication *p)
{
	struct stream stream = {
		.transport = key->transport, .ssrc = key->ssrc,
		.participant = participant, .kind = p->kind,
		.room = control_participant(participant)->room,
	};
	struct stream_counters counters = {};
	struct rtp_stats stats = {
		.pt = p->pt[0], .clock_hz = p->formats[0].clock_hz,
	};

	memset(stream.pt, NO_PT, sizeof(stream.pt));
	memcpy(stream.pt, p->pt, p->count);
	memcpy(stream.formats, p->formats,
	       p->count * sizeof(stream.formats[0]));
	table_set(&sfu_stream_counters, &id, &counters);
	table_set(&sfu_stats, &id, &stats);
	table_set(&sfu_streams, &id, &stream);
}

static void forget_stream(__u32 room, __u32 id)
{
	id_lists_remove(&index_streams, room, id);
	compile_retire_stream(id);
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
	new_stream = compile_new_stream();
	if (new_stream < 0)
		return -E2BIG;
	*stream = new_stream;
	fill_stream(*stream, id, &key, p);
	compile_wait_for_removed();
	err = id_lists_add(&index_streams, participant->room, *stream);
	err = err ?: table_set(&sfu_ssrcs, &key, stream);
	if (!err)
		ssrcs_add(id, p->ssrc, *stream);
	else
		forget_stream(participant->room, *stream);
	compile_room(participant->room);
	return err;
}

int control_unpublish(__u32 id)
{
	struct stream *stream = find_stream(id);
	struct id_list members;
	struct ssrc_key key;

	if (!stream)
		return -ENOENT;
	key = (struct ssrc_key){
		.transport = stream->transport, .ssrc = stream->ssrc,
	};
	table_remove(&sfu_ssrcs, &key);
	compile_note_removal();
	ssrcs_remove(stream->participant, stream->ssrc);
	members = control_members(stream->room);
	for (__u32 i = 0; i < members.count; i++)
		remove_sink(members.ids[i], id);
	forget_stream(stream->room, id);
	return 0;
}

/* ---- who wants what, and where ---------------------------------------- */

static bool is_of(__u32 transport, __u32 participant)
{
	const struct transport *t = control_transport(transport);

	return t && t->participant == participant;
}

/* Takes over all of a receiver's end but what is the control plane's. */
static int set_sink(const struct sink_key *key, const struct sink *old,
		    struct sink sink)
{
	__u32 before = old->transport;
	int err;

	sink.leg = old->leg;
	sink.ssrc = old->ssrc;
	err = table_set(&sfu_sinks, key, &sink);
	if (!err)
		transports_change_user(before, sink.transport);
	return err;
}

static int move_default_sink(__u32 receiver, __u32 stream, __u32 transport)
{
	struct sink_key key = { .receiver = receiver, .stream = stream };
	const struct sink *old = table_find(&sfu_sinks, &key);
	struct sink sink;

	if (!old || old->mline != NO_MLINE)
		return 0;
	sink = *old;
	sink.transport = transport;
	return set_sink(&key, old, sink);
}

static int move_default_sinks(__u32 id, __u32 transport)
{
	struct stream_ids streams;
	int err = control_streams_for(id, &streams);

	if (err)
		return err;
	for (__u32 i = 0; !err && i < streams.count; i++)
		err = move_default_sink(id, streams.ids[i], transport);
	free(streams.ids);
	return err;
}

int control_deliver(__u32 id, const struct ip_addr *addr, __be16 port)
{
	struct participant p;
	__u32 transport, before;
	int err;

	if (!control_participant(id))
		return -ENOENT;
	err = control_direct(id, addr, port, &transport);
	if (err)
		return err;
	p = *control_participant(id);
	before = p.transport;
	p.transport = transport;
	err = table_set(&sfu_participants, &id, &p);
	if (err) {
		transports_close_unused(transport);
		return err;
	}
	transports_change_user(before, transport);
	compile_room(p.room);
	return move_default_sinks(id, transport);
}

int control_sink(__u32 id, __u32 stream, const struct sink *sink)
{
	struct sink_key key = { .receiver = id, .stream = stream };
	const struct sink *old = table_find(&sfu_sinks, &key);
	int err;

	if (!old || (sink->transport && !is_of(sink->transport, id)))
		return -ENOENT;
	compile_room(control_participant(id)->room);
	if (sink->transport && !control_same_ip_version(stream, sink->transport))
		err = -EAFNOSUPPORT;
	else
		err = set_sink(&key, old, *sink);
	if (err)
		transports_close_unused(sink->transport);
	return err;
}

static int set_default_wants(__u32 id, __u32 wants)
{
	struct participant p = *control_participant(id);

	p.wants = wants;
	return table_set(&sfu_participants, &id, &p);
}

int control_subscribe(__u32 id, __u32 publisher, __u32 wants)
{
	struct subscription_key key = { .receiver = id, .publisher = publisher };
	struct subscription value = { .wants = wants };
	const struct participant *p = control_participant(id);
	const struct participant *from = control_participant(publisher);

	if (!p || (publisher && (!from || from->room != p->room)))
		return -ENOENT;
	if (wants & ~MEDIA_ALL || id == publisher)
		return -EINVAL;
	compile_room(p->room);
	if (!publisher)
		return set_default_wants(id, wants);
	return table_set(&sfu_subscriptions, &key, &value);
}

/* ---- questions -------------------------------------------------------- */

const struct room *control_room(__u32 room)
{
	return table_find(&sfu_rooms, &room);
}

const struct participant *control_participant(__u32 id)
{
	return table_find(&sfu_participants, &id);
}

const struct stream *control_stream(__u32 stream)
{
	return find_stream(stream);
}

__u32 control_find_participant(__u32 room, const char *name)
{
	struct id_list members = control_members(room);

	for (__u32 i = 0; i < members.count; i++)
		if (!strcmp(control_participant(members.ids[i])->name, name))
			return members.ids[i];
	return 0;
}

const struct sink *control_find_sink(__u32 id, __u32 stream)
{
	struct sink_key key = { .receiver = id, .stream = stream };

	return table_find(&sfu_sinks, &key);
}

const struct transport *control_destination(const struct sink *sink)
{
	const struct transport *t = control_transport(sink->transport);

	return t && t->port ? t : NULL;
}

__u32 control_wants(__u32 receiver, __u32 publisher)
{
	struct subscription_key key = {
		.receiver = receiver, .publisher = publisher,
	};
	const struct subscription *s = table_find(&sfu_subscriptions, &key);
	const struct participant *p = control_participant(receiver);

	if (s)
		return s->wants;
	return p ? p->wants : 0;
}

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* The streams of a room that id publishes (own), or that the others do. */
static int list_streams(__u32 id, bool own, struct stream_ids *out)
{
	const struct participant *me = control_participant(id);
	struct id_list all = control_streams(me ? me->room : 0);

	out->count = 0;
	out->ids = calloc(all.count + 1, sizeof(*out->ids));
	if (!out->ids)
		return -ENOMEM;
	for (__u32 i = 0; i < all.count; i++) {
		const struct stream *s = find_stream(all.ids[i]);

		/* Who only looks may see a stream that is just going. */
		if (s && (s->participant == id) == own)
			out->ids[out->count++] = all.ids[i];
	}
	qsort(out->ids, out->count, sizeof(*out->ids), compare_ids);
	return 0;
}

int control_streams_for(__u32 id, struct stream_ids *out)
{
	return list_streams(id, false, out);
}

int control_streams_of(__u32 id, struct stream_ids *out)
{
	return list_streams(id, true, out);
}
