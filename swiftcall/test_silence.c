// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Copies end with the receiver's consent (RFC 7675), also while nobody is there
 * to end them: the server is stopped, and the kernel looks at the clock.
 *
 *	alice --> kernel --> bob	as long as he has agreed
 *	server: SIGSTOP
 *
 * In mode xdp the kernel also answers the checks by which he agrees.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "lab07-webrtc/testlib/client.h"

TEST_SETUP(set_up_hosts)

#define PICTURE                                                                \
	"m=video 9 PROTO 96\na=mid:0\na=sendonly\na=rtcp-mux\n"                \
	"a=rtpmap:96 VP8/90000\na=ssrc:7 cname:x\n"
#define SOUND                                                                  \
	"m=audio 9 PROTO 111\na=mid:0\na=sendonly\na=rtcp-mux\n"               \
	"a=rtpmap:111 opus/48000/2\na=ssrc:5 cname:x\n"

enum { VP8 = 96 };

static struct server own = { .host = "dave" };
static struct server own_xdp = { .host = "dave", .extra = { "--mode=xdp" } };
static struct client alice, bob;
static __u16 sequence;

static void call(struct server *s)
{
	char *room = strdup(new_room());

	server_own(s);
	bob = client("bob", false);
	client_join(&bob, room, SOUND);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", false);
	client_join(&alice, room, PICTURE);
	client_connect(&alice);
	next_offer(&bob.caller);
	client_accept(&bob);
	free(room);
}

static void say_this(const char *payload)
{
	client_send(&alice, &(struct client_rtp){
				    .pt = VP8,
				    .ssrc = 7,
				    .number = sequence++,
				    .payload = payload,
			    });
}

static void bob_hears(const char *payload)
{
	__u8 packet[CLIENT_PACKET];
	size_t length = client_hear(&bob, packet), size = strlen(payload);

	check_true(length >= size &&
			   !memcmp(packet + length - size, payload, size),
		   "the payload is not \"%s\"", payload);
}

static struct control_totals copies(void)
{
	struct control_totals t;

	control_totals(&t);
	check_uint("copies: sent + skipped + failed + stale", t.copies,
		   t.sent + t.skipped + t.failed + t.stale);
	return t;
}

/* Bob's ear is no clock: the next packet that he hears is the one after these. */
static void say_to_the_deaf(int count)
{
	__u64 before = copies().skipped;

	for (int i = 0; i < count; i++)
		say_this("bob has not agreed");
	while (copies().skipped < before + count)
		;
	check_uint("skipped", before + count, copies().skipped);
}

TEST("7.0.ua", consent_runs_out,
     "the server is stopped, and who has not agreed for 30 s gets nothing",
     .seconds = 30)
{
	struct consent *consent;

	call(&own);
	say_this("both run");
	bob_hears("both run");
	consent = client_kept_consent(&bob);
	kill(own.pid, SIGSTOP);
	step("the server is stopped");
	say_this("the kernel forwards");
	bob_hears("the kernel forwards");
	step("30 s have gone by since bob's last check");
	control_renew(consent, clock_now_ns());
	consent->renewed_ns -= CONSENT_NS;
	say_to_the_deaf(5);
	step("bob agrees again");
	control_renew(consent, clock_now_ns());
	say_this("he has agreed");
	bob_hears("he has agreed");
	step("the server goes on");
	kill(own.pid, SIGCONT);
	client_consent(&bob);
	say_this("and so does the call");
	bob_hears("and so does the call");
	copies();
	server_kill(&own, SIGTERM);
}

TEST("7.0.ub", checks_renew, "checks renew consent, and so the time goes on",
     .seconds = 30)
{
	struct consent *consent;
	__u64 before;

	call(&own);
	consent = client_kept_consent(&bob);
	before = consent->renewed_ns;
	client_consent(&bob);
	check_true(consent->renewed_ns > before,
		   "the check has renewed nothing");
	check_true(consent->settled, "bob says USE-CANDIDATE, and is selected");
	server_kill(&own, SIGTERM);
}

/* ---- an address that is somebody else's --------------------------------------- */

/* Bob's media is to come to a port of his host from which carol sends. */
static void move_bob_to(__u16 port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	bob.fd = sandbox_socket("bob", AF_INET, SOCK_DGRAM, 0);
	check_int("bind", 0, bind(bob.fd, (void *)&at, sizeof(at)));
	inet_pton(AF_INET, server_ip(server), &at.sin_addr);
	at.sin_port = htons(CALL_PORT);
	check_int("connect", 0, connect(bob.fd, (void *)&at, sizeof(at)));
	client_consent(&bob);
	client_consent(&bob); /* by now it has done what the first one wants */
}

static bool is_readable(int fd, int ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, ms) > 0;
}

TEST("7.0.uw", not_there,
     "who can't have media where it is now gets none where it was",
     .seconds = 30)
{
	struct caller carol;
	int before;

	call(&own);
	carol = join_new("bob", new_room());
	say_this("bob is here");
	bob_hears("bob is here");
	before = bob.fd;
	step("he moves to an address from which carol sends");
	move_bob_to(sender_port(&carol, AUDIO));
	say_this("nobody has agreed");
	step("she leaves, and he is found there without a word of his");
	leave(&carol);
	for (int i = 0; !is_readable(bob.fd, 100); i++) {
		check_true(i < 200, "nobody looks for him again");
		say_this("bob is there");
	}
	bob_hears("bob is there");
	check_true(!is_readable(before, 0), "media still goes to where he was");
	server_kill(&own, SIGTERM);
}

/* ---- in the kernel ------------------------------------------------------------ */

/* How many checks the kernel has answered. */
static __u64 answered(void)
{
	return call_verdict(CLASS_CONSENT);
}

TEST("7.0.uc", kernel_answers,
     "in mode xdp checks are answered while the server is stopped",
     .seconds = 30)
{
	struct consent *consent;
	__u64 before, count;

	check_int("dave's cable", 0, sandbox_redirects("dave", true));
	call(&own_xdp);
	consent = client_kept_consent(&bob);
	kill(own_xdp.pid, SIGSTOP);
	step("the server is stopped");
	before = consent->renewed_ns;
	count = answered();
	client_consent(&bob);
	check_true(answered() > count, "nobody has counted the answer");
	check_true(consent->renewed_ns > before, "it has renewed nothing");
	say_this("the kernel forwards");
	bob_hears("the kernel forwards");
	step("his last check was 30 s ago");
	consent->renewed_ns -= CONSENT_NS;
	say_to_the_deaf(3);
	count = answered();
	step("the server goes on");
	kill(own_xdp.pid, SIGCONT);
	client_consent(&bob);
	check_uint("such a check is the server's", count, answered());
	say_this("and so does the call");
	bob_hears("and so does the call");
	check_uint("GET /metrics", answered(),
		   metric("swiftcall_packets_total{verdict=\"consent\"}"));
	server_kill(&own_xdp, SIGTERM);
}

/* ---- what the server's answers cost ------------------------------------------ */

#define CHECKS 10000

/* ns that a process has been on a CPU. */
static double cpu_ns(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "re");
	check_true(f && fscanf(f, "%llu", &ns) == 1, "%s is not there", path);
	fclose(f);
	return ns;
}

/* A measurement, not a test; the kernel's answer is measured in 6.0.cz. */
TEST("7.0.uz", cost, "what an answer of the server costs", .hidden = true,
     .seconds = 120)
{
	double before, ns;

	call(&own);
	before = cpu_ns(own.pid);
	for (int i = 0; i < CHECKS; i++)
		client_consent(&bob);
	ns = (cpu_ns(own.pid) - before) / CHECKS;
	server_kill(&own, SIGTERM);
	skip("%.0f ns of the server's time on the CPU for each check", ns);
}
