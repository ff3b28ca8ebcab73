/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What callers of a server do: their offers, their answers, their media. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab04-signalling/testlib/caller.h"

const char *const kind_names[] = { "audio", "video" };
const char *const codecs[] = { "opus/48000/2", "VP8/90000" };

struct caller caller(const char *host)
{
	unsigned int n = (*callers)++;
	struct caller c = {
		.host = host,
		.port = 10000 + n % 500 * CALLER_PORTS,
		.pt = { 96 + n % 16, 112 + n % 16 },
		.ssrc = { 0x10000 * n + 1, 0x10000 * n + 2 },
		.injector = inject_open(host, "eth0"),
		.capture = capture_open(host, "eth0"),
	};

	snprintf(c.name, sizeof(c.name), "%s%u", host, n);
	return c;
}

const char *caller_ip(const struct caller *c)
{
	const struct sandbox_host *h = sandbox_host(c->host);

	return server->v6 ? h->ip6 : h->ip4;
}

__u16 sender_port(const struct caller *c, int kind)
{
	return c->port + 2 * kind;
}

__u16 receiver_port(const struct caller *c, size_t mline)
{
	return c->port + 10 + 2 * mline;
}

char *edit(char *text, const char *what, const char *instead)
{
	static char *edited;
	char *at = strstr(text, what);

	check_true(at, "there is no \"%s\" in \"%s\"", what, text);
	*at = '\0';
	check_true(asprintf(&edited, "%s%s%s", text, instead,
			    at + strlen(what)) > 0,
		   "no memory");
	free(text);
	return edited;
}

void print_session(FILE *f, const struct caller *c)
{
	const char *net = server->v6 ? "IN IP6" : "IN IP4";

	fprintf(f, "v=0\r\no=- 1 1 %s %s\r\ns=%s\r\nc=%s %s\r\nt=0 0\r\n", net,
		caller_ip(c), c->name, net, caller_ip(c));
}

static void print_own(FILE *f, const struct caller *c, int kind)
{
	fprintf(f,
		"m=%s %u RTP/AVP %u\r\na=mid:%s\r\na=sendonly\r\n"
		"a=rtpmap:%u %s\r\na=ssrc:%u cname:%s\r\n",
		kind_names[kind], sender_port(c, kind), c->pt[kind],
		kind_names[kind], c->pt[kind], codecs[kind], c->ssrc[kind],
		c->name);
}

char *offer_text(const struct caller *c)
{
	static char *text;
	static size_t size;
	FILE *f = open_memstream(&text, &size);

	print_session(f, c);
	print_own(f, c, AUDIO);
	print_own(f, c, VIDEO);
	fclose(f);
	return text;
}

const char *new_room(void)
{
	static char room[32];

	snprintf(room, sizeof(room), "room%u", (*callers)++);
	return room;
}

struct reply post_offer(const struct caller *c, const char *room,
			const char *offer)
{
	char path[128];

	snprintf(path, sizeof(path), "/rooms/%s/participants", room);
	return http(c->host, "POST", path, "application/sdp", offer);
}

static struct sdp *read_sdp(const char *text)
{
	struct sdp_error err;
	struct sdp *sdp;

	check_true(!sdp_parse(text, strlen(text), &sdp, &err), "%s in\n%s",
		   err.text, text);
	return sdp;
}

void join_with(struct caller *c, const char *room, const char *offer)
{
	struct reply r = post_offer(c, room, offer);

	step("%s joins %s: %d", c->name, room, r.status);
	check_true(r.status == 201, "%s", r.body);
	check_str("Content-Type", "application/sdp",
		  header(&r, "Content-Type"));
	snprintf(c->path, sizeof(c->path), "%s", header(&r, "Location"));
	sdp_free(c->answer);
	c->answer = read_sdp(r.body);
}

void join(struct caller *c, const char *room)
{
	char *offer = offer_text(c);

	join_with(c, room, offer);
	free(offer);
}

struct caller join_new(const char *host, const char *room)
{
	struct caller c = caller(host);

	join(&c, room);
	return c;
}

const char *sub_path(const struct caller *c, const char *what)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", c->path, what);
	return path;
}

void leave(struct caller *c)
{
	struct reply r = http(c->host, "DELETE", c->path, NULL, NULL);

	step("%s leaves: %d", c->name, r.status);
	check_int("status", 204, r.status);
	check_str("body", "", r.body);
	if (c->events)
		fclose(c->events);
	c->events = NULL;
}

struct reply put(const struct caller *c, const char *what, const char *type,
		 const char *body)
{
	return http(c->host, "PUT", sub_path(c, what), type, body);
}

void subscribe(const struct caller *c, const char *json)
{
	struct reply r = put(c, "subscriptions", "application/json", json);

	step("%s wants %s: %d", c->name, json, r.status);
	check_int("status", 200, r.status);
}

/* ---- renegotiation ----------------------------------------------------- */

char *next_line(struct caller *c)
{
	static char *line;
	static size_t size;
	ssize_t length = getline(&line, &size, c->events);

	check_true(length > 0,
		   "the events of %s end where an offer should come: %s",
		   c->name, feof(c->events) ? "closed" : strerror(errno));
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

void listen_to_events(struct caller *c)
{
	int fd = http_connect(c->host), status = 0;

	if (c->events)
		fclose(c->events);
	http_print(fd, "GET %s HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n",
		   sub_path(c, "events"));
	c->events = fdopen(fd, "r");
	sscanf(next_line(c), "HTTP/1.%*d %d", &status);
	check_int("status of GET events", 200, status);
	while (*next_line(c))
		;
}

/* Takes the fields of one event; comments and blank lines are skipped. */
static char *next_event(struct caller *c, char *name, char *id)
{
	char *line, *data = NULL;

	*name = *id = '\0';
	while (*(line = next_line(c)) || !data) {
		sscanf(line, "event: %31[^\n]", name);
		sscanf(line, "id: %31[^\n]", id);
		if (!strncmp(line, "data: ", 6))
			data = strdup(line + 6);
	}
	return data;
}

void next_offer(struct caller *c)
{
	char name[32], id[32], *data = next_event(c, name, id);
	json_t *json = read_json(data);

	check_str("event", "offer", name);
	check_str("type", "offer",
		  json_string_value(json_object_get(json, "type")));
	sdp_free(c->offer);
	c->offer = read_sdp(json_string_value(json_object_get(json, "sdp")));
	check_uint("event id and version", c->offer->sess_version,
		   strtoull(id, NULL, 10));
	step("%s gets offer %s with %zu m-lines", c->name, id,
	     c->offer->n_media);
	json_decref(json);
	free(data);
}

static const char *const answers_to[] = {
	[SDP_INACTIVE] = "inactive",
	[SDP_SENDONLY] = "recvonly",
	[SDP_RECVONLY] = "sendonly",
	[SDP_SENDRECV] = "sendrecv",
};

char *answer_text(const struct caller *c)
{
	const struct sdp_media *m = c->offer->media;
	static char *text;
	static size_t size;
	size_t own = c->answer->n_media;
	FILE *f = open_memstream(&text, &size);

	print_session(f, c);
	for (size_t i = 0; i < c->offer->n_media; i++)
		fprintf(f,
			"m=%s %u %s %u\r\na=mid:%s\r\na=%s\r\n"
			"a=rtpmap:%u %s/%u/%u\r\n",
			m[i].type,
			i < own ? sender_port(c, i) : receiver_port(c, i),
			m[i].proto, m[i].formats->payload_type, m[i].mid,
			answers_to[m[i].direction], m[i].formats->payload_type,
			m[i].formats->encoding, m[i].formats->clock_rate,
			m[i].formats->channels);
	fclose(f);
	return text;
}

char *answer_for(const struct caller *c, const char *ip)
{
	char was[64], is[64];

	snprintf(was, sizeof(was), "%s\r\nt=", caller_ip(c));
	snprintf(is, sizeof(is), "%s\r\nt=", ip);
	return edit(answer_text(c), was, is);
}

void answer_with(struct caller *c, const char *answer)
{
	struct reply r = put(c, "answer", "application/sdp", answer);

	step("%s answers: %d", c->name, r.status);
	check_true(r.status == 204, "status %d: %s", r.status, r.body);
}

void answer(struct caller *c)
{
	char *text = answer_text(c);

	answer_with(c, text);
	free(text);
}

void decline(struct caller *c)
{
	char *text = answer_text(c);

	while (strstr(text, "a=recvonly"))
		text = edit(text, "a=recvonly", "a=inactive");
	answer_with(c, text);
	free(text);
}

void renegotiate(struct caller *c)
{
	next_offer(c);
	answer(c);
}

int mline_of(const struct caller *to, const struct caller *from, int kind)
{
	for (size_t i = 0; to->offer && i < to->offer->n_media; i++) {
		const struct sdp_media *m = &to->offer->media[i];

		if (m->direction == SDP_SENDONLY && m->n_ssrcs &&
		    m->ssrcs[0].ssrc == from->ssrc[kind])
			return i;
	}
	return -1;
}

void check_mline(const struct sdp *sdp, size_t i, const char *type, __u16 port,
		 enum sdp_direction direction)
{
	check_true(i < sdp->n_media, "there is no m-line %zu", i);
	step("m-line %zu: %s %u, direction %d", i, sdp->media[i].type,
	     sdp->media[i].port, sdp->media[i].direction);
	check_str("type", type, sdp->media[i].type);
	check_uint("port", port, sdp->media[i].port);
	check_int("direction", direction, sdp->media[i].direction);
}

const char *answer_ip(const struct sdp_media *m)
{
	static char text[INET6_ADDRSTRLEN];
	bool v4 = IN6_IS_ADDR_V4MAPPED(&m->connection);

	inet_ntop(v4 ? AF_INET : AF_INET6, &m->connection.s6_addr[v4 ? 12 : 0],
		  text, sizeof(text));
	return text;
}

void connect_all(struct caller *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		listen_to_events(&c[i]);
		renegotiate(&c[i]);
	}
}

const char *three_join(struct caller c[3])
{
	static const char *const hosts[] = { "alice", "bob", "carol" };
	const char *room = new_room();

	for (int i = 0; i < 3; i++)
		c[i] = join_new(hosts[i], room);
	return room;
}

const char *three_call(struct caller c[3])
{
	const char *room = three_join(c);

	connect_all(c, 3);
	return room;
}

/* ---- media ------------------------------------------------------------- */

struct packet_spec rtp(const struct caller *from, int kind, __u16 seq)
{
	struct packet_spec s = call_rtp(from->host, from->ssrc[kind], seq);

	s.eth.dst = sandbox_host(server->host)->mac;
	s.ip.src = caller_ip(from);
	s.ip.dst = server_ip(server);
	s.udp.sport = sender_port(from, kind);
	s.rtp.payload_type = from->pt[kind];
	s.rtp.marker = seq & 1;
	s.payload_len = 20 + seq % 1000;
	return s;
}

void say(const struct caller *from, int kind, __u16 seq)
{
	step("%s sends %s %u", from->name, kind_names[kind], seq);
	call_send(from->injector, rtp(from, kind, seq));
}

void blank(struct frame *f)
{
	bool v4 = f->data[14] >> 4 == 4;

	check_checksums(f);
	if (v4) {
		memset(f->data + 14 + 4, 0, 2);
		memset(f->data + 14 + 10, 0, 2);
	} else {
		memset(f->data + 14 + 2, 0, 2);
		f->data[14 + 1] &= 0xf0;
	}
	memset(f->data + 14 + (v4 ? 20 : 40) + 6, 0, 2);
}

void hear_copy(const struct caller *to, struct packet_spec spec, __u16 port)
{
	struct frame expected, got;
	int err;

	spec = call_copy(spec, to->host);
	spec.eth.src = sandbox_host(server->host)->mac;
	spec.udp.dport = port;
	call_build(&expected, &spec);
	err = capture_next(to->capture, &got, PATIENCE_MS);
	check_true(!err, "no copy arrives at %s: %s", to->name, strerror(-err));
	blank(&expected);
	blank(&got);
	check_packet(&expected, &got);
}

void hear(const struct caller *to, const struct caller *from, int kind,
	  __u16 seq)
{
	int mline = mline_of(to, from, kind);

	check_true(mline >= 0, "%s was not offered the %s of %s", to->name,
		   kind_names[kind], from->name);
	step("%s must get it on port %u", to->name, receiver_port(to, mline));
	hear_copy(to, rtp(from, kind, seq), receiver_port(to, mline));
}

/* ---- what it has counted ----------------------------------------------- */

json_t *find_participant(json_t *room, const struct caller *c)
{
	json_t *p, *people = json_object_get(room, "participants");
	size_t i;

	json_array_foreach(people, i, p)
		if (!strcmp(c->name,
			    json_string_value(json_object_get(p, "name"))))
			return p;
	return NULL;
}

json_t *find_stream(json_t *room, const struct caller *c, int kind)
{
	json_t *s, *streams = json_object_get(find_participant(room, c),
					      "streams");
	size_t i;

	json_array_foreach(streams, i, s)
		if (json_integer_value(json_object_get(s, "ssrc")) ==
		    c->ssrc[kind])
			return s;
	fail("%s of %s is not in GET /rooms", kind_names[kind], c->name);
}

json_int_t sent_to(json_t *room, const struct caller *from, int kind,
		   const struct caller *to)
{
	json_t *leg,
		*legs = json_object_get(find_stream(room, from, kind), "legs");
	size_t i;

	json_array_foreach(legs, i, leg)
		if (!strcmp(to->name,
			    json_string_value(json_object_get(leg, "name"))))
			return number(leg, "sent");
	return -1;
}

void check_media(const struct caller *from, const struct caller *to, __u16 seq)
{
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(from, kind, seq);
		hear(to, from, kind, seq);
	}
}
