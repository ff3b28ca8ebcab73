// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plane `tc`: lab01's guard at XDP, lab03's forwarder at TC ingress.  The
 * record of an interface is that of forwarder.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/protocols.h"
#include "lab01/guard.skel.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/forwarder.h"
#include "lab03-maps/plane.h"
#include "lab03/forward.skel.h"

struct plane_programs {
	struct guard_bpf *guard; /* NULL: TC only */
	struct forward_bpf *forward;
};

static void unload(struct plane_programs *p)
{
	guard_bpf__destroy(p->guard);
	forward_bpf__destroy(p->forward);
}

/* The forwarder measures, so the guard's maps for measuring are not made. */
static int load_guard(struct plane_programs *p,
		      const struct dataplane_options *o)
{
	struct guard_bpf *guard = guard_bpf__open();

	p->guard = guard;
	if (!guard) {
		log_error("cannot read the guard's BPF object: %s",
			  strerror(errno));
		return -errno;
	}
	guard->rodata->media = o->media;
	guard->rodata->measures = false;
	guard->rodata->may_be_encrypted = true;
	bpf_map__set_autocreate(guard->maps.sources, false);
	bpf_map__set_autocreate(guard->maps.clocks, false);
	return dataplane_load(guard->skeleton, o->pin_dir);
}

static int load(struct plane_programs *p, const struct dataplane_options *o)
{
	int err = o->no_guard ? 0 : load_guard(p, o);

	return err ?: forwarder_load(&p->forward, o);
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

	snprintf(path, sizeof(path), "%s/xdp", record);
	if (p->guard)
		return loader_pin_xdp(p->guard->progs.guard, ifindex, path);
	return loader_unpin_xdp(ifindex, path);
}

static int attach(const struct plane_programs *p, int ifindex,
		  const char *record)
{
	int err = attach_guard(p, ifindex, record);

	return err ?: forwarder_attach(p->forward, ifindex, record);
}

static const struct plane_kernel kernel = {
	.size = sizeof(struct plane_programs),
	.load = load,
	.unload = unload,
	.map = find_map,
	.attach = attach,
	.detach = forwarder_detach,
};

static bool offers(const char *const *ifaces, char *why, size_t size)
{
	(void)ifaces;
	if (!loader_may_load(why, size))
		return false;
	snprintf(why, size, "the kernel forwards with TC on any interface");
	return true;
}

const struct plane plane_tc = {
	.name = "tc",
	.offers = offers,
	.forwards = "the kernel forwards what comes in on",
	.kernel = &kernel,
};
