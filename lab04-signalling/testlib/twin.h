/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The same datagrams through several planes, each in a sandbox of its own, and
 * what comes out compared to the byte.
 *
 *	            +--> plane 1 --> bob, carol, dave --+
 *	volleys ----+--> plane 2 --> bob, carol, dave --+--> all the same?
 *	            +--> plane 3 --> bob, carol, dave --+
 *
 * One field is left out.  IPv4's identification means nothing in a datagram
 * that may not be fragmented (RFC 6864), so that each stack puts anything
 * there.  And a plane may leave out UDP's sum over IPv4 where the sender has
 * left it out; those copies are counted.  All other sums are verified.
 */
#ifndef LAB04_TESTLIB_TWIN_H
#define LAB04_TESTLIB_TWIN_H

#include "lab03-maps/control.h"

#define TWIN_PLANES 3 /* at most */

/*
 * Compares what the planes of a list (NULL-terminated) send, for so many
 * datagrams.  at_end may be NULL, or is called in each plane's sandbox when
 * nothing is on its way any more; checks hold there.  The test's own set-up is
 * sandbox_enter().
 */
void twin_compare(const struct plane *const *planes, __u64 datagrams,
		  void (*at_end)(const struct plane *plane,
				 const struct control_totals *totals));

/*
 * SWIFTCALL_TWIN_DATAGRAMS of the environment, or 100,000.  Millions need a
 * SWIFTCALL_PATIENCE that fits.
 */
__u64 twin_datagrams(void);

#endif
