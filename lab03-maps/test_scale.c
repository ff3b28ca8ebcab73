// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The control plane with as many people as it is made for. */
#include "lab03-maps/test_room.h"

TEST("3.0.f", ten_thousand_participants, "500 full rooms of 20 fit",
     .native = true, .seconds = 60)
{
	unsigned int host = 0;
	char name[16], r[16];
	__u32 id, from;

	open_tables();
	for (int i = 0; i < 500; i++) {
		snprintf(r, sizeof(r), "room%d", i);
		for (int k = 0; k < 20; k++) {
			snprintf(name, sizeof(name), "p%d", k);
			id = join(r, name, ++host);
			from = endpoint(id, host);
			publish(id, from, MEDIA_AUDIO, 1);
			publish(id, from, MEDIA_VIDEO, 2);
		}
	}
	commit();
	check_uint("participants", 10000, table_count(&sfu_participants));
	check_uint("sinks", 10000 * 2 * 19, table_count(&sfu_sinks));
	table_each(e, &sfu_ssrcs)
		check_legs(*(const __u32 *)table_value(e), 19);
}
