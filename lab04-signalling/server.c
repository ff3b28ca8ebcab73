// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One thread, and one loop:
 *
 *	poll() --> links, neighbours, addresses		network.c
 *	       --> what the keeper has done		keeper.c
 *	       --> datagrams, for 2 ms at most		relay.c, the wires
 *	       --> HTTP, one request with a body	http.c
 *	       --> timers				timers.c
 *
 * Each part works for a short time and leaves the rest to the next turn,
 * because all others wait while one works.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loader.h"
#include "common/log.h"
#include "common/options.h"
#include "lab03-maps/control.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/outlive.h"
#include "lab04-signalling/api.h"
#include "lab04-signalling/media/interfaces.h"
#include "lab04-signalling/media/keeper.h"
#include "lab04-signalling/media/network.h"
#include "lab04-signalling/media/relay.h"
#include "lab04-signalling/rights.h"
#include "lab04-signalling/server.h"
#include "lab04-signalling/timers.h"

#define TICK_MS 1000

struct server {
	const struct server_parts *parts;
	const struct server_options *options;
	bool attached;
	bool wired;
	bool adopted; /* calls were going on before us */
	struct keeper keeper;
	int signals, network; /* descriptors, or -1 */
	int traffic;	      /* of the guard, likewise */
	int addresses;	      /* of this host, likewise */
	struct http *http;
	struct relay *relay;
	struct metrics_sources metrics;
	struct loop_turns turns;
	struct timer tick;
};

/* ---- the data plane --------------------------------------------------- */

/* May we, and are we the only one? */
static int prepare(const struct server_options *o)
{
	int holder = 0;
	int err = loader_init();

	err = err ?: dataplane_lock(o->pin_dir, &holder);
	if (err == -EBUSY)
		log_error("%s is in use by process %d; stop it, or take "
			  "another --pin-dir",
			  o->pin_dir, holder);
	return err;
}

int server_detach(const struct server_parts *parts,
		  const struct server_options *o)
{
	int err = prepare(o);

	return err ?: dataplane_detach(parts->planes, o->pin_dir);
}

static struct dataplane_options dataplane(const struct server *s)
{
	const struct server_options *o = s->options;

	return (struct dataplane_options){
		.plane = o->plane,
		.planes = s->parts->planes,
		.pin_dir = o->pin_dir,
		.ifaces = o->ifaces,
		.media = o->session.media,
	};
}

/* Before there is anything of ours that the keeper could inherit. */
static int fork_keeper(struct server *s)
{
	struct dataplane_options wanted = dataplane(s);

	return keeper_open(&s->keeper, &wanted);
}

static int attach(struct server *s)
{
	const struct server_options *o = s->options;
	struct dataplane_options wanted = dataplane(s);
	int err = dataplane_attach(&wanted, &s->adopted);

	if (err)
		return err;
	s->attached = true;
	interfaces_open(o->ifaces, &s->keeper);
	s->traffic = dataplane_open_traffic(o->pin_dir);
	s->addresses = dataplane_open_addresses(o->pin_dir);
	if (s->addresses < 0)
		log_error("cannot open %s/local_addresses: %s; run as root",
			  o->pin_dir, strerror(-s->addresses));
	else if (s->adopted)
		log_info("took over what is pinned in %s", o->pin_dir);
	return s->addresses < 0 ? s->addresses : 0;
}

static int open_network(struct server *s)
{
	s->network = network_open(s->options->plane->kernel ?
					  interfaces_hear_link :
					  NULL,
				  NULL, s->addresses);
	return s->network < 0 ? s->network : 0;
}

static int open_sessions(const struct server *s)
{
	const struct server_options *o = s->options;
	struct session_options session = o->session;

	session.wires = s->parts->wires;
	session.pin_dir = o->plane->kernel ? o->pin_dir : NULL;
	return session_open(&session);
}

static int open_tables(const struct server_options *o)
{
	int err = control_open(o->plane, o->pin_dir, o->session.media.port);
	__u32 unreachable;

	/* Nothing may block; news of neighbours is watched for. */
	control_route_timeout(0);
	if (!err)
		control_beat();
	if (err)
		log_error("cannot open the tables: %s; `swiftcall --detach` "
			  "removes them, and the calls in them",
			  strerror(-err));
	else if (control_commit(&unreachable))
		log_warn("not everybody can be reached");
	return err;
}

/* ---- start ------------------------------------------------------------ */

static void on_datagram(void *ctx, enum verdict class,
			const struct ip_addr *from, __be16 port,
			const void *bytes, __u32 length)
{
	const struct server *s = ctx;

	wires_hear(s->parts->wires, class, from, port, bytes, length);
}

static int open_relay(struct server *s)
{
	const struct media_address *media = &s->options->session.media;
	struct relay_options options = {
		.media = *media,
		.plane = s->options->plane,
		.handler = on_datagram,
		.ctx = s,
		.is_attached = interfaces_is_attached,
		.cipher = wires_cipher(s->parts->wires),
	};
	int err = relay_open(&options, &s->relay);
	char text[ADDRESS_TEXT];

	if (err)
		log_error("cannot receive media on %s: %s; try another --media "
			  "ADDRESS:PORT",
			  address_format(text, &media->addr, media->port),
			  strerror(-err));
	return err;
}

static void send_datagram(void *ctx, const struct ip_addr *to, __be16 port,
			  const void *bytes, __u32 length)
{
	struct server *s = ctx;

	relay_send(s->relay, to, port, bytes, length);
}

static int open_wires(struct server *s)
{
	struct wire_options options = {
		.certificate = s->options->session.certificate,
		.send = send_datagram,
		.ctx = s,
	};
	int err = wires_open(s->parts->wires, &options);

	s->wired = !err;
	return err;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void fill_api(struct server *s)
{
	s->metrics = (struct metrics_sources){
		.guard_traffic = s->traffic,
		.http = s->http,
		.relay = s->relay,
		.turns = &s->turns,
		.wires = s->parts->wires,
	};
	api_open(&s->metrics);
}

/* Every address is ::, which a URL needs to have in it. */
static const char *where(char text[ADDRESS_TEXT], const struct ip_addr *addr,
			 __be16 port)
{
	if (memcmp(addr, &(struct ip_addr){}, sizeof(*addr)))
		return address_format(text, addr, port);
	snprintf(text, ADDRESS_TEXT, "[::]:%u", ntohs(port));
	return text;
}

static void announce(const struct server_options *o)
{
	char text[ADDRESS_TEXT];

	if (!o->plane->kernel)
		log_info("mode %s: %s", o->plane->name, o->plane->forwards);
	for (const char *const *name = o->ifaces; o->plane->kernel && *name;
	     name++)
		log_info("mode %s: %s %s", o->plane->name, o->plane->forwards,
			 *name);
	log_info("media: %s/UDP",
		 where(text, &o->session.media.addr, o->session.media.port));
	if (o->http.token_file)
		log_info("joining takes a token of %s", o->http.token_file);
	log_info("signalling: %s://%s/",
		 o->http.certificate_file ? "https" : "http",
		 where(text, &o->http_addr, o->http_port));
}

/* What can be refused comes first, what must be undone last. */
static int start(struct server *s)
{
	const struct server_options *o = s->options;
	int err = http_open(&o->http_addr, o->http_port, s->parts->routes,
			    &o->http, &s->http);

	err = err ?: open_relay(s);
	err = err ?: open_wires(s);
	if (!err && o->plane->kernel)
		err = attach(s);
	err = err ?: open_network(s);
	err = err ?: open_tables(o);
	err = err ?: open_sessions(s);
	err = err ?: rights_drop(o->run_as);
	if (err)
		return err;
	fill_api(s);
	announce(o);
	return 0;
}

/* ---- work ------------------------------------------------------------- */

/* Milliseconds; a timer always runs, that of the tick. */
static int poll_timeout(const struct server *s)
{
	int http = http_timeout(s->http);
	int timer = timers_next(clock_now_ms());

	if (relay_has_more(s->relay) || network_has_more())
		return 0;
	return http >= 0 && http < timer ? http : timer;
}

/* False: there is no keeper any more. */
static bool hear_keeper(const struct server *s)
{
	int iface, result;

	if (!keeper_answer(&s->keeper, &iface, &result))
		return false;
	interfaces_hear_keeper(iface, result);
	return true;
}

/*
 * Once a second, counted from the last: a server that was stopped for a
 * minute does not make up for sixty.
 */
static void tick(void *ctx, int64_t now)
{
	struct server *s = ctx;

	control_beat();
	session_tick();
	http_tick(s->http);
	network_tick();
	timer_start(&s->tick, now + TICK_MS);
}

enum { SIGNALS, NETWORK, KEEPER, MEDIA, HTTP, COUNT };

/* Whatever there is to do, for a while.  Media should know of links first. */
static void take_turn(const struct server *s, struct pollfd fds[COUNT])
{
	if (fds[NETWORK].revents)
		network_read(s->network);
	network_work();
	if (fds[KEEPER].revents && !hear_keeper(s))
		fds[KEEPER].fd = -1;
	if (fds[MEDIA].revents & POLLERR)
		relay_forget_errors(s->relay);
	if (fds[MEDIA].revents || relay_has_more(s->relay))
		relay_read(s->relay);
	if (fds[HTTP].revents || !http_timeout(s->http))
		http_run(s->http);
}

static void measure_turn(struct loop_turns *turns, int64_t began,
			 __u64 compiled)
{
	uint64_t took = clock_now_ns() - began;

	compiled = control_compiled() - compiled;
	if (took > turns->longest_ns)
		turns->longest_ns = took;
	if (compiled > turns->most_compiled)
		turns->most_compiled = compiled;
}

/* Until a signal comes. */
static void serve(struct server *s)
{
	struct pollfd fds[COUNT] = {
		[SIGNALS] = { .fd = s->signals, .events = POLLIN },
		[NETWORK] = { .fd = s->network, .events = POLLIN },
		[KEEPER] = { .fd = s->keeper.fd, .events = POLLIN },
		[MEDIA] = { .fd = relay_fd(s->relay), .events = POLLIN },
		[HTTP] = { .fd = http_fd(s->http), .events = POLLIN },
	};
	int64_t began;
	__u64 compiled;

	timer_start(&s->tick, clock_now_ms() + TICK_MS);
	while (!fds[SIGNALS].revents) {
		if (poll(fds, COUNT, poll_timeout(s)) < 0)
			continue;
		began = clock_now_ns();
		compiled = control_compiled();
		take_turn(s, fds);
		timers_fire(clock_now_ms());
		measure_turn(&s->turns, began, compiled);
	}
}

/* Ends all calls and removes all, or (keep) lets the kernel go on. */
static int stop(struct server *s, bool keep)
{
	int err = 0;

	if (keep)
		wires_keep(s->parts->wires, NULL);
	session_close();
	if (s->wired)
		wires_close(s->parts->wires);
	control_close();
	http_close(s->http);
	relay_close(s->relay);
	network_close(s->network);
	if (s->traffic >= 0)
		close(s->traffic);
	if (s->addresses >= 0)
		close(s->addresses);
	if (s->attached && !keep)
		err = keeper_detach(&s->keeper);
	keeper_close(&s->keeper);
	return err;
}

int server_run(const struct server_parts *parts, const struct server_options *o)
{
	struct server s = {
		.parts = parts,
		.options = o,
		.signals = open_signals(),
		.network = -1,
		.traffic = -1,
		.addresses = -1,
		.keeper = { .fd = -1 },
		.tick = { .fire = tick, .ctx = &s },
	};
	int err = o->plane->kernel ? prepare(o) : 0;

	if (err)
		return err;
	log_never_wait();
	err = o->plane->kernel ? fork_keeper(&s) : 0;
	err = err ?: start(&s);
	if (err) {
		stop(&s, s.adopted);
		rmdir(o->pin_dir); /* if the lock is all that it was for */
		return err;
	}
	serve(&s);
	log_info("stopping");
	return stop(&s, false);
}
