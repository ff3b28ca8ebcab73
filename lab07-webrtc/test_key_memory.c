// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The memory of keys, in a file of this test in place of a BPF map: a process is
 * killed at any time, and the next one goes on where it was.
 *
 *	child   encrypts, encrypts, encrypts ... kill -9
 *	parent  decrypts all of it: an index that comes twice is refused
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/test.h"
#include "lab07-webrtc/key_memory.h"
#include "lab07-webrtc/testlib/srtp_packets.h"

#define ALICE	  5 /* participants */
#define BOB	  6
#define MAX_SSRCS 1024
#define SSRCS	  3
#define KILLS	  30
#define BETWEEN	  300 /* packets between two of them, at most */

static uint64_t state = 1;
static int file = -1;

static size_t memory_size(void)
{
	return (size_t)key_memory_pages() * KEY_MEMORY_PAGE;
}

static void open_file(void)
{
	file = memfd_create("keys", MFD_CLOEXEC);
	check_int("ftruncate", 0, ftruncate(file, memory_size()));
	check_int("key_memory_open", 0, key_memory_open(file));
}

static void close_file(void)
{
	key_memory_close();
	close(file);
}

/* What a new process finds. */
static void open_again(void)
{
	key_memory_close();
	check_int("key_memory_open", 0, key_memory_open(file));
}

static struct dtls_keys draw_keys(enum srtp_profile profile)
{
	return (struct dtls_keys){
		.send = draw_master(&state, profile),
		.receive = draw_master(&state, profile),
	};
}

static bool is_there(const void *bytes, size_t size)
{
	void *all = mmap(NULL, memory_size(), PROT_READ, MAP_SHARED, file, 0);
	bool found = memmem(all, memory_size(), bytes, size);

	munmap(all, memory_size());
	return found;
}

/* ---- both ends ---------------------------------------------------------------- */

struct ends {
	struct kept_keys *place;
	struct srtp *in, *out;
};

static struct ends open_ends(struct kept_keys *place)
{
	struct ends e = { .place = place };

	check_true(place, "there is no place");
	check_int("in", 0, srtp_open(&place->keys.receive, MAX_SSRCS, &e.in));
	check_int("out", 0, srtp_open(&place->keys.send, MAX_SSRCS, &e.out));
	return e;
}

static void close_ends(struct ends *e)
{
	srtp_close(e->in);
	srtp_close(e->out);
}

/* The place of alice, as a new process takes it up. */
static struct ends resume(__u32 number)
{
	struct ends e = open_ends(key_memory_adopt(number, ALICE));

	check_int("resume", 0, key_memory_resume(e.place, e.in, e.out));
	return e;
}

/* The other end of hers, which is never killed. */
static struct ends open_peer(const struct dtls_keys *keys)
{
	struct ends e = {};

	check_int("in", 0, srtp_open(&keys->send, MAX_SSRCS, &e.in));
	check_int("out", 0, srtp_open(&keys->receive, MAX_SSRCS, &e.out));
	return e;
}

/* ---- kill -9 -------------------------------------------------------------------- */

struct sent {
	int rtcp, length;
	uint8_t bytes[PACKET_ROOM];
};

/* What a publisher sends, whether somebody forwards it or not. */
static volatile uint32_t *published;

static int seal(struct srtp *out, struct sent *s)
{
	uint32_t number = ++*published, ssrc = number % SSRCS;
	size_t length;

	s->rtcp = number % 10 == 0;
	length = s->rtcp ? draw_plain_rtcp(&state, ssrc, s->bytes) :
			   draw_plain_rtp(&state, ssrc, number * 7, s->bytes);
	return (s->rtcp ? srtp_encrypt_rtcp :
			  srtp_encrypt_rtp)(out, s->bytes, length, s->bytes,
					    PACKET_ROOM);
}

static _Noreturn void serve(int to)
{
	struct ends e;
	struct sent s;

	check_int("key_memory_open", 0, key_memory_open(file));
	e = resume(0);
	for (;;) {
		s.length = seal(e.out, &s);
		check_true(s.length > 0, "it can't encrypt: %s",
			   strerror(-s.length));
		if (write(to, &s, sizeof(s)) != sizeof(s))
			_exit(1);
	}
}

static void read_sent(struct srtp *in, struct sent *s)
{
	int err = (s->rtcp ? srtp_decrypt_rtcp :
			     srtp_decrypt_rtp)(in, s->bytes, s->length,
					       s->bytes, PACKET_ROOM);

	check_true(err > 0, "%s is refused: %s", s->rtcp ? "RTCP" : "RTP",
		   strerror(-err));
}

static unsigned int take_until_killed(struct srtp *in)
{
	unsigned int left = 1 + draw(&state, BETWEEN), taken = 0;
	int ends[2];
	struct sent s;
	pid_t pid;

	check_int("pipe", 0, pipe(ends));
	pid = fork();
	if (!pid)
		serve(ends[1]);
	close(ends[1]);
	for (; read(ends[0], &s, sizeof(s)) == sizeof(s); taken++) {
		read_sent(in, &s);
		if (!--left)
			kill(pid, SIGKILL);
	}
	close(ends[0]);
	check_int("wait", pid, waitpid(pid, NULL, 0));
	return taken;
}

static void kill_again_and_again(enum srtp_profile profile)
{
	struct dtls_keys keys = draw_keys(profile);
	struct ends peer = open_peer(&keys);
	unsigned int taken = 0;

	published = mmap(NULL, sizeof(*published), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	open_file();
	check_true(key_memory_take(ALICE, &keys), "there is no place");
	for (int i = 0; i < KILLS; i++)
		taken += take_until_killed(peer.in);
	step("%u packets", taken);
	check_true(taken > KILLS, "it has not even begun");
	close_ends(&peer);
	close_file();
}

TEST("7.0.kj1", killed_gcm, "however often it is killed, no index comes twice",
     .native = true, .seconds = 30)
{
	kill_again_and_again(SRTP_GCM_128);
}

TEST("7.0.kj2", killed_cm, "the same with AES-CM", .native = true,
     .seconds = 30)
{
	kill_again_and_again(SRTP_CM_SHA1_80);
}

/* ---- what comes in --------------------------------------------------------------- */

/* Numbers that wrap; each is offered once more after the restart. */
TEST("7.0.kk", no_replay, "what has come before is refused, the next is not",
     .native = true)
{
	struct dtls_keys keys = draw_keys(SRTP_GCM_128);
	struct ends peer = open_peer(&keys), e;
	uint8_t old[PACKET_ROOM], next[PACKET_ROOM], out[PACKET_ROOM];
	int length = 0, size;

	open_file();
	e = open_ends(key_memory_take(ALICE, &keys));
	key_memory_keep(e.place, e.in, e.out);
	for (uint32_t number = 65000; number < 66000; number++) {
		size = draw_plain_rtp(&state, 1, number, next);
		length = srtp_encrypt_rtp(peer.out, next, size, old,
					  PACKET_ROOM);
		check_true(srtp_decrypt_rtp(e.in, old, length, out,
					    PACKET_ROOM) > 0,
			   "%u is refused", number);
		if (number % 100)
			continue;
		close_ends(&e);
		open_again();
		e = resume(0);
		check_int("once more", -EEXIST,
			  srtp_decrypt_rtp(e.in, old, length, out,
					   PACKET_ROOM));
	}
	close_ends(&e);
	close_ends(&peer);
	close_file();
}

/* ---- who comes and goes ----------------------------------------------------------- */

TEST("7.0.kl", wiped, "a place is wiped when it is given back, or nobody's",
     .native = true)
{
	struct dtls_keys alice = draw_keys(SRTP_GCM_128),
			 bob = draw_keys(SRTP_GCM_128);
	struct kept_keys *hers, *his;

	open_file();
	hers = key_memory_take(ALICE, &alice);
	his = key_memory_take(BOB, &bob);
	check_true(is_there(alice.send.key, SRTP_KEY_SIZE) &&
			   is_there(bob.send.key, SRTP_KEY_SIZE),
		   "they are not kept");
	key_memory_free(hers);
	check_true(!is_there(alice.send.key, SRTP_KEY_SIZE), "hers are there");
	check_true(is_there(bob.send.key, SRTP_KEY_SIZE), "his are gone");
	check_uint("his place", 1, key_memory_number(his));
	open_again();
	check_true(!key_memory_adopt(1, ALICE), "she gets his");
	check_true(!key_memory_adopt(0, ALICE), "she gets what is wiped");
	check_true(!key_memory_adopt(KEY_MEMORY_PLACES, BOB), "there is none");
	key_memory_sweep();
	check_true(!is_there(bob.send.key, SRTP_KEY_SIZE), "his are there");
	close_file();
}

/* Who makes up SSRCs must not use up the marks of the others. */
TEST("7.0.km", too_many, "keys with too many SSRCs end with their process",
     .native = true)
{
	struct dtls_keys keys = draw_keys(SRTP_GCM_128);
	struct ends peer = open_peer(&keys), e;
	uint8_t packet[PACKET_ROOM];
	int length;

	open_file();
	e = open_ends(key_memory_take(ALICE, &keys));
	key_memory_keep(e.place, e.in, e.out);
	for (uint32_t ssrc = 0; ssrc <= KEY_MEMORY_SENDERS; ssrc++) {
		check_true(is_there(keys.send.key, SRTP_KEY_SIZE),
			   "after %u it is gone", ssrc);
		length = draw_plain_rtp(&state, ssrc, 1, packet);
		length = srtp_encrypt_rtp(peer.out, packet, length, packet,
					  PACKET_ROOM);
		check_true(srtp_decrypt_rtp(e.in, packet, length, packet,
					    PACKET_ROOM) > 0,
			   "SSRC %u is refused", ssrc);
	}
	check_true(!is_there(keys.send.key, SRTP_KEY_SIZE), "it is kept");
	key_memory_free(e.place);
	close_ends(&e);
	open_again();
	check_true(!key_memory_adopt(0, ALICE), "it can be taken up");
	close_ends(&peer);
	close_file();
}

#define GREEDY	   66
#define MOST_SSRCS 4096 /* of one direction: MAX_SSRCS of peer.c */

/* Everything that alice is sent has a new SSRC. */
static void use_up(struct kept_keys *place, const struct dtls_keys *keys)
{
	uint8_t packet[PACKET_ROOM];
	struct srtp *in, *out;

	check_true(place, "there is no place");
	check_int("in", 0, srtp_open(&keys->receive, MOST_SSRCS, &in));
	check_int("out", 0, srtp_open(&keys->send, MOST_SSRCS, &out));
	key_memory_keep(place, in, out);
	for (uint32_t ssrc = 0; ssrc < MOST_SSRCS; ssrc++) {
		size_t length = draw_plain_rtp(&state, ssrc, 1, packet);

		check_true(srtp_encrypt_rtp(out, packet, length, packet,
					    PACKET_ROOM) > 0,
			   "SSRC %u is refused", ssrc);
	}
	srtp_close(in);
	srtp_close(out);
}

TEST("7.0.kp", greedy,
     "whoever needs much leaves some for whoever needs little", .native = true,
     .seconds = 60)
{
	struct dtls_keys keys = draw_keys(SRTP_GCM_128),
			 his = draw_keys(SRTP_GCM_128);
	uint8_t packet[PACKET_ROOM];
	struct ends e;
	size_t length;

	open_file();
	for (int i = 0; i < GREEDY; i++)
		use_up(key_memory_take(ALICE, &keys), &keys);
	step("bob comes");
	e = open_ends(key_memory_take(BOB, &his));
	key_memory_keep(e.place, e.in, e.out);
	for (uint32_t ssrc = 0; ssrc < 100; ssrc++) {
		length = draw_plain_rtp(&state, ssrc, 1, packet);
		check_true(srtp_encrypt_rtp(e.out, packet, length, packet,
					    PACKET_ROOM) > 0,
			   "SSRC %u is refused", ssrc);
	}
	close_ends(&e);
	check_uint("marks of his", 100, e.place->marks);
	open_again();
	check_true(key_memory_adopt(GREEDY, BOB), "his keys are lost");
	close_file();
}

/* ---- what was never written so ------------------------------------------------------ */

TEST("7.0.kn", other_version, "the memory of another version is refused",
     .native = true)
{
	uint64_t version = 7;

	open_file();
	key_memory_close();
	check_int("pwrite", sizeof(version),
		  pwrite(file, &version, sizeof(version), 0));
	check_int("key_memory_open", -ESTALE, key_memory_open(file));
	check_true(!key_memory_is_open(), "it is open");
	check_true(!key_memory_take(ALICE, NULL), "there is a place");
	close(file);
}

/* Nothing but the version and the owners of places is what it should be. */
static void fill_with_garbage(void)
{
	uint8_t *all = mmap(NULL, memory_size(), PROT_READ | PROT_WRITE,
			    MAP_SHARED, file, 0);

	for (size_t i = sizeof(uint64_t); i < memory_size(); i += 8) {
		uint64_t word = draw(&state, 2) ? draw(&state, 1 << 16) :
						  ~0ULL << draw(&state, 64);

		memcpy(all + i, &word, sizeof(word));
	}
	munmap(all, memory_size());
}

static void try_place(__u32 number)
{
	struct dtls_keys keys = draw_keys(SRTP_GCM_128);
	struct kept_keys *place = NULL;
	struct ends e;

	for (__u32 who = 0; !place && who < 64; who++)
		place = key_memory_adopt(number, who);
	if (!place)
		return;
	place->keys = keys;
	e = open_ends(place);
	key_memory_resume(place, e.in, e.out);
	key_memory_free(place);
	close_ends(&e);
}

TEST("7.0.ko", garbage, "garbage harms nobody", .native = true, .seconds = 60)
{
	const void *certificate;

	open_file();
	key_memory_close();
	fill_with_garbage();
	check_int("key_memory_open", 0, key_memory_open(file));
	key_memory_certificate(&certificate);
	for (__u32 number = 0; number < 4096; number++)
		try_place(number);
	key_memory_sweep();
	check_true(key_memory_take(ALICE, NULL), "there is no place");
	close_file();
}
