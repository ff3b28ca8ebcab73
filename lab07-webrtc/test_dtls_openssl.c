// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * DTLS with a program that is not ours, openssl(1), over UDP.  Both say which
 * keys they have got.
 *
 *	our end --- UDP, lo of the sandbox --- openssl s_client, or s_server
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"
#include "common/test.h"
#include "lab07-webrtc/dtls.h"

#define PATIENCE_MS 5000
#define OUTPUT	    65536

TEST_SETUP(sandbox_enter)

/* ---- the program ------------------------------------------------------- */

struct program {
	pid_t pid;
	int out; /* what it says */
	int in;	 /* it takes its leave when this is closed */
	char said[OUTPUT];
	size_t len;
};

/* The certificates of both, made by ours. */
static char folder[] = "/tmp/test_dtls-XXXXXX";
static char our_file[64], its_file[64];

static struct dtls_context *open_context(const char *file)
{
	struct dtls_context *context;

	check_int(file, 0, dtls_context_open(file, &context));
	return context;
}

static void make_folder(void)
{
	check_true(mkdtemp(folder), "mkdtemp: %s", strerror(errno));
	snprintf(our_file, sizeof(our_file), "%s/ours.pem", folder);
	snprintf(its_file, sizeof(its_file), "%s/its.pem", folder);
}

static void remove_folder(void)
{
	unlink(our_file);
	unlink(its_file);
	rmdir(folder);
}

static void become_openssl(const int in[2], const int out[2], const char *what,
			   int port, const char *profile)
{
	char command[512];

	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	close(in[1]);
	close(out[0]);
	snprintf(command, sizeof(command),
		 "exec openssl %s%d -dtls1_2 -mtu 1200 -cert %s -key %s "
		 "-use_srtp %s -keymatexport EXTRACTOR-dtls_srtp "
		 "-keymatexportlen %d",
		 what, port, its_file, its_file, profile,
		 strstr(profile, "GCM") ? 56 : 60);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

static struct program *start(const char *what, int port, const char *profile)
{
	static struct program program;
	int in[2], out[2];

	program.len = 0;
	program.said[0] = '\0';
	check_int("pipes", 0, pipe(in) ?: pipe(out));
	program.pid = fork();
	if (!program.pid)
		become_openssl(in, out, what, port, profile);
	close(in[0]);
	close(out[1]);
	program.in = in[1];
	program.out = out[0];
	return &program;
}

static void listen_to(struct program *p)
{
	struct pollfd fd = { .fd = p->out, .events = POLLIN };
	ssize_t n;

	check_int("it says something", 1,
		  poll(&fd, 1, patient_ms(PATIENCE_MS)));
	n = read(p->out, p->said + p->len, OUTPUT - 1 - p->len);
	check_true(n > 0, "it has ended, and said: %s", p->said);
	p->len += n;
	p->said[p->len] = '\0';
}

/* The rest of the line that says it. */
static char *wait_until_said(struct program *p, const char *text)
{
	char *at;

	while (!(at = strstr(p->said, text)) || !strchr(at, '\n'))
		listen_to(p);
	return at + strlen(text);
}

static void end_program(struct program *p)
{
	int status;

	close(p->in);
	kill(p->pid, SIGTERM);
	waitpid(p->pid, &status, 0);
	close(p->out);
}

/* ---- our end ----------------------------------------------------------- */

struct our_end {
	struct dtls_context *context;
	struct dtls *dtls;
	int fd;
};

static void send_to_peer(void *owner, const void *datagram, size_t len)
{
	const struct our_end *end = owner;

	send(end->fd, datagram, len, 0);
}

/* A socket on lo, on a port of its own. */
static int udp_socket(int *port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check_int("bind", 0, bind(fd, (struct sockaddr *)&to, sizeof(to)));
	getsockname(fd, (struct sockaddr *)&to, &len);
	*port = ntohs(to.sin_port);
	return fd;
}

static void connect_to(int fd, struct sockaddr_in *to)
{
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)to, sizeof(*to)));
}

static void open_end(struct our_end *end, enum dtls_role role,
		     const char *fingerprint)
{
	struct dtls_options options = {
		.role = role,
		.fingerprints[0] = fingerprint,
		.send = send_to_peer,
		.owner = end,
	};

	check_int("dtls_open", 0,
		  dtls_open(end->context, &options, &end->dtls));
}

/* Makes a socket for ours and both certificates, of which it returns its. */
static struct dtls_context *prepare(struct our_end *end, int *port)
{
	make_folder();
	end->context = open_context(our_file);
	end->fd = udp_socket(port);
	return open_context(its_file);
}

static void close_end(struct our_end *end)
{
	dtls_close(end->dtls);
	dtls_context_close(end->context);
	close(end->fd);
}

static void receive(struct our_end *end)
{
	char bytes[2048];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t len = recvfrom(end->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &size);

	if (len < 0)
		return; /* it is not there yet (ECONNREFUSED) */
	connect_to(end->fd, &from);
	dtls_receive(end->dtls, bytes, len);
}

/* Goes on as long as it is in this state. */
static void go_on_while(struct our_end *end, enum dtls_state state)
{
	int timeout, limit = patient_ms(PATIENCE_MS);
	struct pollfd fd = { .fd = end->fd, .events = POLLIN };

	while (dtls_state(end->dtls) == state) {
		timeout = dtls_timeout_ms(end->dtls);
		if (poll(&fd, 1, timeout < 0 ? limit : timeout) > 0)
			receive(end);
		else
			check_true(timeout >= 0, "nothing comes any more");
		dtls_tick(end->dtls);
	}
}

/* ---- keys -------------------------------------------------------------- */

/* Client's key, server's key, and their salts: as RFC 5764 has them. */
static void write_keys(char *hex, const struct srtp_master *client,
		       const struct srtp_master *server)
{
	const struct srtp_master *both[] = { client, server };
	size_t salt = client->profile == SRTP_GCM_128 ? 12 : 14;

	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < SRTP_KEY_SIZE; n++)
			hex += sprintf(hex, "%02X", both[i]->key[n]);
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < salt; n++)
			hex += sprintf(hex, "%02X", both[i]->salt[n]);
}

static void check_keys(struct program *p, const struct our_end *end,
		       enum dtls_role role, enum srtp_profile profile)
{
	const struct dtls_keys *keys = dtls_keys(end->dtls);
	char hex[128], its[128] = "";

	check_true(keys, "no keys: %s; it says: %s", dtls_reason(end->dtls),
		   p->said);
	check_int("profile", profile, keys->send.profile);
	if (role == DTLS_SERVER)
		write_keys(hex, &keys->receive, &keys->send);
	else
		write_keys(hex, &keys->send, &keys->receive);
	sscanf(wait_until_said(p, "Keying material: "), "%127s", its);
	check_str("keys", its, hex);
}

/* ---- both roles -------------------------------------------------------- */

static void as_server(const char *profile_name, enum srtp_profile profile)
{
	struct dtls_context *its;
	struct our_end end;
	struct program *p;
	int port;

	its = prepare(&end, &port);
	open_end(&end, DTLS_SERVER, dtls_context_fingerprint(its));
	p = start("s_client -connect 127.0.0.1:", port, profile_name);
	go_on_while(&end, DTLS_SHAKING_HANDS);
	check_keys(p, &end, DTLS_SERVER, profile);
	close(p->in);
	go_on_while(&end, DTLS_CONNECTED);
	check_int("it has left", DTLS_CLOSED, dtls_state(end.dtls));
	waitpid(p->pid, NULL, 0);
	close_end(&end);
	dtls_context_close(its);
	remove_folder();
}

TEST("7.0.dx1", server_gcm, "openssl s_client calls: GCM, and it leaves",
     .seconds = 60)
{
	as_server("SRTP_AEAD_AES_128_GCM", SRTP_GCM_128);
}

TEST("7.0.dx2", server_cm, "openssl s_client calls: SHA1_80, and it leaves",
     .seconds = 60)
{
	as_server("SRTP_AES128_CM_SHA1_80", SRTP_CM_SHA1_80);
}

/* A port that nobody has a moment later, either. */
static int free_port(void)
{
	int port, fd = udp_socket(&port);

	close(fd);
	return port;
}

static void as_client(const char *profile_name, enum srtp_profile profile)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int port = free_port(), any;
	struct dtls_context *its;
	struct our_end end;
	struct program *p;

	its = prepare(&end, &any);
	to.sin_port = htons(port);
	connect_to(end.fd, &to);
	open_end(&end, DTLS_CLIENT, dtls_context_fingerprint(its));
	p = start("s_server -Verify 1 -accept 127.0.0.1:", port, profile_name);
	wait_until_said(p, "ACCEPT");
	dtls_start(end.dtls);
	go_on_while(&end, DTLS_SHAKING_HANDS);
	check_keys(p, &end, DTLS_CLIENT, profile);
	dtls_close(end.dtls);
	end.dtls = NULL;
	wait_until_said(p, "DONE");
	close_end(&end);
	end_program(p);
	dtls_context_close(its);
	remove_folder();
}

TEST("7.0.dy1", client_gcm, "openssl s_server is called: GCM, and we leave",
     .seconds = 60)
{
	as_client("SRTP_AEAD_AES_128_GCM", SRTP_GCM_128);
}

TEST("7.0.dy2", client_cm, "openssl s_server is called: SHA1_80, and we leave",
     .seconds = 60)
{
	as_client("SRTP_AES128_CM_SHA1_80", SRTP_CM_SHA1_80);
}

TEST("7.0.dz", stranger,
     "openssl s_client with another certificate gets no "
     "keys",
     .seconds = 60)
{
	struct our_end end;
	struct program *p;
	int port;

	dtls_context_close(prepare(&end, &port));
	open_end(&end, DTLS_SERVER, dtls_context_fingerprint(end.context));
	p = start("s_client -connect 127.0.0.1:", port,
		  "SRTP_AEAD_AES_128_GCM");
	go_on_while(&end, DTLS_SHAKING_HANDS);
	check_int("state", DTLS_FAILED, dtls_state(end.dtls));
	check_true(!dtls_keys(end.dtls), "there are keys");
	wait_until_said(p, "bad certificate");
	end_program(p);
	close_end(&end);
	remove_folder();
}
