// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Writes a description, the session's lines first, m-line by m-line then. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab04-signalling/sdp/sdp_internal.h"

static void write_kept(FILE *f, const struct sdp_lines *kept)
{
	if (kept->length)
		fwrite(kept->text, 1, kept->length, f);
}

static void write_bundle(FILE *f, const struct sdp *sdp)
{
	const char *before = "a=group:BUNDLE ", *end = "";
	size_t i;

	for (i = 0; i < sdp->n_media; i++)
		if (sdp->media[i].bundled) {
			fprintf(f, "%s%s", before, sdp->media[i].mid);
			before = " ";
			end = "\r\n";
		}
	fputs(end, f);
}

static void write_session(FILE *f, const struct sdp *sdp)
{
	char address[SDP_ADDRESS_SIZE];

	fprintf(f, "v=0\r\no=%s %s %" PRIu64 " %s\r\ns=%s\r\n", sdp->username,
		sdp->sess_id, sdp->sess_version, sdp->origin, sdp->name);
	if (sdp->has_connection)
		fprintf(f, "c=%s\r\n",
			sdp_print_address(&sdp->connection, address));
	fputs("t=0 0\r\n", f);
	write_bundle(f, sdp);
	sdp_write_ice(f, &sdp->ice);
	sdp_write_dtls(f, &sdp->dtls);
	sdp_write_extensions(f, &sdp->extensions);
	write_kept(f, &sdp->kept);
}

static void write_m_line(FILE *f, const struct sdp_media *m)
{
	size_t i;

	//@todo 4.6 write_m_line: m=<type> <port> <protocol> <formats> CRLF
	//@stub	(void)f, (void)m, (void)i;
	fprintf(f, "m=%s %u %s", m->type, m->port, m->proto);
	if (m->fmt)
		fprintf(f, " %s", m->fmt);
	for (i = 0; i < m->n_formats; i++)
		fprintf(f, " %u", m->formats[i].payload_type);
	fputs("\r\n", f);
	//@end 4.6
}

static void write_format(FILE *f, const struct sdp_format *format)
{
	if (format->encoding) {
		fprintf(f, "a=rtpmap:%u %s/%" PRIu32, format->payload_type,
			format->encoding, format->clock_rate);
		if (format->channels > 1)
			fprintf(f, "/%u", format->channels);
		fputs("\r\n", f);
	}
	if (format->fmtp)
		fprintf(f, "a=fmtp:%u %s\r\n", format->payload_type,
			format->fmtp);
}

static void write_connection(FILE *f, const struct sdp *sdp,
			     const struct sdp_media *m)
{
	char address[SDP_ADDRESS_SIZE];
	bool inherited = sdp->has_connection &&
			 IN6_ARE_ADDR_EQUAL(&sdp->connection, &m->connection);

	if (m->has_connection && !inherited)
		fprintf(f, "c=%s\r\n",
			sdp_print_address(&m->connection, address));
}

static void write_media(FILE *f, const struct sdp_media *m)
{
	size_t i;

	if (m->mid)
		fprintf(f, "a=mid:%s\r\n", m->mid);
	fprintf(f, "a=%s\r\n", sdp_directions[m->direction]);
	if (m->msid)
		fprintf(f, "a=msid:%s\r\n", m->msid);
	sdp_write_ice(f, &m->ice);
	sdp_write_dtls(f, &m->dtls);
	if (m->rtcp_mux)
		fputs("a=rtcp-mux\r\n", f);
	if (m->rtcp_mux_only)
		fputs("a=rtcp-mux-only\r\n", f);
	if (m->rtcp_rsize)
		fputs("a=rtcp-rsize\r\n", f);
	if (m->bundle_only)
		fputs("a=bundle-only\r\n", f);
	sdp_write_extensions(f, &m->extensions);
	for (i = 0; i < m->n_formats; i++)
		write_format(f, &m->formats[i]);
	sdp_write_ssrcs(f, m);
	sdp_write_feedback(f, m);
	sdp_write_layers(f, m);
	sdp_write_ssrc_groups(f, m);
	sdp_write_ssrc_msids(f, m);
	write_kept(f, &m->kept);
}

int sdp_write(const struct sdp *sdp, char **text)
{
	char *buffer = NULL;
	size_t len, i;
	FILE *f = open_memstream(&buffer, &len);
	bool failed;

	if (!f)
		return -ENOMEM;
	write_session(f, sdp);
	for (i = 0; i < sdp->n_media; i++) {
		write_m_line(f, &sdp->media[i]);
		if (sdp->media[i].title)
			fprintf(f, "i=%s\r\n", sdp->media[i].title);
		write_connection(f, sdp, &sdp->media[i]);
		write_media(f, &sdp->media[i]);
	}
	failed = ferror(f);
	if (fclose(f) || failed) {
		free(buffer);
		return -ENOMEM;
	}
	*text = buffer;
	return 0;
}
