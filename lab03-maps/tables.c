// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The tables of tables.h in user space: a name and a shape for each map. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lab03-maps/control.h"
#include "lab03-maps/tables_internal.h"

#define DEFINE(name, kind, key_type, value_type, max) \
	struct table name = TABLE_INIT(#name, kind, key_type, value_type, max)

DEFINE(sfu_endpoints, TABLE_HASH, struct endpoint_key, struct endpoint,
       MAX_ENDPOINTS);
DEFINE(sfu_ssrcs, TABLE_HASH, struct ssrc_key, __u32, MAX_STREAMS);
DEFINE(sfu_streams, TABLE_ARRAY, __u32, struct stream, MAX_STREAMS);
DEFINE(sfu_legs, TABLE_ARRAY, __u32, struct leg, MAX_LEGS);
DEFINE(sfu_stream_counters, TABLE_ARRAY, __u32, struct stream_counters,
       MAX_STREAMS);
DEFINE(sfu_leg_counters, TABLE_ARRAY, __u32, struct leg_counters, MAX_LEGS);
DEFINE(sfu_verdicts, TABLE_ARRAY, __u32, __u64, VERDICT_COUNT);
DEFINE(sfu_rooms, TABLE_HASH, __u32, struct room, MAX_ROOMS);
DEFINE(sfu_participants, TABLE_HASH, __u32, struct participant,
       MAX_PARTICIPANTS);
DEFINE(sfu_subscriptions, TABLE_HASH, struct subscription_key,
       struct subscription, MAX_LEGS);
DEFINE(sfu_sinks, TABLE_HASH, struct sink_key, struct sink, MAX_LEGS);
DEFINE(sfu_settings, TABLE_ARRAY, __u32, struct settings, 1);

static struct table *const tables[] = {
	&sfu_endpoints, &sfu_ssrcs, &sfu_streams, &sfu_legs,
	&sfu_stream_counters, &sfu_leg_counters, &sfu_verdicts,
	&sfu_rooms, &sfu_participants, &sfu_subscriptions,
	&sfu_sinks, &sfu_settings,
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static int open_pin(const char *pin_dir, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pin_dir, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static int open_table(struct table *table, const char *pin_dir)
{
	int fd = pin_dir ? open_pin(pin_dir, table->name) : -1;

	if (pin_dir && fd < 0)
		return fd;
	return table_open(table, fd);
}

int tables_open(const char *pin_dir)
{
	int err = 0;

	for (size_t i = 0; !err && i < TABLES; i++)
		err = open_table(tables[i], pin_dir);
	if (err)
		tables_close();
	return err;
}

void tables_close(void)
{
	for (size_t i = 0; i < TABLES; i++) {
		int fd = tables[i]->fd;

		table_close(tables[i]);
		if (fd >= 0)
			close(fd);
	}
}
