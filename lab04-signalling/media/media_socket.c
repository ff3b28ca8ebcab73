// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The media socket: recvmmsg() and sendmmsg(), and what goes with each
 * message as ancillary data (cmsg(3)).
 *
 *	in	IP_TTL, IPV6_HOPLIMIT		a copy leaves with one less
 *		IP_PKTINFO, IPV6_PKTINFO	to which address, on which link
 *		IP_RECVFRAGSIZE, IPV6_...	it came in fragments
 *		IP_RECVOPTS			IPv4 options
 *		IPV6_RTHDR			a routing header
 *		SO_MARK				what our eBPF has said of it
 *		SO_TIMESTAMPNS			when it came
 *	out	IP_TTL, IPV6_HOPLIMIT
 *		UDP_SEGMENT			one message is many datagrams
 *
 * The socket is one of AF_INET6 for both versions.  Datagrams of IPv4 come
 * with the ancillary data of level IPPROTO_IP (and with IPV6_PKTINFO beside
 * IP_PKTINFO), and copies to ::ffff:a.b.c.d take an IP_TTL.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <linux/udp.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "lab04-signalling/media/media_socket.h"

#define COPY_BATCH    512   /* of the 1,024 that sendmmsg() takes */
#define SLOTS	      1024  /* for receivers: a power of two */
#define SEGMENTS      16    /* that are worth it: see gather() */
#define MOST_SEGMENTS 64    /* of one message: what old kernels take */
#define MOST_BYTES    65000 /* the same: an IP packet's */
#define ALONE	      CMSG_SPACE(sizeof(int))
#define DATAGRAM      65536 /* more than UDP can carry */
#define SOCKET_BUFFER (4 << 20)

/* RFC 791, section 3.1 */
#define OPTION_END  0
#define OPTION_NOP  1
#define OPTION_LSRR 131
#define OPTION_SSRR 137

/* The largest that can come with a datagram: with a routing header. */
#define ANCILLARY_IN                                                           \
	(CMSG_SPACE(sizeof(struct in6_pktinfo)) +                              \
	 CMSG_SPACE(sizeof(struct in_pktinfo)) + 3 * CMSG_SPACE(sizeof(int)) + \
	 CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(256 * 8))

struct outgoing {
	struct copy copy;
	struct sockaddr_in6 to;
	struct iovec parts[2];
	_Alignas(struct cmsghdr) __u8 ttl[ALONE + CMSG_SPACE(sizeof(__u16))];
	struct outgoing *next; /* of the same message */
};

/* Copies to one receiver, of one length, in the order in which they came. */
struct message {
	struct outgoing *first, *last;
	unsigned int count;
};

struct media_socket {
	int fd;
	copy_done done;

	char *buffers; /* MEDIA_BATCH of DATAGRAM bytes */
	struct datagram datagrams[MEDIA_BATCH];
	struct sockaddr_in6 from[MEDIA_BATCH];
	struct iovec in_parts[MEDIA_BATCH];
	_Alignas(struct cmsghdr) __u8 ancillary[MEDIA_BATCH][ANCILLARY_IN];
	struct mmsghdr in[MEDIA_BATCH];

	unsigned int copies;
	__u8 own[COPY_BATCH][CIPHER_PACKET];
	struct outgoing outgoing[COPY_BATCH];

	bool no_segments; /* the kernel cannot do it */
	unsigned int groups, messages;
	struct message group[COPY_BATCH], message[COPY_BATCH];
	__u16 latest[SLOTS]; /* group of a receiver, from 1 on; 0: none */
	struct iovec parts[2 * COPY_BATCH];
	struct mmsghdr out[COPY_BATCH];
};

/* ---- in --------------------------------------------------------------- */

/* The strict and the loose source route, behind whatever comes before. */
static bool has_source_route(const __u8 *options, size_t length)
{
	size_t at = 0;

	while (at < length && options[at] != OPTION_END) {
		if (options[at] == OPTION_LSRR || options[at] == OPTION_SSRR)
			return true;
		if (options[at] == OPTION_NOP)
			at++;
		else if (at + 1 < length && options[at + 1] >= 2)
			at += options[at + 1];
		else
			return false; /* the stack lets none such in */
	}
	return false;
}

/* ipi_spec_dst is ours; only for unicast it is the one that was sent to. */
static void read_ipv4(struct datagram *d, struct cmsghdr *c)
{
	const struct in_pktinfo *info = (void *)CMSG_DATA(c);

	switch (c->cmsg_type) {
	case IP_PKTINFO:
		d->ifindex = info->ipi_ifindex;
		d->to_group = info->ipi_addr.s_addr !=
			      info->ipi_spec_dst.s_addr;
		break;
	case IP_TTL:
		d->ttl = *(int *)CMSG_DATA(c);
		break;
	case IP_RECVFRAGSIZE:
		d->in_fragments = true;
		break;
	case IP_RECVOPTS:
		d->has_options = true;
		d->source_routed = has_source_route(CMSG_DATA(c),
						    c->cmsg_len - CMSG_LEN(0));
		break;
	}
}

/*
 * This host has followed a header that had segments left, so none are now.  Of
 * type 0 it follows none (RFC 5095): there, none were left from the start.
 */
static bool is_followed(const void *routing_header)
{
	const struct ip6_rthdr *header = routing_header;

	return header->ip6r_type;
}

static void read_ipv6(struct datagram *d, struct cmsghdr *c)
{
	const struct in6_pktinfo *info = (void *)CMSG_DATA(c);

	switch (c->cmsg_type) {
	case IPV6_PKTINFO:
		d->ifindex = info->ipi6_ifindex;
		d->to_group |= IN6_IS_ADDR_MULTICAST(&info->ipi6_addr);
		break;
	case IPV6_HOPLIMIT:
		d->ttl = *(int *)CMSG_DATA(c);
		break;
	case IPV6_RECVFRAGSIZE:
		d->in_fragments = true;
		break;
	case IPV6_RTHDR:
		d->source_routed = is_followed(CMSG_DATA(c));
		break;
	}
}

static void read_socket_level(struct datagram *d, struct cmsghdr *c,
			      const struct clock_pair *now)
{
	if (c->cmsg_type == SO_MARK)
		d->mark = *(__u32 *)CMSG_DATA(c);
	else if (c->cmsg_type == SO_TIMESTAMPNS)
		d->came = clock_from_day_ns(now,
					    *(struct timespec *)CMSG_DATA(c));
}

static void read_message(struct media_socket *s, int i,
			 const struct clock_pair *now)
{
	struct msghdr *m = &s->in[i].msg_hdr;
	struct datagram *d = &s->datagrams[i];
	struct cmsghdr *c;

	*d = (struct datagram){
		.bytes = s->in_parts[i].iov_base,
		.length = s->in[i].msg_len,
		.port = s->from[i].sin6_port,
	};
	memcpy(&d->from, &s->from[i].sin6_addr, sizeof(d->from));
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP)
			read_ipv4(d, c);
		else if (c->cmsg_level == IPPROTO_IPV6)
			read_ipv6(d, c);
		else if (c->cmsg_level == SOL_SOCKET)
			read_socket_level(d, c, now);
	}
}

int media_socket_receive(struct media_socket *s)
{
	struct clock_pair now;
	int got;

	for (int i = 0; i < MEDIA_BATCH; i++) {
		s->in[i].msg_hdr.msg_namelen = sizeof(s->from[i]);
		s->in[i].msg_hdr.msg_controllen = sizeof(s->ancillary[i]);
	}
	got = recvmmsg(s->fd, s->in, MEDIA_BATCH, MSG_DONTWAIT, NULL);
	now = clock_both();
	for (int i = 0; i < got; i++)
		read_message(s, i, &now);
	return got < 0 ? 0 : got;
}

const struct datagram *media_socket_datagram(const struct media_socket *s,
					     int i)
{
	return &s->datagrams[i];
}

/* Whom an ICMP message is about does not matter: copies are not repeated. */
void media_socket_forget_errors(struct media_socket *s)
{
	struct msghdr m = {};

	for (int i = 0; i < MEDIA_BATCH; i++)
		if (recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
}

/* ---- out -------------------------------------------------------------- */

static void write_copy(struct outgoing *o)
{
	bool v4 = ip_addr_is_v4(&o->copy.to);
	struct cmsghdr *c = (void *)o->ttl;

	o->to.sin6_port = o->copy.port;
	memcpy(&o->to.sin6_addr, &o->copy.to, sizeof(o->to.sin6_addr));
	o->parts[1].iov_base = o->copy.rest;
	o->parts[1].iov_len = o->copy.rest_length;
	c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = v4 ? IP_TTL : IPV6_HOPLIMIT;
	*(int *)CMSG_DATA(c) = o->copy.ttl;
	o->next = NULL;
}

/* ---- copies that leave together ----------------------------------------- */

static bool same_receiver(const struct copy *a, const struct copy *b)
{
	return a->port == b->port && !memcmp(&a->to, &b->to, sizeof(a->to));
}

/* Where the number of the receiver's latest group is, or will be. */
static __u16 *find_latest(struct media_socket *s, const struct copy *c)
{
	__u32 slot = (c->to.word[3] + c->port) * 0x9e3779b1u >> 16;

	while (s->latest[slot % SLOTS] &&
	       !same_receiver(
		       &s->group[s->latest[slot % SLOTS] - 1].first->copy, c))
		slot++;
	return &s->latest[slot % SLOTS];
}

/* One that differs begins another group, so that the order is kept. */
static bool fits(const struct message *m, const struct copy *c)
{
	__u32 length = COPY_HEADER + c->rest_length;

	return m->first->copy.rest_length == c->rest_length &&
	       m->first->copy.ttl == c->ttl && m->count < MOST_SEGMENTS &&
	       (m->count + 1) * length <= MOST_BYTES;
}

static void group_copy(struct media_socket *s, struct outgoing *o)
{
	__u16 *latest = find_latest(s, &o->copy);
	struct message *m = *latest ? &s->group[*latest - 1] : NULL;

	if (m && fits(m, &o->copy)) {
		m->last->next = o;
		m->last = o;
		m->count++;
		return;
	}
	s->group[s->groups++] = (struct message){ o, o, 1 };
	*latest = s->groups;
}

static void add_alone(struct media_socket *s, struct outgoing *o)
{
	struct outgoing *next;

	for (; o; o = next) {
		next = o->next;
		o->next = NULL;
		s->message[s->messages++] = (struct message){ o, o, 1 };
	}
}

/*
 * Many datagrams of one message pass most of the stack as one, and cost half.
 * Few are not worth it: in the end they are taken apart again.
 */
static void gather(struct media_socket *s)
{
	bool enough = s->copies >= SEGMENTS && !s->no_segments;

	s->messages = s->groups = 0;
	if (enough)
		memset(s->latest, 0, sizeof(s->latest));
	for (unsigned int i = 0; i < s->copies; i++)
		if (enough)
			group_copy(s, &s->outgoing[i]);
		else
			add_alone(s, &s->outgoing[i]);
	for (unsigned int i = 0; i < s->groups; i++)
		if (s->group[i].count >= SEGMENTS)
			s->message[s->messages++] = s->group[i];
		else
			add_alone(s, s->group[i].first);
}

static void ask_for_segments(struct outgoing *o)
{
	struct cmsghdr *c = (void *)(o->ttl + ALONE);

	c->cmsg_len = CMSG_LEN(sizeof(__u16));
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	*(__u16 *)CMSG_DATA(c) = COPY_HEADER + o->copy.rest_length;
}

/* Parts are where all parts of this message go; returns the end of them. */
static struct iovec *write_message(const struct message *m, struct mmsghdr *out,
				   struct iovec *parts)
{
	struct iovec *end = parts;

	for (const struct outgoing *o = m->first; o; o = o->next) {
		*end++ = o->parts[0];
		*end++ = o->parts[1];
	}
	if (m->count > 1)
		ask_for_segments(m->first);
	out->msg_hdr = (struct msghdr){
		.msg_name = &m->first->to,
		.msg_namelen = sizeof(m->first->to),
		.msg_iov = parts,
		.msg_iovlen = end - parts,
		.msg_control = m->first->ttl,
		.msg_controllen = m->count > 1 ? sizeof(m->first->ttl) : ALONE,
	};
	return end;
}

/*
 * What UDP returns is not always about the datagram it was given.  With
 * IP_RECVERR it tells that the link's queue has dropped it (ENOBUFS), which it
 * keeps to itself otherwise; but then it tells of earlier ones, too, for which
 * an ICMP message has come.  That news it tells once, so ask twice.
 */
static int send_messages(const struct media_socket *s, struct mmsghdr *out,
			 unsigned int count)
{
	int sent = -1;

	for (int i = 0; i < 2 && sent <= 0; i++) {
		sent = sendmmsg(s->fd, out, count, MSG_DONTWAIT);
		if (sent < 0 && (errno == ENOBUFS || errno == EAGAIN))
			break;
	}
	return sent;
}

static void finish(const struct media_socket *s, const struct message *m,
		   int error)
{
	for (const struct outgoing *o = m->first; o; o = o->next)
		s->done(&o->copy, error);
}

/* Not one of them has left: each does by itself. */
static void send_alone(struct media_socket *s, struct message *m)
{
	struct outgoing *o = m->first, *next;
	struct iovec parts[2];
	struct mmsghdr out;

	for (; o; o = next) {
		struct message alone = { o, o, 1 };

		next = o->next;
		o->next = NULL;
		write_message(&alone, &out, parts);
		finish(s, &alone, send_messages(s, &out, 1) == 1 ? 0 : -errno);
	}
}

/* EIO: by that link, this kernel sends none.  EINVAL: none so large. */
static bool are_refused(const struct message *m, int error)
{
	return m->count > 1 && (error == EIO || error == EINVAL ||
				error == EMSGSIZE || error == EOPNOTSUPP);
}

static void fail(struct media_socket *s, struct message *m, int error)
{
	if (!are_refused(m, error)) {
		finish(s, m, -error);
		return;
	}
	s->no_segments |= error == EIO;
	send_alone(s, m);
}

void media_socket_flush(struct media_socket *s)
{
	struct iovec *parts = s->parts;
	unsigned int done = 0;
	int sent;

	for (unsigned int i = 0; i < s->copies; i++)
		write_copy(&s->outgoing[i]);
	gather(s);
	for (unsigned int i = 0; i < s->messages; i++)
		parts = write_message(&s->message[i], &s->out[i], parts);
	while (done < s->messages) {
		sent = send_messages(s, s->out + done, s->messages - done);
		for (int i = 0; i < sent; i++)
			finish(s, &s->message[done++], 0);
		if (sent <= 0)
			fail(s, &s->message[done++], errno);
	}
	s->copies = 0;
}

struct copy *media_socket_copy(struct media_socket *s)
{
	if (s->copies == COPY_BATCH)
		media_socket_flush(s);
	return &s->outgoing[s->copies++].copy;
}

void media_socket_drop_copy(struct media_socket *s)
{
	s->copies--;
}

int media_socket_send(struct media_socket *s, const struct ip_addr *to,
		      __be16 port, const void *bytes, __u32 length)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = port,
	};

	memcpy(&addr.sin6_addr, to, sizeof(addr.sin6_addr));
	if (sendto(s->fd, bytes, length, MSG_DONTWAIT, (void *)&addr,
		   sizeof(addr)) < 0)
		return -errno;
	return 0;
}

/* ---- the socket ------------------------------------------------------- */

/*
 * What a frame's MAC address says is gone when UDP has the datagram, so the
 * kernel looks: frames to all, or to a group, hold nothing that is meant for
 * us alone.
 */
static int refuse_group_frames(int fd)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_BROADCAST, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_MULTICAST, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, DATAGRAM),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {
		.len = sizeof(steps) / sizeof(*steps),
		.filter = steps,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

/* The ancillary data of IPv4 comes to a socket of IPv6 that asks for it. */
static int ask_for_ancillary(int fd)
{
	static const struct {
		int level, name;
	} wanted[] = {
		{ IPPROTO_IP, IP_PKTINFO },
		{ IPPROTO_IP, IP_RECVTTL },
		{ IPPROTO_IP, IP_RECVOPTS },
		{ IPPROTO_IP, IP_RECVFRAGSIZE },
		{ IPPROTO_IP, IP_RECVERR },
		{ IPPROTO_IPV6, IPV6_RECVERR },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT },
		{ IPPROTO_IPV6, IPV6_RECVFRAGSIZE },
		{ IPPROTO_IPV6, IPV6_RECVRTHDR },
	};
	int on = 1, err = 0;

	for (size_t i = 0; !err && i < sizeof(wanted) / sizeof(*wanted); i++)
		err = setsockopt(fd, wanted[i].level, wanted[i].name, &on,
				 sizeof(on));
	return err;
}

static int ask_for(struct media_socket *s, int option)
{
	int on = 1;

	return setsockopt(s->fd, SOL_SOCKET, option, &on, sizeof(on)) ? -errno :
									0;
}

int media_socket_ask_for_marks(struct media_socket *s)
{
	return ask_for(s, SO_RCVMARK);
}

int media_socket_ask_for_times(struct media_socket *s)
{
	return ask_for(s, SO_TIMESTAMPNS);
}

static void enlarge_buffers(int fd)
{
	int bytes = SOCKET_BUFFER;

	/* Without CAP_NET_ADMIN it is what net.core.*mem_max allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static int bind_socket(int fd, const struct media_address *media)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = media->port,
	};
	int off = 0;

	memcpy(&addr.sin6_addr, &media->addr, sizeof(addr.sin6_addr));
	enlarge_buffers(fd);
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    refuse_group_frames(fd) || ask_for_ancillary(fd) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return 0;
}

static void prepare_in(struct media_socket *s)
{
	for (int i = 0; i < MEDIA_BATCH; i++) {
		s->in_parts[i].iov_base = s->buffers + i * DATAGRAM;
		s->in_parts[i].iov_len = DATAGRAM;
		s->in[i].msg_hdr = (struct msghdr){
			.msg_name = &s->from[i],
			.msg_iov = &s->in_parts[i],
			.msg_iovlen = 1,
			.msg_control = s->ancillary[i],
		};
	}
}

static void prepare_out(struct media_socket *s)
{
	for (int i = 0; i < COPY_BATCH; i++) {
		struct outgoing *o = &s->outgoing[i];

		o->copy.own = s->own[i];
		o->to.sin6_family = AF_INET6;
		o->parts[0].iov_base = o->copy.header;
		o->parts[0].iov_len = sizeof(o->copy.header);
		((struct cmsghdr *)o->ttl)->cmsg_len = CMSG_LEN(sizeof(int));
	}
}

static struct media_socket *allocate(void)
{
	struct media_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	/* Pages that no datagram was long enough to touch cost nothing. */
	s->buffers = mmap(NULL, MEDIA_BATCH * DATAGRAM, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->buffers == MAP_FAILED) {
		free(s);
		return NULL;
	}
	prepare_in(s);
	prepare_out(s);
	return s;
}

int media_socket_open(const struct media_address *media, copy_done done,
		      struct media_socket **out)
{
	struct media_socket *s = allocate();
	int err;

	if (!s)
		return -ENOMEM;
	s->done = done;
	s->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = s->fd < 0 ? -errno : bind_socket(s->fd, media);
	if (err)
		media_socket_close(s);
	else
		*out = s;
	return err;
}

void media_socket_close(struct media_socket *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	munmap(s->buffers, MEDIA_BATCH * DATAGRAM);
	free(s);
}

int media_socket_fd(const struct media_socket *s)
{
	return s->fd;
}
