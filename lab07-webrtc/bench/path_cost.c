// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab07's bench: each step of an encrypted copy by itself, and ways to send it
 * that the server does not take.
 *
 *	receive --> decrypt --> for each receiver: encrypt --> send
 *	                                                       sendmmsg
 *	                                                       gso
 *	                                                       xdp
 *
 * A step is timed by the clock of this thread, which stands still while others
 * run.  Steps that send do so in batches with a pause behind each, so that the
 * link keeps up: link_sink counts what arrives.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "lab04-signalling/media/media_socket.h"
#include "lab05-bench/bench.h"
#include "lab05-bench/stamp.h"
#include "lab07-webrtc/srtp.h"

#define MAX_RECEIVERS 256
#define CLEAR	      1200 /* bytes of an RTP packet */
#define SEALED	      (CLEAR + SRTP_OVERHEAD)
#define BATCH	      128 /* copies; a veth's ring has 256 places */
#define PAUSE_NS      200000
#define SEGMENTS      16
#define FROM_PORT     6000
#define FRAMES	      4096 /* of the UMEM */
#define FRAME	      2048 /* bytes */
#define TX_RING	      2048
#define MOST_COPIES   100000000

struct arguments {
	const char *way, *iface;
	struct in_addr from, to;
	__u16 first_port;
	__u32 receivers;
	__u64 copies;
	int cpu;
};

struct work {
	struct arguments args;
	__u64 ns, done, failed;
	__u8 packet[CIPHER_PACKET];
};

/* ---- options ---------------------------------------------------------- */

enum {
	KEY_WAY = 0x100,
	KEY_FROM,
	KEY_TO,
	KEY_FIRST_PORT,
	KEY_RECEIVERS,
	KEY_COPIES,
	KEY_CPU,
};

static const struct argp_option options[] = {
	{ "way", KEY_WAY, "NAME", 0,
	  "Step to measure: receive, decrypt, encrypt, sendmmsg, gso or xdp "
	  "(required)",
	  1 },
	{ "iface", 'i', "NAME", 0, "Interface on which xdp sends", 2 },
	{ "from", KEY_FROM, "IP", 0, "IPv4 address of this host", 2 },
	{ "to", KEY_TO, "IP", 0, "IPv4 address of the receivers", 2 },
	{ "first-port", KEY_FIRST_PORT, "PORT", 0,
	  "Port of the first receiver; the others have the next ports (50000)",
	  2 },
	{ "receivers", KEY_RECEIVERS, "N", 0, "Number of receivers (20)", 2 },
	{ "copies", KEY_COPIES, "N", 0, "Number of copies (20000)", 3 },
	{ "cpu", KEY_CPU, "N", 0, "Run on this CPU only", 3 },
	{}
};

static const char doc[] =
	"Measure one step of an encrypted copy by itself, with packets of 1,200 "
	"bytes and AEAD_AES_128_GCM."
	"\vIt prints a line of JSON: the CPU time of all copies in ns, and "
	"their number. With xdp, a MAC address is 02:00 followed by the IPv4 "
	"address, as bench sets it.\n"
	"Exit status: 0, 1 failed, 2 usage.";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_WAY:
		a->way = arg;
		return 0;
	case 'i':
		a->iface = arg;
		return 0;
	case KEY_FROM:
		a->from = bench_option_ip4(state, arg);
		return 0;
	case KEY_TO:
		a->to = bench_option_ip4(state, arg);
		return 0;
	case KEY_FIRST_PORT:
		a->first_port = option_number(state, arg, "a port", 1, 65000);
		return 0;
	case KEY_RECEIVERS:
		a->receivers = option_number(state, arg, "--receivers", 1,
					     MAX_RECEIVERS);
		return 0;
	case KEY_COPIES:
		a->copies = option_number(state, arg, "--copies", 1,
					  MOST_COPIES);
		return 0;
	case KEY_CPU:
		a->cpu = bench_option_cpu(state, arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = doc,
	.children = options_children,
};

/* ---- what they share -------------------------------------------------- */

static __u64 now(void)
{
	return bench_now(CLOCK_THREAD_CPUTIME_ID);
}

static void pause_for_link(void)
{
	struct timespec t = { .tv_nsec = PAUSE_NS };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static void write_packet(__u8 *packet, __u32 ssrc, __u16 seq)
{
	struct stamped_rtp head = {
		.rtp = {
			.vpxcc = 0x80,
			.mpt = 96,
			.seq = htons(seq),
			.ssrc = htonl(ssrc),
		},
		.stamp.magic = htonl(STAMP_MAGIC),
	};

	memcpy(packet, &head, sizeof(head));
}

static __u16 port_of(const struct work *w, __u64 copy)
{
	return w->args.first_port + copy % w->args.receivers;
}

/* ---- encrypt, decrypt ------------------------------------------------- */

static int open_keys(struct srtp **srtp, __u8 seed)
{
	struct srtp_master master = { .profile = SRTP_GCM_128 };

	memset(master.key, seed, sizeof(master.key));
	return srtp_open(&master, 4, srtp);
}

/* As for a room: each receiver has keys of its own. */
static int encrypt(struct work *w)
{
	static __u8 out[BATCH][CIPHER_PACKET];
	struct srtp *keys[MAX_RECEIVERS];
	__u32 n = w->args.receivers;
	int err = 0;

	for (__u32 i = 0; !err && i < n; i++)
		err = open_keys(&keys[i], i);
	while (!err && w->done < w->args.copies) {
		__u64 before = now();

		for (int i = 0; i < BATCH; i++, w->done++) {
			write_packet(out[i], w->done % n, w->done / n);
			w->failed += srtp_encrypt_payload(keys[w->done % n],
							  w->packet + 12,
							  CLEAR - 12, out[i],
							  12, CIPHER_PACKET) !=
				     SEALED;
		}
		w->ns += now() - before;
	}
	return err;
}

static int decrypt(struct work *w)
{
	static __u8 in[BATCH][CIPHER_PACKET];
	struct srtp *theirs, *ours;
	int err = open_keys(&theirs, 1);

	err = err ?: open_keys(&ours, 1);
	while (!err && w->done < w->args.copies) {
		__u64 before;

		for (int i = 0; i < BATCH; i++) {
			write_packet(w->packet, 1, w->done + i);
			srtp_encrypt_rtp(theirs, w->packet, CLEAR, in[i],
					 CIPHER_PACKET);
		}
		before = now();
		for (int i = 0; i < BATCH; i++, w->done++)
			w->failed += srtp_decrypt_rtp(ours, in[i], SEALED,
						      in[i],
						      CIPHER_PACKET) != CLEAR;
		w->ns += now() - before;
	}
	return err;
}

/* ---- by the server's own socket --------------------------------------- */

static __u64 copies_failed;

static void count_copy(const struct copy *c, int error)
{
	(void)c;
	copies_failed += !!error;
}

static int open_socket(struct media_socket **socket, struct in_addr at)
{
	struct media_address media = {
		.addr = ip_addr_v4(at.s_addr),
		.port = htons(FROM_PORT),
	};

	return media_socket_open(&media, count_copy, socket);
}

static void queue(const struct work *w, struct media_socket *s, __u64 copy)
{
	struct copy *c = media_socket_copy(s);

	write_packet(c->own, copy % w->args.receivers, copy);
	memcpy(c->header, c->own, COPY_HEADER);
	c->rest = c->own + COPY_HEADER;
	c->rest_length = SEALED - COPY_HEADER;
	c->to = ip_addr_v4(w->args.to.s_addr);
	c->port = htons(port_of(w, copy));
	c->ttl = 64;
}

static int send_by_sendmmsg(struct work *w)
{
	struct media_socket *s;
	int err = open_socket(&s, w->args.from);

	while (!err && w->done < w->args.copies) {
		__u64 before;

		for (int i = 0; i < BATCH; i++)
			queue(w, s, w->done++);
		before = now();
		media_socket_flush(s);
		w->ns += now() - before;
		pause_for_link();
	}
	w->failed = copies_failed;
	return err;
}

static int receive(struct work *w)
{
	struct in_addr here = { htonl(INADDR_LOOPBACK) };
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(FROM_PORT),
		.sin_addr = here,
	};
	struct media_socket *s;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int err = open_socket(&s, here);

	while (!err && w->done < w->args.copies) {
		__u64 before;

		for (int i = 0; i < MEDIA_BATCH; i++)
			sendto(fd, w->packet, SEALED, 0, (void *)&to,
			       sizeof(to));
		before = now();
		w->done += media_socket_receive(s);
		w->ns += now() - before;
	}
	return err;
}

/* ---- GSO: many datagrams to one receiver are one for most of the stack - */

static void fill_segments(const struct work *w, __u8 *out)
{
	for (int i = 0; i < SEGMENTS; i++)
		write_packet(out + i * SEALED, 1, w->done + i);
}

static bool send_segments(const struct work *w, int fd, __u8 *out, __u64 turn)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port_of(w, turn)),
		.sin_addr = w->args.to,
	};
	struct iovec part = { .iov_base = out, .iov_len = SEGMENTS * SEALED };
	_Alignas(struct cmsghdr) __u8 control[CMSG_SPACE(sizeof(__u16))] = {};
	struct msghdr m = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(__u16));
	*(__u16 *)CMSG_DATA(c) = SEALED;
	return sendmsg(fd, &m, 0) == SEGMENTS * SEALED;
}

static int send_by_gso(struct work *w)
{
	static __u8 out[SEGMENTS * SEALED];
	int fd = bench_bind(w->args.from, FROM_PORT);
	__u64 turn = 0;

	while (fd >= 0 && w->done < w->args.copies) {
		fill_segments(w, out);
		for (int i = 0; i < BATCH / SEGMENTS; i++) {
			__u64 before = now();

			if (!send_segments(w, fd, out, turn++))
				w->failed += SEGMENTS;
			w->ns += now() - before;
			w->done += SEGMENTS;
		}
		pause_for_link();
	}
	return fd < 0 ? fd : 0;
}

/* ---- AF_XDP: frames, and no stack at all ------------------------------ */

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	__u8 payload[SEALED];
} __attribute__((packed));

struct xdp {
	int fd;
	__u8 *umem;
	__u32 *produced, *completed, *taken; /* indices of the rings */
	struct xdp_desc *descriptors;
};

static void set_mac(__u8 mac[ETH_ALEN], struct in_addr addr)
{
	mac[0] = 2;
	mac[1] = 0;
	memcpy(mac + 2, &addr, sizeof(addr));
}

static __u16 header_sum(struct iphdr ip)
{
	__u16 word[sizeof(ip) / 2];
	__u32 sum = 0;

	memcpy(word, &ip, sizeof(ip));
	for (size_t i = 0; i < sizeof(ip) / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* What a transport would have ready, but for the port and the payload. */
static void write_headers(const struct work *w, struct frame *f)
{
	*f = (struct frame){
		.eth.h_proto = htons(ETH_P_IP),
		.ip = {
			.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.tot_len = htons(sizeof(*f) - sizeof(f->eth)),
			.saddr = w->args.from.s_addr,
			.daddr = w->args.to.s_addr,
		},
		.udp = {
			.source = htons(FROM_PORT),
			.len = htons(sizeof(f->udp) + SEALED),
		},
	};
	set_mac(f->eth.h_source, w->args.from);
	set_mac(f->eth.h_dest, w->args.to);
	f->ip.check = header_sum(f->ip);
}

static void *map_ring(int fd, size_t bytes, off_t which)
{
	void *ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, fd, which);

	return ring == MAP_FAILED ? NULL : ring;
}

static int map_rings(struct xdp *x)
{
	struct xdp_mmap_offsets at;
	socklen_t size = sizeof(at);
	__u8 *tx, *completion;

	if (getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size))
		return -errno;
	tx = map_ring(x->fd, at.tx.desc + TX_RING * sizeof(struct xdp_desc),
		      XDP_PGOFF_TX_RING);
	completion = map_ring(x->fd, at.cr.desc + TX_RING * sizeof(__u64),
			      XDP_UMEM_PGOFF_COMPLETION_RING);
	if (!tx || !completion)
		return -errno;
	x->produced = (void *)(tx + at.tx.producer);
	x->descriptors = (void *)(tx + at.tx.desc);
	x->completed = (void *)(completion + at.cr.producer);
	x->taken = (void *)(completion + at.cr.consumer);
	return 0;
}

static int set_rings(struct xdp *x)
{
	struct xdp_umem_reg umem = {
		.addr = (__u64)x->umem,
		.len = FRAMES * FRAME,
		.chunk_size = FRAME,
	};
	int size = TX_RING;

	if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) ||
	    setsockopt(x->fd, SOL_XDP, XDP_UMEM_FILL_RING, &size,
		       sizeof(size)) ||
	    setsockopt(x->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &size,
		       sizeof(size)) ||
	    setsockopt(x->fd, SOL_XDP, XDP_TX_RING, &size, sizeof(size)))
		return -errno;
	return map_rings(x);
}

static int open_xdp(struct xdp *x, const char *iface)
{
	struct sockaddr_xdp to = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = if_nametoindex(iface),
		.sxdp_flags = XDP_COPY,
	};
	int err;

	x->umem = mmap(NULL, FRAMES * FRAME, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	x->fd = socket(AF_XDP, SOCK_RAW, 0);
	if (x->umem == MAP_FAILED || x->fd < 0)
		return log_errno("AF_XDP", "does this kernel have it?");
	err = set_rings(x);
	if (!err && bind(x->fd, (struct sockaddr *)&to, sizeof(to)))
		err = -errno;
	return err;
}

/* Puts a batch into the ring, and has the kernel send it. */
static void send_frames(struct work *w, struct xdp *x)
{
	__u32 at = *x->produced, until = at + BATCH;

	for (; at != until; at++) {
		struct xdp_desc *d = &x->descriptors[at % TX_RING];
		struct frame *f = (void *)(x->umem + at % FRAMES * FRAME);

		f->udp.dest = htons(port_of(w, w->done));
		write_packet(f->payload, 1, w->done++);
		*d = (struct xdp_desc){
			.addr = (__u8 *)f - x->umem,
			.len = sizeof(*f),
		};
	}
	__atomic_store_n(x->produced, until, __ATOMIC_RELEASE);
	while (__atomic_load_n(x->completed, __ATOMIC_ACQUIRE) != until)
		if (sendto(x->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != EBUSY && errno != ENOBUFS)
			break;
	w->failed += until - *x->completed;
	__atomic_store_n(x->taken, until, __ATOMIC_RELEASE);
}

static int send_by_xdp(struct work *w)
{
	struct xdp x = {};
	int err = open_xdp(&x, w->args.iface ?: "");

	for (int i = 0; !err && i < FRAMES; i++)
		write_headers(w, (void *)(x.umem + i * FRAME));
	while (!err && !w->failed && w->done < w->args.copies) {
		__u64 before = now();

		send_frames(w, &x);
		w->ns += now() - before;
		pause_for_link();
	}
	return err;
}

/* ---- main ------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct work *w);
} ways[] = {
	{ "receive", receive }, { "decrypt", decrypt },
	{ "encrypt", encrypt }, { "sendmmsg", send_by_sendmmsg },
	{ "gso", send_by_gso }, { "xdp", send_by_xdp },
};

static int run(struct work *w)
{
	for (size_t i = 0; w->args.way && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, w->args.way))
			return ways[i].run(w);
	log_error("--way is one of receive, decrypt, encrypt, sendmmsg, gso, "
		  "xdp");
	return -EINVAL;
}

int main(int argc, char **argv)
{
	static struct work w = {
		.args = {
			.first_port = 50000, .receivers = 20, .copies = 20000,
			.cpu = BENCH_ANY_CPU,
		},
	};
	int err;

	options_parse(&argp, argc, argv, 0, &w.args);
	err = bench_pin(w.args.cpu);
	err = err ?: run(&w);
	err = err   ?:
		      bench_print(json_pack("{s:s, s:I, s:I, s:I}", "way",
					    w.args.way, "ns", (json_int_t)w.ns,
					    "copies", (json_int_t)w.done,
					    "failed", (json_int_t)w.failed));
	return exit_status(err);
}
