/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab01, first half: where in this frame is the UDP payload?
 *
 *	Ethernet -> up to two VLAN tags -> IPv4 | IPv6 -> UDP -> payload
 *
 * The same code runs in XDP, in TC and in user space.  The rule that keeps
 * it safe is the verifier's: no byte is read before it was proven to lie
 * inside the frame.  take() is the only function that moves forward, and
 * proves it each time.
 */
#ifndef LAB01_PARSE_H
#define LAB01_PARSE_H

#include "common/protocols.h"
#include "lab01-xdp-parse/verdict.h"

#define MAX_VLAN_TAGS 2
#define MAX_IPV6_EXTS 6

/*
 * What is known about a packet.  Offsets count bytes from the start of the
 * frame and mean something once the class says that the layer is there.
 */
struct packet {
	__u16 l3;	      /* offset of the IP header */
	__u16 l4;	      /* offset of the UDP header */
	__u16 payload;	      /* offset of the UDP payload */
	__u16 payload_len;    /* bytes, by the UDP header */
	__u16 ip_payload_len; /* bytes after the IP headers, which say so */
	__u8 ip_version;      /* 4 or 6 */
	__u8 vlan_tags;	      /* how many were skipped */
	__u16 ttl;	      /* IPv6: hop limit; 256: see skb_restore() */

	struct ip_addr saddr;
	struct ip_addr daddr;
	__be16 sport;
	__be16 dport;

	__be32 ssrc;		 /* RTP only, from here on */
	__u16 extension;	 /* offset of its elements from the payload */
	__u16 extension_len;	 /* bytes of the elements; 0: no elements */
	__u16 extension_profile; /* RFC 8285: the form of the elements */
	__u32 timestamp;
	__u16 seq;
	__u8 pt;
	__u8 marker;
};

/*
 * A place in the frame that moves forward.  len is the length of the whole
 * frame, which in TC can be more than the bytes that lie between start and
 * end; ctx is what frame_byte() needs to reach those.
 */
struct cursor {
	void *pos;
	void *end;
	void *start;
	void *ctx;
	__u32 len;
};

/*
 * Reads the byte at an offset of the frame, wherever it lies.  Each hook
 * that includes this file supplies it.  Returns 0, or a negative value when the
 * byte is out of reach.
 */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte);

/*
 * The verifier must see the limit of the very value that is added to a
 * pointer.  Compilers (clang from 18 on, most of all) like to compare one
 * value and to add another that they computed from the same source.  This macro
 * hides from the compiler where the value comes from, so it can make no second.
 */
#define KEEP_VALUE(value) asm volatile("" : "+r"(value))

/*
 * No header is longer: an IPv6 extension header has up to 2,048 bytes.  The
 * verifier adds up how far the steps can lead, and proves nothing about a
 * pointer that could lie more than 65,535 bytes into the frame.
 */
#define MAX_HEADER 2048

/* The next size bytes, or NULL if the frame ends before. */
static __always_inline void *take(struct cursor *c, __u64 size)
{
	void *at;

	KEEP_VALUE(size);
	KEEP_VALUE(c->pos);
	if (size > MAX_HEADER)
		return NULL;
	at = c->pos;
	//@todo 1.1 take: if the frame ends before at + size, there is nothing
	//@stub	return NULL;
	if (at + size > c->end)
		return NULL;
	//@end 1.1
	c->pos = at + size;
	return at;
}

static __always_inline __u16 offset_of(const struct cursor *c, const void *at)
{
	return at - c->start;
}

static __always_inline int is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) ||
	       proto == bpf_htons(ETH_P_8021AD);
}

/* Broadcast, or multicast: IEEE 802.3, section 3.2.3. */
static __always_inline int is_group_mac(const __u8 mac[ETH_ALEN])
{
	return mac[0] & 1;
}

/*
 * Returns the EtherType behind the Ethernet header and its tags, or 0.  A frame
 * to a group of hosts is never media, because media goes to one server.
 */
static __always_inline __be16 parse_eth(struct cursor *c, struct packet *p)
{
	struct ethhdr *eth = take(c, sizeof(*eth));
	__be16 proto;

	if (!eth || is_group_mac(eth->h_dest))
		return 0;
	proto = eth->h_proto;
	//@todo 1.2 parse_eth: step over up to MAX_VLAN_TAGS tags, and count them
	//@stub	(void)p;
	for (int i = 0; i < MAX_VLAN_TAGS && is_vlan(proto); i++) {
		struct vlan_hdr *vlan = take(c, sizeof(*vlan));

		if (!vlan)
			return 0;
		proto = vlan->proto;
		p->vlan_tags++;
	}
	//@end 1.2
	return proto;
}

static __always_inline enum verdict parse_ipv4(struct cursor *c,
					       struct packet *p)
{
	struct iphdr *ip = take(c, sizeof(*ip));
	__u32 header, total;

	if (!ip)
		return CLASS_OTHER;
	p->daddr = ip_addr_v4(ip->daddr); /* is_for_us() always needs it */
	//@todo 1.3 parse_ipv4: believe no length that the header cannot have
	//@stub	if (ip)
	//@stub		return CLASS_OTHER;
	//@stub	header = total = sizeof(*ip);
	if (ip->version != 4 || ip->ihl < 5)
		return CLASS_OTHER;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (total < header || !take(c, header - sizeof(*ip)))
		return CLASS_OTHER;
	if (ip->frag_off &
	    bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return CLASS_FRAGMENT;
	if (ip->protocol != PROTO_UDP)
		return CLASS_OTHER;
	if (header > sizeof(*ip))
		return CLASS_OPTIONS;
	//@end 1.3

	p->ip_version = 4;
	p->l3 = offset_of(c, ip);
	p->ttl = ip->ttl;
	p->ip_payload_len = total - header;
	p->saddr = ip_addr_v4(ip->saddr);
	return CLASS_UDP;
}

static __always_inline int is_ipv6_ext(__u8 next)
{
	return next == PROTO_HOP_BY_HOP || next == PROTO_ROUTING ||
	       next == PROTO_DESTINATION;
}

/*
 * Walks the extension headers (RFC 8200, section 4) up to UDP.
 * Subtracts the length of what it walks over from the packet's ip_payload_len.
 * A packet that a routing header sends on to another host is left to the stack.
 */
static __always_inline enum verdict parse_ipv6_exts(struct cursor *c,
						    struct packet *p, __u8 next)
{
	//@todo 1.10 parse_ipv6_exts: walk over the headers that come before UDP
	//@stub	(void)c, (void)p;
	for (int i = 0; i < MAX_IPV6_EXTS && is_ipv6_ext(next); i++) {
		struct ipv6_ext_hdr *ext = take(c, sizeof(*ext));
		__u32 size;

		if (!ext)
			return CLASS_OTHER;
		size = (ext->len + 1) * 8;
		if (size > p->ip_payload_len || !take(c, size - sizeof(*ext)))
			return CLASS_OTHER;
		if (next == PROTO_ROUTING && ext->segments_left)
			return CLASS_OPTIONS;
		p->ip_payload_len -= size;
		next = ext->next;
	}
	//@end 1.10
	if (next == PROTO_FRAGMENT)
		return CLASS_FRAGMENT;
	return next == PROTO_UDP ? CLASS_UDP : CLASS_OTHER;
}

static __always_inline enum verdict parse_ipv6(struct cursor *c,
					       struct packet *p)
{
	struct ipv6hdr *ip = take(c, sizeof(*ip));

	if (!ip || ip->version != 6)
		return CLASS_OTHER;
	p->ip_version = 6;
	p->l3 = offset_of(c, ip);
	p->ttl = ip->hop_limit;
	p->ip_payload_len = bpf_ntohs(ip->payload_len);
	__builtin_memcpy(&p->saddr, &ip->saddr, sizeof(p->saddr));
	__builtin_memcpy(&p->daddr, &ip->daddr, sizeof(p->daddr));
	return parse_ipv6_exts(c, p, ip->nexthdr);
}

static __always_inline enum verdict parse_ip(struct cursor *c, struct packet *p)
{
	__be16 proto = parse_eth(c, p);

	if (proto == bpf_htons(ETH_P_IP))
		return parse_ipv4(c, p);
	if (proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(c, p);
	return CLASS_OTHER;
}

/*
 * The port is known only here, so a packet can be called malformed only from
 * here on: what is not aimed at the media port is none of our business.
 */
static __always_inline enum verdict
parse_udp(struct cursor *c, struct packet *p, __be16 media_port)
{
	struct udphdr *udp = take(c, sizeof(*udp));
	__u32 len;

	//@todo 1.4 parse_udp: is it for media_port, and do the lengths agree?
	//@stub	if (!udp || udp->dest != media_port || c)
	//@stub		return CLASS_OTHER;
	//@stub	len = p->ip_payload_len;
	if (!udp || p->ip_payload_len < sizeof(*udp) || udp->dest != media_port)
		return CLASS_OTHER;
	p->l4 = offset_of(c, udp);
	p->payload = p->l4 + sizeof(*udp);
	p->sport = udp->source;
	p->dport = udp->dest;

	len = bpf_ntohs(udp->len);
	if ((__u32)p->l4 + p->ip_payload_len > c->len)
		return DROP_IP_LENGTH;
	if (len < sizeof(*udp) || len > p->ip_payload_len)
		return DROP_UDP_LENGTH;
	//@end 1.4
	/* RFC 8200, section 8.1: over IPv6, UDP has a checksum. */
	if (p->ip_version == 6 && !udp->check)
		return DROP_UDP_CHECKSUM;
	p->payload_len = len - sizeof(*udp);
	return p->payload_len ? CLASS_UDP : DROP_EMPTY;
}

#endif
