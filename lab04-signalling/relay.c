// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/table.h"
#include "lab01-xdp-parse/classify.h"
#include "lab01-xdp-parse/guard.h"
#include "lab02-tc-clone/rewrite.h"
#include "lab03-maps/control.h"
#include "lab03-maps/forward.h"
#include "lab04-signalling/relay.h"

#define RECEIVE_BATCH	64	/* datagrams per recvmmsg() */
#define SEND_BATCH	1024	/* the kernel's limit for one sendmmsg() */
#define BATCHES_A_TURN	4
#define DATAGRAM	65536	/* more than UDP can carry */
#define SOCKET_BUFFER	(4 << 20)

/* A copy on its way out: the receiver's RTP header, the sender's rest. */
struct copy {
	struct sockaddr_in6 to;
	struct rtp_hdr rtp;
	struct iovec parts[2];
	__u32 leg;		/* id, for its counters */
	__u32 bytes;
};

struct relay {
	int fd;
	bool forward;
	relay_handler handler;
	void *ctx;
	__u64 unexpected;
	__be16 port;
	struct table sources;	/* as the guard's map of that name */

	char *buffers;		/* RECEIVE_BATCH of DATAGRAM bytes */
	struct sockaddr_in6 from[RECEIVE_BATCH];
	struct iovec in_parts[RECEIVE_BATCH];
	struct mmsghdr in[RECEIVE_BATCH];

	unsigned int copies;
	struct copy out_copies[SEND_BATCH];
	struct mmsghdr out[SEND_BATCH];
};

/* All of a datagram is in memory. */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	if (offset >= c->len)
		return -EFAULT;
	*byte = ((const __u8 *)c->start)[offset];
	return 0;
}

/* ---- out -------------------------------------------------------------- */

static void count_copy(const struct copy *c, int error)
{
	count_leg(c->leg, c->bytes, error);
}

/* A datagram that the kernel refuses is counted; those behind it go on. */
static void flush_copies(struct relay *r)
{
	unsigned int done = 0;
	int sent;

	while (done < r->copies) {
		sent = sendmmsg(r->fd, r->out + done, r->copies - done, 0);
		for (int i = 0; i < sent; i++)
			count_copy(&r->out_copies[done++], 0);
		if (sent <= 0)
			count_copy(&r->out_copies[done++], -errno);
	}
	r->copies = 0;
}

static void queue_copy(struct relay *r, const struct packet *p,
		       const struct rtp_hdr *rtp, const struct leg *leg)
{
	struct copy *c = &r->out_copies[r->copies];
	struct udp_diff unused = {};	/* the kernel sums up the datagram */

	c->to = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = leg->dport,
	};
	memcpy(&c->to.sin6_addr, &leg->daddr, sizeof(c->to.sin6_addr));
	c->rtp = *rtp;
	rewrite_rtp(&c->rtp, leg, &unused);
	c->parts[1].iov_base = (char *)rtp + sizeof(*rtp);
	c->parts[1].iov_len = p->payload_len - sizeof(*rtp);
	c->leg = leg->id;
	c->bytes = p->payload_len;
	if (++r->copies == SEND_BATCH)
		flush_copies(r);
}

static void fan_out(struct relay *r, const struct packet *p,
		    const struct rtp_hdr *rtp, __u32 stream)
{
	struct leg_list legs = stream_legs(stream);
	struct stream_counters *c;

	count_stream(stream, p, legs.count);
	c = table_find(&sfu_stream_counters, &stream);
	c->user_packets++;
	for (__u32 i = 0; i < legs.count; i++) {
		struct leg *leg = find_leg(stream, legs.first + i);

		if (leg)
			queue_copy(r, p, rtp, leg);
	}
}

/* ---- in --------------------------------------------------------------- */

static __u64 monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static void measure(struct relay *r, const struct packet *p, __u32 stream)
{
	struct source_key key = {
		.saddr = p->saddr, .sport = p->sport, .ssrc = p->ssrc,
	};
	struct rtp_stats fresh = {
		.pt = p->pt, .clock_hz = control_stream(stream)->clock_hz,
	};
	struct rtp_stats *s = table_find(&r->sources, &key);

	if (!s && !table_set(&r->sources, &key, &fresh))
		s = table_find(&r->sources, &key);
	if (s)
		rtp_stats_update(s, monotonic_ns(), p->payload_len, p->seq,
				 p->timestamp);
}

/* The same steps as in forward.bpf.c, from the UDP payload on. */
static void forward(struct relay *r, enum verdict verdict,
		    const struct packet *p, const void *bytes)
{
	__u32 stream = 0;

	if (verdict == CLASS_RTP)
		verdict = find_stream(p, &stream);
	count_verdict(verdict);
	if (verdict != CLASS_RTP)
		return;
	measure(r, p, stream);
	fan_out(r, p, bytes, stream);
}

static void receive(struct relay *r, void *bytes, __u32 len,
		    const struct sockaddr_in6 *from)
{
	struct cursor c = {
		.pos = bytes, .start = bytes, .end = bytes + len, .len = len,
	};
	struct packet p = {
		.payload_len = len, .sport = from->sin6_port, .dport = r->port,
	};
	enum verdict verdict = parse_payload(&c, &p);

	memcpy(&p.saddr, &from->sin6_addr, sizeof(p.saddr));
	if (r->forward)
		forward(r, verdict, &p, bytes);
	else if (verdict == CLASS_RTP)
		r->unexpected++;
	if (verdict != CLASS_RTP && !is_drop(verdict))
		r->handler(r->ctx, verdict, &p.saddr, p.sport, bytes, len);
}

static int receive_batch(struct relay *r)
{
	int got;

	for (int i = 0; i < RECEIVE_BATCH; i++)
		r->in[i].msg_hdr.msg_namelen = sizeof(r->from[i]);
	got = recvmmsg(r->fd, r->in, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		receive(r, r->in_parts[i].iov_base, r->in[i].msg_len,
			&r->from[i]);
	flush_copies(r);	/* they point into the buffers */
	return got;
}

void relay_read(struct relay *r)
{
	for (int i = 0; i < BATCHES_A_TURN; i++)
		if (receive_batch(r) < RECEIVE_BATCH)
			return;
}

/* ---- the socket ------------------------------------------------------- */

static int bind_socket(const struct media_address *media)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int off = 0, bytes = SOCKET_BUFFER, err;
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6, .sin6_port = media->port,
	};

	if (fd < 0)
		return -errno;
	memcpy(&addr.sin6_addr, &media->addr, sizeof(addr.sin6_addr));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	/* Without CAP_NET_ADMIN it is what net.core.*mem_max allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static void prepare_messages(struct relay *r)
{
	for (int i = 0; i < RECEIVE_BATCH; i++) {
		r->in_parts[i].iov_base = r->buffers + i * DATAGRAM;
		r->in_parts[i].iov_len = DATAGRAM;
		r->in[i].msg_hdr = (struct msghdr){
			.msg_name = &r->from[i],
			.msg_iov = &r->in_parts[i], .msg_iovlen = 1,
		};
	}
	for (int i = 0; i < SEND_BATCH; i++) {
		struct copy *c = &r->out_copies[i];

		c->parts[0].iov_base = &c->rtp;
		c->parts[0].iov_len = sizeof(c->rtp);
		r->out[i].msg_hdr = (struct msghdr){
			.msg_name = &c->to, .msg_namelen = sizeof(c->to),
			.msg_iov = c->parts, .msg_iovlen = 2,
		};
	}
}

static int allocate(struct relay **relay)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = -1;
	r->sources = (struct table)TABLE_INIT("sources", TABLE_HASH,
					      struct source_key,
					      struct rtp_stats, MAX_SOURCES);
	/* Pages that no datagram was long enough to touch cost nothing. */
	r->buffers = mmap(NULL, RECEIVE_BATCH * DATAGRAM,
			  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	if (r->buffers == MAP_FAILED) {
		free(r);
		return -ENOMEM;
	}
	prepare_messages(r);
	*relay = r;
	return 0;
}

int relay_open(const struct media_address *media, bool forward,
	       relay_handler handler, void *ctx, struct relay **relay)
{
	struct relay *r;
	int err = allocate(&r);

	if (err)
		return err;
	r->forward = forward;
	r->handler = handler;
	r->ctx = ctx;
	r->port = media->port;
	r->fd = bind_socket(media);
	if (r->fd < 0) {
		err = r->fd;
		relay_close(r);
		return err;
	}
	*relay = r;
	return 0;
}

void relay_close(struct relay *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	table_close(&r->sources);
	munmap(r->buffers, RECEIVE_BATCH * DATAGRAM);
	free(r);
}

int relay_fd(const struct relay *r)
{
	return r->fd;
}

bool relay_source(void *relay, const struct source_key *key,
		  struct rtp_stats *stats)
{
	struct relay *r = relay;
	const struct rtp_stats *found = table_find(&r->sources, key);

	if (found)
		*stats = *found;
	return found;
}

__u64 relay_unexpected(const struct relay *r)
{
	return r->unexpected;
}
