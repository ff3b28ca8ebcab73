// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * HTTPS: browsers give the camera to pages that came so, or from this host.
 *
 *	certificate, key (PEM) --> libmicrohttpd --> GnuTLS
 *
 * The files are read before the server gives up its rights: afterwards it can
 * open none.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab04-signalling/http/http_internal.h"

#define MAX_PEM (1024 * 1024)

/* RFC 8996 has done away with what is older. */
#define VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* All of a file, with a NUL behind it: 0 or negative errno. */
static int read_all(const char *file, char **text)
{
	FILE *f = fopen(file, "re");
	size_t length;
	int err = 0;

	if (!f)
		return -errno;
	*text = calloc(1, MAX_PEM);
	length = *text ? fread(*text, 1, MAX_PEM - 1, f) : 0;
	if (!*text)
		err = -ENOMEM;
	else if (ferror(f))
		err = -EIO;
	else if (length == MAX_PEM - 1)
		err = -EFBIG;
	fclose(f);
	return err;
}

static int read_pem(const char *file, const char *option, char **text)
{
	int err = read_all(file, text);

	if (err)
		log_error("cannot read %s: %s; see %s", file, strerror(-err),
			  option);
	return err;
}

int tls_open(const struct http_options *options, struct tls *tls)
{
	int err;

	if (!options->certificate_file)
		return 0;
	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
		log_error("libmicrohttpd was built without TLS here; leave "
			  "--tls-certificate out, and let a proxy speak HTTPS");
		return -EOPNOTSUPP;
	}
	err = read_pem(options->certificate_file, "--tls-certificate",
		       &tls->certificate);
	return err ?: read_pem(options->key_file, "--tls-key", &tls->key);
}

void tls_close(struct tls *tls)
{
	if (tls->key)
		explicit_bzero(tls->key, strlen(tls->key));
	free(tls->key);
	free(tls->certificate);
}

unsigned int tls_options(const struct tls *tls, struct MHD_OptionItem *options)
{
	options[0].option = MHD_OPTION_END;
	if (!tls->key)
		return 0;
	options[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0,
					      tls->certificate };
	options[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0,
					      tls->key };
	options[2] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
					      VERSIONS };
	options[3] = (struct MHD_OptionItem){ .option = MHD_OPTION_END };
	return MHD_USE_TLS;
}
