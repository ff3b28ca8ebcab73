/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the socket that media comes in by, and copies leave by.
 *
 * Datagrams are received and sent in batches, with one system call for many.
 * The socket also tells what UDP itself does not: how they came, and their TTL.
 * Addresses are IPv6's; those of IPv4 are ::ffff:a.b.c.d (protocols.h).
 */
#ifndef LAB04_MEDIA_SOCKET_H
#define LAB04_MEDIA_SOCKET_H

#include <stdbool.h>

#include "common/protocols.h"
#include "lab04-signalling/media/cipher.h"

#define COPY_HEADER 12 /* bytes of a copy that are its own */

struct media_socket;

/* A datagram that has come in.  The bytes are the socket's. */
struct datagram {
	void *bytes;
	__u32 length;
	struct ip_addr from;
	__be16 port;
	__u8 ttl;	    /* or hop limit */
	__u32 ifindex;	    /* the interface that it came in by */
	bool to_group;	    /* sent to a broadcast or multicast address */
	bool in_fragments;  /* the stack has put it together */
	bool has_options;   /* its IPv4 header had options */
	bool source_routed; /* its sender chose the route */
	__u32 mark;	    /* set by the kernel's programs; 0: none */
	__u64 came;	    /* ns, monotonic clock; 0: the kernel did not say */
};

/*
 * A copy on its way out: the receiver's RTP header, and the rest of the
 * sender's packet.  If more of the copy is the receiver's own, that lies in
 * own, and rest points there.
 */
struct copy {
	__u8 header[COPY_HEADER];
	void *rest; /* the caller's; it must stay until the copy is sent */
	__u8 *own;  /* CIPHER_PACKET bytes, which are the socket's */
	__u32 rest_length;
	struct ip_addr to;
	__be16 port;
	__u8 ttl;
	__u32 leg; /* for the caller: by this it knows the copy */
};

/* error is 0 if the kernel took the copy, else the reason (-errno). */
typedef void (*copy_done)(const struct copy *copy, int error);

/*
 * Opens and binds a socket, which media_socket_close() frees.  Returns 0, or
 * negative errno (-EADDRINUSE, ...).  done is called for each copy.
 */
int media_socket_open(const struct media_address *media, copy_done done,
		      struct media_socket **socket);
void media_socket_close(struct media_socket *socket);

/*
 * From now on datagrams say which mark the kernel's programs have set.  Linux
 * 5.19 and later, with CAP_NET_ADMIN.  Returns 0 or negative errno.
 */
int media_socket_ask_for_marks(struct media_socket *socket);

/*
 * From now on datagrams say when they came.  That is some time before they are
 * received, because this process waits for its turn.  0 or negative errno.
 */
int media_socket_ask_for_times(struct media_socket *socket);

/* To be watched for reading. */
int media_socket_fd(const struct media_socket *socket);

/*
 * Takes up to MEDIA_BATCH datagrams that have come in.  Returns how many, or 0.
 * They stay valid until the next call.  Does not wait.
 */
#define MEDIA_BATCH 64
int media_socket_receive(struct media_socket *socket);
const struct datagram *media_socket_datagram(const struct media_socket *socket,
					     int i);

/* Empties the queue of ICMP errors; media_socket.c says why. */
void media_socket_forget_errors(struct media_socket *socket);

/*
 * Returns room for a copy, which the caller fills in.  The copy leaves with the
 * next media_socket_flush(), or before that if there is no more room.
 */
struct copy *media_socket_copy(struct media_socket *socket);

/* Takes back the last copy, so that it is not sent. */
void media_socket_drop_copy(struct media_socket *socket);

/*
 * Sends the copies.  Does not wait: a copy for which the socket's buffer has no
 * room fails, like one that the kernel refuses, and the next ones are tried.
 */
void media_socket_flush(struct media_socket *socket);

/*
 * Sends at once a datagram that is no copy.  Returns 0 or negative errno, which
 * the caller may ignore.
 */
int media_socket_send(struct media_socket *socket, const struct ip_addr *to,
		      __be16 port, const void *bytes, __u32 length);

#endif
