/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: what the server may do once strangers talk to it.
 *
 * It becomes another user, without capabilities.  Landlock takes away the file
 * system and outgoing TCP connections, and seccomp takes away the system calls
 * that the server does not use.  The log says which of these the kernel lacks.
 */
#ifndef LAB04_RIGHTS_H
#define LAB04_RIGHTS_H

/*
 * For the server: gives up all rights for good.  From here on it has the rights
 * of user, which is ignored if this process is not root's.  Open descriptors
 * stay usable, but no file can be opened any more.  Returns 0, or negative
 * errno, logged.
 */
int rights_drop(const char *user);

/*
 * For the keeper: keeps only the rights to attach and to detach programs.
 * Returns 0, or negative errno, logged.
 */
int rights_keep(void);

#endif
