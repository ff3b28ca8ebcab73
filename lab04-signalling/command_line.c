// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The server's options, from the command line to struct server_options.  It
 * is the same for each program that is made of parts: see server.h.
 */
#include <errno.h>
#include <string.h>

#include "common/crash.h"
#include "common/options.h"
#include "lab01-xdp-parse/guard.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/tables.h"
#include "lab04-signalling/server.h"

#define MAX_TIMEOUT	1000000 /* seconds */
#define MAX_CONNECTIONS 65536

struct arguments {
	const struct server_parts *parts;
	struct server_options server;
	bool detach;
};

enum {
	OPT_HTTP = 256,
	OPT_MEDIA,
	OPT_HOST,
	OPT_ROOM_LIMIT,
	OPT_ADDRESS_LIMIT,
	OPT_CONNECTIONS,
	OPT_TIMEOUT,
	OPT_PIN_DIR,
	OPT_ANY_ADDRESS,
	OPT_USER,
	OPT_DETACH,
	OPT_TOKEN_FILE,
	OPT_TLS_CERTIFICATE,
	OPT_TLS_KEY,
	OPT_CERTIFICATE,
};

static const struct argp_option options[] = {
	{ "mode", 'm', "MODE", 0,
	  "Who forwards: eBPF programs in the kernel, or (user) their twin in "
	  "user space, which needs no rights.  With auto, the server takes the "
	  "best that this kernel and the interfaces offer, and says why",
	  0 },
	{ "iface", 'i', "NAME", 0,
	  "Forward packets of this interface in the kernel (lo); may be "
	  "repeated; not for mode user.  User space forwards the packets of "
	  "all other interfaces",
	  0 },
	{ "http", OPT_HTTP, "ADDRESS:PORT", 0,
	  "Address of the HTTP server, for signalling (127.0.0.1:8080)", 0 },
	{ "media", OPT_MEDIA, "ADDRESS:PORT", 0,
	  "Address that media is sent to (port 5004 of --http's address); "
	  "[::]:5004 is every address of this host",
	  0 },
	{ "room-limit", OPT_ROOM_LIMIT, "N", 0, "Participants in a room (1000)",
	  0 },
	{ "host", OPT_HOST, "NAME", 0,
	  "A name with a dot by which clients reach this server, or under "
	  "which its pages are loaded; may be repeated",
	  0 },
	{ "token-file", OPT_TOKEN_FILE, "FILE", 0,
	  "Only clients that send one of this file's tokens (one per line) "
	  "may join: Authorization: Bearer TOKEN",
	  0 },
	{ "tls-certificate", OPT_TLS_CERTIFICATE, "FILE", 0,
	  "Serve HTTPS with this certificate (PEM; its chain may follow); "
	  "without HTTPS, a browser on another computer gives the page no "
	  "camera",
	  0 },
	{ "tls-key", OPT_TLS_KEY, "FILE", 0,
	  "The private key of that certificate (PEM)", 0 },
	{ "certificate", OPT_CERTIFICATE, "FILE", 0,
	  "Certificate and key (PEM) by which WebRTC participants recognise "
	  "the server; made if the file does not exist; without this option, "
	  "the server makes a new certificate at each start",
	  0 },
	{ "address-limit", OPT_ADDRESS_LIMIT, "N", 0,
	  "Participants per IPv4 address, or per /64 of IPv6 (256); this host "
	  "itself may have 16 times as many",
	  0 },
	{ "connections-per-address", OPT_CONNECTIONS, "N", 0,
	  "HTTP connections per IPv4 address, or per /64 of IPv6, event "
	  "streams included (a quarter of all)",
	  0 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0,
	  "Remove a participant after SECONDS without a sign of life (30)", 0 },
	{ "allow-any-address", OPT_ANY_ADDRESS, NULL, 0,
	  "Let a client name any address for its media, not only its own", 0 },
	{ "user", OPT_USER, "NAME", 0,
	  "User that the server becomes after its start by root (nobody)", 0 },
	{ "pin-dir", OPT_PIN_DIR, "DIRECTORY", 0,
	  "Directory in a bpffs where the data plane is pinned "
	  "(" DEFAULT_PIN_DIR ")",
	  0 },
	{ "detach", OPT_DETACH, NULL, 0,
	  "Remove the data plane that a killed server left behind, which "
	  "ends its calls",
	  0 },
	{}
};

static const char doc[] =
	"A video conference server: participants talk to it by HTTP and SDP, "
	"and eBPF forwards their media. GET /help explains the HTTP API."
	"\vOn SIGTERM or Ctrl-C, the server ends all calls and removes its "
	"data plane. If it is killed, the kernel goes on forwarding; start "
	"the server again with the same options, and it takes the calls "
	"over.\n"
	"Exit status: 0, 1 failed, 2 usage, 77 no right to load BPF.\n\n"
	"Examples:\n"
	"  swiftcall --iface eth0 --http 10.0.7.254:8080\n"
	"  swiftcall --mode user --http 127.0.0.1:8080";

/* Puts the modes that this program has into the help of --mode. */
static char *fill_in_help(int key, const char *text, void *input)
{
	const struct arguments *a = input;
	char names[PLANE_NAMES], *filled;

	if (key != 'm' || !a)
		return (char *)text;
	plane_names(a->parts->planes, PLANE_AUTO, names);
	if (asprintf(&filled, "%s.  MODE is %s (%s)", text, names,
		     a->server.plane ? a->server.plane->name : PLANE_AUTO) < 0)
		return (char *)text;
	return filled; /* argp frees it */
}

static void parse_mode(struct arguments *a, const char *mode,
		       const struct argp_state *state)
{
	char names[PLANE_NAMES];

	a->server.plane = plane_find(a->parts->planes, mode);
	if (a->server.plane || !strcmp(mode, PLANE_AUTO))
		return;
	plane_names(a->parts->planes, PLANE_AUTO, names);
	argp_error(state, "--mode is %s, not '%s'", names, mode);
}

static void add_iface(struct server_options *o, const char *name,
		      struct argp_state *state)
{
	if (o->iface_count == MAX_INTERFACES)
		argp_error(state, "%d interfaces are the limit",
			   MAX_INTERFACES);
	o->ifaces[o->iface_count++] = name;
}

static void add_host(struct http_options *o, const char *name,
		     struct argp_state *state)
{
	if (o->host_count == HTTP_MAX_HOSTS)
		argp_error(state, "%d names are the limit", HTTP_MAX_HOSTS);
	o->hosts[o->host_count++] = name;
}

static void fill_in(struct server_options *o, struct argp_state *state)
{
	if (!o->http.certificate_file != !o->http.key_file)
		argp_error(state, "--tls-certificate and --tls-key go "
				  "together; give both");
	if (!o->iface_count)
		o->ifaces[o->iface_count++] = "lo";
	if (o->session.media.port)
		return;
	o->session.media.addr = o->http_addr;
	o->session.media.port = htons(DEFAULT_MEDIA_PORT);
}

static error_t parse_file(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct http_options *http = &a->server.http;

	if (key == OPT_TOKEN_FILE)
		http->token_file = arg;
	else if (key == OPT_TLS_CERTIFICATE)
		http->certificate_file = arg;
	else if (key == OPT_TLS_KEY)
		http->key_file = arg;
	else if (key == OPT_CERTIFICATE)
		a->server.session.certificate = arg;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

/* Who may do what, and for how long. */
static error_t parse_long(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct session_options *session = &a->server.session;

	if (key == OPT_ROOM_LIMIT)
		session->room_limit = option_number(state, arg, "--room-limit",
						    1, MAX_LEGS_PER_STREAM + 1);
	else if (key == OPT_ADDRESS_LIMIT)
		session->address_limit = option_number(state, arg,
						       "--address-limit", 1,
						       MAX_PARTICIPANTS);
	else if (key == OPT_TIMEOUT)
		session->timeout = option_number(state, arg, "--timeout", 1,
						 MAX_TIMEOUT);
	else if (key == OPT_HOST)
		add_host(&a->server.http, arg, state);
	else if (key == OPT_CONNECTIONS)
		a->server.http.per_address =
			option_number(state, arg, "--connections-per-address",
				      1, MAX_CONNECTIONS);
	else if (key == OPT_ANY_ADDRESS)
		session->allow_any_address = true;
	else if (key == OPT_PIN_DIR)
		a->server.pin_dir = arg;
	else if (key == OPT_USER)
		a->server.run_as = arg;
	else if (key == OPT_DETACH)
		a->detach = true;
	else
		return parse_file(key, arg, state);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct server_options *o = &((struct arguments *)state->input)->server;

	if (key == 'm')
		parse_mode(state->input, arg, state);
	else if (key == 'i')
		add_iface(o, arg, state);
	else if (key == OPT_HTTP)
		option_address(state, arg, &o->http_addr, &o->http_port);
	else if (key == OPT_MEDIA)
		option_address(state, arg, &o->session.media.addr,
			       &o->session.media.port);
	else if (key == ARGP_KEY_END)
		fill_in(o, state);
	else
		return parse_long(key, arg, state);
	return 0;
}

static int run(const struct server_parts *parts, struct server_options *o)
{
	if (!o->plane)
		o->plane = plane_choose(parts->planes, o->ifaces);
	return o->plane ? server_run(parts, o) : -ENOTSUP;
}

int server_main(const struct server_parts *parts, int argc, char **argv)
{
	struct arguments a = {
		.parts = parts,
		.server = {
			.plane = parts->plane,
			.pin_dir = DEFAULT_PIN_DIR,
			.run_as = "nobody",
			.http_addr = ip_addr_v4(htonl(INADDR_LOOPBACK)),
			.http_port = htons(8080),
			.session = {
				.room_limit = 1000, .address_limit = 256,
				.timeout = 30,
			},
		},
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = doc,
		.children = options_children,
		.help_filter = fill_in_help,
	};

	crash_report();
	options_parse(&argp, argc, argv, 0, &a);
	return exit_status(a.detach ? server_detach(parts, &a.server) :
				      run(parts, &a.server));
}
