// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * To which interfaces native XDP can send:
 *
 *	near ===veth=== far		far's GRO and XDP decide for near
 *	here ===veth=== away (host)	the same from another network
 *	lo, br0, tap0
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/if_link.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/capture.h"
#include "common/loader.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "common/xdp_target.h"

#define DEADLINE_MS patient_ms(5000)

static const char network[] = "set -e\n"
			      "ip link add near type veth peer name far\n"
			      "ip link add here type veth peer name away\n"
			      "ip link set away netns host\n"
			      "ip -n host link set away up\n"
			      "ip link add br0 type bridge\n"
			      "ip tuntap add tap0 mode tap || :\n"
			      "for i in near far here br0; do\n"
			      "	ip link set $i up\n"
			      "done\n";

static int make_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_network("host");
	if (err)
		return err;
	return system(network) ? -EIO : 0;
}

TEST_SETUP(make_network)

static int query(const char *ifname)
{
	char why[XDP_WHY] = "";
	int answer = xdp_target_query(if_nametoindex(ifname), why);

	step("%s: %d, %s", ifname, answer, why);
	return answer;
}

static void run(const char *command)
{
	step("%s", command);
	check_int("exit status", 0, sandbox_run(NULL, "%s", command));
}

static void check_why(const char *ifname, const char *part)
{
	char why[XDP_WHY] = "";

	check_int(ifname, XDP_TARGET_NO,
		  xdp_target_query(if_nametoindex(ifname), why));
	check_true(strstr(why, part), "'%s' does not say '%s'", why, part);
}

/* Returns an fd that keeps the instructions attached. */
static int attach(const char *ifname, const struct bpf_insn *program,
		  size_t length, int flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "test", "Dual BSD/GPL",
			       program, length, NULL);
	int link;

	check_true(fd >= 0, "no program: %s", strerror(errno));
	link = bpf_link_create(fd, if_nametoindex(ifname), BPF_XDP, &options);
	check_true(link >= 0, "%s: not attached: %s", ifname, strerror(errno));
	close(fd);
	return link;
}

static int attach_pass(const char *ifname, int flags)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return attach(ifname, pass, sizeof(pass) / sizeof(*pass), flags);
}

static void detach(int link)
{
	check_int("detach", 0, bpf_link_detach(link));
	close(link);
}

TEST("0.8.a", gro, "a veth takes redirects while its peer has GRO on")
{
	check_int("at first", XDP_TARGET_NO, query("near"));
	run("ethtool -K far gro on");
	check_int("GRO", XDP_TARGET_YES, query("near"));
	check_int("the other way", XDP_TARGET_NO, query("far"));
	run("ethtool -K far gro off");
	check_int("no GRO", XDP_TARGET_NO, query("near"));
}

TEST("0.8.b", peer_program, "or while its peer has a native XDP program")
{
	int link = attach_pass("far", XDP_FLAGS_DRV_MODE);

	check_int("native", XDP_TARGET_YES, query("near"));
	detach(link);
	check_int("detached", XDP_TARGET_NO, query("near"));
	link = attach_pass("far", XDP_FLAGS_SKB_MODE);
	check_int("generic", XDP_TARGET_NO, query("near"));
	detach(link);
	link = attach_pass("near", XDP_FLAGS_DRV_MODE);
	check_int("a program of its own", XDP_TARGET_NO, query("near"));
	detach(link);
}

TEST("0.8.c", others, "lo and a bridge never do, a tap does")
{
	check_int("lo", XDP_TARGET_NO, query("lo"));
	check_int("br0", XDP_TARGET_NO, query("br0"));
	if (if_nametoindex("tap0"))
		check_int("tap0", XDP_TARGET_YES, query("tap0"));
	check_int("none", -ENODEV, xdp_target_query(9999, (char[XDP_WHY]){}));
}

TEST("0.8.d", reasons, "it says why, and what to type where")
{
	check_why("near", "try: ethtool -K far gro on");
	check_why("here", "try there: ethtool -K NAME gro on");
	check_why("lo", "the driver of lo takes no frames");
	sandbox_run("host", "ethtool -K away gro on");
	check_int("GRO in another network", XDP_TARGET_YES, query("here"));
	sandbox_run("host", "ethtool -K away gro off");
}

/* Runs a program once on a frame, as a driver would, and sends what it says. */
static void redirect_to(const char *ifname, uint8_t mark)
{
	const struct bpf_insn redirect[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_1,
		  .imm = if_nametoindex(ifname) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	uint8_t frame[64] = { [12] = 0x88, [13] = 0xb5, [14] = mark };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "test", "Dual BSD/GPL",
			       redirect, sizeof(redirect) / sizeof(*redirect),
			       NULL);

	check_true(fd >= 0, "no program: %s", strerror(errno));
	check_int("run", 0, bpf_prog_test_run_opts(fd, &options));
	close(fd);
}

TEST("0.8.e", frames, "and the frames themselves bear it out")
{
	int far = capture_open(NULL, "far");
	struct frame got;

	check_true(far >= 0, "not captured: %s", strerror(-far));
	check_int("no GRO", XDP_TARGET_NO, query("near"));
	redirect_to("near", 1);
	run("ethtool -K far gro on");
	check_int("GRO", XDP_TARGET_YES, query("near"));
	redirect_to("near", 2);
	check_int("capture_next", 0, capture_next(far, &got, DEADLINE_MS));
	check_int("the first that came", 2, got.data[14]);
	run("ethtool -K far gro off");
	close(far);
}

static void check_choice(const char *const *ifaces, int expected,
			 const char *part)
{
	char why[XDP_WHY] = "";
	int mode = xdp_target_all(ifaces, why);

	step("%s, ...: %d, because %s", *ifaces, mode, why);
	check_int("mode", expected, mode);
	check_true(strstr(why, part), "'%s' does not say '%s'", why, part);
}

TEST("0.8.f", choice, "native where all interfaces can, or else generic")
{
	static const char *const near[] = { "near", NULL };
	static const char *const both[] = { "near", "far", NULL };
	static const char *const with_lo[] = { "near", "lo", NULL };
	static const char *const none[] = { "nothing", NULL };
	char why[XDP_WHY];
	int link;

	check_choice(near, 0, "ethtool -K far gro on");
	check_choice(both, 1, "each interface");
	run("ethtool -K far gro on");
	check_choice(near, 1, "each interface");
	check_choice(with_lo, 0, "lo has no native XDP");
	link = attach_pass("near", XDP_FLAGS_DRV_MODE);
	check_choice(near, 1, "each interface");
	detach(link);
	link = attach_pass("near", XDP_FLAGS_SKB_MODE);
	check_choice(near, 1, "each interface");
	detach(link);
	check_str("nothing stays", "no XDP",
		  loader_xdp_mode(if_nametoindex("near")));
	run("ethtool -K far gro off");
	check_int("none", -ENODEV, xdp_target_all(none, why));
}

/* In place of libmnl's: Linux 6.1 has no family of the name that is asked for. */
static bool is_old_kernel;

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t length)
{
	ssize_t (*next)(const struct mnl_socket *, const void *,
			size_t) = dlsym(RTLD_NEXT, "mnl_socket_sendto");
	char *family = memmem(buf, length, "netdev", sizeof("netdev"));

	if (is_old_kernel && family)
		*family = 'N';
	return next(nl, buf, length);
}

TEST("0.8.g", old_kernel, "a kernel that does not tell: that is what we say",
     .isolated = true)
{
	static const char *const here[] = { "here", NULL };

	is_old_kernel = true;
	check_int("near", XDP_TARGET_UNKNOWN, query("near"));
	run("ethtool -K far gro on");
	check_int("GRO", XDP_TARGET_UNKNOWN, query("near"));
	run("ethtool -K far gro off");
	check_int("lo", XDP_TARGET_NO, query("lo"));
	check_choice(here, 0, "Linux 6.3");
}
