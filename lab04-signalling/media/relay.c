// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The forwarding core of labs 01 to 03 once more, for user space: what the
 * media socket receives is parsed, judged, measured, copied and counted as
 * the kernel does it, in the same tables.
 *
 *	mode user	every datagram comes here
 *	mode tc		the kernel has forwarded and dropped what it could; RTP
 *			that still comes up had to see the stack first
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/table.h"
#include "lab01-xdp-parse/datagram.h"
#include "lab03-maps/extension.h"
#include "lab02-tc-clone/rewrite.h"
#include "lab03-maps/control.h"
#include "lab03-maps/fan_out.h"
#include "lab03-maps/plane.h"
#include "lab04-signalling/media/media_socket.h"
#include "lab04-signalling/media/network.h"
#include "lab04-signalling/media/relay.h"

#define TURN_NS	     (2 * NS_PER_SEC / 1000)
#define SAY_AGAIN_NS (60 * NS_PER_SEC)

_Static_assert(sizeof(struct rtp_hdr) == COPY_HEADER, "a copy has one");

/* Why RTP comes up in mode tc, as far as a datagram can tell. */
enum reason {
	NO_PROGRAM,
	IN_FRAGMENTS,
	HAS_OPTIONS,
	OTHER_REASON,
	REASONS,
};

struct relay {
	struct relay_options options;
	struct media_socket *socket;
	int received, next; /* datagrams of this batch; the next one's turn */
	__u64 now;	    /* ns, when that turn began */
	__u64 learned; /* ns, when a stream was last found by its packets */
	__u64 unexpected;
	__u64 say_again[REASONS]; /* ns; 0: not said yet */
};

/* ---- RTP that comes up in mode tc ------------------------------------- */

static const char *const hints[REASONS] = {
	[NO_PROGRAM] = "no program of ours is attached there; add it by "
		       "--iface if its frames have Ethernet headers",
	[IN_FRAGMENTS] = "it came in IP fragments, which the stack puts "
			 "together; senders should make smaller packets",
	[HAS_OPTIONS] = "its IP header has options, which are the stack's",
	[OTHER_REASON] = "its frames have a priority tag, or the card has put "
			 "several together; `ethtool -K` can turn that off",
};

static enum reason find_reason(const struct relay *r, const struct datagram *d)
{
	const struct relay_options *o = &r->options;

	if (o->is_attached && !o->is_attached(o->ctx, d->ifindex))
		return NO_PROGRAM;
	if (d->in_fragments)
		return IN_FRAGMENTS;
	return d->has_options ? HAS_OPTIONS : OTHER_REASON;
}

/* This costs more than in the kernel, so the log should say it. */
static void note_unexpected(struct relay *r, const struct datagram *d)
{
	enum reason reason = find_reason(r, d);
	char name[IF_NAMESIZE] = "?";

	r->unexpected++;
	if (r->now < r->say_again[reason])
		return;
	r->say_again[reason] = r->now + SAY_AGAIN_NS;
	if_indextoname(d->ifindex, name);
	log_warn("RTP from %s comes up to this process, which forwards it: %s",
		 name, hints[reason]);
}

/*
 * The kernel passes on what has an unknown SSRC while somebody asks for it, and
 * some more such packets wait in the socket when nobody does any more.
 */
static bool was_asked_for(const struct relay *r, const struct sender *sender)
{
	return sender->awaits ||
	       (r->learned && r->now - r->learned < NS_PER_SEC);
}

/* ---- forwarding ------------------------------------------------------- */

static void count_copy(const struct copy *c, int error)
{
	count_leg(c->leg, COPY_HEADER + c->rest_length, error);
}

/* What send_copy() needs besides: the hook of struct fan_out. */
struct outgoing {
	struct relay *relay;
	const struct rtp_hdr *rtp;
};

static void address_copy(struct copy *c, const struct packet *p,
			 const struct leg *leg)
{
	c->to = leg->daddr;
	c->port = leg->dport;
	c->ttl = p->ttl - 1;
	c->leg = leg->id;
}

static void queue_copy(const struct outgoing *o, const struct packet *p,
		       const struct leg *leg, const struct rtp_out *out)
{
	struct copy *c = media_socket_copy(o->relay->socket);
	struct udp_diff unused = {}; /* the kernel sums up the datagram */

	memcpy(c->header, o->rtp, sizeof(*o->rtp));
	rewrite_rtp((struct rtp_hdr *)c->header, out, &unused);
	c->rest = (char *)o->rtp + sizeof(*o->rtp);
	c->rest_length = p->payload_len - sizeof(*o->rtp);
	address_copy(c, p, leg);
}

/* ---- copies that are more than an RTP header ------------------------------ */

/* Writes the receiver's own packet to own: its length or negative errno. */
static int write_own(const struct outgoing *o, const struct packet *p,
		     const struct webrtc_leg *w, const struct rtp_out *out,
		     __u8 *own)
{
	const struct media_cipher *cipher = o->relay->options.cipher;
	__u32 header = rtp_header_length(o->rtp);
	const void *payload = (const char *)o->rtp + header;
	struct udp_diff unused = {};

	if (p->payload_len > CIPHER_PACKET - CIPHER_OVERHEAD)
		return -EMSGSIZE;
	memcpy(own, o->rtp, header);
	rewrite_rtp((struct rtp_hdr *)own, out, &unused);
	if (out->extensions)
		map_extension(own + p->extension, p->extension_len,
			      p->extension_profile, out->extensions);
	if (w->encrypted)
		return cipher ? cipher->encrypt(w->transport, payload,
						p->payload_len - header, own,
						header) :
				-ENOKEY;
	memcpy(own + header, payload, p->payload_len - header);
	return p->payload_len;
}

static void queue_own_copy(const struct outgoing *o, const struct packet *p,
			   const struct leg *leg, const struct rtp_out *out)
{
	const struct webrtc_leg *w = table_find(&sfu_webrtc_legs, &leg->id);
	struct copy *c = media_socket_copy(o->relay->socket);
	int length = write_own(o, p, w, out, c->own);

	if (length < 0) {
		media_socket_drop_copy(o->relay->socket);
		count_leg(leg->id, p->payload_len, length);
		return;
	}
	memcpy(c->header, c->own, COPY_HEADER);
	c->rest = c->own + COPY_HEADER;
	c->rest_length = length - COPY_HEADER;
	address_copy(c, p, leg);
}

/* The kernel drops what goes to a dead link, and says that it was sent. */
static void send_copy(const struct fan_out *f, const struct leg *leg,
		      const struct rtp_out *out)
{
	if (!network_can_send(leg->ifindex))
		count_leg(leg->id, f->packet->payload_len, -ENETDOWN);
	else if (f->to.legs.in_user_space || f->to.legs.mapped)
		queue_own_copy(f->hook, f->packet, leg, out);
	else
		queue_copy(f->hook, f->packet, leg, out);
}

static void fan_out_all(struct fan_out *f)
{
	struct stream_counters *c = table_find(&sfu_stream_counters,
					       &f->to.stream);

	c->user_packets++;
	fan_out(f);
}

/* ---- in --------------------------------------------------------------- */

/* ns, monotonic clock: the best that is known. */
static __u64 came(const struct relay *r, const struct datagram *d)
{
	return d->came ? d->came : r->now;
}

/* Has the kernel made its copies of this packet already? */
static bool is_shared(const struct relay *r, const struct datagram *d)
{
	return r->options.plane->kernel && d->mark == MARK_KERNEL_DONE;
}

/*
 * SRTP becomes RTP, in place, and is judged once more.  What has nothing to
 * forward in it stays what it is.
 */
static enum verdict decrypt(struct relay *r, __u32 transport, struct packet *p,
			    const struct datagram *d)
{
	const struct media_cipher *cipher = r->options.cipher;
	int length = cipher ? cipher->decrypt(transport, d->bytes, d->length,
					      came(r, d)) :
			      -ENOKEY;
	struct cursor c;

	if (length < 0)
		return DROP_SRTP;
	if (!length)
		return CLASS_USER;
	c = datagram_cursor(d->bytes, length);
	p->payload_len = length;
	return parse_payload(&c, p);
}

/*
 * No a=ssrc has announced it, or it is nobody's: whoever has the keys of its
 * transport may know.
 */
static enum verdict ask_whose(struct relay *r, struct packet *p,
			      struct packet_route *to, const struct datagram *d)
{
	const struct media_cipher *cipher = r->options.cipher;
	enum verdict verdict = DROP_UNKNOWN_SSRC;

	if (cipher && cipher->unknown)
		verdict = cipher->unknown(to->sender.transport, d->bytes,
					  came(r, d));
	if (verdict != CLASS_RTP)
		return verdict;
	r->learned = r->now;
	return route_rtp(p, to);
}

/* Gives a packet in clear to the wire that has the keys. */
static void note_forwarded(const struct relay *r, const struct fan_out *f,
			   const void *packet)
{
	const struct media_cipher *cipher = r->options.cipher;

	if (cipher && cipher->forwarded)
		cipher->forwarded(f->to.stream, packet, f->packet->payload_len,
				  f->now);
}

/*
 * Counts what it was; not again what the kernel, in mode tc, has counted, and
 * says so if RTP should not have come up.
 */
static void count(struct relay *r, enum verdict verdict, bool in_clear,
		  const struct fan_out *f, const struct datagram *d)
{
	bool kernel = r->options.plane->kernel;

	if (kernel && in_clear && !f->to.legs.in_user_space &&
	    !was_asked_for(r, &f->to.sender))
		note_unexpected(r, d);
	if (!kernel || verdict == CLASS_RTP || is_drop(verdict))
		count_verdict(verdict);
}

/* The same steps as in forward.bpf.c, from the UDP payload on. */
static enum verdict forward(struct relay *r, enum verdict verdict,
			    struct packet *p, const struct datagram *d)
{
	struct outgoing hook = { .relay = r, .rtp = d->bytes };
	struct fan_out f = { .hook = &hook, .packet = p, .now = came(r, d) };
	bool shared = is_shared(r, d), in_clear;

	verdict = judge_sender(verdict, p, &f.to);
	in_clear = verdict == CLASS_RTP;
	if (verdict == CLASS_USER)
		verdict = decrypt(r, f.to.sender.transport, p, d);
	if (verdict == CLASS_RTP)
		verdict = route_rtp(p, &f.to);
	if (verdict == DROP_UNKNOWN_SSRC && !shared)
		verdict = ask_whose(r, p, &f.to, d);
	if (!shared)
		count(r, verdict, in_clear, &f, d);
	if (verdict != CLASS_RTP)
		return verdict;
	if (shared)
		fan_out_others(&f);
	else
		fan_out_all(&f);
	note_forwarded(r, &f, d->bytes);
	return verdict;
}

/*
 * What is no RTP is for the caller.  It may be a farewell, with which legs go:
 * copies that wait are counted before that.
 */
static void judge(struct relay *r, enum verdict verdict, struct packet *p,
		  const struct datagram *d)
{
	verdict = forward(r, verdict, p, d);
	if (verdict == CLASS_RTP || is_drop(verdict))
		return;
	media_socket_flush(r->socket);
	r->options.handler(r->options.ctx, verdict, &p->saddr, p->sport,
			   d->bytes, d->length);
}

/*
 * What was sent to a group is not for us, and counts nowhere.  Whoever chooses
 * the way of a packet could send by somebody else's address, and get answers.
 */
static void receive(struct relay *r, const struct datagram *d)
{
	struct cursor c = datagram_cursor(d->bytes, d->length);
	struct packet p = {
		.payload_len = d->length,
		.saddr = d->from,
		.sport = d->port,
		.dport = r->options.media.port,
		.ttl = d->ttl,
	};

	if (d->source_routed)
		count_verdict(DROP_SOURCE_ROUTE);
	else if (!d->to_group)
		judge(r, parse_payload(&c, &p), &p, d);
}

/*
 * The time is looked at with each datagram: one that has many receivers takes
 * as long as thousands that have one.
 */
static void work_on_batch(struct relay *r, __u64 until)
{
	do {
		r->now = clock_now_ns();
		receive(r, media_socket_datagram(r->socket, r->next++));
	} while (relay_has_more(r) && r->now < until);
	media_socket_flush(r->socket); /* copies point into the datagrams */
}

void relay_read(struct relay *r)
{
	__u64 until = clock_now_ns() + TURN_NS;

	do {
		if (!relay_has_more(r)) {
			r->received = media_socket_receive(r->socket);
			r->next = 0;
		}
		if (!r->received)
			return;
		work_on_batch(r, until);
		/* A batch that is not full has emptied the socket. */
	} while (r->received == MEDIA_BATCH && r->now < until);
}

bool relay_has_more(const struct relay *r)
{
	return r->next < r->received;
}

/* ---- opening ---------------------------------------------------------- */

int relay_open(const struct relay_options *options, struct relay **relay)
{
	struct relay *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->options = *options;
	err = media_socket_open(&options->media, count_copy, &r->socket);
	if (!err && options->plane->kernel)
		err = media_socket_ask_for_marks(r->socket);
	/* Publishers who encrypt are told when their packets came. */
	if (!err && options->cipher)
		err = media_socket_ask_for_times(r->socket);
	if (err)
		relay_close(r);
	else
		*relay = r;
	return err;
}

void relay_close(struct relay *r)
{
	if (!r)
		return;
	media_socket_close(r->socket);
	free(r);
}

void relay_forget_errors(struct relay *r)
{
	media_socket_forget_errors(r->socket);
}

int relay_send(struct relay *r, const struct ip_addr *to, __be16 port,
	       const void *bytes, __u32 length)
{
	return media_socket_send(r->socket, to, port, bytes, length);
}

int relay_fd(const struct relay *r)
{
	return media_socket_fd(r->socket);
}

__u64 relay_unexpected(const struct relay *r)
{
	return r->unexpected;
}
