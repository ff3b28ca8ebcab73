// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Offer and answer: refuses, accepts, and checks what was answered to us. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/protocols.h"
#include "lab04-signalling/sdp/sdp_internal.h"

/* Formats that accompany a codec and are none. */
static const char *const helper_formats[] = {
	"CN",  "flexfec", "flexfec-03",	     "parityfec",
	"red", "rtx",	  "telephone-event", "ulpfec",
};

/* Those of them that are of use to receivers as they are. */
static const char *const forwarded_helpers[] = { "CN", "telephone-event" };

/* ---- which m-lines are refused ------------------------------------------ */

/* Encoding names are media subtypes: case does not matter. */
static bool is_one_of(const struct sdp_format *f, const char *const *names,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcasecmp(names[i], f->encoding))
			return true;
	return false;
}

static bool is_codec(const struct sdp_format *f)
{
	return f->encoding &&
	       !is_one_of(f, helper_formats, ARRAY_SIZE(helper_formats));
}

static bool is_forwarded_helper(const struct sdp_format *f)
{
	return f->encoding && !looks_like_rtcp(f->payload_type) &&
	       is_one_of(f, forwarded_helpers, ARRAY_SIZE(forwarded_helpers));
}

static const struct sdp_format *first_codec(const struct sdp_media *m)
{
	size_t i;

	for (i = 0; i < m->n_formats; i++)
		if (is_codec(&m->formats[i]) &&
		    !looks_like_rtcp(m->formats[i].payload_type))
			return &m->formats[i];
	return NULL;
}

/* Why none of the formats will do. */
static const char *refuse_formats(const struct sdp_media *m)
{
	size_t i;

	for (i = 0; i < m->n_formats; i++)
		if (is_codec(&m->formats[i]))
			return "has codecs only with payload types from 64 to "
			       "95, which look like RTCP on the same port (RFC "
			       "5761, section 4)";
	return "has no codec that can be forwarded";
}

const char *sdp_refusal(const struct sdp_media *offered,
			const struct sdp_answer_options *options)
{
	const char *const *proto = options->protos;

	while (*proto && strcasecmp(*proto, offered->proto))
		proto++;
	if (offered->fault)
		return "is malformed";
	if (offered->kind != SDP_AUDIO && offered->kind != SDP_VIDEO)
		return "is neither audio nor video";
	if (!offered->port)
		return "has port 0";
	if (!*proto)
		return "uses a transport protocol that is not spoken here";
	return first_codec(offered) ? NULL : refuse_formats(offered);
}

/* ---- our answer to an offer --------------------------------------------- */

/* What the other side sees: sending and receiving change places. */
static enum sdp_direction mirror(enum sdp_direction d)
{
	return (d & SDP_SENDONLY) << 1 | (d & SDP_RECVONLY) >> 1;
}

/* Whoever reads the answer is told why; machines do not look at i=. */
static int give_reason(struct sdp_media *m, const struct sdp_media *offered,
		       const char *reason)
{
	int written;

	if (offered->fault)
		written = asprintf(&m->title, "refused: %s",
				   offered->fault->text);
	else
		written = asprintf(&m->title, "refused: m=%s %s", m->type,
				   reason);
	return written < 0 ? -ENOMEM : 0;
}

/* A refused m-line still needs its formats (RFC 3264 section 6). */
static int refuse(struct sdp_media *m, const struct sdp_media *offered,
		  const char *reason)
{
	bool asked = offered->port || offered->fault;
	int ret = asked ? give_reason(m, offered, reason) : 0;
	size_t i;

	m->port = 0;
	m->direction = SDP_INACTIVE;
	if (!ret && offered->fmt)
		return sdp_set_string(&m->fmt, offered->fmt, sdp_is_text);
	for (i = 0; i < offered->n_formats && !ret; i++)
		ret = sdp_media_add_format(m, &offered->formats[i]);
	return ret;
}

/* The codec, and what goes with it. */
static int accept_formats(struct sdp_media *m, const struct sdp_media *offered)
{
	int ret = sdp_media_add_format(m, first_codec(offered));
	size_t i;

	if (offered->kind != SDP_AUDIO)
		return ret;
	for (i = 0; i < offered->n_formats && !ret; i++)
		if (is_forwarded_helper(&offered->formats[i]) &&
		    m->n_formats < SDP_MAX_ACCEPTED)
			ret = sdp_media_add_format(m, &offered->formats[i]);
	return ret;
}

static int accept_media(struct sdp_media *m, const struct sdp_media *offered,
			uint16_t port)
{
	//@todo 4.5 accept_media: our port; receive what is sent, and no more
	//@stub	(void)port, (void)mirror;
	m->port = port;
	m->direction = mirror(offered->direction) & SDP_RECVONLY;
	m->rtcp_mux = offered->rtcp_mux;
	m->bundled = offered->bundled;
	//@end 4.5
	return accept_formats(m, offered);
}

int sdp_answer(const struct sdp *offer,
	       const struct sdp_answer_options *options, struct sdp **answer,
	       struct sdp_error *err)
{
	struct sdp *sdp = sdp_new(options->sess_id, &options->address);
	const struct sdp_media *o;
	const char *reason;
	struct sdp_media *m;
	int ret = sdp ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < offer->n_media && !ret; i++) {
		o = &offer->media[i];
		reason = sdp_refusal(o, options);
		m = sdp_add_media(sdp, o->type, o->proto, o->mid);
		if (!m)
			ret = -errno;
		else if (reason)
			ret = refuse(m, o, reason);
		else
			ret = accept_media(m, o, options->port);
	}
	if (ret) {
		sdp_free(sdp);
		err->line = 0;
		return sdp_explain(err, ret, "the offer");
	}
	*answer = sdp;
	return 0;
}

size_t sdp_count_codecs(const struct sdp_media *m)
{
	size_t n = 0;

	while (n < m->n_formats && (!m->formats[n].encoding ||
				    strcasecmp(m->formats[n].encoding, "rtx")))
		n++;
	return n;
}

/* ---- an answer to our offer --------------------------------------------- */

static int check_format(const struct sdp_media *offered,
			const struct sdp_format *f, struct sdp_error *err)
{
	const struct sdp_format *o = sdp_find_format(offered, f->payload_type);

	if (!o)
		return sdp_fail(err, "payload type %u was not offered",
				f->payload_type);
	if (o->encoding && f->encoding && strcasecmp(o->encoding, f->encoding))
		return sdp_fail(err,
				"payload type %u was offered as %.32s, not as "
				"%.32s",
				f->payload_type, o->encoding, f->encoding);
	return 0;
}

static int check_formats(const struct sdp_media *offered,
			 const struct sdp_media *m, struct sdp_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < m->n_formats && !ret; i++)
		ret = check_format(offered, &m->formats[i], err);
	return ret;
}

/*
 * Sendrecv is also what an m-line without a direction means.  Who knows none of
 * them, as RFC 2327's programs, answers so, and takes what there is.
 */
static bool direction_fits(enum sdp_direction offered,
			   enum sdp_direction answered)
{
	return answered == SDP_SENDRECV || !(answered & ~mirror(offered));
}

/* What must fit in an m-line that nobody refuses. */
static int check_accepted(const struct sdp_media *offered,
			  const struct sdp_media *m, struct sdp_error *err)
{
	if (strcasecmp(m->type, offered->type))
		return sdp_fail(err, "m=%.32s answers an offered m=%.32s",
				m->type, offered->type);
	if (strcasecmp(m->proto, offered->proto))
		return sdp_fail(err, "%.32s answers an offered %.32s", m->proto,
				offered->proto);
	if (!direction_fits(offered->direction, m->direction))
		return sdp_fail(err, "a=%s does not answer a=%s",
				sdp_directions[m->direction],
				sdp_directions[offered->direction]);
	return check_formats(offered, m, err);
}

static int check_media(const struct sdp_media *offered,
		       const struct sdp_media *m, struct sdp_error *err)
{
	err->line = m->line;
	if (m->mid && offered->mid && strcmp(m->mid, offered->mid))
		return sdp_fail(err,
				"mid '%.32s' answers an offered mid '%.32s'",
				m->mid, offered->mid);
	if (!offered->port)
		return 0;
	if (m->fault) {
		*err = *m->fault;
		return -EINVAL;
	}
	return m->port ? check_accepted(offered, m, err) : 0;
}

int sdp_answer_matches(const struct sdp *offer, const struct sdp *answer,
		       struct sdp_error *err)
{
	size_t i;
	int ret = 0;

	err->line = 0;
	if (answer->n_media != offer->n_media)
		return sdp_fail(err,
				"the answer has %zu m-lines, the offer %zu",
				answer->n_media, offer->n_media);
	for (i = 0; i < offer->n_media && !ret; i++)
		ret = check_media(&offer->media[i], &answer->media[i], err);
	return ret;
}
