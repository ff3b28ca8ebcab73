// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sandbox [--hosts alice,bob] [--] [COMMAND...]
 *
 *	parse() -> sandbox_enter(), sandbox_add_hosts() -> exec COMMAND
 *	                                                \-> or a shell, whose
 *	                                                    prompt says where
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"

enum { EXIT_USAGE = 2, EXIT_CANNOT_RUN = 77, EXIT_NO_COMMAND = 127 };

static const char help[] =
	"usage: sandbox [--hosts NAME,...] [--] [COMMAND [ARGUMENT...]]\n"
	"\n"
	"Runs COMMAND (default: $SHELL) in a network of its own. Nothing that\n"
	"it does to interfaces, mounts or /sys/fs/bpf reaches this machine, and\n"
	"the sandbox is gone when COMMAND ends. Needs root, or what root has\n"
	"lent to you by tools/lend (Linux 6.9).\n"
	"\n"
	"  --hosts NAME,...  adds a host per name: the first has the addresses\n"
	"                    10.0.7.1 and fd00:7::1, the second 10.0.7.2, and so\n"
	"                    on. COMMAND runs on the server, 10.0.7.254\n"
	"  --help            shows this text\n"
	"\n"
	"Exit status: that of COMMAND; 2 wrong usage; 77 no right to make a\n"
	"sandbox; 127 no such command.\n"
	"\n"
	"example:\n"
	"  sandbox --hosts alice,bob\n"
	"  server# ip netns exec alice ip address\n";

/* The host that the shell is on: `ip netns exec alice bash` is on alice. */
#define PROMPT "$(ip netns identify $$ | grep . || echo " SANDBOX_SERVER ")# "

static int parse(int argc, char *argv[], const char **hosts)
{
	static const struct option options[] = {
		{ "hosts", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'o') {
			*hosts = optarg;
		} else if (option == 'h') {
			fputs(help, stdout);
			exit(EXIT_SUCCESS);
		} else {
			fputs("sandbox --help tells more\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	return optind;
}

static int build(const char *hosts)
{
	int err = sandbox_enter();

	return err || !*hosts ? err : sandbox_add_hosts(hosts);
}

/*
 * A shell looks the same inside and outside, and only inside is it safe to try
 * things.  bash reads PS1 from its environment, but then from ~/.bashrc, too;
 * what PROMPT_COMMAND says comes later.
 */
static void set_prompt(void)
{
	setenv("PS1", PROMPT, true);
	setenv("PROMPT_COMMAND", "PS1='" PROMPT "'", true);
}

int main(int argc, char *argv[])
{
	const char *hosts = "";
	char *shell[] = { getenv("SHELL") ?: "/bin/sh", NULL };
	int first = parse(argc, argv, &hosts);
	char **command = first < argc ? &argv[first] : shell;
	int err = build(hosts);

	if (err == -EPERM)
		return EXIT_CANNOT_RUN;
	if (err == -EINVAL || err == -EEXIST)
		return EXIT_USAGE;
	if (err)
		return EXIT_FAILURE;
	if (command == shell)
		set_prompt();
	execvp(command[0], command);
	log_errno(command[0], "is it installed, and in PATH?");
	return EXIT_NO_COMMAND;
}
