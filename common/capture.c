// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packet sockets, which see frames as they are on the wire: a tag that the
 * kernel took out is put back, and the talk of the hosts' own stacks is left
 * out, so that a test sees the frames that it asked for and no others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/log.h"
#include "common/sandbox.h"

#define RECEIVE_BUFFER (64 << 20)

static int bind_to(int fd, const char *ifname, uint16_t protocol)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(protocol) };
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFINDEX, &ifr))
		return -1;
	where.sll_ifindex = ifr.ifr_ifindex;
	return bind(fd, (struct sockaddr *)&where, sizeof(where));
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Without the machine's CAP_NET_ADMIN it is what net.core.rmem_max allows. */
static int enlarge_buffer(int fd)
{
	if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER))
		return 0;
	return set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
}

static int give_up(int fd, const char *ifname)
{
	int err = log_errno(ifname, "is there such an interface? (Linux 4.20)");

	close(fd);
	return err;
}

/* The socket gets its protocol last, to receive nothing before it is set up. */
int capture_open(const char *host, const char *ifname)
{
	int fd = sandbox_socket(host, AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return fd;
	if (enlarge_buffer(fd) ||
	    set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1) ||
	    set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) ||
	    bind_to(fd, ifname, ETH_P_ALL))
		return give_up(fd, ifname);
	return fd;
}

static uint16_t get_be16(const struct frame *p, size_t at)
{
	return at + 2 <= p->len ? p->data[at] << 8 | p->data[at + 1] : 0;
}

static int get_byte(const struct frame *p, size_t at)
{
	return at < p->len ? p->data[at] : -1;
}

/* Frames that the hosts' own stacks send each other, without any test. */
static bool is_talk(const struct frame *p)
{
	size_t at = 2 * ETH_ALEN;
	int protocol = -1;

	while (get_be16(p, at) == ETH_P_8021Q ||
	       get_be16(p, at) == ETH_P_8021AD)
		at += 4;
	if (get_be16(p, at) == ETH_P_IP)
		protocol = get_byte(p, at + 2 + 9);
	if (get_be16(p, at) == ETH_P_IPV6)
		protocol = get_byte(p, at + 2 + 6);
	if (protocol == IPPROTO_HOPOPTS) /* as MLD has */
		protocol = get_byte(p, at + 2 + 40);
	return get_be16(p, at) == ETH_P_ARP || protocol == IPPROTO_ICMP ||
	       protocol == IPPROTO_ICMPV6 || protocol == IPPROTO_IGMP ||
	       protocol == IPPROTO_TCP;
}

/* Puts the tag that the kernel took out back to where it was. */
static void restore_tag(struct frame *p, const struct tpacket_auxdata *aux)
{
	uint16_t type = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ?
				aux->tp_vlan_tpid :
				ETH_P_8021Q;
	uint16_t tag[] = { htons(type), htons(aux->tp_vlan_tci) };

	if (p->len + sizeof(tag) <= PACKET_MAX) {
		memmove(p->data + 2 * ETH_ALEN + sizeof(tag),
			p->data + 2 * ETH_ALEN, p->len - 2 * ETH_ALEN);
		memcpy(p->data + 2 * ETH_ALEN, tag, sizeof(tag));
	}
	p->len += sizeof(tag);
}

/* -EAGAIN if no frame is waiting.  p->len may be more than PACKET_MAX. */
static int receive(int fd, struct frame *p)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));
	struct iovec iov = { p->data, PACKET_MAX };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	struct tpacket_auxdata aux;
	struct cmsghdr *cmsg;

	if (len < 0)
		return -errno;
	p->len = len;
	p->partial = false;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == PACKET_AUXDATA) {
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		p->partial = aux.tp_status & TP_STATUS_CSUMNOTREADY;
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			restore_tag(p, &aux);
	}
	return 0;
}

static bool lost_frames(int fd)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	return !getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) &&
	       stats.tp_drops;
}

int capture_next(int capture, struct frame *p, int timeout_ms)
{
	struct pollfd fd = { .fd = capture, .events = POLLIN };

	for (;;) {
		int err = receive(capture, p);

		if (!err && !is_talk(p))
			return p->len > PACKET_MAX ? -EMSGSIZE : 0;
		if (err == -EAGAIN && !poll(&fd, 1, timeout_ms))
			return lost_frames(capture) ? -ENOBUFS : -ETIMEDOUT;
		if (err && err != -EAGAIN && err != -EINTR)
			return err;
	}
}

int capture_expect_none(int capture, const void *marker, size_t len,
			int timeout_ms, struct frame *unexpected)
{
	struct frame p;

	for (int before = 0;; before++) {
		int err = capture_next(capture, &p, timeout_ms);

		if (err)
			return err;
		if (p.len >= len && !memcmp(p.data + p.len - len, marker, len))
			return lost_frames(capture) ? -ENOBUFS : before;
		if (!before && unexpected)
			*unexpected = p;
	}
}

int stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}

int inject_open(const char *host, const char *ifname)
{
	int fd = sandbox_socket(host, AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return fd;
	if (bind_to(fd, ifname, 0) || stay_on_this_cpu())
		return give_up(fd, ifname);
	return fd;
}

int inject_send(int injector, const struct frame *p)
{
	ssize_t sent = send(injector, p->data, p->len, 0);

	return sent < 0 ? -errno : sent == (ssize_t)p->len ? 0 : -EIO;
}

/* The classic format, with nanoseconds: libpcap's pcap-savefile(5) */
FILE *pcap_create(const char *path)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, snaplen, linktype;
	} header = { 0xa1b23c4d, 2, 4, 0, 0, PACKET_MAX, 1 };
	FILE *pcap = fopen(path, "we");

	if (pcap)
		fwrite(&header, sizeof(header), 1, pcap);
	return pcap;
}

int pcap_add(FILE *pcap, const struct frame *p)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	const uint32_t header[] = { now.tv_sec, now.tv_nsec, p->len, p->len };

	fwrite(header, sizeof(header), 1, pcap);
	fwrite(p->data, p->len, 1, pcap);
	return ferror(pcap) ? -EIO : 0;
}
