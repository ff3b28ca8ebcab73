/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * BPF for those who are not root, lent by tools/lend.
 *
 *	sandbox (a user namespace)             tools/lend (root)
 *	fsopen("bpf") ---- /run/swiftcall/lend-USER ---> what it delegates
 *	fsmount()  <----------------- "ok" ------------- FSCONFIG_CMD_CREATE
 *	   \-> /sys/fs/bpf: from it comes a BPF token, with which maps are
 *	       made and programs loaded (bpf_token.c)
 */
#ifndef COMMON_LEND_H
#define COMMON_LEND_H

#include <stdbool.h>
#include <sys/types.h>

#define LEND_DIR "/run/swiftcall"

/* What to try where rights are missing. */
#define LEND_OR_ROOT                                                           \
	"run as root (sudo), or have root lend you BPF (tools/lend); "         \
	"in a container: --privileged"

/* Whether there is a lender who lends to this user. */
bool lend_is_offered(void);

/*
 * Mounts at path a BPF file system that somebody has lent us.  To be called in
 * a user and a mount namespace of our own.  Programs that we start from then on
 * load theirs with it, too (LD_PRELOAD).  Logs, and returns negative errno:
 * -EPERM if nobody lends to us.
 */
int lend_mount(const char *path);

/*
 * Whether this user namespace has a user of that number: one that its maker
 * made has only the maker.
 */
bool lend_has_user(uid_t uid);

#endif
