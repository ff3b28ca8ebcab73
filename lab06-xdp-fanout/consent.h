/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06: what the kernel needs to answer a peer's checks by itself. */
#ifndef LAB06_CONSENT_H
#define LAB06_CONSENT_H

#include "lab03-maps/tables_packets.h"

/*
 * Writes into a consent how its checks are known: by our user name, of
 * CONSENT_USERNAME bytes, and our password.  -EINVAL: the name has another
 * length, or the password has more than 64 bytes.
 */
int consent_set_key(struct consent *consent, const char *username,
		    const char *password);

#endif
