/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What WebRTC says about the RTP of an m-line, besides formats:
 *
 *     a=extmap-allow-mixed
 *     a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid   struct sdp_extension
 *     a=rtcp-fb:96 nack pli                            struct sdp_feedback
 *     a=ssrc:1 cname:alice                             struct sdp_ssrc
 *     a=ssrc:1 msid:alice camera
 *     a=ssrc-group:FID 1 2                             struct sdp_ssrc_group
 *     a=rid:q send                                     struct sdp_rid
 *     a=simulcast:send q;h;f                           struct sdp_simulcast
 *
 * Functions that add something add a copy. They return 0, -EEXIST (it is there
 * already and may be there only once), -ENOSPC (one too many), -EINVAL (it
 * cannot be written in a line) or -ENOMEM; on error nothing changes. This file
 * is a part of sdp.h.
 */
#ifndef LAB04_SDP_RTP_H
#define LAB04_SDP_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDP_MAX_SSRCS	    64	/* per m-line: simulcast with RTX needs six */
#define SDP_MAX_EXTENSIONS  64	/* of the session or of one m-line */
#define SDP_MAX_FEEDBACK    512 /* per m-line: a browser has about 60 */
#define SDP_MAX_SSRC_GROUPS 32	/* per m-line */
#define SDP_MAX_RIDS	    16	/* per m-line, and layers of one direction */
#define SDP_MAX_RID	    255 /* bytes: what fits in a header extension */
#define SDP_ANY_TYPE	    255 /* the payload type of a=rtcp-fb:* */

/* Bit 0: the author of the description sends; bit 1: it receives. */
enum sdp_direction {
	SDP_INACTIVE,
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_SENDRECV,
};

struct sdp;
struct sdp_media;

/* a=extmap (RFC 8285). */
struct sdp_extension {
	uint8_t id; /* 1 to 14; 15 to 255 only in headers of two bytes */
	enum sdp_direction direction; /* sendrecv where it does not say */
	char *uri;
	char *attributes; /* verbatim, or NULL */
};

struct sdp_extensions {
	struct sdp_extension *list; /* in their order; no id is there twice */
	unsigned int n;
	bool allow_mixed; /* both header forms in one stream */
};

/* a=rtcp-fb (RFC 4585). */
struct sdp_feedback {
	uint8_t payload_type; /* one of the m-line's, or SDP_ANY_TYPE */
	char *value;	      /* "nack pli", verbatim */
};

/* a=ssrc (RFC 5576); everything but these two is kept as it is. */
struct sdp_ssrc {
	uint32_t ssrc;
	char *cname; /* NULL: none given */
	char *msid;  /* "stream track", or NULL */
};

/* a=ssrc-group (RFC 5576). */
struct sdp_ssrc_group {
	char *semantics; /* "FID": a source and its RTX; "SIM": layers */
	uint32_t *ssrcs; /* in their order */
	unsigned int n;	 /* 1 to SDP_MAX_SSRCS */
};

/* a=rid (RFC 8851). */
struct sdp_rid {
	char *id;
	enum sdp_direction direction; /* sendonly or recvonly */
	char *restrictions;	      /* "pt=96;max-width=640", or NULL */
};

struct sdp_layer {
	char *rid;   /* of several alternatives the first one */
	bool paused; /* "~q" */
};

/* a=simulcast (RFC 8853). */
struct sdp_simulcast {
	char *value;		/* "send q;h;f", verbatim; NULL: not said */
	struct sdp_layer *send; /* what its author sends, in order */
	unsigned int n_send;
};

int sdp_add_extension(struct sdp_extensions *extensions,
		      const struct sdp_extension *extension);

/*
 * The extension with this URI that counts for an m-line, its own or else the
 * session's; NULL if there is none.
 */
const struct sdp_extension *sdp_find_extension(const struct sdp *sdp,
					       const struct sdp_media *m,
					       const char *uri);

/* -EINVAL also if the m-line has no such payload type. */
int sdp_media_add_feedback(struct sdp_media *media, uint8_t payload_type,
			   const char *value);

/*
 * Adds a source, or its cname if the source is there without one: -EEXIST if
 * it has one. A source with neither cname nor msid is not written.
 */
int sdp_media_add_ssrc(struct sdp_media *media, uint32_t ssrc,
		       const char *cname);

/* The same with its msid. */
int sdp_media_add_ssrc_msid(struct sdp_media *media, uint32_t ssrc,
			    const char *msid);

int sdp_media_add_ssrc_group(struct sdp_media *media, const char *semantics,
			     const uint32_t *ssrcs, size_t n);

int sdp_media_add_rid(struct sdp_media *media, const struct sdp_rid *rid);

/* "recv q;h;f", "send 1,2;~3 recv 4"; -EEXIST if the m-line has one. */
int sdp_media_set_simulcast(struct sdp_media *media, const char *value);

/*
 * The rid of the first layer that the author sends and does not pause; NULL if
 * there is none. A layer counts only if an a=rid says that it is sent.
 */
const char *sdp_first_rid(const struct sdp_media *m);

#endif
