// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * All agents behind one UDP port: three hashes, by what a datagram says of
 * itself.  The third is filled by the agents, as addresses prove themselves.
 *
 *	by_ufrag     ufrag, current or next   -> agent
 *	by_number    number                   -> agent
 *	places       address and port         -> agent
 */
#include <errno.h>
#include <string.h>

#include "lab07-webrtc/ice_agents.h"

#define MAX_PLACES (ICE_PATHS * MAX_ICE_AGENTS)

struct ufrag {
	char text[ICE_UFRAG];
};

/* Two ufrags while a restart is under way. */
static const struct ice_agents empty = {
	.by_ufrag = TABLE_INIT("by_ufrag", TABLE_HASH, struct ufrag,
			       struct ice_agent *, 2 * MAX_ICE_AGENTS),
	.by_number = TABLE_INIT("by_number", TABLE_HASH, uint32_t,
				struct ice_agent *, MAX_ICE_AGENTS),
	.places = TABLE_INIT("places", TABLE_HASH, struct udp_address,
			     struct ice_agent *, MAX_PLACES),
};

static struct ice_agent *find(const struct table *table, const void *key)
{
	struct ice_agent *const *there = table_find(table, key);

	return there ? *there : NULL;
}

int ice_agents_open(struct ice_agents *agents)
{
	int err;

	*agents = empty;
	err = table_open(&agents->by_ufrag, -1);
	err = err ?: table_open(&agents->by_number, -1);
	return err ?: table_open(&agents->places, -1);
}

void ice_agents_close(struct ice_agents *agents)
{
	table_each(e, &agents->by_number)
		ice_agents_remove(agents,
				  *(struct ice_agent *const *)table_value(e));
	table_close(&agents->by_ufrag);
	table_close(&agents->by_number);
	table_close(&agents->places);
}

/* 0 is nobody's, and there are fewer agents than numbers. */
static uint32_t new_number(struct ice_agents *agents)
{
	do
		agents->last++;
	while (!agents->last || find(&agents->by_number, &agents->last));
	return agents->last;
}

int ice_agents_add(struct ice_agents *agents, struct ice_agent *a)
{
	int err;

	a->number = new_number(agents);
	err = table_set(&agents->by_number, &a->number, &a);
	if (err)
		return err;
	err = table_set(&agents->by_ufrag, a->current.ufrag, &a);
	if (!err && *a->next.ufrag)
		err = table_set(&agents->by_ufrag, a->next.ufrag, &a);
	if (err) {
		table_remove(&agents->by_ufrag, a->current.ufrag);
		table_remove(&agents->by_number, &a->number);
	} else {
		a->places = &agents->places;
	}
	return err;
}

void ice_agents_remove(struct ice_agents *agents, struct ice_agent *a)
{
	ice_close(a);
	table_remove(&agents->by_ufrag, a->current.ufrag);
	if (*a->next.ufrag)
		table_remove(&agents->by_ufrag, a->next.ufrag);
	table_remove(&agents->by_number, &a->number);
	a->places = NULL;
}

int ice_agents_restart(struct ice_agents *agents, struct ice_agent *a)
{
	struct ice_credentials before = a->next;
	int err = ice_restart(a);

	if (err)
		return err;
	err = table_set(&agents->by_ufrag, a->next.ufrag, &a);
	if (err)
		a->next = before;
	else if (*before.ufrag)
		table_remove(&agents->by_ufrag, before.ufrag);
	return err;
}

/* Whom does it name? */
static struct ice_agent *find_named(const struct ice_agents *agents,
				    const struct stun_message *m)
{
	//@todo 7.3 find_named: a request names our ufrag, an answer our number
	//@stub	(void)agents, (void)m;
	//@stub	return NULL;
	uint32_t number;

	if (m->class == STUN_REQUEST)
		return m->username_len > ICE_UFRAG ?
			       find(&agents->by_ufrag, m->username) :
			       NULL;
	memcpy(&number, m->transaction_id, sizeof(number));
	return find(&agents->by_number, &number);
	//@end 7.3
}

struct ice_agent *ice_agents_receive(struct ice_agents *agents,
				     const void *bytes, size_t len,
				     const struct udp_address *from,
				     int64_t now, struct ice_outcome *out)
{
	struct ice_agent *a = NULL;
	struct ufrag before;
	struct stun_message m;

	out->events = 0;
	out->answer.len = out->check.len = 0;
	if (!stun_parse(bytes, len, &m))
		a = find_named(agents, &m);
	if (!a)
		return NULL;
	memcpy(before.text, a->current.ufrag, sizeof(before.text));
	ice_receive(a, &m, from, now, out);
	if (out->events & ICE_RESTARTED)
		table_remove(&agents->by_ufrag, &before);
	return a;
}

struct ice_agent *ice_agents_find(const struct ice_agents *agents,
				  const struct udp_address *from, int64_t now)
{
	struct ice_agent *a = find(&agents->places, from);

	return a && ice_is_proven(a, from, now) ? a : NULL;
}
