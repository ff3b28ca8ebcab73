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
 * sdp_parse() and sdp_write() turn text into a struct sdp and back, sdp_new()
 * and sdp_add_media() build one by hand, sdp_answer() and sdp_answer_matches()
 * are the two halves of offer/answer. sdp_free() frees everything that hangs
 * on a struct sdp. Numbers are in host byte order.
 *
 * Scalar fields may be set directly. Strings are set by the functions below,
 * which refuse what would break a line: what goes into a description cannot
 * smuggle another line into it.
 *
 * What is read may be odd, what is written is not: every line of sdp_write()
 * is one that the grammar of RFC 8866, section 9, has.
 */
#ifndef SDP_H
#define SDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDP_MAX_MEDIA	 4096  /* a room of 1,000 needs 2,000 m-lines */
#define SDP_MAX_SSRCS	 64    /* per m-line: simulcast with RTX needs six */
#define SDP_MAX_LINE	 32768 /* a=group:BUNDLE names every m-line */
#define SDP_MAX_ACCEPTED 4     /* formats: a codec, and what goes with it */

/* Bit 0: the author of the description sends; bit 1: it receives. */
enum sdp_direction {
	SDP_INACTIVE,
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_SENDRECV,
};

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

/* a=ssrc (RFC 5576); only the cname is understood. */
struct sdp_ssrc {
	uint32_t ssrc;
	char *cname; /* NULL: none given */
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
	char *type;    /* the word that kind stands for: "audio" */
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
	bool bundled;	  /* in a=group:BUNDLE (RFC 9143); needs a mid */
	bool bundle_only; /* its address and port are the group's */
	struct sdp_format *formats; /* in order of preference */
	size_t n_formats;
	struct sdp_ssrc *ssrcs;
	size_t n_ssrcs;
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
	struct in6_addr connection; /* v4-mapped for IPv4 */
	struct sdp_media *media;
	size_t n_media;
	struct sdp_lines kept; /* as in struct sdp_media */
};

/*
 * Parses a description, `len` bytes.
 *
 * It understands RFC 8866, a=mid, a=msid, a=ssrc, a=rtcp-mux, a=group:BUNDLE,
 * a=bundle-only and the directions. Every other attribute is kept as it is.
 * u=, e=, p=, b=, t=, r=, z=, k= and the session's i= are accepted and
 * dropped. Static payload types without rtpmap get their RFC 3551 names.
 *
 * It is liberal where the meaning is clear: lines end in CRLF, LF or CR, there
 * may be blank lines, blanks and tabs at either end of a line and between its
 * words, any number of digits in o=, several ports (the first one counts),
 * formats that are no payload types, attributes of no format of the m-line.
 * What is said twice counts as it was said first. s= and t= may be missing.
 *
 * An odd line costs no more than its m-line: that has port 0, no sources and
 * no attributes then, and `fault` says which line was odd and why. Below an
 * m-line that has port 0 an odd line costs nothing. Only where the session
 * part or an m= itself cannot be read is the whole description refused, and
 * so it is for a NUL byte, and for a letter that SDP does not have.
 *
 * Returns 0 and a description in *out that the caller frees; else -EINVAL or
 * -ENOMEM, *out untouched and *err filled in. The time it takes and the memory
 * that it needs grow with len, and no faster.
 */
int sdp_parse(const char *text, size_t len, struct sdp **out,
	      struct sdp_error *err);

/* Frees a description and all that belongs to it; NULL is fine. */
void sdp_free(struct sdp *sdp);

/*
 * Writes a description with CRLF line ends as a string that the caller frees.
 * Every m-line must have a format. What sdp_parse() has read is written in
 * this module's own order of lines. Returns 0 or -ENOMEM.
 */
int sdp_write(const struct sdp *sdp, char **text);

/*
 * A new description without m-lines, version 1, whose origin and connection
 * are `address` (IPv4 as v4-mapped). NULL if there is no memory.
 */
struct sdp *sdp_new(uint64_t sess_id, const struct in6_addr *address);

/* Gives it another sess-id. Returns 0 or -ENOMEM. */
int sdp_set_sess_id(struct sdp *sdp, uint64_t sess_id);

/*
 * Adds an m-line: `type` is "audio", "video", ..., `mid` may be NULL and must
 * be unique. It is sendrecv and has the session's connection address; its port
 * is 0 until it is set, and it needs a format.
 *
 * Returns the m-line, owned by `sdp` and valid until the next one is added;
 * or NULL and errno ENOMEM, ENOSPC (SDP_MAX_MEDIA) or EINVAL (not a token).
 */
struct sdp_media *sdp_add_media(struct sdp *sdp, const char *type,
				const char *proto, const char *mid);

/*
 * Adds a copy of `format`, for example of the publisher's. Returns 0, -EEXIST
 * (the m-line has that payload type), -EINVAL (over 127, a codec without clock
 * rate, a character that does not belong in a description) or -ENOMEM; on
 * error nothing changes.
 */
int sdp_media_add_format(struct sdp_media *media,
			 const struct sdp_format *format);

/*
 * Adds a source, or its cname if the source is there without one. Returns 0,
 * -EEXIST (it has a cname), -ENOSPC (SDP_MAX_SSRCS), -EINVAL (a control
 * character) or -ENOMEM. A source without cname is not written.
 */
int sdp_media_add_ssrc(struct sdp_media *media, uint32_t ssrc,
		       const char *cname);

/*
 * Says which media stream and track the m-line carries (RFC 8830). Returns 0,
 * -EEXIST (it has an msid), -EINVAL (empty, a blank, a control character) or
 * -ENOMEM.
 */
int sdp_media_set_msid(struct sdp_media *media, const char *stream,
		       const char *track);

/*
 * Forgets formats, sources, msid and kept attributes: the m-line of a stream
 * that has gone away is about to be used for another one.
 */
void sdp_media_clear(struct sdp_media *media);

/*
 * Forgets what nobody needs of an offer that has been answered: lines that
 * were only kept, titles, and formats that the answer has not.  Each m-line
 * has a format left.
 */
void sdp_forget_unanswered(struct sdp *offer, const struct sdp *answer);

struct sdp_answer_options {
	uint64_t sess_id;
	struct in6_addr address;   /* where media is received; v4-mapped */
	uint16_t port;		   /* the server's one media port */
	const char *const *protos; /* spoken here; ends with NULL */
};

/*
 * Why a server with these options refuses an offered m-line, as the end of a
 * sentence that starts with "m=video "; NULL if it accepts it. Accepted is
 * audio or video over one of `protos` with a codec. Any codec will do, for an
 * SFU does not decode; RTX, FEC, RED, comfort noise and telephone events are
 * not codecs. Payload types from 64 to 95 count as if they were not there: they
 * look like RTCP, which comes by the same port (RFC 5761 section 4).
 */
const char *sdp_refusal(const struct sdp_media *offered,
			const struct sdp_answer_options *options);

/*
 * Answers an offer as an SFU does (RFC 3264 section 6): every m-line in its
 * order, refused with port 0, or accepted with its first codec and with
 * a=rtcp-mux and BUNDLE where offered. Behind the codec come comfort noise and
 * telephone events (RFC 3389, RFC 4733) of an audio m-line, up to
 * SDP_MAX_ACCEPTED formats together. Nothing is ever sent on an offered
 * m-line: what the participant sends is recvonly, everything else inactive;
 * remote streams come on m-lines that the server offers.
 *
 * Returns 0 and a description in *answer that the caller frees, or -ENOMEM
 * and *err filled in.
 */
int sdp_answer(const struct sdp *offer,
	       const struct sdp_answer_options *options, struct sdp **answer,
	       struct sdp_error *err);

/*
 * Checks that an answer fits its offer (RFC 3264 section 6): as many m-lines,
 * in the same order, and in each that neither side has refused (port 0) the
 * same media type and protocol, only offered payload types with their codecs,
 * and a direction that answers the offered one.
 *
 * Who knows no a=mid and no direction leaves them out: a mid need only be the
 * offered one if there is one, and sendrecv, which is what no direction means,
 * stands for as much as was offered. a=rtcp-mux and BUNDLE count where they
 * were offered.
 *
 * Returns 0, or -EINVAL and *err with the line of the answer that is wrong.
 */
int sdp_answer_matches(const struct sdp *offer, const struct sdp *answer,
		       struct sdp_error *err);

#endif
