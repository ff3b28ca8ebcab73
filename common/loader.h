/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Loads BPF programs, attaches them to interfaces, and detaches them.
 *
 * It adds four things to libbpf's skeletons: it checks rights, explains why the
 * verifier refused a program, attaches XDP by bpf_link and TC at clsact.  Every
 * function logs its errors (what failed, why, what to try) and returns negative
 * errno.
 */
#ifndef COMMON_LOADER_H
#define COMMON_LOADER_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_object_skeleton;
struct bpf_program;

/*
 * To be called first.  -EPERM unless this process has CAP_BPF, CAP_NET_ADMIN
 * and CAP_PERFMON (Linux 5.8).  libbpf's messages go to the log from here
 * on, at level debug.
 */
int loader_init(void);

/*
 * Whether this process may load BPF programs, found by trying.  Logs nothing:
 * `why` says what is missing, as the rest of a sentence, and is untouched if
 * nothing is.
 */
bool loader_may_load(char *why, size_t size);

/*
 * Loads an opened skeleton (its member ->skeleton).  If the verifier refuses a
 * program, the last lines of its log are logged.  The whole log of each
 * program, with its statistics, is written into the directory that
 * $SWIFTCALL_VERIFIER_LOG names: to PROGRAM.rejected, or to PROGRAM.accepted by
 * the first process that loads it.
 */
int loader_load(struct bpf_object_skeleton *skeleton);

/*
 * Returns the index (> 0) of an interface that our programs can be attached to.
 * -ENODEV: there is none of that name.  -ENOTSUP: its frames do not begin with
 * an Ethernet header; those of a VPN, for example, do not.
 */
int loader_ifindex(const char *ifname);

/*
 * The same for the labs' own tools, whose programs may be wrong.  -EACCES: the
 * machine's default route leaves by that interface, and nobody has called
 * loader_allow_default_route().
 */
int loader_tool_ifindex(const char *ifname);
void loader_allow_default_route(void);

/*
 * Attaches an XDP program by a bpf_link (Linux 5.9) and returns its fd: the
 * program is detached when the caller closes it or dies.  Native, or else
 * generic, where each packet has an skb already (`lo` knows only that); which
 * one is logged.  -EBUSY: another XDP program is there.
 */
int loader_attach_xdp(const struct bpf_program *program, int ifindex);

/*
 * The same with the link pinned at path, so that it outlives this process.
 * A link that is pinned there already gets the new program in one step: each
 * packet meets the old one or the new one.  -EBUSY: it holds an interface of
 * another network namespace.
 */
int loader_pin_xdp(const struct bpf_program *program, int ifindex,
		   const char *path);

/* How XDP runs on an interface: "native XDP", "generic XDP" or "no XDP". */
const char *loader_xdp_mode(int ifindex);

/*
 * Detaches that link, wherever its interface is by now, and removes its pin;
 * 0 if there is none.
 */
int loader_unpin_xdp(int ifindex, const char *path);

/* Our place at clsact: behind what an administrator put at a low priority. */
#define TC_PRIORITY 5004
#define TC_HANDLE   1

/*
 * Attaches a TC program to the ingress of an interface, in direct-action
 * mode at a fixed place: one of the same name that is there already, of this
 * process or of another one, is replaced in one step.  Outlives the process.
 * The clsact qdisc is made if need be, and *made_clsact says so.  -EBUSY:
 * a program of another name has that place.
 */
int loader_attach_tc(const struct bpf_program *program, int ifindex,
		     bool *made_clsact);

/*
 * Detaches the TC program of that name; 0 too if it or the interface is not
 * there.  remove_clsact takes the qdisc away with it, unless somebody else's
 * filters are in it.
 */
int loader_detach_tc(const char *program, int ifindex, bool remove_clsact);

#endif
