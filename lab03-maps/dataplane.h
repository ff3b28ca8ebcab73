/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: the data plane as a thing that can be put up and taken down: the
 * programs of a plane (plane.h), their maps and links pinned, so that media
 * outlives whoever put them up.
 */
#ifndef LAB03_DATAPLANE_H
#define LAB03_DATAPLANE_H

#include <stdbool.h>

#include "common/protocols.h"

#define DEFAULT_PIN_DIR "/sys/fs/bpf/swiftcall"

struct bpf_object_skeleton;
struct plane;
struct traffic;

struct dataplane_options {
	const struct plane *plane;	   /* one with a kernel side */
	const struct plane *const *planes; /* all that may be there; NULL */
	const char *pin_dir;
	const char *const *ifaces; /* NULL-terminated names */
	struct media_address media;
	bool no_guard; /* leave XDP alone: TC only */
};

/*
 * Takes the lock on pin_dir that changing the tables needs; it goes with
 * the process, or with the next call.  Makes pin_dir.  -EBUSY: another
 * process has it, *holder is its pid (0: unknown).  That one is the
 * caller's to explain, other errors are logged.
 */
int dataplane_lock(const char *pin_dir, int *holder);

/*
 * Loads, pins and attaches, to these interfaces and no others.  Maps that
 * are pinned already are adopted with all that is in them, programs that
 * are attached are replaced in one step: not a packet is lost.  *adopted
 * says whether there were maps.  Whatever a killed attach or detach left
 * behind is mended.  Needs the lock.
 *
 * Errors are logged here (what failed, why, what to try); negative errno.
 * -ESTALE: what is pinned was made by another version, or for another media
 * port; then nothing has changed.
 */
int dataplane_attach(const struct dataplane_options *o, bool *adopted);

/*
 * Attaches to one interface of o->ifaces that has come back under its name,
 * and forgets those that are gone.  All the rest of dataplane_attach() has
 * been done, by a process that still has the lock.  Returns its index, or
 * negative errno, logged.
 */
int dataplane_reattach(const struct dataplane_options *o, const char *ifname);

/*
 * Detaches from every interface and removes every pin, pin_dir, and the
 * clsact qdisc if attach made it and nobody else uses it.  Works without
 * the options of attach: what to remove is written in pin_dir, and planes (a
 * list that ends with NULL) can read it.  0 if nothing
 * was there.  Needs the lock, if anybody may have it.  Errors are logged.
 */
int dataplane_detach(const struct plane *const *planes, const char *pin_dir);

/*
 * For planes: loads the programs of an object that has been opened, and pins
 * its maps in pin_dir, or takes those that are pinned there.  Errors as of
 * dataplane_attach().
 */
int dataplane_load(struct bpf_object_skeleton *skeleton, const char *pin_dir);

/* The port that the pinned tables serve; -ENOENT if there are none. */
int dataplane_media_port(const char *pin_dir, __be16 *port);

/*
 * The counters of lab01's guard: an fd, the caller's to close, or negative
 * errno; -ENOENT: there is no guard.  They are asked by fd, because a server
 * that has given up its rights can open nothing any more.
 */
int dataplane_open_traffic(const char *pin_dir);

/*
 * The same for the map of this host's addresses.  attach fills it in; whoever
 * stays keeps it up by local_addresses_sync().
 */
int dataplane_open_addresses(const char *pin_dir);

/* The guard's counters of a verdict (enum verdict), summed over the CPUs. */
int dataplane_traffic(int fd, __u32 verdict, struct traffic *out);

#endif
