// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Planes by their names, or the best of them.  Each program has a list of its
 * own:
 *
 *	"tc"   --> { &plane_tc, &plane_user, NULL } --> &plane_tc
 *	"auto" --> the first that offers
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "lab03-maps/plane.h"

const struct plane *plane_find(const struct plane *const *planes,
			       const char *name)
{
	while (*planes && strcmp((*planes)->name, name))
		planes++;
	return *planes;
}

/* Appends "; not tc, because ...". */
static void add_declined(char *declined, size_t size, const char *name,
			 const char *why)
{
	size_t length = strlen(declined);

	snprintf(declined + length, size - length, "; not %s, because %s", name,
		 why);
}

const struct plane *plane_choose(const struct plane *const *planes,
				 const char *const *ifaces)
{
	char why[PLANE_WHY], declined[2 * PLANE_WHY] = "";
	bool fell_back = false;

	for (; *planes; planes++) {
		const struct plane *plane = *planes;

		snprintf(why, sizeof(why), "it always can");
		if (!plane->offers || plane->offers(ifaces, why, sizeof(why)))
			break;
		add_declined(declined, sizeof(declined), plane->name, why);
		fell_back |= plane->kernel != NULL;
	}
	if (!*planes)
		log_error("no mode can serve here%s; see `make doctor`",
			  declined);
	else
		log_line(fell_back && !(*planes)->kernel ? LOG_LEVEL_WARN :
							   LOG_LEVEL_INFO,
			 "mode %s, chosen because %s%s", (*planes)->name, why,
			 declined);
	return *planes;
}
