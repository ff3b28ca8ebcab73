// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Makes the fans of one interface.
 *
 *	fans (array of maps)
 *	  [port, 1 copy, row 0] --> devmap { eth0 }
 *	  [port, 2 copies, row 0] --> devmap { eth0, eth0 }
 *	  ...
 *
 * The kernel walks a devmap to its end, so each is as long as it is full.
 */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lab06-xdp-fanout/broadcast.h"
#include "lab06-xdp-fanout/fans.h"

static int put_target(int map, __u32 slot, const struct fan_target *to)
{
	struct bpf_devmap_val value = {
		.ifindex = to->ifindex,
		.bpf_prog.fd = to->program,
	};

	return bpf_map_update_elem(map, &slot, &value, 0) ? -errno : 0;
}

/* Returns the fd of a fan; loop may be NULL. */
static int make_fan(__u32 copies, const struct fan_target *to,
		    const struct fan_target *loop)
{
	//@todo 6.2 make_fan: a devmap, as long as it is full: `copies` entries for `to`, and if there is a loop, one more for it
	//@stub	(void)put_target, (void)copies, (void)to, (void)loop;
	//@stub	return -ENOSYS;
	int map = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "fan", sizeof(__u32),
				 sizeof(struct bpf_devmap_val), copies + !!loop,
				 NULL);
	int err = 0;

	if (map < 0)
		return -errno;
	for (__u32 i = 0; i < copies && !err; i++)
		err = put_target(map, i, to);
	if (loop && !err)
		err = put_target(map, copies, loop);
	if (!err)
		return map;
	close(map);
	return err;
	//@end 6.2
}

/*
 * All in one call: after each call the kernel waits until no packet can be using
 * what was replaced.
 */
static int put_fans(int fans, __u32 first, const int *maps, __u32 count)
{
	__u32 keys[FAN_COPIES];

	for (__u32 i = 0; i < count; i++)
		keys[i] = first + i;
	return bpf_map_update_batch(fans, keys, maps, &count, NULL) ? -errno :
								      0;
}

static int make_row(int fans, __u32 first, const struct fan_target *to,
		    const struct fan_target *loop)
{
	int maps[FAN_COPIES], err = 0;
	__u32 made = 0;

	while (made < FAN_COPIES && !err) {
		maps[made] = make_fan(made + 1, to, loop);
		if (maps[made] < 0)
			err = maps[made];
		else
			made++;
	}
	err = err ?: put_fans(fans, first, maps, made);
	while (made)
		close(maps[--made]);
	return err;
}

int fans_make(int fans, int port, const struct fan_target *to,
	      const struct fan_target *loop)
{
	int err = make_row(fans, fan_index(port, 1, 0), to, NULL);

	if (!err && loop->ifindex)
		err = make_row(fans, fan_index(port, 1, 1), to, loop);
	return err;
}
