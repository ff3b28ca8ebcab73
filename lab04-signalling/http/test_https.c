// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whole servers with files of the user's: a certificate, tokens.  They are
 * root's alone, and read before the server gives up its rights.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_hosts)

#define CERTIFICATE "/run/certificate.pem"
#define KEY	    "/run/key.pem"
#define TOKENS	    "/run/tokens"
#define HTTPS                                                                  \
	{                                                                      \
		"--tls-certificate=" CERTIFICATE, "--tls-key=" KEY             \
	}

static void make_certificate(void)
{
	check_int("openssl req", 0,
		  sandbox_run(NULL,
			      "openssl req -x509 -newkey ec -nodes -days 2 "
			      "-subj /CN=sfu -addext subjectAltName=IP:%s "
			      "-pkeyopt ec_paramgen_curve:prime256v1 "
			      "-keyout " KEY " -out " CERTIFICATE " 2>&1",
			      sandbox_host("dave")->ip4));
	check_int("chmod", 0, chmod(KEY, 0600));
}

static void check_curl(const char *arguments)
{
	step("curl %s", arguments);
	check_int("exit status", 0,
		  sandbox_run("carol",
			      "curl -sS --fail-with-body --cacert " CERTIFICATE
			      " %s https://%s:%d/rooms",
			      arguments, server_ip(server), HTTP_PORT));
}

/* By somebody who would do with any cipher. */
static int shake_hands(const char *version)
{
	return sandbox_run("carol",
			   "openssl s_client %s -cipher DEFAULT@SECLEVEL=0 "
			   "-connect %s:%d </dev/null >/dev/null 2>&1",
			   version, server_ip(server), HTTP_PORT);
}

TEST_BOTH("4.0.ua", https, "HTTPS, by a server that has given up its rights")
{
	struct server *own;

	make_certificate();
	own = start_own((struct server){ .extra = HTTPS });
	check_said(own, "signalling: https://");
	check_said(own, "few calls (seccomp)");
	check_curl("--tlsv1.3");
	check_curl("--tls-max 1.2");
	check_curl("-X OPTIONS");
	check_int("exit status with TLS 1.2", 0, shake_hands("-tls1_2"));
	check_int("exit status with TLS 1.1", 1, shake_hands("-tls1_1"));
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.ub", wrong_key, "a key that is another certificate's is refused")
{
	struct server own = {
		.host = "dave",
		.user = server->user,
		.extra = HTTPS,
	};

	make_certificate();
	check_int("mv", 0, rename(KEY, "/run/old.pem"));
	make_certificate();
	check_int("mv", 0, rename("/run/old.pem", KEY));
	check_int("exit status", 1, WEXITSTATUS(server_start(&own)));
	check_said(&own, "the key must be the certificate's");
}

TEST_BOTH("4.0.uc", half, "a certificate without a key is wrong use")
{
	struct server own = {
		.host = "dave",
		.user = server->user,
		.extra = { "--tls-certificate=" CERTIFICATE },
	};

	check_int("exit status", 2, WEXITSTATUS(server_start(&own)));
	check_said(&own, "give both");
}

static void check_join(const char *room, const char *authorization, int status)
{
	struct caller c = caller("carol");
	char *offer = offer_text(&c);
	int fd = http_connect("carol");

	step("join with \"%s\"", authorization);
	http_print(fd,
		   "POST /rooms/%s/participants HTTP/1.1\r\nHost: sfu\r\n"
		   "Connection: close\r\nContent-Type: application/sdp\r\n"
		   "Content-Length: %zu\r\n%s\r\n%s",
		   room, strlen(offer), authorization, offer);
	check_int("status", status, http_read(fd).status);
	free(offer);
}

TEST_BOTH("4.0.ud", tokens, "--token-file: joining takes a token, and no more")
{
	FILE *f = fopen(TOKENS, "w");
	struct server *own;

	fputs("# alice\nsesame-1\n", f);
	fclose(f);
	check_int("chmod", 0, chmod(TOKENS, 0600));
	own = start_own((struct server){ .extra = { "--token-file=" TOKENS } });
	check_said(own, "joining takes a token of " TOKENS);
	check_join("r", "", 401);
	check_join("r", "Authorization: Bearer sesame\r\n", 401);
	check_join("r", "Authorization: Bearer sesame-1\r\n", 201);
	check_int("GET /rooms", 200,
		  http("carol", "GET", "/rooms", NULL, NULL).status);
	check_int("status", 404,
		  http("carol", "DELETE", "/rooms/r/participants/1", NULL, NULL)
			  .status);
	server_kill(own, SIGTERM);
}
