/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab04: the socket that media comes in by, and copies leave by.
 *
 * Datagrams are received and sent by the batch, one system call for many,
 * with what UDP itself does not say: how they came, and with which TTL.
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
	__u32 ifindex;	    /* of the interface that it came in by */
	bool to_group;	    /* sent to a broadcast or multicast address */
	bool in_fragments;  /* the stack has put it together */
	bool has_options;   /* its IPv4 header had options */
	bool source_routed; /* its sender said which way it had to take */
	__u32 mark;	    /* of the kernel's programs; 0: none */
	__u64 came;	    /* ns, monotonic clock, by the kernel; 0: unknown */
};

/*
 * A copy on its way out: the receiver's RTP header, and the sender's rest.  One
 * of which more is the receiver's own has it in own, with rest pointing there.
 */
struct copy {
	__u8 header[COPY_HEADER];
	void *rest; /* stays the caller's, until it is sent */
	__u8 *own;  /* CIPHER_PACKET bytes of the socket's */
	__u32 rest_length;
	struct ip_addr to;
	__be16 port;
	__u8 ttl;
	__u32 leg; /* the caller's to know it by */
};

/* error is 0 if the kernel took the copy, or why it did not (-errno). */
typedef void (*copy_done)(const struct copy *copy, int error);

/*
 * Binds it.  Returns 0 and a socket that media_socket_close() frees, or
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
 * From now on datagrams say when they came, which is some time before they are
 * received: this process had to wait for its turn.  0 or negative errno.
 */
int media_socket_ask_for_times(struct media_socket *socket);

/* To be watched for reading. */
int media_socket_fd(const struct media_socket *socket);

/*
 * Takes what has come in, up to MEDIA_BATCH datagrams: how many, or 0.
 * They stay as they are until the next call.  Does not wait.
 */
#define MEDIA_BATCH 64
int media_socket_receive(struct media_socket *socket);
const struct datagram *media_socket_datagram(const struct media_socket *socket,
					     int i);

/* Empties the queue of errors, which are of ICMP: see media_socket.c. */
void media_socket_forget_errors(struct media_socket *socket);

/*
 * Room for a copy that leaves with the next media_socket_flush(), or before
 * that: whenever there is no more room.  The caller fills it in.
 */
struct copy *media_socket_copy(struct media_socket *socket);

/* The last one is not to be sent after all. */
void media_socket_drop_copy(struct media_socket *socket);

/*
 * Sends the copies.  Does not wait: where the socket's buffer is full, they
 * fail like those that the kernel refuses, and the ones behind them go on.
 */
void media_socket_flush(struct media_socket *socket);

/*
 * Sends a datagram that is nobody's copy, at once: 0 or negative errno, for
 * whoever wants to know.
 */
int media_socket_send(struct media_socket *socket, const struct ip_addr *to,
		      __be16 port, const void *bytes, __u32 length);

#endif
