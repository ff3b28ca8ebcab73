/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The protocols, as far as the kernel's own headers do not describe them.
 *
 * Ethernet, IPv4, IPv6 and UDP come from the uapi headers below.  What runs
 * on top of them is here: RTP, RTCP, STUN, DTLS, each with its diagram.
 * Every multi-byte field is big-endian as on the wire (__be16, __be32).
 *
 * Compiled for BPF and for user space: no libc.
 */
#ifndef COMMON_PROTOCOLS_H
#define COMMON_PROTOCOLS_H

#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#ifdef __bpf__
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#else
#include "common/bpf_native.h"
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

/* IANA protocol numbers; linux/in.h would clash with the libc's. */
enum ip_protocol {
	PROTO_HOP_BY_HOP = 0,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_DESTINATION = 60,
};

#define IPV4_DONT_FRAGMENT   0x4000
#define IPV4_MORE_FRAGMENTS  0x2000 /* RFC 791, section 3.1 */
#define IPV4_FRAGMENT_OFFSET 0x1fff

/*
 * 802.1Q section 9.6, 802.1ad: what follows an ETH_P_8021Q or ETH_P_8021AD.
 *
 *     0                   1
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *    +-----+-+-----------------------+
 *    | PCP |D|        VLAN id        |  tci
 *    +-----+-+-----------------------+
 *    |    the type of what follows   |  proto
 *    +-------------------------------+
 */
struct vlan_hdr {
	__be16 tci;
	__be16 proto;
};

/*
 * RFC 8200, section 4: the start that the extension headers share.
 * Their length is (len + 1) * 8 bytes, except for the fragment header.
 * Only a routing header (section 4.4) has a type, and counts how many of the
 * addresses in it the packet has yet to visit; the others have options there.
 */
struct ipv6_ext_hdr {
	__u8 next;
	__u8 len;
	__u8 type;
	__u8 segments_left;
	__u8 data[4];
};

/* RFC 8200, section 4.5: the fragment header, always 8 bytes. */
struct ipv6_frag_hdr {
	__u8 next;
	__u8 reserved;
	__be16 offset;
	__be32 id;
};

/*
 * RFC 3550, section 5.1
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---+-+-+-------+-+-------------+-------------------------------+
 *    |V=2|P|X|  CC   |M|     PT      |        sequence number        |
 *    +---+-+-+-------+-+-------------+-------------------------------+
 *    |                           timestamp                           |
 *    +---------------------------------------------------------------+
 *    |                             SSRC                              |
 *    +---------------------------------------------------------------+
 *    |                     CSRC list, CC entries                     |
 *    +---------------------------------------------------------------+
 */
struct rtp_hdr {
	__u8 vpxcc;
	__u8 mpt;
	__be16 seq;
	__be32 timestamp;
	__be32 ssrc;
};

#define RTP_PADDING   0x20 /* in vpxcc */
#define RTP_EXTENSION 0x10
#define RTP_CC	      0x0f
#define RTP_MARKER    0x80 /* in mpt */
#define RTP_PT	      0x7f

/*
 * RFC 5761, section 4: where RTCP comes by the same port, payload types from 64
 * to 95 are not used.  With the marker bit they are RTCP's packet types.
 */
static __always_inline int looks_like_rtcp(__u8 pt)
{
	return pt >= 64 && pt <= 95;
}

/* RFC 3550, section 5.3.1: after the CSRC list; length in 32-bit words. */
struct rtp_ext_hdr {
	__be16 profile;
	__be16 length;
};

/*
 * RFC 3550, section 6.4.1: the start that all RTCP packets share.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---+-+---------+---------------+-------------------------------+
 *    |V=2|P|  count  |      PT       |   length in words, minus one  |
 *    +---+-+---------+---------------+-------------------------------+
 *    |                        SSRC of sender                         |
 *    +---------------------------------------------------------------+
 */
struct rtcp_hdr {
	__u8 vpcount;
	__u8 pt;
	__be16 length;
};

/*
 * RFC 8489, section 5
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---+---------------------------+-------------------------------+
 *    |0 0|       message type        |        message length         |
 *    +---+---------------------------+-------------------------------+
 *    |                   magic cookie 0x2112A442                     |
 *    +---------------------------------------------------------------+
 *    |                transaction id, 96 bits                        |
 *    +---------------------------------------------------------------+
 */
struct stun_hdr {
	__be16 type;
	__be16 length;
	__be32 magic_cookie;
	__u8 transaction_id[12];
};

#define STUN_MAGIC_COOKIE 0x2112A442

/* RFC 6347, section 4.1: one DTLS 1.2 record; length counts the fragment. */
struct dtls_record_hdr {
	__u8 content_type;
	__u8 version[2];
	__u8 epoch[2];
	__u8 sequence_number[6];
	__u8 length[2];
};

/*
 * An address and port as the maps hold them: IPv4 as ::ffff:a.b.c.d
 * (RFC 4291, section 2.5.5.2), so that one key serves both families.
 */
struct ip_addr {
	__be32 word[4];
};

static __always_inline struct ip_addr ip_addr_v4(__be32 addr)
{
	return (struct ip_addr){ { 0, 0, bpf_htonl(0xffff), addr } };
}

static __always_inline int ip_addr_is_v4(const struct ip_addr *addr)
{
	return !addr->word[0] && !addr->word[1] &&
	       addr->word[2] == bpf_htonl(0xffff);
}

static __always_inline int ip_addr_equal(const struct ip_addr *a,
					 const struct ip_addr *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] &&
	       a->word[2] == b->word[2] && a->word[3] == b->word[3];
}

/* 127.0.0.0/8: all of it is this host's, without being in any list. */
static __always_inline int ip_addr_is_loopback4(const struct ip_addr *addr)
{
	return ip_addr_is_v4(addr) && bpf_ntohl(addr->word[3]) >> 24 == 127;
}

static __always_inline int ip_addr_is_any(const volatile struct ip_addr *addr)
{
	return !(addr->word[0] | addr->word[1] | addr->word[2] | addr->word[3]);
}

/*
 * Is got the address wanted?  :: stands for any.  What is wanted is volatile
 * because the loader writes it into a BPF program's constants: without that
 * word the compiler believes what the source says, and folds in the zeros.
 */
static __always_inline int ip_addr_matches(const volatile struct ip_addr *want,
					   const struct ip_addr *got)
{
	__u32 any = 0, differ = 0;

	for (int i = 0; i < 4; i++) {
		any |= want->word[i];
		differ |= want->word[i] ^ got->word[i];
	}
	return !any || !differ;
}

/* Where media comes in; addr :: stands for every address of this host. */
struct media_address {
	struct ip_addr addr;
	__be16 port;
	__u16 zero;
};

#endif
