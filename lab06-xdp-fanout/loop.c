// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Makes and removes the loop, and sets its pace:
 *
 *	/sys/fs/bpf/swiftcall --> sfu1c9e33f0a ~~~~~ sfu1c9e33f0b
 *
 *	64 copies . . . 64 copies . . . 64 copies . . .
 *	          25 us           25 us           25 us
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "common/log.h"
#include "common/rtnetlink.h"
#include "lab06-xdp-fanout/loop.h"

/*
 * The longest frames that come from an interface with XDP: they lie in one
 * page, with room before and behind them.
 */
#define LOOP_MTU 3498

struct names {
	char loop[IF_NAMESIZE];
	char back[IF_NAMESIZE];
};

/* FNV-1a, 32 bits: any number will do that is the same tomorrow. */
static uint32_t add_bytes(uint32_t hash, const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;

	while (length--)
		hash = (hash ^ *byte++) * 16777619;
	return hash;
}

/*
 * Containers may share the network, and each have a bpffs of its own at the
 * same place: its device number tells their directories apart.
 */
static uint32_t number_of(const char *pin_dir)
{
	uint32_t hash = add_bytes(2166136261, pin_dir, strlen(pin_dir));
	struct stat st;

	if (stat(pin_dir, &st))
		return hash;
	return add_bytes(hash, &st.st_dev, sizeof(st.st_dev));
}

static struct names names_of(const char *pin_dir)
{
	struct names names;
	uint32_t number = number_of(pin_dir);

	snprintf(names.loop, sizeof(names.loop), "sfu%08xa", number);
	snprintf(names.back, sizeof(names.back), "sfu%08xb", number);
	return names;
}

static int failed(const char *what, const char *ifname, int err)
{
	log_error("cannot %s the interface %s: %s; run as root, and see `ip "
		  "link show %s`",
		  what, ifname, strerror(-err), ifname);
	return err;
}

/* ---- rtnetlink ---------------------------------------------------------- */

static int ask(const struct nlmsghdr *nlh, mnl_cb_t reader, void *result)
{
	struct mnl_socket *nl = rtnetlink_open();
	int err;

	if (!nl)
		return -errno;
	err = rtnetlink_ask(nl, nlh, reader, result);
	mnl_socket_close(nl);
	return err;
}

/* Sends one request, and waits for the kernel's word that it is done. */
static int request(struct nlmsghdr *nlh, uint16_t flags)
{
	nlh->nlmsg_flags |= flags | NLM_F_ACK;
	return ask(nlh, NULL, NULL);
}

static void put_end(struct nlmsghdr *nlh, const char *name)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_MTU, LOOP_MTU);
}

static int add_pair(const struct names *names)
{
	struct ifinfomsg link = {};
	_Alignas(4) char buf[512];
	struct nlmsghdr *nlh = rtnetlink_request(buf, RTM_NEWLINK, &link,
						 sizeof(link));
	struct nlattr *info, *data, *peer;

	put_end(nlh, names->loop);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	memset(mnl_nlmsg_put_extra_header(nlh, sizeof(link)), 0, sizeof(link));
	put_end(nlh, names->back);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return request(nlh, NLM_F_CREATE | NLM_F_EXCL);
}

static int set_up(int ifindex)
{
	struct ifinfomsg link = {
		.ifi_index = ifindex,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	_Alignas(4) char buf[128];

	return request(rtnetlink_request(buf, RTM_NEWLINK, &link, sizeof(link)),
		       0);
}

static int delete_link(int ifindex)
{
	struct ifinfomsg link = { .ifi_index = ifindex };
	_Alignas(4) char buf[128];

	return request(rtnetlink_request(buf, RTM_DELLINK, &link, sizeof(link)),
		       0);
}

/* ---- whose is it? -------------------------------------------------------- */

/* What has the name of the loop. */
struct found {
	bool is_veth, is_away; /* is_away: its peer is in another namespace */
	int peer;
};

static void read_kind(const struct nlattr *info, struct found *found)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			found->is_veth = !strcmp(mnl_attr_get_str(attr),
						 "veth");
}

static int read_found(const struct nlmsghdr *nlh, void *result)
{
	struct found *found = result;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		int type = mnl_attr_get_type(attr);

		if (type == IFLA_LINK)
			found->peer = mnl_attr_get_u32(attr);
		else if (type == IFLA_LINK_NETNSID)
			found->is_away = true;
		else if (type == IFLA_LINKINFO)
			read_kind(attr, found);
	}
	return MNL_CB_OK;
}

/*
 * Anybody may give any interface our name, and a veth keeps it when its peer is
 * renamed or moved.  Frames that are sent there would not come back.
 */
static bool is_ours(int ifindex, const struct names *names)
{
	struct ifinfomsg link = { .ifi_index = ifindex };
	int back = if_nametoindex(names->back);
	struct found found = {};
	_Alignas(4) char buf[128];

	if (ask(rtnetlink_request(buf, RTM_GETLINK, &link, sizeof(link)),
		read_found, &found))
		return false;
	return found.is_veth && !found.is_away && back && found.peer == back;
}

static int refuse(const struct names *names)
{
	log_error("the interface %s is not ours: it is no veth whose peer is "
		  "%s, and the mode xdp needs that name; rename it or remove "
		  "it (ip link delete %s)",
		  names->loop, names->back, names->loop);
	return -EEXIST;
}

/* ---- the pace ------------------------------------------------------------ */

/*
 * /sys may show the interfaces of another network namespace, for it shows those
 * of the process that mounted it.  So this makes one that nobody else sees; whoever
 * may not do that takes /sys.
 */
static int open_sysfs(void)
{
	int sysfs = -1, made = fsopen("sysfs", FSOPEN_CLOEXEC);

	if (made >= 0 && !fsconfig(made, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		sysfs = fsmount(made, FSMOUNT_CLOEXEC, 0);
	if (made >= 0)
		close(made);
	if (sysfs >= 0)
		return sysfs;
	return open("/sys", O_DIRECTORY | O_CLOEXEC);
}

static int open_attribute(int sysfs, const char *ifname, const char *name,
			  int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "class/net/%s/%s", ifname, name);
	return openat(sysfs, path, flags | O_CLOEXEC);
}

/* Does it show this interface, and no other one of the same name? */
static bool shows(int sysfs, const char *ifname)
{
	int fd = open_attribute(sysfs, ifname, "ifindex", O_RDONLY);
	char text[16] = "";
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	return length > 0 && strtoul(text, NULL, 10) == if_nametoindex(ifname);
}

static int write_attribute(int sysfs, const char *ifname, const char *name,
			   unsigned int value)
{
	int fd = open_attribute(sysfs, ifname, name, O_WRONLY), err = 0;

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%u", value) < 0)
		err = -errno;
	close(fd);
	return err;
}

/*
 * A poll of the ring that has found something does not ask for the next
 * interrupt, but has a timer look again: napi_complete_done() in the kernel.
 */
static int set_pace(int sysfs, const char *ifname)
{
	int err;

	if (!shows(sysfs, ifname))
		return -ENODEV;
	err = write_attribute(sysfs, ifname, "gro_flush_timeout", LOOP_PACE_NS);
	if (err)
		return err;
	return write_attribute(sysfs, ifname, "napi_defer_hard_irqs", 1);
}

/* Without a pace all works, but long lists need longer rings. */
static void pace(const char *ifname)
{
	int sysfs = open_sysfs();
	int err = sysfs < 0 ? -errno : set_pace(sysfs, ifname);

	if (sysfs >= 0)
		close(sysfs);
	if (err)
		log_warn(
			"cannot pace the interface %s: %s; a stream with more "
			"than 64 receivers makes all its copies in one burst, "
			"which may be too long for a ring; allow the server to "
			"mount sysfs, or write %d to gro_flush_timeout and 1 "
			"to napi_defer_hard_irqs in /sys/class/net/%s",
			ifname, strerror(-err), LOOP_PACE_NS, ifname);
}

/* ---- the pair ------------------------------------------------------------ */

/*
 * Without IPv6 the kernel has nothing to say there.  A kernel without IPv6 has
 * no such file, and then all is well.
 */
static void silence(const char *ifname)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 ifname);
	file = fopen(path, "we");
	if (!file)
		return;
	fputs("1", file);
	fclose(file);
}

static int bring_up(const char *ifname)
{
	int err;

	silence(ifname);
	err = set_up(if_nametoindex(ifname));
	return err ? failed("set up", ifname, err) : 0;
}

int loop_make(const char *pin_dir, struct loop *loop)
{
	struct names names = names_of(pin_dir);
	int there = if_nametoindex(names.loop);
	int err = there ? 0 : add_pair(&names);

	if (there && !is_ours(there, &names))
		return refuse(&names);
	if (err)
		return failed("make", names.loop, err);
	err = bring_up(names.loop);
	err = err ?: bring_up(names.back);
	if (!err)
		pace(names.back);
	loop->ifindex = if_nametoindex(names.loop);
	loop->back = if_nametoindex(names.back);
	return err;
}

int loop_remove(const char *pin_dir)
{
	struct names names = names_of(pin_dir);
	int ifindex = if_nametoindex(names.loop), err;

	if (!ifindex || !is_ours(ifindex, &names))
		return 0;
	err = delete_link(ifindex);
	return err ? failed("remove", names.loop, err) : 0;
}
