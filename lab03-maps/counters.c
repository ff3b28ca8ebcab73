// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Adds up counters.  What goes passes its counters on to what stays:
 *
 *	leg --- goes ---> stream --- goes ---> settings
 *
 * So the totals hold all that was ever counted, and the law of conservation
 * can be checked at any time.
 */
#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static void add_leg(struct leg_counters *sum, const struct leg_counters *more)
{
	sum->sent += more->sent;
	sum->bytes += more->bytes;
	sum->failed += more->failed;
	sum->skipped += more->skipped;
}

static void add_stream(struct stream_counters *sum,
		       const struct stream_counters *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
	sum->copies += more->copies;
	sum->user_packets += more->user_packets;
	sum->shared_packets += more->shared_packets;
	add_leg(&sum->retired, &more->retired);
}

static struct stream_counters *of_streams_gone(void)
{
	__u32 index = 0;
	struct settings *settings = table_find(&sfu_settings, &index);

	return &settings->retired;
}

void counters_retire_leg(__u32 stream, __u32 leg)
{
	struct stream_counters *c = table_find(&sfu_stream_counters, &stream);

	add_leg(&c->retired, table_find(&sfu_leg_counters, &leg));
}

void counters_retire_stream(__u32 stream)
{
	add_stream(of_streams_gone(),
		   table_find(&sfu_stream_counters, &stream));
}

void control_totals(struct control_totals *out)
{
	struct stream_counters sum = *of_streams_gone();
	const struct leg_counters *legs = &sum.retired;
	__u32 stale = DROP_STALE_LEG;

	table_each(e, &sfu_ssrcs)
		add_stream(&sum,
			   table_find(&sfu_stream_counters, table_value(e)));
	table_each(e, &sfu_sinks) {
		const struct sink *sink = table_value(e);

		add_leg(&sum.retired,
			table_find(&sfu_leg_counters, &sink->leg));
	}
	*out = (struct control_totals){
		.packets = sum.packets,
		.user_packets = sum.user_packets,
		.shared_packets = sum.shared_packets,
		.copies = sum.copies,
		.sent = legs->sent,
		.skipped = legs->skipped,
		.failed = legs->failed,
		.stale = *(const __u64 *)table_find(&sfu_verdicts, &stale),
	};
}
