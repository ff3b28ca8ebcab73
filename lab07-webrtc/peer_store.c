// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Two maps, because they change in two ways.  A record changes seldom, and by a
 * system call, which a crash happens before or after.  A mark changes with each
 * packet, by a store (key_memory.c).
 *
 *	record of 7  --place 3--> keys of 7 --> marks of their SSRCs
 *
 * A record and a place belong together if both name the participant.  The record
 * is written behind the place, so what a crash leaves is the old pair, or the new
 * one, or neither.
 *
 * Whoever can read these maps is root.  Still, nothing in them is believed: what
 * makes no sense is refused.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pinned_map.h"
#include "lab03-maps/control.h"
#include "lab07-webrtc/peer_store.h"

static struct table records = TABLE_INIT("webrtc_peers", TABLE_HASH, __u32,
					 struct kept_peer, KEY_MEMORY_PLACES);
static int own_fd = -1; /* of the records, if we have opened it */
static bool frozen, swept;

/* ---- the maps ---------------------------------------------------------- */

static struct pinned_map keys_map(void)
{
	return (struct pinned_map){
		.name = "webrtc_keys",
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = KEY_MEMORY_PAGE,
		.max_entries = key_memory_pages(),
		.flags = BPF_F_MMAPABLE,
	};
}

static const struct pinned_map peers_map = {
	.name = "webrtc_peers",
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct kept_peer),
	.max_entries = KEY_MEMORY_PLACES,
	.flags = BPF_F_NO_PREALLOC,
};

int peer_store_use(int keys, int peers)
{
	int err = key_memory_open(keys);

	err = err ?: table_open(&records, peers);
	if (err)
		peer_store_close();
	frozen = swept = false;
	return err;
}

static int open_pins(const char *pin_dir)
{
	struct pinned_map map = keys_map();
	int keys = pinned_map_open(&map, pin_dir), err;

	if (keys < 0)
		return keys;
	own_fd = pinned_map_open(&peers_map, pin_dir);
	err = own_fd < 0 ? own_fd : peer_store_use(keys, own_fd);
	close(keys); /* its memory stays mapped */
	return err;
}

static int replace_pins(const char *pin_dir)
{
	struct pinned_map map = keys_map();
	int err = pinned_map_remove(&map, pin_dir);

	log_warn(
		"%s/webrtc_keys and webrtc_peers were written by another "
		"version; encrypted calls cannot go on, and whoever was in one "
		"has to join again",
		pin_dir);
	err = err ?: pinned_map_remove(&peers_map, pin_dir);
	return err ?: open_pins(pin_dir);
}

int peer_store_open(const char *pin_dir)
{
	int err = open_pins(pin_dir);

	if (err == -ESTALE)
		err = replace_pins(pin_dir);
	if (err) {
		log_warn("cannot keep keys in %s: %s; encrypted calls will end "
			 "with this server",
			 pin_dir, strerror(-err));
		peer_store_close();
	}
	return err;
}

void peer_store_freeze(void)
{
	frozen = true;
}

void peer_store_close(void)
{
	key_memory_close();
	table_close(&records);
	if (own_fd >= 0)
		close(own_fd);
	own_fd = -1;
}

/* ---- writing ----------------------------------------------------------- */

static struct kept_peer record_of(const struct wire_peer *p)
{
	struct kept_peer r;

	memset(&r, 0, sizeof(r));
	r.place = key_memory_number(p->place);
	r.transport = p->transport;
	r.current = p->ice.current;
	r.next = p->ice.next;
	r.tie_breaker = p->ice.tie_breaker;
	r.selected = p->ice.selected;
	r.trusted = p->ice.trusted;
	r.ssrc = p->ssrc;
	r.role = p->role;
	r.encrypted = !!p->dtls;
	r.twcc_id = p->twcc_id;
	r.wants_remb = p->wants_remb;
	r.n_resent = p->n_resent;
	memcpy(r.resent, p->resent, sizeof(r.resent));
	r.n_legs = resend_write(p, r.legs, KEPT_LEGS);
	return r;
}

void peer_store_save(const struct wire_peer *p)
{
	struct kept_peer r;
	int err;

	if (!p->place || frozen)
		return;
	r = record_of(p);
	err = table_set(&records, &p->participant, &r);
	if (err)
		log_warn("cannot keep the transport of participant %u: %s; "
			 "after a crash it will have to join again",
			 p->participant, strerror(-err));
}

void peer_store_begin(struct wire_peer *p)
{
	const struct dtls_keys *keys = p->dtls ? dtls_keys(p->dtls) : NULL;
	struct kept_keys *old = p->place;

	if (!key_memory_is_open() || !p->participant || frozen)
		return;
	p->place = key_memory_take(p->participant, keys);
	if (p->place && keys)
		key_memory_keep(p->place, p->in, p->out);
	if (p->place)
		p->place->heard = ice_heard(&p->ice);
	else
		log_warn("there is no room to keep more than %u keys; after a "
			 "crash participant %u will have to join again",
			 KEY_MEMORY_PLACES, p->participant);
	peer_store_save(p);
	key_memory_free(old);
}

void peer_store_forget(struct wire_peer *p)
{
	if (p->place && !frozen) {
		table_remove(&records, &p->participant);
		key_memory_free(p->place);
	}
	p->place = NULL;
}

void peer_store_clear(void)
{
	table_each(e, &records)
		table_remove(&records, table_key(e));
	key_memory_sweep();
}

/* ---- reading ----------------------------------------------------------- */

static bool is_text(const char *text, size_t size, bool may_be_empty)
{
	return memchr(text, '\0', size) && (*text || may_be_empty);
}

static bool are_credentials(const struct ice_credentials *c, bool optional)
{
	if (optional && !*c->ufrag)
		return true;
	return is_text(c->ufrag, sizeof(c->ufrag), false) &&
	       strlen(c->ufrag) == ICE_UFRAG &&
	       is_text(c->password, sizeof(c->password), false) &&
	       is_text(c->peer_ufrag, sizeof(c->peer_ufrag), optional) &&
	       is_text(c->peer_password, sizeof(c->peer_password), optional);
}

static bool makes_sense(const struct kept_peer *r, __u32 participant)
{
	const struct transport *t = control_transport(r->transport);

	return t && t->participant == participant &&
	       !!t->encrypted == r->encrypted &&
	       are_credentials(&r->current, false) &&
	       are_credentials(&r->next, true) && r->role <= DTLS_CLIENT &&
	       r->encrypted <= 1 && r->wants_remb <= 1 &&
	       r->n_resent <= MAX_RESENT_SOURCES && r->n_legs <= KEPT_LEGS;
}

const struct kept_peer *peer_store_find(__u32 participant,
					struct kept_keys **place)
{
	const struct kept_peer *r = key_memory_is_open() ?
					    table_find(&records, &participant) :
					    NULL;

	*place = NULL;
	if (!r)
		return NULL;
	if (makes_sense(r, participant))
		*place = key_memory_adopt(r->place, participant);
	if (*place && (*place)->encrypted == r->encrypted)
		return r;
	log_warn("what is kept of participant %u makes no sense; it is wiped, "
		 "and the participant has to join again",
		 participant);
	key_memory_free(*place);
	*place = NULL;
	table_remove(&records, &participant);
	return NULL;
}

void peer_store_sweep(void)
{
	if (swept || frozen)
		return;
	swept = true;
	key_memory_sweep();
	table_each(e, &records)
		if (!control_participant(table_id(e)))
			table_remove(&records, table_key(e));
}
