// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pin is there: its map must have the shape that we expect.
 *
 *	no pin -------> make the map, pin it --> descriptor
 *	same shape -------------------------> descriptor
 *	another one: another version made it --> -ESTALE
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "common/pinned_map.h"

static void write_path(char path[PATH_MAX], const struct pinned_map *m,
		       const char *dir)
{
	snprintf(path, PATH_MAX, "%s/%s", dir, m->name);
}

static bool has_shape(const struct pinned_map *m, int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &size) &&
	       info.type == m->type && info.key_size == m->key_size &&
	       info.value_size == m->value_size &&
	       info.max_entries == m->max_entries && info.map_flags == m->flags;
}

static int make(const struct pinned_map *m, const char *path)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = m->flags);
	int fd = bpf_map_create(m->type, m->name, m->key_size, m->value_size,
				m->max_entries, &options);
	int err;

	if (fd < 0)
		return -errno;
	if (!bpf_obj_pin(fd, path))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int pinned_map_open(const struct pinned_map *m, const char *dir)
{
	char path[PATH_MAX];
	int fd;

	write_path(path, m, dir);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT ? make(m, path) : -errno;
	if (has_shape(m, fd))
		return fd;
	close(fd);
	return -ESTALE;
}

int pinned_map_remove(const struct pinned_map *m, const char *dir)
{
	char path[PATH_MAX];

	write_path(path, m, dir);
	return unlink(path) && errno != ENOENT ? -errno : 0;
}
