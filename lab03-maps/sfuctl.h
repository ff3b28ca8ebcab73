/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: the command sfuctl, with the planes that its main() chooses. */
#ifndef LAB03_SFUCTL_H
#define LAB03_SFUCTL_H

struct plane;

/*
 * The whole of a main().  planes ends with NULL; the first is the one that
 * `sfuctl attach` attaches.  Returns the exit status.
 */
int sfuctl_main(const struct plane *const *planes, int argc, char **argv);

#endif
