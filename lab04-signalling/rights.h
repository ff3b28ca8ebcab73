/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab04: the rights of the process, which faces the network. */
#ifndef LAB04_RIGHTS_H
#define LAB04_RIGHTS_H

#include <stdbool.h>

/*
 * Gives up every capability for good, but with `detach` those that
 * dataplane_detach() asks for: these are put aside, without effect until
 * rights_resume().  What is left goes to the debug log.  0 or negative errno,
 * logged.
 */
int rights_drop(bool detach);
int rights_resume(void);

#endif
