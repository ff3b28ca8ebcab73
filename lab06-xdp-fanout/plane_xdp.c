// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plane `xdp`: the plane `tc` with a fast path before it.
 *
 *	XDP: fanout() --+-- a fan ----> copies, without an skb
 *	                +-- what it leaves --> TC: forward
 *
 * An interface has the same record as with the plane `tc`, so that changing
 * from one to the other replaces one XDP program by another and nothing else.
 * What all interfaces share lies in the pin directory: the maps, and the link
 * of the tracepoint by which copies are counted.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/protocols.h"
#include "common/xdp_target.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/forwarder.h"
#include "lab03-maps/plane.h"
#include "lab03/forward.skel.h"
#include "lab06-xdp-fanout/broadcast.h"
#include "lab06-xdp-fanout/loop.h"
#include "lab06-xdp-fanout/plane_xdp.h"
#include "lab06-xdp-fanout/ports.h"
#include "lab06/fanout.skel.h"

#define TRACEPOINT "xdp_devmap_xmit" /* of count_copies() */

struct plane_programs {
	struct fanout_bpf *fanout;
	struct forward_bpf *forward;
	struct loop loop;
};

static void unload(struct plane_programs *p)
{
	fanout_bpf__destroy(p->fanout);
	forward_bpf__destroy(p->forward);
}

static int failed(const char *what, int err)
{
	if (err)
		log_error("cannot %s: %s; run as root, and see `make doctor`",
			  what, strerror(-err));
	return err;
}

/* ---- loading -------------------------------------------------------------- */

static int load_fanout(struct plane_programs *p,
		       const struct dataplane_options *o)
{
	struct fanout_bpf *fanout = fanout_bpf__open();
	int cpus = libbpf_num_possible_cpus();

	p->fanout = fanout;
	if (!fanout)
		return failed("read the BPF object of the plane xdp", -errno);
	fanout->rodata->media = o->media;
	fanout->rodata->loop_ifindex = p->loop.ifindex;
	bpf_map__set_max_entries(fanout->maps.fan_flights, FLIGHTS * cpus);
	bpf_map__set_max_entries(fanout->maps.fan_cpus, cpus);
	bpf_map__set_max_entries(fanout->maps.fan_watches, cpus);
	return dataplane_load(fanout->skeleton, o->pin_dir);
}

/*
 * The link of an earlier process goes on counting until the new one counts.
 * bpffs has no replacing in one step for links of tracepoints, but both may
 * count for a moment: each copy is counted by who comes first.
 */
static int pin_tracepoint(const struct plane_programs *p, const char *pin_dir)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	int fd = bpf_raw_tracepoint_open(
		TRACEPOINT, bpf_program__fd(p->fanout->progs.count_copies));
	int err = fd < 0 ? -errno : 0;

	snprintf(path, sizeof(path), "%s/count_copies", pin_dir);
	snprintf(fresh, sizeof(fresh), "%s/new_count_copies", pin_dir);
	unlink(fresh);
	if (!err && (bpf_obj_pin(fd, fresh) || rename(fresh, path)))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return failed("count copies at the tracepoint " TRACEPOINT, err);
}

static int load(struct plane_programs *p, const struct dataplane_options *o)
{
	char path[PATH_MAX];
	int err;

	if (o->no_guard) {
		log_error("without XDP there is no plane xdp; take tc");
		return -EINVAL;
	}
	err = loop_make(o->pin_dir, &p->loop);
	err = err ?: forwarder_load(&p->forward, o);
	err = err ?: load_fanout(p, o);
	err = err ?: pin_tracepoint(p, o->pin_dir);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/come_again", o->pin_dir);
	return loader_pin_xdp(p->fanout->progs.come_again, p->loop.back, path);
}

static struct bpf_map *find_map(const struct plane_programs *p,
				const char *name)
{
	return bpf_object__find_map_by_name(p->forward->obj, name);
}

/* ---- attaching ------------------------------------------------------------ */

/*
 * In generic mode a frame may be several packets in one skb, and nobody tells
 * what a device has refused: copies that are not counted are no copies.  In
 * native mode a broadcast skips a device that does not take its frames, and
 * nobody tells of that either: so it is asked before.
 */
static int serve_port(const struct plane_programs *p, int ifindex)
{
	const struct ports ports = {
		.map = bpf_map__fd(p->fanout->maps.fan_ports),
		.fans = bpf_map__fd(p->fanout->maps.fans),
		.leave = bpf_program__fd(p->fanout->progs.leave),
		.loop = {
			.ifindex = p->loop.ifindex,
			.program = bpf_program__fd(p->fanout->progs.go_round),
		},
	};
	char why[XDP_WHY] = "";
	int takes;

	//@todo 6.9 serve_port: only where XDP is native (loader_xdp_mode()) can copies be made (else the interface is no port: ports_remove()); they may leave there if the kernel knows that they arrive (xdp_target_query()); whenever TC has to do it, warn and say why
	//@stub	(void)why;
	//@stub	takes = XDP_TARGET_YES;
	if (strcmp(loader_xdp_mode(ifindex), "native XDP")) {
		log_warn("%s: TC makes the copies, because XDP is generic",
			 ports_name(ifindex));
		return ports_remove(&ports, ifindex);
	}
	takes = xdp_target_query(ifindex, why);
	if (takes < 0)
		snprintf(why, sizeof(why), "it cannot be looked at: %s",
			 strerror(-takes));
	if (takes != XDP_TARGET_YES)
		log_warn("%s: TC makes the copies that leave there, because %s",
			 ports_name(ifindex), why);
	//@end 6.9
	return failed("make the fans of copies",
		      ports_add(&ports, ifindex, takes == XDP_TARGET_YES));
}

static int attach(const struct plane_programs *p, int ifindex,
		  const char *record)
{
	char path[PATH_MAX];
	int err = forwarder_attach(p->forward, ifindex, record);

	snprintf(path, sizeof(path), "%s/xdp", record);
	err = err ?: loader_pin_xdp(p->fanout->progs.fanout, ifindex, path);
	return err ?: serve_port(p, ifindex);
}

/* ---- may it be chosen? ---------------------------------------------------- */

/* Whoever is lent BPF by a token may not attach to tracepoints, for example. */
static int try_tracepoint(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "try",
				    "Dual BSD/GPL", nothing, 2, NULL);
	int link, err = 0;

	if (program < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(TRACEPOINT, program);
	if (link < 0)
		err = -errno;
	else
		close(link);
	close(program);
	return err;
}

static bool offers(const char *const *ifaces, char *why, size_t size)
{
	char reason[XDP_WHY];
	int err, fit;

	if (!loader_may_load(why, size))
		return false;
	err = try_tracepoint();
	if (err) {
		snprintf(
			why, size,
			"copies could not be counted at the tracepoint " TRACEPOINT
			": %s",
			strerror(-err));
		return false;
	}
	fit = xdp_target_all(ifaces, reason);
	snprintf(why, size, "%s",
		 fit < 0 ? "its interfaces cannot be looked at" : reason);
	return fit == 1;
}

/* A round for each fan that is full, and one for each interface. */
static int64_t pause_ns(__u32 legs)
{
	return (int64_t)(legs / FAN_COPIES + MAX_PORTS) * LOOP_PACE_NS;
}

static const struct plane_kernel kernel = {
	.size = sizeof(struct plane_programs),
	.load = load,
	.unload = unload,
	.map = find_map,
	.attach = attach,
	.detach = forwarder_detach,
	.clean = loop_remove,
};

const struct plane plane_xdp = {
	.name = "xdp",
	.forwards = "the kernel forwards, without an skb, what comes in on",
	.offers = offers,
	.kernel = &kernel,
	.pause_ns = pause_ns,
};
