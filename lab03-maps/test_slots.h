/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef LAB03_TEST_SLOTS_H
#define LAB03_TEST_SLOTS_H

#include "lab03-maps/control.h"

/* Slots that belong to some stream; a slot that is free is zero. */
static inline __u32 slots_in_use(void)
{
	__u32 used = 0;

	for (__u32 slot = 0; slot < MAX_LEGS; slot++) {
		const struct leg *leg = table_find(&sfu_legs, &slot);

		used += leg->stream != 0;
	}
	return used;
}

#endif
