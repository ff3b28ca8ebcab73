// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The leg compiler: from who-wants-what to one flat list per stream.
 *
 *	old list  [ b | c ]            in slots 4..5, packets are reading it
 *	new list          [ b | c | d ]  written to free slots 6..8
 *	swap              one 8-byte store in the stream: packets see 6..8
 *	wait              until the last packet that saw 4..5 is through
 *	free              slots 4..5
 *
 * This is read-copy-update: packets never wait, the control plane does.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uthash.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/route.h"
#include "lab03-maps/control.h"
#include "lab03-maps/pool.h"
#include "lab03-maps/control_internal.h"

#define GRACE_MS 100		/* where the kernel offers nothing better */

/* Something that packets may still be reading; freed after the next wait. */
struct retired {
	enum { RETIRED_LEGS, RETIRED_LEG_ID, RETIRED_STREAM } what;
	__u32 stream;
	__u32 first, count;	/* slots, or the id of the leg */
};

struct route_entry {
	struct ip_addr addr;
	struct route route;
	int err;		/* of this commit; there is no route then */
	__u32 found_in;		/* c.epoch of that time */
	UT_hash_handle hh;
};

static struct {
	bool kernel;		/* packets run beside us, and need routes */
	bool removed;		/* a key of a hash, since the last wait */
	struct pool slots, leg_ids, stream_ids;
	struct retired *retired;
	size_t retired_count, retired_room;
	struct route_entry *routes;
	bool route_failed;	/* one of them was not found */
	bool hops_lost;		/* there was no room for all of them */
	bool kept;		/* a leg, though its route was not found */
	__u32 epoch;		/* routes of an earlier one may have changed */
	int route_timeout;	/* ms, for a neighbour to answer */
	__u64 compiled;		/* streams, since the start */
} c = { .route_timeout = 500 };

/*
 * The MAC addresses of neighbours by which some leg has ever gone; what is new
 * of other neighbours changes no leg.
 */
struct hop_key {
	struct in6_addr addr;
	int ifindex;
};

static struct table hops = TABLE_INIT("hops", TABLE_HASH, struct hop_key,
				      __u8[ETH_ALEN], MAX_PARTICIPANTS);

/* Rooms to compile at the next commit; the values say nothing. */
static struct table dirty = TABLE_INIT("dirty", TABLE_HASH, __u32, __u8,
				       MAX_ROOMS * 2);

/* Rooms with a receiver that can't be reached, or by its old way only. */
static struct table waiting = TABLE_INIT("waiting", TABLE_HASH, __u32, __u8,
					 MAX_ROOMS * 2);

/* Rooms whose legs may go by other ways now; control_refresh() knows. */
static struct table stale = TABLE_INIT("stale", TABLE_HASH, __u32, __u8,
				       MAX_ROOMS * 2);

/* ---- waiting until no packet reads what was removed ------------------- */

/*
 * A TC program runs inside an RCU read section.  membarrier(GLOBAL) waits
 * for all of those that have begun: synchronize_rcu() for user space.
 * Kernels with nohz_full refuse it; there, time must do.
 */
static void wait_for_packets(void)
{
	c.removed = false;
	if (!c.kernel)
		return;
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_MS * 1000);
}

void compile_wait_for_removed(void)
{
	if (c.removed)
		wait_for_packets();
}

void compile_note_removal(void)
{
	c.removed = true;
}

static void retire(struct retired r)
{
	size_t room = c.retired_room ? c.retired_room * 2 : 256;
	struct retired *grown;

	if (c.retired_count == c.retired_room) {
		grown = realloc(c.retired, room * sizeof(*grown));
		if (!grown) {
			/* Never freed, then; better than freed too early. */
			log_error("out of memory: slots stay in use");
			return;
		}
		c.retired = grown;
		c.retired_room = room;
	}
	c.retired[c.retired_count++] = r;
}

static void free_slots(__u32 first, __u32 count)
{
	struct leg none = {};

	for (__u32 slot = first; slot < first + count; slot++)
		table_set(&sfu_legs, &slot, &none);
	pool_give(&c.slots, first, count);
}

static void add_leg_counters(struct leg_counters *sum,
			     const struct leg_counters *more)
{
	sum->sent += more->sent;
	sum->bytes += more->bytes;
	sum->failed += more->failed;
	sum->skipped += more->skipped;
}

/* What a leg counted stays in the books of its stream. */
static void free_leg_id(__u32 stream, __u32 id)
{
	struct stream_counters *books = table_find(&sfu_stream_counters,
						   &stream);

	add_leg_counters(&books->retired, table_find(&sfu_leg_counters, &id));
	pool_give(&c.leg_ids, id, 1);
}

static void add_stream_counters(struct stream_counters *sum,
				const struct stream_counters *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
	sum->copies += more->copies;
	sum->user_packets += more->user_packets;
	add_leg_counters(&sum->retired, &more->retired);
}

static void free_stream(__u32 stream)
{
	struct stream none = {};
	__u32 index = 0;
	struct settings *settings = table_find(&sfu_settings, &index);

	add_stream_counters(&settings->retired,
			    table_find(&sfu_stream_counters, &stream));
	table_set(&sfu_streams, &stream, &none);
	pool_give(&c.stream_ids, stream, 1);
}

/* In the order in which they were retired: legs before their stream. */
static void free_retired(void)
{
	if (c.retired_count)
		wait_for_packets();
	for (size_t i = 0; i < c.retired_count; i++) {
		struct retired *r = &c.retired[i];

		if (r->what == RETIRED_LEGS)
			free_slots(r->first, r->count);
		else if (r->what == RETIRED_LEG_ID)
			free_leg_id(r->stream, r->first);
		else
			free_stream(r->stream);
	}
	c.retired_count = 0;
}

/* Swaps the list of a stream; the old one is retired. */
static void swap_legs(__u32 id, __u32 first, __u32 count)
{
	struct stream *s = table_find(&sfu_streams, &id);
	struct leg_list old = leg_list(s->legs);

	//@todo 3.9 swap_legs: one store swaps the lists; the old one is retired
	//@stub	(void)old;
	//@stub	s->legs = (__u64)first << 32 | count;
	__atomic_store_n(&s->legs, (__u64)first << 32 | count,
			 __ATOMIC_RELEASE);
	if (old.count)
		retire((struct retired){
			.what = RETIRED_LEGS, .stream = id,
			.first = old.first, .count = old.count,
		});
	//@end 3.9
}

void compile_retire_sink(__u32 stream, const struct sink *sink)
{
	retire((struct retired){
		.what = RETIRED_LEG_ID, .stream = stream, .first = sink->leg,
	});
}

void compile_retire_stream(__u32 stream)
{
	swap_legs(stream, 0, 0);
	retire((struct retired){ .what = RETIRED_STREAM, .stream = stream });
}

long compile_new_stream(void)
{
	return pool_take(&c.stream_ids, 1);
}

/* ---- routes ----------------------------------------------------------- */

static void forget_route(struct route_entry *e)
{
	HASH_DEL(c.routes, e);
	free(e);
}

static void remember_hop(const struct route *route)
{
	struct hop_key key = {
		.addr = route->next_hop, .ifindex = route->ifindex,
	};

	c.hops_lost |= table_set(&hops, &key, route->dst_mac) != 0;
}

bool control_neighbour_matters(const struct in6_addr *addr, int ifindex,
			       const __u8 mac[ETH_ALEN])
{
	struct hop_key key = { .addr = *addr, .ifindex = ifindex };
	const void *known = table_find(&hops, &key);

	return known ? memcmp(known, mac, ETH_ALEN) != 0 : c.hops_lost;
}

static void remember_route(const struct ip_addr *addr,
			   const struct route *route, int err)
{
	struct route_entry *e = malloc(sizeof(*e));

	if (!e)
		return;
	*e = (struct route_entry){
		.addr = *addr, .route = *route, .err = err,
		.found_in = c.epoch,
	};
	c.route_failed |= err != 0;
	HASH_ADD(hh, c.routes, addr, sizeof(e->addr), e);
}

/*
 * Packets need the whole way, to the MAC address of the next hop.  In user
 * space the stack finds that; all that is asked is by which interface.
 */
static int find_route(const struct ip_addr *addr, struct route *route)
{
	struct route_entry *e;
	struct in6_addr dst;
	int err;

	HASH_FIND(hh, c.routes, addr, sizeof(*addr), e);
	if (e && e->found_in == c.epoch) {
		*route = e->route;
		return e->err;
	}
	if (e)
		forget_route(e);
	memcpy(&dst, addr, sizeof(dst));
	err = c.kernel ? route_resolve(&dst, c.route_timeout, route) :
			 route_find(&dst, route);
	remember_route(addr, route, err);
	if (!err && c.kernel)
		remember_hop(route);
	return err;
}

void control_route_timeout(int ms)
{
	c.route_timeout = ms;
}

/* All of them, or those that were not found or may have changed. */
static void forget_routes(bool all)
{
	struct route_entry *e, *next;

	c.route_failed = false;
	HASH_ITER(hh, c.routes, e, next)
		if (all || e->err || e->found_in != c.epoch)
			forget_route(e);
}

/* ---- compiling -------------------------------------------------------- */

/*
 * The leg as it is in force, if it goes to the same address: better the way
 * it had than none, when no way can be found at the moment.
 */
static bool keep_leg(struct leg *leg, __u32 stream, const struct sink *sink)
{
	const struct transport *to = control_transport(sink->transport);
	struct leg_list old = leg_list(control_stream(stream)->legs);
	const struct leg *l;

	for (__u32 slot = old.first; slot < old.first + old.count; slot++) {
		l = table_find(&sfu_legs, &slot);
		if (l->id != sink->leg || l->dport != to->port ||
		    !ip_addr_equal(&l->daddr, &to->addr))
			continue;
		*leg = *l;
		memcpy(leg->pt, sink->pt, sizeof(leg->pt));
		return true;
	}
	return false;
}

static int fill_leg(struct leg *leg, __u32 stream, const struct sink *sink)
{
	const struct transport *to = control_destination(sink);
	struct route route = {};
	int err;

	if (!to)
		return -EDESTADDRREQ;
	err = find_route(&to->addr, &route);
	if (!control_same_ip_version(stream, sink->transport))
		return -EAFNOSUPPORT;
	/* Without packets in the kernel, it is sendmmsg() that says why. */
	if (err && c.kernel) {
		if (!keep_leg(leg, stream, sink))
			return err;
		c.kept = true;
		return 0;
	}
	*leg = (struct leg){
		.daddr = to->addr, .dport = to->port, .ssrc = sink->ssrc,
		.stream = stream, .id = sink->leg, .ifindex = route.ifindex,
	};
	memcpy(leg->pt, sink->pt, sizeof(leg->pt));
	memcpy(&leg->saddr, &route.src, sizeof(leg->saddr));
	memcpy(leg->smac, route.src_mac, sizeof(leg->smac));
	memcpy(leg->dmac, route.dst_mac, sizeof(leg->dmac));
	return 0;
}

/* The receiver's end of a stream, made if need be; NULL: table full. */
static const struct sink *ensure_sink(__u32 receiver, __u32 id)
{
	const struct participant *p = control_participant(receiver);
	struct sink_key key = { .receiver = receiver, .stream = id };
	struct sink sink = { .transport = p->transport, .mline = NO_MLINE };
	struct leg_counters none = {};
	long leg;

	if (control_find_sink(receiver, id))
		return control_find_sink(receiver, id);
	leg = pool_take(&c.leg_ids, 1);
	if (leg < 0)
		return NULL;
	sink.leg = leg;
	sink.ssrc = ssrcs_choose(receiver, id);
	memcpy(sink.pt, control_stream(id)->pt, sizeof(sink.pt));
	table_set(&sfu_leg_counters, &sink.leg, &none);
	if (table_set(&sfu_sinks, &key, &sink)) {
		pool_give(&c.leg_ids, sink.leg, 1);
		return NULL;
	}
	ssrcs_add(receiver, sink.ssrc, id);
	transports_change_user(0, sink.transport);
	return control_find_sink(receiver, id);
}

/* The members of one room, and the first of them that can't be reached. */
struct members {
	const __u32 *ids;
	__u32 count;
	int err;
	__u32 unreachable;
};

/* Writes the legs that a stream should have; returns how many. */
static __u32 list_legs(__u32 id, struct members *m, struct leg *legs)
{
	const struct stream *s = control_stream(id);
	const struct sink *sink;
	__u32 count = 0;
	int err;

	for (__u32 i = 0; i < m->count && count < MAX_LEGS_PER_STREAM; i++) {
		//@todo 3.7 list_legs: skip the sender, and who does not want it
		//@stub		(void)ensure_sink, (void)s;
		//@stub		sink = NULL;
		//@stub		break;
		if (m->ids[i] == s->participant)
			continue;
		sink = ensure_sink(m->ids[i], id);
		if (!sink)
			m->err = -E2BIG;
		if (!sink || !control_destination(sink) ||
		    !(control_wants(m->ids[i], s->participant) & s->kind))
			continue;
		//@end 3.7
		err = fill_leg(&legs[count], id, sink);
		if (!err) {
			count++;
		} else if (!m->err) {
			m->err = err;
			m->unreachable = m->ids[i];
		}
	}
	return count;
}

static bool same_legs(struct leg_list old, const struct leg *legs, __u32 count)
{
	bool same = old.count == count;

	for (__u32 i = 0; same && i < count; i++) {
		__u32 slot = old.first + i;

		same = !memcmp(table_find(&sfu_legs, &slot), &legs[i],
			       sizeof(*legs));
	}
	return same;
}

static void compile_stream(__u32 id, struct members *m)
{
	static struct leg legs[MAX_LEGS_PER_STREAM];
	__u32 count = list_legs(id, m, legs);
	long first = 0;

	c.compiled++;
	if (same_legs(leg_list(control_stream(id)->legs), legs, count))
		return;
	if (count)
		first = pool_take(&c.slots, count);
	if (first < 0) {
		m->err = -E2BIG;
		return;
	}
	for (__u32 i = 0; i < count; i++) {
		__u32 slot = first + i;

		table_set(&sfu_legs, &slot, &legs[i]);
	}
	swap_legs(id, first, count);
}

static void mark(struct table *rooms, __u32 room)
{
	__u8 yes = 1;

	table_set(rooms, &room, &yes);
}

static void mark_all(struct table *rooms, const struct table *from)
{
	table_each(e, from)
		mark(rooms, table_id(e));
}

static int compile_one_room(__u32 room, __u32 *unreachable)
{
	struct id_list members = control_members(room);
	struct id_list streams = control_streams(room);
	struct members m = { .ids = members.ids, .count = members.count };

	c.kept = false;
	for (__u32 i = 0; i < streams.count; i++)
		compile_stream(streams.ids[i], &m);
	if (m.unreachable || c.kept)
		mark(&waiting, room);
	else
		table_remove(&waiting, &room);
	if (m.unreachable && !*unreachable)
		*unreachable = m.unreachable;
	return m.err;
}

int control_commit(__u32 *unreachable)
{
	int err = 0, room_err;

	*unreachable = 0;
	table_each(e, &dirty) {
		room_err = compile_one_room(table_id(e), unreachable);
		if (!err)
			err = room_err;
	}
	table_close(&dirty);
	if (c.route_failed)
		forget_routes(false);
	free_retired();
	return err;
}

void compile_room(__u32 room)
{
	mark(&dirty, room);
}

__u64 control_compiled(void)
{
	return c.compiled;
}

bool control_has_unreachable(void)
{
	return table_count(&waiting);
}

void control_retry_unreachable(void)
{
	mark_all(&stale, &waiting);
}

void control_forget_routes(void)
{
	c.epoch++;
	mark_all(&stale, &sfu_rooms);
}

/* The one wait comes at the end, for all that was retired on the way. */
bool control_refresh(int ms)
{
	__s64 until = clock_now_ms() + ms;
	__u32 room, unreachable = 0;

	table_each(e, &stale) {
		room = table_id(e);
		table_remove(&stale, &room);
		compile_one_room(room, &unreachable);
		if (clock_now_ms() >= until)
			break;
	}
	if (table_count(&stale))
		return true;
	forget_routes(false);
	free_retired();
	return false;
}

/* ---- opening ---------------------------------------------------------- */

/* A stream without its key is what a crash left of a publish or a leave. */
static bool stream_is_whole(__u32 id)
{
	const struct stream *s = control_stream(id);
	struct ssrc_key key;
	const __u32 *found;

	if (!control_participant(s->participant))
		return false;
	key = (struct ssrc_key){ .transport = s->transport, .ssrc = s->ssrc };
	found = table_find(&sfu_ssrcs, &key);
	return found && *found == id;
}

static void adopt_streams(void)
{
	struct stream none = {};
	struct leg_list legs;

	for (__u32 id = 1; id < MAX_STREAMS; id++) {
		if (!control_stream(id))
			continue;
		if (!stream_is_whole(id)) {
			table_set(&sfu_streams, &id, &none);
			continue;
		}
		legs = leg_list(control_stream(id)->legs);
		pool_reserve(&c.stream_ids, id, 1);
		pool_reserve(&c.slots, legs.first, legs.count);
		ssrcs_add(control_stream(id)->participant,
			  control_stream(id)->ssrc, id);
	}
	table_each(e, &sfu_ssrcs)
		if (!control_stream(*(const __u32 *)table_value(e)))
			table_remove(&sfu_ssrcs, table_key(e));
}

static void adopt_sinks(void)
{
	table_each(e, &sfu_sinks) {
		const struct sink_key *key = table_key(e);
		const struct sink *sink = table_value(e);

		if (!control_stream(key->stream) ||
		    !control_participant(key->receiver)) {
			table_remove(&sfu_sinks, key);
			continue;
		}
		pool_reserve(&c.leg_ids, sink->leg, 1);
		ssrcs_add(key->receiver, sink->ssrc, key->stream);
	}
}

int compile_open(const struct plane *plane)
{
	int err = pool_open(&c.slots, MAX_LEGS);

	c.kernel = plane->kernel;
	c.removed = true;
	if (!err)
		err = pool_open(&c.leg_ids, MAX_LEGS);
	if (!err)
		err = pool_open(&c.stream_ids, MAX_STREAMS);
	if (err) {
		compile_close();
		return err;
	}
	pool_reserve(&c.stream_ids, 0, 1);	/* 0 stands for none */
	adopt_streams();
	adopt_sinks();
	mark_all(&dirty, &sfu_rooms);
	return 0;
}

void compile_close(void)
{
	pool_close(&c.slots);
	pool_close(&c.leg_ids);
	pool_close(&c.stream_ids);
	ssrcs_close();
	forget_routes(true);
	free(c.retired);
	c.retired = NULL;
	c.retired_count = c.retired_room = 0;
	table_close(&dirty);
	table_close(&waiting);
	table_close(&stale);
	table_close(&hops);
	c.hops_lost = false;
}
