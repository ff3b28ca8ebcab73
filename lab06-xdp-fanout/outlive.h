/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: RTCP that is read and written without the server.
 *
 *	read_datagram()		what does this compound packet ask for?
 *	write_pli(), _nack()	to the publisher, about its own SSRC
 *	write_report()		an RR with one block, a CNAME, perhaps REMB
 *	write_headers()		Ethernet, IP and UDP in front of that
 *
 * RTCP consists of 32-bit words (RFC 3550, section 6.4.1), so packets are
 * written as words, in network byte order.  The server writes the same bytes
 * (lab07's rtcp_write.c), except that it writes all blocks into one report.
 */
#ifndef LAB06_OUTLIVE_H
#define LAB06_OUTLIVE_H

#include "lab01-xdp-parse/classify.h"
#include "lab02-tc-clone/rewrite.h"
#include "lab03-maps/count.h"

/*
 * Copies bytes of the frame from an offset.  Each hook that includes this file
 * supplies it.  Returns 0, or a negative value if they are out of reach.
 */
static __always_inline int frame_bytes(void *frame, __u32 offset, void *to,
				       __u32 length);

/* IANA's packet types; the last two are feedback (RFC 4585, section 6.1). */
enum rtcp_pt {
	RTCP_PT_SR = 200,
	RTCP_PT_RR = 201,
	RTCP_PT_SDES = 202,
	RTCP_PT_RTPFB = 205, /* about packets */
	RTCP_PT_PSFB = 206,  /* about pictures */
};

/* Formats of feedback. */
#define RTPFB_NACK 1
#define PSFB_PLI   1
#define PSFB_FIR   4
#define PSFB_AFB   15 /* whose name follows: REMB */

/* ---- reading -------------------------------------------------------------- */

/* The start of feedback; of an SR, media is the high half of its NTP time. */
struct feedback_hdr {
	struct rtcp_hdr rtcp;
	__be32 sender;
	__be32 media;
};

/*
 * What a datagram asks for.  Of each kind the first is taken: whoever wants
 * more asks again.  An offset or an SSRC of 0 means that there is none.
 */
struct rtcp_wishes {
	void *frame; /* for frame_bytes() */
	__u32 at;    /* the next packet, as an offset of the frame */
	__u32 end;
	__u32 sr;	/* offset of a sender report */
	__be32 sr_ssrc; /* the stream that it is about */
	__be32 picture; /* who lost one: PLI or FIR about this SSRC */
	__be32 nack;	/* a NACK about this SSRC: */
	__u32 entries;	/* offset of its entries */
	__u32 length;	/* of them, in bytes */
};

/* RFC 5104, section 4.3.1: the SSRC stands in the list, not in the header. */
static __always_inline void take_fir(struct rtcp_wishes *w)
{
	__be32 ssrc;

	if (!frame_bytes(w->frame, w->at + sizeof(struct feedback_hdr), &ssrc,
			 sizeof(ssrc)))
		w->picture = ssrc;
}

static __always_inline void
take_picture(struct rtcp_wishes *w, const struct feedback_hdr *h, __u32 size)
{
	__u8 format = h->rtcp.vpcount & 0x1f;

	if (w->picture)
		return;
	if (format == PSFB_PLI)
		w->picture = h->media;
	else if (format == PSFB_FIR && size >= sizeof(*h) + 8)
		take_fir(w);
}

/* A padded one is left out: nobody pads, and entries have no zeros to fill. */
static __always_inline void take_nack(struct rtcp_wishes *w,
				      const struct feedback_hdr *h, __u32 size)
{
	__u8 format = h->rtcp.vpcount & 0x3f; /* with the bit of padding */

	if (w->nack || format != RTPFB_NACK || size < sizeof(*h) + 4)
		return;
	w->nack = h->media;
	w->entries = w->at + sizeof(*h);
	w->length = size - sizeof(*h);
}

static __always_inline void
take_packet(struct rtcp_wishes *w, const struct feedback_hdr *h, __u32 size)
{
	switch (h->rtcp.pt) {
	case RTCP_PT_SR:
		if (w->sr || size < 28)
			return;
		w->sr = w->at;
		w->sr_ssrc = h->sender;
		return;
	case RTCP_PT_PSFB:
		take_picture(w, h, size);
		return;
	case RTCP_PT_RTPFB:
		take_nack(w, h, size);
		return;
	}
}

/* One step of bpf_loop(): the packet at w->at.  1: there is no other. */
static long read_packet(__u32 i, void *arg)
{
	struct rtcp_wishes *w = arg;
	struct feedback_hdr h = {};
	__u32 left = w->end - w->at, size;

	(void)i;
	if (left < sizeof(h.rtcp) ||
	    frame_bytes(w->frame, w->at, &h.rtcp, sizeof(h.rtcp)))
		return 1;
	size = (bpf_ntohs(h.rtcp.length) + 1) * 4;
	if (h.rtcp.vpcount >> 6 != 2 || size > left)
		return 1;
	if (size >= sizeof(h)) {
		if (frame_bytes(w->frame, w->at, &h, sizeof(h)))
			return 1;
		take_packet(w, &h, size);
	}
	w->at += size;
	return 0;
}

/* w->frame is set.  The packet's lengths were judged, but are not believed. */
static __always_inline void read_datagram(struct rtcp_wishes *w,
					  const struct packet *p)
{
	w->at = p->payload;
	w->end = (__u32)p->payload + p->payload_len;
	bpf_loop(RTCP_MAX_COMPOUND, read_packet, w, 0);
}

/* ---- writing -------------------------------------------------------------- */

#define MAX_NACK_ENTRIES 32 /* more are left to the next NACK */
#define RTCP_WORDS	 (3 + MAX_NACK_ENTRIES)

/* The words behind the last are 0, so that they do not change a sum. */
struct rtcp_words {
	__be32 word[RTCP_WORDS];
	__u32 count;
};

/* The first word of a packet with so many words. */
static __always_inline __be32 rtcp_first(__u32 format, enum rtcp_pt pt,
					 __u32 words)
{
	return bpf_htonl(2U << 30 | format << 24 | pt << 16 | (words - 1));
}

static __always_inline void put_pli(__be32 *pli, __be32 ours, __be32 media)
{
	pli[0] = rtcp_first(PSFB_PLI, RTCP_PT_PSFB, 3);
	pli[1] = ours;
	pli[2] = media;
}

static __always_inline void write_pli(struct rtcp_words *w, __be32 ours,
				      __be32 media)
{
	*w = (struct rtcp_words){ .count = 3 };
	put_pli(w->word, ours, media);
}

/*
 * The entries are copied from the frame as they are: copies have the sequence
 * numbers that the publisher gave.  Returns 0, or -1 if they are out of reach.
 */
static __always_inline int write_nack(struct rtcp_words *w, __be32 ours,
				      __be32 media,
				      const struct rtcp_wishes *from)
{
	__u32 length = from->length & ~3U;

	*w = (struct rtcp_words){};
	if (length > 4 * MAX_NACK_ENTRIES)
		length = 4 * MAX_NACK_ENTRIES;
	KEEP_VALUE(length);
	if (length < 4)
		return -1;
	KEEP_VALUE(length);
	if (length > 4 * MAX_NACK_ENTRIES)
		return -1;
	if (frame_bytes(from->frame, from->entries, &w->word[3], length))
		return -1;
	w->count = 3 + length / 4;
	w->word[0] = rtcp_first(RTPFB_NACK, RTCP_PT_RTPFB, w->count);
	w->word[1] = ours;
	w->word[2] = media;
	return 0;
}

/* ---- what a report says ---------------------------------------------------- */

#define LOST_MAX 0x7fffff /* 24 bits with a sign */
#define LOST_MIN (-0x800000)

static __always_inline __u32 lost_in_24_bits(__s64 lost)
{
	if (lost > LOST_MAX)
		return LOST_MAX;
	return (lost < LOST_MIN ? LOST_MIN : lost) & 0xffffff;
}

static __always_inline __u64 expected_of(const struct rtp_stats *s)
{
	return rtp_lost(s) + s->received;
}

/*
 * Of the packets expected since the last report, in 1/256 (RFC 3550, A.3).
 * Since a restart, everything counts from another base_seq.
 */
static __always_inline __u32 fraction_lost(const struct stream_feedback *f,
					   const struct rtp_stats *s)
{
	__u64 expected = expected_of(s), received = s->received, lost;

	if (s->restarts == f->restarts && expected >= f->expected) {
		expected -= f->expected;
		received -= f->received;
	}
	if ((__s64)(expected - received) <= 0)
		return 0;
	lost = expected - received;
	return lost < expected ? lost * 256 / expected : 255;
}

static __always_inline __u32 jitter_of(const struct rtp_stats *s)
{
	__u64 units = rtp_jitter_ns(s) * s->clock_hz / NS_PER_SEC;

	return units < 0xffffffff ? units : 0xffffffff;
}

/*
 * Takes the numbers of the next report.  Returns -1 if no packet has come since
 * the last one: then there is nothing to report.
 */
static __always_inline int write_block(__be32 *block, struct stream_feedback *f,
				       const struct rtp_stats *s, __be32 ssrc,
				       __be32 last_sr)
{
	if (s->packets == f->packets)
		return -1;
	block[0] = ssrc;
	block[1] = bpf_htonl(fraction_lost(f, s) << 24 |
			     lost_in_24_bits(rtp_lost(s)));
	block[2] = bpf_htonl(s->cycles + s->max_seq);
	block[3] = bpf_htonl(jitter_of(s));
	block[4] = last_sr;
	block[5] = 0; /* DLSR: the SR is answered at once */
	f->packets = s->packets;
	f->expected = expected_of(s);
	f->received = s->received;
	f->restarts = s->restarts;
	return 0;
}

/* SDES with the CNAME "swiftcall": 01 is CNAME's number, 09 its length. */
static __always_inline void write_cname(__be32 *sdes, __be32 ours)
{
	sdes[0] = rtcp_first(1, RTCP_PT_SDES, 5);
	sdes[1] = ours;
	sdes[2] = bpf_htonl(0x01097377);
	sdes[3] = bpf_htonl(0x69667463);
	sdes[4] = bpf_htonl(0x616c6c00);
}

/* 6 bits of exponent, 18 of mantissa. */
static __always_inline __u32 remb_rate(__u64 bits)
{
	__u32 exponent = 0;

	for (int i = 0; i < 63 && bits >> 18; i++, bits >>= 1)
		exponent++;
	return exponent << 18 | (__u32)bits;
}

static __always_inline void write_remb(__be32 *remb, __be32 ours, __u64 bits,
				       __be32 media)
{
	remb[0] = rtcp_first(PSFB_AFB, RTCP_PT_PSFB, 6);
	remb[1] = ours;
	remb[2] = 0;
	remb[3] = bpf_htonl(0x52454d42); /* "REMB" */
	remb[4] = bpf_htonl(1 << 24 | remb_rate(bits));
	remb[5] = media;
}

/*
 * An RR about one stream, for the publisher who has just sent an SR about it.
 * With f->bits, REMB repeats what the server allowed last; with `ask` a PLI
 * asks for a key frame.  Returns 0, or -1 if there is nothing to report.
 */
static __always_inline int write_report(struct rtcp_words *w,
					struct stream_feedback *f,
					const struct rtp_stats *s, __be32 ours,
					__be32 media, __be32 last_sr, int ask)
{
	__u32 count = 13;

	*w = (struct rtcp_words){};
	if (write_block(&w->word[2], f, s, media, last_sr))
		return -1;
	w->word[0] = rtcp_first(1, RTCP_PT_RR, 8);
	w->word[1] = ours;
	write_cname(&w->word[8], ours);
	if (ask) {
		put_pli(&w->word[count], ours, media);
		count += 3;
	}
	if (f->bits) {
		write_remb(&w->word[count], ours, f->bits, media);
		count += 6;
	}
	w->count = count;
	return 0;
}

/* ---- headers --------------------------------------------------------------- */

/* The frame begins at eth; two bytes before it align what is behind it. */
struct ipv4_headers {
	__u8 align[2];
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
};

struct ipv6_headers {
	__u8 align[2];
	struct ethhdr eth;
	struct ipv6hdr ip;
	struct udphdr udp;
};

union rtcp_headers {
	struct ipv4_headers v4;
	struct ipv6_headers v6;
};

#define IPV4_HEADERS (sizeof(struct ipv4_headers) - 2) /* bytes from eth on */
#define IPV6_HEADERS (sizeof(struct ipv6_headers) - 2)

#define RTCP_TTL 64

/* The words of an address that an IP header of its version has. */
static __always_inline csum_diff sum_address(const struct ip_addr *a, int is_v4)
{
	csum_diff sum = a->word[3];

	for (int i = 0; i < 3 && !is_v4; i++)
		sum = csum_add(sum, a->word[i]);
	return sum;
}

/* A new datagram has no old sum to mend, so this is the sum of all of it. */
static __always_inline void write_udp(struct udphdr *udp, const struct leg *to,
				      __be16 from, const struct rtcp_words *w,
				      int is_v4)
{
	__be16 len = bpf_htons(sizeof(*udp) + 4 * w->count);
	csum_diff sum = csum_add(sum_address(&to->saddr, is_v4),
				 sum_address(&to->daddr, is_v4));

	sum = csum_add(sum, bpf_htons(PROTO_UDP));
	sum = csum_add(sum, len); /* of the pseudo-header, and UDP's own: */
	sum = csum_add(sum, len);
	sum = csum_add(sum, from);
	sum = csum_add(sum, to->dport);
	for (int i = 0; i < RTCP_WORDS; i++)
		sum = csum_add(sum, w->word[i]);
	sum = (__u16)~csum_fold(sum);
	*udp = (struct udphdr){
		.source = from,
		.dest = to->dport,
		.len = len,
		.check = sum ? sum : 0xffff,
	};
}

/* RFC 6864: what is never fragmented needs no identification. */
static __always_inline void write_ipv4(struct iphdr *ip, const struct leg *to,
				       __u32 payload)
{
	__be16 len = bpf_htons(sizeof(*ip) + payload);
	csum_diff sum = csum_add(to->saddr.word[3], to->daddr.word[3]);

	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = len,
		.frag_off = bpf_htons(0x4000),
		.ttl = RTCP_TTL,
		.protocol = PROTO_UDP,
		.saddr = to->saddr.word[3],
		.daddr = to->daddr.word[3],
	};
	sum = csum_add(sum, bpf_htons(0x4500));
	sum = csum_add(sum, len);
	sum = csum_add(sum, bpf_htons(0x4000));
	sum = csum_add(sum, bpf_htons(RTCP_TTL << 8 | PROTO_UDP));
	ip->check = ~csum_fold(sum);
}

static __always_inline void write_ipv6(struct ipv6hdr *ip, const struct leg *to,
				       __u32 payload)
{
	*ip = (struct ipv6hdr){
		.version = 6,
		.payload_len = bpf_htons(payload),
		.nexthdr = PROTO_UDP,
		.hop_limit = RTCP_TTL,
	};
	__builtin_memcpy(&ip->saddr, &to->saddr, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, &to->daddr, sizeof(ip->daddr));
}

/*
 * Writes the headers of a datagram to a leg's address, from the port `from`.
 * Returns how many bytes they have.
 */
static __always_inline __u32 write_headers(union rtcp_headers *h,
					   const struct leg *to, __be16 from,
					   const struct rtcp_words *w)
{
	__u32 payload = sizeof(struct udphdr) + 4 * w->count;

	rewrite_eth(&h->v4.eth, to);
	if (ip_addr_is_v4(&to->daddr)) {
		h->v4.eth.h_proto = bpf_htons(ETH_P_IP);
		write_ipv4(&h->v4.ip, to, payload);
		write_udp(&h->v4.udp, to, from, w, 1);
		return IPV4_HEADERS;
	}
	h->v6.eth.h_proto = bpf_htons(ETH_P_IPV6);
	write_ipv6(&h->v6.ip, to, payload);
	write_udp(&h->v6.udp, to, from, w, 0);
	return IPV6_HEADERS;
}

#endif
