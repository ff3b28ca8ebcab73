// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Puts forward.bpf.c at the TC ingress of an interface:
 *
 *	XDP (the plane's own program) --> TC: forward --> the stack, the server
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/protocols.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/forwarder.h"
#include "lab03/forward.skel.h"

#define FORWARD_PROGRAM "forward" /* the filter's name in TC */

int forwarder_load(struct forward_bpf **forwarder,
		   const struct dataplane_options *o)
{
	*forwarder = forward_bpf__open();
	if (!*forwarder) {
		log_error("cannot read the forwarder's BPF object: %s",
			  strerror(errno));
		return -errno;
	}
	(*forwarder)->rodata->media = o->media;
	return dataplane_load((*forwarder)->skeleton, o->pin_dir);
}

/* The note comes first: a qdisc of ours must never look like another's. */
int forwarder_attach(const struct forward_bpf *forwarder, int ifindex,
		     const char *record)
{
	char note[PATH_MAX];
	bool made = false, noted;
	int err;

	snprintf(note, sizeof(note), "%s/clsact", record);
	noted = !mkdir(note, 0700);
	err = loader_attach_tc(forwarder->progs.forward, ifindex, &made);
	if (noted && !made)
		rmdir(note);
	return err;
}

/*
 * The filter of an interface that is gone is gone as well, but not our notes.
 */
int forwarder_detach(int ifindex, const char *record)
{
	char link[PATH_MAX], note[PATH_MAX];
	int err;

	snprintf(link, sizeof(link), "%s/xdp", record);
	snprintf(note, sizeof(note), "%s/clsact", record);
	err = loader_unpin_xdp(ifindex, link);
	if (!err)
		err = loader_detach_tc(FORWARD_PROGRAM, ifindex,
				       !access(note, F_OK));
	if (!err)
		rmdir(note);
	return err;
}
