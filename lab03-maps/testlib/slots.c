/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Do lists of legs leave slots behind?  Counted from the table itself. */
#include "lab03-maps/testlib/slots.h"

__u32 slots_in_use(void)
{
	__u32 used = 0;

	for (__u32 slot = 0; slot < MAX_LEGS; slot++) {
		const struct leg *leg = table_find(&sfu_legs, &slot);

		used += leg->stream != 0;
	}
	return used;
}
