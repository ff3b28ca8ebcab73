// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whenever the server is killed, each part is as before a change or as after it:
 *
 *	a place   keys, then participant: without the latter it means nothing
 *	a mark    SSRC and zeros, then its owner; from then on only one aligned
 *	          word changes with each packet
 *
 * A mark belongs to a place and a direction.  Which ones do, and which are free,
 * is in lists of this process, made when the memory is opened:
 *
 *	heads[0]             --> free marks
 *	heads[owner_of(...)] --> 17 --> 4 --> 9
 *
 * A mark is never given to another SSRC while the keys of its owner are in use,
 * not even if nobody has sent by that SSRC for long: publishers choose SSRCs,
 * and may choose an old one again.  Its indices would begin at 0, and two texts
 * under one index reveal each other.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>

#include "lab07-webrtc/key_memory.h"

#define MAGIC	 0x5357464bULL /* "SWFK" */
#define FREE	 0	       /* the owner of a mark that is nobody's */
#define OWNERS	 (1 + 2 * KEY_MEMORY_PLACES)
#define NO_MARK	 0xffffffff
#define SHARE	 8 /* see may_take() */
#define ROUND(n) (((n) + KEY_MEMORY_PAGE - 1) / KEY_MEMORY_PAGE)

enum direction { IN, OUT };

struct mark {
	__u32 owner;
	struct srtp_mark srtp;
};

struct memory {
	__u64 version;
	__u32 certificate_length;
	__u8 certificate[KEY_MEMORY_CERTIFICATE];
	struct kept_keys places[KEY_MEMORY_PLACES];
	struct mark marks[KEY_MEMORY_MARKS];
};

static struct memory *memory; /* NULL: it is not open */
static bool in_use[KEY_MEMORY_PLACES];
static __u32 first_unused; /* no place before it is unused */
static __u32 heads[OWNERS], next[KEY_MEMORY_MARKS];
static __u32 free_marks;
static unsigned int senders[KEY_MEMORY_PLACES]; /* marks of what comes in */

/* What was stored before this is there, whenever the process is killed. */
static void settle(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Another layout of any part is another version, too. */
static __u64 own_version(void)
{
	return MAGIC << 32 | KEY_MEMORY_VERSION << 24 |
	       (sizeof(struct memory) / 8 & 0xffffff);
}

/* ---- marks ------------------------------------------------------------- */

static __u32 owner_of(const struct kept_keys *place, enum direction direction)
{
	return 1 + 2 * key_memory_number(place) + direction;
}

static void push(__u32 owner, __u32 mark)
{
	next[mark] = heads[owner];
	heads[owner] = mark;
	free_marks += owner == FREE;
}

static void wipe_mark(__u32 mark)
{
	struct mark *m = &memory->marks[mark];

	m->owner = FREE;
	settle();
	OPENSSL_cleanse(&m->srtp, sizeof(m->srtp));
	push(FREE, mark);
}

static void wipe_marks(__u32 owner)
{
	__u32 mark = heads[owner], after;

	heads[owner] = NO_MARK;
	for (; mark != NO_MARK; mark = after) {
		after = next[mark];
		wipe_mark(mark);
	}
}

/* Whoever owns nothing, as far as places say, has lost it. */
static void read_mark(__u32 mark)
{
	__u32 owner = memory->marks[mark].owner;

	if (owner == FREE ||
	    (owner < OWNERS && memory->places[(owner - 1) / 2].participant))
		push(owner, mark);
	else
		wipe_mark(mark);
}

static void read_marks(void)
{
	memset(heads, 0xff, sizeof(heads));
	free_marks = 0;
	for (__u32 mark = KEY_MEMORY_MARKS; mark--;)
		read_mark(mark);
}

static struct srtp_mark *take_mark(__u32 owner, uint32_t ssrc)
{
	__u32 mark = heads[FREE];
	struct mark *m;

	if (mark == NO_MARK)
		return NULL;
	heads[FREE] = next[mark];
	free_marks--;
	m = &memory->marks[mark];
	m->srtp = (struct srtp_mark){ .ssrc = ssrc };
	settle();
	m->owner = owner;
	push(owner, mark);
	return &m->srtp;
}

/* ---- places ------------------------------------------------------------ */

__u32 key_memory_number(const struct kept_keys *place)
{
	return place - memory->places;
}

static void wipe_place(struct kept_keys *place)
{
	place->participant = 0;
	settle();
	OPENSSL_cleanse(place, sizeof(*place));
}

/*
 * Nobody may have more than a part of what is free.  So whoever needs much stops
 * before all is gone, be it a peer that makes up SSRCs or the receivers of a
 * publisher who does; and whoever needs little finds some.  With n who take all
 * they may, each place gets MARKS / (n + SHARE), which is 15 at the worst.
 */
static bool may_take(const struct kept_keys *place, enum direction direction)
{
	__u32 number = key_memory_number(place);

	if (direction == IN && senders[number]++ >= KEY_MEMORY_SENDERS)
		return false;
	return place->marks < free_marks / SHARE;
}

/*
 * An SSRC without a mark could use an index twice after a restart.  So these
 * keys end with this process; it goes on with them as long as it lives.
 */
static struct srtp_mark *mark_or_give_up(struct kept_keys *place,
					 enum direction direction,
					 uint32_t ssrc)
{
	struct srtp_mark *mark = NULL;

	if (!place->participant)
		return NULL;
	if (may_take(place, direction))
		mark = take_mark(owner_of(place, direction), ssrc);
	if (mark)
		place->marks++;
	else
		wipe_place(place);
	return mark;
}

static struct srtp_mark *mark_in(void *place, uint32_t ssrc)
{
	return mark_or_give_up(place, IN, ssrc);
}

static struct srtp_mark *mark_out(void *place, uint32_t ssrc)
{
	return mark_or_give_up(place, OUT, ssrc);
}

static __u32 find_unused(void)
{
	while (first_unused < KEY_MEMORY_PLACES && in_use[first_unused])
		first_unused++;
	return first_unused;
}

struct kept_keys *key_memory_take(__u32 participant,
				  const struct dtls_keys *keys)
{
	__u32 number = memory ? find_unused() : KEY_MEMORY_PLACES;
	struct kept_keys *place;

	if (number == KEY_MEMORY_PLACES)
		return NULL;
	place = &memory->places[number];
	*place = (struct kept_keys){ .encrypted = !!keys };
	if (keys)
		place->keys = *keys;
	settle();
	place->participant = participant;
	in_use[number] = true;
	senders[number] = 0;
	return place;
}

void key_memory_free(struct kept_keys *place)
{
	__u32 number;

	if (!place || !memory)
		return;
	number = key_memory_number(place);
	wipe_place(place);
	wipe_marks(owner_of(place, IN));
	wipe_marks(owner_of(place, OUT));
	in_use[number] = false;
	if (number < first_unused)
		first_unused = number;
}

struct kept_keys *key_memory_adopt(__u32 number, __u32 participant)
{
	if (!memory || number >= KEY_MEMORY_PLACES || in_use[number] ||
	    memory->places[number].participant != participant)
		return NULL;
	in_use[number] = true;
	return &memory->places[number];
}

void key_memory_sweep(void)
{
	for (__u32 i = 0; memory && i < KEY_MEMORY_PLACES; i++)
		if (!in_use[i] && memory->places[i].participant)
			key_memory_free(&memory->places[i]);
}

void key_memory_keep(struct kept_keys *place, struct srtp *in, struct srtp *out)
{
	srtp_keep(in, mark_in, place);
	srtp_keep(out, mark_out, place);
}

static int resume(struct srtp *srtp, __u32 owner, unsigned int *count)
{
	int err = 0;

	for (__u32 i = heads[owner]; !err && i != NO_MARK; i = next[i]) {
		err = srtp_resume(srtp, &memory->marks[i].srtp);
		++*count;
	}
	return err;
}

int key_memory_resume(struct kept_keys *place, struct srtp *in,
		      struct srtp *out)
{
	unsigned int received = 0, sent = 0;
	int err = resume(in, owner_of(place, IN), &received);

	err = err ?: resume(out, owner_of(place, OUT), &sent);
	if (!err && received + sent < place->marks)
		err = -ENODATA;
	senders[key_memory_number(place)] = received;
	if (!err)
		key_memory_keep(place, in, out);
	return err;
}

/* ---- all of it --------------------------------------------------------- */

__u32 key_memory_pages(void)
{
	return ROUND(sizeof(struct memory));
}

static int check_version(void)
{
	if (!memory->version)
		memory->version = own_version();
	return memory->version == own_version() ? 0 : -ESTALE;
}

int key_memory_open(int fd)
{
	int err;

	memory = mmap(NULL, key_memory_pages() * KEY_MEMORY_PAGE,
		      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		memory = NULL;
		return -errno;
	}
	err = check_version();
	if (err) {
		key_memory_close();
		return err;
	}
	first_unused = 0;
	memset(in_use, 0, sizeof(in_use));
	read_marks();
	return 0;
}

void key_memory_close(void)
{
	if (memory)
		munmap(memory, key_memory_pages() * KEY_MEMORY_PAGE);
	memory = NULL;
}

bool key_memory_is_open(void)
{
	return memory;
}

int key_memory_certificate(const void **bytes)
{
	if (!memory || !memory->certificate_length)
		return -ENOENT;
	if (memory->certificate_length > KEY_MEMORY_CERTIFICATE)
		return -EINVAL;
	*bytes = memory->certificate;
	return memory->certificate_length;
}

/* The length is written last: before that there is no certificate. */
int key_memory_set_certificate(const void *bytes, size_t length)
{
	if (!memory || length > KEY_MEMORY_CERTIFICATE)
		return -E2BIG;
	memcpy(memory->certificate, bytes, length);
	settle();
	memory->certificate_length = length;
	return 0;
}
