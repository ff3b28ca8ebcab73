// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A stream that somebody reads and somebody else wants encrypted: the kernel
 * makes the copies that it can, and hands up the packet as it came.
 *
 *	alice ---> forward ---> bob		here
 *		      '-------> the socket	carol's copy, which needs her keys
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "common/loader.h"
#include "lab03-maps/extension.h"
#include "lab03-maps/testlib/call.h"

TEST_SETUP(call_set_up)

#define SSRC 0x14e6e8a5

static struct {
	__u32 alice, bob, carol, stream;
	int from_alice, at_bob, at_carol, fd;
} call;

/* To carol's host, by a transport of her own. */
static void encrypt_carol(bool v6)
{
	struct ip_addr home = call_address("carol", v6);
	struct sink sink = { .mline = 2, .pt = { 96 } };

	check_int("open", 0,
		  control_open_transport(call.carol, true, &sink.transport));
	check_int("bind", 0,
		  control_bind(sink.transport, &home, htons(SENDER_PORT)));
	check_int("sink", 0, control_set_sink(call.carol, call.stream, &sink));
}

/* Header extensions of bob's: id 4 is his 7. */
static void map_bob(void)
{
	struct sink sink = *control_find_sink(call.bob, call.stream);

	sink.extensions = extension_map_add(0, 4, 7);
	check_int("sink", 0, control_set_sink(call.bob, call.stream, &sink));
}

static void open_call(bool v6)
{
	call_open_with(false);
	call.alice = call_join_as("r", "alice", v6);
	call.bob = call_join_as("r", "bob", v6);
	call.carol = call_join_as("r", "carol", v6);
	call.stream = call_publish_as(call.alice, "alice", v6, SSRC);
	call_commit();
	encrypt_carol(v6);
	call_commit();
	call.from_alice = inject_open("alice", "eth0");
	call.at_bob = capture_open("bob", "eth0");
	call.at_carol = capture_open("carol", "eth0");
}

static struct packet_spec rtp_over(bool v6, __u16 seq)
{
	struct packet_spec spec = call_rtp("alice", SSRC, seq);

	if (v6) {
		spec.ip.src = sandbox_host("alice")->ip6;
		spec.ip.dst = sandbox_host(SANDBOX_SERVER)->ip6;
		spec.ip.dont_fragment = false;
	}
	return spec;
}

/* ---- what comes to the socket ------------------------------------------ */

static void bind_server(void)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(CALL_PORT),
	};
	int on = 1;

	call.fd = socket(AF_INET6, SOCK_DGRAM, 0);
	check_int("marks", 0,
		  setsockopt(call.fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)));
	check_int("TTL", 0,
		  setsockopt(call.fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)));
	check_int("hop limit", 0,
		  setsockopt(call.fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on,
			     sizeof(on)));
	check_int("bind", 0, bind(call.fd, (void *)&any, sizeof(any)));
}

static void read_ancillary(struct msghdr *m, int *ttl, __u32 *mark)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK)
			memcpy(mark, CMSG_DATA(c), sizeof(*mark));
		else if (c->cmsg_type == IP_TTL ||
			 c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(ttl, CMSG_DATA(c), sizeof(*ttl));
	}
}

/* The stack has checked its checksums, or it would not be there. */
static void check_came_up(const struct packet_spec *spec)
{
	char bytes[2048], ancillary[256];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	struct frame sent;
	size_t length = 12 + spec->rtp.ext_len + spec->payload_len +
			(spec->rtp.extension ? 4 : 0);
	__u32 mark = 0;
	int ttl = 0;

	call_build(&sent, spec);
	check_int("bytes at the socket", length, recvmsg(call.fd, &m, 0));
	check_hex("datagram", sent.data + sent.len - length, bytes, length);
	read_ancillary(&m, &ttl, &mark);
	check_int("its TTL", spec->ip.ttl, ttl);
	check_uint("its mark", MARK_KERNEL_DONE, mark);
}

TEST("3.6.e", kernels_part, "copies that user space makes are not due here")
{
	struct packet_spec spec = rtp_over(false, 1);
	struct control_totals t;
	char bytes[2048];

	open_call(false);
	bind_server();
	step("bob's copy is the kernel's to make, carol's is user space's");
	call_send(call.from_alice, spec);
	check_int("bytes at the socket", 12 + spec.payload_len,
		  recv(call.fd, bytes, sizeof(bytes), 0));
	control_totals(&t);
	check_uint("packets", 1, t.packets);
	check_uint("copies due", 1, t.copies);
}

TEST("3.0.xa", shared, "the kernel copies to who reads it, and hands it up")
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct packet_spec spec = rtp_over(v6, 1);

		step(v6 ? "over IPv6" : "over IPv4");
		open_call(v6);
		bind_server();
		for (int ttl = 2; ttl < 256; ttl += 253) {
			spec.ip.ttl = ttl;
			call_send(call.from_alice, spec);
			check_came_up(&spec);
			call_expect(call.at_bob, call_copy(spec, "bob"));
		}
		check_uint("rtp", 2, call_verdict(CLASS_RTP));
		call_check_conservation(2);
		close(call.fd);
		control_close();
		dataplane_detach(call_planes, DEFAULT_PIN_DIR);
	}
}

TEST("3.0.xb", all_encrypted, "a packet that nobody reads only comes up")
{
	struct packet_spec spec = rtp_over(false, 1);
	char bytes[2048];

	open_call(false);
	bind_server();
	control_subscribe(call.bob, 0, 0);
	call_commit();
	call_send(call.from_alice, spec);
	check_int("bytes at the socket", 12 + spec.payload_len,
		  recv(call.fd, bytes, sizeof(bytes), 0));
	check_uint("user_space", 1, call_verdict(CLASS_USER));
	call_check_conservation(0);
}

/* ---- the packet itself --------------------------------------------------- */

static int forwarder(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex("eth0"),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = TC_HANDLE,
		    .priority = TC_PRIORITY);

	check_int("the filter", 0, bpf_tc_query(&hook, &options));
	return bpf_prog_get_fd_by_id(options.prog_id);
}

static void check_unchanged(int program, const struct packet_spec *spec)
{
	struct frame sent, left = {};
	struct __sk_buff in = { .ifindex = if_nametoindex("eth0") }, out = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = sent.data,
		    .data_out = left.data, .data_size_out = PACKET_MAX,
		    .ctx_in = &in, .ctx_size_in = sizeof(in), .ctx_out = &out,
		    .ctx_size_out = sizeof(out));

	call_build(&sent, spec);
	run.data_size_in = sent.len;
	check_int("run", 0, bpf_prog_test_run_opts(program, &run));
	check_int("what becomes of it", -1 /* TC_ACT_UNSPEC */,
		  (int)run.retval);
	check_uint("its mark", MARK_KERNEL_DONE, out.mark);
	left.len = run.data_size_out;
	check_packet(&sent, &left);
}

TEST("3.0.xc", as_it_came, "what is handed up is what came, to the last bit")
{
	static const __u8 elements[] = { 0x40, 'x', 0x21, 1, 2, 0, 0, 0 };

	for (int i = 0; i < 4; i++) {
		bool v6 = i & 1, mapped = i & 2;
		struct packet_spec spec = rtp_over(v6, 1);
		struct packet_spec copy;

		step("%s%s", v6 ? "IPv6" : "IPv4", mapped ? ", mapped" : "");
		open_call(v6);
		spec.rtp.marker = v6;
		spec.ip.ttl = v6 ? 255 : 2;
		if (mapped) {
			map_bob();
			call_commit();
			spec.rtp.extension = true;
			spec.rtp.ext_profile = 0xbede;
			spec.rtp.ext = elements;
			spec.rtp.ext_len = sizeof(elements);
		}
		check_unchanged(forwarder(), &spec);
		copy = call_copy(spec, "bob");
		copy.rtp.ext = (const __u8[]){ 0x70, 'x', 0, 0, 0, 0, 0, 0 };
		call_expect(call.at_bob, copy);
		control_close();
		dataplane_detach(call_planes, DEFAULT_PIN_DIR);
	}
}
