// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* How many stores would the pass of widen.h save in a BPF object? */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/options.h"
#include "lab05-bench/bonus-init/widen.h"

static const char doc[] =
	"Merge the constant stores to the stack in BPF objects, load the "
	"result, and say how many stores that saves. If the verifier rejects "
	"the result, its reason is shown.\n\n"
	"Exit status: 0, 1 failed, 2 usage, 77 cannot run here.\n\n"
	"Example:\n  build/bonus-init/storewiden build/lab01/guard.bpf.o";

static int take_object(const char *path)
{
	struct widened w = {};
	struct bpf_object *object;
	int err = -EINVAL;

	widen_on_load(&w);
	object = bpf_object__open(path);
	if (object)
		err = bpf_object__load(object);
	if (err) {
		log_error("cannot load %s: %s; see what --verbose says", path,
			  strerror(-err));
		bpf_object__close(object);
		return err;
	}
	printf("%-40s %6lu constant stores to the stack, %lu saved\n", path,
	       w.stores, w.removed);
	bpf_object__close(object);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *err = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "name an object");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	*err = *err ?: take_object(arg);
	return 0;
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.doc = doc,
		.args_doc = "OBJECT...",
		.children = options_children,
	};
	int err = loader_init();

	if (!err)
		options_parse(&argp, argc, argv, 0, &err);
	return exit_status(err);
}
