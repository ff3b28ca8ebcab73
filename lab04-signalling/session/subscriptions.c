// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wishes are read as a whole before one of them is put into force, and what
 * was there before is kept: if a table is full, all of it is taken back.
 *
 *	JSON --> list of changes --> tables
 *	                  old <--'  (if one fails)
 */
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/session/subscriptions.h"

/* For one publisher; 0 is everybody for whom nothing else was said. */
struct change {
	__u32 publisher;
	__u32 wants, old; /* enum media_kind bits */
};

struct changes {
	struct change *list;
	size_t count;
};

/* ---- reading ---------------------------------------------------------- */

/* Sets or clears the bits of *wants that the object has something on. */
static int read_wants(const json_t *object, bool top, __u32 *wants,
		      struct problem *why)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		__u32 kind = !strcmp(key, "audio") ? MEDIA_AUDIO :
			     !strcmp(key, "video") ? MEDIA_VIDEO :
						     0;

		if (top && !strcmp(key, "participants"))
			continue;
		if (!kind)
			return refuse(why, 400,
				      "\"%.32s\" is not known here; \"audio\" "
				      "and \"video\" are%s.",
				      key, top ? ", and \"participants\"" : "");
		if (!json_is_boolean(value))
			return refuse(why, 400, "\"%s\" must be true or false.",
				      key);
		*wants = json_is_true(value) ? *wants | kind : *wants & ~kind;
	}
	return 0;
}

static int read_publisher(__u32 id, const char *name, const json_t *object,
			  struct change *change, struct problem *why)
{
	__u32 room = control_room_of(id);

	change->publisher = control_find_participant(room, name);
	if (!change->publisher || change->publisher == id)
		return refuse(why, 404,
			      "There is nobody else called %.32s in this room.",
			      name);
	if (!json_is_object(object))
		return refuse(why, 400,
			      "\"%.32s\" must be an object such as {\"audio\": "
			      "true, \"video\": false}.",
			      name);
	change->old = change->wants = control_wants(id, change->publisher);
	return read_wants(object, false, &change->wants, why);
}

static int read_changes(__u32 id, const json_t *root, struct changes *c,
			struct problem *why)
{
	json_t *people = json_object_get(root, "participants"), *value;
	const char *name;

	if (!json_is_object(root) || (people && !json_is_object(people)))
		return refuse(why, 400,
			      "What you want must be an object such as "
			      "{\"video\": true, \"participants\": {\"bob\": "
			      "{\"video\": false}}}.");
	c->list = calloc(json_object_size(people) + 1, sizeof(*c->list));
	if (!c->list)
		return refuse(why, 500, "There is no memory.");
	c->list->old = c->list->wants = control_participant(id)->wants;
	c->count = 1;
	if (read_wants(root, true, &c->list->wants, why))
		return -1;
	json_object_foreach(people, name, value)
		if (read_publisher(id, name, value, &c->list[c->count++], why))
			return -1;
	return 0;
}

/* ---- applying --------------------------------------------------------- */

static int put_into_force(__u32 id, const struct changes *c,
			  struct problem *why)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->count; i++)
		if (c->list[i].wants != c->list[i].old)
			err = control_subscribe(id, c->list[i].publisher,
						c->list[i].wants);
	return err ? refuse_full(why, err, "subscriptions") :
		     session_commit(why);
}

static void undo(__u32 id, const struct changes *c)
{
	struct problem ignored;

	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].wants != c->list[i].old)
			control_subscribe(id, c->list[i].publisher,
					  c->list[i].old);
	session_commit(&ignored);
}

int subscriptions_change(__u32 id, const char *text, size_t length,
			 struct problem *why)
{
	struct changes changes = {};
	json_error_t error;
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	int err;

	if (!root)
		return refuse(why, 400,
			      "The JSON is malformed: line %d, column %d: %s.",
			      error.line, error.column, error.text);
	err = read_changes(id, root, &changes, why);
	if (!err) {
		err = put_into_force(id, &changes, why);
		if (err)
			undo(id, &changes);
	}
	free(changes.list);
	json_decref(root);
	return err;
}

/* ---- showing ---------------------------------------------------------- */

static json_t *wants_json(__u32 wants)
{
	return json_pack("{sb sb}", "audio", !!(wants & MEDIA_AUDIO), "video",
			 !!(wants & MEDIA_VIDEO));
}

json_t *subscriptions_json(__u32 id)
{
	const struct participant *me = control_participant(id);
	json_t *root = wants_json(me->wants), *people = json_object();

	each_member(publisher, me->room)
		if (publisher != id)
			json_object_set_new(
				people, control_participant(publisher)->name,
				wants_json(control_wants(id, publisher)));
	json_object_set_new(root, "participants", people);
	return root;
}
