// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A simulcast has several streams of one picture, which are its layers.  Only
 * one of them is forwarded so far.
 *
 *	f 1280x720  SSRC 3 ---- sfu_layers ---- counted, and dropped
 *	h  640x360  SSRC 2 ---- sfu_layers
 *	q  320x180  SSRC 1 ---- sfu_ssrcs ----- forwarded
 */
#include <errno.h>

#include "lab03-maps/control.h"
#include "lab03-maps/control_internal.h"

static struct id_lists aside; /* SSRCs, by transport */

static struct ssrc_key key_of(__u32 transport, __be32 ssrc)
{
	return (struct ssrc_key){ .transport = transport, .ssrc = ssrc };
}

int control_set_aside(__u32 transport, __be32 ssrc)
{
	struct ssrc_key key = key_of(transport, ssrc);
	__u32 yes = 1;
	int err;

	if (!ssrc || !control_transport(transport))
		return -EINVAL;
	if (table_find(&sfu_layers, &key))
		return 0;
	err = id_lists_add(&aside, transport, ssrc);
	if (err)
		return err;
	reclaim_wait_for_removed();
	err = table_set(&sfu_layers, &key, &yes);
	if (err)
		id_lists_remove(&aside, transport, ssrc);
	return err;
}

/* Starts from the end, because each removal makes the list shorter. */
void layers_remove_of(__u32 transport)
{
	struct id_list own = id_lists_find(&aside, transport);

	for (; own.count; own = id_lists_find(&aside, transport)) {
		__u32 ssrc = own.ids[own.count - 1];
		struct ssrc_key key = key_of(transport, ssrc);

		table_remove(&sfu_layers, &key);
		reclaim_note_removal();
		id_lists_remove(&aside, transport, ssrc);
	}
}

void layers_open(void)
{
	table_each(e, &sfu_layers)
		table_remove(&sfu_layers, table_key(e));
}

void layers_close(void)
{
	id_lists_close(&aside);
}
