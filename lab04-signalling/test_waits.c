// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The loop never waits: neither for a neighbour that does not answer, nor for
 * anybody who does not read.  Each test has servers of its own, on dave's host.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_hosts)

TEST_BOTH("4.0.wa", nobody_there,
	  "422 for an address where nobody answered when the kernel last asked")
{
	struct server *own = start_own((struct server){
		.extra = { "--allow-any-address" },
	});
	struct caller alice = join_new("alice", "r");
	struct caller carol = join_new("carol", "r");
	struct reply r;
	char *text;

	listen_to_events(&carol);
	next_offer(&carol);
	check_int("ip neigh", 0,
		  sandbox_run("dave", "ip neigh replace 10.0.7.98 nud failed "
				      "dev eth0"));
	text = answer_for(&carol, "10.0.7.98");
	r = put(&carol, "answer", "application/sdp", text);
	check_problem(&r, 422, "nobody answers there");
	free(text);
	answer(&carol);
	say(&alice, VIDEO, 1);
	hear(&carol, &alice, VIDEO, 1);
	server_kill(own, SIGTERM);
}

/* Alice's video to somebody, in GET /rooms. */
static bool is_unreachable(const char *room_name, const struct caller *alice,
			   const struct caller *to)
{
	json_t *room = get_room(room_name), *leg, *legs;
	bool found = false;
	size_t i;

	legs = json_object_get(find_stream(room, alice, VIDEO), "legs");
	json_array_foreach(legs, i, leg)
		if (!strcmp(to->name,
			    json_string_value(json_object_get(leg, "name"))))
			found = json_is_true(
				json_object_get(leg, "unreachable"));
	json_decref(room);
	return found;
}

/* Carol's other address; what she sends from there makes dave look for it. */
#define ALIAS	   "10.0.7.99"
#define ARP_IGNORE "/proc/sys/net/ipv4/conf/eth0/arp_ignore"

static void speak_from_alias(void)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	int fd = sandbox_socket("carol", AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, ALIAS, &from.sin_addr);
	inet_pton(AF_INET, "10.0.7.5", &to.sin_addr);
	to.sin_port = htons(9);
	check_int("bind", 0, bind(fd, (struct sockaddr *)&from, sizeof(from)));
	sendto(fd, "", 0, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/* Somebody answers that it wants all at carol's other address. */
static struct caller want_at_alias(void)
{
	struct caller c = join_new("carol", "r");
	char *text;

	listen_to_events(&c);
	next_offer(&c);
	text = answer_for(&c, ALIAS);
	answer_with(&c, text);
	free(text);
	return c;
}

static void check_found(const struct caller *alice, const struct caller *c,
			__u16 seq)
{
	struct in_addr want;
	struct frame f;

	do
		speak_from_alias();
	while (is_unreachable("r", alice, c));
	say(alice, VIDEO, seq);
	check_int("a copy arrives", 0,
		  capture_next(c->capture, &f, PATIENCE_MS));
	inet_pton(AF_INET, ALIAS, &want);
	check_hex("where it was sent to", &want, f.data + 14 + 16, 4);
}

TEST("4.0.wb", late_neighbour,
     "who does not answer ARP holds up nobody, and gets media when he does",
     .seconds = 30)
{
	struct caller alice, carol[2];
	struct server *own;

	server = &servers[false];
	own = start_own((struct server){ .extra = { "--allow-any-address" } });
	alice = join_new("alice", "r");
	carol[0] = want_at_alias();
	check_true(is_unreachable("r", &alice, &carol[0]),
		   "an address that nobody has is no news");
	check_int("ip addr", 0,
		  sandbox_run("carol", "ip addr add " ALIAS "/24 dev eth0"));
	check_found(&alice, &carol[0], 1);
	/* again, with the same MAC address, when the server has forgotten it */
	check_int("silence", 0, sandbox_run("carol", "echo 8 >" ARP_IGNORE));
	check_int("ip neigh", 0,
		  sandbox_run("dave", "ip neigh flush to " ALIAS " dev eth0 && "
				      "ip addr replace 10.9.9.9/32 dev lo"));
	close(carol[0].capture);
	carol[1] = want_at_alias();
	check_true(is_unreachable("r", &alice, &carol[1]),
		   "an address that does not answer is no news");
	check_true(!is_unreachable("r", &alice, &carol[0]),
		   "a leg that was in force is gone");
	check_int("speech", 0, sandbox_run("carol", "echo 0 >" ARP_IGNORE));
	check_found(&alice, &carol[1], 2);
	server_kill(own, SIGTERM);
}

/* A pipe that is full, for nobody reads it. */
static int full_pipe(void)
{
	static const char dots[4096];
	int fds[2];

	check_int("pipe", 0, pipe2(fds, O_CLOEXEC));
	check_true(fcntl(fds[1], F_SETPIPE_SZ, sizeof(dots)) > 0, "no pipe");
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], dots, sizeof(dots)) > 0)
		;
	fcntl(fds[1], F_SETFL, 0);
	return fds[1];
}

TEST_BOTH("4.0.wc", unread_log, "a log that nobody reads holds up nobody")
{
	struct server own = { .host = "dave", .user = server->user };
	struct caller c[3];
	int log = full_pipe(), fd;

	detach_server(&own);
	own.pid = fork();
	if (!own.pid)
		become_server(&own, log);
	server = &own;
	while ((fd = http_connect("carol")) < 0)
		check_int("wait", 0, waitpid(own.pid, NULL, WNOHANG));
	close(fd);
	three_call(c);
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	leave(&c[0]);
	server_kill(&own, SIGTERM);
	close(log);
}

/* ---- few descriptors --------------------------------------------------- */

#define IDLE 200

/* Whether something is answered; a connection may be refused or cut. */
static bool is_answered(const char *host)
{
	int fd = http_connect(host);
	char status[13] = "";
	bool sent;

	if (fd < 0)
		return false;
	sent = http_print(fd, "GET / HTTP/1.1\r\nHost: s\r\n"
			      "Connection: close\r\n\r\n");
	if (sent)
		recv(fd, status, sizeof(status) - 1, MSG_WAITALL);
	close(fd);
	return !strcmp(status, "HTTP/1.1 200");
}

TEST_BOTH("4.0.wd", few_files,
	  "with 64 descriptors and 200 idle connections the server goes on, "
	  "and all is well when they go")
{
	static const char *const hosts[] = { "alice", "bob", "carol" };
	struct server *own = start_own((struct server){ .files = 64 });
	struct caller c[3];
	int idle[IDLE];

	three_call(c);
	for (int i = 0; i < IDLE; i++)
		idle[i] = http_connect(hosts[i % 3]);
	while (!is_answered("bob"))
		;
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	for (int i = 0; i < IDLE; i++)
		if (idle[i] >= 0)
			close(idle[i]);
	while (!is_answered("alice"))
		;
	c[2] = join_new("carol", "r");
	say(&c[0], VIDEO, 2);
	hear(&c[1], &c[0], VIDEO, 2);
	server_kill(own, SIGTERM);
}

/* ---- work per turn ------------------------------------------------------ */

#define ROOMS 40

/* Rooms of one who sends two streams, and nobody else. */
static void fill_rooms(void)
{
	char name[16];

	for (int i = 0; i < ROOMS; i++) {
		snprintf(name, sizeof(name), "full%d", i);
		join_new("carol", name);
	}
}

TEST_BOTH("4.0.we", work_of_a_turn,
	  "what one room does costs the others no turn, however many they are")
{
	struct server *own = start_own((struct server){});
	__u64 before;
	struct caller c[3];

	fill_rooms();
	check_true(metric("swiftcall_loop_most_streams_compiled") <= 2,
		   "a join has compiled other rooms");
	before = metric("swiftcall_streams_compiled_total");
	three_call(c);
	leave(&c[2]);
	check_true(metric("swiftcall_streams_compiled_total") - before <
			   2 * ROOMS,
		   "other rooms were compiled");
	check_true(metric("swiftcall_loop_most_streams_compiled") <= 6,
		   "more than one room was compiled in one turn");
	check_true(metric("swiftcall_loop_longest_turn_seconds") < 3600,
		   "there is no such metric");
	server_kill(own, SIGTERM);
}
