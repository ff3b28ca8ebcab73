// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Values on the command line are read strictly (no sign, no rest, no empty
 * text): a typing error must end the tool and not become a number.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/options.h"

#define NS_PER_SEC  1000000000LL
#define MAX_SECONDS 1e9

int exit_status(int err)
{
	if (!err)
		return EXIT_SUCCESS;
	return err == -EPERM ? EXIT_CANNOT_RUN : EXIT_FAILED;
}

/* ---- options ---------------------------------------------------------- */

void options_parse(const struct argp *argp, int argc, char **argv,
		   unsigned int flags, void *input)
{
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(argp, argc, argv, flags, NULL, input);
}

static error_t parse_verbose(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	if (key != 'v')
		return ARGP_ERR_UNKNOWN;
	log_set_level(LOG_LEVEL_DEBUG);
	return 0;
}

static const struct argp verbose = {
	.options =
		(const struct argp_option[]){
			{ .name = "verbose",
			  .key = 'v',
			  .doc = "Say more, as SWIFTCALL_LOG=debug does",
			  .group = -1 },
			{} },
	.parser = parse_verbose,
};

const struct argp_child options_children[] = { { .argp = &verbose }, {} };

__u64 option_number(struct argp_state *state, const char *text,
		    const char *what, __u64 min, __u64 max)
{
	char *end;
	__u64 value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || strchr(text, '-') || value < min ||
	    value > max)
		argp_error(state, "%s is a number from %llu to %llu, not '%s'",
			   what, min, max, text);
	return value;
}

double option_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value > 0 && value <= MAX_SECONDS))
		argp_error(state, "'%s' is no number of seconds", text);
	return value;
}

void option_address(struct argp_state *state, const char *text,
		    struct ip_addr *addr, __be16 *port)
{
	if (address_parse(text, addr, port))
		argp_error(state,
			   "'%s' is no ADDRESS:PORT; write "
			   "10.0.7.1:5004 or [fd00:7::1]:5004",
			   text);
}

void option_peer(struct argp_state *state, const char *text,
		 struct ip_addr *addr, __be16 *port)
{
	option_address(state, text, addr, port);
	if (ip_addr_is_any(addr))
		argp_error(state, "'%s' does not say which host", text);
}

/* ---- addresses -------------------------------------------------------- */

static int parse_port(const char *text, __be16 *port)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	value = strtoul(text, &end, 10);
	if (*end || value == 0 || value > 65535)
		return -EINVAL;
	*port = htons(value);
	return 0;
}

static int parse_ip(const char *text, struct ip_addr *addr)
{
	__be32 v4;

	if (*text == '[')
		return inet_pton(AF_INET6, text + 1, addr) == 1 ? 0 : -EINVAL;
	if (*text && inet_pton(AF_INET, text, &v4) != 1)
		return -EINVAL;
	*addr = *text && v4 ? ip_addr_v4(v4) : (struct ip_addr){};
	return 0;
}

int address_parse(const char *text, struct ip_addr *addr, __be16 *port)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT];
	struct ip_addr parsed;
	__be16 parsed_port;
	size_t length;

	if (!colon || colon - text >= ADDRESS_TEXT)
		return -EINVAL;
	length = colon - text;
	memcpy(host, text, length);
	host[length] = '\0';
	if (*host == '[') {
		if (host[length - 1] != ']')
			return -EINVAL;
		host[length - 1] = '\0';
	}
	if (parse_ip(host, &parsed) || parse_port(colon + 1, &parsed_port))
		return -EINVAL;
	*addr = parsed;
	*port = parsed_port;
	return 0;
}

const char *address_format(char text[ADDRESS_TEXT], const struct ip_addr *addr,
			   __be16 port)
{
	bool v4 = ip_addr_is_v4(addr);
	char host[INET6_ADDRSTRLEN] = "";

	if (!ip_addr_is_any(addr))
		inet_ntop(v4 ? AF_INET : AF_INET6,
			  v4 ? &addr->word[3] : addr->word, host, sizeof(host));
	snprintf(text, ADDRESS_TEXT, v4 || !*host ? "%s:%u" : "[%s]:%u", host,
		 ntohs(port));
	return text;
}

/* ---- live ------------------------------------------------------------- */

static sigset_t stop_signals;
static long long next_ns;

void live_start(void)
{
	sigemptyset(&stop_signals);
	sigaddset(&stop_signals, SIGINT);
	sigaddset(&stop_signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop_signals, NULL);
	next_ns = clock_now_ns();
}

/* What took longer than the interval is not made up for. */
static struct timespec until_next(double interval)
{
	long long now = clock_now_ns();

	next_ns += llround(interval * NS_PER_SEC);
	if (next_ns < now)
		next_ns = now;
	return (struct timespec){
		.tv_sec = (next_ns - now) / NS_PER_SEC,
		.tv_nsec = (next_ns - now) % NS_PER_SEC,
	};
}

bool live_wait(double interval)
{
	struct timespec timeout = until_next(interval);
	int caught;

	do {
		caught = sigtimedwait(&stop_signals, NULL, &timeout);
		timeout = until_next(0);
	} while (caught < 0 && errno == EINTR);
	return caught < 0;
}

void live_redraw(void)
{
	if (log_terminal(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
}
