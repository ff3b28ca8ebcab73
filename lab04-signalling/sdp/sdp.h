/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * SDP: session descriptions (RFC 8866) and the offer/answer model (RFC 3264).
 *
 * A description is a few session lines, then one m-line after the other, each
 * with the lines that belong to it:
 *
 *     v=0                                 version           struct sdp
 *     o=- 4242 2 IN IP4 10.0.7.254        origin
 *     s=-                                 session name
 *     c=IN IP4 10.0.7.254                 connection address
 *     t=0 0                               "from always, to always"
 *     m=video 5004 RTP/AVP 96             port, protocol    struct sdp_media
 *     a=mid:s1                            this m-line's name
 *     a=sendonly                          direction
 *     a=msid:alice video                  media stream, track
 *     a=rtpmap:96 VP8/90000               codec             struct sdp_format
 *     a=ssrc:3735928559 cname:alice       source            struct sdp_ssrc
 *
 * sdp_parse() and sdp_write() turn text into a struct sdp and back. The rest is
 * in parts, which this file includes: sdp_build.h builds a description by hand,
 * sdp_answer.h has the two halves of offer/answer, sdp_ice.h and sdp_rtp.h have
 * what WebRTC says besides. sdp_free() frees everything that hangs on a struct
 * sdp. Numbers are in host byte order.
 *
 * Scalar fields may be set directly. Strings are set by the functions below,
 * which refuse what would break a line: what goes into a description cannot
 * smuggle another line into it.
 *
 * The parser accepts odd lines, but the writer makes none: every line of
 * sdp_write() obeys the grammar of RFC 8866, section 9.
 */
#ifndef SDP_H
#define SDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab04-signalling/sdp/sdp_ice.h"
#include "lab04-signalling/sdp/sdp_rtp.h"

#define SDP_MAX_MEDIA	 4096  /* a room of 1,000 needs 2,000 m-lines */
#define SDP_MAX_LINE	 32768 /* a=group:BUNDLE names every m-line */
#define SDP_MAX_ACCEPTED 4     /* formats: a codec, and what goes with it */

enum sdp_kind {
	SDP_AUDIO,
	SDP_VIDEO,
	SDP_APPLICATION,
	SDP_OTHER,
};

/* a=rtpmap and a=fmtp of one payload type. */
struct sdp_format {
	uint8_t payload_type; /* 0 to 127 */
	char *encoding;	      /* "VP8"; NULL: dynamic type without rtpmap */
	uint32_t clock_rate;  /* Hz; 0 only while encoding is NULL */
	uint8_t channels;     /* 1 where the description says nothing */
	char *fmtp;	      /* its parameters, verbatim, or NULL */
};

struct sdp_error {
	unsigned int line; /* 1-based; 0: no line is to blame */
	char text[192];	   /* "line 7: m=video has no port", plain ASCII */
};

/* Lines as they are written, "a=ptime:20\r\n" and so on. */
struct sdp_lines {
	char *text;	     /* NULL: none */
	size_t length, room; /* bytes in use; bytes allocated */
};

struct sdp_media {
	unsigned int line; /* of its m= in the parsed text; 0: built */
	enum sdp_kind kind;
	char *type;    /* the word of the m= line: "audio" */
	uint16_t port; /* 0: refused or stopped; 9: not known yet */
	char *proto;   /* "RTP/AVP" */
	char *fmt;     /* formats of a non-RTP m-line, else NULL */
	char *title;   /* i=, or NULL */
	bool has_connection;
	struct in6_addr connection;   /* own or the session's; v4-mapped */
	enum sdp_direction direction; /* own or the session's */
	char *mid;		      /* RFC 5888, or NULL */
	char *msid;		      /* RFC 8830 "stream track", or NULL */
	bool rtcp_mux;		      /* RFC 5761 */
	bool rtcp_mux_only;	      /* RFC 8858 */
	bool rtcp_rsize;	      /* RFC 5506 */
	bool bundled;	  /* in a=group:BUNDLE (RFC 9143); needs a mid */
	bool bundle_only; /* its address and port are the group's */
	struct sdp_format *formats; /* in order of preference */
	size_t n_formats;
	struct sdp_ssrc *ssrcs;
	size_t n_ssrcs;
	struct sdp_ice ice;		  /* own; what counts: sdp_endpoint() */
	struct sdp_dtls dtls;		  /* the same */
	struct sdp_extensions extensions; /* own: sdp_find_extension() */
	struct sdp_feedback *feedback;	  /* in their order; so are these: */
	struct sdp_ssrc_group *ssrc_groups;
	struct sdp_rid *rids;
	unsigned int n_feedback, n_ssrc_groups, n_rids;
	struct sdp_simulcast simulcast;
	struct sdp_lines kept;	 /* attributes that are not understood */
	struct sdp_error *fault; /* NULL: it can be used; see sdp_parse() */
};

struct sdp {
	char *username;	       /* o=, "-" if there is none */
	char *sess_id;	       /* digits, as many as there are */
	uint64_t sess_version; /* add one for each new description */
	char *origin;	       /* o= address, verbatim: "IN IP4 10.0.7.1" */
	char *name;	       /* s= */
	bool has_connection;
	struct in6_addr connection;	  /* v4-mapped for IPv4 */
	struct sdp_ice ice;		  /* of m-lines that do not say it */
	struct sdp_dtls dtls;		  /* the same */
	struct sdp_extensions extensions; /* of all m-lines */
	struct sdp_media *media;
	size_t n_media;
	struct sdp_lines kept; /* as in struct sdp_media */
};

/*
 * Parses a description, `len` bytes.
 *
 * It understands RFC 8866, a=mid, a=msid, a=ssrc, a=rtcp-mux, a=group:BUNDLE,
 * a=bundle-only, the directions, and what sdp_ice.h and sdp_rtp.h are about.
 * Every other attribute is kept as it is. u=, e=, p=, b=, t=, r=, z=, k= and
 * the session's i= are accepted and dropped. Static payload types without
 * rtpmap get their RFC 3551 names.
 *
 * It is liberal where the meaning is clear: lines end in CRLF, LF or CR, there
 * may be blank lines, blanks and tabs at either end of a line and between its
 * words, any number of digits in o=, several ports (the first one counts),
 * formats that are no payload types, attributes of no format of the m-line.
 * Of two lines that say the same thing, the first counts. s= and t= may be
 * missing.
 *
 * An odd attribute of sdp_ice.h or sdp_rtp.h, or one too many, is kept as it
 * is, as if it were not understood (except a=ssrc). Every other odd line spoils
 * no more than its m-line, which then has port 0, no sources and no attributes;
 * `fault` says which line was odd and why. Below an m-line that has port 0 an
 * odd line changes nothing. The whole description is refused only if the
 * session part or an m= itself cannot be read, if there is a NUL byte, or if a
 * line begins with a letter that SDP does not have.
 *
 * Returns 0 and a description in *out that the caller frees; else -EINVAL or
 * -ENOMEM, *out untouched and *err filled in. Time and memory grow no faster
 * than len.
 */
int sdp_parse(const char *text, size_t len, struct sdp **out,
	      struct sdp_error *err);

/* Frees a description and all that belongs to it; NULL is fine. */
void sdp_free(struct sdp *sdp);

/*
 * Writes a description with CRLF line ends as a string that the caller frees.
 * Every m-line must have a format. What sdp_parse() has read is written in
 * this module's own order of lines, and read again it is the same:
 *
 *	session: v o s c t group ICE DTLS extmap, kept lines
 *	m-line:	 m i c mid direction msid ICE DTLS rtcp-mux rtcp-mux-only
 *		 rtcp-rsize bundle-only extmap, rtpmap and fmtp of each format,
 *		 ssrc cname, rtcp-fb, rid, simulcast, ssrc-group, ssrc msid,
 *		 kept lines
 *
 * with several lines of a kind in the order in which they were read. Returns 0
 * or -ENOMEM.
 */
int sdp_write(const struct sdp *sdp, char **text);

#include "lab04-signalling/sdp/sdp_build.h"
#include "lab04-signalling/sdp/sdp_answer.h"

#endif
