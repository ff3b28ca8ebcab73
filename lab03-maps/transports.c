// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A transport has the address by which packets of a participant come and go.
 *
 *	open		it has no address yet
 *	directed	copies go to the address, but no media comes from there
 *	bound		copies go to the address, and media comes from there
 *
 * Streams and sinks name a transport by its id.  So an address may come late or
 * change, and it is in one place.
 */
#include <errno.h>
#include <string.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

/* The address of a participant's transport; two may receive at the same one. */
struct place {
	struct ip_addr addr;
	__be16 port;
	__u16 zero;
	__u32 participant;
};

static struct table places = TABLE_INIT("places", TABLE_HASH, struct place,
					__u32, MAX_TRANSPORTS);

/* Transport -> number of its sinks; a transport without sinks is not here. */
static struct table users = TABLE_INIT("users", TABLE_HASH, __u32, __u32,
				       MAX_TRANSPORTS);

static struct id_lists transports; /* by participant */
static __be16 media_port;

/* The participant who comes back, and the addresses of its old self. */
static struct {
	__u32 id, old;
	struct table addresses;
} claims = {
	.addresses = TABLE_INIT("claims", TABLE_HASH, struct transport_address,
				struct sender, MAX_SENDERS),
};

const struct transport *control_transport(__u32 id)
{
	return table_find(&sfu_transports, &id);
}

static struct place place_of(const struct transport *t)
{
	return (struct place){
		.addr = t->addr,
		.port = t->port,
		.participant = t->participant,
	};
}

/* ---- packets come from there ------------------------------------------ */

static struct transport_address key_of(const struct ip_addr *addr, __be16 port)
{
	return (struct transport_address){
		.addr = *addr,
		.port = port,
		.local_port = media_port,
	};
}

static const struct sender *who_is_at(const struct ip_addr *addr, __be16 port)
{
	struct transport_address key = key_of(addr, port);

	return table_find(&sfu_addresses, &key);
}

__u32 control_find_transport(const struct ip_addr *addr, __be16 port)
{
	const struct sender *sender = who_is_at(addr, port);

	return sender ? sender->transport : 0;
}

__u32 control_find_sender(const struct ip_addr *addr, __be16 port)
{
	const struct sender *sender = who_is_at(addr, port);

	return sender ? control_transport(sender->transport)->participant : 0;
}

bool control_replaces(__u32 id, __u32 other)
{
	return id == claims.id && other == claims.old;
}

static struct sender sender_of(__u32 id, const struct transport *t)
{
	return (struct sender){
		.transport = id,
		.encrypted = t->encrypted,
		.awaits = !!t->awaits,
		.consent = t->consent,
	};
}

static int take_address(__u32 id, const struct transport *t)
{
	struct transport_address key = key_of(&t->addr, t->port);
	struct sender sender = sender_of(id, t);
	__u32 owner = control_find_sender(&t->addr, t->port);

	if (owner && control_replaces(t->participant, owner))
		return table_set(&claims.addresses, &key, &sender);
	if (owner)
		return -EADDRINUSE;
	reclaim_wait_for_removed();
	return table_set(&sfu_addresses, &key, &sender);
}

/* If somebody has claimed the address meanwhile, the entry is his: it stays. */
static void leave_address(__u32 id, const struct transport *t)
{
	struct transport_address key = key_of(&t->addr, t->port);
	const struct sender *now = table_find(&sfu_addresses, &key);

	if (!now || now->transport != id)
		return;
	table_remove(&sfu_addresses, &key);
	reclaim_note_removal();
}

/* ---- opened, moved, closed -------------------------------------------- */

static int add(__u32 id, const struct transport *t)
{
	int err = id_lists_add(&transports, t->participant, id);

	if (err)
		return err;
	err = table_set(&sfu_transports, &id, t);
	if (err)
		id_lists_remove(&transports, t->participant, id);
	return err;
}

int control_open_transport(__u32 participant, bool encrypted, __u32 *id)
{
	struct transport t = {
		.participant = participant,
		.encrypted = encrypted,
	};

	if (!control_participant(participant))
		return -ENOENT;
	*id = control_new_id();
	return add(*id, &t);
}

static void leave_place(__u32 id, const struct transport *t)
{
	struct place place = place_of(t);
	const __u32 *there = table_find(&places, &place);

	if (there && *there == id)
		table_remove(&places, &place);
}

/*
 * Writes the table's entry last: if a step before fails, nothing has changed.
 */
static int move(__u32 id, const struct transport *to)
{
	struct transport old = *control_transport(id);
	struct place place = place_of(to);
	int err = table_set(&places, &place, &id);

	if (err)
		return err;
	if (old.port != to->port || !ip_addr_equal(&old.addr, &to->addr)) {
		leave_address(id, &old);
		leave_place(id, &old);
	}
	commit_note_change(control_room_of(to->participant));
	return table_set(&sfu_transports, &id, to);
}

static void close_transport(__u32 id)
{
	struct transport t = *control_transport(id);

	leave_address(id, &t);
	leave_place(id, &t);
	outlive_remove_publisher(id);
	retire_consent(t.consent);
	layers_remove_of(id);
	id_lists_remove(&transports, t.participant, id);
	table_remove(&users, &id);
	table_remove(&sfu_transports, &id);
}

void transports_remove_of(__u32 participant)
{
	struct id_list own = id_lists_find(&transports, participant);

	for (; own.count; own = id_lists_find(&transports, participant))
		close_transport(own.ids[own.count - 1]);
}

/* ---- bound, directed -------------------------------------------------- */

static __u32 ip_version(const struct ip_addr *addr)
{
	return ip_addr_is_v4(addr) ? 4 : 6;
}

/* All addresses that a participant sends from are of one IP version. */
static int check_ip_version(__u32 participant, const struct ip_addr *addr)
{
	const struct participant *p = control_participant(participant);

	if (!p->ip_version || p->ip_version == ip_version(addr))
		return 0;
	return -EAFNOSUPPORT;
}

static int set_ip_version(__u32 participant, const struct ip_addr *addr)
{
	struct participant p = *control_participant(participant);

	p.ip_version = ip_version(addr);
	return table_set(&sfu_participants, &participant, &p);
}

bool control_same_ip_version(__u32 stream, __u32 transport)
{
	const struct stream *s = control_stream(stream);
	const struct transport *t = control_transport(transport);

	/* A transport without an address is checked when it gets one. */
	return !t->port || !check_ip_version(s->participant, &t->addr);
}

int control_bind(__u32 id, const struct ip_addr *addr, __be16 port)
{
	const struct transport *old = control_transport(id);
	struct transport t;
	const struct sender *now;
	int err;

	if (!old)
		return -ENOENT;
	t = *old;
	t.addr = *addr;
	t.port = port;
	t.state = TRANSPORT_BOUND;
	now = who_is_at(addr, port);
	if (now && now->transport == id)
		return 0;
	err = check_ip_version(t.participant, addr);
	err = err ?: take_address(id, &t);
	if (err)
		return err;
	err = move(id, &t);
	if (err)
		leave_address(id, &t);
	return err ?: set_ip_version(t.participant, addr);
}

void control_unbind(__u32 id)
{
	const struct transport *old = control_transport(id);
	struct transport t;

	if (!old || !old->port)
		return;
	t = *old;
	leave_address(id, &t);
	leave_place(id, &t);
	outlive_remove_publisher(id);
	retire_consent(t.consent);
	t.addr = (struct ip_addr){};
	t.port = 0;
	t.consent = 0;
	t.state = TRANSPORT_OPEN;
	table_set(&sfu_transports, &id, &t);
	commit_note_change(control_room_of(t.participant));
}

int control_direct(__u32 participant, const struct ip_addr *addr, __be16 port,
		   __u32 *id)
{
	struct transport t = {
		.participant = participant,
		.addr = *addr,
		.port = port,
		.state = TRANSPORT_DIRECTED,
	};
	struct place place = place_of(&t);
	const __u32 *there = table_find(&places, &place);
	int err;

	if (there) {
		*id = *there;
		return 0;
	}
	err = control_open_transport(participant, false, id);
	if (err)
		return err;
	err = move(*id, &t);
	if (err)
		close_transport(*id);
	return err;
}

int control_add_transport(__u32 participant, const struct ip_addr *addr,
			  __be16 port, __u32 *id)
{
	int err = control_direct(participant, addr, port, id);

	if (err)
		return err;
	err = control_bind(*id, addr, port);
	if (err)
		transports_close_unused(*id);
	return err;
}

/* ---- RTCP ---------------------------------------------------------------- */

void control_set_rtcp_mux(__u32 id, bool mux)
{
	const struct transport *old = control_transport(id);
	struct transport t;

	if (!old || old->rtcp_mux == mux)
		return;
	t = *old;
	t.rtcp_mux = mux;
	table_set(&sfu_transports, &id, &t);
	commit_note_change(control_room_of(t.participant));
}

__be16 control_rtcp_port(const struct transport *t)
{
	return t->rtcp_mux ? t->port : htons(ntohs(t->port) + 1);
}

/* ---- what packets know of the sender ------------------------------------ */

/*
 * Tells packets what holds for the transport now.  A packet may still be reading
 * the old value, so its memory is not used again before the next wait.
 */
static int tell_packets(__u32 id, const struct transport *t)
{
	struct transport_address key = key_of(&t->addr, t->port);
	const struct sender *now = table_find(&sfu_addresses, &key);
	struct sender sender = sender_of(id, t);
	int err;

	if (!now || now->transport != id ||
	    !memcmp(now, &sender, sizeof(sender)))
		return 0;
	reclaim_wait_for_removed();
	err = table_set(&sfu_addresses, &key, &sender);
	reclaim_note_removal();
	return err;
}

int control_await(__u32 id, __u32 what)
{
	const struct transport *old = control_transport(id);
	struct transport t;
	int err;

	if (!old)
		return -ENOENT;
	if (old->awaits == what)
		return 0;
	t = *old;
	t.awaits = what;
	err = table_set(&sfu_transports, &id, &t);
	return err ?: tell_packets(id, &t);
}

__u32 control_awaited(__u32 participant)
{
	struct id_list own = id_lists_find(&transports, participant);
	__u32 awaited = 0;

	id_list_each(id, own) {
		const struct transport *t = control_transport(id);

		awaited |= t ? t->awaits : 0;
	}
	return awaited & MEDIA_ALL;
}

/* Tells packets, and retires the consent that was in force. */
static int change_consent(__u32 id, const struct transport *old, __u16 consent)
{
	struct transport before = *old, t = before;
	int err;

	t.consent = consent;
	err = tell_packets(id, &t);
	err = err ?: table_set(&sfu_transports, &id, &t);
	if (err) {
		tell_packets(id, &before);
		return err;
	}
	retire_consent(before.consent);
	commit_note_change(control_room_of(t.participant));
	return 0;
}

/*
 * A new id for each: a packet that has found the old one still reads all of it
 * as it was.
 */
int control_set_consent(__u32 id, const struct consent *consent)
{
	const struct transport *old = control_transport(id);
	long index = old ? pool_take(&pool_of_consents, 1) : -ENOENT;
	__u32 key = index;
	int err;

	if (index < 0)
		return index;
	table_set(&sfu_consents, &key, consent);
	err = change_consent(id, old, key);
	if (err)
		retire_consent(key);
	return err;
}

struct consent *control_consent(__u32 id)
{
	const struct transport *t = control_transport(id);
	__u32 index = t ? t->consent : 0;

	return index ? table_find(&sfu_consents, &index) : NULL;
}

__u64 control_renewed(__u32 participant)
{
	struct id_list own = id_lists_find(&transports, participant);
	__u64 latest = 0;

	id_list_each(id, own) {
		const struct consent *c = control_consent(id);

		if (c && c->renewed_ns > latest)
			latest = c->renewed_ns;
	}
	return latest;
}

/* It never goes back: packets may have renewed it a moment later than now. */
void control_renew(struct consent *c, __u64 now)
{
	if (now > __atomic_load_n(&c->renewed_ns, __ATOMIC_RELAXED))
		__atomic_store_n(&c->renewed_ns, now, __ATOMIC_RELAXED);
}

/* ---- used ------------------------------------------------------------- */

static void add_user(__u32 id)
{
	const __u32 *old = table_find(&users, &id);
	__u32 count = old ? *old + 1 : 1;

	table_set(&users, &id, &count);
}

void transports_close_unused(__u32 id)
{
	const struct transport *t = control_transport(id);

	if (t && t->state == TRANSPORT_DIRECTED && !table_find(&users, &id))
		close_transport(id);
}

static void remove_user(__u32 id)
{
	const __u32 *old = table_find(&users, &id);
	__u32 count = old ? *old - 1 : 0;

	if (count)
		table_set(&users, &id, &count);
	else
		table_remove(&users, &id);
	transports_close_unused(id);
}

void transports_change_user(__u32 old, __u32 now)
{
	if (control_transport(now))
		add_user(now);
	if (control_transport(old))
		remove_user(old);
}

/* ---- claims ----------------------------------------------------------- */

void transports_claim(__u32 id, __u32 old)
{
	transports_give_up_claims(claims.id);
	claims.id = id;
	claims.old = old;
}

void transports_give_up_claims(__u32 id)
{
	if (id != claims.id)
		return;
	claims.id = claims.old = 0;
	table_close(&claims.addresses);
}

/* What holds for a claimed address now. */
static struct sender sender_now(const struct sender *claimed)
{
	const struct transport *t = control_transport(claimed->transport);

	return t ? sender_of(claimed->transport, t) : *claimed;
}

/*
 * The keys are in the table already, so there is room for them.  The old and
 * the new value mean the same person, so a packet may meet either.
 */
int control_take_claims(__u32 id)
{
	struct sender sender;
	int err = 0;

	if (id != claims.id)
		return -ENOENT;
	reclaim_wait_for_removed();
	table_each(e, &claims.addresses) {
		sender = sender_now(table_value(e));
		err = err ?: table_set(&sfu_addresses, table_key(e), &sender);
	}
	reclaim_note_removal();
	transports_give_up_claims(id);
	return err;
}

/* ---- opening ---------------------------------------------------------- */

static int adopt(__u32 id, const struct transport *t)
{
	struct place place = place_of(t);
	int err = id_lists_add(&transports, t->participant, id);

	if (!err && t->port)
		err = table_set(&places, &place, &id);
	return err;
}

/* A crash may have left unused transports, or addresses that lead to none. */
static void remove_leftovers(void)
{
	table_each(e, &sfu_addresses) {
		const struct transport_address *key = table_key(e);
		const struct sender *sender = table_value(e);
		const struct transport *t = control_transport(
			sender->transport);

		if (!t || t->port != key->port ||
		    !ip_addr_equal(&t->addr, &key->addr))
			table_remove(&sfu_addresses, key);
	}
	table_each(e, &sfu_transports) {
		const struct transport *t = table_value(e);

		if (!control_participant(t->participant))
			close_transport(table_id(e));
		else if (!tell_packets(table_id(e), t))
			transports_close_unused(table_id(e));
	}
}

/* A reader without the lock may see one whose participant is being removed. */
int transports_open_to_read(void)
{
	int err = 0;

	table_each(e, &sfu_transports) {
		const struct transport *t = table_value(e);

		err = err   ?:
			      id_lists_add(&transports, t->participant,
					   table_id(e));
	}
	return err;
}

int transports_open(__be16 port)
{
	int err = 0;

	media_port = port;
	table_each(e, &sfu_transports)
		err = err ?: adopt(table_id(e), table_value(e));
	table_each(e, &sfu_sinks) {
		const struct sink *sink = table_value(e);

		transports_change_user(0, sink->transport);
	}
	table_each(e, &sfu_participants) {
		const struct participant *p = table_value(e);

		transports_change_user(0, p->transport);
	}
	if (!err)
		remove_leftovers();
	return err;
}

void transports_close(void)
{
	transports_give_up_claims(claims.id);
	id_lists_close(&transports);
	table_close(&places);
	table_close(&users);
}
