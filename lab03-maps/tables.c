// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The tables of tables.h in user space: a name and a shape for each map. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

#define TABLE_SPARSE TABLE_HASH /* in user space there is no difference */

#define DEFINE_TABLE(name, kind, ...)                                          \
	struct table name = TABLE_INIT(#name, TABLE_##kind, __VA_ARGS__);
SFU_TABLES(DEFINE_TABLE)

#define ADDRESS_OF(name, ...) &name,
static struct table *const tables[] = { SFU_TABLES(ADDRESS_OF) };

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
