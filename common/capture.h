/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames in and out of an interface, as they are on the wire, and into files.
 *
 * A capture or injector is a file descriptor, which the caller closes. Hosts
 * are those of common/sandbox.h; NULL is the network the caller is in. Errors
 * are negative errno.
 */
#ifndef COMMON_CAPTURE_H
#define COMMON_CAPTURE_H

#include <stddef.h>
#include <stdio.h>

#include "common/packet.h"

/*
 * Captures what arrives at an interface from now on (on `lo` everything, once)
 * with its VLAN tags in place, but none of the talk of the hosts' own stacks:
 * ARP, ICMP, ICMPv6, IGMP and TCP. What XDP drops there is not seen; what TC
 * drops there is, since TC comes after.
 */
int capture_open(const char *host, const char *ifname);

/*
 * Takes the next frame. 0, or -ETIMEDOUT: nothing at all has come for
 * timeout_ms, or -ENOBUFS: nor will it, the reader was too slow and frames were
 * lost, or -EMSGSIZE: the frame is longer than PACKET_MAX.
 */
int capture_next(int capture, struct frame *p, int timeout_ms);

/*
 * Proves that nothing came, without waiting until nothing has come for long
 * enough: after the frames that must not arrive, and on the same way, the
 * caller has sent a frame whose last bytes are `marker`. Returns how many
 * frames came before that one (the first of them in *unexpected unless it is
 * NULL), or an error as above.
 */
int capture_expect_none(int capture, const void *marker, size_t len,
			int timeout_ms, struct frame *unexpected);

/*
 * Sends whole frames out of an interface, and stay_on_this_cpu().
 *
 * The receiving side of a veth takes what comes from a queue (1,000 frames, of
 * all hosts, net.core.netdev_max_backlog) and silently drops what is beyond,
 * so send no more than some hundred frames (with their copies) before they
 * have been received.
 */
int inject_open(const char *host, const char *ifname);
int inject_send(int injector, const struct frame *p);

/*
 * Ties this process to the CPU it runs on: each CPU has a queue of its own, and
 * a frame may overtake another that was sent on another CPU.  0, or -1 and
 * errno.
 */
int stay_on_this_cpu(void);

/* A file for tcpdump and Wireshark, which the caller fcloses; NULL: errno. */
FILE *pcap_create(const char *path);
int pcap_add(FILE *pcap, const struct frame *p);

#endif
