// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plane `tc`: lab01's guard at XDP, lab03's forwarder at TC ingress.  It
 * notes in the record of an interface:
 *
 *	guard		the guard's XDP link, pinned
 *	clsact/		the clsact qdisc was made by us
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/protocols.h"
#include "lab01/guard.skel.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/plane.h"
#include "lab03/forward.skel.h"

#define FORWARD_PROGRAM "forward" /* the filter's name in TC */

struct plane_programs {
	struct guard_bpf *guard; /* NULL: TC only */
	struct forward_bpf *forward;
};

static void close_programs(struct plane_programs *p)
{
	if (!p)
		return;
	guard_bpf__destroy(p->guard);
	forward_bpf__destroy(p->forward);
	free(p);
}

/* The forwarder measures, so the guard's maps for measuring are not made. */
static void configure_guard(struct guard_bpf *guard,
			    const struct dataplane_options *o)
{
	guard->rodata->media = o->media;
	guard->rodata->measures = false;
	guard->rodata->may_be_encrypted = true;
	bpf_map__set_autocreate(guard->maps.sources, false);
	bpf_map__set_autocreate(guard->maps.clocks, false);
}

static int load(struct plane_programs *p, const struct dataplane_options *o)
{
	int err = 0;

	p->guard = o->no_guard ? NULL : guard_bpf__open();
	p->forward = forward_bpf__open();
	if (!p->forward || (!p->guard && !o->no_guard)) {
		log_error("cannot read the BPF objects: %s", strerror(errno));
		return -errno;
	}
	if (p->guard) {
		configure_guard(p->guard, o);
		err = dataplane_load(p->guard->skeleton, o->pin_dir);
	}
	p->forward->rodata->media = o->media;
	return err ?: dataplane_load(p->forward->skeleton, o->pin_dir);
}

static struct plane_programs *open_programs(const struct dataplane_options *o)
{
	struct plane_programs *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return NULL;
	err = load(p, o);
	if (!err)
		return p;
	close_programs(p);
	errno = -err;
	return NULL;
}

static struct bpf_map *find_map(const struct plane_programs *p,
				const char *name)
{
	return bpf_object__find_map_by_name(p->forward->obj, name);
}

static int attach_guard(const struct plane_programs *p, int ifindex,
			const char *record)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/guard", record);
	if (p->guard)
		return loader_pin_xdp(p->guard->progs.guard, ifindex, path);
	return loader_unpin_xdp(ifindex, path);
}

/* The note comes first: a qdisc of ours must never look like another's. */
static int attach_forward(const struct plane_programs *p, int ifindex,
			  const char *record)
{
	char note[PATH_MAX];
	bool made = false, noted;
	int err;

	snprintf(note, sizeof(note), "%s/clsact", record);
	noted = !mkdir(note, 0700);
	err = loader_attach_tc(p->forward->progs.forward, ifindex, &made);
	if (noted && !made)
		rmdir(note);
	return err;
}

static int attach(const struct plane_programs *p, int ifindex,
		  const char *record)
{
	int err = attach_guard(p, ifindex, record);

	return err ?: attach_forward(p, ifindex, record);
}

/*
 * The filter of an interface that is gone is gone as well, but not our notes.
 */
static int detach(int ifindex, const char *record)
{
	char link[PATH_MAX], note[PATH_MAX];
	int err;

	snprintf(link, sizeof(link), "%s/guard", record);
	snprintf(note, sizeof(note), "%s/clsact", record);
	err = loader_unpin_xdp(ifindex, link);
	if (!err)
		err = loader_detach_tc(FORWARD_PROGRAM, ifindex,
				       !access(note, F_OK));
	if (!err)
		rmdir(note);
	return err;
}

static const struct plane_kernel kernel = {
	.open = open_programs,
	.close = close_programs,
	.map = find_map,
	.attach = attach,
	.detach = detach,
};

const struct plane plane_tc = {
	.name = "tc",
	.forwards = "the kernel forwards what comes in on",
	.kernel = &kernel,
};
