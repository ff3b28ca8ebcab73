// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * WebRTC calls outlive a kill -9 and a restart of the server: with the same keys,
 * the same addresses, and no new handshake.
 *
 *	alice	sends a picture, and hears RTCP
 *	bob	hears it; what cannot be decrypted fails the test
 *
 * Her numbers wrap soon, so that a server that has forgotten how often they did
 * cannot go on.  The clients refuse an index that comes twice: no nonce may.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lab07-webrtc/bytes.h"
#include "lab07-webrtc/key_memory.h"
#include "lab07-webrtc/testlib/client.h"

TEST_SETUP(set_up_hosts)

#define PINS "/sys/fs/bpf/dave/"

#define PICTURE                                                                \
	"m=video 9 PROTO 96 97\na=mid:picture\na=sendonly\na=rtcp-mux\n"       \
	"a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\n"    \
	"a=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n"                            \
	"a=ssrc-group:FID 7 17\na=ssrc:7 cname:a\na=ssrc:17 cname:a\n"
#define SOUND                                                                  \
	"m=audio 9 PROTO 111\na=mid:0\na=sendonly\na=rtcp-mux\n"               \
	"a=rtpmap:111 opus/48000/2\na=ssrc:5 cname:b\n"

enum { VP8 = 96, RTX = 97, HERS = 7, HIS = 5 };
#define RESTARTS 3

/* ---- a call ---------------------------------------------------------------- */

static struct client alice, bob;
static struct server *own;
static __u16 seq; /* of her next packet */

static void meet(bool encrypted)
{
	server = &servers[0];
	own = start_own((struct server){});
	bob = client("bob", encrypted);
	client_join(&bob, "r", SOUND);
	client_connect(&bob);
	listen_to_events(&bob.caller);
	alice = client("alice", encrypted);
	client_join(&alice, "r", PICTURE);
	client_connect(&alice);
	next_offer(&bob.caller);
	client_accept(&bob);
	seq = 65530;
}

static void hang_up(void)
{
	client_close(&alice);
	client_close(&bob);
	server_kill(own, SIGTERM);
	check_int("the pins are there", 1, sandbox_run(NULL, "test -e " PINS));
}

static void restart(void)
{
	server_kill(own, SIGKILL);
	check_int("start again", 0, server_start(own));
}

/* ---- packets --------------------------------------------------------------- */

/* What has come: everything must be readable, and nothing DTLS. */
enum heard { STUN, RTP, RTCP };

static enum heard hear_any(struct client *c, __u8 *clear, int *length)
{
	__u8 bytes[CLIENT_PACKET];
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };
	bool rtcp;

	check_true(poll(&ready, 1, PATIENCE_MS) > 0, "%s hears nothing",
		   c->caller.name);
	*length = recv(c->fd, bytes, sizeof(bytes), 0);
	check_true(*length > 0, "nothing comes: %s", strerror(errno));
	if (bytes[0] < 20)
		return STUN;
	check_true(bytes[0] >= 128, "a record of DTLS has come");
	rtcp = bytes[1] >= 192 && bytes[1] < 224;
	memcpy(clear, bytes, *length);
	if (c->in)
		*length = (rtcp ? srtp_decrypt_rtcp :
				  srtp_decrypt_rtp)(c->in, bytes, *length,
						    clear, CLIENT_PACKET);
	check_true(*length > 0, "%s can't read %s: %s", c->caller.name,
		   rtcp ? "RTCP" : "RTP", strerror(-*length));
	return rtcp ? RTCP : RTP;
}

/* The next one of a kind; what else comes must be readable, too. */
static int hear_next(struct client *c, enum heard kind, __u8 *clear)
{
	int length;

	while (hear_any(c, clear, &length) != kind)
		;
	return length;
}

static void send_picture(const char *payload)
{
	client_send(&alice, &(struct client_rtp){
				    .pt = VP8,
				    .ssrc = HERS,
				    .number = seq++,
				    .payload = payload,
			    });
}

/* Bob hears the packet that alice has just sent, and no other before it. */
static void check_picture(const char *payload)
{
	__u8 clear[CLIENT_PACKET];
	__u16 sent = seq;
	int length;

	send_picture(payload);
	length = hear_next(&bob, RTP, clear);
	check_uint("number", sent, get_be16(clear + 2));
	check_true(length == (int)(12 + strlen(payload)) &&
			   !memcmp(clear + 12, payload, strlen(payload)),
		   "it is not \"%s\"", payload);
}

/* RTCP of a client to the server: a header, its SSRC, and the rest. */
static void send_rtcp(struct client *c, __u32 from, __u8 format, __u8 type,
		      const __u32 *rest, unsigned int words)
{
	__u8 bytes[CLIENT_PACKET];
	int length = 8 + 4 * words;

	bytes[0] = 0x80 | format;
	bytes[1] = type;
	put_be16(bytes + 2, length / 4 - 1);
	put_be32(bytes + 4, from);
	for (unsigned int i = 0; i < words; i++)
		put_be32(bytes + 8 + 4 * i, rest[i]);
	if (c->out)
		length = srtp_encrypt_rtcp(c->out, bytes, length, bytes,
					   sizeof(bytes));
	check_int("RTCP", length, send(c->fd, bytes, length, 0));
}

static __u32 told(void)
{
	return bob.caller.offer->media[client_mline(&bob, "video")]
		.ssrcs[0]
		.ssrc;
}

/* Until she is asked for a key frame; the server does so twice a second. */
static void check_asked(void)
{
	__u32 about = told();
	__u8 clear[CLIENT_PACKET];

	send_rtcp(&bob, HIS, 1, 206, &about, 1); /* PLI */
	do
		hear_next(&alice, RTCP, clear);
	while (clear[1] != 206 || (clear[0] & 31) != 1);
	check_uint("about SSRC", HERS, get_be32(clear + 8));
}

/* ---- the same keys ----------------------------------------------------------- */

static void check_events(void)
{
	listen_to_events(&bob.caller);
	next_offer(&bob.caller);
	check_true(client_mline(&bob, "video") >= 0, "it is not offered");
	client_accept(&bob);
}

static void survive(bool encrypted)
{
	meet(encrypted);
	check_picture("before");
	check_asked();
	for (int i = 0; i < RESTARTS; i++) {
		for (int k = 0; k < 3; k++)
			check_picture("a picture");
		restart();
		step("restart %d", i + 1);
		check_picture("at once");
		client_consent(&bob);
		client_consent(&alice);
		check_picture("later");
		check_asked();
		check_events();
		check_uint("people", 2, people_in("r"));
	}
	hang_up();
}

TEST("7.0.ka", encrypted_survives,
     "an encrypted call goes on after kill -9 and a restart", .seconds = 30)
{
	survive(true);
}

TEST("7.0.kb", unencrypted_survives,
     "so does one that is not encrypted, by the kernel", .seconds = 30)
{
	survive(false);
}

TEST("7.0.kt", another_mode, "it goes on in mode xdp, and then in tc again",
     .seconds = 30)
{
	meet(true);
	for (int i = 0; i < 2; i++) {
		check_picture("before");
		own->extra[0] = i ? "--mode=tc" : "--mode=xdp";
		restart();
		check_said(own, i ? "mode tc" : "mode xdp");
		check_picture("at once");
		client_consent(&bob);
		client_consent(&alice);
		check_asked();
	}
	hang_up();
}

/* What somebody has recorded before the restart, he sends after it. */
TEST("7.0.kc", no_replay, "what came before a restart is not taken after it",
     .seconds = 30)
{
	__u8 old[CLIENT_PACKET], clear[CLIENT_PACKET];
	int length = 12;

	meet(true);
	memset(old, 0, sizeof(old));
	old[0] = 0x80;
	old[1] = VP8;
	put_be16(old + 2, seq++);
	put_be32(old + 8, HERS);
	length = srtp_encrypt_rtp(alice.out, old, length + 3, old, sizeof(old));
	check_int("send", length, send(alice.fd, old, length, 0));
	hear_next(&bob, RTP, clear);
	check_picture("the next");
	restart();
	check_int("send", length, send(alice.fd, old, length, 0));
	check_picture("another one");
	check_uint("refused", 1,
		   metric("swiftcall_packets_total{verdict=\"srtp\"}"));
	hang_up();
}

/* A repair has a number of its own: it must go on, too. */
static void check_repair(void)
{
	__u32 nack[] = { told(), (__u32)(__u16)(seq - 1) << 16 };
	__u8 clear[CLIENT_PACKET];

	send_rtcp(&bob, HIS, 1, 205, nack, 2);
	hear_next(&bob, RTP, clear);
	check_uint("original number", (__u16)(seq - 1), get_be16(clear + 12));
}

TEST("7.0.kd", repairs_go_on, "lost packets are repeated after a restart, too",
     .seconds = 30)
{
	meet(true);
	for (int i = 0; i < RESTARTS; i++) {
		check_picture("lost?");
		check_repair();
		restart();
	}
	check_picture("lost?");
	check_repair();
	hang_up();
}

/* ---- other keys -------------------------------------------------------------- */

TEST("7.0.kf", new_handshake,
     "a client who shakes hands anew after a restart gets new keys",
     .seconds = 30)
{
	meet(true);
	check_picture("old keys");
	restart();
	dtls_close(alice.dtls); /* the server cannot read this farewell */
	check_picture("old keys");
	srtp_close(alice.in);
	srtp_close(alice.out);
	client_connect(&alice);
	seq = 100;
	check_picture("new keys");
	restart();
	check_picture("new keys");
	hang_up();
}

/* ---- what is kept -------------------------------------------------------------- */

/* Two words and the certificate come before the places. */
#define PLACES (16 + KEY_MEMORY_CERTIFICATE)

struct dump {
	__u8 *bytes;
	size_t length;
};

/* The memory of keys, as root sees it. */
static struct dump open_memory(void)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	struct dump d;
	int fd = bpf_obj_get(PINS "webrtc_keys");

	check_true(fd >= 0, "the map of keys: %s", strerror(errno));
	check_int("shape", 0, bpf_obj_get_info_by_fd(fd, &info, &size));
	d.length = (size_t)info.value_size * info.max_entries;
	d.bytes = mmap(NULL, d.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       0);
	check_true(d.bytes != MAP_FAILED, "mmap: %s", strerror(errno));
	close(fd);
	return d;
}

static bool is_kept(const struct dtls_keys *keys)
{
	struct dump d = open_memory();
	bool found = memmem(d.bytes, d.length, keys->send.key, SRTP_KEY_SIZE) ||
		     memmem(d.bytes, d.length, keys->receive.key,
			    SRTP_KEY_SIZE);

	munmap(d.bytes, d.length);
	return found;
}

TEST("7.0.kg", wiped, "keys are in a map of root's, and go with their peer",
     .seconds = 30)
{
	struct stat st;

	meet(true);
	check_int("stat", 0, stat(PINS "webrtc_keys", &st));
	check_true((st.st_mode & 07777) == 0600 && !st.st_uid,
		   "others than root may open it: mode %o, user %u",
		   st.st_mode & 07777, st.st_uid);
	check_true(is_kept(dtls_keys(alice.dtls)), "alice's are not there");
	leave(&alice.caller);
	check_true(!is_kept(dtls_keys(alice.dtls)), "alice's are still there");
	check_true(is_kept(dtls_keys(bob.dtls)), "bob's are gone");
	hang_up();
}

/* As if the server had been away for a long time. */
static void make_old(void)
{
	struct dump d = open_memory();
	struct kept_keys *places = (void *)(d.bytes + PLACES);

	for (int i = 0; i < KEY_MEMORY_PLACES; i++)
		if (places[i].participant)
			places[i].heard = 1;
	munmap(d.bytes, d.length);
}

TEST("7.0.ku", found_again,
     "who was not heard for too long is found by the next check", .seconds = 30)
{
	meet(true);
	check_picture("before");
	server_kill(own, SIGKILL);
	make_old();
	check_int("start again", 0, server_start(own));
	client_consent(&bob);
	client_consent(&alice);
	check_picture("with the same keys");
	restart();
	check_picture("and once more");
	hang_up();
}

static void spoil_version(void)
{
	struct dump d = open_memory();

	memset(d.bytes, 0xff, 8);
	munmap(d.bytes, d.length);
}

static void spoil_shape(void)
{
	check_int("rm", 0, unlink(PINS "webrtc_peers"));
	check_int("another one", 0,
		  bpf_obj_pin(bpf_map_create(BPF_MAP_TYPE_HASH, "webrtc_peers",
					     4, 8, 1, NULL),
			      PINS "webrtc_peers"));
}

/* The version holds, but nothing behind a place in the memory. */
static void spoil_from(size_t first)
{
	struct dump d = open_memory();

	for (size_t i = first; i < d.length; i++)
		d.bytes[i] = rand();
	munmap(d.bytes, d.length);
}

static void spoil_certificate(void)
{
	spoil_from(8);
}

static void spoil_places(void)
{
	spoil_from(PLACES);
}

static void spoil_marks(void)
{
	spoil_from(PLACES + KEY_MEMORY_PLACES * sizeof(struct kept_keys));
}

/* Records that no server would write. */
static void spoil_records(void)
{
	int fd = bpf_obj_get(PINS "webrtc_peers");
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	void *value;

	check_int("shape", 0, bpf_obj_get_info_by_fd(fd, &info, &size));
	value = malloc(info.value_size);
	memset(value, 0xaa, info.value_size);
	for (__u32 id = 0; id < 16; id++)
		bpf_map_update_elem(fd, &id, value, BPF_EXIST);
	free(value);
	close(fd);
}

/* Whatever is in the maps, the server starts, and says what it cannot use. */
static void check_spoilt(void (*spoil)(void), const char *words)
{
	meet(true);
	check_picture("before");
	server_kill(own, SIGKILL);
	spoil();
	check_int("start again", 0, server_start(own));
	check_said(own, words);
	check_uint("people", 0, people_in("r"));
	client_close(&alice);
	client_close(&bob);
	server_kill(own, SIGTERM);
	meet(true);
	check_picture("afresh");
	restart();
	check_picture("again");
	hang_up();
}

TEST("7.0.kh", spoilt, "what makes no sense is refused, and calls start afresh",
     .seconds = 60)
{
	check_spoilt(spoil_version, "were written by another version");
	check_spoilt(spoil_shape, "were written by another version");
	check_spoilt(spoil_certificate, "certificate that was kept makes no");
	check_spoilt(spoil_places, "makes no sense; it is wiped");
	check_spoilt(spoil_marks, "cannot go on with what is kept of it");
	check_spoilt(spoil_records, "makes no sense; it is wiped");
}
