/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab01, second half: what is this UDP payload?
 *
 * One port carries everything.  RFC 7983 tells the protocols apart by the
 * first byte; RFC 5761 tells RTCP from RTP by the second.
 *
 *	 first byte        protocol
 *	  0 ..   3         STUN
 *	 16 ..  19         ZRTP
 *	 20 ..  63         DTLS
 *	 64 ..  79         TURN channel
 *	128 .. 191         RTP; RTCP if the second byte is 192 .. 223
 *	 the rest          nothing we know: dropped
 *
 * 128 .. 191 is every byte whose top two bits are 10: RTP version 2.  With
 * the marker set, the payload types 64 .. 95 of RTP have a second byte of
 * 192 .. 223 and look like RTCP, so nobody may use them (RFC 5761, section 4).
 */
#ifndef LAB01_CLASSIFY_H
#define LAB01_CLASSIFY_H

#include "lab01-xdp-parse/parse.h"

#define RTCP_MAX_COMPOUND 16 /* packets in one datagram, RFC 3550 6.1 */

static __always_inline enum verdict classify(__u8 first, __u8 second)
{
	//@todo 1.5 classify: the ranges of RFC 7983, and RTCP by RFC 5761
	//@stub	(void)first, (void)second;
	//@stub	return CLASS_OTHER;
	if (first <= 3)
		return CLASS_STUN;
	if (first >= 16 && first <= 19)
		return CLASS_ZRTP;
	if (first >= 20 && first <= 63)
		return CLASS_DTLS;
	if (first >= 64 && first <= 79)
		return CLASS_TURN;
	if (first < 128 || first > 191)
		return DROP_UNKNOWN_CLASS;
	if (second >= 192 && second <= 223)
		return CLASS_RTCP;
	return CLASS_RTP;
	//@end 1.5
}

/* RFC 8489, section 6.3: the checks that need no key. */
static __always_inline enum verdict parse_stun(struct cursor *c,
					       struct packet *p)
{
	struct stun_hdr *stun = take(c, sizeof(*stun));
	__u32 length;

	if (!stun || p->payload_len < sizeof(*stun))
		return DROP_STUN_MALFORMED;
	length = bpf_ntohs(stun->length);
	if (length % 4 || length != p->payload_len - sizeof(*stun) ||
	    stun->magic_cookie != bpf_htonl(STUN_MAGIC_COOKIE))
		return DROP_STUN_MALFORMED;
	return CLASS_STUN;
}

/*
 * DTLS 1.2 and the handshake of 1.3.  What 1.3 has encrypted has a header
 * of variable length (RFC 9147, section 4) that starts with 32 .. 63; only
 * whoever has the key can judge that.
 */
static __always_inline enum verdict parse_dtls(struct cursor *c,
					       struct packet *p, __u8 first)
{
	struct dtls_record_hdr *record;
	__u32 length;

	if (first >= 32)
		return CLASS_DTLS;
	record = take(c, sizeof(*record));
	if (!record || p->payload_len < sizeof(*record))
		return DROP_DTLS_MALFORMED;
	length = record->length[0] << 8 | record->length[1];
	if (length > p->payload_len - sizeof(*record))
		return DROP_DTLS_MALFORMED;
	return CLASS_DTLS;
}

/*
 * RFC 3550, section 5.1: the last byte of a padded packet is the number of
 * bytes of padding, itself included.  header is the number of bytes before
 * the media.
 */
static __always_inline enum verdict
check_padding(struct cursor *c, struct packet *p, __u32 header)
{
	__u32 last = p->payload + p->payload_len - 1;
	__u8 padding = 0;

	if (frame_byte(c, last, &padding))
		return DROP_RTP_PADDING;
	if (padding == 0 || padding > p->payload_len - header)
		return DROP_RTP_PADDING;
	return CLASS_RTP;
}

/* RFC 3550, section 5.3.1.  Adds the extension's bytes to *header. */
static __always_inline enum verdict
parse_extension(struct cursor *c, struct packet *p, __u32 *header)
{
	struct rtp_ext_hdr *ext = take(c, sizeof(*ext));
	__u32 length;

	if (!ext || p->payload_len < *header + sizeof(*ext))
		return DROP_RTP_EXTENSION;
	length = bpf_ntohs(ext->length) * 4;
	p->extension = *header + sizeof(*ext);
	p->extension_len = length; /* if it fits, which is judged here: */
	p->extension_profile = bpf_ntohs(ext->profile);
	*header += sizeof(*ext) + length;
	return *header > p->payload_len ? DROP_RTP_EXTENSION : CLASS_RTP;
}

static __always_inline enum verdict parse_rtp(struct cursor *c,
					      struct packet *p)
{
	struct rtp_hdr *rtp = take(c, sizeof(*rtp));
	__u32 csrcs, header;
	__u8 vpxcc;

	if (!rtp || p->payload_len < sizeof(*rtp))
		return DROP_RTP_TRUNCATED;
	vpxcc = rtp->vpxcc;
	p->pt = rtp->mpt & RTP_PT;
	p->marker = !!(rtp->mpt & RTP_MARKER);
	p->seq = bpf_ntohs(rtp->seq);
	p->timestamp = bpf_ntohl(rtp->timestamp);
	p->ssrc = rtp->ssrc;

	//@todo 1.6 parse_rtp: do the CSRC list, extension and padding fit in?
	//@stub	csrcs = header = 0;
	//@stub	return vpxcc + csrcs + header ? CLASS_RTP : CLASS_OTHER;
	csrcs = (vpxcc & RTP_CC) * 4;
	header = sizeof(*rtp) + csrcs;
	if (header > p->payload_len || !take(c, csrcs))
		return DROP_RTP_CSRC;
	if (vpxcc & RTP_EXTENSION &&
	    parse_extension(c, p, &header) != CLASS_RTP)
		return DROP_RTP_EXTENSION;
	return vpxcc & RTP_PADDING ? check_padding(c, p, header) : CLASS_RTP;
	//@end 1.6
}

/*
 * RFC 3550, appendix A.2: the packets of a compound fill the datagram.
 * Only lengths and versions are judged; what they say is for user space.
 */
static __always_inline enum verdict parse_rtcp(struct cursor *c,
					       struct packet *p)
{
	__u32 left = p->payload_len, at = p->payload, length;
	__u8 b[4] = {};

	if (left < 8)
		return DROP_RTCP_MALFORMED;
	for (int i = 0; i < RTCP_MAX_COMPOUND && left >= sizeof(b); i++) {
		for (int k = 0; k < (int)sizeof(b); k++)
			if (frame_byte(c, at + k, &b[k]))
				return DROP_RTCP_MALFORMED;
		length = ((b[2] << 8 | b[3]) + 1) * 4;
		if (b[0] >> 6 != 2 || length > left)
			return DROP_RTCP_MALFORMED;
		left -= length;
		at += length;
	}
	return left ? DROP_RTCP_MALFORMED : CLASS_RTCP;
}

/*
 * Judges the payload that the cursor stands at.  User space starts here: its
 * socket hands over payloads, not frames.
 */
static __always_inline enum verdict parse_payload(struct cursor *c,
						  struct packet *p)
{
	__u8 *bytes = c->pos, second = 0;
	enum verdict class;

	if (p->payload_len < 1 || c->pos + 1 > c->end)
		return DROP_EMPTY;
	/* A payload of one byte has no second: parse_rtp() finds it short. */
	if (p->payload_len > 1 && c->pos + 2 <= c->end)
		second = bytes[1];
	class = classify(bytes[0], second);
	switch (class) {
	case CLASS_STUN:
		return parse_stun(c, p);
	case CLASS_DTLS:
		return parse_dtls(c, p, bytes[0]);
	case CLASS_RTP:
		return parse_rtp(c, p);
	case CLASS_RTCP:
		return parse_rtcp(c, p);
	default:
		return class;
	}
}

/*
 * Is this an address of this host?  Each hook that calls parse_frame()
 * supplies this function.  It is called only if media is accepted at every
 * address of the host.
 */
static __always_inline int is_local_address(const struct ip_addr *addr);

/* A router gets the packets of other hosts, too: they are not ours to judge. */
static __always_inline int is_for_us(const struct packet *p,
				     const volatile struct media_address *media)
{
	if (!ip_addr_is_any(&media->addr))
		return ip_addr_matches(&media->addr, &p->daddr);
	return ip_addr_is_loopback4(&p->daddr) || is_local_address(&p->daddr);
}

/*
 * The whole of lab01 in one call: a frame, from its Ethernet header on.
 * packet must be zeroed.  If is_drop() is true for the verdict, the packet is
 * aimed at the media port and malformed; a packet that is aimed elsewhere is
 * CLASS_OTHER.
 */
static __always_inline enum verdict
parse_frame(struct cursor *c, struct packet *p,
	    const volatile struct media_address *media)
{
	enum verdict verdict = parse_ip(c, p);

	if (verdict == CLASS_OTHER || !is_for_us(p, media))
		return CLASS_OTHER;
	if (verdict == CLASS_UDP)
		verdict = parse_udp(c, p, media->port);
	if (verdict == CLASS_UDP)
		verdict = parse_payload(c, p);
	return verdict;
}

#endif
