// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any text as what a participant wants to receive.  What is refused changes
 * nothing, what is taken is in force, and what is in force can be said again.
 */
#include "fuzz/served.h"
#include "lab04-signalling/session/subscriptions.h"

static __u32 alice, bob;
static char *at_first;

static __u32 join(const char *name, __be16 port)
{
	struct ip_addr addr = ip_addr_v4(htonl(INADDR_LOOPBACK));
	static const struct publication video = {
		.ssrc = 1,
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { 96 },
		.formats = { { .codec = "VP8", .clock_hz = 90000 } },
	};
	__u32 id, transport, stream;

	require(!control_join("r", name, 16, &id), "%s cannot join", name);
	require(!control_set_address(id, &addr, port), "no delivery");
	require(!control_add_transport(id, &addr, port, &transport),
		"no transport");
	require(!control_publish(id, transport, &video, &stream), "no stream");
	return id;
}

static char *in_force(void)
{
	json_t *json = subscriptions_json(bob);
	char *text = json_dumps(json, JSON_SORT_KEYS);

	json_decref(json);
	return text;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	__u32 unreachable;

	(void)argc, (void)argv;
	serve_open();
	alice = join("alice", htons(6000));
	bob = join("bob", htons(6002));
	require(!control_commit(&unreachable), "no commit");
	at_first = in_force();
	return 0;
}

static void change(const char *text)
{
	struct problem why = {};

	require(!subscriptions_change(bob, text, strlen(text), &why),
		"%s is refused: %s", text, why.detail);
}

/* Does what is in force have all that was wanted?  Both are valid. */
static void check_wanted(json_t *wanted, json_t *got)
{
	const char *key;
	json_t *value;

	json_object_foreach(wanted, key, value)
		if (json_is_object(value))
			check_wanted(value, json_object_get(got, key));
		else
			require(json_equal(value, json_object_get(got, key)),
				"%s is not in force", key);
}

static void check_taken(const char *text, size_t size, const char *after)
{
	json_t *wanted = json_loadb(text, size, 0, NULL);
	json_t *got = json_loads(after, 0, NULL);
	char *again;

	require(wanted, "what is no JSON was taken");
	check_wanted(wanted, got);
	change(after);
	again = in_force();
	require(!strcmp(after, again), "%s became %s", after, again);
	free(again);
	json_decref(got);
	json_decref(wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problem why = {};
	const char *text = (const char *)data;
	int err = subscriptions_change(bob, text, size, &why);
	char *after = in_force();

	if (err) {
		require(!strcmp(after, at_first), "refused, it is %s", after);
		require(why.status >= 400 && why.status < 500 && *why.detail,
			"status %d: %s", why.status, why.detail);
	} else {
		check_taken(text, size, after);
		change(at_first);
	}
	free(after);
	return 0;
}
