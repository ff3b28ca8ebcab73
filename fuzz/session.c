// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as what six people do, two bytes a deed: they join two rooms, come
 * back, listen, answer, want less, hang up and leave, in any order.  Nobody is
 * lost by it, offers follow the rules of RFC 3264, and when all of them have
 * answered everything, everybody has all that he wants.
 */
#include "fuzz/served.h"

#define PEOPLE 6
#define ROUNDS 20 /* until everybody has answered everything */

enum deed { JOIN, COME_BACK, LEAVE, LISTEN, ANSWER, WANT, HANG_UP, WAIT };

/* Of JOIN, in its second byte. */
enum {
	WITH_AUDIO = 1,
	WITH_DTMF = 2,
	ROOM = 4,
	SSRC_OF_ALL = 8,
	PORT_OF_FIRST = 16,
	NAME_OF_FIRST = 32,
	AUDIO_ONLY = 64
};

static struct person {
	int number;
	char room;
	int how;	    /* it joined */
	char resource[256]; /* empty: not in a room */
	struct client requests, events;
	bool listens;
	struct sdp *offer; /* the latest of the server's; NULL: none */
	bool outstanding;
} people[PEOPLE];

/* Has somebody said that he does not want everything? */
static bool choosy;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	serve_open();
	for (int i = 0; i < PEOPLE; i++)
		people[i].number = i;
	return 0;
}

/* ---- requests ---------------------------------------------------------- */

static struct answer request(struct person *p, const char *method,
			     const char *path, const char *type,
			     const char *body)
{
	struct answer a;
	char *text;
	int length = asprintf(&text,
			      "%s %s HTTP/1.1\r\nHost: localhost\r\n"
			      "Connection: close\r\nContent-Type: %s\r\n"
			      "Content-Length: %zu\r\n\r\n%s",
			      method, path, type, strlen(body), body);

	client_open(&p->requests);
	client_say(&p->requests, text, length);
	require(client_answer(&p->requests, &a), "no answer to %s", text);
	client_close(&p->requests);
	free(text);
	return a;
}

static void hang_up(struct person *p)
{
	if (p->listens)
		client_close(&p->events);
	p->listens = false;
}

/* The place is gone: it has left, or another took it. */
static void forget(struct person *p)
{
	hang_up(p);
	sdp_free(p->offer);
	p->offer = NULL;
	p->outstanding = false;
	*p->resource = '\0';
}

/* No such room, or token.  Who wants something of nobody gets a 404, too. */
static bool is_gone(const struct answer *a)
{
	return a->status == 404 && !strstr(a->body, "nobody else");
}

/* About its resource; true if it is still there. */
static bool ask(struct person *p, const char *method, const char *what,
		const char *type, const char *body, struct answer *a)
{
	char path[300];

	snprintf(path, sizeof(path), "%s%s", p->resource, what);
	*a = request(p, method, path, type, body);
	if (is_gone(a))
		forget(p);
	return !is_gone(a);
}

/* ---- joining ----------------------------------------------------------- */

static void add_mline(struct sdp *sdp, const struct person *p, const char *type,
		      int kind, int how)
{
	static const struct sdp_format codecs[] = {
		{ 96, "opus", 48000, 2, NULL },
		{ 97, "VP8", 90000, 1, NULL },
	};
	static const struct sdp_format dtmf = {
		98, "telephone-event", 48000, 1, NULL,
	};
	struct sdp_media *m = sdp_add_media(sdp, type, "RTP/AVP", type);
	int port = how & PORT_OF_FIRST ? 0 : 100 * p->number;

	m->port = 6000 + port + 2 * kind;
	m->direction = SDP_SENDONLY;
	sdp_media_add_format(m, &codecs[kind]);
	if (!kind && how & WITH_DTMF)
		sdp_media_add_format(m, &dtmf);
	sdp_media_add_ssrc(m,
			   how & SSRC_OF_ALL ? 1 + kind :
					       0x100 * (p->number + 1) + kind,
			   "c");
}

static char *offer_of(const struct person *p, int how)
{
	struct in6_addr loopback = { .s6_addr = {
					     [10] = 255, 255, 127, [15] = 1 } };
	struct sdp *sdp = sdp_new(1, &loopback);
	char *text;

	if (how & (WITH_AUDIO | AUDIO_ONLY))
		add_mline(sdp, p, "audio", 0, how);
	if (!(how & AUDIO_ONLY))
		add_mline(sdp, p, "video", 1, how);
	require(!sdp_write(sdp, &text), "no offer");
	sdp_free(sdp);
	return text;
}

static void enter(struct person *p, char room, int how)
{
	char *offer = offer_of(p, how), path[64];
	struct answer a;

	snprintf(path, sizeof(path), "/rooms/%c/participants?name=p%d", room,
		 how & NAME_OF_FIRST ? 0 : p->number);
	a = request(p, "POST", path, "application/sdp", offer);
	if (a.status == 201) {
		forget(p);
		p->room = room;
		p->how = how;
		strcpy(p->resource, a.location);
	}
	answer_free(&a);
	free(offer);
}

/* ---- offers ------------------------------------------------------------ */

/* What the m-lines were stays what they are (RFC 3264, section 8). */
static void check_follows(const struct sdp *before, const struct sdp *now)
{
	require(now->sess_version >= before->sess_version,
		"version %zu follows %zu", (size_t)now->sess_version,
		(size_t)before->sess_version);
	require(now->n_media >= before->n_media, "an m-line has gone");
	for (size_t i = 0; i < before->n_media; i++)
		require(now->media[i].kind == before->media[i].kind,
			"m-line %zu is of another kind", i);
}

static void take_offer(struct person *p, const char *data)
{
	json_t *json = json_loads(data, JSON_DISABLE_EOF_CHECK, NULL);
	const char *text = json_string_value(json_object_get(json, "sdp"));
	struct sdp_error err = {};
	struct sdp *offer = NULL;

	require(text, "an event without a description: %s", data);
	require(!sdp_parse(text, strlen(text), &offer, &err), "%s in %s",
		err.text, text);
	if (p->offer)
		check_follows(p->offer, offer);
	require(!p->outstanding ||
			p->offer->sess_version == offer->sess_version,
		"an offer before the last one was answered");
	sdp_free(p->offer);
	p->offer = offer;
	p->outstanding = true;
	json_decref(json);
}

/* Takes what events there are; true if there was one. */
static bool hear(struct person *p)
{
	char *data = p->events.heard;
	bool news = false;

	if (!p->listens)
		return false;
	client_listen(&p->events);
	while ((data = strstr(data, "\ndata: "))) {
		data += strlen("\ndata: ");
		take_offer(p, data);
		news = true;
	}
	take(&p->events, p->events.length);
	if (p->events.ended)
		hang_up(p);
	return news;
}

static void listen_to_events(struct person *p)
{
	char *text;
	struct answer a;

	hang_up(p);
	client_open(&p->events);
	p->listens = true;
	asprintf(&text, "GET %s/events HTTP/1.0\r\n\r\n", p->resource);
	client_say(&p->events, text, strlen(text));
	free(text);
	if (client_answer(&p->events, &a)) {
		require(is_gone(&a), "GET events: %d %s", a.status, a.body);
		answer_free(&a);
		forget(p);
	}
}

/* Refuses the m-lines that have a bit in the mask. */
static char *answer_to(const struct person *p, int mask)
{
	static const char *const protos[] = { "RTP/AVP", NULL };
	struct sdp_answer_options options = {
		.sess_id = 2,
		.port = 6010 + 100 * p->number,
		.address = p->offer->connection,
		.protos = protos,
	};
	struct sdp *answer;
	struct sdp_error err;
	char *text;

	options.address.s6_addr[12] = 127;
	require(!sdp_answer(p->offer, &options, &answer, &err), "%s", err.text);
	for (size_t i = 0; i < answer->n_media && i < 8; i++)
		if (mask & 1 << i)
			answer->media[i].port = 0;
	require(!sdp_write(answer, &text), "no answer");
	sdp_free(answer);
	return text;
}

static void reply(struct person *p, int mask)
{
	char *text = answer_to(p, mask);
	bool outstanding = p->outstanding;
	struct answer a;

	if (ask(p, "PUT", "/answer", "application/sdp", text, &a)) {
		require((a.status == 204) == outstanding,
			"an answer to %s offer: %d %s",
			outstanding ? "the" : "no", a.status, a.body);
		p->outstanding = false;
		choosy |= mask != 0;
	}
	answer_free(&a);
	free(text);
}

static void want(struct person *p, int what)
{
	struct answer a;
	char *text;

	asprintf(&text,
		 "{\"audio\": %s, \"participants\": "
		 "{\"p%d\": {\"video\": %s}}}",
		 what & 1 ? "true" : "false", (what >> 2) % PEOPLE,
		 what & 2 ? "true" : "false");
	ask(p, "PUT", "/subscriptions", "application/json", text, &a);
	choosy = true;
	answer_free(&a);
	free(text);
}

static void leave(struct person *p)
{
	struct answer a;

	if (ask(p, "DELETE", "", "text/plain", "", &a)) {
		require(a.status == 204, "DELETE: %d %s", a.status, a.body);
		forget(p);
	}
	answer_free(&a);
}

/* ---- deeds ------------------------------------------------------------- */

static void act(struct person *p, enum deed deed, int how)
{
	bool in = *p->resource;

	hear(p);
	if (deed == JOIN && !in)
		enter(p, how & ROOM ? 'b' : 'a', how);
	else if (deed == WAIT)
		http_tick(server);
	else if (!in)
		return;
	else if (deed == COME_BACK)
		enter(p, p->room, p->how);
	else if (deed == LEAVE)
		leave(p);
	else if (deed == LISTEN)
		listen_to_events(p);
	else if (deed == ANSWER && p->offer)
		reply(p, how & 0x0f);
	else if (deed == WANT)
		want(p, how);
	else if (deed == HANG_UP)
		hang_up(p);
}

/* ---- in the end -------------------------------------------------------- */

static bool answer_all(void)
{
	bool news = false;

	for (struct person *p = people; p < people + PEOPLE; p++) {
		if (!*p->resource)
			continue;
		hear(p);
		if (!p->listens)
			listen_to_events(p);
		hear(p);
		if (!p->outstanding)
			continue;
		news = true;
		reply(p, 0);
	}
	return news;
}

static size_t check_room(json_t *members)
{
	size_t count = json_array_size(members), i, j;
	json_t *person, *stream;

	json_array_foreach(members, i, person)
		json_array_foreach(json_object_get(person, "streams"), j,
				   stream) {
			json_t *legs = json_object_get(stream, "legs");

			require(json_array_size(legs) <= count - 1,
				"%zu legs to %zu others", json_array_size(legs),
				count - 1);
			require(choosy || json_array_size(legs) == count - 1,
				"%zu of %zu others receive it",
				json_array_size(legs), count - 1);
		}
	return count;
}

static void check_rooms(void)
{
	struct answer a = request(people, "GET", "/rooms", "text/plain", "");
	json_t *all = json_loads(a.body, 0, NULL), *room;
	size_t there = 0, known = 0, i;

	json_array_foreach(json_object_get(all, "rooms"), i, room)
		there += check_room(json_object_get(room, "participants"));
	for (i = 0; i < PEOPLE; i++)
		known += !!*people[i].resource;
	require(there == known, "%zu are there, and %zu know it", there, known);
	json_decref(all);
	answer_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int rounds = 0;

	choosy = false;
	for (; size >= 2; data += 2, size -= 2)
		act(&people[(data[0] >> 3) % PEOPLE], data[0] & 7, data[1]);
	while (answer_all())
		require(++rounds < ROUNDS, "offers without end");
	check_rooms();
	for (int i = 0; i < PEOPLE; i++)
		if (*people[i].resource)
			leave(&people[i]);
	serve_end();
	return 0;
}
