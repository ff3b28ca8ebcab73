// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The life of a server: how it starts and ends, what it leaves behind, and what
 * the next one makes of that.  Each test has servers of its own, on dave's
 * host.
 */
#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <bpf/bpf.h>

#include "common/clock.h"
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_hosts)

#define PINS "/sys/fs/bpf/dave"

/* A test that makes sense in one mode only. */
static struct server *start_mode(bool user)
{
	server = &servers[user];
	return start_own((struct server){});
}

/* ---- options ----------------------------------------------------------- */

TEST_BOTH("4.0.ra", any_address,
	  "--allow-any-address sends media wherever an answer says")
{
	struct server *own = start_own((struct server){
		.extra = { "--allow-any-address" },
	});
	struct caller alice = join_new("alice", "r");
	struct caller carol = join_new("carol", "r"), bob;
	struct reply r;
	char *text;

	listen_to_events(&carol);
	next_offer(&carol);
	text = answer_for(&carol, "192.0.2.1");
	r = put(&carol, "answer", "application/sdp", text);
	check_problem(&r, 422, "no route to it");
	free(text);
	text = answer_for(&carol, "10.0.7.2");
	answer_with(&carol, text);
	free(text);
	bob = caller("bob");
	say(&alice, VIDEO, 1);
	hear_copy(&bob, rtp(&alice, VIDEO, 1), receiver_port(&carol, 3));
	/* It may name alice's port, but it has not alice's address. */
	text = offer_text(&alice);
	r = http("bob", "POST", "/rooms/r/participants", "application/sdp",
		 text);
	check_problem(&r, 409, "is taken");
	free(text);
	check_int("DELETE from another address", 204,
		  http("bob", "DELETE", carol.path, NULL, NULL).status);
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.rb", ipv6, "a call over IPv6")
{
	struct server *own = start_own((struct server){ .v6 = true });
	struct caller c[3];

	three_call(c);
	check_str("address in the answer", "fd00:7::5",
		  answer_ip(&c[0].answer->media[0]));
	for (int i = 0; i < 3; i++)
		for (int kind = AUDIO; kind < KINDS; kind++) {
			say(&c[i], kind, i);
			hear(&c[(i + 1) % 3], &c[i], kind, i);
			hear(&c[(i + 2) % 3], &c[i], kind, i);
		}
	leave(&c[0]);
	renegotiate(&c[1]);
	check_mline(c[1].offer, 2, "audio", CALL_PORT, SDP_INACTIVE);
	server_kill(own, SIGTERM);
}

/* Carol comes by IPv6, into a room of IPv4. */
TEST_BOTH("4.0.rc", ip_versions,
	  "streams are not sent over the other IP version, and the answer says "
	  "so")
{
	struct server *own = start_own((struct server){
		.extra = { "--http=[::]:8080", "--media=[::]:5004" },
	});
	struct caller c[3];
	struct reply r;
	char *text;

	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	connect_all(c, 2);
	own->v6 = true;
	c[2] = join_new("carol", "r");
	listen_to_events(&c[2]);
	next_offer(&c[2]);
	text = answer_text(&c[2]);
	r = put(&c[2], "answer", "application/sdp", text);
	check_problem(&r, 422, "the other IP version");
	own->v6 = false;
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	server_kill(own, SIGTERM);
	free(text);
}

/* ---- the end ----------------------------------------------------------- */

static void check_nothing_left(void)
{
	check_int("test -e " PINS, 1, sandbox_run(NULL, "test -e " PINS));
	check_int("clsact on eth0", 1,
		  sandbox_run("dave", "tc qdisc show dev eth0 | "
				      "grep -q clsact"));
	check_int("XDP on eth0", 1,
		  sandbox_run("dave", "ip link show eth0 | grep -q xdp"));
}

TEST_BOTH("4.10.g", sigterm, "SIGTERM ends all calls and leaves nothing")
{
	struct server *own = start_own((struct server){});
	struct caller c[3];
	char *line = NULL;
	size_t size;

	three_call(c);
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGTERM);
	for (int i = 0; i < 3; i++) {
		while (getline(&line, &size, c[i].events) > 0)
			;
		check_true(feof(c[i].events), "%s's events do not end",
			   c[i].name);
	}
	check_nothing_left();
}

/* ---- signs of life ----------------------------------------------------- */

/* Four in a room, each with another sign of life, or none. */
struct vigil {
	struct server server;
	struct caller silent, listens, sends, reports;
	json_t *room; /* as GET /rooms tells of it */
	uint64_t timeouts;
};

static void begin_vigil(struct vigil *v)
{
	server_own(&v->server);
	v->silent = join_new("alice", "r");
	v->sends = join_new("alice", "r");
	v->reports = join_new("bob", "r");
	v->listens = join_new("bob", "r");
	listen_to_events(&v->listens);
	renegotiate(&v->listens);
}

/* RTP of the one, and of the other an empty receiver report (RFC 3550). */
static void show_life(struct vigil *v, __u16 seq)
{
	struct packet_spec report;

	server = &v->server;
	report = rtp(&v->reports, AUDIO, 0);
	report.udp.sport++;
	report.last = PACKET_UDP;
	report.payload = "\x80\xc9\x00\x01\x00\x00\x00\x01";
	report.payload_len = 8;
	call_send(v->reports.injector, report);
	call_send(v->sends.injector, rtp(&v->sends, VIDEO, seq));
}

static bool is_there(json_t *room, const struct caller *c)
{
	return find_participant(room, c);
}

/* What the server says of them, once it has made its offer. */
static void ask(struct vigil *v)
{
	server = &v->server;
	next_offer(&v->listens);
	v->room = get_room("r");
	v->timeouts = metric("swiftcall_participant_timeouts_total");
}

/* punctual: the signs of life came often enough, until it was asked. */
static void end_vigil(struct vigil *v, bool punctual)
{
	server = &v->server;
	check_int("m-line of who is gone", -1,
		  mline_of(&v->listens, &v->silent, VIDEO));
	check_true(!is_there(v->room, &v->silent), "the silent one is there");
	check_true(is_there(v->room, &v->listens), "who listens is not there");
	if (punctual) {
		check_true(is_there(v->room, &v->sends),
			   "who sends RTP is gone");
		check_true(is_there(v->room, &v->reports),
			   "who sends RTCP is gone");
		check_uint("timeouts", 1, v->timeouts);
	}
	json_decref(v->room);
	server_kill(&v->server, SIGTERM);
}

/* The longest pause between two signs of life, in ms; and the last of them. */
static int64_t wait_for_offers(struct vigil v[2], int64_t *end)
{
	struct pollfd fds[2] = {
		{ .fd = fileno(v[0].listens.events), .events = POLLIN },
		{ .fd = fileno(v[1].listens.events), .events = POLLIN },
	};
	int64_t last = clock_now_ms(), longest = 0;

	for (__u16 seq = 0; !fds[0].revents || !fds[1].revents; seq++) {
		show_life(&v[0], seq);
		show_life(&v[1], seq);
		if (clock_now_ms() - last > longest)
			longest = clock_now_ms() - last;
		last = clock_now_ms();
		poll(fds, 2, 50);
	}
	*end = last;
	return longest;
}

/* Both modes at once, for it takes two or three seconds. */
TEST("4.10.h", silent, "who shows no sign of life is removed, others are not",
     .seconds = 30)
{
	struct vigil v[2] = {
		{ .server = { .host = "dave", .extra = { "--timeout=1" } } },
		{ .server = { .host = "carol",
			      .user = true,
			      .extra = { "--timeout=1" } } },
	};
	int64_t pause, last;

	begin_vigil(&v[0]);
	begin_vigil(&v[1]);
	pause = wait_for_offers(v, &last);
	ask(&v[0]);
	ask(&v[1]);
	if (clock_now_ms() - last > pause)
		pause = clock_now_ms() - last;
	step("there was a sign of life every %d ms or more often", (int)pause);
	end_vigil(&v[0], pause < 900);
	end_vigil(&v[1], pause < 900);
}

/* The server has as long as it runs to hear somebody, and no longer. */
TEST_BOTH("4.0.rs", stopped, "a server that was stopped loses nobody for that")
{
	struct server *own = start_own((struct server){
		.extra = { "--timeout=1" },
	});
	struct caller c = join_new("carol", "r");
	int fd;

	step("kill -STOP, for longer than --timeout; a request; kill -CONT");
	check_int("stop", 0, kill(own->pid, SIGSTOP));
	poll(NULL, 0, 3000);
	fd = http_connect("carol");
	http_print(fd,
		   "GET %s HTTP/1.1\r\nHost: sfu\r\nConnection: close\r\n"
		   "\r\n",
		   sub_path(&c, "events"));
	check_int("continue", 0, kill(own->pid, SIGCONT));
	c.events = fdopen(fd, "r");
	check_str("status", "HTTP/1.1 200 OK", next_line(&c));
	server_kill(own, SIGTERM);
}

/* ---- killed ------------------------------------------------------------ */

/* A process that sends, and sees to it that all copies arrive. */
static struct {
	volatile struct shared {
		bool stop;
		__u32 packets;
	} * shared;
	int progress[2]; /* a pipe: a byte for each 100 packets */
	pid_t pid;
} flow;

static void flow_on(const struct caller c[3])
{
	const __u16 ports[] = {
		0,
		receiver_port(&c[1], mline_of(&c[1], &c[0], VIDEO)),
		receiver_port(&c[2], mline_of(&c[2], &c[0], VIDEO)),
	};

	for (__u16 seq = 0; !flow.shared->stop; seq++) {
		struct packet_spec s = rtp(&c[0], VIDEO, seq);

		call_send(c[0].injector, s);
		for (int i = 1; i < 3; i++)
			hear_copy(&c[i], s, ports[i]);
		if (++flow.shared->packets % 100 == 0 &&
		    write(flow.progress[1], "!", 1) < 0)
			break;
	}
}

static void flow_start(const struct caller c[3])
{
	flow.shared = mmap(NULL, sizeof(*flow.shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check_int("pipe", 0, pipe(flow.progress));
	flow.pid = fork();
	if (flow.pid) {
		close(flow.progress[1]);
		return;
	}
	flow_on(c);
	_exit(0);
}

/* Waits until that many hundred packets more have been through. */
static void flow_wait(int hundreds)
{
	char byte;

	while (hundreds--)
		if (read(flow.progress[0], &byte, 1) != 1)
			break; /* it says itself what it misses */
}

/* Returns how many packets it has sent in all. */
static __u32 flow_stop(void)
{
	int status;

	flow.shared->stop = true;
	waitpid(flow.pid, &status, 0);
	check_int("exit status of who sends", 0, status);
	return flow.shared->packets;
}

TEST("4.0.rg", no_packet_lost, "kill -9 and a restart lose no packet",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[3];
	__u32 packets;
	json_t *room;

	three_call(c);
	flow_start(c);
	flow_wait(3);
	server_kill(own, SIGKILL);
	flow_wait(3);
	check_int("start again", 0, server_start(own));
	flow_wait(3);
	packets = flow_stop();
	step("%u packets have come through", packets);
	room = json_array_get(json_object_get(get_report(), "rooms"), 0);
	check_int("packets", packets,
		  number(find_stream(room, &c[0], VIDEO), "packets"));
	check_int("to bob", packets, sent_to(room, &c[0], VIDEO, &c[1]));
	check_int("to carol", packets, sent_to(room, &c[0], VIDEO, &c[2]));
	check_uint("copies due", 2 * packets, totals().copies);
	check_uint("copies sent", 2 * packets, totals().sent);
	check_uint("by user space", 0, totals().user_packets);
	server_kill(own, SIGTERM);
	check_nothing_left();
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of GET /rooms in alphabetical order: tables have none. */
static char *sorted_rooms(void)
{
	char *rest = rooms_text(), *lines[4096], *line, *text;
	size_t count = 0, size;
	FILE *f;

	while ((line = strsep(&rest, ",\n")) && count < 4096)
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), by_text);
	f = open_memstream(&text, &size);
	for (size_t i = 0; i < count; i++)
		fprintf(f, "%s\n", lines[i]);
	fclose(f);
	return text;
}

TEST("4.0.rh", adopted,
     "a restarted server knows who is there, and what they were offered",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[5];
	const char *room;
	char *before;

	room = three_call(c);
	c[3] = join_new("bob", room);
	renegotiate(&c[0]); /* answered */
	next_offer(&c[1]);  /* got, but not answered; carol: not */
	subscribe(&c[2], "{\"audio\": false}");
	check_media(&c[0], &c[1], 1);
	before = sorted_rooms();
	server_kill(own, SIGKILL);
	check_int("start again", 0, server_start(own));
	check_str("GET /rooms", before, sorted_rooms());
	answer(&c[1]);
	for (int i = 0; i < 3; i += 2) {
		listen_to_events(&c[i]);
		next_offer(&c[i]);
		check_uint("version", c[1].offer->sess_version,
			   c[i].offer->sess_version);
		answer(&c[i]);
	}
	c[4] = join_new("alice", room);
	next_offer(&c[0]);
	check_str("session id", c[0].answer->sess_id, c[0].offer->sess_id);
	check_uint("version", c[1].offer->sess_version + 1,
		   c[0].offer->sess_version);
	for (int i = 1; i < 5; i++) {
		check_int("m-line", 2 * i, mline_of(&c[0], &c[i], AUDIO));
		check_int("m-line", 2 * i + 1, mline_of(&c[0], &c[i], VIDEO));
	}
	answer(&c[0]);
	say(&c[4], VIDEO, 5);
	hear(&c[0], &c[4], VIDEO, 5);
	say(&c[3], VIDEO, 6);
	hear(&c[0], &c[3], VIDEO, 6);
	leave(&c[1]);
	renegotiate(&c[0]);
	check_mline(c[0].offer, 2, "audio", CALL_PORT, SDP_INACTIVE);
	server_kill(own, SIGTERM);
	check_nothing_left();
	free(before);
}

TEST("4.0.rm", tokens_stay,
     "who was there before a kill -9 is known by the same token", .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[2];
	struct reply r;
	char path[64];

	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	for (int kills = 1; kills <= 2; kills++) {
		server_kill(own, SIGKILL);
		check_int("start again", 0, server_start(own));
		listen_to_events(&c[0]);
		subscribe(&c[0], "{\"audio\": false}");
		for (int id = 1; id < 10; id++) {
			snprintf(path, sizeof(path), "/rooms/r/participants/%d",
				 id);
			r = http("bob", "DELETE", path, NULL, NULL);
			check_problem(&r, 404, "no participant");
		}
		check_true(!strstr(log_text(own), strrchr(c[0].path, '/') + 1),
			   "a token is in the log");
	}
	leave(&c[0]);
	leave(&c[1]);
	server_kill(own, SIGTERM);
}

TEST("4.0.rn", comes_back, "who was there before a kill -9 can come back",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[2];

	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	connect_all(c, 2);
	server_kill(own, SIGKILL);
	check_int("start again", 0, server_start(own));
	join(&c[0], "r");
	check_uint("people", 2, people_in("r"));
	listen_to_events(&c[1]);
	next_offer(&c[1]); /* the old one: is it answered? */
	answer(&c[1]);
	renegotiate(&c[1]);
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGTERM);
}

TEST("4.9.e", offer_is_saved, "an offer that waits outlives the server",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[2];
	const char *room = new_room();

	c[0] = join_new("alice", room);
	c[1] = join_new("bob", room);
	listen_to_events(&c[0]);
	next_offer(&c[0]);
	server_kill(own, SIGKILL);
	check_int("start again", 0, server_start(own));
	decline(&c[0]);
	server_kill(own, SIGTERM);
}

/* Without a server; so it does not matter how a server removes people. */
static void remove_from_tables(const struct caller *c, const char *room)
{
	__u32 ignored;

	check_int("open", 0, control_open(&plane_tc, PINS, htons(CALL_PORT)));
	check_int("leave", 0,
		  control_leave(
			  control_find_participant(control_find_room(room),
						   c->name)));
	check_int("commit", 0, control_commit(&ignored));
	control_close();
}

/* Alice has answered an offer of bob's streams when he vanishes. */
static const char *lose_bob(struct server *own, struct caller c[2])
{
	const char *room = new_room();

	c[0] = join_new("alice", room);
	c[1] = join_new("bob", room);
	listen_to_events(&c[0]);
	next_offer(&c[0]);
	decline(&c[0]);
	server_kill(own, SIGKILL);
	remove_from_tables(&c[1], room);
	check_int("start again", 0, server_start(own));
	return room;
}

TEST("4.9.f", gone_is_news, "the m-lines of who has gone become inactive",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[2];

	lose_bob(own, c);
	listen_to_events(&c[0]);
	next_offer(&c[0]); /* the old one: is it answered? */
	decline(&c[0]);
	next_offer(&c[0]);
	check_uint("m-lines", 4, c[0].offer->n_media);
	check_mline(c[0].offer, 2, "audio", CALL_PORT, SDP_INACTIVE);
	check_mline(c[0].offer, 3, "video", CALL_PORT, SDP_INACTIVE);
	server_kill(own, SIGTERM);
}

TEST("4.9.g", gone_and_come, "who has gone and who has come are one offer",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[2], new;

	new = join_new("carol", lose_bob(own, c));
	listen_to_events(&c[0]);
	next_offer(&c[0]); /* the old one: is it answered? */
	decline(&c[0]);
	next_offer(&c[0]);
	check_true(mline_of(&c[0], &new, VIDEO) > 0,
		   "the video of who has come is not offered");
	check_int("m-line of who has gone", -1, mline_of(&c[0], &c[1], VIDEO));
	server_kill(own, SIGTERM);
}

/* Is there a description of anybody for the next server? */
static bool anything_saved(void)
{
	char key[64]; /* more than enough for any */
	int fd = bpf_obj_get(PINS "/sfu_sessions"), err;

	check_true(fd >= 0, "the map of sessions: %s", strerror(errno));
	err = bpf_map_get_next_key(fd, NULL, key);
	close(fd);
	return !err;
}

TEST("4.10.p", forgotten, "what was saved of who has left is removed",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c = join_new("alice", new_room());

	check_true(anything_saved(), "nothing was saved of who is there");
	leave(&c);
	check_true(!anything_saved(), "something is kept");
	server_kill(own, SIGTERM);
}

TEST("4.0.ri", afresh, "mode user, killed, starts afresh", .seconds = 30)
{
	struct server *own = start_mode(true);
	struct caller c[3];

	three_call(c);
	server_kill(own, SIGKILL);
	check_int("start again", 0, server_start(own));
	check_str("rooms", "[]", rooms_text());
	three_call(c);
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGTERM);
}

/* ---- side by side ------------------------------------------------------ */

/* A second server beside the first must not start, and says why. */
static void check_refused(struct server second, const char *words)
{
	char *before = rooms_text(), *after;
	int status;

	second.host = "dave";
	step("a second server: %s %s %s", second.extra[0] ?: "",
	     second.extra[1] ?: "", second.extra[2] ?: "");
	status = server_start(&second);
	check_int("exit status", 1, WEXITSTATUS(status));
	check_said(&second, words);
	after = rooms_text();
	check_str("GET /rooms", before, after);
	free(before);
	free(after);
}

TEST_BOTH("4.0.rj", second_server, "a second server is refused, in a sentence")
{
	struct server *own = start_own((struct server){});
	struct caller c[3];

	three_call(c);
	if (!own->user)
		check_refused(
			(struct server){
				.extra = { "--http=10.0.7.5:8081",
					   "--media=10.0.7.5:5006" },
			},
			"is in use by process");
	check_refused(
		(struct server){
			.user = own->user,
			.extra = { "--pin-dir=/sys/fs/bpf/2",
				   "--media=10.0.7.5:5006" },
		},
		"cannot serve HTTP on 10.0.7.5:8080");
	check_refused(
		(struct server){
			.user = own->user,
			.extra = { "--pin-dir=/sys/fs/bpf/2",
				   "--http=10.0.7.5:8081" },
		},
		"cannot receive media on 10.0.7.5:5004");
	if (!own->user)
		check_refused(
			(struct server){
				.extra = { "--pin-dir=/sys/fs/bpf/2",
					   "--http=10.0.7.5:8081",
					   "--media=10.0.7.5:5006" },
			},
			"eth0");
	check_int("test -e /sys/fs/bpf/2", 1,
		  sandbox_run(NULL, "test -e /sys/fs/bpf/2"));
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	hear(&c[2], &c[0], VIDEO, 1);
	server_kill(own, SIGTERM);
	check_nothing_left();
}

TEST("4.0.rk", detach,
     "--detach removes what a killed server left, and nothing of a server that "
     "runs",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct caller c[3];

	three_call(c);
	check_int("--detach beside it", 1, detach_server(own));
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGKILL);
	check_int("--detach", 0, detach_server(own));
	check_nothing_left();
	check_int("--detach again", 0, detach_server(own));
}

TEST("4.0.rl", other_port, "calls that use another media port are not touched",
     .seconds = 30)
{
	struct server *own = start_mode(false);
	struct server other = {
		.host = "dave",
		.extra = { "--media=10.0.7.5:5006" },
	};
	struct caller c[2];

	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	connect_all(c, 2);
	server_kill(own, SIGKILL);
	check_int("exit status", 1, WEXITSTATUS(server_start(&other)));
	check_said(&other, "use media port 5004");
	check_media(&c[0], &c[1], 1);
	check_int("start again", 0, server_start(own));
	check_media(&c[0], &c[1], 2);
	server_kill(own, SIGTERM);
	check_nothing_left();
}
