// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Nobody has to know this certificate beforehand: SDP brings its fingerprint.
 * Yet somebody may want to have the same one after each start.
 *
 *	no file named -------> make it
 *	it is there ---------> read it
 *	it is not there -----> make it, write FILE.new, name that FILE
 *
 * Whoever is killed on the way leaves no half of a file under its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "common/log.h"
#include "lab07-webrtc/dtls_certificate.h"

#define DAY 86400L /* seconds */

/* Its dates mean nothing to whoever compares fingerprints. */
#define VALID_DAYS 3650

/* Logs why a file could not be used, and returns that as negative errno. */
static int complain(const char *verb, const char *file, const char *try)
{
	char what[PATH_MAX + 64];

	snprintf(what, sizeof(what), "cannot %s the certificate %s", verb,
		 file);
	return log_errno(what, try);
}

/* ---- made -------------------------------------------------------------- */

static int set_serial(X509 *x509)
{
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509),
				       serial >> 1);
}

static int set_name(X509 *x509)
{
	X509_NAME *name = X509_get_subject_name(x509);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"SwiftCall",
					  -1, -1, 0) &&
	       X509_set_issuer_name(x509, name);
}

static int fill(X509 *x509, EVP_PKEY *key)
{
	return X509_set_version(x509, X509_VERSION_3) && set_serial(x509) &&
	       set_name(x509) &&
	       X509_gmtime_adj(X509_getm_notBefore(x509), -DAY) &&
	       X509_gmtime_adj(X509_getm_notAfter(x509), VALID_DAYS * DAY) &&
	       X509_set_pubkey(x509, key) && X509_sign(x509, key, EVP_sha256());
}

static int make(struct dtls_certificate *c)
{
	c->key = EVP_EC_gen("P-256");
	c->x509 = X509_new();
	if (c->key && c->x509 && fill(c->x509, c->key))
		return 0;
	log_error("cannot make a certificate: OpenSSL refuses; try the command "
		  "openssl ecparam -name P-256 -genkey");
	return -EIO;
}

/* ---- read -------------------------------------------------------------- */

/* A key that needs a password would otherwise ask for it at the terminal. */
static int no_password(char *text, int size, int writes, void *data)
{
	(void)text, (void)size, (void)writes, (void)data;
	return 0;
}

static void check_mode(const char *file, FILE *f)
{
	struct stat st;

	if (!fstat(fileno(f), &st) && st.st_mode & (S_IRWXG | S_IRWXO))
		log_warn("others than its owner may use the private key in %s; "
			 "try chmod 600",
			 file);
}

static int read_from(const char *file, FILE *f, struct dtls_certificate *c)
{
	check_mode(file, f);
	c->key = PEM_read_PrivateKey(f, NULL, no_password, NULL);
	rewind(f);
	c->x509 = PEM_read_X509(f, NULL, no_password, NULL);
	if (c->key && c->x509 && X509_check_private_key(c->x509, c->key))
		return 0;
	log_error("cannot read %s: it is no certificate with its private key, "
		  "in PEM and without a password; remove it, and a new one "
		  "will be made",
		  file);
	return -EINVAL;
}

/* ---- written ----------------------------------------------------------- */

static int write_to(FILE *f, const struct dtls_certificate *c)
{
	return PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL) &&
	       PEM_write_X509(f, c->x509) && !fflush(f) && !fsync(fileno(f));
}

/* A file that only its owner may read, or NULL. */
static FILE *create(const char *name)
{
	int fd;

	unlink(name); /* somebody was killed while he wrote it */
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int keep(const char *file, const struct dtls_certificate *c)
{
	char name[PATH_MAX + sizeof(".new")];
	FILE *f;
	int ok;

	snprintf(name, sizeof(name), "%s.new", file);
	f = create(name);
	if (!f)
		return complain("write", name,
				"name a file in a folder that this user may "
				"write to");
	ok = write_to(f, c);
	if (fclose(f) || !ok || rename(name, file))
		return complain("write", file,
				"make room, or name another file");
	log_info("%s: a new certificate is kept there", file);
	return 0;
}

/* ---- either ------------------------------------------------------------ */

static int open_in(const char *file, struct dtls_certificate *c)
{
	FILE *f = fopen(file, "re");
	int err;

	if (!f && errno != ENOENT)
		return complain("read", file,
				"name a file that this user may read");
	if (f) {
		err = read_from(file, f, c);
		fclose(f);
		return err;
	}
	return make(c) ?: keep(file, c);
}

int dtls_certificate_open(const char *file, struct dtls_certificate *c)
{
	int err;

	*c = (struct dtls_certificate){};
	err = file ? open_in(file, c) : make(c);
	if (err)
		dtls_certificate_close(c);
	return err;
}

/* ---- as bytes ------------------------------------------------------------ */

int dtls_certificate_write(const struct dtls_certificate *c, void *bytes,
			   size_t room)
{
	int key = i2d_PrivateKey(c->key, NULL), x509 = i2d_X509(c->x509, NULL);
	unsigned char *at = bytes;

	if (key <= 0 || x509 <= 0 || (size_t)key + x509 > room)
		return -EMSGSIZE;
	i2d_PrivateKey(c->key, &at);
	i2d_X509(c->x509, &at);
	return key + x509;
}

int dtls_certificate_read(const void *bytes, size_t length,
			  struct dtls_certificate *c)
{
	const unsigned char *at = bytes, *end = at + length;

	c->key = d2i_AutoPrivateKey(NULL, &at, length);
	c->x509 = c->key ? d2i_X509(NULL, &at, end - at) : NULL;
	if (c->x509 && X509_check_private_key(c->x509, c->key))
		return 0;
	dtls_certificate_close(c);
	return -EINVAL;
}

void dtls_certificate_close(struct dtls_certificate *c)
{
	EVP_PKEY_free(c->key);
	X509_free(c->x509);
	*c = (struct dtls_certificate){};
}
