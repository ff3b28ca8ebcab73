// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The agent: what a check may do.
 *
 *	peer                                     agent
 *	  | request: USERNAME, our password's MAC   |
 *	  |---------------------------------------->| known
 *	  | success: XOR-MAPPED-ADDRESS             |
 *	  |<----------------------------------------|
 *	  | request, if the address is not proven   |
 *	  |<----------------------------------------|
 *	  | success: the peer's password's MAC      |
 *	  |---------------------------------------->| proven
 *	  | request: USE-CANDIDATE                  |
 *	  |---------------------------------------->| selected
 *
 * Requests whose MAC does not hold get no answer, though RFC 8489 has codes for
 * them (400, 401): the answer would go to an address that has proven nothing.
 */
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "common/table.h"
#include "lab03-maps/control.h"
#include "lab07-webrtc/ice.h"

#define MIN_UFRAG    4 /* characters, RFC 8839, section 5.4 */
#define MIN_PASSWORD 22
#define PACE_MS	     20 /* between two checks of ours: RFC 8445, section 14 */
#define MAX_DOUBLED  6	/* the pauses between those to one address get longer */
#define NS_PER_MS    1000000
#define PRIORITY     0x6effffff /* peer-reflexive: RFC 8445, section 5.1.2 */

/* ---- credentials ------------------------------------------------------ */

/* RFC 8839, section 5.4: 64 characters, so that each stands for six bits. */
static int make_text(char *text, size_t len)
{
	static const char ice_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"abcdefghijklmnopqrstuvwxyz"
					"0123456789+/";
	uint8_t random[ICE_PASSWORD];

	if (RAND_bytes(random, len) != 1)
		return -EIO;
	for (size_t i = 0; i < len; i++)
		text[i] = ice_chars[random[i] & 63];
	text[len] = '\0';
	return 0;
}

static int make_credentials(struct ice_credentials *c)
{
	int err = make_text(c->ufrag, ICE_UFRAG);

	return err ?: make_text(c->password, ICE_PASSWORD);
}

int ice_open(struct ice_agent *a)
{
	*a = (struct ice_agent){};
	if (RAND_bytes((uint8_t *)&a->tie_breaker, sizeof(a->tie_breaker)) != 1)
		return -EIO;
	return make_credentials(&a->current);
}

int ice_restart(struct ice_agent *a)
{
	struct ice_credentials next = {};
	int err = make_credentials(&next);

	if (!err)
		a->next = next;
	return err;
}

static bool is_text(const char *text, size_t min)
{
	size_t len = strnlen(text, ICE_TEXT + 1);

	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			return false;
	return len >= min && len <= ICE_TEXT;
}

int ice_set_peer(struct ice_agent *a, const char *ufrag, const char *password)
{
	struct ice_credentials *c = *a->next.ufrag ? &a->next : &a->current;

	if (!is_text(ufrag, MIN_UFRAG) || !is_text(password, MIN_PASSWORD))
		return -EINVAL;
	snprintf(c->peer_ufrag, sizeof(c->peer_ufrag), "%s", ufrag);
	snprintf(c->peer_password, sizeof(c->peer_password), "%s", password);
	return 0;
}

void ice_trust(struct ice_agent *a, const struct ip_addr *addr)
{
	a->trusted = *addr;
	a->has_trusted = true;
}

/*
 * Which are meant by "ours:theirs"?  What is theirs does not matter, but it
 * must be as long as any: no request is then shorter than our answer.
 */
static struct ice_credentials *find_credentials(struct ice_agent *a,
						const struct stun_message *m)
{
	struct ice_credentials *all[] = { &a->current, &a->next };

	if (m->username_len < ICE_UFRAG + 1 + MIN_UFRAG ||
	    m->username[ICE_UFRAG] != ':')
		return NULL;
	for (int i = 0; i < 2; i++)
		if (*all[i]->ufrag &&
		    !memcmp(all[i]->ufrag, m->username, ICE_UFRAG))
			return all[i];
	return NULL;
}

static bool same(const struct udp_address *a, const struct udp_address *b)
{
	return a->port == b->port && ip_addr_equal(&a->addr, &b->addr);
}

/* ---- paths ------------------------------------------------------------ */

static const struct ice_agent *who_is_at(const struct ice_agent *a,
					 const struct udp_address *at)
{
	struct ice_agent *const *there;

	there = a->places ? table_find(a->places, at) : NULL;
	return there ? *there : NULL;
}

static void forget(struct ice_agent *a, struct ice_path *path)
{
	if (who_is_at(a, &path->at) == a)
		table_remove(a->places, &path->at);
	*path = (struct ice_path){};
}

/* Whoever answers checks from the selected address, both count. */
static struct consent *consent_of(const struct ice_agent *a,
				  const struct ice_path *path)
{
	return same(&path->at, &a->selected) ? a->consent : NULL;
}

static int64_t heard_at(const struct ice_agent *a, const struct ice_path *path)
{
	const struct consent *c = consent_of(a, path);
	int64_t elsewhere = c ? c->renewed_ns / NS_PER_MS : 0;

	return elsewhere > path->heard ? elsewhere : path->heard;
}

static void note_heard(const struct ice_agent *a, struct ice_path *path,
		       int64_t now)
{
	struct consent *c = consent_of(a, path);

	path->heard = now;
	if (c)
		control_renew(c, now * NS_PER_MS);
}

static bool is_stale(const struct ice_agent *a, const struct ice_path *path,
		     int64_t now)
{
	return now - heard_at(a, path) >= ICE_CONSENT_MS;
}

static struct ice_path *find_path(const struct ice_agent *a,
				  const struct udp_address *at)
{
	for (int i = 0; i < ICE_PATHS; i++)
		if (a->paths[i].at.port && same(&a->paths[i].at, at))
			return (struct ice_path *)&a->paths[i];
	return NULL;
}

/* Is one missed less than another?  What is proven is missed most. */
static bool is_less(const struct ice_path *one, const struct ice_path *other)
{
	if (one->proven != other->proven)
		return other->proven;
	return one->heard < other->heard;
}

/* A free place; or that of the one that is missed least, but never of the
 * selected one.  Zeros are in a free place, so it is missed least of all. */
static struct ice_path *least_path(struct ice_agent *a)
{
	struct ice_path *least = NULL;

	for (int i = 0; i < ICE_PATHS; i++) {
		struct ice_path *path = &a->paths[i];

		if (!path->at.port)
			return path;
		if (same(&path->at, &a->selected))
			continue;
		if (!least || is_less(path, least))
			least = path;
	}
	return least;
}

static struct ice_path *take_path(struct ice_agent *a,
				  const struct udp_address *from, int64_t now)
{
	struct ice_path *path = find_path(a, from);

	if (!path) {
		path = least_path(a);
		forget(a, path);
		path->at = *from;
	}
	note_heard(a, path, now);
	return path;
}

/* ---- proven ----------------------------------------------------------- */

/* An address that another agent has must be proven anew. */
static bool is_trusted(const struct ice_agent *a, const struct ice_path *path)
{
	const struct ice_agent *there = who_is_at(a, &path->at);

	return a->has_trusted && (!there || there == a) &&
	       ip_addr_matches(&a->trusted, &path->at.addr);
}

/* Where there is no room to remember it, the next check may find some. */
static void prove(struct ice_agent *a, struct ice_path *path,
		  struct ice_outcome *out)
{
	if (path->proven || (a->places && table_set(a->places, &path->at, &a)))
		return;
	path->proven = true;
	out->events |= ICE_PROVEN;
}

/* The first four bytes say whose it is, and nobody can guess the others. */
static int make_id(const struct ice_agent *a, uint8_t id[12])
{
	memcpy(id, &a->number, sizeof(a->number));
	return RAND_bytes(id + 4, 8) == 1 ? 0 : -EIO;
}

static bool is_time_to_ask(const struct ice_agent *a,
			   const struct ice_path *path, int64_t now)
{
	unsigned int doubled = path->asked < MAX_DOUBLED ? path->asked :
							   MAX_DOUBLED;

	if (a->asked_at && now - a->asked_at < PACE_MS)
		return false;
	return !path->asked || now - path->asked_at >= PACE_MS << doubled;
}

/* One id for all that go to an address: whichever is answered, it is there. */
static void ask(struct ice_agent *a, struct ice_path *path,
		const struct ice_credentials *c, int64_t now,
		struct ice_outcome *out)
{
	char username[ICE_TEXT + 1 + ICE_UFRAG + 1];
	struct stun_check check = {
		.username = username,
		.priority = PRIORITY,
		.tie_breaker = a->tie_breaker,
	};

	if (!*c->peer_ufrag || !is_time_to_ask(a, path, now))
		return;
	if (!path->asked && make_id(a, path->transaction_id))
		return;
	path->asked++;
	path->asked_at = a->asked_at = now;
	snprintf(username, sizeof(username), "%s:%s", c->peer_ufrag, c->ufrag);
	memcpy(check.transaction_id, path->transaction_id,
	       sizeof(check.transaction_id));
	stun_write_check(&out->check, &check, c->peer_password);
}

/* ---- selected --------------------------------------------------------- */

/* A peer whose address has changed may not say USE-CANDIDATE again. */
static bool is_silent(const struct ice_agent *a, int64_t now)
{
	const struct ice_path *path = find_path(a, &a->selected);

	return path && now - heard_at(a, path) >= ICE_SILENT_MS;
}

void ice_keep(struct ice_agent *a, int64_t now)
{
	struct ice_path *path = find_path(a, &a->selected);

	if (path)
		note_heard(a, path, now);
}

bool ice_is_settled(const struct ice_agent *a)
{
	return a->selected.port && same(&a->selected, &a->wanted);
}

int64_t ice_heard(const struct ice_agent *a)
{
	const struct ice_path *path = find_path(a, &a->selected);

	return path ? heard_at(a, path) : 0;
}

void ice_resume(struct ice_agent *a, const struct udp_address *at,
		int64_t heard)
{
	struct ice_outcome ignored = {};
	struct ice_path *path = take_path(a, at, heard);

	prove(a, path, &ignored);
	if (path->proven)
		a->selected = a->wanted = *at;
}

static void select_path(struct ice_agent *a, const struct ice_path *path,
			int64_t now, struct ice_outcome *out)
{
	if (!path->proven || same(&path->at, &a->selected) ||
	    (!same(&path->at, &a->wanted) && !is_silent(a, now)))
		return;
	a->selected = a->wanted = path->at;
	a->consent = NULL;
	out->events |= ICE_SELECTED;
}

/* ---- in --------------------------------------------------------------- */

static void use(struct ice_agent *a, const struct ice_credentials *c,
		struct ice_outcome *out)
{
	if (c != &a->next)
		return;
	a->current = a->next;
	a->next = (struct ice_credentials){};
	out->events |= ICE_RESTARTED;
}

/*
 * A lite agent is controlled, whatever the tie-breaker says (RFC 8445, section
 * 6.1.1): a peer that thinks so of itself has to change.  FFmpeg says neither,
 * and no PRIORITY: nothing here depends on them.
 */
static enum stun_error find_fault(const struct stun_message *m)
{
	if (m->unreadable)
		return STUN_BAD_REQUEST;
	if (m->unknown_count)
		return STUN_UNKNOWN_ATTRIBUTE;
	return m->controlled ? STUN_ROLE_CONFLICT : 0;
}

static void take_check(struct ice_agent *a, const struct stun_message *m,
		       const struct udp_address *from, int64_t now,
		       struct ice_outcome *out)
{
	struct ice_path *path = take_path(a, from, now);

	//@todo 7.4 take_check: wanted? trusted, or to be asked? selected?
	//@stub	(void)m, (void)path, (void)out, (void)is_trusted, (void)ask;
	if (m->use_candidate)
		a->wanted = *from;
	if (is_trusted(a, path))
		prove(a, path, out);
	if (!path->proven)
		ask(a, path, &a->current, now, out);
	select_path(a, path, now, out);
	//@end 7.4
}

static void take_request(struct ice_agent *a, const struct stun_message *m,
			 const struct udp_address *from, int64_t now,
			 struct ice_outcome *out)
{
	const struct ice_credentials *c = find_credentials(a, m);
	enum stun_error fault = find_fault(m);

	if (!c || !stun_integrity_holds(m, c->password))
		return;
	if (fault) {
		stun_write_error(&out->answer, m, fault, c->password);
		return;
	}
	stun_write_success(&out->answer, m, from, c->password);
	use(a, c, out);
	take_check(a, m, from, now, out);
}

/*
 * An error will do as well: it says that our check has arrived, and who has
 * it.  An answer is only good where the check went to (RFC 8445, 7.2.5.2.1).
 */
static void take_answer(struct ice_agent *a, const struct stun_message *m,
			const struct udp_address *from, int64_t now,
			struct ice_outcome *out)
{
	struct ice_path *path = find_path(a, from);

	if (!path || !path->asked || !*a->current.peer_ufrag ||
	    memcmp(path->transaction_id, m->transaction_id,
		   sizeof(path->transaction_id)) ||
	    !stun_integrity_holds(m, a->current.peer_password))
		return;
	prove(a, path, out);
	select_path(a, path, now, out);
}

void ice_receive(struct ice_agent *a, const struct stun_message *m,
		 const struct udp_address *from, int64_t now,
		 struct ice_outcome *out)
{
	out->answer.len = out->check.len = 0;
	out->events = ice_expire(a, now) ? ICE_LOST : 0;
	if (m->method != STUN_BINDING || !from->port ||
	    !stun_fingerprint_holds(m))
		return;
	if (m->class == STUN_REQUEST)
		take_request(a, m, from, now, out);
	else if (m->class != STUN_INDICATION)
		take_answer(a, m, from, now, out);
}

/* ---- time ------------------------------------------------------------- */

bool ice_is_proven(const struct ice_agent *a, const struct udp_address *from,
		   int64_t now)
{
	const struct ice_path *path = find_path(a, from);

	return path && path->proven && !is_stale(a, path, now);
}

static void forget_selected(struct ice_agent *a)
{
	a->selected = a->wanted = (struct udp_address){};
	a->consent = NULL;
}

bool ice_expire(struct ice_agent *a, int64_t now)
{
	bool lost = false;

	//@todo 7.5 ice_expire: forget stale paths; was the selected one among them?
	//@stub	(void)a, (void)now;
	for (int i = 0; i < ICE_PATHS; i++) {
		struct ice_path *path = &a->paths[i];

		if (!path->at.port || !is_stale(a, path, now))
			continue;
		lost |= same(&path->at, &a->selected);
		forget(a, path);
	}
	if (lost)
		forget_selected(a);
	//@end 7.5
	return lost;
}

void ice_close(struct ice_agent *a)
{
	for (int i = 0; i < ICE_PATHS; i++)
		forget(a, &a->paths[i]);
	forget_selected(a);
}
