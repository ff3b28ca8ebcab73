/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A call whose packets are made by the tests. */
#include <net/if.h>
#include <string.h>

#include "common/clock.h"
#include "common/xdp_target.h"
#include "lab03-maps/testlib/call.h"

const char *const call_ifaces[] = { "eth0", NULL };

__attribute__((weak))
const struct plane *const call_planes[] = { &plane_tc, NULL };

void call_need_tc(const char *why)
{
	if (strcmp(call_planes[0]->name, plane_tc.name))
		skip("mode tc only: %s", why);
}

void call_need_redirects(void)
{
	char why[XDP_WHY];

	if (xdp_target_query(if_nametoindex("eth0"), why) == XDP_TARGET_UNKNOWN)
		skip("%s", why);
}

int call_set_up(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice,bob,carol,dave");
	return err ?: sandbox_neighbours(SANDBOX_SERVER);
}

struct ip_addr call_address(const char *host, bool v6)
{
	const struct sandbox_host *h = sandbox_host(host);
	struct ip_addr addr;
	struct in_addr v4;

	if (v6) {
		inet_pton(AF_INET6, h->ip6, &addr);
		return addr;
	}
	inet_pton(AF_INET, h->ip4, &v4);
	return ip_addr_v4(v4.s_addr);
}

void call_open_with(bool guard)
{
	struct dataplane_options o = {
		.plane = call_planes[0],
		.planes = call_planes,
		.pin_dir = DEFAULT_PIN_DIR,
		.ifaces = call_ifaces,
		.media = { .port = htons(CALL_PORT) },
		.no_guard = !guard && call_planes[0] == &plane_tc,
	};
	bool adopted;
	int holder;

	check_int("lock", 0, dataplane_lock(DEFAULT_PIN_DIR, &holder));
	check_int("detach", 0, dataplane_detach(call_planes, DEFAULT_PIN_DIR));
	check_int("lock", 0, dataplane_lock(DEFAULT_PIN_DIR, &holder));
	check_int("attach", 0, dataplane_attach(&o, &adopted));
	check_int("open", 0,
		  control_open(call_planes[0], DEFAULT_PIN_DIR,
			       htons(CALL_PORT)));
}

void call_open(void)
{
	call_open_with(true);
}

void call_commit(void)
{
	__u32 unreachable;

	check_int("commit", 0, control_commit(&unreachable));
}

__u32 call_join_as(const char *room, const char *host, bool v6)
{
	struct ip_addr addr = call_address(host, v6);
	__u32 id;

	check_int("join", 0, control_join(room, host, 1000, &id));
	check_int("deliver", 0,
		  control_set_address(id, &addr, htons(SENDER_PORT)));
	return id;
}

__u32 call_join(const char *room, const char *host)
{
	return call_join_as(room, host, false);
}

__u32 call_publish_as(__u32 id, const char *host, bool v6, __u32 ssrc)
{
	struct ip_addr addr = call_address(host, v6);
	struct publication p = {
		.ssrc = htonl(ssrc),
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { 96 },
		.formats = { { 90000, "VP8" } },
	};
	__u32 transport, stream;

	check_int("transport", 0,
		  control_add_transport(id, &addr, htons(SENDER_PORT),
					&transport));
	check_int("publish", 0, control_publish(id, transport, &p, &stream));
	return stream;
}

__u32 call_publish(__u32 id, const char *host, __u32 ssrc)
{
	return call_publish_as(id, host, false, ssrc);
}

__u32 call_direct(__u32 id, const char *host, __u16 port)
{
	struct ip_addr addr = call_address(host, false);
	__u32 transport;

	check_int("direct", 0,
		  control_direct(id, &addr, htons(port), &transport));
	return transport;
}

struct packet_spec call_rtp(const char *host, __u32 ssrc, __u16 seq)
{
	return (struct packet_spec){
		.eth = {
			.src = sandbox_host(host)->mac,
			.dst = sandbox_host(SANDBOX_SERVER)->mac,
		},
		.ip = {
			.src = sandbox_host(host)->ip4,
			.dst = sandbox_host(SANDBOX_SERVER)->ip4,
			.ttl = 61, .dont_fragment = true,
		},
		.udp = { .sport = SENDER_PORT, .dport = CALL_PORT },
		.rtp = {
			.payload_type = 96, .sequence = seq, .ssrc = ssrc,
			.timestamp = seq * 3000u,
		},
		.payload_len = 160,
	};
}

struct packet_spec call_copy(struct packet_spec spec, const char *host)
{
	bool v6 = strchr(spec.ip.src, ':');

	spec.eth.src = sandbox_host(SANDBOX_SERVER)->mac;
	spec.eth.dst = sandbox_host(host)->mac;
	spec.ip.src = spec.ip.dst;
	spec.ip.dst = v6 ? sandbox_host(host)->ip6 : sandbox_host(host)->ip4;
	spec.ip.ttl--;
	spec.udp.sport = CALL_PORT;
	spec.udp.dport = SENDER_PORT;
	return spec;
}

void call_build(struct frame *frame, const struct packet_spec *spec)
{
	check_int("packet_build", 0, packet_build(frame, spec));
}

void call_send(int injector, struct packet_spec spec)
{
	struct frame frame;

	call_build(&frame, &spec);
	check_int("inject_send", 0, inject_send(injector, &frame));
}

void call_expect(int capture, struct packet_spec spec)
{
	struct frame expected, got;
	int err;

	call_build(&expected, &spec);
	err = capture_next(capture, &got, PATIENCE_MS);
	check_true(!err, "a packet to %s should come, but none does: %s",
		   spec.ip.dst, strerror(-err));
	check_packet(&expected, &got);
}

__u64 call_verdict(enum verdict v)
{
	__u32 index = v;

	return *(__u64 *)table_find(&sfu_verdicts, &index);
}

void call_check_conservation(__u64 copies)
{
	__s64 until = clock_now_ms() + PATIENCE_MS;
	struct control_totals t;

	do
		control_totals(&t);
	while (t.sent + t.skipped + t.failed + t.stale < copies &&
	       clock_now_ms() < until);
	check_uint("copies due", copies, t.copies);
	check_uint("sent + skipped + failed + stale", copies,
		   t.sent + t.skipped + t.failed + t.stale);
}
