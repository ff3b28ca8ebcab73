#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Sends three packets to a port, and asks count.bpf.o how many came.
#
# It starts itself again in a network, mounts and process ids of its own: this
# machine's interfaces are not touched, and all of it is gone when it ends.
# Exit status: 0 passed, 1 failed, 77 no right to try.
set -eu
cd "$(dirname "$0")"

if [ "${1-}" != inside ]; then
	if ! unshare --net --mount true 2>/dev/null; then
		echo "test.sh: needs root: sudo make test" >&2
		exit 77
	fi
	exec unshare --net --mount --pid --fork --kill-child "$PWD/test.sh" inside
fi

mount -t bpf bpf /sys/fs/bpf
ip link set lo up
xdp-loader load -m skb -p /sys/fs/bpf/count lo build/count.bpf.o

for i in 1 2 3; do
	echo "packet $i" >/dev/udp/127.0.0.1/9000
done

# 9000 is 0x2328, and in a packet the high byte comes first.
counted=$(bpftool -j map lookup pinned /sys/fs/bpf/count/packets \
	key 0x23 0x28 | jq '.formatted.value // .value')
if [ "$counted" != 3 ]; then
	echo "✗ port 9000: $counted packets were counted, but 3 were sent"
	exit 1
fi
echo "✓ port 9000: 3 packets were sent and counted"
