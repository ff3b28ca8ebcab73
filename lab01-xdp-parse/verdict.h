/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a packet is, or why it was dropped.  One list, used as the index of
 * the counters in the kernel and for the names that people read.
 */
#ifndef LAB01_VERDICT_H
#define LAB01_VERDICT_H

/*
 * X(enumerator, name): the name is what tools, metrics and tests print.
 * Classes first.  Everything from DROP_FIRST on is a reason to drop.
 */
/* clang-format off */
#define VERDICTS(X)                                                            \
	X(CLASS_OTHER, "other")		/* not for us, or not media */         \
	X(CLASS_FRAGMENT, "fragment")	/* the stack reassembles it */         \
	X(CLASS_OPTIONS, "ip_options")	/* the stack reads what they say */    \
	X(CLASS_GSO, "gso")		/* several in one: the stack parts them */ \
	X(CLASS_UDP, "udp")		/* while parsing: go on */             \
	X(CLASS_STUN, "stun")		/* RFC 7983, from here on */           \
	X(CLASS_ZRTP, "zrtp")                                                  \
	X(CLASS_DTLS, "dtls")                                                  \
	X(CLASS_TURN, "turn")                                                  \
	X(CLASS_RTP, "rtp")                                                    \
	X(CLASS_RTCP, "rtcp")		/* RFC 5761 */                         \
	X(CLASS_USER, "user_space")	/* RTP that only user space forwards */ \
	X(CLASS_CONSENT, "consent")	/* STUN that the kernel has answered */ \
	/* malformed, and aimed at the media port: lab01 drops these */        \
	X(DROP_IP_LENGTH, "ip_length")                                         \
	X(DROP_UDP_LENGTH, "udp_length")                                       \
	X(DROP_UDP_CHECKSUM, "udp_checksum")	/* none, over IPv6 */          \
	X(DROP_EMPTY, "empty")                                                 \
	X(DROP_UNKNOWN_CLASS, "unknown_class")                                 \
	X(DROP_STUN_MALFORMED, "stun_malformed")                               \
	X(DROP_DTLS_MALFORMED, "dtls_malformed")                               \
	X(DROP_RTP_TRUNCATED, "rtp_truncated")                                 \
	X(DROP_RTP_CSRC, "rtp_csrc")                                           \
	X(DROP_RTP_EXTENSION, "rtp_extension")                                 \
	X(DROP_RTP_PADDING, "rtp_padding")                                     \
	X(DROP_RTCP_MALFORMED, "rtcp_malformed")                               \
	/* well-formed, but not to be forwarded: lab03 drops these */          \
	X(DROP_UNKNOWN_SOURCE, "unknown_source")                               \
	X(DROP_UNKNOWN_SSRC, "unknown_ssrc")                                   \
	X(DROP_UNKNOWN_PT, "unknown_pt")	/* payload type */             \
	X(DROP_LAYER, "other_layer")	/* of a simulcast: one is taken */     \
	X(DROP_SRTP, "srtp")		/* forged, or there already */         \
	X(DROP_TTL, "ttl")		/* no hop left for a copy */           \
	X(DROP_SOURCE_ROUTE, "source_route")	/* its sender chose the way */ \
	X(DROP_STALE_LEG, "stale_leg")	/* a copy: its slot was reused */
/* clang-format on */

enum verdict {
#define VERDICT_ENUM(enumerator, name) enumerator,
	VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
	/* clang-format off */
	VERDICT_COUNT,
	/* clang-format on */
	DROP_FIRST = DROP_IP_LENGTH,
};

static inline int is_drop(enum verdict verdict)
{
	return verdict >= DROP_FIRST;
}

/*
 * SRTP leaves RTP's header readable and hides what follows: the number of
 * bytes of padding, and all packets of a compound behind the first header.
 * So these two verdicts prove nothing about a packet that may be encrypted.
 */
static inline enum verdict if_encrypted(enum verdict verdict)
{
	switch (verdict) {
	case DROP_RTP_PADDING:
		return CLASS_RTP;
	case DROP_RTCP_MALFORMED:
		return CLASS_RTCP;
	default:
		return verdict;
	}
}

#ifndef __bpf__
/* The printed name of a verdict; a constant string. */
static inline const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
#define VERDICT_NAME(enumerator, name) name,
		VERDICTS(VERDICT_NAME)
#undef VERDICT_NAME
	};

	return verdict < VERDICT_COUNT ? names[verdict] : "?";
}
#endif

#endif
