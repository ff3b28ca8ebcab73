// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "lab02-tc-clone/clone.h"
#include "lab03-maps/tables.h"
#include "lab05-bench/bonus-init/known.h"

#define MEDIA_PORT	5004	/* as rtpgen.py has it, all of them */
#define SENDER_PORT	40000
#define SENDER_IP4	0x0a000701
#define FIRST_SSRC	0x5ca1ab1e
#define SSRCS		4
#define LO		1	/* ifindex, in every network */
#define LEGS		3

/* ---- constants -------------------------------------------------------- */

/* Copies to a variable in .rodata, if there is one of that name and size. */
static void set(struct bpf_object *object, const char *name,
		const void *value, size_t size)
{
	struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata",
					      BTF_KIND_DATASEC) : -ENOENT;
	struct bpf_map *map = NULL;
	const struct btf_type *section;
	size_t total;
	char *data;

	do
		map = bpf_object__next_map(object, map);
	while (map && !strstr(bpf_map__name(map), ".rodata"));
	if (id < 0 || !map)
		return;
	section = btf__type_by_id(btf, id);
	data = (char *)bpf_map__initial_value(map, &total);
	for (int i = 0; data && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *v = btf_var_secinfos(section) + i;
		const struct btf_type *type = btf__type_by_id(btf, v->type);

		if (v->size == size && v->offset + size <= total &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), name))
			memcpy(data + v->offset, value, size);
	}
}

static struct leg leg(__u32 id, __u32 stream)
{
	return (struct leg){
		.daddr = ip_addr_v4(htonl(0x0a000702 + id)),
		.saddr = ip_addr_v4(htonl(0x0a0007fe)),
		.ifindex = LO, .ssrc = htonl(0x1000 + id), .stream = stream,
		.id = id, .dport = htons(6000 + id), .pt = 96 + id % 16,
	};
}

int known_constants(struct bpf_object *object)
{
	const struct media_address media = { .port = htons(MEDIA_PORT) };
	const struct ip_addr sender = ip_addr_v4(htonl(SENDER_IP4));
	const struct leg receivers[RECEIVERS] = { leg(1, 0), leg(2, 0) };
	const __be16 port = htons(SENDER_PORT);

	set(object, "media", &media, sizeof(media));
	set(object, "sender", &sender, sizeof(sender));
	set(object, "sender_port", &port, sizeof(port));
	set(object, "receivers", receivers, sizeof(receivers));
	return 0;
}

/* ---- the room --------------------------------------------------------- */

/* 0 too if there is no such map. */
static int put(struct bpf_object *object, const char *name, const void *key,
	       const void *value)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	if (fd < 0 || !bpf_map_update_elem(fd, key, value, BPF_ANY))
		return 0;
	return log_errno(name, "has tables.h changed? make all");
}

static int put_stream(struct bpf_object *object, __u32 endpoint, __u32 ssrc,
		      __u32 id)
{
	struct ssrc_key key = { .endpoint = endpoint, .ssrc = htonl(ssrc) };
	__u32 first = id * LEGS;
	struct stream stream = {
		.legs = (__u64)first << 32 | LEGS, .endpoint = endpoint,
		.ssrc = key.ssrc, .participant = 1, .clock_hz = 90000,
	};
	int err = put(object, "sfu_ssrcs", &key, &id);

	if (!err)
		err = put(object, "sfu_streams", &id, &stream);
	for (__u32 i = first; !err && i < first + LEGS; i++) {
		struct leg l = leg(i, id);

		err = put(object, "sfu_legs", &i, &l);
	}
	return err;
}

static int put_endpoint(struct bpf_object *object, struct ip_addr addr,
			__u32 id)
{
	struct endpoint_key key = {
		.addr = addr, .port = htons(SENDER_PORT),
		.local_port = htons(MEDIA_PORT),
	};
	struct endpoint endpoint = { .id = id, .participant = 1 };
	int err = put(object, "sfu_endpoints", &key, &endpoint);

	for (__u32 i = 0; !err && i < SSRCS; i++)
		err = put_stream(object, id, FIRST_SSRC + i, id * SSRCS + i);
	return err;
}

int known_room(struct bpf_object *object)
{
	struct ip_addr ip6;
	int err = put_endpoint(object, ip_addr_v4(htonl(SENDER_IP4)), 1);

	inet_pton(AF_INET6, "fd00:7::1", &ip6);
	return err ?: put_endpoint(object, ip6, 2);
}
