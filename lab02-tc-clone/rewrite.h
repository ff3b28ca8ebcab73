/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab02: turn a packet that came in into one that goes out.
 *
 *	          came in                      goes out
 *	Ethernet  sender's MAC -> ours         ours -> receiver's
 *	IP        sender -> server, TTL n      server -> receiver, TTL n - 1
 *	UDP       sender's port -> media port  media port -> receiver's port
 *	RTP       sender's SSRC and PT         the receiver's
 *
 * Each layer's function changes its fields in place.  The IPv4 header sum is
 * mended at once.  The effect of all changes on the UDP checksum is only
 * collected, because it is applied in different ways: user space and XDP write
 * the new checksum, TC must let the kernel do it (skb_fix_udp_check() in
 * skb.h).
 *
 * The legs of a stream rewrite the same bytes one after the other: leg i finds
 * what leg i - 1 left.  This works because each change reads the old value from
 * the packet, and because the TTL is counted from what was parsed.
 */
#ifndef LAB02_REWRITE_H
#define LAB02_REWRITE_H

#include "lab01-xdp-parse/parse.h"
#include "lab02-tc-clone/checksum.h"
#include "lab02-tc-clone/leg.h"

#define MAX_HEADER_OFFSET 16383

/* The fields that are written into the RTP header of a copy. */
struct rtp_out {
	__be32 ssrc;
	__u8 pt;
	__u64 extensions; /* a map of extension.h; 0: as they are */
};

/* The effect of the rewriting on the UDP checksum. */
struct udp_diff {
	csum_diff pseudo; /* of the addresses in the pseudo-header */
	csum_diff rest;	  /* of UDP's and RTP's own fields */
};

/*
 * A copy is the same packet one hop further: its TTL (in IPv6, its hop limit)
 * is one less.  A packet with none left is not copied.  Without this rule two
 * servers that are told each other's address would send one packet to and fro
 * for ever.
 */
static __always_inline int has_expired(const struct packet *p)
{
	return p->ttl <= 1;
}

static __always_inline void rewrite_eth(struct ethhdr *eth,
					const struct leg *leg)
{
	__builtin_memcpy(eth->h_dest, leg->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, leg->smac, ETH_ALEN);
}

static __always_inline void rewrite_ipv4(struct iphdr *ip,
					 const struct leg *leg, __u8 ttl,
					 struct udp_diff *diff)
{
	//@todo 2.4 rewrite_ipv4: addresses and TTL, and what they do to the sums
	//@stub	(void)ip, (void)leg, (void)ttl, (void)diff;
	__be32 saddr = leg->saddr.word[3], daddr = leg->daddr.word[3];
	csum_diff addresses = csum_replace(0, ip->saddr, saddr);
	csum_diff hops;

	addresses = csum_replace(addresses, ip->daddr, daddr);
	/* TTL is the high byte of a 16-bit word that it shares with protocol */
	hops = csum_replace(0, bpf_htons(ip->ttl << 8), bpf_htons(ttl << 8));
	ip->ttl = ttl;
	ip->saddr = saddr;
	ip->daddr = daddr;
	ip->check = csum_update(ip->check, csum_add(addresses, hops));
	diff->pseudo = csum_add(diff->pseudo, addresses);
	//@end 2.4
}

static __always_inline void rewrite_ipv6(struct ipv6hdr *ip,
					 const struct leg *leg, __u8 ttl,
					 struct udp_diff *diff)
{
	__be32 *saddr = (void *)&ip->saddr;
	__be32 *daddr = (void *)&ip->daddr;

	for (int i = 0; i < 4; i++) {
		diff->pseudo = csum_replace(diff->pseudo, saddr[i],
					    leg->saddr.word[i]);
		diff->pseudo = csum_replace(diff->pseudo, daddr[i],
					    leg->daddr.word[i]);
		saddr[i] = leg->saddr.word[i];
		daddr[i] = leg->daddr.word[i];
	}
	ip->hop_limit = ttl; /* IPv6 has no header checksum */
}

/* Copies leave from the port that media comes in on (RFC 4961). */
static __always_inline void rewrite_udp(struct udphdr *udp,
					const struct leg *leg,
					__be16 media_port,
					struct udp_diff *diff)
{
	//@todo 2.5 rewrite_udp: from the media port to the receiver's
	//@stub	(void)udp, (void)leg, (void)media_port, (void)diff;
	diff->rest = csum_replace(diff->rest, udp->source, media_port);
	diff->rest = csum_replace(diff->rest, udp->dest, leg->dport);
	udp->source = media_port;
	udp->dest = leg->dport;
	//@end 2.5
}

static __always_inline void rewrite_rtp(struct rtp_hdr *rtp,
					const struct rtp_out *out,
					struct udp_diff *diff)
{
	//@todo 2.8 rewrite_rtp: the receiver's SSRC and PT, the sender's marker
	//@stub	(void)rtp, (void)out, (void)diff;
	__u8 mpt = (rtp->mpt & RTP_MARKER) | out->pt;

	/* PT is the low byte of the first 16-bit word */
	diff->rest = csum_replace(diff->rest, bpf_htons(rtp->mpt),
				  bpf_htons(mpt));
	diff->rest = csum_replace(diff->rest, rtp->ssrc, out->ssrc);
	rtp->mpt = mpt;
	rtp->ssrc = out->ssrc;
	//@end 2.8
}

/*
 * The header of size bytes at an offset of the frame, or NULL.  The limit
 * of the offset is for the verifier, as in take().
 */
static __always_inline void *header_at(void *start, void *end, __u64 offset,
				       __u32 size)
{
	void *at;

	KEEP_VALUE(offset);
	if (offset > MAX_HEADER_OFFSET)
		return NULL;
	at = start + offset;
	KEEP_VALUE(at);
	return at + size > end ? NULL : at;
}

/*
 * Returns -1 with nothing changed if the IP header is out of reach.  The TTL
 * is counted from p, not from the header: the copies of a packet are made one
 * after the other from the same bytes.
 */
static __always_inline int rewrite_ip(void *start, void *end,
				      const struct packet *p,
				      const struct leg *leg,
				      struct udp_diff *diff)
{
	__u8 ttl = p->ttl - 1;
	struct ipv6hdr *ipv6;
	struct iphdr *ipv4;

	if (p->ip_version == 4) {
		ipv4 = header_at(start, end, p->l3, sizeof(*ipv4));
		if (!ipv4)
			return -1;
		rewrite_ipv4(ipv4, leg, ttl, diff);
	} else {
		ipv6 = header_at(start, end, p->l3, sizeof(*ipv6));
		if (!ipv6)
			return -1;
		rewrite_ipv6(ipv6, leg, ttl, diff);
	}
	return 0;
}

/*
 * Rewrites the whole frame, in which parse_frame() found the packet: it becomes
 * the copy for leg, with the RTP fields of out.  Only the UDP checksum is still
 * the old one; diff says how it changes.
 * Returns 0, or -1 with nothing changed when the headers are out of reach,
 * the leg's address is of the other IP version, or the packet has_expired().
 */
static __always_inline int rewrite_frame(void *start, void *end,
					 const struct packet *p,
					 const struct leg *leg,
					 const struct rtp_out *out,
					 struct udp_diff *diff)
{
	int is_v4 = p->ip_version == 4;
	struct ethhdr *eth = header_at(start, end, 0, sizeof(*eth));
	struct udphdr *udp = header_at(start, end, p->l4, sizeof(*udp));
	struct rtp_hdr *rtp = header_at(start, end, p->payload, sizeof(*rtp));

	if (ip_addr_is_v4(&leg->daddr) != is_v4 || has_expired(p))
		return -1;
	if (!eth || !udp || !rtp || rewrite_ip(start, end, p, leg, diff))
		return -1;
	rewrite_eth(eth, leg);
	rewrite_udp(udp, leg, p->dport, diff);
	rewrite_rtp(rtp, out, diff);
	return 0;
}

#endif
