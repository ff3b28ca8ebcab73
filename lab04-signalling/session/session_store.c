// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a restarted server must know of each participant beside the tables:
 * who owns it, and two descriptions, as SDP.  Which stream an m-line carries is
 * in the tables (struct sink, mline).
 *
 *	OWNER	the token and address of its requests
 *	REMOTE	its offer, once and for all
 *	LOCAL	ours: the answer, then the latest offer
 *
 * They are in a BPF map of our own, which is pinned beside the tables and so
 * lives and dies with them.  A value is too small for a description, so it
 * is cut into chunks.  The head, which is written last, says which set of
 * chunks is the latest whole one: whenever the server is killed, there is
 * one.
 *
 *	(id, OWNER, HEAD)  -> token, address
 *	(id, LOCAL, HEAD)  -> version 7, 2100 bytes: chunks of set 7 % 2
 *	(id, LOCAL, 1, 0)  -> "v=0\r\no=- 4242 7 IN IP4 ...
 *	(id, LOCAL, 1, 1)  -> ...
 *	(id, LOCAL, 1, 2)  -> ...\r\n"
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "common/log.h"
#include "common/pinned_map.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/wire.h"

#define MAP_NAME    "sfu_sessions"
#define MAX_CHUNKS  (1 << 18)
#define CHUNK_BYTES 960 /* 1 KiB with what the kernel adds */
#define HEAD	    UINT16_MAX

enum kept { REMOTE, LOCAL, OWNER };

struct chunk_key {
	__u32 participant;
	__u8 what;   /* enum kept */
	__u8 set;    /* 0 or 1 */
	__u16 index; /* HEAD, or which chunk */
};

union chunk {
	char text[CHUNK_BYTES];
	struct {
		__u64 version;
		__u32 length; /* bytes in all chunks */
	} head;
	struct {
		struct token token;
		struct ip_addr peer;
		__u32 published;
		__u32 deaf;
	} owner;
};

static int map = -1;

/* ---- the map ---------------------------------------------------------- */

static const struct pinned_map sessions_map = {
	.name = MAP_NAME,
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(struct chunk_key),
	.value_size = sizeof(union chunk),
	.max_entries = MAX_CHUNKS,
	.flags = BPF_F_NO_PREALLOC,
};

int session_store_open(void)
{
	const char *pin_dir = session_options.pin_dir;

	if (!pin_dir)
		return 0;
	map = pinned_map_open(&sessions_map, pin_dir);
	if (map >= 0)
		return 0;
	log_error("cannot keep the sessions in %s/" MAP_NAME
		  ": %s; `swiftcall --detach` starts afresh",
		  pin_dir, strerror(-map));
	return map;
}

void session_store_close(void)
{
	if (map >= 0)
		close(map);
	map = -1;
}

/* ---- writing ---------------------------------------------------------- */

/* Removes the chunks of a set from an index on. */
static void remove_chunks(struct chunk_key key, __u8 set, __u16 from)
{
	key.set = set;
	key.index = from;
	while (!bpf_map_delete_elem(map, &key))
		key.index++;
}

static int write_chunks(struct chunk_key *key, const char *text, size_t length)
{
	union chunk chunk;

	for (key->index = 0; length; key->index++) {
		size_t part = length < CHUNK_BYTES ? length : CHUNK_BYTES;

		memset(&chunk, 0, sizeof(chunk));
		memcpy(chunk.text, text, part);
		if (bpf_map_update_elem(map, key, &chunk, BPF_ANY))
			return -errno;
		text += part;
		length -= part;
	}
	return 0;
}

static struct chunk_key head_key(__u32 id, enum kept what)
{
	return (struct chunk_key){
		.participant = id,
		.what = what,
		.index = HEAD,
	};
}

static int write_text(__u32 id, enum kept what, __u64 version, const char *text)
{
	struct chunk_key key = {
		.participant = id,
		.what = what,
		.set = version % 2,
	};
	struct chunk_key head = head_key(id, what);
	union chunk value = {
		.head = { .version = version, .length = strlen(text) },
	};
	int err = write_chunks(&key, text, value.head.length);

	if (!err && bpf_map_update_elem(map, &head, &value, BPF_ANY))
		err = -errno;
	if (err)
		return err;
	remove_chunks(key, key.set, key.index); /* a longer one was there */
	remove_chunks(key, !key.set, 0);
	return 0;
}

static void warn_if(int err, __u32 id)
{
	if (err)
		log_warn("cannot keep the session of %s: %s; after a crash it "
			 "will have to join again",
			 control_participant(id)->name, strerror(-err));
}

static void save(__u32 id, enum kept what, const struct sdp *sdp)
{
	char *text;
	int err;

	if (map < 0)
		return;
	err = sdp_write(sdp, &text);
	if (!err) {
		err = write_text(id, what, sdp->sess_version, text);
		free(text);
	}
	warn_if(err, id);
}

void session_store_save_owner(const struct session *s)
{
	struct chunk_key key = head_key(s->id, OWNER);
	union chunk value;

	memset(&value, 0, sizeof(value));
	value.owner.token = s->token;
	value.owner.peer = s->peer;
	value.owner.published = s->published;
	value.owner.deaf = s->deaf;
	if (map >= 0 && bpf_map_update_elem(map, &key, &value, BPF_ANY))
		warn_if(-errno, s->id);
}

void session_store_save_remote(const struct session *s)
{
	save(s->id, REMOTE, s->remote);
}

void session_store_save_local(const struct session *s)
{
	save(s->id, LOCAL, s->local);
}

/* ---- reading ---------------------------------------------------------- */

static bool read_chunks(struct chunk_key key, char *text, __u32 length)
{
	union chunk chunk;

	for (key.index = 0; length; key.index++) {
		__u32 part = length < CHUNK_BYTES ? length : CHUNK_BYTES;

		if (bpf_map_lookup_elem(map, &key, &chunk))
			return false;
		memcpy(text, chunk.text, part);
		text += part;
		length -= part;
	}
	return true;
}

static bool load_owner(struct session *s)
{
	struct chunk_key key = head_key(s->id, OWNER);
	union chunk value;

	if (bpf_map_lookup_elem(map, &key, &value) ||
	    !token_is_set(&value.owner.token))
		return false;
	s->published = value.owner.published;
	s->deaf = value.owner.deaf;
	return !session_set_owner(s, &value.owner.token, &value.owner.peer);
}

static struct sdp *load(__u32 id, enum kept what)
{
	struct chunk_key key = head_key(id, what);
	struct sdp *sdp = NULL;
	struct sdp_error err;
	union chunk value;
	char *text;

	if (bpf_map_lookup_elem(map, &key, &value))
		return NULL;
	text = malloc(value.head.length + 1);
	key.set = value.head.version % 2;
	if (!text || !read_chunks(key, text, value.head.length) ||
	    sdp_parse(text, value.head.length, &sdp, &err))
		sdp = NULL;
	free(text);
	return sdp;
}

/*
 * A sink is set before the offer that tells of it is kept.  If the server was
 * killed in between, the m-line that it names has another stream, or none.
 */
static bool tells_of(const struct sdp *local, const struct sink *sink)
{
	const struct sdp_media *m;

	if (sink->mline >= local->n_media)
		return false;
	m = &local->media[sink->mline];
	return m->n_ssrcs && m->ssrcs[0].ssrc == ntohl(sink->ssrc);
}

/* Which streams its m-lines carry: the sinks know. */
static int load_streams(struct session *s)
{
	s->streams = calloc(s->local->n_media + 1, sizeof(*s->streams));
	if (!s->streams)
		return -ENOMEM;
	each_stream(id, control_room_of(s->id)) {
		const struct sink *sink = control_find_sink(s->id, id);

		if (sink && tells_of(s->local, sink))
			s->streams[sink->mline] = id;
	}
	return 0;
}

/*
 * Whether our last offer was answered is not known.  It is sent again, for
 * to answer the same offer twice does no harm.  The first one has version 2.
 */
void session_store_load(struct session *s)
{
	if (map < 0)
		return;
	s->remote = load(s->id, REMOTE);
	s->local = load(s->id, LOCAL);
	if (s->remote && s->local && s->local->n_media >= s->remote->n_media &&
	    !load_streams(s) && load_owner(s)) {
		s->wire = wire_of(session_options.wires, s->remote);
		s->outstanding = s->local->sess_version > 1;
		if (s->wire->adopt)
			s->wire_peer = s->wire->adopt(s->id, s->remote,
						      s->local);
		return;
	}
	log_warn("%s has no session: it is served on, but must join again to "
		 "hear of others",
		 control_participant(s->id)->name);
	sdp_free(s->remote);
	sdp_free(s->local);
	s->remote = s->local = NULL;
}

/* ---- removing --------------------------------------------------------- */

static void forget(__u32 id, enum kept what)
{
	struct chunk_key key = head_key(id, what);

	bpf_map_delete_elem(map, &key);
	remove_chunks(key, 0, 0);
	remove_chunks(key, 1, 0);
}

void session_store_forget(__u32 id)
{
	if (map < 0)
		return;
	forget(id, REMOTE);
	forget(id, LOCAL);
	forget(id, OWNER);
}

void session_store_clean(void)
{
	struct chunk_key key, next;
	int more = map < 0 ? -1 : bpf_map_get_next_key(map, NULL, &next);

	while (!more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (!control_participant(key.participant))
			bpf_map_delete_elem(map, &key);
	}
}
