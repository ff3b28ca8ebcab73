/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: the memory in which keys outlive the server, and how far they are used.
 *
 *	| version, certificate | places: a peer's keys | marks: one per SSRC |
 *
 * It is the memory of a pinned BPF map, which only root can open.  The server
 * maps it before it gives up its rights.  So whatever it stores is there for the
 * next server, even if it is killed right after that: a mark is a plain store,
 * which comes before the packet that it is about is sent.
 *
 * Not thread-safe.
 */
#ifndef LAB07_KEY_MEMORY_H
#define LAB07_KEY_MEMORY_H

#include <stdbool.h>
#include <linux/types.h>

#include "lab07-webrtc/dtls.h"
#include "lab07-webrtc/ice_agents.h"
#include "lab07-webrtc/srtp.h"

/* Changes with the layout of what is kept, so that old maps are refused. */
#define KEY_MEMORY_VERSION 1

#define KEY_MEMORY_PAGE	       4096 /* bytes */
#define KEY_MEMORY_PLACES      MAX_ICE_AGENTS
#define KEY_MEMORY_MARKS       (1 << 18) /* SSRCs of all peers, both directions */
#define KEY_MEMORY_CERTIFICATE 8192	 /* bytes, with its private key */
#define KEY_MEMORY_SENDERS     256 /* marks for what one peer sends, at most */

/* What is kept of one peer, besides its marks. */
struct kept_keys {
	__u32 participant; /* 0: nothing; it is written last, cleared first */
	__u16 encrypted;   /* bool: there are keys */
	__u16 marks;	   /* no fewer must be found */
	__s64 heard;	   /* when consent was last renewed, as in ice.h */
	struct dtls_keys keys;
};

/* Its size: that many pages of an array (BPF_F_MMAPABLE). */
__u32 key_memory_pages(void);

/*
 * Maps the memory behind fd, which stays the caller's.  Zeros are a new one.
 * 0, or negative errno (-ESTALE: it was written by another version).
 */
int key_memory_open(int fd);

/* Unmaps it; what is in it stays. */
void key_memory_close(void);
bool key_memory_is_open(void);

/*
 * The certificate of this server: its length; -ENOENT: there is none yet; or
 * -EINVAL.
 */
int key_memory_certificate(const void **bytes);
int key_memory_set_certificate(const void *bytes, size_t length);

/*
 * Takes a place for a participant; keys NULL: it is not encrypted.  NULL: there
 * is none left, or the memory is not open.
 */
struct kept_keys *key_memory_take(__u32 participant,
				  const struct dtls_keys *keys);

/* Wipes a place and its marks; NULL: does nothing. */
void key_memory_free(struct kept_keys *place);

/*
 * A place and its number.  The first returns NULL if it is not this
 * participant's.  Once it was called, the sweep leaves the place alone.
 */
struct kept_keys *key_memory_adopt(__u32 number, __u32 participant);
__u32 key_memory_number(const struct kept_keys *place);

/* Wipes all places that were neither taken nor adopted since it was opened. */
void key_memory_sweep(void);

/*
 * From now on, both directions leave their marks in the place.  Who needs too
 * many, its own SSRCs or those that it is sent, loses the place's keys, and no
 * more: it goes on with them until this process ends.
 */
void key_memory_keep(struct kept_keys *place, struct srtp *in,
		     struct srtp *out);

/*
 * Both directions go on where the marks say.  0, or negative errno: then the
 * keys may not be used.
 */
int key_memory_resume(struct kept_keys *place, struct srtp *in,
		      struct srtp *out);

#endif
