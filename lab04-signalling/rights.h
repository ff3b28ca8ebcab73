/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: what the server may do once strangers talk to it.
 *
 * It becomes another user, without capabilities.  Landlock takes the file
 * system away and TCP connections of its own, seccomp the system calls that
 * it does not use.  What the kernel does not have is announced.
 */
#ifndef LAB04_RIGHTS_H
#define LAB04_RIGHTS_H

/*
 * The server: gives up all rights for good.  user: whose rights it has from
 * here on; plays no part if this process is not root's.  Descriptors that are
 * open stay usable, files can no longer be opened.  Returns 0, or negative
 * errno, logged.
 */
int rights_drop(const char *user);

/*
 * The keeper: keeps what it takes to attach and to detach programs.  Returns
 * 0, or negative errno, logged.
 */
int rights_keep(void);

#endif
