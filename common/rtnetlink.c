// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests to rtnetlink(7) and the attributes of its answers, in one place:
 * the callers should know what they ask for, and not how netlink packs it.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "common/rtnetlink.h"

/* States in which the kernel itself would send to the neighbour. */
#define NUD_USABLE                                                             \
	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY |   \
	 NUD_PROBE)

/* ---- questions -------------------------------------------------------- */

struct mnl_socket *rtnetlink_open(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

int rtnetlink_watch(uint32_t groups)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

struct nlmsghdr *rtnetlink_request(void *buf, uint16_t type, const void *header,
				   size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

int rtnetlink_ask(struct mnl_socket *nl, const struct nlmsghdr *nlh,
		  mnl_cb_t reader, void *result)
{
	char answer[RTNETLINK_MESSAGE];
	ssize_t length;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (length < 0 || mnl_cb_run(answer, length, 0, 0, reader, result) < 0)
		return -errno;
	return 0;
}

int rtnetlink_dump(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t reader,
		   void *result)
{
	char answer[RTNETLINK_MESSAGE];
	ssize_t length;
	int run;

	nlh->nlmsg_flags |= NLM_F_DUMP;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		run = mnl_cb_run(answer, length, 0, 0, reader, result);
	} while (run > MNL_CB_STOP);
	return run < 0 ? -errno : 0;
}

/* ---- attributes ------------------------------------------------------- */

int rtnetlink_family(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr) ? AF_INET : AF_INET6;
}

bool rtnetlink_get_addr(const void *from, size_t length, struct in6_addr *addr)
{
	static const struct in6_addr mapped = {
		.s6_addr = { [10] = 0xff, [11] = 0xff },
	};

	if (length != sizeof(struct in_addr) && length != sizeof(*addr))
		return false;
	*addr = mapped;
	memcpy(addr->s6_addr + sizeof(*addr) - length, from, length);
	return true;
}

void rtnetlink_get_addr_attr(const struct nlattr *attr, struct in6_addr *addr)
{
	rtnetlink_get_addr(mnl_attr_get_payload(attr),
			   mnl_attr_get_payload_len(attr), addr);
}

void rtnetlink_put_addr(struct nlmsghdr *nlh, uint16_t type,
			const struct in6_addr *addr)
{
	size_t length = rtnetlink_family(addr) == AF_INET ?
				sizeof(struct in_addr) :
				sizeof(*addr);

	mnl_attr_put(nlh, type, length, addr->s6_addr + sizeof(*addr) - length);
}

bool rtnetlink_get_mac(const struct nlattr *attr, uint8_t mac[ETH_ALEN])
{
	if (mnl_attr_get_payload_len(attr) != ETH_ALEN)
		return false;
	memcpy(mac, mnl_attr_get_payload(attr), ETH_ALEN);
	return true;
}

/*
 * Bridges tell what they learn by the same message; those are not neighbours.
 */
bool rtnetlink_get_neighbour(const struct nlmsghdr *nlh,
			     struct rtnetlink_neighbour *neighbour)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool has_mac = false;

	neighbour->ifindex = ndm->ndm_ifindex;
	neighbour->failed = ndm->ndm_state & NUD_FAILED;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			rtnetlink_get_addr_attr(attr, &neighbour->addr);
		if (mnl_attr_get_type(attr) == NDA_LLADDR)
			has_mac = rtnetlink_get_mac(attr, neighbour->mac);
	}
	return has_mac && ndm->ndm_family != AF_BRIDGE &&
	       (ndm->ndm_state & NUD_USABLE);
}
