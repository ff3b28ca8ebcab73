// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Planes by their names.  Each program has a list of its own:
 *
 *	"tc" --> { &plane_user, &plane_tc, NULL } --> &plane_tc
 */
#include <string.h>

#include "lab03-maps/plane.h"

const struct plane *plane_find(const struct plane *const *planes,
			       const char *name)
{
	while (*planes && strcmp((*planes)->name, name))
		planes++;
	return *planes;
}
