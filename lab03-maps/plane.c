// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Planes by their names, or the best of them.  Each program has a list of its
 * own:
 *
 *	"tc"   --> { &plane_tc, &plane_user, NULL } --> &plane_tc
 *	"auto" --> the first that offers
 */
#include <stdbool.h>
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

static void add_name(char names[PLANE_NAMES], const char *name, bool is_last)
{
	size_t length = strlen(names);
	const char *before = is_last ? " or " : ", ";

	snprintf(names + length, PLANE_NAMES - length, "%s%s",
		 length ? before : "", name);
}

void plane_names(const struct plane *const *planes, const char *more,
		 char names[PLANE_NAMES])
{
	*names = '\0';
	for (; *planes; planes++)
		add_name(names, (*planes)->name, !more && !planes[1]);
	if (more)
		add_name(names, more, true);
}

struct declined {
	char text[2 * PLANE_WHY]; /* "; not xdp, because ...; nor tc" */
	char last[PLANE_WHY];	  /* reason */
};

static void add_declined(struct declined *declined, const char *name,
			 const char *why)
{
	size_t length = strlen(declined->text);
	char *end = declined->text + length;
	size_t size = sizeof(declined->text) - length;

	if (!strcmp(declined->last, why))
		snprintf(end, size, "; nor %s", name);
	else
		snprintf(end, size, "; not %s, because %s", name, why);
	strcpy(declined->last, why);
}

const struct plane *plane_choose(const struct plane *const *planes,
				 const char *const *ifaces)
{
	struct declined declined = {};
	char why[PLANE_WHY];
	bool fell_back = false;

	for (; *planes; planes++) {
		const struct plane *plane = *planes;

		snprintf(why, sizeof(why), "it always can");
		if (!plane->offers || plane->offers(ifaces, why, sizeof(why)))
			break;
		add_declined(&declined, plane->name, why);
		fell_back |= plane->kernel != NULL;
	}
	if (!*planes)
		log_error("no mode can serve here%s; see `make doctor`",
			  declined.text);
	else
		log_line(fell_back && !(*planes)->kernel ? LOG_LEVEL_WARN :
							   LOG_LEVEL_INFO,
			 "mode %s, chosen because %s%s", (*planes)->name, why,
			 declined.text);
	return *planes;
}
