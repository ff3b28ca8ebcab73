/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef LAB03_TESTLIB_SLOTS_H
#define LAB03_TESTLIB_SLOTS_H

#include "lab03-maps/control.h"

/* Slots that belong to some stream; a slot that is free is zero. */
__u32 slots_in_use(void);

#endif
