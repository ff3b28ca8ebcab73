/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: puts the data plane up and takes it down: the programs of a plane
 * (plane.h) with their maps and links.  All of it is pinned, so that media
 * outlives the process that put it up.
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
	const struct plane *const *planes; /* all there are, then NULL */
	const char *pin_dir;
	const char *const *ifaces; /* NULL-terminated names */
	struct media_address media;
	bool no_guard; /* leave XDP alone: TC only */
};

/*
 * Makes pin_dir, and takes the lock on it that whoever changes the tables
 * needs.  The lock ends with the process, or with the next call.  -EBUSY:
 * another process has it; *holder is its pid (0: unknown), and the caller has
 * to explain.  Other errors are logged here.
 */
int dataplane_lock(const char *pin_dir, int *holder);

/*
 * Loads, pins and attaches, to these interfaces and no others.  Maps that
 * are pinned already are adopted with all that is in them, and programs that
 * are attached are replaced in one step, so no packet is lost.  *adopted
 * says whether there were maps.  Whatever a killed attach or detach left
 * half done is mended.  Needs the lock.
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
 * clsact qdisc if attach made it and nobody else uses it.  It needs no options:
 * notes in pin_dir say what to remove, and planes (a list that ends with NULL)
 * can read them.  Returns 0 if nothing was there.  Needs the lock, if anybody
 * else may take it.  Errors are logged.
 */
int dataplane_detach(const struct plane *const *planes, const char *pin_dir);

/*
 * For planes: loads the programs of an object that has been opened, and pins
 * its maps in pin_dir, or takes those that are pinned there.  Errors as of
 * dataplane_attach().
 */
int dataplane_load(struct bpf_object_skeleton *skeleton, const char *pin_dir);

/*
 * Has another plane forward what comes in on the interfaces that are attached
 * now, and no packet is lost.  It needs no lock, because it changes no table:
 * the server may go on meanwhile.  planes: all there are, then NULL; `to` has a
 * kernel side.  Errors as of dataplane_attach(); -ENOENT: nothing is attached.
 */
int dataplane_change(const struct plane *const *planes, const struct plane *to,
		     const char *pin_dir);

/* The port that the pinned tables serve; -ENOENT if there are none. */
int dataplane_media_port(const char *pin_dir, __be16 *port);

/*
 * The counters of lab01's guard: an fd that the caller closes, or negative
 * errno; -ENOENT: there is no guard.  It is an fd because a server that has
 * given up its rights cannot open the map again.
 */
int dataplane_open_traffic(const char *pin_dir);

/*
 * The same for the map of this host's addresses.  dataplane_attach() fills it
 * in; a process that stays keeps it up to date by local_addresses_sync().
 */
int dataplane_open_addresses(const char *pin_dir);

/* The guard's counters of a verdict (enum verdict), summed over the CPUs. */
int dataplane_traffic(int fd, __u32 verdict, struct traffic *out);

#endif
