// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who takes frames from native XDP?
 *
 *	our program --redirect--> eth0 =====veth===== peer: has it a ring?
 *	                           |                        XDP or GRO: yes
 *	                           +-- NETDEV_XDP_ACT_NDO_XMIT is the answer
 *
 * The kernel keeps the answer as a flag of the device that sends, and tells it
 * by the netdev family of generic netlink.  Kernels before 6.3 do not have that.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/log.h"
#include "common/rtnetlink.h"
#include "common/xdp_target.h"

/* As in linux/netdev.h, which the headers of Linux 6.1 do not have. */
#define NETDEV_FAMILY	      "netdev"
#define NETDEV_FAMILY_VERSION 1
#define NETDEV_CMD_DEV_GET    1
#define NETDEV_A_DEV_IFINDEX  1
#define NETDEV_A_DEV_FEATURES 3

enum {
	FEATURE_BASIC = 1 << 0,	   /* runs programs in the driver */
	FEATURE_NDO_XMIT = 1 << 2, /* takes frames of others */
};

/* ---- what an interface is --------------------------------------------- */

struct link {
	char name[IF_NAMESIZE];
	char kind[16]; /* "veth", "bridge"; "" for a card, and for lo */
	bool loopback;
	bool native_xdp;   /* runs a program */
	int peer;	   /* its index, or 0 */
	bool peer_is_away; /* in another network namespace */
};

static void read_nested(const struct nlattr *outer, struct link *link)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, outer) {
		int type = mnl_attr_get_type(attr);

		if (mnl_attr_get_type(outer) == IFLA_LINKINFO &&
		    type == IFLA_INFO_KIND)
			snprintf(link->kind, sizeof(link->kind), "%s",
				 mnl_attr_get_str(attr));
		if (mnl_attr_get_type(outer) == IFLA_XDP &&
		    type == IFLA_XDP_ATTACHED)
			link->native_xdp = mnl_attr_get_u8(attr) ==
					   XDP_ATTACHED_DRV;
	}
}

static int read_link(const struct nlmsghdr *nlh, void *result)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(nlh);
	struct link *link = result;
	const struct nlattr *attr;

	link->loopback = header->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each(attr, nlh, sizeof(*header)) {
		int type = mnl_attr_get_type(attr);

		if (type == IFLA_IFNAME)
			snprintf(link->name, sizeof(link->name), "%s",
				 mnl_attr_get_str(attr));
		else if (type == IFLA_LINK)
			link->peer = mnl_attr_get_u32(attr);
		else if (type == IFLA_LINK_NETNSID)
			link->peer_is_away = true;
		else if (type == IFLA_LINKINFO || type == IFLA_XDP)
			read_nested(attr, link);
	}
	return MNL_CB_OK;
}

static int get_link(int ifindex, struct link *link)
{
	struct ifinfomsg header = { .ifi_index = ifindex };
	struct mnl_socket *nl = rtnetlink_open();
	_Alignas(4) char buf[256];
	int err;

	if (!nl)
		return -errno;
	*link = (struct link){};
	err = rtnetlink_ask(nl,
			    rtnetlink_request(buf, RTM_GETLINK, &header,
					      sizeof(header)),
			    read_link, link);
	mnl_socket_close(nl);
	return err;
}

/* ---- the netdev family ------------------------------------------------ */

static struct nlmsghdr *generic_request(void *buf, uint16_t family,
					uint8_t command, uint8_t version)
{
	struct genlmsghdr header = { .cmd = command, .version = version };

	return rtnetlink_request(buf, family, &header, sizeof(header));
}

static int read_family(const struct nlmsghdr *nlh, void *result)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)result = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int read_features(const struct nlmsghdr *nlh, void *result)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NETDEV_A_DEV_FEATURES)
			*(uint64_t *)result = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

static int ask_features(struct mnl_socket *nl, int ifindex, uint64_t *features)
{
	_Alignas(4) char buf[256];
	uint16_t family = 0;
	struct nlmsghdr *nlh = generic_request(buf, GENL_ID_CTRL,
					       CTRL_CMD_GETFAMILY, 1);
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	err = rtnetlink_ask(nl, nlh, read_family, &family);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	nlh = generic_request(buf, family, NETDEV_CMD_DEV_GET,
			      NETDEV_FAMILY_VERSION);
	mnl_attr_put_u32(nlh, NETDEV_A_DEV_IFINDEX, ifindex);
	return rtnetlink_ask(nl, nlh, read_features, features);
}

/* -EOPNOTSUPP: this kernel does not tell. */
static int get_features(int ifindex, uint64_t *features)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int err;

	if (!nl)
		return errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno;
	*features = 0;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ? -errno : 0;
	err = err ?: ask_features(nl, ifindex, features);
	mnl_socket_close(nl);
	return err;
}

/* ---- the answer ------------------------------------------------------- */

static int explain_veth(const struct link *link, char why[XDP_WHY])
{
	char peer[IF_NAMESIZE] = "NAME";

	if (!link->peer_is_away)
		if_indextoname(link->peer, peer);
	snprintf(why, XDP_WHY,
		 "nobody receives native XDP's frames at the other end of %s; "
		 "try%s: ethtool -K %s gro on (if it is on: off, and on again)",
		 link->name, link->peer_is_away ? " there" : "", peer);
	return XDP_TARGET_NO;
}

static int explain_no(const struct link *link, char why[XDP_WHY])
{
	if (!strcmp(link->kind, "veth"))
		return explain_veth(link, why);
	snprintf(why, XDP_WHY,
		 "the driver of %s takes no frames from native XDP",
		 link->name);
	return XDP_TARGET_NO;
}

static int explain_unknown(const struct link *link, char why[XDP_WHY])
{
	if (link->loopback)
		return explain_no(link, why);
	snprintf(why, XDP_WHY,
		 "this kernel cannot tell whether %s takes frames from native "
		 "XDP; Linux 6.3 and later can",
		 link->name);
	return XDP_TARGET_UNKNOWN;
}

int xdp_target_query(int ifindex, char why[XDP_WHY])
{
	struct link link;
	uint64_t features;
	int err = get_link(ifindex, &link);

	if (err)
		return err;
	err = get_features(ifindex, &features);
	if (err == -EOPNOTSUPP)
		return explain_unknown(&link, why);
	if (err)
		return err;
	return features & FEATURE_NDO_XMIT ? XDP_TARGET_YES :
					     explain_no(&link, why);
}

/* ---- native or generic ------------------------------------------------ */

/* Passes all packets. */
static int load_trial(void)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "trial", "Dual BSD/GPL", pass,
			       sizeof(pass) / sizeof(*pass), NULL);

	return fd < 0 ? -errno : fd;
}

/* An fd that keeps the trial attached, or negative errno. */
static int attach_trial(int ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	int program = load_trial(), link;

	if (program < 0)
		return program;
	link = bpf_link_create(program, ifindex, BPF_XDP, &options);
	if (link < 0)
		link = -errno;
	close(program);
	return link;
}

/* The place is taken, perhaps by a program of ours that is to be replaced. */
static bool runs_native(int ifindex)
{
	struct link link;
	uint64_t features;

	if (!get_features(ifindex, &features))
		return features & FEATURE_BASIC;
	return !get_link(ifindex, &link) && link.native_xdp;
}

static bool can_run_native(int ifindex, int trial)
{
	return trial >= 0 ||
	       ((trial == -EBUSY || trial == -EEXIST) && runs_native(ifindex));
}

static int is_fit(const char *ifname, int trial, char why[XDP_WHY])
{
	int ifindex = if_nametoindex(ifname), answer;

	if (trial == -EPERM || trial == -ENODEV)
		return trial;
	if (!can_run_native(ifindex, trial)) {
		snprintf(why, XDP_WHY, "%s has no native XDP: %s", ifname,
			 strerror(-trial));
		return 0;
	}
	answer = xdp_target_query(ifindex, why);
	if (answer < 0)
		return answer;
	return answer == XDP_TARGET_YES;
}

/* 0 at the first that is not fit; all trials are there. */
static int check_all(const char *const *ifaces, const int *trials,
		     char why[XDP_WHY])
{
	int fit = 1;

	for (; *ifaces && fit == 1; ifaces++) {
		fit = is_fit(*ifaces, *trials++, why);
		if (fit < 0)
			log_error("cannot find out how %s runs XDP: %s; try "
				  "`make doctor`",
				  *ifaces, strerror(-fit));
	}
	if (fit == 1)
		snprintf(why, XDP_WHY,
			 "each interface runs native XDP, and "
			 "takes the frames of the others");
	return fit;
}

static void detach_trial(int trial)
{
	if (trial < 0)
		return;
	bpf_link_detach(trial); /* at once */
	close(trial);
}

/*
 * The trials run at the same time, as the plane's programs will: each may be
 * what makes another interface a target, that at the other end of a veth.
 */
int xdp_target_all(const char *const *ifaces, char why[XDP_WHY])
{
	size_t count = 0;
	int fit;

	while (ifaces[count])
		count++;
	int trials[count + 1];

	for (size_t i = 0; i < count; i++) {
		int ifindex = if_nametoindex(ifaces[i]);

		trials[i] = ifindex ? attach_trial(ifindex) : -ENODEV;
	}
	fit = check_all(ifaces, trials, why);
	for (size_t i = 0; i < count; i++)
		detach_trial(trials[i]);
	return fit;
}
