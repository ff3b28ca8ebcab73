/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A call in the sandbox, for tests: alice, bob, carol and dave on hosts of
 * their own, the data plane on the server's eth0, frames in and out.
 */
#ifndef LAB03_TESTLIB_CALL_H
#define LAB03_TESTLIB_CALL_H

#include <arpa/inet.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "lab03-maps/control.h"
#include "lab03-maps/dataplane.h"

#define CALL_PORT   5004	     /* the server's media port */
#define SENDER_PORT 6000	     /* everybody else's port */
#define PATIENCE_MS patient_ms(2000) /* for a frame that must come */

/* For struct dataplane_options. */
extern const char *const call_ifaces[];

/*
 * The first is the one that is tested.  The list is weak: a later lab links the
 * tests of this one with a plane of its own.
 */
extern const struct plane *const call_planes[];

/* Skips a test that has nothing to test in other planes; why: a sentence. */
void call_need_tc(const char *why);

/* Skips a test if nobody can know that what native XDP sends from here arrives. */
void call_need_redirects(void);

/* For TEST_SETUP(): makes the hosts; the server knows their MAC addresses. */
int call_set_up(void);

struct ip_addr call_address(const char *host, bool v6);

/* Puts up a fresh data plane in the kernel, with nobody in any room. */
void call_open_with(bool guard);
void call_open(void);

void call_commit(void);

/* Lets host join a room under its own name.  It wants everything there. */
__u32 call_join_as(const char *room, const char *host, bool v6);
__u32 call_join(const char *room, const char *host);

/* Publishes a video stream that the host sends; returns the stream's id. */
__u32 call_publish_as(__u32 id, const char *host, bool v6, __u32 ssrc);
__u32 call_publish(__u32 id, const char *host, __u32 ssrc);

/* Returns a transport of a participant that leads to a port of its host. */
__u32 call_direct(__u32 id, const char *host, __u16 port);

/* RTP as host sends it to the server; the caller may change the fields. */
struct packet_spec call_rtp(const char *host, __u32 ssrc, __u16 seq);

/* The same packet as the server must send it on to host. */
struct packet_spec call_copy(struct packet_spec spec, const char *host);

void call_build(struct frame *frame, const struct packet_spec *spec);

void call_send(int injector, struct packet_spec spec);

/* The next frame must come, and be this one. */
void call_expect(int capture, struct packet_spec spec);

/* How often the forwarder has come to this verdict. */
__u64 call_verdict(enum verdict v);

/*
 * copies due = sent + skipped + failed + stale, over all that ever was.  Copies
 * may still be on their way: waits for them.
 */
void call_check_conservation(__u64 copies);

#endif
